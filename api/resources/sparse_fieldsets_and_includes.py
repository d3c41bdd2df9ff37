"""Sparse fieldsets and included records: the `fields` and `include` parameters."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from api.http.parameter_names import FIELDS, INCLUDE
from api.http.problems import BadParameter
from api.lists.query import validate_names
from api.resources.messages import message
from api.store.queries.document_batch import fetch_documents
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import RunQuery
from schema.declaration.annotations import LinkedQuery, RoleCount
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import RecordKey
from schema.declaration.shapes import Field, Shape

_MAX_INCLUDED = 1_000


def selectable_fields(shape: Shape, *, to_list: bool) -> tuple[str, ...]:
    """Return the names that `fields` takes. List items have no related lists."""
    excluded = RoleCount | LinkedQuery if to_list else RoleCount
    return tuple(field.name for field in shape.fields if not isinstance(field.derived, excluded))


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


def requested_fields(shape: Shape, parameters: Mapping[str, str], *, to_list: bool) -> tuple[str, ...] | None:
    """Return the requested field names, or None for all. Raise BadParameter for an unknown one."""
    if FIELDS not in parameters:
        return None
    names = parameters[FIELDS].split(",")
    validate_names(FIELDS, names, selectable_fields(shape, to_list=to_list))
    return tuple(names)


def validate_includes(shape: Shape, parameters: Mapping[str, str]) -> None:
    """Raise BadParameter if `include` names anything but a link."""
    if INCLUDE in parameters:
        validate_names(INCLUDE, parameters[INCLUDE].split(","), includable_links(shape))


def included_keys(
    shape: Shape, parameters: Mapping[str, str], documents: Iterable[Mapping[str, Any]]
) -> set[RecordKey]:
    """Return the keys of the records that `include` adds to some documents."""
    if INCLUDE not in parameters:
        return set()
    names, links = parameters[INCLUDE].split(","), includable_links(shape)
    return {
        (field.target, card["id"])
        for document in documents
        for name in names
        for field, card in _cards(links[name], document)
    }


async def load_included(
    run_query: RunQuery, statements: SelectStatements, keys: Collection[RecordKey]
) -> list[msgspec.Raw]:
    """Return the documents of records, by entity and id. Raise BadParameter if there are too many."""
    if len(keys) > _MAX_INCLUDED:
        detail = message("too-many-included", given=len(keys), most=_MAX_INCLUDED)
        raise BadParameter(detail, parameter=INCLUDE)
    bodies = await fetch_documents(run_query, statements.documents, keys)
    return [msgspec.Raw(bodies[key]) for key in sorted(bodies)]


def _cards(
    links: tuple[Field, ...], document: Mapping[str, Any]
) -> Iterator[tuple[Field, Mapping[str, Any]]]:
    """Yield the cards at the end of a path of fields, each with the link that it is a target of."""
    first, *rest = links
    value = document.get(first.name, ())
    for inner in value if first.is_list else [value] if value else ():
        yield from _cards(tuple(rest), inner) if rest else [(first, inner)]
