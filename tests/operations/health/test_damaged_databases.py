"""Tests of damaged SQLite files: every command says so in a line, and the advice of `doctor` leads to a sound database.

TEST_LONG=1 in the environment damages each page of every table and index.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from api.cli.commands import main
from api.settings import Settings
from api.store.log.actions import publish, save
from api.store.maintenance.backup_and_restore import back_up
from api.store.maintenance.migrate import migrate
from api.store_factory import create_store
from tests.support.generators.database_damage import (
    cut,
    flip_schema,
    overwrite,
    page_size,
    pages,
    root_pages,
    zero_page,
)
from tests.support.generators.records import record
from tests.support.processes import free_port
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS
from tests.support.site import BASE, ROOT

LOG = ("revision", "change")

SCHEMA = "sqlite_schema"

TYPICAL = ("alembic_version", "document", "head", "revision", "sqlite_autoindex_revision_1")

LINE = '{"type": "Organisation", "id": "later", "name": {"en": "Later"}}'


@dataclass
class Installation:
    """A closed database with a backup of its log, and the files that commands take."""

    folder: Path
    path: Path

    @property
    def backup(self) -> Path:
        """Return the last backup."""
        return self.folder / "last.gz"

    def run(self, *arguments: object, path: Path | None = None) -> Result:
        """Run a command in this process. Fail if it ends with a traceback or with more than one line of errors."""
        environment = {
            "TIKLS_DATABASE": f"sqlite:///{path or self.path}",
            "TIKLS_BASE": BASE,
            "TIKLS_PORT": str(free_port()),
            "TIKLS_DATA": str(self.folder / "data"),
        }
        result = CliRunner().invoke(main, [*map(str, arguments)], env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            arguments,
            result.exc_info,
        )
        if result.exit_code:
            errors = result.stderr.splitlines()
            assert len(errors) == (0 if arguments == ("doctor",) else 1), (arguments, result.stderr)
            assert all(errors), arguments
        return result

    def advice(self, path: Path | None = None) -> str:
        """Return the advice of `doctor`, an empty text if it finds the database sound."""
        result = self.run("doctor", path=path)
        *_, last = result.stdout.splitlines()
        assert last.startswith("ADVICE") == bool(result.exit_code), result.stdout
        return last if result.exit_code else ""

    def log(self, path: Path) -> list[tuple]:
        """Return all rows in the log of a database."""
        store = create_store(Settings(database=f"sqlite:///{path}", base=BASE))
        with store.database.reading() as connection:
            rows = connection.execute(select(store.tables.revision).order_by(store.tables.revision.c.seq))
            return [tuple(row) for row in rows]

    def follow(self, advice: str, file: Path) -> Path:
        """Do what an advice says, and return the path of the database that is then served."""
        new = self.folder / "new.db"
        for path in self.folder.glob("new.*"):
            path.unlink()
        if "last backup" in advice:
            assert self.run("restore", self.backup, path=new).exit_code == 0
            return new
        if "`backup FILE`" in advice:
            assert self.run("backup", file).exit_code == 0
            assert self.run("restore", file, path=new).exit_code == 0
            return new
        for command in ("rebuild", "migrate"):
            if f"`{command}`" in advice:
                assert self.run(command).exit_code == 0
        return self.path


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Installation:
    folder = tmp_path_factory.mktemp("installation")
    installation = Installation(folder, folder / "sound.db")
    store = create_store(Settings(database=f"sqlite:///{installation.path}", base=BASE))
    migrate(store.database)
    store.commit(NETWORK_ACTIONS, "load")
    store.commit([publish(record("Organisation", "partner", name={"en": "Another"}))], "editor")
    store.commit([save(record("Organisation", "draft"))], "editor")
    store.database.optimize_indexes()
    store.database.close()
    back_up(store, installation.backup)
    store.database.close()
    (folder / "data" / "organisations").mkdir(parents=True)
    (folder / "later.ndjson").write_text(LINE, encoding="utf-8")
    return installation


@pytest.fixture(autouse=True)
def stop_at_start(monkeypatch) -> None:
    """End `serve` where it would become the server."""

    def stop(*_: object) -> None:
        raise SystemExit(0)

    monkeypatch.setattr(os, "execv", stop)


def damaged(sound: Installation, damage: Callable[[Path], None]) -> Installation:
    """Return a copy of an installation with damage."""
    folder = sound.folder.with_name("damaged")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sound.folder, folder)
    path = folder / "sound.db"
    for suffix in ("-wal", "-shm", ".lock"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    damage(path)
    return Installation(folder, path)


def assert_advice_helps(installation: Installation, rows: list[tuple]) -> str:
    """Run every command, follow the advice of `doctor`, and return it; the database then has these rows."""
    advice = installation.advice()
    served = installation.follow(advice, installation.folder / "new.gz")
    assert not installation.advice(served), advice
    assert installation.log(served) == rows, advice
    return advice


def assert_no_command_fails_with_a_traceback(installation: Installation) -> None:
    """Run every command, each on a copy of the damaged file."""
    copy = installation.folder / "copy.db"
    for arguments in (
        ("doctor",),
        ("backup", installation.folder / "copy.gz"),
        ("check",),
        ("rebuild",),
        ("load", installation.folder / "later.ndjson"),
        ("withdraw", "organisations/partner", "--reason", "x"),
        ("serve",),
        ("restore", installation.backup),
    ):
        for path in installation.folder.glob("copy.*"):
            path.unlink()
        for path in installation.folder.glob("sound.db*"):
            shutil.copy(path, path.with_name(path.name.replace("sound", "copy")))
        installation.run(*arguments, path=copy)


def test_a_sound_database_needs_no_advice(sound):
    assert sound.advice() == ""


@pytest.mark.parametrize("table", LOG)
def test_a_damaged_log_with_later_acts_than_the_last_backup_names_those_that_are_lost(sound, table):
    installation = damaged(sound, lambda _: None)
    store = create_store(Settings(database=f"sqlite:///{installation.path}", base=BASE))
    store.commit(
        [publish(record("Organisation", f"later-{number}", name={"en": "x" * 200})) for number in range(40)],
        "editor",
    )
    store.database.close()
    numbers = "SELECT seq, rowid FROM revision" if table == "revision" else "SELECT number, rowid FROM change"
    with closing(sqlite3.connect(installation.path)) as connection:
        before = {number for number, _ in connection.execute(numbers)}
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    zero_page(installation.path, max(number for name, number in pages(installation.path) if name == table))
    report = installation.run("doctor").stdout
    lost = lost_numbers(report, "revisions" if table == "revision" else "public changes")
    assert lost
    assert lost <= before
    assert "is named above" in installation.advice()
    number, _ = numbers.removeprefix("SELECT ").split(",", 1)
    with closing(sqlite3.connect(installation.path)) as connection:
        for kept in before - lost:
            query = f"SELECT * FROM {table} WHERE {number} = {kept}"  # noqa: S608 - names of this test
            assert connection.execute(query).fetchone()
    served = installation.follow(installation.advice(), installation.folder / "new.gz")
    assert installation.log(served) == sound.log(sound.path)


def lost_numbers(report: str, name: str) -> set[int]:
    """Return the numbers of the rows that a report of `doctor` names as lost."""
    (ranges,) = re.findall(
        rf"{name} are missing or cannot be read: ([\d, -]+); they were written between", report
    )
    return {
        number
        for first, _, last in (part.partition("-") for part in ranges.split(", "))
        for number in range(int(first), int(last or first) + 1)
    }


def page_numbers(sound: Installation) -> list[tuple[str, int]]:
    """Return the tables and indexes to damage, each with the number of a page."""
    if os.environ.get("TEST_LONG"):
        return pages(sound.path)
    roots = root_pages(sound.path)
    return [(name, roots[name]) for name in TYPICAL]


def test_the_advice_about_a_damaged_page_leads_to_a_sound_database_with_the_whole_log(sound):
    rows = sound.log(sound.path)
    for name, number in page_numbers(sound):
        installation = damaged(sound, lambda path, number=number: zero_page(path, number))
        assert_no_command_fails_with_a_traceback(installation)
        advice = assert_advice_helps(installation, rows)
        if name != SCHEMA:  # without the definition of its tables, the log cannot be read either
            assert ("last backup" in advice) == (name in LOG), (name, advice)


@pytest.mark.parametrize(
    "damage",
    [
        flip_schema,
        lambda path: zero_page(path, 1),
        lambda path: cut(path, path.stat().st_size - page_size(path)),
    ],
    ids=["flipped schema", "no header", "cut at the end"],
)
def test_the_advice_about_a_damaged_file_leads_to_a_sound_database(sound, damage):
    installation = damaged(sound, damage)
    assert_no_command_fails_with_a_traceback(installation)
    assert assert_advice_helps(installation, sound.log(sound.path))


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [
        ("-wal", Path.unlink),
        ("-shm", Path.unlink),
        ("-wal", lambda path: overwrite(path, path.stat().st_size // 2, bytes(100))),
    ],
    ids=["no -wal", "no -shm", "overwritten -wal"],
)
def test_without_the_files_beside_it_a_database_has_the_acts_that_can_be_read(sound, suffix, damage):
    installation = damaged(sound, lambda _: None)
    used = installation.folder / "used.db"
    shutil.copy(installation.path, used)
    store = create_store(Settings(database=f"sqlite:///{used}", base=BASE))
    for number in range(3):
        store.commit([publish(record("Organisation", f"later-{number}"))], "editor")
    for name in ("", "-wal", "-shm"):
        shutil.copy(f"{used}{name}", f"{installation.path}{name}")
    store.database.close()
    damage(Path(f"{installation.path}{suffix}"))
    report = installation.run("doctor").stdout
    rows = installation.log(installation.path)
    assert len(sound.log(sound.path)) <= len(rows) <= len(sound.log(sound.path)) + 3
    assert len(rows) == len(sound.log(sound.path)) + 3 or suffix == "-wal"
    assert ("-wal is missing" in report) == (suffix == "-wal" and damage is Path.unlink)
    assert_no_command_fails_with_a_traceback(installation)
    assert_advice_helps(installation, rows)


IN_A_READ_ONLY_FILE_SYSTEM = """
mount -t tmpfs tmpfs "$1" && cp "$2" "$1/sound.db" && shift 2 && mount -o remount,ro "$TARGET" && exec "$@"
"""

COMMANDS = """
import sys
from click.testing import CliRunner
from api.cli.commands import main
for arguments in (["doctor"], ["backup", sys.argv[1]]):
    result = CliRunner().invoke(main, arguments)
    print(f"status {int(result.exit_code)}", result.output)
"""


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="mounts need root and unshare")
def test_a_read_only_file_system_can_be_examined_and_backed_up(sound, tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    script = ("unshare", "--mount", "sh", "-c", IN_A_READ_ONLY_FILE_SYSTEM, "sh", target, sound.path)
    python = (sys.executable, "-c", COMMANDS, tmp_path / "log.gz")
    environment = {
        "TARGET": str(target),
        "TIKLS_DATABASE": f"sqlite:///{target}/sound.db",
        "TIKLS_BASE": BASE,
    }
    command = [str(word) for word in (*script, *python)]
    finished = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if "mount:" in finished.stderr:
        pytest.skip("this machine permits no mounts")
    assert "FAILED" not in finished.stdout, finished.stdout
    assert finished.stdout.count("status 0") == 2, finished.stdout
    assert (tmp_path / "log.gz").exists()
