"""Tests of HTML escaping: hostile text in every field appears as text and changes no markup."""

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

import msgspec
import pytest

from api.formats.document import JsonDocument, RequestTarget
from api.formats.format import Formats
from api.formats.html.page_renderer import PageRenderer
from api.formats.registry import FORMATS
from api.http.url_path_and_format_suffix import UrlPath
from schema import MODEL
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.validation.errors import InvalidRecordError
from schema.validation.record_codec import decode_record
from tests.support.generators.hostile_text import GROUPS, IRIS, NO_IRIS, PAYLOADS, HostileFields
from tests.support.generators.records import record
from tests.support.html.pages import (
    in_language,
    json_ld,
    links,
    main,
    page,
    parsed,
    publish_all,
    shown_texts,
    text,
)
from tests.support.site import BASE, Site, site_on

STATIC_PATHS = ("/", "/projects", "/vocab", "/vocab/role", "/vocab/role/partner")


@pytest.fixture(scope="module")
def hostile(databases) -> Iterator[Site]:
    """An installation with records of hostile texts, and a harmless twin of each."""
    with site_on(databases.make("sqlite")) as site:
        fields_by_id = {
            f"{name}-{number}": HostileFields(number, plain)
            for number in range(GROUPS)
            for name, plain in (("evil", False), ("plain", True))
        }
        publish_all(
            site,
            *(
                decode(shape, identifier, fields.record(shape))
                for identifier, fields in fields_by_id.items()
                for shape in MODEL.entities
            ),
        )
        yield site


def decode(shape: Shape, identifier: str, fields: dict[str, object]):
    return decode_record(shape, msgspec.json.encode({"id": identifier, **fields}), identifier)


def skeleton(tree: Element) -> list[tuple[str, list[str]]]:
    """Return the tags of a page with the names of their attributes."""
    return [(str(element.tag), sorted(element.attrib)) for element in tree.iter()]


def element_texts(elements: Iterable[Element]) -> set[str]:
    """Return the whole text of each element."""
    return {"".join(element.itertext()) for element in elements}


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_hostile_text_in_every_field_appears_as_text_and_adds_no_element(hostile, shape):
    for number in range(GROUPS):
        for code in ("lv", "en"):
            tree = page(hostile, in_language(f"/{shape.collection}/evil-{number}", code))
            twin = page(hostile, in_language(f"/{shape.collection}/plain-{number}", code))
            assert skeleton(tree) == skeleton(twin)
            displayed = element_texts(main(tree).iter())
            body = hostile.json(f"/{shape.collection}/evil-{number}")
            for expected in shown_texts(body, code, shape):
                assert expected in displayed, expected
            label = text(tree.find(".//h1"))
            acronym = " ".join(body.get("acronym", "").split())
            name = label if label.casefold().startswith(acronym.casefold()) else f"{acronym} – {label}"
            title = text(tree.find(".//title")).removesuffix(" – Sociālās uzņēmējdarbības tīkls")
            title = title.removesuffix(" – Social entrepreneurship network")
            assert name.startswith(title.removesuffix("…"))
            assert title == name or len(title) > 20
            assert " ".join(json_ld(tree)["name"].split()) == label


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_every_payload_appears_as_text_in_lists_and_in_the_description(sqlite_site, shape):
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
        fields = {**names, **lines, "summary": {"lv": PAYLOADS[number]}}
        records.append(decode(shape, f"evil-{number:03}", fields))
    publish_all(sqlite_site, *records)
    tree = page(sqlite_site, f"/{shape.collection}?limit=200")
    items = tree.findall(".//main/ul/li")
    assert len(items) == len(PAYLOADS)
    for item, payload in zip(items, PAYLOADS, strict=True):
        assert payload in element_texts(item.iter("bdi"))
    for number in range(0, len(PAYLOADS), 1 if shape.name == "Grant" else 10):
        tree = page(sqlite_site, f"/{shape.collection}/evil-{number:03}")
        description = tree.find(".//meta[@name='description']")
        assert description is not None
        assert description.get("content") == PAYLOADS[number]


def test_a_text_of_50000_characters_appears_in_full(sqlite_site):
    summary = {"lv": "x" * 50_000, "en": "<b>& " * 9_999 + "<b>"}
    publish_all(sqlite_site, record("Project", "endless", summary=summary))
    for code in ("lv", "en"):
        tree = page(sqlite_site, in_language("/projects/endless", code))
        assert summary[code] in element_texts(main(tree).iter("p"))
        assert json_ld(tree)["description"] == summary[code]
        assert len(tree.find(".//meta[@name='description']").get("content")) <= 250


def test_a_hostile_name_of_the_publisher_appears_as_text(databases):
    name = "\"'</title></script><script>alert(1)</script>{{7*7}}\u200f"
    with site_on(databases.make("sqlite"), publisher={"he": name}) as site:
        for path in STATIC_PATHS:
            tree = page(site, path)
            assert len(list(tree.iter("script"))) == 1
            publishers = [element for element in tree.findall(".//footer//bdi") if element.text == name]
            assert [element.get("lang") for element in publishers] == ["he"]


def test_iris_that_browsers_execute_are_rejected_and_others_are_linked_unchanged(sqlite_site):
    shape = MODEL.by_name["Programme"]
    for number, iri in enumerate(IRIS):
        publish_all(sqlite_site, record("Programme", f"iri-{number}", homepage=iri, see_also=IRIS))
        tree = page(sqlite_site, f"/programmes/iri-{number}")
        external = [link for link in main(tree).iter("a") if link.get("rel") == "external"]
        assert {iri, *IRIS} <= {link.get("href") for link in external}
        assert {iri, *IRIS} <= element_texts(external)
    for iri in NO_IRIS:
        with pytest.raises(InvalidRecordError):
            decode(shape, "bad", {"name": {"en": "Bad"}, "homepage": iri})


def test_an_invalid_iri_that_bypassed_validation_is_not_linked(sqlite_site):
    renderer = PageRenderer(sqlite_site.store.renderer, Formats(FORMATS))
    target = RequestTarget(UrlPath("/programmes/bad"), {})
    for iri in NO_IRIS:
        body = {
            "id": "bad", "uri": f"{BASE}/programmes/bad#this", "type": "Programme", "name": {"en": "Bad"},
            "homepage": iri, "funders": [{"id": "bad", "uri": iri, "type": "Organisation", "name": {"en": "Evil"}}],
            "record": {"uri": f"{BASE}/programmes/bad", "type": "Record", "created": "2026-11-21T10:01:00Z",
                       "modified": "2026-11-21T10:01:00Z", "licence": iri, "publisher": {"en": "X"}},
        }  # fmt: skip
        html = renderer.render(JsonDocument(msgspec.json.encode(body), ""), target)
        tree = parsed(b"".join(html).decode())
        assert iri in element_texts(main(tree).iter("bdi"))
        assert all(re.match(r"/[^/]|/$|#|https?://[a-z]", link) for link in links(tree)), iri
        assert len(list(tree.iter("script"))) == 1
