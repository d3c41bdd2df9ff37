"""Hostile text in every field: it shows as text, and breaks nothing."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import msgspec
import pytest

from api.formats.document import JsonDocument, RequestTarget
from api.formats.format import Formats
from api.formats.html.page import PageRenderer
from api.formats.registry import FORMATS
from api.http.urls import UrlPath
from schema import MODEL
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.validation.decoder import decode_record
from schema.validation.errors import InvalidRecordError
from tests.support.generators.hostile_text import GROUPS, IRIS, NO_IRIS, PAYLOADS, HostileFields
from tests.support.generators.records import record
from tests.support.html_pages import (
    in_language,
    json_ld,
    links,
    main,
    page,
    parsed,
    publish_all,
    text,
    texts_of,
)
from tests.support.site import BASE, Site, site_on

BY_HAND = ("/", "/projects", "/vocab", "/vocab/role", "/vocab/role/partner")


@pytest.fixture(scope="module")
def hostile(databases) -> Iterator[Site]:
    """An installation where every text of every record is hostile, beside twins that mean no harm."""
    with site_on(databases.make("sqlite")) as site:
        fillings = {
            f"{name}-{number}": HostileFields(number, plain)
            for number in range(GROUPS)
            for name, plain in (("evil", False), ("plain", True))
        }
        publish_all(
            site,
            *(
                made(shape, name, one.record(shape))
                for name, one in fillings.items()
                for shape in MODEL.entities
            ),
        )
        yield site


def made(shape: Shape, name: str, sent: dict[str, object]):
    return decode_record(shape, msgspec.json.encode({"id": name, **sent}), name)


def skeleton(tree: Element) -> list[tuple[str, list[str]]]:
    return [(str(one.tag), sorted(one.attrib)) for one in tree.iter()]


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_hostile_text_in_every_field_shows_as_text_and_adds_nothing(hostile, shape):
    for number in range(GROUPS):
        for code in ("lv", "en"):
            tree = page(hostile, in_language(f"/{shape.collection}/evil-{number}", code))
            twin = page(hostile, in_language(f"/{shape.collection}/plain-{number}", code))
            assert skeleton(tree) == skeleton(twin)
            shown = {"".join(one.itertext()) for one in main(tree).iter()}
            body = hostile.json(f"/{shape.collection}/evil-{number}")
            for said in texts_of(body, code, shape):
                assert said in shown, said
            label = text(tree.find(".//h1"))
            assert text(tree.find(".//title")).startswith(label)
            assert " ".join(json_ld(tree)["name"].split()) == label


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_every_hostile_line_shows_as_text_in_lists_too(bare, shape):
    records = []
    for number in range(len(PAYLOADS)):
        lines = {
            field.name: HostileFields(number).short()
            for field in shape.stated_fields
            if field.kind is Kind.STRING and field.name != "id"
        }
        names = {
            field.name: {"lv": PAYLOADS[number], "en": PAYLOADS[number]}
            for field in shape.stated_fields
            if field.kind is Kind.TEXT and field.required
        }
        sent = {**names, **lines, "summary": {"lv": PAYLOADS[number]}}
        records.append(made(shape, f"evil-{number:03}", sent))
    publish_all(bare, *records)
    tree = page(bare, f"/{shape.collection}?limit=200")
    items = tree.findall(".//main/ul/li")
    assert len(items) == len(PAYLOADS)
    for item, payload in zip(items, PAYLOADS, strict=True):
        shown = {"".join(one.itertext()) for one in item.iter("bdi")}
        assert payload in shown
    for number in range(0, len(PAYLOADS), 1 if shape.name == "Grant" else 10):
        tree = page(bare, f"/{shape.collection}/evil-{number:03}")
        said = tree.find(".//meta[@name='description']")
        assert said is not None
        assert said.get("content") == PAYLOADS[number]


def test_a_text_of_50000_characters_shows_whole(bare):
    endless = {"lv": "x" * 50_000, "en": "<b>& " * 9_999 + "<b>"}
    publish_all(bare, record("Project", "endless", summary=endless))
    for code in ("lv", "en"):
        tree = page(bare, in_language("/projects/endless", code))
        assert endless[code] in {"".join(one.itertext()) for one in main(tree).iter("p")}
        assert json_ld(tree)["description"] == endless[code]
        assert len(tree.find(".//meta[@name='description']").get("content")) <= 250


def test_a_hostile_publisher_is_a_name_like_any_other(databases):
    name = "\"'</title></script><script>alert(1)</script>{{7*7}}\u200f"
    with site_on(databases.make("sqlite"), publisher={"he": name}) as site:
        for path in BY_HAND:
            tree = page(site, path)
            assert len(list(tree.iter("script"))) == 1
            shown = [one for one in tree.findall(".//footer//bdi") if one.text == name]
            assert [one.get("lang") for one in shown] == ["he"]


def test_iris_that_browsers_run_are_refused_and_others_are_linked_as_they_are(bare):
    shape = MODEL.by_name["Programme"]
    for number, iri in enumerate(IRIS):
        publish_all(bare, record("Programme", f"iri-{number}", homepage=iri, see_also=IRIS))
        tree = page(bare, f"/programmes/iri-{number}")
        outside = [one for one in main(tree).iter("a") if one.get("rel") == "external"]
        assert {iri, *IRIS} <= {one.get("href") for one in outside}
        assert {iri, *IRIS} <= {"".join(one.itertext()) for one in outside}
    for iri in NO_IRIS:
        with pytest.raises(InvalidRecordError):
            made(shape, "bad", {"name": {"en": "Bad"}, "homepage": iri})


def test_an_iri_that_came_by_another_door_leads_nowhere(bare):
    pages = PageRenderer(bare.store.renderer, Formats(FORMATS))
    asked = RequestTarget(UrlPath("/programmes/bad"), {})
    for iri in NO_IRIS:
        body = {
            "id": "bad", "uri": f"{BASE}/programmes/bad#this", "type": "Programme", "name": {"en": "Bad"},
            "homepage": iri, "funders": [{"id": "bad", "uri": iri, "type": "Organisation", "name": {"en": "Evil"}}],
            "record": {"uri": f"{BASE}/programmes/bad", "type": "Record", "created": "2026-11-21T10:01:00Z",
                       "modified": "2026-11-21T10:01:00Z", "licence": iri, "publisher": {"en": "X"}},
        }  # fmt: skip
        written = pages.render(JsonDocument(msgspec.json.encode(body), ""), asked)
        tree = parsed(written.decode())
        assert iri in {"".join(one.itertext()) for one in main(tree).iter("bdi")}
        assert all(re.match(r"/[^/]|/$|#|https?://[a-z]", link) for link in links(tree)), iri
        assert len(list(tree.iter("script"))) == 1
