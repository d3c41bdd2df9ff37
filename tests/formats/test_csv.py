"""Lists as tables: every record and every single value of it, for machines and for spreadsheets."""

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile

import pytest
from csvw import CSVW

from api.store.log.actions import publish
from schema import MODEL
from schema.entities.role_lists import ROLE_LISTS
from tests.support.deadlines import PATIENCE
from tests.support.generators.records import record
from tests.support.site import BASE, KINDS, site_on

COLLECTIONS = [shape.collection for shape in MODEL.entities]

HOSTILE = [
    "=1+1", "+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://evil.example","x")', "'=1", "''=1", "＝1",
    'a "quoted" word', "a,b;c|d", "<b>&amp;</b>", "'s-Hertogenbosch", "00123", "1e5", "TRUE", "-5", "3.14",
    "\u200fעברית", "=cmd|' /C calc'!A0", "x" * 500,
]  # fmt: skip

OFFICE = shutil.which("soffice")


def read(text: str) -> list[dict[str, str]]:
    """Return a table as Python's own reader sees it, which must find a cell for every column."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len(set(rows[0])) == len(rows[0])
    assert {len(row) for row in rows} == {len(rows[0])}
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def table(site, path: str) -> list[dict[str, str]]:
    answer = site.get(path)
    assert answer.status_code == 200, answer.text
    return read(answer.content.decode())


def scalars(body: dict, path: str = ""):
    """Yield the column and cell of every single value in a document, parts in lists left out."""
    for key, value in body.items():
        name = f"{path}{key}"
        if key in ("type", "project_list") or (path and key == "uri"):
            continue
        if isinstance(value, dict) and "type" in value:
            yield from [(name, value["id"])] if "id" in value else scalars(value, f"{name}_")
        elif isinstance(value, dict):
            yield from texts(name, value)
        elif isinstance(value, list):
            yield from codes(name, value)
        else:
            yield name, str(value)


def texts(name: str, value: dict):
    for tag in ("lv", "en"):
        if tag in value:
            yield f"{name}_{tag}", "\n".join(value[tag]) if isinstance(value[tag], list) else value[tag]
    if rest := {tag: text for tag, text in value.items() if tag not in ("lv", "en")}:
        yield f"{name}_other", json.dumps(rest, ensure_ascii=False, separators=(",", ":"))


def codes(name: str, value: list):
    is_parts = any(isinstance(one, dict) and re.search(r"#(?!this$)", one["uri"]) for one in value)
    if not is_parts:
        yield name, "|".join(one if isinstance(one, str) else one["id"] for one in value)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_table_has_every_record_and_every_single_value(network, collection):
    rows = {row["id"]: row for row in table(network, f"/{collection}.csv")}
    assert len(rows) == network.json(f"/{collection}")["total"]
    for identifier, row in rows.items():
        said = dict(scalars(network.json(f"/{collection}/{identifier}")))
        assert len(said) > 5
        assert {name: cell for name, cell in row.items() if cell} == said


@pytest.mark.parametrize("collection", [*COLLECTIONS, *ROLE_LISTS])
def test_its_description_tells_a_client_of_csv_on_the_web_all_of_it(network, tmp_path, collection):
    answer = network.get(f"/{collection}.csv")
    address = f"{BASE}/{collection}.csv-metadata.json"
    assert f'<{address}>; rel="describedby"; type="application/csvm+json"' in answer.headers["link"]
    described = network.get(address.removeprefix(BASE))
    assert described.headers["content-type"] == "application/csvm+json"
    about = described.json()
    assert about["url"] == f"{BASE}/{collection}.csv"
    (tmp_path / "table.csv").write_bytes(answer.content)
    (tmp_path / "about.json").write_text(json.dumps(about | {"url": "table.csv"}), encoding="utf-8")
    reader = CSVW(str(tmp_path / "table.csv"), md_url=str(tmp_path / "about.json"), validate=True)
    assert reader.is_valid
    read_back = list(reader.tables[0].iterdicts())
    assert len(read_back) == network.json(f"/{collection}")["total"]
    for row in read_back:
        body = network.json(f"/{collection}/{row['id']}")
        lists = [key for key, value in row.items() if isinstance(value, list) and value and key in body]
        assert all(len(row[key]) == len(body[key]) for key in lists)
    predicates = {column.get("propertyUrl") for column in about["tableSchema"]["columns"]}
    assert "http://purl.org/dc/terms/identifier" in predicates
    context = network.json("/context.jsonld")["@context"]
    known = {term["@id"] if isinstance(term, dict) else term for term in context.values()}
    assert predicates - {None} <= known


@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_texts_are_the_languages_of_the_setting_and_one_for_the_rest(databases, kind):
    with site_on(databases.make(kind), languages=("pl", "en")) as site:
        name = {"lv": "Centrs", "en": "Centre", "pl": "Centrum"}
        site.store.commit([publish(record("Organisation", "centre", name=name))], "editor")
        (row,) = table(site, "/organisations.csv")
        assert (row["name_pl"], row["name_en"]) == ("Centrum", "Centre")
        assert json.loads(row["name_other"]) == {"lv": "Centrs"}
        assert "name_lv" not in row


@pytest.fixture(params=KINDS)
def hostile(request, databases):
    with site_on(databases.make(request.param)) as site:
        acts = [
            publish(
                record(
                    "Organisation",
                    f"hostile-{number}",
                    name={"lv": one, "en": one, "de": one},
                    aliases={"en": [f"{one[:400]} again", f"other {one[:400]}"]},
                    summary={"en": f"{one}\nsecond line\ttab\n=third"},
                )
            )
            for number, one in enumerate(HOSTILE)
        ]
        site.store.commit(acts, "editor")
        yield site


def test_the_table_for_machines_is_faithful_to_any_text(hostile):
    rows = {row["id"]: row for row in table(hostile, "/organisations.csv")}
    for number, one in enumerate(HOSTILE):
        row = rows[f"hostile-{number}"]
        assert (row["name_lv"], row["name_en"]) == (one, one)
        assert json.loads(row["name_other"]) == {"de": one}
        assert row["summary_en"] == f"{one}\nsecond line\ttab\n=third"
        assert row["aliases_en"].split("\n") == [f"{one[:400]} again", f"other {one[:400]}"]


def test_no_cell_for_spreadsheets_begins_a_formula_and_the_guard_comes_off_without_loss(hostile):
    plain = table(hostile, "/organisations.csv")
    text = hostile.get("/organisations.csv?profile=spreadsheet").content.decode()
    assert text.startswith("\ufeff")
    guarded = read(text.removeprefix("\ufeff"))
    for row, original in zip(guarded, plain, strict=True):
        for name, cell in row.items():
            assert not re.match(r"[=+\-@\t\r＝＋－＠]", cell) or re.fullmatch(r"-?\d+(\.\d+)?", cell)
            assert re.sub(r"^'('*[=+\-@\t\r＝＋－＠])", r"\1", cell) == original[name]
    assert any("'=1+1" in row.values() for row in guarded)


@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
def test_a_spreadsheet_opens_the_guarded_table_with_every_cell_and_no_formula(hostile, tmp_path):
    answer = hostile.get("/organisations.csv?profile=spreadsheet")
    (tmp_path / "table.csv").write_bytes(answer.content)
    convert = [OFFICE, f"-env:UserInstallation=file://{tmp_path}/office", "--headless"]
    # Comma, double quote, UTF-8, from line 1, and formulas evaluated, as by a double click.
    options = ["--infilter=CSV:44,34,76,1,,0,false,true,false,false,false,-1,true"]
    subprocess.run(
        [*convert, *options, "--convert-to", "xlsx", "--outdir", str(tmp_path), str(tmp_path / "table.csv")],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    (written,) = tmp_path.glob("*.xlsx")
    with zipfile.ZipFile(written) as book:
        (sheet,) = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
        strings = book.read("xl/sharedStrings.xml").decode()
    assert "<f" not in re.sub("<(family|formatting|from)", "", sheet)
    assert sheet.count("<row ") == 1 + len(HOSTILE)
    assert "’=1+1" in strings or "'=1+1" in strings or "&apos;=1+1" in strings


def test_a_table_pages_as_any_list_does_with_longer_pages(network):
    whole = table(network, "/organisations.csv")
    first = network.get("/organisations.csv?limit=2")
    found, answer = read(first.text), first
    while following := re.search(r'<([^>]*)>; rel="next"', answer.headers["link"]):
        answer = network.get(following[1].removeprefix(BASE))
        found += read(answer.text)
    assert found == whole
    assert network.get("/organisations.csv?limit=10000").status_code == 200
    assert network.get("/organisations.csv?limit=10001").json()["parameter"] == "limit"


def test_only_lists_are_tables(network):
    for path in ("/", "/vocab", "/vocab/role", "/projects/ensie"):
        assert network.get(f"{'/index' if path == '/' else path}.csv").status_code == 404
        assert network.get(f"{path}?format=csv").json()["parameter"] == "format"
        assert network.get(path, accept="text/csv").status_code == 406


def test_a_profile_is_for_tables_and_there_is_one(network):
    assert network.get("/projects.csv?profile=excel").json()["parameter"] == "profile"
    for path in ("/projects.ttl", "/projects.html", "/projects/ensie"):
        told = network.get(f"{path}?profile=spreadsheet", accept="*/*").json()
        assert (told["status"], told["parameter"]) == (400, "profile")
    # Whoever asks for a profile and likes every format means a table.
    answer = network.get("/projects?profile=spreadsheet", accept="*/*")
    assert answer.headers["content-type"].startswith("text/csv")


def test_a_table_of_nothing_has_its_columns(site):
    assert site.get("/projects.csv").text.startswith("id,uri,title_lv,title_en,title_other,")
    assert table(site, "/projects.csv") == []
