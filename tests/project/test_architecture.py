"""Tests of the architecture: imports between rooms, and limits of names, sizes and docstrings."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.site import ROOT

SCHEMA = {
    "vocab": set(),
    "schema.declaration": {"vocab"},
    "schema.entities": {"schema.declaration", "vocab"},
    "schema.model": {"schema.entities", "schema.declaration", "vocab"},
    "schema": {"schema.model", "schema.entities"},
}
"""The rooms of vocab and schema, each with the rooms that it may import."""

MODEL_ROOMS = {*SCHEMA}
SCHEMA |= {
    f"schema.{room}": MODEL_ROOMS - {"schema"}
    for room in ("documents", "storage", "validation", "rdf", "json_schema", "index")
}
SCHEMA["schema.query"] = {"schema.index", *MODEL_ROOMS} - {"schema"}

STORE = {
    "api.request_work": set(),
    "api.store.digests": set(),
    "api.store.zstd_frame": set(),
    "api.store.database": set(),
    "api.store.readers": {"database"},
    "api.store.record_index": {"readers", "database", "zstd_frame"},
    "api.store.queries": {"record_index", "readers", "database"},
    "api.store.log": {"database"},
    "api.store.projection": {"log", "database", "digests", "zstd_frame"},
    "api.store.publishing": {"projection", "log", "database"},
    "api.store.maintenance": {"publishing", "projection", "log", "database"},
}
API = {room: {f"api.store.{name}" for name in imported} for room, imported in STORE.items()}
API["api.store.readers"].add("api.request_work")
API |= {
    "api.version": set(),
    "api.settings": {"api.store.database"},
    "api.renderer_factory": {"api.settings"},
    "api.store_factory": {"api.renderer_factory", "api.settings", *API},
    "api.http": {*STORE},
}
API["api.formats"] = {"api.http", *STORE}
API["api.lists"] = {"api.formats", "api.http", *STORE}
API["api.resources"] = {"api.lists", "api.formats", "api.http", *STORE}
API["api.endpoints"] = {"api.resources", "api.lists", "api.formats", "api.http", *STORE}
API["api.openapi"] = {
    "api.endpoints",
    "api.resources",
    "api.lists",
    "api.formats",
    "api.http",
    "api.version",
    *STORE,
}
API["api.dispatcher"] = {"api.openapi", *API["api.openapi"]}
API["api.response_cache"] = {"api.dispatcher", "api.http", *STORE}
API["api.editing"] = {*STORE}
API["api.application"] = {
    "api.response_cache", "api.editing", "api.dispatcher", "api.renderer_factory", "api.settings", *API["api.dispatcher"],
}  # fmt: skip
API["api.cli"] = {
    "api.application",
    "api.editing",
    "api.endpoints",
    "api.formats",
    "api.http",
    "api.store_factory",
    "api.settings",
    "api.version",
    *STORE,
}
API["api.__main__"] = {"api.cli"}
API["api"] = set()

MAY_IMPORT = {
    **SCHEMA,
    **{room: imported | {*SCHEMA} for room, imported in API.items()},
    "migrations": {*SCHEMA},
    "tests": {*SCHEMA, *API, "migrations"},
}
"""Every room, with the rooms that it may import. A file beside the folders of a room is a room of its own."""

CODE = ("vocab", "schema", "api", "migrations")
PURE = ("vocab", "schema")
SIDE_EFFECTS = {
    "asyncio", "asyncpg", "datetime.now", "fcntl", "granian", "http", "httpx", "litestar", "os", "psycopg",
    "random", "secrets", "socket", "sqlite3", "subprocess", "time", "urllib.request", "uuid",
}  # fmt: skip
MAX_FILES, MAX_LINES = 17, 400
UNIFORM_FOLDERS = {"api/formats/html/templates", "data", "migrations/versions", "tests/lists"}
"""Folders with files of one kind, which may exceed MAX_FILES."""

HOMESPUN = re.compile(
    r"^(Return|Yield) (what|whoever|whether|which)\b|^Tell\b|\b(whoever|nobody|somebody|anew|to be had|is told)\b",
    re.IGNORECASE,
)


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, by its full name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str | None:
    """Return the room of a module: the longest room that is a prefix of its name."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in MAY_IMPORT), None)


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("root", [*CODE, "tests"])
def test_rooms_import_only_the_rooms_that_they_may(root):
    for path in files(root):
        if "versions" not in path.parts:
            room = room_of(module_of(path))
            imported = {room_of(name) for name in imports(path)} - {None, room}
            assert imported <= MAY_IMPORT[room], (path, imported - MAY_IMPORT[room])


def test_no_import_runs_in_a_circle():
    unsorted = {room: set(imported) for room, imported in MAY_IMPORT.items()}
    while leaves := [room for room, imported in unsorted.items() if not imported]:
        for room in leaves:
            del unsorted[room]
        for imported in unsorted.values():
            imported.difference_update(leaves)
    assert not unsorted


@pytest.mark.parametrize("root", CODE)
def test_every_file_is_in_a_room(root):
    has_rooms = any(room.startswith(f"{root}.") for room in MAY_IMPORT)
    for path in files(root):
        if path.name != "__init__.py":
            room = room_of(module_of(path))
            assert room is not None, path
            assert room != root or not has_rooms, path


@pytest.mark.parametrize("root", PURE)
def test_a_pure_room_uses_no_network_database_clock_or_environment(root):
    for path in files(root):
        names = {
            part for name in imports(path) for part in (name, name.rpartition(".")[0], name.split(".")[0])
        }
        assert not names & SIDE_EFFECTS, path
        text = path.read_text(encoding="utf-8")
        assert not [word for word in (".now(", ".today(", "create_engine", "environ") if word in text], path


@pytest.mark.parametrize("root", CODE)
def test_annotations_are_not_deferred(root):
    for path in files(root):
        text = path.read_text(encoding="utf-8")
        assert "from __future__" not in text, path
        assert "TYPE_CHECKING" not in text, path


@pytest.mark.parametrize("root", CODE)
def test_a_file_has_one_idea(root):
    for path in files(root):
        if "versions" not in path.parts:
            assert path.read_text(encoding="utf-8").count("\n") <= MAX_LINES, path


def test_a_folder_has_few_files():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    folders = Counter(str(Path(name).parent) for name in names if (ROOT / name).exists())
    crowded = {folder: count for folder, count in folders.items() if count > MAX_FILES}
    assert not {folder for folder in crowded if not folder.startswith(("data/", *UNIFORM_FOLDERS))} - {
        ".",
        "tests/bench",
    }


@pytest.mark.parametrize("root", ["vocab", "schema", "api"])
def test_functions_are_short(root):
    for path in files(root):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno - node.lineno < 35, f"{path}: {node.name}"


def test_no_private_name_is_imported():
    for root in (*CODE, "tests"):
        for path in files(root):
            assert not [name for name in imports(path) if name.rpartition(".")[2].startswith("_")], path


def test_no_test_file_is_imported():
    for path in files("tests"):
        assert not [name for name in imports(path) if ".test_" in name], path


def test_a_class_name_is_unique():
    classes = Counter(
        node.name
        for root in CODE
        for path in files(root)
        for node in tree(path).body
        if isinstance(node, ast.ClassDef)
    )
    assert not [name for name, count in classes.items() if count > 1]


def test_no_file_has_a_meaningless_name():
    meaningless = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
    assert not [path for root in (*CODE, "tests") for path in files(root) if path.stem in meaningless]


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "name", "module"), ast.get_docstring(node) or ""


@pytest.mark.parametrize("root", [*CODE, "tests"])
def test_docstrings_use_the_nouns_of_the_field(root):
    homespun = [
        f"{path.relative_to(ROOT)}: {name}: {text.splitlines()[0]}"
        for path in files(root)
        if "versions" not in path.parts
        for name, text in docstrings(path)
        if text and HOMESPUN.search(text)
    ]
    assert not homespun


def test_no_installed_package_takes_the_name_of_a_room():
    assert not packages_distributions().keys() & {"api", "schema", "vocab", "migrations"}


def test_migrations_import_only_alembic_sqlalchemy_and_what_content_is_compressed_with():
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        assert {name.split(".")[0] for name in imports(path)} <= {"alembic", "sqlalchemy", "zstandard"}, path
