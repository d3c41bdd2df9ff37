"""Tests of the tables in data/README.md: every sentence of the five documents is served, or it says why not."""

import json
import re

import pytest

from tests.support.site import ROOT, SHARED, needs_shared

README = (ROOT / "data/README.md").read_text(encoding="utf-8")

SENTENCE_END = re.compile(r"(?<=[\w)”“\"][.!?])(?<!\d\.)\s+(?=[A-ZĀČĒĢĪĶĻŅŠŪŽ“„\"\d])")

REASONS = ("left: ", "a heading of ")

NUMBERS = range(1, 6)


def rows(number: int) -> list[tuple[str, str]]:
    """Return the sentences of a document and where they are served, from the table in the README."""
    table = README.partition(f"### Document {number}\n")[2].partition("\n#")[0]
    return re.findall(r"^\| (.+?) \| (.+?) \|$", table.partition("|---|---|\n")[2], re.MULTILINE)


def sentences(number: int) -> list[str]:
    """Return the sentences of a document, without superfluous white space."""
    (path,) = (SHARED / "seeds").glob(f"{number - 1:03}_*.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    return [" ".join(text.split()) for line in lines for text in SENTENCE_END.split(line) if text.strip()]


def matches(quotation: str, sentence: str) -> bool:
    """Return True if a sentence has the words of a quotation, of which an ellipsis replaces the rest."""
    words = quotation.strip("… ")
    if quotation.startswith("…"):
        return sentence.endswith(words)
    return sentence.startswith(words) if quotation.endswith("…") else sentence == words


@needs_shared
@pytest.mark.parametrize("number", NUMBERS)
def test_every_sentence_of_a_document_has_a_row_in_its_order(number):
    read = sentences(number)
    quoted = [quotation for quotation, _ in rows(number)]
    assert len(quoted) == len(read)
    for quotation, sentence in zip(quoted, read, strict=True):
        assert matches(quotation, sentence), (quotation, sentence)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_row_names_fields_of_records_or_a_reason(number):
    assert rows(number)
    for quotation, served in rows(number):
        references = re.findall(r"`([a-z]+/[a-z0-9-]+)`: ((?:`\w+`(?:, )?)+)", served)
        assert references or served.startswith(REASONS), quotation
        for path, fields in references:
            record = json.loads((ROOT / f"data/{path}.json").read_text(encoding="utf-8"))
            for field in re.findall(r"`(\w+)`", fields):
                assert field in record, (quotation, path, field)


def test_the_counts_of_activities_and_outputs_are_those_of_the_files():
    table = re.findall(r"^\| \d\. .+ \| `([a-z-]+)` \| (\d+) \| (\d+) \|$", README, re.MULTILINE)
    assert len(table) == len(list((ROOT / "data/projects").glob("*.json")))
    for project, *counts in table:
        for collection, count in zip(("activities", "outputs"), counts, strict=True):
            files = [json.loads(path.read_bytes()) for path in (ROOT / "data" / collection).glob("*.json")]
            assert sum(project in file["projects"] for file in files) == int(count), (project, collection)


def test_every_source_from_outside_the_five_documents_is_in_the_readme():
    names = {path.stem for path in (ROOT / "data/sources").glob("*.json")}
    listed = set(re.findall(r"`([a-z0-9-]+)`", README.partition("| from |")[2].partition("\n\n")[0]))
    first_five = {
        "sic-ensie",
        "sic-baltic-sea",
        "sif-buicasus",
        "ogre24-incubator-network",
        "lsua-local-y-mpact",
    }
    assert names - first_five == listed & names


def test_no_private_person_or_mailbox_is_in_the_readme():
    assert not re.search(r"Stirān|Pūce|Grīsl|Taman|\w@\w", README)


def value_at(document, pointer: str):
    """Return the value at a pointer through a record, in which parts are named by their ids, or None."""
    for key in pointer.strip("/").split("/"):
        entries = document if isinstance(document, list) else []
        parts = {entry["id"]: entry for entry in entries if isinstance(entry, dict)}
        document = {**dict(enumerate(entries)), **parts} if entries else document or {}
        document = document.get(int(key) if entries and not parts else key)
    return document


def test_no_old_string_of_the_records_is_left():
    table = README.partition("### In the records\n")[2].partition("\n### ")[0]
    changes = re.findall(r"^\| `([a-z]+/[a-z0-9-]+)` `(/\S+)` \| (.*) \| .* \|$", table, re.MULTILINE)
    assert len(changes) > 100
    for path, pointer, old in changes:
        record = json.loads((ROOT / f"data/{path}.json").read_text(encoding="utf-8"))
        assert old == "–" or value_at(record, pointer) != old, (path, pointer)
