"""Answers in one language: texts as strings, wherever they stand, and what they fell back to."""

import copy
from typing import Any

import msgspec
import pytest

from schema import MODEL
from schema.declaration.datatypes import Kind
from schema.documents.static import static_documents
from schema.documents.views import localize, select_fields
from tests.support.documents import RENDERER, rendered
from tests.support.generators.records import record

TEXTS = (Kind.TEXT, Kind.TEXTS)


def in_(body: dict, language: str, *fallback: str) -> dict:
    before = copy.deepcopy(body)
    found = localize(MODEL, body, language, fallback)
    assert body == before
    return found


def at(body: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        body = body[int(name)] if isinstance(body, list) else body[name]
    return body


def texts(body: Any, pointer: str = ""):
    """Yield what stands under the keys of texts, with its pointer."""
    for key, value in body.items() if isinstance(body, dict) else enumerate(body):
        where = f"{pointer}/{key}"
        if isinstance(key, str) and key in MODEL.keys and MODEL.keys[key].kind in TEXTS:
            yield where, value
        elif isinstance(value, dict | list):
            yield from texts(value, where)


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


def test_every_text_is_a_string_and_what_is_in_none_of_the_languages_is_left_out():
    found = in_(BODY, "lv")
    assert found["title"] == "Kopā"
    assert found["countries"][0] == BODY["countries"][0] | {"name": "Latvija"}
    assert found["topics"][0]["name"] == BODY["topics"][0]["name"]["lv"]
    assert found["participations"][0]["organisation"]["name"] == "Nams"
    assert found["participations"][1]["name_as_stated"] == "Citi"
    assert found["record"]["publisher"] == "Izdevējs"
    assert not found.keys() & {"summary", "keywords", "results", "fallbacks"}
    assert "role_as_stated" not in found["participations"][0]
    assert [*found] == [name for name in BODY if name in found]


def test_fallbacks_are_tried_in_order_and_named_where_they_were_needed():
    found = in_(BODY, "lv", "en", "*")
    assert found["summary"] == "All of us."
    assert found["keywords"] == ["youth", "work"]
    assert found["results"] == ["Et"]
    assert found["fallbacks"] == {
        "/summary": "en",
        "/keywords": "en",
        "/results": "da",
        "/participations/0/role_as_stated": "da",
    }
    assert "da" in in_(BODY, "lv", "da", "en")["fallbacks"].values()


@pytest.mark.parametrize(
    ("asked", "fallback", "text", "used"),
    [
        ("lv-lv", (), "L", "lv"),
        ("LV", (), "L", None),
        ("lv", ("*",), "L", None),
        ("zh-hant-x-tw", (), "Z", "zh-hant"),
        ("zh", (), None, None),
        ("de", ("fr", "en-gb"), "E", "en"),
        ("*", (), "E", "en"),
        ("de", ("*", "lv"), "E", "en"),
        ("de", (), None, None),
    ],
)
def test_a_language_is_looked_up_by_its_tag_and_by_what_its_tag_begins_with(asked, fallback, text, used):
    found = in_({"title": {"zh-hant": "Z", "lv": "L", "en": "E"}}, asked, *fallback)
    assert found.get("title") == text
    assert found.get("fallbacks") == ({"/title": used} if used else None)


def test_lists_and_what_is_included_are_translated_too_whatever_their_ids():
    name = rendered(record("Organisation", "name", name={"en": "Name"}))
    answer = {
        "uri": "https://data.example.org/projects",
        "type": "Collection",
        "title": {"lv": "Projekti", "en": "Projects"},
        "total": 1,
        "items": [
            BODY | {"matches": [{"field": "title", "language": "lv", "text": "<mark>Kopā</mark>"}]},
        ],
        "included": {"Organisation": {"name": name}, "a/b~c": [name]},
    }
    found = in_(answer, "lv", "en")
    assert found["title"] == "Projekti"
    assert found["items"][0]["title"] == "Kopā"
    assert found["items"][0]["matches"] == answer["items"][0]["matches"]
    assert found["included"]["Organisation"]["name"]["name"] == "Name"
    assert {"/included/Organisation/name/name", "/included/a~1b~0c/0/name"} <= found["fallbacks"].keys()
    assert all(isinstance(at(found, pointer), str | list) for pointer in found["fallbacks"])


@pytest.mark.parametrize("language", ["lv", "en", "da"])
def test_no_page_of_the_vocabulary_keeps_a_text_in_several_languages(language):
    for path, page in static_documents(RENDERER):
        found = in_(page, language, "*")
        assert len([*texts(found)]) == len([*texts(page)]), path
        for pointer, text in texts({key: found[key] for key in found if key != "fallbacks"}):
            used = found.get("fallbacks", {}).get(pointer, language)
            assert text == at(page, pointer)[used], (path, pointer)


def test_an_answer_without_texts_stays_as_it_is():
    body = {"id": "x", "view": {"first": "https://data.example.org/"}, "numbers": [{"id": "a"}], "total": 3}
    assert in_(body, "lv", "*") == body
    assert msgspec.json.encode(in_(body, "lv")) == msgspec.json.encode(body)


def test_selected_fields_keep_their_order_and_what_the_thing_is():
    found = select_fields(BODY, ["status", "title", "elsewhere"])
    assert [*found] == ["id", "uri", "type", "title", "status"]
    assert found["title"] is BODY["title"]
