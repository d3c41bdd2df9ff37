"""Tests of spelling: the words that are one or two edits from a misspelled one."""

import pytest

from schema.index import spelling
from schema.index.inflections import inflected, words
from schema.index.spelling import is_two_edits_away, spellings_by_one_edit, written_form


@pytest.mark.parametrize("other", ["tils", "tiltis", "tilti", "titls", "itlts", "tilt", "atilts", "tiltsa"])
def test_one_edit_removes_adds_replaces_or_swaps_letters(other):
    assert other in spellings_by_one_edit("tilts")
    assert "tilts" in spellings_by_one_edit(other)
    assert is_two_edits_away("tilts", other)


def test_a_word_of_another_script_is_edited_with_its_own_letters():
    assert "проект" in spellings_by_one_edit("проеект")


def test_every_spelling_of_two_edits_is_two_edits_away():
    for word in spellings_by_one_edit("tilts"):
        assert is_two_edits_away("tilts", word), word
    assert is_two_edits_away("inkubators", "inkbutaors")
    assert not is_two_edits_away("inkubators", "inkbutaosr")
    assert not is_two_edits_away("inkubators", "inkubat")


def test_two_words_are_compared_in_few_steps(monkeypatch):
    calls = []
    compare = spelling._is_near  # noqa: SLF001
    monkeypatch.setattr(spelling, "_is_near", lambda *words: calls.append(words) or compare(*words))
    half = "abcd" * 8
    assert not is_two_edits_away(half, half[1:] + half[:1] + "bb")
    assert len(calls) <= 1 + 4 + 16


def test_words_are_tokens_of_three_letters_or_more():
    assert words(["es . eu 2018 tilts2 tilts", "tīkls abc . tilts"]) == {"tilts", "tīkls", "abc"}


def test_words_have_a_stem_in_each_language():
    assert inflected("projektiem") == ("projektiem", "projektiem", "projekt")
    assert inflected("organisations") == ("organisations", "organis", "organisation")


def test_a_word_is_written_as_in_the_first_text_that_has_accents():
    texts = ["https://tikls.example", "Divi tīklojumi", "TI\u0304KLS un citi", "tîkls"]
    assert written_form("tikls", texts) == "tīkls"
    assert written_form("tikls", ["Mūsu Tī\u00adkls"]) == "tīkls"
    assert written_form("tikls", texts[:2]) == "tikls"


def test_letters_that_a_sign_stands_for_are_not_dropped():
    assert written_form("acmetm", ["Acme™"]) == "acmetm"
    assert written_form("strasse", ["Die Straße"]) == "straße"


def test_few_characters_of_all_texts_are_examined_for_the_written_form(monkeypatch):
    monkeypatch.setattr(spelling, "_MAX_EXAMINED", 18)
    assert written_form("tikls", ["tikls 34567", "x" * 100, "1 tīkls"]) == "tīkls"
    assert written_form("tikls", ["tikls 345678", "1 tīkls"]) == "tikls"
