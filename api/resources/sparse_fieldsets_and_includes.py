"""Sparse fieldsets and included records: the `fields`, `include` and `fields[entity]` parameters."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec

from api.http.parameter_names import FIELDS, INCLUDE, included_fields_name
from api.http.problems import BadParameter
from api.http.serialization_threads import collect_in_thread
from api.http.shape_parameter import is_plain
from api.lists.query import validate_names
from api.resources.messages import message
from api.store.queries.document_batch import fetch_documents
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import RunQuery
from api.store.zstd_frame import decompress
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import RecordKey
from schema.declaration.shapes import Field, Shape
from schema.documents.field_paths import FieldTree, field_paths, field_tree, paths_beside, tree_of
from schema.documents.localization_and_fieldsets import select_fields
from schema.model import Model

_MAX_INCLUDED = 1_000
MAX_DECODED = 50
"""Documents that are decoded in the event loop."""


@dataclass(frozen=True)
class Fieldset:
    """The fields of a document that a request selects."""

    tree: FieldTree
    in_plain_shape: bool

    def select(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the selected fields of a document."""
        return select_fields(document, self.tree, in_plain_shape=self.in_plain_shape)


def includable_links(shape: Shape) -> Mapping[str, tuple[Field, ...]]:
    """Return the links that `include` takes, by name: those of the record and, with a dot, of its parts."""
    links: dict[str, tuple[Field, ...]] = {}
    for field in shape.fields:
        if field.kind is Kind.LINK:
            links[field.name] = (field,)
        elif field.part:
            links |= {
                f"{field.name}.{inner.name}": (field, inner)
                for inner in field.part.fields
                if inner.kind is Kind.LINK
            }
    return links


def requested_fields(
    model: Model, shape: Shape, parameters: Mapping[str, str], *, to_list: bool
) -> Fieldset | None:
    """Return the requested fields of records, or None for all. Raise BadParameter for an unknown one."""
    tree = field_tree(model, shape, with_related_lists=not to_list)
    return _fieldset(tree, FIELDS, parameters) if FIELDS in parameters else None


def included_targets(shape: Shape) -> list[str]:
    """Return the entities of the records that can be included."""
    return sorted({links[-1].target for links in includable_links(shape).values()})


def included_fields_names(shape: Shape) -> tuple[str, ...]:
    """Return the names of the parameters that select fields of included records."""
    return tuple(included_fields_name(entity) for entity in included_targets(shape))


def included_fields(model: Model, shape: Shape, parameters: Mapping[str, str]) -> Mapping[str, Fieldset]:
    """Return the requested fields of included records by entity.

    Raise BadParameter for an unknown field, and for fields of records that are not included.
    """
    names, links = parameters.get(INCLUDE, "").split(","), includable_links(shape)
    included = {links[name][-1].target for name in names if name in links}
    fieldsets = {}
    for entity in model.by_name:
        name = included_fields_name(entity)
        if name in parameters:
            if entity not in included:
                raise BadParameter(message("fields-not-included", entity=entity), parameter=name)
            fieldsets[entity] = _fieldset(field_tree(model, model.by_name[entity]), name, parameters)
    return fieldsets


def _fieldset(tree: FieldTree, parameter: str, parameters: Mapping[str, str]) -> Fieldset:
    """Return the fields that a parameter names. Raise BadParameter for an unknown one."""
    paths, known = parameters[parameter].split(","), [*field_paths(tree)]
    unknown = next((path for path in paths if path not in known), None)
    validate_names(parameter, paths, known, paths_beside(tree, unknown) if unknown else ())
    return Fieldset(tree_of(paths), is_plain(parameters))


def validate_includes(shape: Shape, parameters: Mapping[str, str]) -> None:
    """Raise BadParameter if `include` names anything but a link."""
    if INCLUDE in parameters:
        validate_names(INCLUDE, parameters[INCLUDE].split(","), includable_links(shape))


def included_keys(shape: Shape, parameters: Mapping[str, str], documents: Iterable[bytes]) -> set[RecordKey]:
    """Return the keys of the records that `include` adds to some documents."""
    if INCLUDE not in parameters:
        return set()
    links = includable_links(shape)
    requested = [links[name] for name in parameters[INCLUDE].split(",")]
    # Other members are skipped while the JSON is parsed.
    members = {link[0].name: Any for link in requested}
    decoder = msgspec.json.Decoder(TypedDict("Links", members, total=False))  # type: ignore[operator]
    return {
        (field.target, card["id"])
        for node in map(decoder.decode, documents)
        for link in requested
        for field, card in _cards(link, node)
    }


async def load_included(
    run_query: RunQuery, statements: SelectStatements, keys: Collection[RecordKey]
) -> dict[RecordKey, bytes]:
    """Return the documents of records as zstd frames. Raise BadParameter if there are too many."""
    if len(keys) > _MAX_INCLUDED:
        detail = message("too-many-included", given=len(keys), most=_MAX_INCLUDED)
        raise BadParameter(detail, parameter=INCLUDE)
    return await fetch_documents(run_query, statements, keys)


async def encode_included(
    frames: Mapping[RecordKey, bytes], fieldsets: Mapping[str, Fieldset]
) -> list[msgspec.Raw]:
    """Return documents, or the requested fields of those of some entities, by entity and id."""
    documents = (_encode_included(decompress(frames[key]), fieldsets.get(key[0])) for key in sorted(frames))
    return await collect_in_thread(documents) if len(frames) > MAX_DECODED else [*documents]


def _encode_included(body: bytes, fieldset: Fieldset | None) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(fieldset.select(msgspec.json.decode(body))) if fieldset else body)


def _cards(
    links: tuple[Field, ...], document: Mapping[str, Any]
) -> Iterator[tuple[Field, Mapping[str, Any]]]:
    """Yield the cards at the end of a path of fields, each with the link that it is a target of."""
    first, *rest = links
    value = document.get(first.name, ())
    for inner in value if first.is_list else [value] if value else ():
        yield from _cards(tuple(rest), inner) if rest else [(first, inner)]
