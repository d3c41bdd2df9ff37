"""Filter parameters of lists, derived from the filters that the declarations of fields have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from functools import cached_property

from schema.declaration.annotations import Filterable
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.declaration.shapes import Field, Shape
from schema.index.entries import HAS, LACKS_LANGUAGE, MODIFIED, is_optional
from vocab.concept_schemes import CONCEPT_SCHEMES

ID_FILTER, MISSING, DISJUNCTION = "id", "missing", "any"
"""Parameters of every list: by id, by the absence of a field, by one of several conditions."""

RANGE_FROM, RANGE_TO = "_from", "_to"
"""Suffixes of the parameters for the lower and the upper end of a range."""

_EARLIEST_EXAMPLE, _LATEST_EXAMPLE, _MOMENT_EXAMPLE = "2017", "2023", "2020-01-01"
"""Examples of the ends of a range of dates, and of a time of change."""

_GENERIC_COUNTS: Mapping[str, Mapping[str, str]] = {
    ID_FILTER: {"en": "The record itself.", "lv": "Pats ieraksts."},
    "updated_since": {
        "en": "When the record's document was last changed.",
        "lv": "Kad pēdējo reizi mainīts ieraksta dokuments.",
    },
    "has": {"en": "Fields that have a value.", "lv": "Lauki, kuriem ir vērtība."},
    MISSING: {"en": "Fields that have no value.", "lv": "Lauki, kuriem nav vērtības."},
    "missing_lang": {
        "en": "Languages that a text of the record is missing in; other names are not counted.",
        "lv": "Valodas, kurās trūkst kāda ieraksta teksta; citus nosaukumus neskaita.",
    },
}
"""The values of the parameters that no field declares, as `FilterParameter.counts`."""


@dataclass(frozen=True)
class FilterParameter:
    """A filter parameter of a list: the index it searches and the kind of its values.

    `codes` has all valid values, if they are enumerable. `range_end` is RANGE_FROM or RANGE_TO if the
    value is an end of a range. `scoped_by` names the parameter that must be present, with one value,
    for values to be comparable, such as the currency of an amount. `field` names the field that the
    values come from, and is empty if they come from several.

    `counts` says by language which values a record is found by; without it the definition of the term
    `predicate` does. `example` is a value of the network's own content, if it has any.
    """

    name: str
    index_name: str
    kind: Kind
    target: str = ""
    codes: tuple[str, ...] = ()
    range_end: str = ""
    scoped_by: str = ""
    field: str = ""
    counts: Mapping[str, str] = default(default_factory=dict, compare=False)
    predicate: str = ""
    example: str = ""

    @property
    def is_multivalued(self) -> bool:
        """Return True if the parameter accepts several values, and negated ones."""
        return not self.range_end

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Return the codes by their likely misspellings, case-folded: the code itself and its labels."""
        spellings = {code.casefold(): code for code in self.codes}
        if self.kind in AUTHORITY_TABLES:
            # The IRIs of the EU authority tables end with codes of three letters.
            iris = AUTHORITY_TABLES[self.kind].iris
            spellings = {iris[code].rpartition("/")[2].casefold(): code for code in self.codes} | spellings
        for code in self.codes:
            spellings.update((label.casefold(), code) for label in self._labels(code).values())
        return spellings

    def _labels(self, code: str) -> Mapping[str, str]:
        if self.kind in AUTHORITY_TABLES:
            return AUTHORITY_TABLES[self.kind].labels(code, ["en"])
        return CONCEPT_SCHEMES[self.target].labels(code) if self.kind is Kind.CONCEPT else {}


def filter_parameters(shape: Shape, languages: Sequence[str]) -> Mapping[str, FilterParameter]:
    """Return the filter parameters of an entity's lists, by name."""
    parameters: dict[str, FilterParameter] = {}
    for parameter in (
        *_declared_parameters(shape),
        *_date_ranges(shape),
        *_generic_parameters(shape, tuple(languages)),
    ):
        name = parameter.name
        parameters[name] = _united(parameters[name], parameter) if name in parameters else parameter
    return parameters


def _united(first: FilterParameter, second: FilterParameter) -> FilterParameter:
    """Return a parameter that several fields declare: its values come from no single one."""
    counts = {
        language: " ".join(
            dict.fromkeys(filter(None, (first.counts.get(language), second.counts.get(language))))
        )
        for language in {**first.counts, **second.counts}
    }
    return replace(
        second, field="", counts=counts, predicate=first.predicate, example=first.example or second.example
    )


def _declared_parameters(shape: Shape) -> Iterator[FilterParameter]:
    """Yield the parameters that fields of an entity and of its parts declare; nested parts have none."""
    for field in shape.fields:
        for annotation in field.filters:
            yield from (
                replace(parameter, field="" if annotation.extract else field.name)
                for parameter in _parameters(field, annotation)
            )
    parts = [field.part.fields for field in shape.fields if field.part and not field.derived]
    for field in (field for fields in parts for field in fields):
        yield from (parameter for annotation in field.filters for parameter in _parameters(field, annotation))


def _parameters(field: Field, annotation: Filterable) -> Iterator[FilterParameter]:
    name = annotation.name or field.name
    kind, target = annotation.kind or field.kind, annotation.target or field.target
    described = FilterParameter(
        name, name, kind, counts=annotation.counts, predicate=field.predicate, example=annotation.example
    )
    if kind is Kind.DECIMAL:
        for end in (RANGE_FROM, RANGE_TO):
            yield replace(described, name=name + end, range_end=end, scoped_by=annotation.scoped_by)
        return
    codes = CONCEPT_SCHEMES[target].codes if kind is Kind.CONCEPT else ()
    codes = tuple(AUTHORITY_TABLES[kind].iris) if kind in AUTHORITY_TABLES else codes
    yield replace(described, target=target, codes=codes)


def _date_ranges(shape: Shape) -> Iterator[FilterParameter]:
    """Yield the date range parameters of an entity.

    A partial date matches a range that overlaps the period it denotes, so the start of a range is
    compared with the latest day, and its end with the earliest.
    """
    for field in shape.fields:
        if field.kind is Kind.PARTIAL_DATE:
            yield FilterParameter(
                field.name + RANGE_FROM,
                f"{field.name}_latest",
                field.kind,
                range_end=RANGE_FROM,
                field=field.name,
                predicate=field.predicate,
                example=_EARLIEST_EXAMPLE,
            )
            yield FilterParameter(
                field.name + RANGE_TO,
                f"{field.name}_earliest",
                field.kind,
                range_end=RANGE_TO,
                field=field.name,
                predicate=field.predicate,
                example=_LATEST_EXAMPLE,
            )


def _generic_parameters(shape: Shape, languages: tuple[str, ...]) -> Iterator[FilterParameter]:
    """Yield the parameters that the lists of every entity have."""
    fields = [field for field in shape.fields if is_optional(field)]
    optional = tuple(field.name for field in fields)
    listed = next((field.name for field in fields if field.visibility), "")
    generic = (
        FilterParameter(ID_FILTER, ID_FILTER, Kind.LINK, shape.name, example=shape.example_id),
        FilterParameter(
            "updated_since", MODIFIED, Kind.INSTANT, range_end=RANGE_FROM, example=_MOMENT_EXAMPLE
        ),
        FilterParameter("has", HAS, Kind.STRING, codes=optional, example=listed),
        FilterParameter(MISSING, HAS, Kind.STRING, codes=optional, example=listed),
        FilterParameter(
            "missing_lang", LACKS_LANGUAGE, Kind.LANGUAGE, codes=languages, example=languages[-1]
        ),
    )
    yield from (replace(parameter, counts=_GENERIC_COUNTS[parameter.name]) for parameter in generic)
