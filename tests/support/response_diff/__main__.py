"""Record the answers of an installation before and after a refactoring, and compare the two records.

A refactoring changes no answer. To show it, record the code before and the code after on the same log, with
the same requests, and compare:

    python -m tests.support.response_diff record old.json --root ../before --log log.gz
    python -m tests.support.response_diff record new.json --root . --log log.gz --requests old.json
    python -m tests.support.response_diff compare old.json new.json

If there is no file `log.gz`, the first command writes it: `data/` of the root, loaded and backed up. Each
command restores it into an empty database, so that both records have the same timestamps. That is a temporary
SQLite file, or the PostgreSQL database in `--database`. Commands and HTTP are the only interface used, so the
layout of the code under test does not matter. `compare` prints each difference, and exits with 1 if there is
any. A body is recorded as a digest; `--bodies` also keeps its bytes in a folder, in a file named by the digest.
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import unified_diff
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tests.support.response_diff.exchange import BASE, Client, Request, request_of
from tests.support.response_diff.requests import everything

_PATIENCE = 60
_MOST_LINES, _LONGEST = 24, 300
"""Limits of what is printed: lines of a difference between bodies, characters of a target."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Installation:
    """The code in a folder, with a database."""

    root: Path
    python: Path
    database: str

    def run(self, *arguments: str) -> str:
        """Run a command to its end and return its output. Raise SystemExit with its errors if it fails."""
        command = [str(self.python), "-m", "api", *arguments]
        completed = subprocess.run(
            command, cwd=self.root, env=self._environment, capture_output=True, text=True, check=False
        )
        if completed.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{completed.stdout}{completed.stderr}")
        return completed.stdout

    @contextmanager
    def serving(self, bodies: Path | None) -> Iterator[Client]:
        """Run the server, and yield a client once it is ready. Raise SystemExit if the server fails."""
        command, port = [str(self.python), "-m", "api", "serve"], _free_port()
        environment = self._environment | {"TIKLS_PORT": str(port)}
        with tempfile.TemporaryFile("w+") as output:
            server = subprocess.Popen(command, cwd=self.root, env=environment, stdout=output, stderr=output)
            try:
                _wait_for(server, port)
                yield Client(port, bodies)
            finally:
                server.send_signal(signal.SIGTERM)
                status = server.wait(_PATIENCE)
                output.seek(0)
                if status:
                    sys.exit(f"The server ended with status {status}:\n{output.read()}")

    @property
    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIKLS_")}
        return inherited | {
            "PYTHONDONTWRITEBYTECODE": "1",
            "TIKLS_BASE": BASE,
            "TIKLS_DATABASE": self.database,
            "TIKLS_DEADLINE": "60",  # A machine under load must not answer 503.
        }


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            if Client(port).send(Request("/readyz")).status == HTTPStatus.OK:
                return
        time.sleep(0.1)
    sys.exit("The server did not become ready.")


def record(arguments: argparse.Namespace) -> int:
    """Write the record of an installation to a file."""
    root, log = arguments.root.resolve(), arguments.log
    virtual = root / ".venv/bin/python"
    python = (arguments.python or (virtual if virtual.exists() else Path(sys.executable))).absolute()
    with tempfile.TemporaryDirectory(prefix="tikls-responses-") as folder:
        log = log.resolve() if log else Path(folder, "log.gz")
        if not log.exists():
            source = Installation(root, python, f"sqlite:///{folder}/source.db")
            source.run("load", "data")
            source.run("backup", str(log))
        installation = Installation(root, python, arguments.database or f"sqlite:///{folder}/restored.db")
        installation.run("restore", str(log))
        with installation.serving(arguments.bodies) as client:
            _ask(client, arguments)
        exchanges = client.exchanges
        interface = _interface(installation)
    lines = ",\n".join(json.dumps(exchange, ensure_ascii=False) for exchange in exchanges)
    head = json.dumps(interface, ensure_ascii=False)
    arguments.file.write_text(f'{{"interface": {head},\n"exchanges": [\n{lines}\n]}}\n', encoding="utf-8")
    sys.stdout.write(f"{len(exchanges)} requests are recorded in {arguments.file}.\n")
    return 0


def _ask(client: Client, arguments: argparse.Namespace) -> None:
    """Ask the requests of another record again, or everything."""
    if arguments.requests:
        for exchange in _read(arguments.requests)["exchanges"]:
            client.send(request_of(exchange))
        return
    conversation = everything(arguments.ask)
    try:
        request = next(conversation)
        while True:
            request = conversation.send(client.send(request))
    except StopIteration:
        pass


def _interface(installation: Installation) -> Record:
    """Return the names of commands, arguments, options and settings, with the defaults of settings."""
    text = installation.run("--help")
    commands = re.findall(
        r"^  ([a-z][\w-]*)", text.partition("Commands:")[2].partition("\n\n")[0], re.MULTILINE
    )
    return {
        "commands": {
            " ".join(command): _options(installation.run(*command, "--help"))
            for command in ([], *([name] for name in commands))
        },
        "settings": dict(re.findall(r"^\s+(TIKLS_\w+)=(.*)$", text, re.MULTILINE)),
    }


def _options(text: str) -> Record:
    usage = re.search(r"Usage: (.*?)\n\n", text, re.DOTALL)
    options = re.findall(r"^  (-.*?)(?:  |$)", text, re.MULTILINE)
    return {"usage": " ".join(usage[1].split()) if usage else "", "options": options}


def compare(arguments: argparse.Namespace) -> int:
    """Print every difference between two records; return 1 if there is any."""
    old, new = _read(arguments.old), _read(arguments.new)
    count = 0
    for title, lines in _differences(old, new):
        count += 1
        sys.stdout.write("\n    ".join([title, *lines]) + "\n")
    sys.stdout.write(f"{len(old['exchanges'])} requests, {count} differences\n")
    return int(count > 0)


def _differences(old: Record, new: Record) -> Iterator[tuple[str, list[str]]]:
    """Yield the title and the differing lines of each request that is answered differently."""
    if lines := [*_body_differences(old["interface"], new["interface"])]:
        yield "python -m api --help", lines
    before, after = _by_request(old), _by_request(new)
    for key in dict.fromkeys([*before, *after]):
        if key not in before or key not in after:
            yield _title(before.get(key) or after[key]), ["only one of the records has this request"]
        elif lines := [*_exchange_differences(before[key], after[key])]:
            yield _title(before[key]), lines


def _by_request(record: Record) -> dict[tuple[object, int], Record]:
    """Return the exchanges by their request, and how many times it was sent before."""
    exchanges: dict[tuple[object, int], Record] = {}
    times: dict[object, int] = {}
    for exchange in record["exchanges"]:
        request = request_of(exchange)
        times[request] = times.get(request, -1) + 1
        exchanges[request, times[request]] = exchange
    return exchanges


def _title(exchange: Record) -> str:
    target = exchange["target"]
    shown = target if len(target) <= _LONGEST else f"{target[:_LONGEST]}… ({len(target)} characters)"
    headers = "".join(f" [{name}: {str(value)[:100]}]" for name, value in exchange["request_headers"])
    return f"{exchange['method']} {shown}{headers}"


def _exchange_differences(old: Record, new: Record) -> Iterator[str]:
    if old["status"] != new["status"]:
        yield f"status: {old['status']} → {new['status']}"
    before, after = _header_values(old), _header_values(new)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"header {name}: {before.get(name)} → {after.get(name)}"
    yield from (f"body: {line}" for line in _body_differences(old["body"], new["body"]))


def _header_values(exchange: Record) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in exchange["headers"]:
        values.setdefault(name, []).append(value)
    return values


def _body_differences(old: Any, new: Any) -> Iterator[str]:
    """Yield the first lines of the difference between two recorded bodies."""
    if old == new:
        return
    if isinstance(old, str) and isinstance(new, str):
        yield f"{old} → {new}"
        return
    before, after = (json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) for body in (old, new))
    lines = [*unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)][2:]
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"… and {len(lines) - _MOST_LINES} more lines"


def _read(path: Path) -> Record:
    content: Record = json.loads(path.read_text(encoding="utf-8"))
    return content


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    recording = commands.add_parser("record", help="record what the code in a folder answers")
    recording.add_argument("file", type=Path, help="the record to write")
    recording.add_argument("--root", type=Path, required=True, help="the folder of the code")
    recording.add_argument("--python", type=Path, help="its interpreter; .venv of the root by default")
    recording.add_argument("--database", help="the URL of an empty database; a SQLite file by default")
    recording.add_argument("--log", type=Path, help="the backup to restore; written first if missing")
    recording.add_argument("--requests", type=Path, help="a record whose requests are asked again")
    recording.add_argument("--bodies", type=Path, help="a folder for the bodies of answers")
    recording.add_argument("--ask", action="append", default=[], metavar="PATH", help="one more address")
    recording.set_defaults(run=record)
    comparing = commands.add_parser("compare", help="compare two records")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    comparing.set_defaults(run=compare)
    return parser


if __name__ == "__main__":
    parsed = _parser().parse_args()
    sys.exit(parsed.run(parsed))
