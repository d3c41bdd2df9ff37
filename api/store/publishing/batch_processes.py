"""Processes that render and compare batches of records, each on a snapshot of its own, beside the process that asks.

Rendering is a function of the committed log. A batch whose process fails or ends is executed by the caller, so that errors
are those of one process. A process ends with the pipe to the one that started it, however that ends, and does nothing if
its code is not that of its caller.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, suppress
from enum import StrEnum
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Self

import msgspec

from api.store.projection.fingerprint import fingerprint
from api.store.projection.record_links import LinkingIds
from schema import MODEL
from schema.declaration.entity_base import RecordKey
from schema.documents.renderer import Renderer

MIN_RECORDS = 3_000
"""Number of records from which processes are started: fewer are done before they have started."""

_MAX_PROCESSES = 2
"""Processes beside the caller, which writes no faster than two of them render."""

_ROOT = Path(__file__).parents[3]

_LENGTH_BYTES = 8

_UNREADABLE = (EOFError, OSError, ValueError, OverflowError, MemoryError, msgspec.MsgspecError)
"""The errors of reading from a process that has ended or replied something else, also of a length that cannot be."""


class Task(StrEnum):
    """The functions that processes have."""

    COMPARE = "compare"
    RENDER = "render"


class ProcessConfiguration(msgspec.Struct, frozen=True):
    """The database and the settings of rendering of a process, and the fingerprint that it must have by them."""

    database: str
    base: str
    languages: tuple[str, ...]
    licence: str
    publisher: dict[str, str]
    fingerprint: str


Batch = tuple[Sequence[RecordKey], LinkingIds]
"""The keys of records, and the records in their derived lists."""

Execute = Callable[[Sequence[RecordKey], LinkingIds], Any]
"""Takes a batch and returns its result, made of lists, tuples, dictionaries and scalars."""


class BatchProcesses:
    """Executes tasks for batches of records in processes, if there are processors and records enough."""

    def __init__(self, database: str, renderer: Renderer) -> None:
        self._renderer = renderer
        self._configuration = ProcessConfiguration(
            database,
            renderer.uris.base,
            renderer.languages,
            renderer.licence,
            renderer.publisher,
            fingerprint(renderer),
        )

    def results(
        self, task: Task, batches: Sequence[Batch], execute: Execute, result_type: Any
    ) -> Generator[Any, None, None]:
        """Yield the result of each batch, in order; the caller does by `execute` what no process has done.

        Closing the generator ends the processes.
        """
        with ExitStack() as stack:
            processes = self._start(self._process_count(batches), stack)
            count = len(processes)
            for process, batch in zip(processes, batches, strict=False):
                process.send(task, batch)
            for index, batch in enumerate(batches):
                result = None
                if processes:
                    process = processes[index % count]
                    result = process.receive(result_type)
                    if index + count < len(batches):
                        # Sent before the result is used, so that the process goes on meanwhile.
                        process.send(task, batches[index + count])
                yield execute(*batch) if result is None else result

    def _start(self, count: int, stack: ExitStack) -> list["BatchProcess"]:
        """Return as many of a number of processes as can be started."""
        processes: list[BatchProcess] = []
        with suppress(OSError):
            while len(processes) < count:
                processes.append(stack.enter_context(BatchProcess(self._configuration)))
        return processes

    def _process_count(self, batches: Sequence[Batch]) -> int:
        """Return the number of processes, 0 if the caller does everything."""
        record_count = sum(len(keys) for keys, _ in batches)
        return min(_MAX_PROCESSES, len(batches)) if has_processes(self._renderer, record_count) else 0


def has_processes(renderer: Renderer, record_count: int) -> bool:
    """Return True if processes are started for a number of records, as there are processors and records enough."""
    is_large = record_count >= MIN_RECORDS
    return is_large and renderer.model is MODEL and available_processors() >= _MAX_PROCESSES


def available_processors() -> int:
    """Return the number of processors that this process may use."""
    # Not every operating system limits the processors of a process.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class BatchProcess:
    """One process, with one batch at a time."""

    def __init__(self, configuration: ProcessConfiguration) -> None:
        paths = filter(None, (str(_ROOT), os.environ.get("PYTHONPATH")))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "api.store.publishing.batch_process"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl-C is for the caller, which then ends this process.
            process_group=0,
        )
        self._send(configuration)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with suppress(OSError):
            self._process.communicate()

    def send(self, task: Task, batch: Batch) -> None:
        """Send a batch; the result of the one before must have been received."""
        keys, linking = batch
        self._send((task, keys, [linking.get(key, {}) for key in keys]))

    def receive(self, result_type: Any) -> Any:
        """Return the result of the batch, None if the process failed or ended. End one whose reply is not readable."""
        assert self._process.stdout  # noqa: S101 - a pipe
        try:
            return read_message(self._process.stdout, result_type | None)
        except _UNREADABLE:
            self._process.kill()
            self._process.stdout.close()
            return None

    def _send(self, message: Any) -> None:
        assert self._process.stdin  # noqa: S101 - a pipe
        with suppress(OSError):
            write_message(self._process.stdin, message)


def write_message(stream: Any, message: Any) -> None:
    """Write a message as MessagePack after its length."""
    body = msgspec.msgpack.encode(message)
    stream.write(len(body).to_bytes(_LENGTH_BYTES, "big") + body)
    stream.flush()


def read_message(stream: Any, message_type: Any) -> Any:
    """Read a message of a type. Raise EOFError if the other process has ended."""
    length = int.from_bytes(_read(stream, _LENGTH_BYTES), "big")
    return msgspec.msgpack.decode(_read(stream, length), type=message_type)


def _read(stream: BufferedIOBase, length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content
