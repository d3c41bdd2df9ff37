"""Lists: what can be asked of them, and what reads the page that is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.formats.registry import JSON, Format, PageLimits
from api.http.parameters import CURSOR, FIELDS, HIGHLIGHT, INCLUDE, PROFILE, SEARCH
from api.http.problems import BadParameter, UriTooLong
from api.http.urls import with_query
from api.lists.cursor import Cursor, CursorError
from api.lists.pagination import Paginator
from api.lists.query import ListQuerySpec, SearchSpec
from api.resources.collection_page import CollectionPage
from api.resources.embedding import requested_fields, validate_includes
from api.resources.list_items import ListItems
from api.resources.resource import LIST_OPTIONS, DocumentLoader
from api.store.queries.list_query import ListQuery
from schema.documents.renderer import Renderer

MAX_QUERY_LENGTH = 4_096
"""Characters of a question in an address, so that the addresses of its pages can be asked too."""


@dataclass(frozen=True)
class CollectionResource:
    """A list that can be asked questions."""

    paginator: Paginator
    renderer: Renderer
    spec: ListQuerySpec | SearchSpec
    schema_url: str = ""

    @property
    def is_list(self) -> bool:
        """Tell whether all records are of one entity, so that they can be written as a table."""
        return self.spec.shape is not None

    @property
    def options(self) -> frozenset[str]:
        """Return the parameters of shape that it takes: of different entities no fields can be named."""
        return LIST_OPTIONS if self.is_list else LIST_OPTIONS - {FIELDS, INCLUDE, PROFILE}

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the parameters that it takes besides those of formats and shapes."""
        return (*self.spec.parameter_names, "limit", CURSOR)

    @property
    def multivalued(self) -> frozenset[str]:
        """Return the parameters that take several values."""
        return self.spec.multivalued

    def prepare(self, given: Mapping[str, str], chosen: Format) -> DocumentLoader:
        """Return what reads the page that the cursor is at. Raise a problem for what cannot be asked."""
        _check_length(given)
        limit = _limit(given.get("limit"), chosen.limits)
        highlighted = _highlighted(given, chosen)
        fields = requested_fields(self.spec.shape, given, to_list=True) if self.spec.shape else None
        is_whole = bool(chosen.is_table or fields or highlighted or INCLUDE in given)
        if self.spec.shape:
            validate_includes(self.spec.shape, given)
        wanted = self.spec.list_query(given, is_whole=is_whole)
        cursor = _cursor(given.get(CURSOR), wanted)
        items = ListItems(
            self.renderer, wanted, fields, highlighted=highlighted, full_documents=chosen.is_table
        )
        return CollectionPage(
            self.paginator,
            self.renderer,
            self.spec,
            given,
            cursor,
            limit,
            items,
            with_facets=chosen.is_page,
        ).read


def _check_length(given: Mapping[str, str]) -> None:
    """Raise UriTooLong for a question beside which there is no room for a cursor."""
    length = len(with_query("", {name: value for name, value in given.items() if name != CURSOR}))
    if length > MAX_QUERY_LENGTH:
        message = (
            f"A question has at most {MAX_QUERY_LENGTH} characters in an address; this one has {length}."
        )
        raise UriTooLong(message)


def _cursor(text: str | None, wanted: ListQuery) -> Cursor | None:
    if text is None:
        return None
    try:
        cursor = Cursor.decode(text, wanted.canonical_text)
    except CursorError:
        cursor = None
    if cursor is None or not wanted.is_position(cursor.keys):
        message = "The cursor is not one that this list gave, asked so and in this order; begin without it."
        raise BadParameter(message, parameter=CURSOR)
    return cursor


def _limit(text: str | None, limits: PageLimits) -> int:
    if text is None:
        return limits.default
    if not (re.fullmatch("[0-9]{1,6}", text) and 1 <= int(text) <= limits.maximum):
        message = f"The limit is not a whole number from 1 to {limits.maximum}."
        raise BadParameter(message, parameter="limit")
    return int(text)


def _highlighted(given: Mapping[str, str], chosen: Format) -> bool:
    """Tell whether matches are to be marked: people see them always."""
    if given.get(HIGHLIGHT, "true") not in ("true", "false"):
        message = "It is true or false."
        raise BadParameter(message, parameter=HIGHLIGHT)
    if HIGHLIGHT in given and SEARCH not in given:
        message = f"It marks what {SEARCH} finds, and there is no {SEARCH}."
        raise BadParameter(message, parameter=HIGHLIGHT)
    by_default = "true" if chosen.is_page else "false"
    return (
        (chosen.is_page or chosen is JSON) and SEARCH in given and given.get(HIGHLIGHT, by_default) == "true"
    )
