"""Tests of record validation: faults and their pointers, normalization, any JSON value, partial dates."""

import json

import msgspec
import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph

from api.formats.document import JsonDocument, RequestTarget
from api.formats.format import Formats, SerializerContext
from api.formats.registry import FORMATS
from api.http.url_path_and_format_suffix import UrlPath
from schema import MODEL
from schema.declaration.datatypes import LINE, PROSE, date_bounds
from schema.documents.renderer import Renderer
from schema.validation.errors import TYPES, InvalidRecordError
from schema.validation.record_codec import decode_record, decode_revision, encode_record
from tests.support.generators.records import record
from tests.support.site import BASE, ROOT
from vocab.uri_builder import Uris

PROJECT = MODEL.by_name["Project"]

ENSIE = json.loads((ROOT / "data/projects/ensie.json").read_text(encoding="utf-8"))

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=9), values, max_size=3),
    max_leaves=8,
)


def faults(body: object, identifier: str = "ensie") -> list[tuple[str, str]]:
    """Return the code and the JSON pointer of every fault of a project."""
    try:
        decode_record(PROJECT, msgspec.json.encode(body), identifier)
    except InvalidRecordError as error:
        return [(fault.code, fault.pointer) for fault in error.faults if all(fault.message.values())]
    return []


def group(**changes: object) -> dict[str, object]:
    """Return a participation of several unnamed ones, with changes."""
    unnamed = {"id": "others", "role": "partner", "count": 9, "each_from_own_country": True}
    return {"participations": [unnamed | changes]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": None}, [("missing", "/title")]),
        ({"title": {}}, [("too-few", "/title")]),
        ({"title": "ENSIE"}, [("wrong-type", "/title")]),
        ({"title": {"LV": "x"}}, [("not-a-language-tag", "/title/LV")]),
        ({"title": {"lv": ""}}, [("too-short", "/title/lv")]),
        ({"title": {"lv": "x" * 501}}, [("too-long", "/title/lv")]),
        ({"title": {"lv": "a\nb"}}, [("not-a-line", "/title/lv")]),
        ({"title": {"lv": "a\u202eb"}}, [("not-a-line", "/title/lv")]),
        ({"title": {"lv": " a"}}, [("not-a-line", "/title/lv")]),
        ({"summary": {"lv": "a\u0000b"}}, [("not-a-text", "/summary/lv")]),
        ({"summary": {"lv": "a\ufffeb"}}, [("not-a-text", "/summary/lv")]),
        ({"objectives": {"lv": []}}, [("too-few", "/objectives/lv")]),
        ({"objectives": {"lv": ["a", 1]}}, [("wrong-type", "/objectives/lv/1")]),
        ({"status": "complete"}, [("unknown-code", "/status")]),
        ({"status": {"name": "x"}}, [("wrong-type", "/status")]),
        ({"start": "2017-13"}, [("not-a-partial-date", "/start")]),
        ({"start": "2017-02-30", "end": None}, [("not-a-partial-date", "/start")]),
        ({"start": "[2018-04,2018-03]"}, [("not-a-partial-date", "/start")]),
        ({"start": "[2018-03,2018-03]"}, [("not-a-partial-date", "/start")]),
        ({"start": "[2018,2018-03]"}, [("not-a-partial-date", "/start")]),
        ({"start": "[2018-02-27,2018-02-30]"}, [("not-a-partial-date", "/start")]),
        ({"start": "2019"}, [("ends-before-it-starts", "/end")]),
        ({"aliases": {"lv": ["x"], "en": ["ENSIE"]}, "title": {"lv": "x"}}, [("duplicate", "/aliases/lv/0")]),
        (group(each_from_own_country="yes"), [("wrong-type", "/participations/0/each_from_own_country")]),
        (group(each_from_own_country=1), [("wrong-type", "/participations/0/each_from_own_country")]),
        (group(count=None), [("needs-field", "/participations/0/each_from_own_country")]),
        (group(country="LV"), [("excluded-by-field", "/participations/0/each_from_own_country")]),
        (group(organisation="x"), [("excluded-by-field", "/participations/0/each_from_own_country")]),
        ({"duration": "P1W"}, [("not-a-duration", "/duration")]),
        ({"homepage": "javascript:alert(1)"}, [("not-an-iri", "/homepage")]),
        ({"homepage": "http://[::1"}, [("not-an-iri", "/homepage")]),
        ({"homepage": "http://a.example/b c"}, [("not-an-iri", "/homepage")]),
        (
            {"countries_stated": ["LV", "ZZ", "LV"]},
            [("unknown-code", "/countries_stated/1"), ("duplicate", "/countries_stated/2")],
        ),
        ({"participations": {}}, [("wrong-type", "/participations")]),
        (
            {"participations": [{"id": "a", "role": "partner", "count": 0}]},
            [("out-of-range", "/participations/0/count")],
        ),
        (
            {"participations": [{"id": "a", "role": "partner", "count": True}]},
            [("wrong-type", "/participations/0/count")],
        ),
        (
            {"participations": [{"id": "a"}, {"role": "partner"}]},
            [("missing", "/participations/0/role"), ("missing", "/participations/1/id")],
        ),
        (
            {"participations": [{"id": "a", "role": "partner", "works_with": "a"}]},
            [("works-with-itself", "/participations/0/works_with")],
        ),
        ({"titel": 1, "a/b~c": 2}, [("unknown-field", "/titel"), ("unknown-field", "/a~1b~0c")]),
        ({"id": "other"}, [("id-differs", "/id")]),
        ({"title": {"en-12": "x"}}, [("not-a-language-tag", "/title/en-12")]),
        ({"title": {"abc-abc-abc-abc-abc": "x"}}, [("not-a-language-tag", "/title/abc-abc-abc-abc-abc")]),
        ({"objectives": {"lv": ["a", "a"]}}, [("duplicate", "/objectives/lv/1")]),
        ({"objectives": {"lv": [str(n) for n in range(201)]}}, [("too-many", "/objectives/lv")]),
        (
            {"record": {"translated": [{"id": "a", "pointer": "", "language": "en"}] * 201}},
            [
                ("too-many", "/record/translated"),
                *[("duplicate", f"/record/translated/{n}") for n in range(1, 201)],
            ],
        ),
        (
            {
                "record": {
                    "translated": [
                        {"id": "a", "pointer": "title", "language": "en"},
                        {"id": "b", "pointer": "/nothing/0", "language": "en"},
                        {"id": "c", "pointer": "/title/lv", "language": "en"},
                    ]
                }
            },
            [
                ("not-a-pointer", "/record/translated/0/pointer"),
                ("points-to-nothing", "/record/translated/1/pointer"),
            ],
        ),
        (
            {"record": {"sources": ["a", "B", "a"]}},
            [("not-an-id", "/record/sources/1"), ("duplicate", "/record/sources/2")],
        ),
    ],
)
def test_a_fault_has_a_code_and_a_pointer(changes, expected):
    assert faults(ENSIE | changes) == expected


def test_all_faults_are_reported_at_once_in_two_languages():
    body = ENSIE | {"status": "complete", "start": "soon", "homepage": 7}
    with pytest.raises(InvalidRecordError) as error:
        decode_record(PROJECT, msgspec.json.encode(body), "ensie")
    assert [fault.pointer for fault in error.value.faults] == ["/status", "/start", "/homepage"]
    assert error.value.faults[0].message == {
        "en": "complete is not one of the codes (completed?)",
        "lv": "complete nav starp kodiem (completed?)",
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xff", "not-utf-8"),
        (b"{", "not-json"),
        (b'{"title": NaN}', "not-json"),
        (b'{"title": {"lv": "\\ud800"}}', "not-json"),
        (b"[" * 900, "too-deep"),
        (b"[]", "wrong-type"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too-deep"),
        (b" " * 1_000_001, "too-large"),
    ],
)
def test_a_body_that_is_no_json_object_within_limits_is_rejected(body, code):
    with pytest.raises(InvalidRecordError) as error:
        decode_record(PROJECT, body, "ensie")
    assert [fault.code for fault in error.value.faults] == [code]


def test_messages_are_wholly_in_their_language():
    with pytest.raises(InvalidRecordError) as error:
        decode_record(PROJECT, msgspec.json.encode(ENSIE | {"title": "x", "participations": {}}), "ensie")
    latvian = " ".join(fault.message["lv"] for fault in error.value.faults)
    assert not [word for word in TYPES["en"].values() if word in latvian and word != "null"]
    assert error.value.faults[0].limits == {"given": "string", "wanted": "texts"}


def test_an_alias_that_is_the_name_is_rejected():
    fields = {"name": {"lv": "Tīkls"}, "aliases": {"en": ["Tīkls"], "lv": ["Tīmeklis", "Tīkls"]}}
    with pytest.raises(InvalidRecordError) as error:
        record("Organisation", "network", **fields)
    assert [(fault.code, fault.pointer) for fault in error.value.faults] == [("duplicate", "/aliases/lv/1")]


def test_languages_are_stored_in_one_order_whatever_the_order_of_the_body():
    records = [
        record("Project", "p", title=dict(pairs))
        for pairs in ([("en", "e"), ("lv", "l"), ("da", "d")], [("da", "d"), ("lv", "l"), ("en", "e")])
    ]
    assert encode_record(records[0]) == encode_record(records[1])
    assert [*records[0].title] == ["lv", "en", "da"]


def test_read_only_keys_are_ignored_and_cards_are_read_by_their_ids():
    body = ENSIE | {
        "uri": 1,
        "type": [],
        "countries": "all",
        "grants": None,
        "start_earliest": "never",
        "status": {"id": "completed", "name": {"en": "anything"}},
    }
    assert decode_record(PROJECT, msgspec.json.encode(body), "ensie") == decode_record(
        PROJECT, msgspec.json.encode(ENSIE), "ensie"
    )


def test_text_is_stored_in_nfc_with_line_feeds():
    project = record("Project", "p", title={"lv": "Ri\u0304ga"}, summary={"lv": "a\r\nb"})
    assert (project.title, project.summary) == ({"lv": "Rīga"}, {"lv": "a\nb"})


RENDERER = Renderer(MODEL, Uris(BASE), ("lv", "en"), f"{BASE}/licence", {"en": "A network"})
CONTEXT = SerializerContext(RENDERER, Formats(FORMATS))
SERIALIZERS = {row.name: row.create_serializer(CONTEXT) for row in FORMATS}


@given(field=st.sampled_from([field.name for field in PROJECT.stated_fields]), value=JSON_VALUES)
@settings(max_examples=300)
def test_any_json_value_of_a_field_is_stored_unchanged_or_has_faults(field, value):
    body = ENSIE | {field: value}
    if not faults(body):
        project = decode_record(PROJECT, msgspec.json.encode(body), "ensie")
        assert decode_revision(MODEL, "Project", encode_record(project), len(MODEL.upgrades)) == project


@given(
    title=st.from_regex(LINE, fullmatch=True).filter(lambda text: len(text) <= 100),
    summary=st.from_regex(PROSE, fullmatch=True),
    path=st.text(max_size=20),
)
@settings(max_examples=150)
def test_hostile_text_has_the_same_triples_in_every_format(title, summary, path):
    fields = {
        "id": "p",
        "title": {"lv": title},
        "summary": {"en": summary},
        "homepage": f"http://ā.example/{path}",
    }
    if ("not-an-iri", "/homepage") in faults(fields, "p"):
        fields["homepage"] = "http://ā.example/'(é)'?a=b&c=;#%C4%81"
    project = decode_record(PROJECT, msgspec.json.encode(fields), "p")
    body = {
        "uri": f"{BASE}/p#this",
        "type": "Project",
        "title": project.title,
        "summary": project.summary,
        "homepage": project.homepage,
    }
    arguments = JsonDocument(msgspec.json.encode(body), ""), RequestTarget(UrlPath("/p"), {})
    graphs = [
        set(Graph().parse(data=SERIALIZERS["ttl"](*arguments), format="turtle")),
        set(Graph().parse(data=SERIALIZERS["nt"](*arguments), format="nt")),
        set(Graph().parse(data=SERIALIZERS["rdf"](*arguments), format="xml")),
    ]
    assert graphs[0] == graphs[1] == graphs[2]
    assert len(graphs[0]) == 4
    json_ld_triples = {
        quad.triple
        for quad in pyoxigraph.parse(SERIALIZERS["jsonld"](*arguments), format=pyoxigraph.RdfFormat.JSON_LD)
    }
    assert json_ld_triples == {
        quad.triple
        for quad in pyoxigraph.parse(SERIALIZERS["nt"](*arguments), format=pyoxigraph.RdfFormat.N_TRIPLES)
    }
    nodes = {str(node) for triple in graphs[0] for node in triple}
    assert nodes >= {project.title["lv"], project.summary["en"]}


@pytest.mark.parametrize(
    ("partial", "first", "last"),
    [
        ("2017", "2017-01-01", "2017-12-31"),
        ("2017-09", "2017-09-01", "2017-09-30"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2018-22", "2018-06-01", "2018-08-31"),
        ("2018-24", "2018-12-01", "2019-02-28"),
        ("2022-01-03", "2022-01-03", "2022-01-03"),
        ("[2018-03,2018-04]", "2018-03-01", "2018-04-30"),
        ("[2017,2019]", "2017-01-01", "2019-12-31"),
        ("[2018-23,2018-24]", "2018-09-01", "2019-02-28"),
        ("[2018-03-31,2018-04-02]", "2018-03-31", "2018-04-02"),
    ],
)
def test_a_partial_date_has_a_first_and_a_last_day(partial, first, last):
    assert [day.isoformat() for day in date_bounds(partial)] == [first, last]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "17",
        "2017-9",
        "2017-00",
        "2017-20",
        "2017-25",
        "2017-02-29",
        "2017\n",
        "0000",
        "20170901",
        "2017-09-01T10:00",
        "２０１７",
        "[2017]",
        "[2017,2018,2019]",
        "[2018,2017]",
        "[2017,2017]",
        "[2017-12,2018-21]",
        "[2017, 2018]",
        "[2018-02-28,2018-02-30]",
    ],
)
def test_an_invalid_partial_date_has_no_bounds(text):
    with pytest.raises(ValueError, match=r"\S"):
        date_bounds(text)
