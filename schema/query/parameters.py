"""The parameters of lists, derived from what declarations say may be asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from schema.declaration.annotations import Filterable
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.declaration.shapes import Field, Shape
from schema.index.entries import HAS, LACKS_LANGUAGE, MODIFIED, is_optional
from vocab.concept_schemes import CONCEPT_SCHEMES

ID_FILTER, MISSING, DISJUNCTION = "id", "missing", "any"

RANGE_FROM, RANGE_TO = "_from", "_to"


@dataclass(frozen=True)
class FilterParameter:
    """One parameter of a list: the facet it asks for, and of what kind its values are.

    `codes` has all values there are, where they are known. An `edge` is the end of a range that the
    value stands for. `beside` names the parameter without which the values could not be compared;
    `field` the one field that all values come from, if there is just one.
    """

    name: str
    index_name: str
    kind: Kind
    target: str = ""
    codes: tuple[str, ...] = ()
    range_end: str = ""
    scoped_by: str = ""
    field: str = ""

    @property
    def is_multivalued(self) -> bool:
        """Tell whether there may be several values, and a minus before each."""
        return not self.range_end

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Return the codes by what people may write for them: other letters, the names in English."""
        found = {code.casefold(): code for code in self.codes}
        if self.kind in AUTHORITY_TABLES:
            # The EU names them by codes of three letters.
            iris = AUTHORITY_TABLES[self.kind].iris
            found = {iris[code].rpartition("/")[2].casefold(): code for code in self.codes} | found
        for code in self.codes:
            found.update((label.casefold(), code) for label in self._labels(code).values())
        return found

    def _labels(self, code: str) -> Mapping[str, str]:
        if self.kind in AUTHORITY_TABLES:
            return AUTHORITY_TABLES[self.kind].labels(code, ["en"])
        return CONCEPT_SCHEMES[self.target].labels(code) if self.kind is Kind.CONCEPT else {}


def filter_parameters(shape: Shape, languages: Sequence[str]) -> Mapping[str, FilterParameter]:
    """Return the parameters that ask for records of an entity, by name."""
    found: dict[str, FilterParameter] = {}
    for one in (*_of_fields(shape), *_ranges(shape), *_of_every_entity(shape, tuple(languages))):
        # What several fields say has none of its own.
        found[one.name] = replace(one, field="") if one.name in found else one
    return found


def _of_fields(shape: Shape) -> Iterator[FilterParameter]:
    """Yield the parameters of an entity's own fields and of those of its parts, but not of parts of parts."""
    for field in shape.fields:
        for asked in field.filters:
            yield from (
                replace(one, field="" if asked.extract else field.name) for one in _asked(field, asked)
            )
    parts = [field.part.fields for field in shape.fields if field.part and not field.derived]
    for field in (one for inner in parts for one in inner):
        yield from (found for asked in field.filters for found in _asked(field, asked))


def _asked(field: Field, asked: Filterable) -> Iterator[FilterParameter]:
    name = asked.name or field.name
    kind, target = asked.kind or field.kind, asked.target or field.target
    if kind is Kind.DECIMAL:
        for edge in (RANGE_FROM, RANGE_TO):
            yield FilterParameter(name + edge, name, kind, range_end=edge, scoped_by=asked.scoped_by)
        return
    codes = CONCEPT_SCHEMES[target].codes if kind is Kind.CONCEPT else ()
    codes = tuple(AUTHORITY_TABLES[kind].iris) if kind in AUTHORITY_TABLES else codes
    yield FilterParameter(name, name, kind, target, codes)


def _ranges(shape: Shape) -> Iterator[FilterParameter]:
    """Yield the ranges of dates: a date that is known in part is in a range that it may lie in."""
    for field in shape.fields:
        if field.kind is Kind.PARTIAL_DATE:
            yield FilterParameter(
                field.name + RANGE_FROM,
                f"{field.name}_latest",
                field.kind,
                range_end=RANGE_FROM,
                field=field.name,
            )
            yield FilterParameter(
                field.name + RANGE_TO,
                f"{field.name}_earliest",
                field.kind,
                range_end=RANGE_TO,
                field=field.name,
            )


def _of_every_entity(shape: Shape, languages: tuple[str, ...]) -> Iterator[FilterParameter]:
    optional = tuple(field.name for field in shape.fields if is_optional(field))
    yield FilterParameter(ID_FILTER, ID_FILTER, Kind.LINK, shape.name)
    yield FilterParameter("updated_since", MODIFIED, Kind.INSTANT, range_end=RANGE_FROM)
    yield FilterParameter("has", HAS, Kind.STRING, codes=optional)
    yield FilterParameter(MISSING, HAS, Kind.STRING, codes=optional)
    yield FilterParameter("missing_lang", LACKS_LANGUAGE, Kind.LANGUAGE, codes=languages)
