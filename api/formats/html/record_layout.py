"""What goes where on the page of a record: an arrangement of its fields, made from its declaration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.formats.html.messages import ParameterLabels
from schema.declaration.annotations import DateBound, Inverse, Ordinal, Visibility
from schema.declaration.datatypes import MAILBOX, PROSE, Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model
from vocab.namespaces import DCTERMS, FRAPO
from vocab.ontology import TIKLS

_PLACES = {
    str(FRAPO.hasAcronym): "marks",
    str(TIKLS.status): "marks",
    str(DCTERMS.abstract): "lead",
    str(TIKLS.acknowledgement): "funding",
    str(TIKLS.disclaimer): "funding",
    str(TIKLS.order): "",
    str(TIKLS.countryStated): "",
}
"""Fields that have a place of their own by what they mean, or none, as their order or others tell the same."""

_IN_A_LINE = {"Amount", "Identifier", "Source", "Venue"}
"""Parts that are read in one line each; others are rows of a table."""

_LONGEST_IN_A_LINE = 60


@dataclass(frozen=True)
class LayoutEntry:
    """A field of a record, with its value and caption."""

    field: Field
    given: Any
    caption: Mapping[str, str]


@dataclass
class RecordLayout:
    """The fields of a record by their places on its page."""

    label: Any
    heading: Field | None
    marks: list[LayoutEntry] = field(default_factory=list)
    lead: list[LayoutEntry] = field(default_factory=list)
    facts: list[LayoutEntry] = field(default_factory=list)
    funding: list[LayoutEntry] = field(default_factory=list)
    sections: list[LayoutEntry] = field(default_factory=list)
    record: list[LayoutEntry] = field(default_factory=list)


@dataclass(frozen=True)
class RecordLayouts:
    """Arranges the records of one model."""

    model: Model

    def of(self, body: Mapping[str, Any]) -> RecordLayout:
        """Return where the fields of a record, or of what a list shows of it, go."""
        shape = self.model.by_name[body["type"]]
        layout = RecordLayout(self.label(body), _heading(shape, body))
        for entry in self.entries(shape, body):
            if entry.field != layout.heading:
                getattr(layout, _place(entry)).append(entry)
        return layout

    def entries(self, shape: Shape, body: Mapping[str, Any]) -> Iterator[LayoutEntry]:
        """Yield the fields that are there and to be shown, in the order of the declaration."""
        return (
            LayoutEntry(one, body[one.name], self.caption(one, body[one.name]))
            for one in shape.fields
            if one.name in body and _is_shown(one)
        )

    def columns(self, shape: Shape, rows: list[Mapping[str, Any]]) -> list[LayoutEntry]:
        """Return the fields that any row of a table has, each captioned for one row."""
        return [
            LayoutEntry(one, None, self.model.ontology.labels(one.predicate))
            for one in shape.fields
            if _is_shown(one) and any(one.name in row for row in rows)
        ]

    def caption(self, one: Field, given: Any = None) -> Mapping[str, str]:
        """Return what a field is called, in the plural where it has several values."""
        values = given if isinstance(given, list) else next(iter(given.values())) if _is_texts(one) else []
        several = len(values) > 1
        ontology = self.model.ontology
        return ontology.plurals(one.predicate) if several else ontology.labels(one.predicate)

    def label(self, card: Mapping[str, Any]) -> Any:
        """Return what a thing is called: texts by language, or one line; without any, its id."""
        shape = self.model.by_name.get(card["type"])
        heading = shape and _heading(shape, card)
        if heading:
            return card[heading.name]
        # Not everything has a name in the languages of an installation, so that there may be an empty one.
        return next(card[name] for name in ("name", "title", "label", "id") if card.get(name))

    def collection(self, card: Mapping[str, Any]) -> Mapping[str, str]:
        """Return what the list is called that a record is in."""
        return self.model.ontology.labels(self.model.by_name[card["type"]].collection)

    def captions(self, type_: str) -> ParameterLabels:
        """Return what the fields of an entity are called."""
        return ParameterLabels(self.model.ontology, self.model.by_name[type_])

    def sibling(self, body: Mapping[str, Any], card: Mapping[str, Any]) -> Any:
        """Return what another part of the same record is called: its first words, or its id."""
        for entry in self.entries(self.model.by_name[body["type"]], body):
            if entry.field.part and entry.field.is_list:
                for part in entry.given:
                    if part["uri"] == card["uri"]:
                        return self._first_words(entry.field.part, part)
        return card["id"]

    def _first_words(self, shape: Shape, part: Mapping[str, Any]) -> Any:
        for entry in self.entries(shape, part):
            if entry.field.kind is Kind.LINK:
                return self.label(entry.given)
            if entry.field.kind is Kind.TEXT:
                return entry.given
        return part["id"]


def is_mailbox(one: Field) -> bool:
    """Tell whether a field holds the address of a mailbox."""
    return one.limits.pattern == MAILBOX


def is_prose(one: Field) -> bool:
    """Tell whether a field holds texts of several lines."""
    return one.limits.pattern == PROSE


def is_table(one: Field) -> bool:
    """Tell whether a field's parts are rows of a table."""
    return bool(one.part and one.is_list and one.target not in _IN_A_LINE)


def _heading(shape: Shape, card: Mapping[str, Any]) -> Field | None:
    return next((one for one in shape.fields if one.visibility is Visibility.CARD and one.name in card), None)


def _is_shown(one: Field) -> bool:
    hidden = isinstance(one.derived, DateBound | Ordinal) or one.name == "id"
    return not hidden and bool(_PLACES.get(one.predicate, "facts"))


def _place(entry: LayoutEntry) -> str:
    one = entry.field
    if one.part and one.part.is_document:
        return "record"
    if place := _PLACES.get(one.predicate):
        return place
    return "sections" if is_prose(one) or is_table(one) or _is_long(entry) else "facts"


def _is_texts(one: Field) -> bool:
    return one.kind is Kind.TEXTS


def _is_long(entry: LayoutEntry) -> bool:
    """Tell whether a list is too long to stand among short facts."""
    if isinstance(entry.field.derived, Inverse):
        return len(entry.given) > 1
    texts = entry.given.values() if _is_texts(entry.field) else []
    return any(len(line) > _LONGEST_IN_A_LINE for lines in texts for line in lines)
