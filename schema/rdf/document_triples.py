"""The triples of documents by a JSON-LD context, which compare the documents of two versions of the software."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

Triple = tuple[str | None, str, Any]
"""A subject, a predicate and an object; a literal is a tuple of its datatype or language and its value."""

_KEYWORDS = ("@id", "@type", "@included")


class DocumentTriples:
    """The mapping of documents to triples by a JSON-LD context, as `jsonld_context` makes it.

    It reads the keywords and term definitions that this function writes, not all of JSON-LD.
    """

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._classes = {name: value for name, value in context.items() if isinstance(value, str)}
        aliases = {value: name for name, value in self._classes.items() if value in _KEYWORDS}
        self._id, self._type, self._included = (aliases.get(keyword, keyword) for keyword in _KEYWORDS)
        self._objects = {
            name: (iri, objects)
            for name, definition in context.items()
            if name not in aliases.values()
            for iri, objects in [self._mapping(definition)]
        }

    def __call__(self, document: Any) -> set[Triple]:
        """Return the triples of a decoded document and of the nodes in it. Raise ValueError for another value."""
        if not isinstance(document, dict):
            message = "a document is an object"
            raise ValueError(message)  # noqa: TRY004 - as for JSON that cannot be decoded
        return {*self._node_triples(document)}

    def _node_triples(self, node: Mapping[str, Any]) -> Iterator[Triple]:
        """Yield the triples of a node, and of the nodes in it. Keys that the context does not define have none."""
        subject = node.get(self._id)
        if name := node.get(self._type):
            yield subject, "@type", self._classes.get(name)
        for included in node.get(self._included, ()):
            yield from self._node_triples(included)
        for name in node.keys() & self._objects.keys():
            iri, objects = self._objects[name]
            value = node[name]
            for item in value if isinstance(value, list) else (value,):
                for triple_object in objects(item):
                    yield subject, iri, triple_object
                if isinstance(item, dict) and objects == self._node_objects:
                    yield from self._node_triples(item)

    def _mapping(self, definition: Any) -> tuple[str, Any]:
        """Return the IRI of a term, and the function from a value to the objects of its triples."""
        if not isinstance(definition, dict):
            return str(definition), self._node_objects
        datatype = definition.get("@type", "")
        if definition.get("@container") == "@language":
            return definition["@id"], _texts
        if datatype == "@id":
            return definition["@id"], self._links
        return definition["@id"], partial(_literals, datatype)

    def _node_objects(self, value: Any) -> Iterator[Any]:
        """Yield a node, or a literal without a datatype."""
        return self._links(value) if isinstance(value, dict) else _literals("", value)

    def _links(self, value: Any) -> Iterator[Any]:
        """Yield the IRI of a card or node, or an IRI. The labels of cards are triples of other records."""
        yield value.get(self._id) if isinstance(value, dict) else value


def _literals(datatype: str, value: Any) -> Iterator[Any]:
    yield datatype, value


def _texts(value: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the texts of a language map, which has one or more for each language."""
    for language, texts in value.items():
        for text in texts if isinstance(texts, list) else (texts,):
            yield f"@{language}", text
