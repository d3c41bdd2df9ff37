"""Tests of full-text search: search syntax, full-text documents, match ranks, highlights."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema import MODEL
from schema.index.fulltext import (
    MAX_DOCUMENT_LENGTH,
    SearchDocument,
    SearchSyntaxError,
    SearchTerm,
    match_rank,
    matches_term,
    parse_search,
    search_document,
)
from schema.index.tokenizer import token_spans, tokenize
from schema.query.highlighting import MAX_HIGHLIGHTS, MAX_SNIPPET_LENGTH, highlights
from tests.support.generators.records import record
from tests.support.generators.tokenizer_text import TEXTS
from tests.support.rendering import rendered

SEARCHES = {
    "Sociālā inovācija": [SearchTerm(("sociala",)), SearchTerm(("inovacija",))],
    '"sociālā inovācija"': [SearchTerm(("sociala", "inovacija"))],
    'a "b c': [SearchTerm(("a",)), SearchTerm(("b", "c"))],
    'a"b c"d': [SearchTerm(("a",)), SearchTerm(("b", "c")), SearchTerm(("d",))],
    "„b c” “d e”": [SearchTerm(("b", "c")), SearchTerm(("d", "e"))],
    "uzņēm*": [SearchTerm(("uznem",), is_prefix=True)],
    '"sociālais uzņēm"* "b c*" "d e* "': [
        SearchTerm(("socialais", "uznem"), is_prefix=True),
        SearchTerm(("b", "c"), is_prefix=True),
        SearchTerm(("d", "e"), is_prefix=True),
    ],
    '"a* b" c*d': [SearchTerm(("a", "b")), SearchTerm(("c", "d"))],
    "Local-Y-MPACT": [SearchTerm(("local", "y", "mpact"))],
    'a b A ā a* "" - *': [SearchTerm(("a",)), SearchTerm(("b",)), SearchTerm(("a",), is_prefix=True)],
}


@pytest.mark.parametrize("q", SEARCHES)
def test_a_search_has_words_phrases_and_prefixes(q):
    assert parse_search(q) == tuple(SEARCHES[q])


@pytest.mark.parametrize(
    ("q", "message"),
    [
        ("", "The search text has no letter and no digit. Enter a word or a number."),
        (' "*" … ', "The search text has no letter and no digit. Enter a word or a number."),
        ("a" * 201, "A search has at most 200 characters; this one has 201. Shorten it."),
        (" ".join(map(str, range(21))), "A search has at most 20 terms; this one has 21. Remove some."),
    ],
)
def test_an_invalid_search_is_rejected_with_a_message(q, message):
    with pytest.raises(SearchSyntaxError, match=f"^{re.escape(message)}$"):
        parse_search(q)


def test_a_search_may_have_the_maximum_length_and_number_of_terms():
    assert parse_search("a" * 200) == (SearchTerm(("a" * 64,)),)
    assert len(parse_search(" ".join(map(str, range(20))) + " 1" * 20)) == 20


def fulltext_of(entity, *linked_entities, **options) -> SearchDocument:
    """Return the full-text document of a record; further arguments as those of `rendered`."""
    shape = MODEL.by_name[type(entity).__name__]
    return search_document(MODEL, shape, rendered(entity, *linked_entities, **options))


def values(text: str) -> list[str]:
    return text.split(" . ")


COMMISSION = record("Organisation", "ec", name={"en": "European Commission"}, acronym="EC")

HOUSE = record(
    "Organisation",
    "house-of-work",
    name={"lv": "Darba nams", "en": "House of Work"},
    aliases={"lv": ["Nams", "Darbs"], "en": ["The House"]},
    acronym="DN",
    kind="association",
    country="LV",
    place={"name": {"en": "Old Town Hall"}, "locality": {"lv": "Talsi"}, "nuts": "LV003", "country": "LV"},
    homepage="https://house.example.org/work",
    identifiers=[{"id": "register", "scheme": "national-register", "notation": "40008-1"}],
    part_of="ec",
    summary={"en": "Work for all."},
    record={"sources": ["annual-report"]},
)


def test_the_fulltext_of_an_organisation_has_its_identifiers_names_and_other_texts():
    fulltext = fulltext_of(HOUSE, COMMISSION)
    assert values(fulltext.identifiers) == ["house of work", "dn", "40008 1"]
    assert values(fulltext.titles) == ["darba nams", "house of work", "nams", "darbs", "the house"]
    assert values(fulltext.everything) == [
        *["house of work", "dn", "40008 1", "darba nams", "nams", "darbs", "the house"],
        *["old town hall", "talsi", "lv003", "https house example org work", "register"],
        *["european commission", "ec", "work for all"],
    ]


GRANT = record("Grant", "money", number="EU-77")

PROJECT = record(
    "Project",
    "together",
    title={"en": "Together"},
    start="2017-09",
    duration="P1Y",
    status="ongoing",
    topics=["social-entrepreneurship"],
    countries_stated=["SE"],
    participations=[
        {
            "id": "first",
            "organisation": "house-of-work",
            "role": "coordinator",
            "role_as_stated": {"lv": "Vadītājs"},
            "country": "LV",
            "amounts": [{"id": "share", "kind": "contribution", "value": "1250.00", "currency": "EUR"}],
        },
    ],
    keywords={"en": ["youth", "work"]},
)


def test_the_fulltext_of_a_project_has_its_parts_and_the_labels_of_linked_records():
    fulltext = fulltext_of(
        *[PROJECT, HOUSE, GRANT, COMMISSION],
        linked={"grants": ["money"]},
        funders=("ec",),
        acknowledgements={"en": ["Paid for by somebody"]},
    )
    assert values(fulltext.identifiers) == ["together"]
    assert values(fulltext.titles) == ["together"]
    assert values(fulltext.everything) == [
        *["together", "first", "darba nams", "house of work", "dn", "vaditajs", "share"],
        *["eu 77", "european commission", "ec", "youth", "work"],
    ]


@pytest.mark.parametrize("type_", MODEL.by_name)
def test_every_entity_matches_its_id_and_the_strings_of_its_card(type_):
    entity = record(type_, "some-thing")
    body, fulltext = rendered(entity), fulltext_of(entity)
    for field in MODEL.by_name[type_].fields:
        if field.name == "id" or (
            field.visibility and field.name in body and isinstance(body[field.name], str)
        ):
            assert match_rank(parse_search(f'"{body[field.name]}"'), fulltext) == 0
    assert fulltext.everything.startswith(fulltext.identifiers)


def test_a_phrase_does_not_match_across_two_values():
    fulltext = fulltext_of(HOUSE, COMMISSION)
    assert match_rank(parse_search('"darba nams"'), fulltext) == 1
    assert match_rank(parse_search('"nams darbs"'), fulltext) is None
    assert match_rank(parse_search('"nams dar"*'), fulltext) is None


def test_a_term_matches_whole_words_unless_it_is_a_prefix():
    assert matches_term(SearchTerm(("social", "work")), "much social work")
    assert not matches_term(SearchTerm(("social", "wor")), "much social work")
    assert matches_term(SearchTerm(("social", "wor"), is_prefix=True), "much social work")
    assert not matches_term(SearchTerm(("ocial",), is_prefix=True), "social")
    assert not matches_term(SearchTerm(("social",)), "")


@given(TEXTS, TEXTS, TEXTS)
def test_the_tokens_of_a_part_of_a_text_match_the_whole_text(before, text, after):
    if tokens := tuple(tokenize(text)):
        whole = " ".join(tokenize(f"{before} {text} {after}"))
        assert matches_term(SearchTerm(tokens), whole)
        assert matches_term(SearchTerm((*tokens[:-1], tokens[-1][:1]), is_prefix=True), whole)


def test_the_rank_is_that_of_the_first_group_with_all_terms():
    fulltext = fulltext_of(HOUSE, COMMISSION)
    assert match_rank(parse_search("dn 40008-1"), fulltext) == 0
    assert match_rank(parse_search('"house of work"'), fulltext) == 0
    assert match_rank(parse_search("darba nam*"), fulltext) == 1
    assert match_rank(parse_search("dn darba"), fulltext) == 2
    assert match_rank(parse_search("talsi commission"), fulltext) == 2
    assert match_rank(parse_search("darba riga"), fulltext) is None


def test_a_long_fulltext_is_cut_between_words():
    body = {"id": "long", "title": {"en": "Title"}, "summary": {"en": "abc " * 100_000, "lv": "x"}}
    fulltext = search_document(MODEL, MODEL.by_name["Output"], body)
    assert fulltext.everything.startswith("long . title . abc abc")
    assert MAX_DOCUMENT_LENGTH - 10 < len(fulltext.everything) <= MAX_DOCUMENT_LENGTH
    assert set(values(fulltext.everything)[-1].split()) == {"abc"}


@pytest.mark.parametrize(("spare", "last"), [(0, "a"), (1, "a"), (2, "a"), (3, "a"), (4, "b"), (6, "b")])
def test_a_fulltext_cut_near_the_end_of_a_value_ends_with_a_word(spare, last):
    length = MAX_DOCUMENT_LENGTH - len("x . ") - spare
    text = ("a" * 49 + " ") * (length // 50) + "a" * (length % 50)
    body = {"id": "x", "summary": {"en": text, "lv": "b " * 40}}
    fulltext = search_document(MODEL, MODEL.by_name["Output"], body).everything
    assert MAX_DOCUMENT_LENGTH - 4 <= len(fulltext) <= MAX_DOCUMENT_LENGTH
    assert fulltext.endswith(last)


ORGANISATION = MODEL.by_name["Organisation"]


def highlights_of(body: dict, q: str) -> list[dict]:
    return highlights(ORGANISATION, body, parse_search(q))


def test_highlights_are_titles_first_then_other_texts_of_the_record_itself():
    body = rendered(HOUSE, COMMISSION)
    assert highlights_of(body, "dar* WORK") == [
        {"field": "name", "language": "lv", "text": "<mark>Darba</mark> nams"},
        {"field": "name", "language": "en", "text": "House of <mark>Work</mark>"},
        {"field": "aliases", "language": "lv", "text": "<mark>Darbs</mark>"},
        {"field": "id", "text": "house-of-<mark>work</mark>"},
        {"field": "summary", "language": "en", "text": "<mark>Work</mark> for all."},
    ]
    assert highlights_of(body, "talsi commission 40008") == []


def test_a_phrase_is_one_mark_and_marks_never_overlap():
    body = {"name": {"en": "A social  innovation, café\u0301 3½, and social innovation"}}
    assert highlights_of(body, '"social innovation" innovation social "innovation cafe" "31 2"') == [
        {
            "field": "name",
            "language": "en",
            "text": "A <mark>social  innovation, café\u0301</mark> <mark>3½</mark>, and "
            "<mark>social innovation</mark>",
        }
    ]


def test_highlights_are_escaped():
    body = {"name": {"en": '<b>work</b> & "work" o\'work'}}
    assert highlights_of(body, "work b")[0]["text"] == (
        "&lt;<mark>b</mark>&gt;<mark>work</mark>&lt;/<mark>b</mark>&gt; &amp; "
        "&quot;<mark>work</mark>&quot; o&#x27;<mark>work</mark>"
    )


def test_the_snippet_of_a_long_text_is_around_the_first_match():
    text = "before " * 40 + "(work) " + "behind " * 40
    (highlight,) = highlights_of({"summary": {"en": text}}, "work")
    assert highlight["text"].startswith("…before before")
    assert "before (<mark>work</mark>) behind" in highlight["text"]
    assert highlight["text"].endswith("behind behind…")
    assert len(plain_text(highlight["text"])) <= MAX_SNIPPET_LENGTH


def test_a_word_longer_than_the_snippet_is_cut():
    (highlight,) = highlights_of({"summary": {"en": "before " * 20 + "w" * 50_000}}, "w*")
    assert highlight["text"] == f"…<mark>{'w' * MAX_SNIPPET_LENGTH}</mark>…"


def test_the_number_of_highlights_of_a_record_is_limited():
    body = {"aliases": {"en": [f"work {number}" for number in range(10)]}}
    assert len(highlights_of(body, "work")) == MAX_HIGHLIGHTS


def plain_text(html: str) -> str:
    """Return the text of a snippet without marks and ellipses."""
    return unescape(re.sub("</?mark>", "", html)).removeprefix("…").removesuffix("…")


@given(st.lists(TEXTS, min_size=1, max_size=60).map(" ".join), st.data())
def test_a_snippet_is_a_part_of_the_original_text_with_whole_words(text, data):
    spans = token_spans(text)
    if not spans:
        return
    word, is_prefix = data.draw(st.sampled_from(spans))[0], data.draw(st.booleans())
    html = highlights(ORGANISATION, {"acronym": text}, [SearchTerm((word,), is_prefix)])[0]["text"]
    snippet = unescape(re.sub("</?mark>", "", html))
    positions = [position for position in range(len(text)) if text.startswith(plain_text(html), position)]
    assert snippet == text or positions
    assert len(plain_text(html)) <= MAX_SNIPPET_LENGTH
    marked = tokenize(unescape(re.findall("<mark>(.*?)</mark>", html, re.DOTALL)[0]))
    assert any(token.startswith(word) if is_prefix else token == word for token in marked)
    assert set(tokenize(snippet)) <= {token for token, _, _ in spans}
