"""Tests of the command line: exit status and output of commands, each in a process of its own."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api.settings import Settings
from tests.support.assertions import assert_command_failed
from tests.support.processes import environment, run
from tests.support.site import KINDS, ROOT
from tests.support.wait_limit import PATIENCE

FILES = len(list((ROOT / "data").glob("*/*.json")))

COMMANDS = ("serve", "migrate", "load", "check")


@pytest.fixture
def database(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'new.db'}"


@pytest.fixture
def invalid_data(tmp_path) -> Path:
    """A copy of the content with three faults in two files."""
    folder = Path(shutil.copytree(ROOT / "data", tmp_path / "bad"))
    (folder / "projects/ensie.json").write_bytes(b"{")
    content = {"name": {"en": ""}, "kindd": "x"}
    (folder / "organisations/biser.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_help_names_every_command_and_every_setting():
    finished = run("--help")
    assert finished.returncode == 0
    assert all(re.search(rf"^  {name} ", finished.stdout, re.MULTILINE) for name in COMMANDS)
    assert all(f"TIKLS_{name.upper()}" in finished.stdout for name in Settings.__struct_fields__)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own_even_with_invalid_settings(name):
    finished = run(name, "--help", port="x")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("Usage:")


def test_an_unknown_command_is_refused():
    finished = run("publish")
    assert finished.returncode == 2
    assert "Traceback" not in finished.stderr


def test_check_finds_no_fault_in_the_content_and_touches_no_database(database, tmp_path):
    finished = run("check", database=database)
    assert (finished.returncode, finished.stdout) == (0, f"{FILES} files, no faults.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["check", "load"])
def test_every_fault_is_reported_on_a_line_of_its_own(command, invalid_data, database):
    messages = assert_command_failed(run(command, invalid_data, database=database), 3)
    expected = [
        ("organisations/biser.json", "/kindd", "unknown-field"),
        ("organisations/biser.json", "/name/en", "too-short"),
        ("projects/ensie.json", "/", "not-json"),
    ]
    for line, (name, pointer, code) in zip(messages, expected, strict=True):
        assert line.startswith(f"{invalid_data / name}: {pointer}: ")
        assert line.endswith(f"[{code}]")


@pytest.mark.parametrize(
    "arguments", [("--lang", "lv", "check"), ("check", "--lang", "lv"), ("load", "--lang", "lv")]
)
def test_faults_are_reported_in_latvian_on_demand(arguments, invalid_data, database):
    messages = assert_command_failed(run(*arguments, invalid_data, database=database), 3)
    assert messages[0].endswith("/kindd: nav šeit paredzēts lauks (kind?) [unknown-field]")
    assert messages[2].startswith(f"{invalid_data / 'projects/ensie.json'}: /: nav JSON: ")


def test_results_are_reported_in_latvian_on_demand(database):
    assert run("check", "--lang", "lv").stdout == f"Pārbaudītas datnes: {FILES}. Kļūdu nav.\n"
    assert run("load", "--lang", "lv", database=database).stdout.startswith(f"Publicēti ieraksti: {FILES}.")
    assert run("check", "--lang", "de").returncode == 2


def test_check_of_invalid_files_leaves_no_database(invalid_data, database, tmp_path):
    run("check", invalid_data, database=database)
    assert not list(tmp_path.glob("new.db*"))


@pytest.mark.parametrize("kind", KINDS)
def test_load_is_all_or_nothing(databases, kind, invalid_data):
    address = databases.empty(kind)
    assert_command_failed(run("load", invalid_data, database=address), 3)
    for published in (FILES, 0):
        finished = run("load", database=address)
        assert finished.returncode == 0, finished.stderr
        assert finished.stdout == f"{published} records published from data.\n"


def test_load_and_check_use_the_folder_of_the_settings(tmp_path, database):
    folder = tmp_path / "content"
    for collection in ("organisations", "sources"):
        shutil.copytree(ROOT / "data" / collection, folder / collection)
    files = len(list(folder.glob("*/*.json")))
    assert run("check", data=folder).stdout == f"{files} files, no faults.\n"
    published = run("load", data=folder, database=database).stdout
    assert published == f"{files} records published from {folder}.\n"


@pytest.mark.parametrize("kind", KINDS)
def test_migrating_twice_changes_nothing_the_second_time(databases, kind):
    address = databases.empty(kind)
    results = [run("migrate", database=address) for _ in range(2)]
    assert [result.returncode for result in results] == [0, 0]
    assert results[0].stdout == "The schema was migrated.\n"
    assert results[1].stdout == "The schema is up to date.\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_invalid_setting_is_reported_on_a_line_of_its_own(command):
    messages = assert_command_failed(run(command, port="x", base="ftp://x.example", colour="red"), 3)
    assert [line.replace(":", " ").split()[0] for line in messages] == [
        "TIKLS_BASE",
        "TIKLS_COLOUR",
        "TIKLS_PORT",
    ]


@pytest.mark.parametrize("command", ["serve", "migrate", "load"])
def test_an_unreachable_database_is_reported_in_one_line(command):
    address = "postgresql://user:secret@127.0.0.1:1/name"
    (line,) = assert_command_failed(run(command, database=address), 1)
    assert "database" in line
    assert "secret" not in line


@pytest.mark.parametrize("command", ["serve", "migrate", "load"])
def test_a_file_that_is_no_database_is_reported_in_one_line(command, tmp_path):
    (tmp_path / "text.db").write_text("This is a text. " * 1000, encoding="utf-8")
    assert_command_failed(run(command, database=f"sqlite:///{tmp_path / 'text.db'}"), 1)


@pytest.mark.parametrize("command", ["serve", "migrate", "load"])
def test_an_impossible_database_path_is_reported_in_one_line(command, tmp_path):
    (tmp_path / "file").touch()
    assert_command_failed(run(command, database=f"sqlite:///{tmp_path / 'file' / 'x.db'}"), 1)


def test_a_pipe_gets_no_progress_and_no_colours(database):
    for command in ("check", "migrate", "load"):
        finished = run(command, database=database)
        assert finished.stderr == ""
        assert "\x1b" not in finished.stdout


@pytest.mark.parametrize(("command", "label"), [("check", "Checking"), ("load", "Loading")])
def test_a_terminal_gets_a_progress_bar(command, label, database):
    terminal, end = pty.openpty()
    arguments = [sys.executable, "-m", "api", command]
    with subprocess.Popen(
        arguments, cwd=ROOT, env=environment(database=database), stdout=subprocess.PIPE, stderr=end
    ) as process:
        os.close(end)
        output = b"".join(iter(lambda: read_terminal(terminal), b""))
        os.close(terminal)
        assert process.wait(PATIENCE) == 0
    assert label in output.decode()
    assert "100%" in output.decode()


def read_terminal(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # raised on Linux when the other end is closed
        return b""
