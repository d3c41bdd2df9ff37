"""The parameters of lists, derived from what declarations say may be asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from schema.declaration.annotations import Asked
from schema.declaration.datatypes import AUTHORITIES, Kind
from schema.declaration.shapes import Field, Shape
from schema.index.entries import HAS, LACKS_LANGUAGE, MODIFIED, is_optional
from vocab.concept_schemes import SCHEMES

IDS, MISSING, ANY = "id", "missing", "any"

FROM, TO = "_from", "_to"


@dataclass(frozen=True)
class Parameter:
    """One parameter of a list: the facet it asks for, and of what kind its values are.

    `codes` has all values there are, where they are known. An `edge` is the end of a range that the
    value stands for. `beside` names the parameter without which the values could not be compared;
    `field` the one field that all values come from, if there is just one.
    """

    name: str
    facet: str
    kind: Kind
    target: str = ""
    codes: tuple[str, ...] = ()
    edge: str = ""
    beside: str = ""
    field: str = ""

    @property
    def takes_several(self) -> bool:
        """Tell whether there may be several values, and a minus before each."""
        return not self.edge

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Return the codes by what people may write for them: other letters, the names in English."""
        found = {code.casefold(): code for code in self.codes}
        if self.kind in AUTHORITIES:
            # The EU names them by codes of three letters.
            iris = AUTHORITIES[self.kind].iris
            found = {iris[code].rpartition("/")[2].casefold(): code for code in self.codes} | found
        for code in self.codes:
            found.update((label.casefold(), code) for label in self._labels(code).values())
        return found

    def _labels(self, code: str) -> Mapping[str, str]:
        if self.kind in AUTHORITIES:
            return AUTHORITIES[self.kind].names(code, ["en"])
        return SCHEMES[self.target].labels(code) if self.kind is Kind.CONCEPT else {}


def parameters(shape: Shape, languages: Sequence[str]) -> Mapping[str, Parameter]:
    """Return the parameters that ask for records of an entity, by name."""
    found: dict[str, Parameter] = {}
    for one in (*_of_fields(shape), *_ranges(shape), *_of_every_entity(shape, tuple(languages))):
        # What several fields say has none of its own.
        found[one.name] = replace(one, field="") if one.name in found else one
    return found


def _of_fields(shape: Shape) -> Iterator[Parameter]:
    """Yield the parameters of an entity's own fields and of those of its parts, but not of parts of parts."""
    for field in shape.fields:
        for asked in field.asked:
            yield from (replace(one, field="" if asked.find else field.name) for one in _asked(field, asked))
    parts = [field.part.fields for field in shape.fields if field.part and not field.derived]
    for field in (one for inner in parts for one in inner):
        yield from (found for asked in field.asked for found in _asked(field, asked))


def _asked(field: Field, asked: Asked) -> Iterator[Parameter]:
    name = asked.name or field.name
    kind, target = asked.kind or field.kind, asked.target or field.target
    if kind is Kind.DECIMAL:
        for edge in (FROM, TO):
            yield Parameter(name + edge, name, kind, edge=edge, beside=asked.beside)
        return
    codes = SCHEMES[target].codes if kind is Kind.CONCEPT else ()
    codes = tuple(AUTHORITIES[kind].iris) if kind in AUTHORITIES else codes
    yield Parameter(name, name, kind, target, codes)


def _ranges(shape: Shape) -> Iterator[Parameter]:
    """Yield the ranges of dates: a date that is known in part is in a range that it may lie in."""
    for field in shape.fields:
        if field.kind is Kind.PARTIAL_DATE:
            yield Parameter(
                field.name + FROM, f"{field.name}_latest", field.kind, edge=FROM, field=field.name
            )
            yield Parameter(field.name + TO, f"{field.name}_earliest", field.kind, edge=TO, field=field.name)


def _of_every_entity(shape: Shape, languages: tuple[str, ...]) -> Iterator[Parameter]:
    optional = tuple(field.name for field in shape.fields if is_optional(field))
    yield Parameter(IDS, IDS, Kind.LINK, shape.name)
    yield Parameter("updated_since", MODIFIED, Kind.INSTANT, edge=FROM)
    yield Parameter("has", HAS, Kind.STRING, codes=optional)
    yield Parameter(MISSING, HAS, Kind.STRING, codes=optional)
    yield Parameter("missing_lang", LACKS_LANGUAGE, Kind.LANGUAGE, codes=languages)
