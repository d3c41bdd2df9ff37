"""Tests of the commands that merge, withdraw, restore and redact a record: output, errors and exit status."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.support.assertions import assert_command_failed
from tests.support.processes import environment, run
from tests.support.site import KINDS, ROOT, site_on
from tests.support.wait_limit import PATIENCE


@pytest.fixture(params=KINDS)
def address(request, databases, tmp_path) -> str:
    """A database into which three organisations were loaded."""
    return loaded(databases.empty(request.param), tmp_path)


def loaded(address: str, folder: Path) -> str:
    """Load three organisations into a database, and return its address."""
    lines = [
        {"type": "Organisation", "id": "old", "name": {"en": "Old"}},
        {"type": "Organisation", "id": "new", "name": {"en": "New"}, "summary": {"en": "Ask Zvirbulis"}},
        {"type": "Organisation", "id": "part", "name": {"en": "Part"}, "part_of": "old"},
    ]
    path = folder / "lines.ndjson"
    path.write_text("\n".join(json.dumps(one) for one in lines), encoding="utf-8")
    assert run("load", path, database=address).returncode == 0
    return address


def done(*arguments: object, database: str) -> str:
    finished = run(*arguments, database=database)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


COMMANDS = [
    (
        ("merge", "organisations/old", "organisations/new", "--reason", "It asked us to."),
        "organisations/old was merged into organisations/new.",
        "Ieraksts organisations/old ir apvienots ar organisations/new.",
    ),
    (
        ("withdraw", "organisations/part", "--reason", "It asked us to."),
        "organisations/part was withdrawn.",
        "Ieraksts organisations/part ir atsaukts.",
    ),
    (
        ("restore", "organisations/part", "--reason", "A mistake"),
        "organisations/part was restored.",
        "Ieraksts organisations/part ir atjaunots.",
    ),
    (
        ("restore", "organisations/part", "--version", "1"),
        "organisations/part has that content already.",
        "Ierakstam organisations/part jau ir šāds saturs.",
    ),
    (
        ("redact", "organisations/new", "Zvirbulis"),
        "The text was removed from organisations/new.",
        "Teksts no ieraksta organisations/new ir dzēsts.",
    ),
]
"""Commands in order, each with its output in English and in Latvian."""


@pytest.mark.parametrize("language", ["en", "lv"])
def test_a_record_is_merged_withdrawn_restored_and_redacted(address, language):
    for arguments, english, latvian in COMMANDS:
        output = done(*arguments, "--lang", language, database=address)
        assert output == f"{english if language == 'en' else latvian}\n"
    with site_on(address, base="http://127.0.0.1:8000") as site:
        site.store.rebuild()
        assert site.json("/organisations/part")["part_of"]["id"] == "new"
        assert site.json("/organisations/new")["summary"] == {"en": "Ask […]"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("merge", "organisations/old", "organisations/old"), "[into-itself]"),
        (("withdraw", "organisations/old"), "Organisation part"),
    ],
)
def test_a_refused_action_is_reported_in_one_line(address, arguments, expected):
    (line,) = assert_command_failed(run(*arguments, "--reason", "Why", database=address), 1)
    assert line.startswith(arguments[1])
    assert expected in line


def test_a_record_that_cannot_be_restored_or_redacted_is_reported_in_one_line(address):
    (line,) = assert_command_failed(run("restore", "organisations/old", database=address), 1)
    assert line == "organisations/old: /: is published; name the version to restore [already-public]"
    (line,) = assert_command_failed(run("redact", "organisations/old", "x-x", database=address), 1)
    assert line.endswith("[text-absent]")


@pytest.mark.parametrize(
    "arguments",
    [
        ("merge", "organisations/old", "organisations/new"),
        ("withdraw", "organisations/old"),
        ("withdraw", "organisations/old", "--reason", " "),
        ("withdraw", "organisation/old", "--reason", "Why"),
        ("merge", "organisations/old", "projects/new", "--reason", "Why"),
        ("restore", "lines.ndjson", "--version", "1"),
    ],
)
def test_a_wrong_command_is_refused_with_its_usage(arguments, tmp_path):
    finished = run(*arguments, database=f"sqlite:///{tmp_path / 'new.db'}")
    assert finished.returncode == 2
    assert finished.stderr.startswith("Usage:")
    assert not list(tmp_path.iterdir())


MISTYPED = [
    (("merge", "organisations/never", "organisations/new", "--reason", "Why"), "organisations/never"),
    (("merge", "organisations/old", "organisations/never", "--reason", "Why"), "organisations/never"),
    (("withdraw", "organisations/never", "--reason", "Why"), "organisations/never"),
    (("redact", "organisations/never", "Text"), "organisations/never"),
    (("restore", "organisations/never"), "organisations/never"),
    (("restore", "backup.gz"), "backup.gz"),
]


def last_line(finished) -> str:
    """Return the error of a command that was refused with its usage."""
    assert finished.returncode == 2, finished.stderr
    assert "Traceback" not in finished.stderr
    return finished.stderr.splitlines()[-1]


@pytest.mark.parametrize(("arguments", "name"), MISTYPED)
def test_a_mistyped_record_or_file_is_named(address, arguments, name):
    assert name in last_line(run(*arguments, database=address))


@pytest.mark.parametrize(("arguments", "name"), MISTYPED)
def test_a_mistyped_record_or_file_creates_no_database(arguments, name, tmp_path):
    error = last_line(run(*arguments, "--lang", "lv", database=f"sqlite:///{tmp_path / 'new.db'}"))
    assert name in error or arguments[1] in error
    assert not list(tmp_path.iterdir())


def test_a_mistyped_record_does_not_migrate_an_empty_database(databases):
    address = databases.empty("postgresql")
    assert "organisations/never" in last_line(run("redact", "organisations/never", "x", database=address))
    with psycopg.connect(address) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)


def test_a_redaction_that_a_reader_kept_from_erasing_the_files_is_finished_by_the_same_command(
    databases, tmp_path
):
    address = loaded(databases.empty("sqlite"), tmp_path)
    path = Path(address.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM revision").fetchone()
        (line,) = assert_command_failed(run("redact", "organisations/new", "Zvirbulis", database=address), 1)
    assert "organisations/new" in line
    assert "repeat the command" in line
    output = done("redact", "organisations/new", "Zvirbulis", database=address)
    assert output.startswith("organisations/new has the text in none of its versions.")
    files = [file.read_bytes() for file in path.parent.glob(f"{path.name}*")]
    assert not [content for content in files if b"Zvirbulis" in content or b"zvirbulis" in content]


def test_a_redaction_whose_statistics_were_locked_is_finished_by_the_same_command(databases, tmp_path):
    address = loaded(databases.empty("postgresql"), tmp_path)
    with psycopg.connect(address) as other:
        name = make_url(address).database
        other.execute(f"ALTER DATABASE {name} SET lock_timeout = '100ms'")
        other.commit()
        other.execute("LOCK TABLE document IN SHARE UPDATE EXCLUSIVE MODE")
        finished = run("redact", "organisations/new", "Zvirbulis", "--lang", "lv", database=address)
        (line,) = assert_command_failed(finished, 1)
        assert "Teksts no ieraksta organisations/new ir dzēsts, bet var vēl būt datubāzes datnēs" in line
    assert done("redact", "organisations/new", "Zvirbulis", database=address)
    with site_on(address, base="http://127.0.0.1:8000") as site:
        site.store.rebuild()
        assert site.json("/organisations/new")["summary"] == {"en": "Ask […]"}


def test_the_text_to_redact_is_read_from_the_standard_input(address):
    finished = subprocess.run(
        [sys.executable, "-m", "api", "redact", "organisations/new", "-"],
        cwd=ROOT, env=environment(database=address, base="http://127.0.0.1:8000"), input="Zvirbulis\n",
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
