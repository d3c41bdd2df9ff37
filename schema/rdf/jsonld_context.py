"""JSON-LD context: the mapping of the keys of every document to RDF terms."""

from typing import Any

from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field
from schema.model import Model
from vocab.namespaces import EDTF, XSD
from vocab.uri_builder import Uris

DATATYPES = {
    Kind.INTEGER: str(XSD.integer),
    Kind.BOOLEAN: str(XSD.boolean),
    Kind.DECIMAL: str(XSD.decimal),
    Kind.DAY: str(XSD.date),
    Kind.INSTANT: str(XSD.dateTime),
    Kind.PARTIAL_DATE: str(EDTF.EDTF),
    Kind.DURATION: str(XSD.duration),
}
"""RDF datatypes of literals, by kind; literals of other kinds are plain strings."""


def jsonld_context(model: Model, uris: Uris) -> dict[str, Any]:
    """Return the JSON-LD 1.1 context that all documents share; their JSON is the same without it."""
    return {
        "@version": 1.1,
        "uri": "@id",
        "type": "@type",
        "included": "@included",
        **{name: uris.resolve(iri) for name, iri in model.classes.items()},
        **{name: _term_definition(field, uris) for name, field in model.keys.items()},
    }


def _term_definition(field: Field, uris: Uris) -> Any:
    """Return the term definition of a field (JSON-LD 1.1, section 9.15.1), or its IRI alone."""
    iri = uris.resolve(field.predicate)
    if field.kind in CARD_KINDS:
        # Only the URI of a card is mapped: its labels are statements of the record it refers to.
        return {"@id": iri, "@type": "@id", "@context": [None, {"uri": "@id"}]}
    match field.kind:
        case Kind.TEXT | Kind.TEXTS:
            return {"@id": iri, "@container": "@language"}
        case Kind.IRI:
            return {"@id": iri, "@type": "@id"}
        case kind if kind in DATATYPES:
            return {"@id": iri, "@type": DATATYPES[kind]}
        case _:
            return iri
