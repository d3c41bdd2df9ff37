"""Field paths: the names of fields, and with dots those of parts and cards, that sparse fieldsets consist of."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from schema.declaration.annotations import LinkedQuery, RoleCount
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model

FieldTree = Mapping[str, "FieldTree"]
"""Names of fields, each with the names below it; a selected field without any has everything below it."""

_LABELLED: dict[str, FieldTree] = {"id": {}, "label": {}}


@cache
def field_tree(model: Model, shape: Shape, *, with_related_lists: bool = False) -> FieldTree:
    """Return the fields of a record or part, with those of its parts and cards.

    Related lists are only in the documents of records, counts of role lists in none.
    """
    excluded = RoleCount if with_related_lists else RoleCount | LinkedQuery
    return {
        field.name: _inner_fields(model, field)
        for field in shape.fields
        if not isinstance(field.derived, excluded)
    }


def field_paths(tree: FieldTree) -> Iterator[str]:
    """Yield every path of a tree."""
    for name, inner in tree.items():
        yield name
        yield from (f"{name}.{path}" for path in field_paths(inner))


def paths_beside(tree: FieldTree, path: str) -> list[str]:
    """Return the paths that begin as an unknown path does, and are one name longer than its known beginning."""
    prefix = ""
    for name in path.split("."):
        if not (inner := tree.get(name)):
            break
        tree, prefix = inner, f"{prefix}{name}."
    return [prefix + name for name in tree]


def tree_of(paths: Iterable[str]) -> FieldTree:
    """Return the tree of some paths. A path that another one begins with stands for both."""
    inner_paths: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition(".")
        inner_paths.setdefault(name, []).append(rest)
    return {name: {} if "" in rests else tree_of(rests) for name, rests in inner_paths.items()}


def _inner_fields(model: Model, field: Field) -> FieldTree:
    """Return the fields of a part or card, none for other values."""
    if field.part:
        return field_tree(model, field.part)
    match field.kind:
        case Kind.LINK:
            return _card_fields(model, model.by_name[field.target])
        case Kind.LINKED_PART if part := model.keys[field.target].part:
            return _card_fields(model, part)
        case Kind.SIBLING:
            return _LABELLED
        case Kind.COLLECTION_CARD:
            return {"uri": {}, "label": {}, "total": {}}
        case kind if kind is Kind.CONCEPT or kind in AUTHORITY_TABLES:
            return {"id": {}, "name": {}, "label": {}}
        case _:
            return {}


def _card_fields(model: Model, shape: Shape) -> FieldTree:
    return _LABELLED | {field.name: _inner_fields(model, field) for field in shape.card_fields}
