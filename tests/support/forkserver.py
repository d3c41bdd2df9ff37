"""Processes forked from one that has imported the code and filled caches, which takes most of the time of a command.

Each is a process of its own, with arguments, environment and files of its own, as if a shell had started it.
"""

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from tests.support.site import ROOT

FORKSERVER = multiprocessing.get_context("forkserver")
"""Starts processes that have the code imported already."""

FORKSERVER.set_forkserver_preload(
    ["api.cli.commands", "api.cli.worker_application", "granian.server.mp", "tests.support.preload.caches"]
)


class Command:
    """A running `python ARGUMENT...`: `-m MODULE ARGUMENT...` or `-c CODE`.

    Without an interpreter of its own, it also becomes another such command without one, as `serve` does.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        output: Path,
        errors: Path,
        *,
        own_interpreter: bool = False,
    ) -> None:
        for path in (output, errors):
            path.write_bytes(b"")
        self._process = FORKSERVER.Process(
            target=_run_command, args=(arguments, dict(environment), output, errors, own_interpreter)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, or None while the process runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait for the end, and return the exit status. Raise TimeoutError if it does not end in time."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            message = "The command does not end."
            raise TimeoutError(message)
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask the process to end."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the process by force."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def _run_command(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    output: Path,
    errors: Path,
    own_interpreter: bool,  # noqa: FBT001 - arguments of a process have no names
) -> None:
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    for path, descriptor in ((output, 1), (errors, 2)):
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, descriptor)
        os.close(file)
    sys.stdout, sys.stderr = (open(descriptor, "w", encoding="utf-8", closefd=False) for descriptor in (1, 2))  # noqa: SIM115 - they are open as long as the process
    command = [sys.executable, *arguments]
    if own_interpreter:
        os.execv(sys.executable, command)  # noqa: S606 - there is no shell
    os.execv = _run
    _run(sys.executable, command)


def _run(_: str, command: Sequence[str]) -> NoReturn:
    """Run `python ARGUMENT...` in this process, and end it with its exit status."""
    _, option, source, *arguments = command
    multiprocessing.set_start_method(None, force=True)  # As in a new interpreter, it is not chosen yet.
    sys.argv = [source, *arguments]
    if option == "-m":
        runpy.run_module(source, run_name="__main__", alter_sys=True)
    else:
        exec(source, {"__name__": "__main__"})  # noqa: S102 - the code of a test
    sys.exit()
