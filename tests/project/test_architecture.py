"""The rooms of the house, and its rules."""

import ast
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.site import ROOT

MAY_IMPORT = {
    "vocab": set(),
    "schema": {"vocab"},
    "api": {"schema", "vocab"},
    "migrations": {"schema", "vocab"},
    "tests": {"api", "schema", "vocab", "migrations"},
}

PURE = ("vocab", "schema")

WORLDLY = {
    "asyncio", "asyncpg", "datetime.now", "fcntl", "granian", "http", "httpx", "litestar", "os", "psycopg",
    "random", "secrets", "socket", "sqlite3", "subprocess", "time", "urllib.request", "uuid",
}  # fmt: skip

LONGER_ON_PURPOSE = {"schema/tables.py"}


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_rooms_to_its_right(room):
    for path in files(room):
        rooms = {name.split(".")[0] for name in imports(path)} & MAY_IMPORT.keys()
        assert rooms <= MAY_IMPORT[room] | {room}, path


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_knows_no_network_database_clock_or_environment(room):
    for path in files(room):
        found = set(imports(path))
        assert not found & WORLDLY, path
        assert not {name.split(".")[0] for name in found} & WORLDLY, path
        text = path.read_text(encoding="utf-8")
        assert not [word for word in (".now(", ".today(", "create_engine", "environ") if word in text], path


@pytest.mark.parametrize("room", ["vocab", "schema", "api", "migrations"])
def test_files_are_small_and_annotations_are_read_as_they_stand(room):
    for path in files(room):
        if "versions" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        assert "from __future__" not in text, path
        assert "TYPE_CHECKING" not in text, path
        if str(path.relative_to(ROOT)) not in LONGER_ON_PURPOSE:
            assert text.count("\n") <= 200, path


@pytest.mark.parametrize("room", ["vocab", "schema", "api"])
def test_functions_fit_in_a_glance(room):
    for path in files(room):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno - node.lineno < 30, f"{path}: {node.name}"


def test_nothing_private_crosses_files():
    for room in MAY_IMPORT:
        for path in files(room):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom):
                    names = {alias.name for alias in node.names if alias.name.startswith("_")}
                    assert not names, path


def test_no_name_says_nothing():
    empty = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
    assert not [path for room in MAY_IMPORT for path in files(room) if path.stem in empty]


def test_no_installed_package_takes_the_name_of_a_room():
    assert not packages_distributions().keys() & {"api", "schema", "vocab", "migrations"}


def test_migrations_import_nothing_of_ours():
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        assert {name.split(".")[0] for name in imports(path)} <= {"alembic", "sqlalchemy"}, path
