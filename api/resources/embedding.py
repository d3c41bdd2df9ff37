"""The shape of answers: some fields of many, linked records with them, one language instead of all."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from api.http.parameters import FIELDS, INCLUDE
from api.http.problems import BadParameter
from api.lists.query import validate_names
from api.store.queries.document_batch import fetch_documents
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import RunQuery
from schema.declaration.annotations import LinkedQuery, RoleCount
from schema.declaration.datatypes import Kind
from schema.declaration.entity import RecordKey
from schema.declaration.shapes import Field, Shape

_MOST_INCLUDED = 1_000


def selectable_fields(shape: Shape, *, to_list: bool) -> tuple[str, ...]:
    """Return what can be chosen of a document; its id stays in any case. Lists lead to no other lists."""
    dropped = RoleCount | LinkedQuery if to_list else RoleCount
    return tuple(field.name for field in shape.fields if not isinstance(field.derived, dropped))


def includable_links(shape: Shape) -> Mapping[str, tuple[Field, ...]]:
    """Return the links whose targets can be included: of the record, and of its parts."""
    found: dict[str, tuple[Field, ...]] = {}
    for field in shape.fields:
        if field.kind is Kind.LINK:
            found[field.name] = (field,)
        elif field.part:
            found |= {
                f"{field.name}.{one.name}": (field, one) for one in field.part.fields if one.kind is Kind.LINK
            }
    return found


def requested_fields(shape: Shape, given: Mapping[str, str], *, to_list: bool) -> tuple[str, ...] | None:
    """Return the fields that are asked for, or None for all. Raise BadParameter for an unknown one."""
    if FIELDS not in given:
        return None
    names = given[FIELDS].split(",")
    validate_names(FIELDS, names, selectable_fields(shape, to_list=to_list))
    return tuple(names)


def validate_includes(shape: Shape, given: Mapping[str, str]) -> None:
    """Raise BadParameter if something is to be included that is no link."""
    if INCLUDE in given:
        validate_names(INCLUDE, given[INCLUDE].split(","), includable_links(shape))


def included_keys(
    shape: Shape, given: Mapping[str, str], documents: Iterable[Mapping[str, Any]]
) -> set[RecordKey]:
    """Return the records that are to be included with some documents."""
    if INCLUDE not in given:
        return set()
    names, paths = given[INCLUDE].split(","), includable_links(shape)
    return {
        (field.target, card["id"])
        for body in documents
        for name in names
        for field, card in _cards(paths[name], body)
    }


def _cards(path: tuple[Field, ...], body: Mapping[str, Any]) -> Iterator[tuple[Field, Mapping[str, Any]]]:
    first, *rest = path
    found = body.get(first.name, ())
    for one in found if first.is_list else [found] if found else ():
        yield from _cards(tuple(rest), one) if rest else [(first, one)]


async def load_included(
    ask: RunQuery, statements: SelectStatements, keys: Collection[RecordKey]
) -> list[msgspec.Raw]:
    """Return the documents of records, by entity and id. Raise BadParameter if there are too many."""
    if len(keys) > _MOST_INCLUDED:
        message = f"That would be {len(keys)} records, and {_MOST_INCLUDED} can be included: lower the limit."
        raise BadParameter(message, parameter=INCLUDE)
    found = await fetch_documents(ask, statements.documents, keys)
    return [msgspec.Raw(found[key]) for key in sorted(found)]
