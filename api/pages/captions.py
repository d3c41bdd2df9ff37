"""What the parameters of lists are called, and the fields that put lists in order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.pages.words import PARAMETERS
from schema.declare import Field, Shape
from schema.parameters import FROM, TO
from vocab.ontology import Ontology


@dataclass(frozen=True)
class Captions:
    """Captions of what is asked of records of one entity, or of all."""

    ontology: Ontology
    shape: Shape | None

    def of(self, name: str) -> Mapping[str, str] | str:
        """Return what a parameter or field is called; its own name, if nobody said it better."""
        stem = name.removesuffix(FROM).removesuffix(TO)
        if name in PARAMETERS:
            return PARAMETERS[name]
        if field := _named(stem, self._fields()):
            return self.ontology.labels(field.predicate)
        return PARAMETERS.get(stem, name)

    def field(self, name: str) -> Mapping[str, str] | str:
        """Return what all values of a field are called."""
        field = _named(name, self._fields())
        return self.ontology.plurals(field.predicate) if field else name

    def _fields(self) -> list[Field]:
        own = self.shape.fields if self.shape else ()
        return [*own, *(one for field in own if field.part for one in field.part.fields)]


def _named(name: str, fields: Iterable[Field]) -> Field | None:
    return next((field for field in fields if field.name == name), None)
