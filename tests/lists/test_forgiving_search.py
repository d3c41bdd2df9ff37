"""Tests of searches by other forms of a word, and of suggestions for misspelled words."""

import asyncio
from urllib.parse import quote, urlencode

import pytest

from api.lists import search_suggestion
from api.lists.search_suggestion import suggested_search
from api.resources import collection
from api.store.log.actions import save, unpublish
from api.store.readers.factory import open_reader
from api.store.record_index import index_snapshot
from api.store.record_index.current_index import CurrentIndex
from api.store.record_index.index_selects import index_selects
from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.record_index.list_evaluation import ListEvaluation
from api.store.record_index.list_query import ListQuery
from schema import MODEL
from schema.index.fulltext import parse_search
from tests.support.assertions import ids
from tests.support.generators.records import record
from tests.support.html.pages import publish_all
from tests.support.site import BASE, Site
from tests.support.wait_limit import PATIENCE


def project(identifier: str, title: str, language: str = "lv"):
    return record("Project", identifier, title={language: title})


FORMS = (
    project("one", "Inkubators laukos"),
    project("two", "Divi inkubatori"),
    project("three", "Jauno inkubatoru tīkls"),
    project("four", "A project of the town", "en"),
    project("five", "Many projects", "en"),
    project("inkubatori", "Cits"),
)


def found(site: Site, search: str, path: str = "/projects", **parameters: str) -> list[str]:
    return ids(site.json(f"{path}?{urlencode({'q': search, **parameters})}"))


def suggestion(site: Site, path: str) -> str | None:
    return site.json(path).get("suggestion", {}).get("q")


def test_forms_of_a_word_find_each_other_behind_the_word_itself(site):
    publish_all(site, *FORMS)
    assert found(site, "inkubators") == ["one", "two", "three", "inkubatori"]
    assert found(site, "INKUBATORU") == ["three", "one", "two", "inkubatori"]
    # An identifier comes before a title, and both before another form.
    assert found(site, "inkubatori") == ["inkubatori", "two", "one", "three"]
    assert found(site, "project") == ["four", "five"]
    assert found(site, "projects") == ["five", "four"]
    assert found(site, "inkubatori", sort="-id") == ["two", "three", "one", "inkubatori"]
    assert found(site, "inkubatori", path="/search") == found(site, "inkubatori")
    assert found(site, "inkubatoriem tīkli") == ["three"]


def test_phrases_prefixes_and_quoted_words_match_as_they_are(site):
    publish_all(site, *FORMS)
    assert found(site, '"inkubators"') == ["one"]
    assert found(site, "inkubators*") == ["one"]
    assert found(site, '"inkubators laukos"') == ["one"]
    assert found(site, '"inkubatoru laukos"') == []
    assert found(site, "inkubatoru laukos") == ["one"]


def test_a_walk_through_matches_by_rank_has_every_match_once(site):
    publish_all(site, *FORMS)
    body = site.json("/projects?q=inkubatori&limit=1")
    walked = ids(body)
    while following := body["view"].get("next"):
        body = site.json(following.removeprefix(BASE))
        walked += ids(body)
    assert walked == found(site, "inkubatori")


def test_other_forms_of_a_word_are_highlighted(site):
    publish_all(site, *FORMS)
    items = site.json("/projects?q=inkubatori&highlight=true")["items"]
    texts = {item["id"]: [match["text"] for match in item["matches"]] for item in items}
    assert texts["one"] == ["<mark>Inkubators</mark> laukos"]
    assert texts["two"] == ["Divi <mark>inkubatori</mark>"]


def test_a_changed_text_is_found_by_the_forms_of_its_words_only(site):
    publish_all(site, *FORMS)
    assert found(site, "skolas") == []
    publish_all(site, project("one", "Skola laukos"))
    assert found(site, "skolas") == ["one"]
    assert found(site, "inkubators") == ["two", "three", "inkubatori"]
    publish_all(site, project("one", "Inkubators laukos"))
    assert found(site, "skolas") == []


def test_a_misspelled_word_gets_a_suggestion_that_keeps_the_filters(site):
    publish_all(site, *FORMS, record("Organisation", "town", name={"lv": "Pilsēta"}, country="LV"))
    for search in ("inkubatrs", "inkubatros", "inkuabtors", "inkubbators", "inkubetars"):
        body = site.json(f"/projects?q={search}&limit=5&missing=end")
        assert body["total"] == 0
        assert body["suggestion"]["q"] == "inkubators", search
        assert body["suggestion"]["uri"].endswith("/projects?q=inkubators&limit=5&missing=end")
        assert ids(site.json(body["suggestion"]["uri"].removeprefix(BASE)))
    assert suggestion(site, f"/projects?q={quote('Divi INKUBATORJ')}") == "Divi inkubatori"
    # The words of each entity are those of its own records.
    assert suggestion(site, "/projects?q=pilsetta") is None
    assert suggestion(site, "/search?q=pilsetta") == "pilsēta"


@pytest.mark.parametrize(
    "search",
    ["inkubators", "divi projects", "xyzzyqwert", "2019", "ab", '"inkubatrs laukos divi"', "inkubatrs*"],
)
def test_a_search_without_a_near_word_that_finds_something_gets_no_suggestion(site, search):
    publish_all(site, *FORMS)
    assert suggestion(site, f"/projects?q={quote(search)}") is None


def test_a_suggestion_that_finds_nothing_with_the_filters_is_not_made(site):
    publish_all(site, *FORMS)
    assert suggestion(site, "/projects?q=inkubatrs") == "inkubators"
    assert suggestion(site, "/projects?q=inkubatrs&has=end") is None


def test_words_of_drafts_and_of_withdrawn_records_are_not_suggested(site):
    publish_all(site, *FORMS)
    drafts = [save(project("one", "Laboratorija laukos")), save(project("six", "Darbnīca"))]
    site.store.commit(drafts, "editor")
    assert suggestion(site, "/projects?q=laboratrija") is None
    assert suggestion(site, "/projects?q=darbnca") is None
    site.store.commit([unpublish(("Project", "one"))], "editor")
    assert suggestion(site, "/projects?q=laukso") is None
    assert suggestion(site, "/projects?q=inkubatrs") == "inkubatori"


def test_the_word_of_most_records_is_suggested(site, monkeypatch):
    similar = " ".join(f"tilt{letter}" for letter in "abcdefghijklm")
    publish_all(site, project("one", f"{similar} tiltz"), project("two", "tiltz"))
    assert suggestion(site, "/projects?q=tiltq") == "tiltz"
    monkeypatch.setattr(search_suggestion, "_MAX_CANDIDATES", 3)
    assert suggestion(site, "/projects?q=tiltx") == "tilta"


@pytest.mark.parametrize(
    ("limit", "most", "search"),
    [
        ("_MAX_CORRECTIONS", 1, "inkubatrs laukso"),
        ("_MAX_SIMILAR_WORDS", 2, "inkubetars"),
        ("MAX_SEARCH_LENGTH", 9, "inkubatrs"),
    ],
)
def test_a_search_beyond_a_limit_gets_no_suggestion(site, monkeypatch, limit, most, search):
    publish_all(site, *FORMS)
    path = f"/projects?q={quote(search)}"
    assert suggestion(site, path)
    monkeypatch.setattr(search_suggestion, limit, most)
    assert suggestion(site, f"{path}&limit=3") is None


def test_a_suggestion_whose_query_would_be_too_long_is_not_made(site, monkeypatch):
    publish_all(site, *FORMS)
    monkeypatch.setattr(collection, "MAX_QUERY_LENGTH", len("?q=inkubators"))
    assert suggestion(site, "/projects?q=inkubatrs") == "inkubators"
    monkeypatch.setattr(collection, "MAX_QUERY_LENGTH", len("?q=inkubtors"))
    assert suggestion(site, "/projects?q=inkubtors") is None


def test_a_suggestion_that_is_no_valid_search_is_not_made(site):
    publish_all(site, *FORMS)
    assert suggestion(site, f"/projects?q={quote('-ⓘnkubatrs')}") is None
    assert suggestion(site, f"/projects?q={quote('ⓘnkubatrs')}") == "inkubators"


def suggested(site: Site, text: str) -> tuple[str | None, int, int]:
    """Return the suggestion for a search, the number of its queries, and the bytes that it leaves in the index."""
    queries = 0

    async def suggest(snapshot: IndexSnapshot) -> str | None:
        nonlocal queries
        queries = 0  # a snapshot is begun again after a statement has been compiled
        run_query = snapshot.run_query

        async def counted(select, values):
            nonlocal queries
            queries += 1
            return await run_query(select, values)

        snapshot.run_query = counted
        query = ListQuery("Project", terms=parse_search(text))
        return await suggested_search(ListEvaluation(snapshot, MODEL), query, text)

    async def run() -> tuple[str | None, int]:
        reader = await open_reader(site.store.database, PATIENCE)
        index = CurrentIndex(index_selects(site.store.tables), 10_000_000)
        found = await index.answer(reader, suggest)
        await reader.close()
        return found, index.size

    found, size = asyncio.run(run())
    return found, queries, size


def test_a_search_without_words_is_asked_for_no_words(site):
    publish_all(site, *FORMS)
    assert suggested(site, "2019") == (None, 0, 0)


def test_candidates_are_not_kept(site):
    publish_all(site, *FORMS)
    found, queries, size = suggested(site, '"inkubatrs"')
    assert (found, size) == ('"inkubators"', 0)
    assert queries > 1


def test_other_requests_are_answered_while_words_are_compared(site, monkeypatch):
    publish_all(site, *FORMS)
    monkeypatch.setattr(index_snapshot, "PAUSE_INTERVAL", PATIENCE)
    found, queries, _ = suggested(site, "inkubetars")
    monkeypatch.setattr(index_snapshot, "PAUSE_INTERVAL", 0)
    # The words that begin with the same half are inkubators, inkubatori and inkubatoru.
    assert suggested(site, "inkubetars")[:2] == (found, queries + 3)
