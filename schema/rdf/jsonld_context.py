"""JSON-LD: the one flat context that turns our plain JSON into triples."""

from typing import Any

from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field
from schema.model import Model
from vocab.namespaces import EDTF, XSD
from vocab.uris import Uris

DATATYPES = {
    Kind.INTEGER: str(XSD.integer),
    Kind.DECIMAL: str(XSD.decimal),
    Kind.DAY: str(XSD.date),
    Kind.INSTANT: str(XSD.dateTime),
    Kind.PARTIAL_DATE: str(EDTF.EDTF),
    Kind.DURATION: str(XSD.duration),
}
"""The datatypes of literals; a plain string needs none."""


def jsonld_context(model: Model, addresses: Uris) -> dict[str, Any]:
    """Return the context of every document. The JSON itself never changes."""
    return {
        "@version": 1.1,
        "uri": "@id",
        "type": "@type",
        "included": "@included",
        **{name: addresses.resolve(iri) for name, iri in model.classes.items()},
        **{name: _term(field, addresses) for name, field in model.keys.items()},
    }


def _term(field: Field, addresses: Uris) -> Any:
    iri = addresses.resolve(field.predicate)
    if field.kind in CARD_KINDS:
        # Inside a card only its address means anything: the labels are another record's.
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
