"""What somebody asks for, what a record is found by, and what is shown of where it was found."""

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
from tests.support.documents import rendered
from tests.support.generators.records import record
from tests.support.generators.tokenizer_text import TEXTS

QUESTIONS = {
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


@pytest.mark.parametrize("q", QUESTIONS)
def test_a_question_has_words_phrases_and_prefixes(q):
    assert parse_search(q) == tuple(QUESTIONS[q])


@pytest.mark.parametrize(
    ("q", "message"),
    [
        ("", "The search text has no letter and no digit. Enter a word or a number."),
        (' "*" … ', "The search text has no letter and no digit. Enter a word or a number."),
        ("a" * 201, "A search has at most 200 characters; this one has 201. Shorten it."),
        (" ".join(map(str, range(21))), "A search has at most 20 terms; this one has 21. Remove some."),
    ],
)
def test_a_question_that_is_none_is_refused_in_words(q, message):
    with pytest.raises(SearchSyntaxError, match=f"^{re.escape(message)}$"):
        parse_search(q)


def test_a_question_may_be_as_long_as_is_said():
    assert parse_search("a" * 200) == (SearchTerm(("a" * 64,)),)
    assert len(parse_search(" ".join(map(str, range(20))) + " 1" * 20)) == 20


def found_by(one, *others, **given) -> SearchDocument:
    return search_document(MODEL, MODEL.by_name[type(one).__name__], rendered(one, *others, **given))


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
    record={"sources": [{"id": "annual-report", "title": {"en": "Unsearched"}}]},
)


def test_an_organisation_is_found_by_its_identifiers_its_names_and_all_that_it_says():
    found = found_by(HOUSE, COMMISSION)
    assert values(found.identifiers) == ["house of work", "dn", "40008 1"]
    assert values(found.titles) == ["darba nams", "house of work", "nams", "darbs", "the house"]
    assert values(found.everything) == [
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


def test_a_project_is_found_by_its_parts_and_by_the_labels_of_what_it_links_to():
    found = found_by(
        *[PROJECT, HOUSE, GRANT, COMMISSION],
        linked={"grants": ["money"]},
        funders=("ec",),
        acknowledgements={"en": ["Paid for by somebody"]},
    )
    assert values(found.identifiers) == ["together"]
    assert values(found.titles) == ["together"]
    assert values(found.everything) == [
        *["together", "first", "darba nams", "house of work", "dn", "vaditajs", "share"],
        *["eu 77", "european commission", "ec", "youth", "work"],
    ]


@pytest.mark.parametrize("type_", MODEL.by_name)
def test_every_entity_is_found_by_its_id_and_by_all_that_its_card_shows(type_):
    one = record(type_, "some-thing")
    body, found = rendered(one), found_by(one)
    shown = MODEL.by_name[type_].fields
    for field in shown:
        if field.name == "id" or (
            field.visibility and field.name in body and isinstance(body[field.name], str)
        ):
            assert match_rank(parse_search(f'"{body[field.name]}"'), found) == 0
    assert found.everything.startswith(found.identifiers)


def test_a_phrase_does_not_run_across_two_values():
    found = found_by(HOUSE, COMMISSION)
    assert match_rank(parse_search('"darba nams"'), found) == 1
    assert match_rank(parse_search('"nams darbs"'), found) is None
    assert match_rank(parse_search('"nams dar"*'), found) is None


def test_a_term_matches_whole_words_unless_it_is_a_prefix():
    assert matches_term(SearchTerm(("social", "work")), "much social work")
    assert not matches_term(SearchTerm(("social", "wor")), "much social work")
    assert matches_term(SearchTerm(("social", "wor"), is_prefix=True), "much social work")
    assert not matches_term(SearchTerm(("ocial",), is_prefix=True), "social")
    assert not matches_term(SearchTerm(("social",)), "")


@given(TEXTS, TEXTS, TEXTS)
def test_every_run_of_words_of_a_text_is_found_in_it(before, text, behind):
    if found := tuple(tokenize(text)):
        whole = " ".join(tokenize(f"{before} {text} {behind}"))
        assert matches_term(SearchTerm(found), whole)
        assert matches_term(SearchTerm((*found[:-1], found[-1][:1]), is_prefix=True), whole)


def test_the_nearest_group_that_has_all_terms_decides_the_rank():
    found = found_by(HOUSE, COMMISSION)
    assert match_rank(parse_search("dn 40008-1"), found) == 0
    assert match_rank(parse_search('"house of work"'), found) == 0
    assert match_rank(parse_search("darba nam*"), found) == 1
    assert match_rank(parse_search("dn darba"), found) == 2
    assert match_rank(parse_search("talsi commission"), found) == 2
    assert match_rank(parse_search("darba riga"), found) is None


def test_what_a_record_is_found_by_is_cut_between_words():
    body = {"id": "long", "title": {"en": "Title"}, "summary": {"en": "abc " * 100_000, "lv": "x"}}
    found = search_document(MODEL, MODEL.by_name["Output"], body)
    assert found.everything.startswith("long . title . abc abc")
    assert MAX_DOCUMENT_LENGTH - 10 < len(found.everything) <= MAX_DOCUMENT_LENGTH
    assert set(values(found.everything)[-1].split()) == {"abc"}


@pytest.mark.parametrize(("beyond", "last"), [(0, "a"), (1, "a"), (2, "a"), (3, "a"), (4, "b"), (6, "b")])
def test_what_a_record_is_found_by_ends_with_a_word_where_values_meet(beyond, last):
    room = MAX_DOCUMENT_LENGTH - len("x . ") - beyond
    text = ("a" * 49 + " ") * (room // 50) + "a" * (room % 50)
    body = {"id": "x", "summary": {"en": text, "lv": "b " * 40}}
    found = search_document(MODEL, MODEL.by_name["Output"], body).everything
    assert MAX_DOCUMENT_LENGTH - 4 <= len(found) <= MAX_DOCUMENT_LENGTH
    assert found.endswith(last)


ORGANISATION = MODEL.by_name["Organisation"]


def shown(body: dict, q: str) -> list[dict]:
    return highlights(ORGANISATION, body, parse_search(q))


def test_highlights_show_titles_first_then_the_other_texts_of_the_record_itself():
    body = rendered(HOUSE, COMMISSION)
    assert shown(body, "dar* WORK") == [
        {"field": "name", "language": "lv", "text": "<mark>Darba</mark> nams"},
        {"field": "name", "language": "en", "text": "House of <mark>Work</mark>"},
        {"field": "aliases", "language": "lv", "text": "<mark>Darbs</mark>"},
        {"field": "id", "text": "house-of-<mark>work</mark>"},
        {"field": "summary", "language": "en", "text": "<mark>Work</mark> for all."},
    ]
    assert shown(body, "talsi commission 40008") == []


def test_a_phrase_is_one_mark_and_marks_never_overlap():
    body = {"name": {"en": "A social  innovation, café\u0301 3½, and social innovation"}}
    assert shown(body, '"social innovation" innovation social "innovation cafe" "31 2"') == [
        {
            "field": "name",
            "language": "en",
            "text": "A <mark>social  innovation, café\u0301</mark> <mark>3½</mark>, and "
            "<mark>social innovation</mark>",
        }
    ]


def test_what_is_highlighted_is_escaped():
    body = {"name": {"en": '<b>work</b> & "work" o\'work'}}
    assert shown(body, "work b")[0]["text"] == (
        "&lt;<mark>b</mark>&gt;<mark>work</mark>&lt;/<mark>b</mark>&gt; &amp; "
        "&quot;<mark>work</mark>&quot; o&#x27;<mark>work</mark>"
    )


def test_a_long_text_is_shown_around_the_first_place():
    text = "before " * 40 + "(work) " + "behind " * 40
    (one,) = shown({"summary": {"en": text}}, "work")
    assert one["text"].startswith("…before before")
    assert "before (<mark>work</mark>) behind" in one["text"]
    assert one["text"].endswith("behind behind…")
    assert len(plain(one["text"])) <= MAX_SNIPPET_LENGTH


def test_a_word_that_is_longer_than_what_is_shown_is_cut_after_all():
    (one,) = shown({"summary": {"en": "before " * 20 + "w" * 50_000}}, "w*")
    assert one["text"] == f"…<mark>{'w' * MAX_SNIPPET_LENGTH}</mark>…"


def test_a_record_has_a_few_highlights_at_most():
    body = {"aliases": {"en": [f"work {number}" for number in range(10)]}}
    assert len(shown(body, "work")) == MAX_HIGHLIGHTS


def plain(html: str) -> str:
    return unescape(re.sub("</?mark>", "", html)).removeprefix("…").removesuffix("…")


@given(st.lists(TEXTS, min_size=1, max_size=60).map(" ".join), st.data())
def test_what_is_highlighted_is_a_part_of_the_original_and_of_whole_words(text, data):
    found = token_spans(text)
    if not found:
        return
    word, is_prefix = data.draw(st.sampled_from(found))[0], data.draw(st.booleans())
    html = highlights(ORGANISATION, {"acronym": text}, [SearchTerm((word,), is_prefix)])[0]["text"]
    part = unescape(re.sub("</?mark>", "", html))
    places = [place for place in range(len(text)) if text.startswith(plain(html), place)]
    assert part == text or places
    assert len(plain(html)) <= MAX_SNIPPET_LENGTH
    marked = tokenize(unescape(re.findall("<mark>(.*?)</mark>", html, re.DOTALL)[0]))
    assert any(one.startswith(word) if is_prefix else one == word for one in marked)
    assert set(tokenize(part)) <= {one for one, _, _ in found}
