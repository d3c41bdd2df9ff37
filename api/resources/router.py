"""Which resource is at which address."""

import re
from collections.abc import Mapping

from api.formats.document import Document
from api.formats.registry import BY_NAME
from api.http.problems import NOTHING_HERE, NotFound
from api.http.urls import ONE, Address
from api.lists.pagination import Paging
from api.lists.query import askings
from api.lists.related_lists import ProjectLists
from api.resources.collection import Listing
from api.resources.record import Record
from api.resources.resource import Resource
from api.resources.static import ConceptPage, Page
from api.store.queries.select_statements import Statements
from schema.declaration.datatypes import SLUG
from schema.documents.renderer import Renderer
from schema.entities.role_lists import ROLES, Role
from vocab.ontology import VOCABULARY


class Places:
    """The addresses of one installation that have several formats."""

    def __init__(self, renderer: Renderer, statements: Statements, pages: Mapping[str, Document]) -> None:
        self._renderer = renderer
        self._statements = statements
        paging = Paging(statements, renderer.model.places)
        self._project_lists = ProjectLists(paging, renderer)
        self.lists = {one.collection: Listing(paging, renderer, one) for one in askings(renderer)}
        self._pages = {path: self._page(path, document) for path, document in pages.items()}
        self._records = {f"/{name}": f"/{name}/{ONE}" for name in renderer.model.by_collection}

    def parted(self, address: Address) -> tuple[Address, str]:
        """Return the address of any record in the place of that of one, and the id of that one.

        Other addresses are returned as they are, with an empty id.
        """
        collection, _, identifier = address.stem.rpartition("/")
        if identifier and (any_record := self._records.get(collection)):
            return Address(any_record, address.suffix), identifier
        return address, ""

    def resource(self, address: Address) -> Resource:
        """Return what is at an address, or at that of any record. Raise NotFound if nothing can be there."""
        if address.suffix is not None and address.suffix not in BY_NAME:
            message = f"The suffix is not that of a format; there are {', '.join(BY_NAME)}."
            raise NotFound(message)
        if page := self._pages.get(address.stem):
            return page
        match address.stem.split("/"):
            case ["", collection] if found := self.lists.get(collection):
                return found
            case ["", collection, identifier] if identifier == ONE:
                shape = self._renderer.model.by_collection[collection]
                return Record(self._statements, self._renderer, self._project_lists, shape)
        raise NotFound(NOTHING_HERE)

    def moved(self, address: Address) -> str | None:
        """Return the path of a record that is asked for by its role, or None for other addresses."""
        is_known = address.suffix is None or address.suffix in BY_NAME
        match address.stem.split("/"):
            case ["", collection, identifier] if is_known and (role := _role(collection, identifier)):
                shape = self._renderer.model.by_name[role.entity]
                return Address(f"/{shape.collection}/{identifier}", address.suffix).path({})
        return None

    def _page(self, path: str, document: Document) -> Resource:
        match path.split("/"):
            case ["", vocabulary, scheme, code] if vocabulary == VOCABULARY:
                if scheme in self._project_lists.by_scheme:
                    return ConceptPage(document, self._project_lists, scheme, code)
        return Page(document)


def _role(collection: str, identifier: str) -> Role | None:
    """Return the role whose list a record would be in, if it can have the id at all."""
    return ROLES.get(collection) if re.search(SLUG, identifier) else None
