"""RDF: what a document says, as triples. It agrees with the context, which has the same source."""

from collections.abc import Iterator, Mapping
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from schema.context import DATATYPES
from schema.declare import Field
from schema.model import Model
from schema.values import CARDS, Kind
from vocab.addresses import Addresses
from vocab.namespaces import RDF

_TYPE = NamedNode(str(RDF.type))


def triples(body: Mapping[str, Any], model: Model, addresses: Addresses) -> Iterator[Triple]:
    """Yield the statements of one JSON object and of the things inside it, cards excepted."""
    subject = NamedNode(body["uri"])
    yield Triple(subject, _TYPE, NamedNode(addresses.resolve(model.classes[body["type"]])))
    inner: list[Mapping[str, Any]] = []
    for key, value in body.items():
        if key in ("uri", "type"):
            continue
        if key == "included":
            inner += value
            continue
        field = model.keys[key]
        predicate = NamedNode(addresses.resolve(field.predicate))
        for one in value if isinstance(value, list) else [value]:
            yield from (Triple(subject, predicate, node) for node in _objects(field, one))
            if field.kind is Kind.PART:
                inner.append(one)
    for part in inner:
        yield from triples(part, model, addresses)


def _objects(field: Field, value: Any) -> Iterator[NamedNode | Literal]:
    if field.kind in CARDS or field.kind is Kind.PART:
        yield NamedNode(value["uri"])
        return
    match field.kind:
        case Kind.TEXT:
            yield from (Literal(text, language=tag) for tag, text in value.items())
        case Kind.TEXTS:
            for tag, texts in value.items():
                yield from (Literal(text, language=tag) for text in texts)
        case Kind.IRI:
            yield NamedNode(value)
        case Kind.STRING:
            yield Literal(value)
        case kind:
            yield Literal(str(value), datatype=NamedNode(DATATYPES[kind]))
