"""Tests of CSV: columns and cells, CSVW metadata, the spreadsheet profile, pagination."""

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from itertools import chain

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.formats.table.csv import GUARD, guarded
from api.store.log.actions import publish
from schema import MODEL
from schema.documents.columns import table_columns
from schema.entities.partner_and_funder_lists import ROLE_LISTS
from tests.support.generators.records import record
from tests.support.site import BASE, KINDS, site_on
from tests.support.wait_limit import PATIENCE

COLLECTIONS = [shape.collection for shape in MODEL.entities]

HOSTILE_TEXTS = [
    "=1+1", "+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://evil.example","x")', "'=1", "''=1", "＝1",
    'a "quoted" word', "a,b;c|d", "<b>&amp;</b>", "'s-Hertogenbosch", "00123", "1e5", "TRUE", "-5", "3.14",
    "x;=1+1", 'x;"=1+1"', "a;b", "\u200fעברית", "=cmd|' /C calc'!A0", "x" * 500,
]  # fmt: skip

OFFICE = shutil.which("soffice")


def parse_csv(text: str) -> list[dict[str, str]]:
    """Return the rows of a table. Every row must have a cell for every column."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len(set(rows[0])) == len(rows[0])
    assert {len(row) for row in rows} == {len(rows[0])}
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def table(site, path: str) -> list[dict[str, str]]:
    response = site.get(path)
    assert response.status_code == 200, response.text
    return parse_csv(response.content.decode())


def document_cells(body: dict, path: str = ""):
    """Yield the column and the cell of every value of a document, except of parts in lists."""
    for key, value in body.items():
        name = f"{path}{key}"
        if key == "type" or key.endswith("_list") or (path and key == "uri"):
            continue
        if isinstance(value, dict) and "type" in value:
            yield from [(name, value["id"])] if "id" in value else document_cells(value, f"{name}_")
        elif isinstance(value, dict):
            yield from text_cells(name, value)
        elif isinstance(value, list):
            yield from list_cells(name, value, has_parts=MODEL.keys[key].part is not None)
        else:
            yield name, str(value)


def text_cells(name: str, value: dict):
    for tag in ("lv", "en"):
        if tag in value:
            yield f"{name}_{tag}", "\n".join(value[tag]) if isinstance(value[tag], list) else value[tag]
    if other_languages := {tag: text for tag, text in value.items() if tag not in ("lv", "en")}:
        yield f"{name}_other", json.dumps(other_languages, ensure_ascii=False, separators=(",", ":"))


def list_cells(name: str, value: list, *, has_parts: bool):
    if not has_parts:
        yield name, "|".join(item if isinstance(item, str) else item["id"] for item in value)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_table_has_every_record_and_all_its_values(network, collection):
    rows = {row["id"]: row for row in table(network, f"/{collection}.csv")}
    assert len(rows) == network.json(f"/{collection}")["total"]
    for identifier, row in rows.items():
        expected = dict(document_cells(network.json(f"/{collection}/{identifier}")))
        assert len(expected) > 5
        assert {name: cell for name, cell in row.items() if cell} == expected


@pytest.mark.parametrize("collection", [*COLLECTIONS, *ROLE_LISTS])
def test_a_csvw_client_reads_every_row_by_the_metadata(network, tmp_path, collection):
    from csvw import CSVW  # noqa: PLC0415 - imported by one process only

    table_response = network.get(f"/{collection}.csv")
    address = f"{BASE}/{collection}.csv-metadata.json"
    assert f'<{address}>; rel="describedby"; type="application/csvm+json"' in table_response.headers["link"]
    metadata_response = network.get(address.removeprefix(BASE))
    assert metadata_response.headers["content-type"] == "application/csvm+json"
    metadata = metadata_response.json()
    assert metadata["url"] == f"{BASE}/{collection}.csv"
    (tmp_path / "table.csv").write_bytes(table_response.content)
    (tmp_path / "about.json").write_text(json.dumps(metadata | {"url": "table.csv"}), encoding="utf-8")
    reader = CSVW(str(tmp_path / "table.csv"), md_url=str(tmp_path / "about.json"), validate=True)
    assert reader.is_valid
    rows = list(reader.tables[0].iterdicts())
    assert len(rows) == network.json(f"/{collection}")["total"]
    for row in rows:
        body = network.json(f"/{collection}/{row['id']}")
        lists = [key for key, value in row.items() if isinstance(value, list) and value and key in body]
        assert all(len(row[key]) == len(body[key]) for key in lists)
    predicates = {column.get("propertyUrl") for column in metadata["tableSchema"]["columns"]}
    assert "http://purl.org/dc/terms/identifier" in predicates
    context = network.json("/context.jsonld")["@context"]
    context_predicates = {term["@id"] if isinstance(term, dict) else term for term in context.values()}
    assert predicates - {None} <= context_predicates


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_has_a_column_for_each_configured_language_and_one_for_the_others(databases, kind):
    with site_on(databases.make(kind), languages=("pl", "en")) as site:
        name = {"lv": "Centrs", "en": "Centre", "pl": "Centrum"}
        site.store.commit([publish(record("Organisation", "centre", name=name))], "editor")
        (row,) = table(site, "/organisations.csv")
        assert (row["name_pl"], row["name_en"]) == ("Centrum", "Centre")
        assert json.loads(row["name_other"]) == {"lv": "Centrs"}
        assert "name_lv" not in row


@pytest.fixture(params=KINDS)
def hostile(request, databases):
    """An installation with organisations of hostile texts."""
    with site_on(databases.make(request.param)) as site:
        actions = [
            publish(
                record(
                    "Organisation",
                    f"hostile-{number}",
                    name={"lv": text, "en": text, "de": text},
                    aliases={"en": [f"{text[:400]} again", f"other {text[:400]}"]},
                    summary={"en": f"{text}\nsecond line\ttab\n=third"},
                )
            )
            for number, text in enumerate(HOSTILE_TEXTS)
        ]
        site.store.commit(actions, "editor")
        yield site


def test_a_table_without_profile_has_every_text_unchanged(hostile):
    rows = {row["id"]: row for row in table(hostile, "/organisations.csv")}
    for number, text in enumerate(HOSTILE_TEXTS):
        row = rows[f"hostile-{number}"]
        assert (row["name_lv"], row["name_en"]) == (text, text)
        assert json.loads(row["name_other"]) == {"de": text}
        assert row["summary_en"] == f"{text}\nsecond line\ttab\n=third"
        assert row["aliases_en"].split("\n") == [f"{text[:400]} again", f"other {text[:400]}"]


FORMULA = re.compile(r"[\t\r\n ]*[=+\-@＝＋－＠]")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
DANGEROUS_CHARACTERS = ";\t\r\n,|'\" =+-@＝１1a"


@given(st.lists(st.text(DANGEROUS_CHARACTERS, max_size=12), min_size=1, max_size=4))
def test_no_cell_is_a_formula_with_any_list_separator_and_the_guard_is_reversible(cells):
    assert [re.sub(GUARD, "", guarded(cell)) for cell in cells] == cells
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["id", *map(guarded, cells)]] * 2)
    for separator in ",;\t":
        rows = [*csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=separator)]
        # Where quotes do not begin a cell, they are text: a line break in them ends a row.
        lines = [line.split(separator) for line in re.split(r"[\r\n]", file.getvalue()) if separator != ","]
        for cell in chain(*rows, *lines):
            assert not FORMULA.match(cell) or NUMBER.fullmatch(cell), (separator, cell)


def test_no_cell_for_spreadsheets_is_a_formula_and_the_escape_is_reversible(hostile):
    originals = table(hostile, "/organisations.csv")
    description = hostile.json("/organisations.csv-metadata.json")["dc:description"]["@value"]
    guard = re.search(r"regular expression (\S.*) restores", description)[1]
    text = hostile.get("/organisations.csv?profile=spreadsheet").content.decode()
    assert text.startswith("\ufeff")
    rows = parse_csv(text.removeprefix("\ufeff"))
    for row, original in zip(rows, originals, strict=True):
        for name, cell in row.items():
            assert not re.match(r"[=+\-@\t\r＝＋－＠]", cell) or re.fullmatch(r"-?\d+(\.\d+)?", cell)
            assert re.sub(guard, "", cell) == original[name]
    assert any("x;'=1+1" in row.values() for row in rows)
    assert any("'=1+1" in row.values() for row in rows)


@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_spreadsheet_profile_with_every_row_and_no_formula(hostile, tmp_path):
    response = hostile.get("/organisations.csv?profile=spreadsheet")
    (tmp_path / "table.csv").write_bytes(response.content)
    convert = [OFFICE, f"-env:UserInstallation=file://{tmp_path}/office", "--headless"]
    # Comma, double quote, UTF-8, from line 1, formulas evaluated: as when a user opens the file.
    options = ["--infilter=CSV:44,34,76,1,,0,false,true,false,false,false,-1,true"]
    subprocess.run(
        [*convert, *options, "--convert-to", "xlsx", "--outdir", str(tmp_path), str(tmp_path / "table.csv")],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    (workbook,) = tmp_path.glob("*.xlsx")
    with zipfile.ZipFile(workbook) as book:
        (sheet,) = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
        strings = book.read("xl/sharedStrings.xml").decode()
    assert "<f" not in re.sub("<(family|formatting|from)", "", sheet)
    assert sheet.count("<row ") == 1 + len(HOSTILE_TEXTS)
    assert "’=1+1" in strings or "'=1+1" in strings or "&apos;=1+1" in strings


def test_a_table_has_pages(network):
    all_rows = table(network, "/organisations.csv")
    response = network.get("/organisations.csv?limit=2")
    rows = parse_csv(response.text)
    while next_link := re.search(r'<([^>]*)>; rel="next"', response.headers["link"]):
        response = network.get(next_link[1].removeprefix(BASE))
        rows += parse_csv(response.text)
    assert rows == all_rows


def test_only_lists_are_tables(network):
    for path in ("/", "/vocab", "/vocab/role", "/projects/ensie"):
        assert network.get(f"{'/index' if path == '/' else path}.csv").status_code == 404
        assert network.get(f"{path}?format=csv").json()["parameter"] == "format"
        assert network.get(path, accept="text/csv").status_code == 406


def test_the_only_profile_of_tables_is_rejected_for_other_formats(network):
    assert network.get("/projects.csv?profile=excel").json()["parameter"] == "profile"
    for path in ("/projects.ttl", "/projects/ensie"):
        problem = network.get(f"{path}?profile=spreadsheet", accept="*/*").json()
        assert (problem["status"], problem["parameter"]) == (400, "profile")
    assert network.get("/projects.html?profile=spreadsheet").status_code == 400
    # A profile selects CSV if the client accepts every format.
    response = network.get("/projects?profile=spreadsheet", accept="*/*")
    assert response.headers["content-type"].startswith("text/csv")


def test_an_empty_table_has_its_columns(site):
    assert site.get("/projects.csv").text.startswith("id,uri,title_lv,title_en,title_other,")
    assert table(site, "/projects.csv") == []


def test_of_cards_a_table_reads_only_the_ids():
    columns = {column.name: column for column in table_columns(MODEL.by_name["Project"], ("en",))}
    card = {"id": "one", "uri": "https://example.org", "label": {"en": "One"}}
    for name, value, read in (("lead", card, {"id": "one"}), ("topics", [card, card], [{"id": "one"}] * 2)):
        assert msgspec.convert(value, type=columns[name].value_type) == read
    assert msgspec.convert(card["label"], type=columns["title_en"].value_type) == card["label"]
