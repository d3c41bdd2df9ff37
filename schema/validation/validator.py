"""The validator: checks a client's JSON against a shape, collects all errors, and normalizes the values."""

import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any
from unicodedata import normalize

from msgspec import Meta
from pyoxigraph import Literal, NamedNode

from schema.declaration import datatypes
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
from vocab.turtle_parser import LANGUAGES

_compile_pattern = cache(re.compile)

_PATTERN_CODES = {
    datatypes.SLUG: "not-an-id",
    datatypes.LINE: "not-a-line",
    datatypes.PROSE: "not-a-text",
    datatypes.LANGUAGE_TAG: "not-a-language-tag",
    datatypes.PARTIAL_DATE: "not-a-partial-date",
    datatypes.DURATION: "not-a-duration",
    datatypes.HTTP_IRI: "not-an-iri",
    datatypes.DECIMAL: "not-a-decimal",
    datatypes.MONEY: "not-money",
    datatypes.MAILBOX: "not-a-mailbox",
    datatypes.JSON_POINTER: "not-a-pointer",
}
"""The error code of each pattern. Other patterns have `not-of-the-pattern`."""


def suggestion(word: str, valid_words: list[str]) -> dict[str, str]:
    """Return the closest valid word as the limit `suggestion`, or an empty dictionary."""
    matches = get_close_matches(word, valid_words, n=1)
    return {"suggestion": matches[0]} if matches else {}


class Validator:
    """The validation of one document. `faults` collects the errors."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def validate(self, shape: Shape, value: Any, pointer: str = "") -> dict[str, Any]:
        """Return the normalized object: read-only keys removed, cards as codes, strings in NFC.

        Errors are appended to `faults`; the result is a valid record only if there are none.
        """
        if not isinstance(value, dict):
            self._add_wrong_type(pointer, value, "object")
            return {}
        stated_fields, accepted_keys = _accepted_keys(shape)
        for key in (key for key in value if key not in accepted_keys):
            limits = suggestion(key, [*stated_fields])
            self._add_fault("unknown-field", f"{pointer}/{escape_pointer(key)}", **limits)
        normalized = {}
        for name, field in stated_fields.items():
            if (field_value := value.get(name)) is not None:
                normalized[name] = self._field(field, field_value, f"{pointer}/{name}")
            elif field.required:
                self._add_fault("missing", f"{pointer}/{name}")
        self.faults += inconsistencies(shape, normalized, pointer)
        return normalized

    def _field(self, field: Field, value: Any, pointer: str) -> Any:
        if not field.is_list:
            return self.single_value(field, value, pointer)
        if not isinstance(value, list):
            self._add_wrong_type(pointer, value, "list")
            return []
        if field.max_items is not None and len(value) > field.max_items:
            self._add_fault("too-many", pointer, given=len(value), most=field.max_items)
        items = [self.single_value(field, item, f"{pointer}/{index}") for index, item in enumerate(value)]
        identifiers = [item.get("id") if isinstance(item, dict) else item for item in items]
        self._check_duplicates(identifiers, pointer)
        return items

    def _check_duplicates(self, values: list[Any], pointer: str) -> None:
        for index, value in enumerate(values):
            if value is not None and value in values[:index]:
                self._add_fault("duplicate", f"{pointer}/{index}", given=value)

    def single_value(self, field: Field, value: Any, pointer: str) -> Any:
        """Return the normalized value of a field, or of one item of its list."""
        if field.part:
            return self.validate(field.part, value, pointer)
        if field.kind in CARD_KINDS:
            return self._code(field, value.get("id") if isinstance(value, dict) else value, pointer)
        match field.kind:
            case Kind.TEXT:
                return self._language_map(
                    value, pointer, lambda text, path: self._string(field.limits, text, path)
                )
            case Kind.TEXTS:
                return self._language_map(
                    value, pointer, lambda texts, path: self._strings(field.limits, texts, path)
                )
            case Kind.INTEGER:
                return self._integer(field.limits, value, pointer)
            case Kind.BOOLEAN:
                return value if isinstance(value, bool) else self._add_wrong_type(pointer, value, "boolean")
            case _:
                return self._scalar(field, value, pointer)

    def _code(self, field: Field, value: Any, pointer: str) -> Any:
        if not isinstance(value, str):
            return self._add_wrong_type(pointer, value, "code")
        match field.kind:
            case Kind.CONCEPT:
                codes: Collection[str] = CONCEPT_SCHEMES[field.target].codes
            case kind if kind in AUTHORITY_TABLES:
                codes = AUTHORITY_TABLES[kind].iris
            case _:
                return self._string(field.limits, value, pointer)
        if value not in codes:
            self._add_fault("unknown-code", pointer, given=value, **suggestion(value, [*codes]))
        return value

    def _language_map(self, value: Any, pointer: str, normalize_text: Callable[[Any, str], Any]) -> Any:
        """Return a language map with the languages in a fixed order: Latvian, English, then by tag."""
        if not isinstance(value, dict):
            return self._add_wrong_type(pointer, value, "texts")
        if not value:
            self._add_fault("too-few", pointer, given=0, least=1)
        if len(value) > MAX_LANGUAGES:
            self._add_fault("too-many", pointer, given=len(value), most=MAX_LANGUAGES)
        for tag in value:
            if not is_language_tag(tag):
                self._add_fault("not-a-language-tag", f"{pointer}/{escape_pointer(tag)}")
        return {
            tag: normalize_text(value[tag], f"{pointer}/{escape_pointer(tag)}") for tag in ordered_tags(value)
        }

    def _strings(self, limits: Meta, value: Any, pointer: str) -> Any:
        if not isinstance(value, list):
            return self._add_wrong_type(pointer, value, "list")
        if not value:
            self._add_fault("too-few", pointer, given=0, least=1)
        if len(value) > MAX_TEXTS:
            self._add_fault("too-many", pointer, given=len(value), most=MAX_TEXTS)
        texts = [self._string(limits, item, f"{pointer}/{index}") for index, item in enumerate(value)]
        self._check_duplicates(texts, pointer)
        return texts

    def _integer(self, limits: Meta, value: Any, pointer: str) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            return self._add_wrong_type(pointer, value, "integer")
        minimum, maximum = limits.ge or 0, limits.le or 0
        if not minimum <= value <= maximum:
            self._add_fault("out-of-range", pointer, given=value, least=minimum, most=maximum)
        return value

    def _scalar(self, field: Field, value: Any, pointer: str) -> Any:
        fault_count = len(self.faults)
        text = self._string(field.limits, value, pointer)
        if len(self.faults) > fault_count:
            return text
        match field.kind:
            case Kind.PARTIAL_DATE if not succeeds(date_bounds, text):
                self._add_fault("not-a-partial-date", pointer)
            case Kind.IRI if not is_iri(text):
                self._add_fault("not-an-iri", pointer)
            case Kind.DECIMAL if field.decimal_range:
                minimum, maximum = field.decimal_range.minimum, field.decimal_range.maximum
                if not is_within(text, minimum, maximum):
                    self._add_fault("out-of-range", pointer, given=text, least=minimum, most=maximum)
            case _:
                pass
        return text

    def _string(self, limits: Meta, value: Any, pointer: str) -> Any:
        if not isinstance(value, str):
            return self._add_wrong_type(pointer, value, "string")
        text = value if value.isascii() else normalize("NFC", value)
        text = text.replace("\r\n", "\n")
        if not text and limits.pattern != datatypes.JSON_POINTER:
            self._add_fault("too-short", pointer, given=0, least=1)
        elif limits.max_length is not None and len(text) > limits.max_length:
            self._add_fault("too-long", pointer, given=len(text), most=limits.max_length)
        elif limits.pattern is not None and not _compile_pattern(limits.pattern).search(text):
            code = _PATTERN_CODES.get(limits.pattern, "not-of-the-pattern")
            self._add_fault(code, pointer, pattern=limits.pattern)
        return text

    def _add_wrong_type(self, pointer: str, value: Any, expected_type: str) -> None:
        self._add_fault("wrong-type", pointer, given=json_type(value), wanted=expected_type)

    def _add_fault(self, code: str, pointer: str, **limits: Any) -> None:
        self.faults.append(Fault(code, pointer, limits))


@cache
def _accepted_keys(shape: Shape) -> tuple[dict[str, Field], set[str]]:
    """Return the stated fields by name, and all accepted keys, including the read-only ones."""
    stated_fields = {field.name: field for field in shape.stated_fields}
    derived_names = (field.name for field in shape.fields if field.derived)
    return stated_fields, {"uri", "type", *stated_fields, *derived_names}


def ordered_tags(texts: Mapping[str, Any]) -> list[str]:
    """Return the tags of a language map in the order of documents: Latvian, English, then by tag."""
    if len(texts) == 1:
        return [*texts]
    return [tag for tag in LANGUAGES if tag in texts] + sorted(texts.keys() - set(LANGUAGES))


def is_iri(text: str) -> bool:
    """Return True for a text that RDF accepts as an IRI (RFC 3987)."""
    return succeeds(NamedNode, text)


@lru_cache(1_000)
def is_language_tag(tag: str) -> bool:
    """Return True for a valid language tag.

    RDF literals require a well-formed tag (RFC 5646, section 2.1), which the pattern alone does not ensure.
    """
    is_matching = bool(re.search(datatypes.LANGUAGE_TAG, tag))
    return is_matching and succeeds(lambda language: Literal("", language=language), tag)


def succeeds(parse: Callable[[Any], object], value: Any) -> bool:
    """Return True if a parser accepts a value."""
    try:
        parse(value)
    except (ValueError, TypeError):
        return False
    return True
