"""The commands that merge, withdraw, restore and redact a record, as those who run them see them."""

import json
import subprocess
import sys

import pytest

from tests.support.assertions import assert_command_failed
from tests.support.processes import environment, run
from tests.support.site import KINDS, ROOT, site_on
from tests.support.time_limit import PATIENCE


@pytest.fixture(params=KINDS)
def address(request, databases, tmp_path) -> str:
    """A database into which three organisations were loaded."""
    address = databases.empty(request.param)
    lines = [
        {"type": "Organisation", "id": "old", "name": {"en": "Old"}},
        {"type": "Organisation", "id": "new", "name": {"en": "New"}, "summary": {"en": "Ask Zvirbulis"}},
        {"type": "Organisation", "id": "part", "name": {"en": "Part"}, "part_of": "old"},
    ]
    path = tmp_path / "lines.ndjson"
    path.write_text("\n".join(json.dumps(one) for one in lines), encoding="utf-8")
    assert run("load", path, database=address).returncode == 0
    return address


def done(*arguments: object, database: str) -> str:
    finished = run(*arguments, database=database)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_a_record_is_merged_withdrawn_restored_and_redacted(address):
    def act(*arguments: object) -> str:
        return done(*arguments, database=address)

    with_reason = ("--reason", "It asked us to.")
    told = act("merge", "organisations/old", "organisations/new", *with_reason)
    assert told == "organisations/old was merged into organisations/new.\n"
    assert act("withdraw", "organisations/part", *with_reason) == "organisations/part was withdrawn.\n"
    assert (
        act("restore", "organisations/part", "--reason", "A mistake") == "organisations/part was restored.\n"
    )
    restored = act("restore", "organisations/part", "--version", "1")
    assert restored == "organisations/part has that content already.\n"
    assert act("redact", "organisations/new", "Zvirbulis") == "The text was removed from organisations/new.\n"
    with site_on(address, base="http://127.0.0.1:8000") as site:
        site.store.rebuild()
        assert site.json("/organisations/part")["part_of"]["id"] == "new"
        assert site.json("/organisations/new")["summary"] == {"en": "Ask […]"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("merge", "organisations/old", "organisations/x"), "[unknown-reference]"),
        (("merge", "organisations/old", "organisations/old"), "[into-itself]"),
        (("withdraw", "organisations/old"), "Organisation part"),
        (("withdraw", "organisations/never"), "[not-public]"),
    ],
)
def test_what_is_refused_is_told_in_a_line(address, arguments, expected):
    (line,) = assert_command_failed(run(*arguments, "--reason", "Why", database=address), 1)
    assert line.startswith(arguments[1])
    assert expected in line


def test_what_cannot_be_restored_or_redacted_is_told_in_a_line(address):
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


def test_the_text_to_redact_is_read_from_the_standard_input(address):
    finished = subprocess.run(
        [sys.executable, "-m", "api", "redact", "organisations/new", "-"],
        cwd=ROOT, env=environment(database=address, base="http://127.0.0.1:8000"), input="Zvirbulis\n",
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
