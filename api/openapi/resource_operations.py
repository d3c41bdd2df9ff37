"""What can be asked of the addresses that have several formats: lists, records, pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from api.formats.registry import FORMATS, JSON, JSON_LD, Format, formats_for
from api.http.response import COMMON_HEADERS
from api.openapi.examples import Example
from api.openapi.headers import ANSWER_HEADERS
from api.openapi.operation import MISSING, READING, SERVICE, VOCABULARY, Operation
from api.openapi.parameters import formats_parameters, in_path, question_parameters, shape_parameters
from api.resources.collection import CollectionResource
from api.resources.resource import RECORD_OPTIONS, STATIC_OPTIONS
from schema.declaration.datatypes import SLUG
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.entities.role_lists import RoleList
from schema.json_schema.responses import SEARCH_LIST, list_schema_name, response_variants
from schema.json_schema.values import Schema, schema_reference
from vocab.concept_schemes import CONCEPT_SCHEMES

_LONGEST_EXAMPLE = 24_000
"""Bytes of JSON; a record is shorter, the page of the vocabulary longer."""

_NOT_ACCEPTABLE, _GONE = frozenset({406}), frozenset({410})

_HEADERS = [*ANSWER_HEADERS, "Link", *(name.title() for one in FORMATS for name in one.headers)]

_IDENTIFIER: Schema = {"type": "string", "pattern": SLUG, "maxLength": 100}

_PAGES = (
    ("/", "getEntryPoint", SERVICE, "The entry point, from which all else is found", "EntryPoint"),
    ("/vocab", "getVocabulary", VOCABULARY, "The vocabulary: classes, properties, schemes", "Ontology"),
    (
        "/vocab/{scheme}",
        "getConceptScheme",
        VOCABULARY,
        "A concept scheme with its concepts",
        "ConceptScheme",
    ),
    ("/vocab/{scheme}/{code}", "getConcept", VOCABULARY, "A concept", "Concept"),
)
"""Path, name, tag, summary and schema of each page."""

_PARTS: dict[str, tuple[str, Schema]] = {
    "scheme": ("The name of a concept scheme.", {"type": "string", "enum": [*CONCEPT_SCHEMES]}),
    "code": ("The code of a concept in the scheme.", _IDENTIFIER),
    "id": ("The id of the record.", _IDENTIFIER),
}


@dataclass(frozen=True)
class Content:
    """The operations on everything that has several formats, with examples by path."""

    renderer: Renderer
    lists: Mapping[str, CollectionResource]
    schemas: Mapping[str, Schema]
    examples: Mapping[str, Example]

    def operations(self) -> Iterator[Operation]:
        """Yield every operation."""
        entry, *vocabulary = (self._page(*page) for page in _PAGES)
        yield entry
        for listing in self.lists.values():
            asking = listing.spec
            yield self._list(listing)
            if asking.role:
                yield self._by_role(asking.role)
            elif asking.shape:
                yield self._record(asking.shape)
        yield from vocabulary

    def _page(self, path: str, name: str, tag: str, summary: str, schema: str) -> Operation:
        return Operation(
            path=path,
            name=name,
            tag=tag,
            summary=summary,
            content=self._content(path, schema, to_list=False),
            in_path=self._in_path(path),
            parameters=formats_parameters(STATIC_OPTIONS, to_list=False),
            headers=_HEADERS,
            problems=_NOT_ACCEPTABLE | READING | (MISSING if "{" in path else frozenset()),
        )

    def _list(self, listing: CollectionResource) -> Operation:
        asking = listing.spec
        path = f"/{asking.collection}"
        own = [
            *question_parameters(asking),
            *(shape_parameters(asking.shape, to_list=True) if asking.shape else ()),
        ]
        schema = list_schema_name(asking.shape.name, asking.role) if asking.shape else SEARCH_LIST
        return Operation(
            path=path,
            name="list" + "".join(word.title() for word in asking.collection.split("-")),
            tag=self._tag(asking.collection),
            summary=f"A page of the list: {asking.collection}",
            content=self._content(path, schema, to_list=listing.is_list),
            own_parameters=own,
            parameters=["limit", "cursor", *formats_parameters(listing.options, to_list=listing.is_list)],
            headers=_HEADERS,
            problems=_NOT_ACCEPTABLE | READING,
        )

    def _by_role(self, role: RoleList) -> Operation:
        shape = self.renderer.model.by_name[role.entity]
        path = f"/{role.collection}/{{id}}"
        return Operation(
            path=path,
            name="get" + "".join(word.title() for word in role.collection.split("-"))[:-1],
            tag=self._tag(role.collection),
            summary=f"Leads to one of the {shape.collection}",
            content={},
            in_path=self._in_path(path, of=f"/{shape.collection}/{{id}}"),
            headers=[*(name.title() for name in COMMON_HEADERS), "Location"],
            problems=MISSING,
            moves=True,
            is_tagged=False,
        )

    def _record(self, shape: Shape) -> Operation:
        path = f"/{shape.collection}/{{id}}"
        return Operation(
            path=path,
            name=f"get{shape.name}",
            tag=self._tag(shape.collection),
            summary=f"One of the {shape.collection}",
            content=self._content(path, shape.name, to_list=False),
            in_path=self._in_path(path),
            own_parameters=[*shape_parameters(shape, to_list=False)],
            parameters=formats_parameters(RECORD_OPTIONS, to_list=False),
            headers=_HEADERS,
            problems=MISSING | _GONE | _NOT_ACCEPTABLE | READING,
        )

    def _tag(self, collection: str) -> str:
        return self.renderer.model.ontology.labels(collection)["en"]

    def _in_path(self, path: str, *, of: str = "") -> list[Schema]:
        """Return the parts of a path, with those of the example that there is of it, or of another."""
        example = self.examples.get(of or path)
        values = example.address.stem.split("/") if example else None
        return [
            in_path(part[1:-1], *_PARTS[part[1:-1]], values[place] if values else None)
            for place, part in enumerate(path.split("/"))
            if part.startswith("{")
        ]

    def _content(self, path: str, schema: str, *, to_list: bool) -> dict[str, Schema]:
        found = {
            one.media_type: {"schema": self._schema(one, schema)} for one in formats_for(to_list=to_list)
        }
        example = self.examples.get(path)
        # Examples stand in the document itself: whoever reads it would fetch others from their addresses.
        if example and len(example.body) <= _LONGEST_EXAMPLE:
            address = example.address.url(example.parameters)
            value = msgspec.json.decode(example.body)
            found[JSON.media_type]["examples"] = {example.name: {"summary": address, "value": value}}
        return found

    def _schema(self, one: Format, name: str) -> Schema:
        names = response_variants(self.schemas, name, localised=one is JSON)
        if one is JSON:
            return {"anyOf": [schema_reference(name) for name in names]}
        if one is JSON_LD:
            return {
                "anyOf": [{"allOf": [schema_reference(name), schema_reference("Context")]} for name in names]
            }
        return {"type": "string"}
