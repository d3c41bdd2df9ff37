"""Words: the same for everybody who means the same, and findable in the original."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.index.tokenizer import MAX_TOKEN_LENGTH, token_spans, tokenize
from tests.support.generators.tokenizer_text import TEXTS

EXAMPLES = {
    "Sociālā uzņēmējdarbība": ["sociala", "uznemejdarbiba"],
    "LOCAL-Y-MPACT 2017–2019": ["local", "y", "mpact", "2017", "2019"],
    "Łódź, København, Đorđe, Straße, Æsir, œuvre, Þórr, ısı": (
        ["lodz", "kobenhavn", "dorde", "strasse", "aesir", "oeuvre", "thorr", "isi"]
    ),
    "İstanbul ΟΔΟΣ Ёлка Йод": ["istanbul", "οδοσ", "елка", "иод"],
    "ﬁnance™ ǿ ǽ ℌ": ["financetm", "o", "ae", "h"],
    "3½ m² ①": ["31", "2", "m2", "1"],
    "588997-CITIZ-1-2017-1-1SK-CITIZ-NT": ["588997", "citiz", "1", "2017", "1", "1sk", "citiz", "nt"],
    "so\u00adci\u200dal a\u200bb c\u00a0d e_f l'été": ["social", "a", "b", "c", "d", "e", "f", "l", "ete"],
    "\u0301 ´ … 🇱🇻 -- \u00ad": [],
    "": [],
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_text_has_the_words_that_people_type(text):
    assert tokenize(text) == EXAMPLES[text]


def plainly(text: str) -> list[str]:
    """Return the words of a text, made plain as a whole and only then taken apart."""
    before = None
    table = str.maketrans("łøđðı", "loddi") | {ord("æ"): "ae", ord("œ"): "oe", ord("þ"): "th"}
    while text != before:
        before, text = text, unicodedata.normalize("NFKD", text.casefold().translate(table))
    kept = (
        one for one in text if one == "\u200b" or unicodedata.category(one) not in ("Mn", "Mc", "Me", "Cf")
    )
    return [one[:MAX_TOKEN_LENGTH] for one in "".join(one if one.isalnum() else " " for one in kept).split()]


@given(TEXTS)
def test_words_are_those_of_the_text_made_plain_as_a_whole(text):
    assert tokenize(text) == plainly(text)


@given(TEXTS)
def test_words_are_letters_and_digits_and_have_no_words_but_themselves(text):
    found = tokenize(text)
    assert all(word.isalnum() and len(word) <= MAX_TOKEN_LENGTH for word in found)
    assert tokenize(" ".join(found)) == found


@pytest.mark.parametrize("plane", range(4))
def test_every_character_becomes_letters_and_digits_that_stay_as_they_are(plane):
    for number in range(plane << 16, (plane + 1) << 16):
        for word in tokenize(chr(number)):
            assert word.isalnum(), hex(number)
            assert tokenize(word) == [word], hex(number)


@given(TEXTS, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_how_a_text_is_composed_makes_no_difference(text, form):
    assert tokenize(unicodedata.normalize(form, text)) == tokenize(text)


@given(TEXTS)
def test_spans_give_the_words_and_where_they_stand(text):
    found = token_spans(text)
    assert [word for word, _, _ in found] == tokenize(text)
    for word, start, end in found:
        assert word in tokenize(text[start:end])
    starts, ends = [start for _, start, _ in found], [end for _, _, end in found]
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert not tokenize("".join(one for place, one in enumerate(text) if not covered(place, found)))


def covered(place: int, found) -> bool:
    return any(start <= place < end for _, start, end in found)


def test_a_span_covers_the_marks_of_its_word_and_nothing_beside():
    text = "(cafe\u0301 ½\u00ad) \u0301x"
    assert [(word, text[start:end]) for word, start, end in token_spans(text)] == [
        ("cafe", "cafe\u0301"),
        ("1", "½"),
        ("2", "½\u00ad"),
        ("x", "x"),
    ]


def test_a_word_is_cut_but_not_its_place():
    assert token_spans("x" * 100 + " y") == [("x" * MAX_TOKEN_LENGTH, 0, 100), ("y", 101, 102)]
    assert token_spans("e" + "\u0301" * 50_000) == [("e", 0, 50_001)]
