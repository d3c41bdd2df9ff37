"""Tests of the tables in data/README.md: every sentence is served, or left for a reason; mended strings are served."""

import json
import re
from urllib.parse import urljoin

import pytest
from rdflib import RDFS, SKOS, Graph, Literal, URIRef

from api.formats.html import messages as page_messages
from schema.validation import errors
from tests.support.site import BASE, ROOT, SHARED, needs_shared

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


def changes(heading: str, row: str) -> list[tuple[str, ...]]:
    """Return the groups of each row in a table of changed strings."""
    return re.findall(row, README.partition(f"### {heading}\n")[2].partition("\n### ")[0], re.MULTILINE)


def test_no_old_string_of_the_records_is_left():
    rows_of_records = changes("In the records", r"^\| `([a-z]+/[a-z0-9-]+)` `(/\S+)` \| (.*) \| .* \|$")
    assert len(rows_of_records) > 100
    for path, pointer, old in rows_of_records:
        record = json.loads((ROOT / f"data/{path}.json").read_text(encoding="utf-8"))
        assert old == "–" or value_at(record, pointer) != old, (path, pointer)


def test_every_mended_string_of_the_vocabulary_is_in_it():
    graph = Graph()
    for path in sorted((ROOT / "vocab").rglob("*.ttl")):
        graph.parse(path, publicID=BASE + "/")
    predicates = {
        "label": RDFS.label,
        "prefLabel": SKOS.prefLabel,
        "altLabel": SKOS.altLabel,
        "definition": SKOS.definition,
        "plural": URIRef(f"{BASE}/vocab#plural"),
    }
    row = r"^\| `(\S+)` (\w+) @(\w+) \| (.*) \| (.*) \|$"
    for term, name, language, old, new in changes("In the vocabulary", row):
        texts = [*graph.objects(URIRef(urljoin(f"{BASE}/", term)), predicates[name])]
        values = new.split(", ") if name == "altLabel" else [new]
        assert new == "–" or {Literal(value, lang=language) for value in values} <= {*texts}, (term, name)
        assert Literal(old, lang=language) not in texts, (term, name)


def test_every_mended_string_of_pages_and_errors_is_in_use():
    row = r"^\| (page|fault) `([\w-]+)` @(\w+) \| .* \| (.*) \|$"
    rows_of_messages = changes("In pages and messages", row)
    assert len(rows_of_messages) > 15
    for kind, name, language, new in rows_of_messages:
        if kind == "page":
            assert page_messages.MESSAGES.get(name, {}).get(language, "–") == new, name
        else:
            assert errors.MESSAGES[name][language] == new, name
