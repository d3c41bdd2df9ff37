"""The shape of answers: some fields of many, linked records with them, one language instead of all."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from api.http.parameters import FIELDS, INCLUDE
from api.http.problems import BadParameter
from api.lists.query import check_names
from api.store.queries.document_batch import bodies
from api.store.queries.select_statements import Statements
from api.store.readers.reader import Ask
from schema.declaration.annotations import ByQuestion, ByRole
from schema.declaration.datatypes import Kind
from schema.declaration.entity import Key
from schema.declaration.shapes import Field, Shape

_MOST_INCLUDED = 1_000


def field_names(shape: Shape, *, to_list: bool) -> tuple[str, ...]:
    """Return what can be chosen of a document; its id stays in any case. Lists lead to no other lists."""
    dropped = ByRole | ByQuestion if to_list else ByRole
    return tuple(field.name for field in shape.fields if not isinstance(field.derived, dropped))


def link_paths(shape: Shape) -> Mapping[str, tuple[Field, ...]]:
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


def chosen_fields(shape: Shape, given: Mapping[str, str], *, to_list: bool) -> tuple[str, ...] | None:
    """Return the fields that are asked for, or None for all. Raise BadParameter for an unknown one."""
    if FIELDS not in given:
        return None
    names = given[FIELDS].split(",")
    check_names(FIELDS, names, field_names(shape, to_list=to_list))
    return tuple(names)


def check_links(shape: Shape, given: Mapping[str, str]) -> None:
    """Raise BadParameter if something is to be included that is no link."""
    if INCLUDE in given:
        check_names(INCLUDE, given[INCLUDE].split(","), link_paths(shape))


def linked(shape: Shape, given: Mapping[str, str], documents: Iterable[Mapping[str, Any]]) -> set[Key]:
    """Return the records that are to be included with some documents."""
    if INCLUDE not in given:
        return set()
    names, paths = given[INCLUDE].split(","), link_paths(shape)
    return {
        (field.target, card["id"])
        for body in documents
        for name in names
        for field, card in _cards(paths[name], body)
    }


def _cards(path: tuple[Field, ...], body: Mapping[str, Any]) -> Iterator[tuple[Field, Mapping[str, Any]]]:
    first, *rest = path
    found = body.get(first.name, ())
    for one in found if first.many else [found] if found else ():
        yield from _cards(tuple(rest), one) if rest else [(first, one)]


async def included(ask: Ask, statements: Statements, keys: Collection[Key]) -> list[msgspec.Raw]:
    """Return the documents of records, by entity and id. Raise BadParameter if there are too many."""
    if len(keys) > _MOST_INCLUDED:
        message = f"That would be {len(keys)} records, and {_MOST_INCLUDED} can be included: lower the limit."
        raise BadParameter(message, parameter=INCLUDE)
    found = await bodies(ask, statements.documents, keys)
    return [msgspec.Raw(found[key]) for key in sorted(found)]
