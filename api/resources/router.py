"""Which resource is at which address."""

import re
from collections.abc import Mapping

from api.formats.document import JsonDocument
from api.formats.registry import FORMATS_BY_NAME
from api.http.problems import NOT_FOUND_DETAIL, NotFound
from api.http.urls import ID_PLACEHOLDER, UrlPath
from api.lists.pagination import Paginator
from api.lists.query import list_query_specs
from api.lists.related_lists import RelatedLists
from api.resources.collection import CollectionResource
from api.resources.record import RecordResource
from api.resources.resource import Resource
from api.resources.static import ConceptResource, StaticResource
from api.store.queries.select_statements import SelectStatements
from schema.declaration.datatypes import SLUG
from schema.documents.renderer import Renderer
from schema.entities.role_lists import ROLE_LISTS, RoleList
from vocab.ontology import VOCABULARY


class Router:
    """The addresses of one installation that have several formats."""

    def __init__(
        self, renderer: Renderer, statements: SelectStatements, pages: Mapping[str, JsonDocument]
    ) -> None:
        self._renderer = renderer
        self._statements = statements
        paging = Paginator(statements, renderer.model.entity_ordinals)
        self._project_lists = RelatedLists(paging, renderer)
        self.collections = {
            one.collection: CollectionResource(paging, renderer, one) for one in list_query_specs(renderer)
        }
        self._pages = {path: self._page(path, document) for path, document in pages.items()}
        self._records = {f"/{name}": f"/{name}/{ID_PLACEHOLDER}" for name in renderer.model.by_collection}

    def split(self, address: UrlPath) -> tuple[UrlPath, str]:
        """Return the address of any record in the place of that of one, and the id of that one.

        Other addresses are returned as they are, with an empty id.
        """
        collection, _, identifier = address.stem.rpartition("/")
        if identifier and (any_record := self._records.get(collection)):
            return UrlPath(any_record, address.suffix), identifier
        return address, ""

    def match(self, address: UrlPath) -> Resource:
        """Return what is at an address, or at that of any record. Raise NotFound if nothing can be there."""
        if address.suffix is not None and address.suffix not in FORMATS_BY_NAME:
            message = f"The suffix is not that of a format; there are {', '.join(FORMATS_BY_NAME)}."
            raise NotFound(message)
        if page := self._pages.get(address.stem):
            return page
        match address.stem.split("/"):
            case ["", collection] if found := self.collections.get(collection):
                return found
            case ["", collection, identifier] if identifier == ID_PLACEHOLDER:
                shape = self._renderer.model.by_collection[collection]
                return RecordResource(self._statements, self._renderer, self._project_lists, shape)
        raise NotFound(NOT_FOUND_DETAIL)

    def redirect(self, address: UrlPath) -> str | None:
        """Return the path of a record that is asked for by its role, or None for other addresses."""
        is_known = address.suffix is None or address.suffix in FORMATS_BY_NAME
        match address.stem.split("/"):
            case ["", collection, identifier] if is_known and (role := _role(collection, identifier)):
                shape = self._renderer.model.by_name[role.entity]
                return UrlPath(f"/{shape.collection}/{identifier}", address.suffix).url({})
        return None

    def _page(self, path: str, document: JsonDocument) -> Resource:
        match path.split("/"):
            case ["", vocabulary, scheme, code] if vocabulary == VOCABULARY:
                if scheme in self._project_lists.by_scheme:
                    return ConceptResource(document, self._project_lists, scheme, code)
        return StaticResource(document)


def _role(collection: str, identifier: str) -> RoleList | None:
    """Return the role whose list a record would be in, if it can have the id at all."""
    return ROLE_LISTS.get(collection) if re.search(SLUG, identifier) else None
