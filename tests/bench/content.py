"""The databases that are measured: generated projects, loaded as an operator would, kept between runs."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import click

from api.settings import Settings
from api.store_factory import create_store
from tests.bench.figures import CannotMeasureError
from tests.bench.servers import BASE, ROOT, environment

SEED = 1

FOLDER = ROOT / "var" / "bench"
"""What is kept between runs, and the rounds of each."""


def address(file: Path) -> str:
    """Return the address of a SQLite file, as our setting takes it."""
    return f"sqlite:///{file}"


def made(projects: int) -> Path:
    """Return a SQLite file with so many generated projects, made unless it was made before."""
    file = FOLDER / f"{projects}-{SEED}-{_key()}.sqlite"
    if not file.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        for older in FOLDER.glob(f"{projects}-{SEED}-*"):
            older.unlink()
        click.echo(f"Making {projects} projects; they are kept in {file.relative_to(ROOT)}.", err=True)
        unfinished = file.with_suffix(".unfinished")
        for begun in FOLDER.glob(f"{unfinished.name}*"):
            begun.unlink()
        _load(projects, address(unfinished))
        unfinished.rename(file)
    return file


def stream(projects: int) -> list[str]:
    """Return the command that writes generated records, one in a line."""
    return [sys.executable, "-m", "tests.bench.network", str(projects), "--seed", str(SEED)]


def loading(database: str, source: str, *command: str) -> subprocess.Popen[bytes]:
    """Start to load a file, or `-` for what comes in, into a database."""
    settings = environment({"TIKLS_DATABASE": database, "TIKLS_BASE": BASE})
    return subprocess.Popen(
        [*command, sys.executable, "-m", "api", "load", source],
        cwd=ROOT,
        env=settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def copy(file: Path, name: str) -> Iterator[Path]:
    """Yield a copy of a SQLite file that may be written to, and take it away in the end."""
    target = FOLDER / f"{name}.copy"
    _remove(target)
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
        yield target
    finally:
        _remove(target)


def _remove(file: Path) -> None:
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()


def _load(projects: int, database: str) -> None:
    load = loading(database, "-")
    generate = subprocess.Popen(stream(projects), cwd=ROOT, stdout=load.stdin)
    assert load.stdin is not None
    load.stdin.close()  # the generator has it now, and its end is the end of what comes in
    if generate.wait() or load.wait():
        message = f"{projects} projects could not be made"
        raise CannotMeasureError(message)


def _key() -> str:
    """Return what tells this code and its data from others: tables, renderer, generator."""
    found = sha256(create_store(Settings(base=BASE)).fingerprint.encode())
    for path in sorted(
        [*(ROOT / "migrations/versions").glob("*.py"), *Path(__file__).parent.glob("network*.py")]
    ):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()[:8]
