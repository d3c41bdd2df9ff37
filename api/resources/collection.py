"""The collection resource: validates the parameters of a list request and prepares its response."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from api.formats.document import ResourceKind
from api.formats.format import Format, Highlighting, ListContext, PageLimits, RecordWriter
from api.http.parameter_names import CURSOR, FIELDS, HIGHLIGHT, INCLUDE, LIMIT, PROFILE, SEARCH
from api.http.problems import BadParameter, UriTooLong
from api.http.url_path_and_format_suffix import with_query
from api.lists.page_reader import Paginator
from api.lists.query import ListQuerySpec, SearchSpec
from api.resources.collection_page import CollectionPage
from api.resources.list_items import ListItems
from api.resources.messages import message
from api.resources.resource_protocol import LIST_OPTIONS, DocumentLoader, Resource
from api.resources.sparse_fieldsets_and_includes import (
    included_fields,
    included_fields_names,
    requested_fields,
    validate_includes,
)
from schema.documents.renderer import Renderer, item_fields
from schema.entities.partner_and_funder_lists import ROLE_LISTS

MAX_QUERY_LENGTH = 4_096
"""Characters of the query in a URL: the rest of a URL's length is left for the cursors of its pages."""


@dataclass(frozen=True)
class CollectionResource:
    """A list of records, of one entity or of all."""

    paginator: Paginator
    renderer: Renderer
    spec: ListQuerySpec | SearchSpec
    schema_url: str = ""

    @property
    def kind(self) -> ResourceKind:
        """Return SEARCH for a list of all entities, which no table can hold."""
        return ResourceKind.COLLECTION if self.spec.shape else ResourceKind.SEARCH

    @property
    def options(self) -> frozenset[str]:
        """Return the representation options. Records of several entities have no fields in common."""
        return LIST_OPTIONS if self.spec.shape else LIST_OPTIONS - {FIELDS, INCLUDE, PROFILE}

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters of queries and paging."""
        return (*self.spec.parameter_names, LIMIT, CURSOR, *self._included_fields_names)

    @property
    def multivalued(self) -> frozenset[str]:
        """Return the names of the parameters that take several values."""
        return self.spec.multivalued.union(self._included_fields_names)

    @cached_property
    def _included_fields_names(self) -> tuple[str, ...]:
        return included_fields_names(self.spec.shape) if self.spec.shape else ()

    def prepare(self, parameters: Mapping[str, str], chosen: Format) -> DocumentLoader:
        """Return the loader of the page at the cursor. Raise a Problem for invalid parameters.

        The loader raises BadParameter for a cursor of another query, and for a value that names no record.
        """
        return self._page(chosen, parameters).load

    def _page(self, chosen: Format, parameters: Mapping[str, str]) -> CollectionPage:
        _check_length(parameters)
        limit = _limit(parameters.get(LIMIT), chosen.limits)
        highlighted = _is_highlighted(parameters, chosen)
        shape = self.spec.shape
        model = self.renderer.model
        fieldset = requested_fields(model, shape, parameters, to_list=True) if shape else None
        if shape:
            validate_includes(shape, parameters)
        is_in_items = not (shape and fieldset) or fieldset.tree.keys() <= {*item_fields(shape)}
        full_documents = not chosen.full_documents and (
            not is_in_items or highlighted or INCLUDE in parameters
        )
        query = self.spec.list_query(parameters, full_documents=full_documents)
        items = ListItems(self.renderer, query, fieldset, highlighted=highlighted)
        return CollectionPage(
            self.paginator,
            self.renderer,
            self.spec,
            parameters,
            limit,
            items,
            included_fields(model, shape, parameters) if shape else {},
            with_facets=chosen.is_page,
            record_writer=self._record_writer(chosen, parameters),
            with_parameters=partial(self._page, chosen),
        )

    def _record_writer(self, chosen: Format, parameters: Mapping[str, str]) -> RecordWriter | None:
        """Return the writer of a format whose records are full documents. Raise BadParameter for invalid options."""
        if not (chosen.create_record_writer and self.spec.shape):
            return None
        is_role_list = self.spec.collection in ROLE_LISTS
        return chosen.create_record_writer(
            ListContext(self.renderer, self.spec.shape, parameters, is_role_list)
        )


def looked_up_values(resource: Resource, parameters: Mapping[str, str]) -> frozenset[str]:
    """Return the values of valid parameters of a resource that only its data can refuse: ids and a cursor."""
    if not isinstance(resource, CollectionResource):
        return frozenset()
    cursors = frozenset({parameters[CURSOR]}) if CURSOR in parameters else frozenset()
    if isinstance(resource.spec, SearchSpec):
        return cursors
    return cursors.union(value.key[1] for value in resource.spec.parser.record_values(parameters))


def _check_length(parameters: Mapping[str, str]) -> None:
    """Raise UriTooLong for a query that leaves no room for a cursor."""
    length = len(with_query("", {name: value for name, value in parameters.items() if name != CURSOR}))
    if length > MAX_QUERY_LENGTH:
        raise UriTooLong(message("query-too-long", most=MAX_QUERY_LENGTH, given=length))


def _limit(text: str | None, limits: PageLimits) -> int:
    if text is None:
        return limits.default
    if not (re.fullmatch("[0-9]{1,6}", text) and 1 <= int(text) <= limits.maximum):
        raise BadParameter(message("bad-limit", most=limits.maximum), parameter=LIMIT)
    return int(text)


def _is_highlighted(parameters: Mapping[str, str], chosen: Format) -> bool:
    """Return True if items show where the search matched. Raise BadParameter for a misplaced `highlight`."""
    if parameters.get(HIGHLIGHT, "true") not in ("true", "false"):
        raise BadParameter(message("not-boolean"), parameter=HIGHLIGHT)
    if HIGHLIGHT in parameters and SEARCH not in parameters:
        raise BadParameter(message("highlight-without-search", parameter=SEARCH), parameter=HIGHLIGHT)
    if chosen.highlighting is Highlighting.NEVER or SEARCH not in parameters:
        return False
    default = "true" if chosen.highlighting is Highlighting.BY_DEFAULT else "false"
    return parameters.get(HIGHLIGHT, default) == "true"
