"""Tests of localized documents: texts as strings at any depth, fallback languages; selected fields."""

import copy
from typing import Any

import msgspec
import pytest

from schema import MODEL
from schema.declaration.datatypes import Kind
from schema.documents.entry_point_and_vocabulary import static_documents
from schema.documents.localization_and_fieldsets import localize, select_fields
from tests.support.generators.records import record
from tests.support.rendering import RENDERER, rendered

TEXT_KINDS = (Kind.TEXT, Kind.TEXTS)


def localized(body: dict, language: str, *fallback: str) -> dict:
    """Localize a document, and check that the argument is unchanged."""
    original = copy.deepcopy(body)
    result = localize(MODEL, body, language, fallback)
    assert body == original
    return result


def value_at(body: Any, pointer: str) -> Any:
    """Return the value at a JSON pointer."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        body = body[int(name)] if isinstance(body, list) else body[name]
    return body


def texts(body: Any, pointer: str = ""):
    """Yield the JSON pointer and the value of every text."""
    for key, value in body.items() if isinstance(body, dict) else enumerate(body):
        value_pointer = f"{pointer}/{key}"
        if isinstance(key, str) and key in MODEL.keys and MODEL.keys[key].kind in TEXT_KINDS:
            yield value_pointer, value
        elif isinstance(value, dict | list):
            yield from texts(value, value_pointer)


HOUSE = record("Organisation", "house", name={"lv": "Nams", "en": "House"})

PROJECT = record(
    "Project",
    "together",
    title={"lv": "Kopā", "en": "Together"},
    summary={"en": "All of us.", "da": "Os alle."},
    keywords={"en": ["youth", "work"]},
    results={"da": ["Et"], "sv": ["Ett"]},
    status="ongoing",
    topics=["social-entrepreneurship"],
    countries_stated=["LV"],
    participations=[
        {"id": "house", "organisation": "house", "role": "partner", "role_as_stated": {"da": "Leder"}},
        {"id": "others", "role": "partner", "name_as_stated": {"lv": "Citi", "en": "Others"}},
    ],
)

BODY = rendered(PROJECT, HOUSE)


def test_every_text_is_a_string_and_texts_in_other_languages_are_omitted():
    document = localized(BODY, "lv")
    assert document["title"] == "Kopā"
    assert document["countries"][0] == BODY["countries"][0] | {
        "name": "Latvija",
        "label": "Latvija",
    }
    assert document["topics"][0]["name"] == BODY["topics"][0]["name"]["lv"]
    assert document["participations"][0]["organisation"]["name"] == "Nams"
    assert document["participations"][1]["name_as_stated"] == "Citi"
    assert document["record"]["publisher"] == "Izdevējs"
    assert not document.keys() & {"summary", "keywords", "results", "fallbacks"}
    assert "role_as_stated" not in document["participations"][0]
    assert [*document] == [name for name in BODY if name in document]


def test_fallback_languages_are_tried_in_order_and_reported_by_pointer():
    document = localized(BODY, "lv", "en", "*")
    assert document["summary"] == "All of us."
    assert document["keywords"] == ["youth", "work"]
    assert document["results"] == ["Et"]
    assert document["fallbacks"] == {
        "/summary": "en",
        "/excerpt": "en",
        "/keywords": "en",
        "/results": "da",
        "/participations/0/role_as_stated": "da",
    }
    assert "da" in localized(BODY, "lv", "da", "en")["fallbacks"].values()


@pytest.mark.parametrize(
    ("language", "fallback", "text", "fallback_used"),
    [
        ("lv-lv", (), "L", None),
        ("LV", (), "L", None),
        ("lv", ("*",), "L", None),
        ("zh-hant-x-tw", (), "Z", None),
        ("zh", (), None, None),
        ("de", ("fr", "en-gb"), "E", "en"),
        ("de", ("zh-hant-x-tw",), "Z", "zh-hant"),
        ("de", ("*", "lv"), "E", "en"),
        ("de", (), None, None),
    ],
)
def test_a_language_is_looked_up_by_its_tag_and_by_prefixes_of_its_tag(
    language, fallback, text, fallback_used
):
    document = localized({"title": {"zh-hant": "Z", "lv": "L", "en": "E"}}, language, *fallback)
    assert document.get("title") == text
    assert document.get("fallbacks") == ({"/title": fallback_used} if fallback_used else None)


@pytest.mark.parametrize(
    ("tags", "tag"),
    [
        (("und", "sv", "en", "da"), "en"),
        (("und", "sv", "da"), "da"),
        (("und", "zh"), "zh"),
        (("und",), "und"),
        (("en-gb", "da"), "da"),
    ],
)
def test_any_language_is_english_else_the_first_by_alphabet_and_an_unknown_one_last(tags, tag):
    for ordered in (tags, tags[::-1]):
        document = localized({"title": {name: f"in {name}" for name in ordered}}, "lv", "*")
        assert document == {"title": f"in {tag}", "fallbacks": {"/title": tag}}


def test_lists_and_included_records_are_localized_whatever_their_ids():
    organisation = rendered(record("Organisation", "name", name={"en": "Name"}))
    collection = {
        "uri": "https://data.example.org/projects",
        "type": "Collection",
        "title": {"lv": "Projekti", "en": "Projects"},
        "total": 1,
        "items": [
            BODY | {"matches": [{"field": "title", "language": "lv", "text": "<mark>Kopā</mark>"}]},
        ],
        "included": {"Organisation": {"name": organisation}, "a/b~c": [organisation]},
    }
    document = localized(collection, "lv", "en")
    assert document["title"] == "Projekti"
    assert document["items"][0]["title"] == "Kopā"
    assert document["items"][0]["matches"] == collection["items"][0]["matches"]
    assert document["included"]["Organisation"]["name"]["name"] == "Name"
    assert {"/included/Organisation/name/name", "/included/a~1b~0c/0/name"} <= document["fallbacks"].keys()
    assert all(isinstance(value_at(document, pointer), str | list) for pointer in document["fallbacks"])


@pytest.mark.parametrize("language", ["lv", "en", "da"])
def test_every_text_of_the_vocabulary_is_in_one_language(language):
    for path, original in static_documents(RENDERER):
        document = localized(original, language, "*")
        assert len([*texts(document)]) == len([*texts(original)]), path
        for pointer, text in texts({key: document[key] for key in document if key != "fallbacks"}):
            used = document.get("fallbacks", {}).get(pointer, language)
            assert text == value_at(original, pointer)[used], (path, pointer)


def test_a_document_without_texts_is_unchanged():
    body = {"id": "x", "view": {"first": "https://data.example.org/"}, "numbers": [{"id": "a"}], "total": 3}
    assert localized(body, "lv", "*") == body
    assert msgspec.json.encode(localized(body, "lv")) == msgspec.json.encode(body)


def test_selected_fields_are_in_document_order_after_id_uri_and_type():
    document = select_fields(BODY, {"status": {}, "title": {}, "elsewhere": {}})
    assert [*document] == ["id", "uri", "type", "title", "status"]
    assert document["title"] is BODY["title"]
