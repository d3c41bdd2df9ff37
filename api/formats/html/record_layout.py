"""Layout of record pages: assigns the fields of a record to the regions of its page, from the declaration."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from api.formats.html.messages import ParameterLabels
from schema.declaration.annotations import DateBound, DerivedAlongLinks, Inverse, Label, Ordinal
from schema.declaration.datatypes import MAILBOX, PROSE, Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model
from schema.validation.errors import unescape_pointer
from schema.validation.references import linked_part_fields
from vocab.namespaces import DC, DCTERMS, FRAPO, SKOS
from vocab.ontology_terms import TIKLS

_REGIONS = {
    str(FRAPO.hasAcronym): "badges",
    str(TIKLS.status): "badges",
    str(DCTERMS.abstract): "lead",
    str(TIKLS.acknowledgement): "funding",
    str(TIKLS.disclaimer): "funding",
    str(TIKLS.order): "",
    str(TIKLS.excerpt): "",
    str(TIKLS.countryStated): "",
    str(TIKLS.programmeInvolved): "",
    str(TIKLS.partner): "",
}
"""Regions by RDF property. Fields with an empty region are hidden, as the order or another field shows the same.

Lists show the excerpt below the heading of an item.
"""

_NAMES = frozenset(
    map(
        str,
        (
            SKOS.prefLabel,
            SKOS.altLabel,
            DC.publisher,
            TIKLS.nameAsStated,
            TIKLS.address,
            TIKLS.locality,
            TIKLS.region,
        ),
    )
)
"""RDF properties of proper names, which pages show without a word on their language."""

_INLINE_PARTS = {"Amount", "Identifier", "Venue"}
"""Parts that are shown in one line each. Lists of other parts are tables."""

_MAX_FACT_LENGTH = 60
"""Characters of a text among the facts. Fields with a longer one get a section of their own."""


@dataclass(frozen=True)
class LayoutEntry:
    """A field of a record, with its value and label. Columns of a table have no value."""

    field: Field
    value: Any
    label: Mapping[str, str]


@dataclass
class TranslatedTexts:
    """The texts of a record that the network itself translated into a language; without labels, all of them."""

    language: Mapping[str, Any]
    labels: list[Mapping[str, str]]


@dataclass
class RecordLayout:
    """The label of a record, the field it comes from, and the other fields by region of the page."""

    label: Any
    heading: Field | None
    badges: list[LayoutEntry] = field(default_factory=list)
    lead: list[LayoutEntry] = field(default_factory=list)
    facts: list[LayoutEntry] = field(default_factory=list)
    funding: list[LayoutEntry] = field(default_factory=list)
    sections: list[LayoutEntry] = field(default_factory=list)
    record: list[LayoutEntry] = field(default_factory=list)


@dataclass(frozen=True)
class RecordLayouts:
    """Builds the layouts and labels of the records of one model."""

    model: Model

    @cached_property
    def _parts(self) -> Mapping[str, Shape]:
        """Return the parts that other records link to, by class name."""
        keys = {field.target for shape in self.model.entities for field, _ in linked_part_fields(shape)}
        parts = (self.model.keys[key].part for key in keys)
        return {part.name: part for part in parts if part}

    @cached_property
    def _labels(self) -> Callable[[str], Mapping[str, str]]:
        return cache(self.model.ontology.labels)

    @cached_property
    def _plurals(self) -> Callable[[str], Mapping[str, str]]:
        return cache(self.model.ontology.plurals)

    def of(self, body: Mapping[str, Any]) -> RecordLayout:
        """Return the layout of a record or of a list item. A derived list equal to a stated one is left out."""
        shape = self.model.by_name[body["type"]]
        layout = RecordLayout(self.label(body), _heading(shape, body))
        entries = [entry for entry in self.entries(shape, body) if entry.field != layout.heading]
        stated_values = [entry.value for entry in entries if not entry.field.derived]
        for entry in entries:
            is_derived_list = entry.field.is_list and isinstance(entry.field.derived, DerivedAlongLinks)
            is_repeated = is_derived_list and entry.value in stated_values
            if not is_repeated:
                getattr(layout, _region(entry)).append(entry)
        return layout

    def entries(self, shape: Shape, body: Mapping[str, Any]) -> Iterator[LayoutEntry]:
        """Yield the visible fields that have a value, in the order of the declaration."""
        for declared in _visible_fields(shape):
            if declared.name in body:
                value = body[declared.name]
                yield LayoutEntry(declared, value, self._field_label(declared, value))

    def columns(self, shape: Shape, rows: list[Mapping[str, Any]]) -> list[LayoutEntry]:
        """Return the columns of a table of parts: the visible fields that some row has, with singular labels."""
        return [
            LayoutEntry(column, None, self.model.ontology.labels(column.predicate))
            for column in _visible_fields(shape)
            if any(column.name in row for row in rows)
        ]

    def label(self, card: Mapping[str, Any]) -> Any:
        """Return the label of a node: a language map or a text; its id if it has none."""
        shape = self.model.by_name.get(card["type"])
        heading = shape and _heading(shape, card)
        if heading:
            return card[heading.name]
        if part := self._parts.get(card["type"]):
            return self._part_label(part, card)
        # A code of an authority table has an empty language map if it has no label in the installation's languages.
        return next(card[name] for name in ("name", "title", "label", "id") if card.get(name))

    def is_proper_name(self, card: Mapping[str, Any]) -> bool:
        """Return True if the label of a node is a proper name, or no text of a record."""
        shape = self.model.by_name.get(card["type"])
        heading = _heading(shape, card) if shape else None
        return heading is None or is_name(heading)

    def is_in_stated_language(self, card: Mapping[str, Any], lang: str | None) -> bool:
        """Return True if a record states this language as its own."""
        fields = self.model.by_name[card["type"]].fields
        stated = (card.get(declared.name) for declared in fields if declared.kind is Kind.LANGUAGE)
        return any(isinstance(language, Mapping) and language["id"] == lang for language in stated)

    def collection_label(self, card: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the label of the collection that a record belongs to."""
        return self.model.ontology.labels(self.model.by_name[card["type"]].collection)

    def listed_label(self, entity: str) -> Mapping[str, str]:
        """Return the label of the collection of an entity."""
        return self.model.ontology.labels(self.model.by_name[entity].collection)

    def details(self, card: Mapping[str, Any]) -> Iterator[LayoutEntry]:
        """Yield the fields that a card has besides its label."""
        shape = self.model.by_name[card["type"]]
        return (entry for entry in self.entries(shape, card) if entry.field != _heading(shape, card))

    def translations(self, body: Mapping[str, Any]) -> Iterator[TranslatedTexts]:
        """Yield the texts of a record that the network itself translated, by language."""
        translations: dict[str, list[Mapping[str, Any]]] = {}
        for translation in body["record"]["translated"]:
            translations.setdefault(translation["language"]["id"], []).append(translation)
        for group in translations.values():
            pointers = [translation["pointer"] for translation in group]
            labels = [] if "" in pointers else [self._pointer_label(body, pointer) for pointer in pointers]
            yield TranslatedTexts(group[0]["language"], labels)

    def parameter_labels(self, type_: str) -> ParameterLabels:
        """Return the labels of the parameters and fields of an entity."""
        return ParameterLabels(self.model.ontology, self.model.by_name[type_])

    def sibling_label(self, body: Mapping[str, Any], card: Mapping[str, Any]) -> Any:
        """Return the label of another part of the same record, or its id if it has none."""
        for entry in self.entries(self.model.by_name[body["type"]], body):
            if entry.field.part and entry.field.is_list:
                for part in entry.value:
                    if part["uri"] == card["uri"]:
                        return self._part_label(entry.field.part, part)
        return card["id"]

    def _pointer_label(self, body: Mapping[str, Any], pointer: str) -> Mapping[str, str]:
        """Return the label of the last field on the way of a JSON Pointer into a record."""
        shape: Shape | None = self.model.by_name[body["type"]]
        label: Mapping[str, str] = {}
        value: Any = body
        for token in pointer.split("/")[1:]:
            value = value[int(token)] if isinstance(value, list) else value[unescape_pointer(token)]
            fields = shape.fields if shape else ()
            if declared := next((declared for declared in fields if declared.name == token), None):
                label, shape = self._field_label(declared, value), declared.part
        return label

    def _part_label(self, shape: Shape, part: Mapping[str, Any]) -> Any:
        """Return the label of a part: that of its first link, or its first text, or its id."""
        for entry in self.entries(shape, part):
            if entry.field.kind is Kind.LINK:
                return self.label(entry.value)
            if entry.field.kind is Kind.TEXT:
                return entry.value
        return part["id"]

    def _field_label(self, declared: Field, value: Any) -> Mapping[str, str]:
        """Return the label of a field, in the plural if it has several values."""
        if isinstance(value, list):
            values = value
        else:
            values = next(iter(value.values())) if declared.kind is Kind.TEXTS else []
        return (self._plurals if len(values) > 1 else self._labels)(declared.predicate)


def is_mailbox(declared: Field) -> bool:
    """Return True if the values of a field are email addresses."""
    return declared.limits.pattern == MAILBOX


def is_name(declared: Field) -> bool:
    """Return True if the values of a field are proper names."""
    return declared.predicate in _NAMES


def is_prose(declared: Field) -> bool:
    """Return True if the values of a field are texts of several paragraphs."""
    return declared.limits.pattern == PROSE


def is_table(declared: Field) -> bool:
    """Return True if a field is shown as a table, with a row per part."""
    return bool(declared.part and declared.is_list and declared.target not in _INLINE_PARTS)


def _heading(shape: Shape, card: Mapping[str, Any]) -> Field | None:
    """Return the field that labels a record: the first field of its card that has a value."""
    return next((declared for declared in shape.card_fields if declared.name in card), None)


@cache
def _visible_fields(shape: Shape) -> tuple[Field, ...]:
    return tuple(declared for declared in shape.fields if _is_visible(declared))


def _is_visible(declared: Field) -> bool:
    is_hidden = isinstance(declared.derived, DateBound | Label | Ordinal) or declared.name == "id"
    return not is_hidden and bool(_REGIONS.get(declared.predicate, "facts"))


def _region(entry: LayoutEntry) -> str:
    """Return the name of the region of RecordLayout that an entry belongs to."""
    declared = entry.field
    if declared.part and declared.part.is_document:
        return "record"
    if region := _REGIONS.get(declared.predicate):
        return region
    return "sections" if is_prose(declared) or is_table(declared) or _is_long(entry) else "facts"


def _is_long(entry: LayoutEntry) -> bool:
    """Return True if a list is too long for the facts: several inverse links, or a long text."""
    if isinstance(entry.field.derived, Inverse):
        return len(entry.value) > 1
    texts = entry.value.values() if entry.field.kind is Kind.TEXTS else []
    return any(len(text) > _MAX_FACT_LENGTH for translation in texts for text in translation)
