"""Tests of the tokenizer: folding of characters, token boundaries, spans in the original text."""

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
def test_a_text_has_the_expected_tokens(text):
    assert tokenize(text) == EXAMPLES[text]


def reference_tokens(text: str) -> list[str]:
    """Return the tokens by a second algorithm: fold the whole text, then split it."""
    previous = None
    table = str.maketrans("łøđðı", "loddi") | {ord("æ"): "ae", ord("œ"): "oe", ord("þ"): "th"}
    while text != previous:
        previous, text = text, unicodedata.normalize("NFKD", text.casefold().translate(table))
    characters = (
        character
        for character in text
        if character == "\u200b" or unicodedata.category(character) not in ("Mn", "Mc", "Me", "Cf")
    )
    words = "".join(character if character.isalnum() else " " for character in characters).split()
    return [word[:MAX_TOKEN_LENGTH] for word in words]


@given(TEXTS)
def test_tokens_equal_those_of_the_whole_text_folded_first(text):
    assert tokenize(text) == reference_tokens(text)


@given(TEXTS)
def test_tokens_are_letters_and_digits_and_are_their_own_tokens(text):
    tokens = tokenize(text)
    assert all(token.isalnum() and len(token) <= MAX_TOKEN_LENGTH for token in tokens)
    assert tokenize(" ".join(tokens)) == tokens


@pytest.mark.parametrize("plane", range(4))
def test_every_character_becomes_letters_and_digits_that_are_their_own_tokens(plane):
    for code_point in range(plane << 16, (plane + 1) << 16):
        for token in tokenize(chr(code_point)):
            assert token.isalnum(), hex(code_point)
            assert tokenize(token) == [token], hex(code_point)


@given(TEXTS, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_unicode_normalization_form_makes_no_difference(text, form):
    assert tokenize(unicodedata.normalize(form, text)) == tokenize(text)


@given(TEXTS)
def test_spans_have_the_tokens_and_their_positions(text):
    spans = token_spans(text)
    assert [token for token, _, _ in spans] == tokenize(text)
    for token, start, end in spans:
        assert token in tokenize(text[start:end])
    starts, ends = [start for _, start, _ in spans], [end for _, _, end in spans]
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    uncovered = (character for position, character in enumerate(text) if not is_covered(position, spans))
    assert not tokenize("".join(uncovered))


def is_covered(position: int, spans) -> bool:
    return any(start <= position < end for _, start, end in spans)


def test_a_span_covers_the_combining_marks_of_its_token_and_nothing_else():
    text = "(cafe\u0301 ½\u00ad) \u0301x"
    assert [(token, text[start:end]) for token, start, end in token_spans(text)] == [
        ("cafe", "cafe\u0301"),
        ("1", "½"),
        ("2", "½\u00ad"),
        ("x", "x"),
    ]


def test_a_long_token_is_cut_but_its_span_is_not():
    assert token_spans("x" * 100 + " y") == [("x" * MAX_TOKEN_LENGTH, 0, 100), ("y", 101, 102)]
    assert token_spans("e" + "\u0301" * 50_000) == [("e", 0, 50_001)]
