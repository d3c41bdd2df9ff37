"""Checking what a client sends: all faults at once, and what is left when none is found."""

import re
from collections.abc import Collection
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any
from unicodedata import normalize

from msgspec import Meta
from pyoxigraph import Literal, NamedNode

from schema.declaration import datatypes as values
from schema.declaration.datatypes import (
    AUTHORITY_TABLES,
    CARD_KINDS,
    MAX_LANGUAGES,
    MAX_TEXTS,
    Kind,
    date_bounds,
    is_within,
)
from schema.declaration.shapes import Field, Shape
from schema.validation.consistency import inconsistencies
from schema.validation.errors import Fault, escape_pointer, json_type
from vocab.concept_schemes import CONCEPT_SCHEMES
from vocab.turtle import LANGUAGES

_compiled = cache(re.compile)

_BY_PATTERN = {
    values.SLUG: "not-an-id",
    values.LINE: "not-a-line",
    values.PROSE: "not-a-text",
    values.LANGUAGE_TAG: "not-a-language-tag",
    values.PARTIAL_DATE: "not-a-partial-date",
    values.DURATION: "not-a-duration",
    values.HTTP_IRI: "not-an-iri",
    values.DECIMAL: "not-a-decimal",
    values.MONEY: "not-money",
    values.MAILBOX: "not-a-mailbox",
}


def suggestion(given: str, known: list[str]) -> dict[str, str]:
    """Return the nearest known word as a limit, or nothing."""
    near = get_close_matches(given, known, n=1)
    return {"suggestion": near[0]} if near else {}


class Validator:
    """One pass over a document; `faults` is complete when the pass is over."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def validate(self, shape: Shape, given: Any, pointer: str = "") -> dict[str, Any]:
        """Return an object as it is kept: read-only keys dropped, cards become codes."""
        if not isinstance(given, dict):
            self._wrong_type(pointer, given, "object")
            return {}
        stated, known = _names(shape)
        for key in (key for key in given if key not in known):
            self._fault("unknown-field", f"{pointer}/{escape_pointer(key)}", **suggestion(key, [*stated]))
        kept = {}
        for name, field in stated.items():
            if (value := given.get(name)) is not None:
                kept[name] = self._field(field, value, f"{pointer}/{name}")
            elif field.required:
                self._fault("missing", f"{pointer}/{name}")
        self.faults += inconsistencies(shape, kept, pointer)
        return kept

    def _field(self, field: Field, given: Any, pointer: str) -> Any:
        if not field.is_list:
            return self._one(field, given, pointer)
        if not isinstance(given, list):
            self._wrong_type(pointer, given, "list")
            return []
        if field.max_items is not None and len(given) > field.max_items:
            self._fault("too-many", pointer, given=len(given), most=field.max_items)
        kept = [self._one(field, one, f"{pointer}/{place}") for place, one in enumerate(given)]
        self._doubles([one.get("id") if isinstance(one, dict) else one for one in kept], pointer)
        return kept

    def _doubles(self, names: list[Any], pointer: str) -> None:
        for place, name in enumerate(names):
            if name is not None and name in names[:place]:
                self._fault("duplicate", f"{pointer}/{place}", given=name)

    def _one(self, field: Field, given: Any, pointer: str) -> Any:
        if field.part:
            return self.validate(field.part, given, pointer)
        if field.kind in CARD_KINDS:
            return self._code(field, given.get("id") if isinstance(given, dict) else given, pointer)
        match field.kind:
            case Kind.TEXT:
                return self._text(given, pointer, lambda one, at: self._string(field.limits, one, at))
            case Kind.TEXTS:
                return self._text(given, pointer, lambda one, at: self._strings(field.limits, one, at))
            case Kind.INTEGER:
                return self._integer(field.limits, given, pointer)
            case _:
                return self._scalar(field, given, pointer)

    def _code(self, field: Field, given: Any, pointer: str) -> Any:
        if not isinstance(given, str):
            return self._wrong_type(pointer, given, "code")
        match field.kind:
            case Kind.CONCEPT:
                known: Collection[str] = CONCEPT_SCHEMES[field.target].codes
            case kind if kind in AUTHORITY_TABLES:
                known = AUTHORITY_TABLES[kind].iris
            case _:
                return self._string(field.limits, given, pointer)
        if given not in known:
            self._fault("unknown-code", pointer, given=given, **suggestion(given, [*known]))
        return given

    def _text(self, given: Any, pointer: str, check: Any) -> Any:
        if not isinstance(given, dict):
            return self._wrong_type(pointer, given, "texts")
        if not given:
            self._fault("too-few", pointer, given=0, least=1)
        if len(given) > MAX_LANGUAGES:
            self._fault("too-many", pointer, given=len(given), most=MAX_LANGUAGES)
        for tag in given:
            if not _is_tag(tag):
                self._fault("not-a-language-tag", f"{pointer}/{escape_pointer(tag)}")
        ordered = [tag for tag in LANGUAGES if tag in given] + sorted(given.keys() - set(LANGUAGES))
        return {tag: check(given[tag], f"{pointer}/{escape_pointer(tag)}") for tag in ordered}

    def _strings(self, leaf: Meta, given: Any, pointer: str) -> Any:
        if not isinstance(given, list):
            return self._wrong_type(pointer, given, "list")
        if not given:
            self._fault("too-few", pointer, given=0, least=1)
        if len(given) > MAX_TEXTS:
            self._fault("too-many", pointer, given=len(given), most=MAX_TEXTS)
        kept = [self._string(leaf, one, f"{pointer}/{place}") for place, one in enumerate(given)]
        self._doubles(kept, pointer)
        return kept

    def _integer(self, leaf: Meta, given: Any, pointer: str) -> Any:
        if not isinstance(given, int) or isinstance(given, bool):
            return self._wrong_type(pointer, given, "integer")
        least, most = leaf.ge or 0, leaf.le or 0
        if not least <= given <= most:
            self._fault("out-of-range", pointer, given=given, least=least, most=most)
        return given

    def _scalar(self, field: Field, given: Any, pointer: str) -> Any:
        before = len(self.faults)
        kept = self._string(field.limits, given, pointer)
        if len(self.faults) > before:
            return kept
        match field.kind:
            case Kind.PARTIAL_DATE if not _succeeds(date_bounds, kept):
                self._fault("not-a-partial-date", pointer)
            case Kind.IRI if not _succeeds(NamedNode, kept):
                self._fault("not-an-iri", pointer)
            case Kind.DECIMAL if field.decimal_range:
                least, most = field.decimal_range.minimum, field.decimal_range.maximum
                if not is_within(kept, least, most):
                    self._fault("out-of-range", pointer, given=kept, least=least, most=most)
            case _:
                pass
        return kept

    def _string(self, leaf: Meta, given: Any, pointer: str) -> Any:
        if not isinstance(given, str):
            return self._wrong_type(pointer, given, "string")
        kept = given if given.isascii() else normalize("NFC", given)
        kept = kept.replace("\r\n", "\n")
        if not kept:
            self._fault("too-short", pointer, given=0, least=1)
        elif leaf.max_length is not None and len(kept) > leaf.max_length:
            self._fault("too-long", pointer, given=len(kept), most=leaf.max_length)
        elif leaf.pattern is not None and not _compiled(leaf.pattern).search(kept):
            code = _BY_PATTERN.get(leaf.pattern, "not-of-the-pattern")
            self._fault(code, pointer, pattern=leaf.pattern)
        return kept

    def _wrong_type(self, pointer: str, given: Any, wanted: str) -> None:
        self._fault("wrong-type", pointer, given=json_type(given), wanted=wanted)

    def _fault(self, code: str, pointer: str, **limits: Any) -> None:
        self.faults.append(Fault(code, pointer, limits))


def _succeeds(function: Any, given: Any) -> bool:
    try:
        function(given)
    except (ValueError, TypeError):
        return False
    return True


@cache
def _names(shape: Shape) -> tuple[dict[str, Field], set[str]]:
    """Return the fields that are kept, by name, and all names that may be given."""
    stated = {field.name: field for field in shape.stated_fields}
    return stated, {"uri", "type", *stated, *(field.name for field in shape.fields if field.derived)}


@lru_cache(1_000)
def _is_tag(tag: str) -> bool:
    """Tell whether a tag is good for RDF, which is stricter than the pattern can be (RFC 5646, section 2.1)."""
    return bool(re.search(values.LANGUAGE_TAG, tag)) and _succeeds(lambda one: Literal("", language=one), tag)
