"""The databases under measurement: generated projects, loaded with `load`, stored between runs."""

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
"""The folder of the databases, and of the results of each run."""


def database_url(file: Path) -> str:
    """Return the URL of a SQLite file for the setting TIKLS_DATABASE."""
    return f"sqlite:///{file}"


def ensure_database(projects: int) -> Path:
    """Return a SQLite file with this number of generated projects, and make it if it does not exist."""
    file = FOLDER / f"{projects}-{SEED}-{_code_version()}.sqlite"
    if not file.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        for outdated in FOLDER.glob(f"{projects}-{SEED}-*"):
            outdated.unlink()
        click.echo(f"Making {projects} projects; they are kept in {file.relative_to(ROOT)}.", err=True)
        unfinished = file.with_suffix(".unfinished")
        for leftover in FOLDER.glob(f"{unfinished.name}*"):
            leftover.unlink()
        _load(projects, database_url(unfinished))
        unfinished.rename(file)
    return file


def generator_command(projects: int) -> list[str]:
    """Return the command that writes generated records, one per line."""
    return [sys.executable, "-m", "tests.bench.network", str(projects), "--seed", str(SEED)]


def start_load(database: str, source: str, root: Path = ROOT) -> subprocess.Popen[bytes]:
    """Start to load a file, or standard input if `source` is `-`, into a database. `root` is the code to run."""
    variables = environment({"TIKLS_DATABASE": database, "TIKLS_BASE": BASE})
    return subprocess.Popen(
        [sys.executable, "-m", "api", "load", source],
        cwd=root,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def writable_copy(file: Path, name: str) -> Iterator[Path]:
    """Yield a copy of a SQLite file for writing, and remove it at the end."""
    target = FOLDER / f"{name}.copy"
    remove_database(target)
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as destination:
            source.backup(destination)
        yield target
    finally:
        remove_database(target)


def remove_database(file: Path) -> None:
    """Remove a SQLite file and the files beside it."""
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


def _load(projects: int, database: str) -> None:
    load = start_load(database, "-")
    generate = subprocess.Popen(generator_command(projects), cwd=ROOT, stdout=load.stdin)
    assert load.stdin is not None
    load.stdin.close()  # the generator alone holds it, so that its end is the end of the input
    if generate.wait() or load.wait():
        message = f"{projects} projects could not be made"
        raise CannotMeasureError(message)


def _code_version() -> str:
    """Return a digest of all code that decides the data: tables, renderer, generator."""
    digest = sha256(create_store(Settings(base=BASE)).fingerprint.encode())
    for path in sorted(
        [*(ROOT / "migrations/versions").glob("*.py"), *Path(__file__).parent.glob("network*.py")]
    ):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:8]
