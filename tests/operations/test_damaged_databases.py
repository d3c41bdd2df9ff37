"""Tests of damaged SQLite files: every command says so in a line, and the advice of `doctor` leads to a sound database.

TEST_LONG=1 in the environment damages every table and index, on each of their pages.
"""

import os
import shutil
from collections.abc import Callable
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
from tests.support.generators.database_damage import cut, flip_schema, page_size, pages, root_pages, zero_page
from tests.support.generators.records import record
from tests.support.processes import free_port
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS
from tests.support.site import BASE

LOG = ("revision", "change")

TYPICAL = (
    "alembic_version",
    "change",
    "document",
    "head",
    "revision",
    "sort_key",
    "sqlite_autoindex_revision_1",
)

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

    def acts(self, path: Path) -> list[tuple]:
        """Return all acts in the log of a database."""
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


def assert_advice_helps(installation: Installation, acts: list[tuple]) -> str:
    """Run every command, follow the advice of `doctor`, and return it; the database then has these acts."""
    advice = installation.advice()
    served = installation.follow(advice, installation.folder / "new.gz")
    assert not installation.advice(served), advice
    assert installation.acts(served) == acts, advice
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


def page_numbers(sound: Installation) -> list[tuple[str, int]]:
    """Return the tables and indexes to damage, each with the number of a page."""
    if os.environ.get("TEST_LONG"):
        return pages(sound.path)
    roots = root_pages(sound.path)
    return [(name, roots[name]) for name in TYPICAL]


def test_the_advice_about_a_damaged_page_leads_to_a_sound_database_with_every_act(sound):
    acts = sound.acts(sound.path)
    for name, number in page_numbers(sound):
        installation = damaged(sound, lambda path, number=number: zero_page(path, number))
        assert_no_command_fails_with_a_traceback(installation)
        advice = assert_advice_helps(installation, acts)
        assert ("last backup" in advice) == (name in LOG), (name, advice)


@pytest.mark.parametrize(
    "damage",
    [
        flip_schema,
        lambda path: zero_page(path, 1),
        lambda path: cut(path, 100),
        lambda path: cut(path, page_size(path) * 20),
        lambda path: cut(path, path.stat().st_size - page_size(path)),
    ],
    ids=["flipped schema", "no header", "cut in the header", "cut", "cut at the end"],
)
def test_the_advice_about_a_damaged_file_leads_to_a_sound_database(sound, damage):
    installation = damaged(sound, damage)
    assert_no_command_fails_with_a_traceback(installation)
    assert assert_advice_helps(installation, sound.acts(sound.path))
