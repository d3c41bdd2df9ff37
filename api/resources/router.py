"""The router: which resource is at which path."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from api.formats.document import JsonDocument
from api.formats.format import Formats
from api.formats.messages import message
from api.http.problems import NotFound, nothing_here
from api.http.url_path_and_format_suffix import ID_PLACEHOLDER, UrlPath
from api.lists.page_reader import Paginator
from api.lists.query import ListQuerySpec, list_query_specs
from api.lists.related_lists import RelatedLists
from api.resources.collection import CollectionResource
from api.resources.entry_point_and_vocabulary import STATIC_ROUTES, ConceptResource, StaticResource
from api.resources.nearest_path import nearest_path
from api.resources.record import RecordResource
from api.resources.resource_protocol import Resource
from api.resources.route import Route
from schema.declaration.datatypes import SLUG
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.entities.partner_and_funder_lists import ROLE_LISTS, RoleList
from schema.json_schema.responses import SEARCH_LIST, list_schema_name
from vocab.ontology_terms import VOCABULARY
from vocab.turtle_parser import LANGUAGES


class Router:
    """The resources of one installation, by path. `routes` has a row for each path pattern.

    `other_paths` are those of endpoints, which a wrong path may be meant for.
    """

    def __init__(
        self,
        renderer: Renderer,
        paginator: Paginator,
        documents: Mapping[str, JsonDocument],
        formats: Formats,
        other_paths: Iterable[str] = (),
    ) -> None:
        self._renderer = renderer
        statements = self._statements = paginator.statements
        self._formats = formats
        self._related_lists = RelatedLists(paginator, renderer)
        self.documents = documents
        """The static documents by path."""
        self.collections = {
            spec.collection: CollectionResource(paginator, renderer, spec)
            for spec in list_query_specs(renderer)
        }
        self._static = {path: self._static_resource(path, document) for path, document in documents.items()}
        self._records = {
            f"/{shape.collection}/{ID_PLACEHOLDER}": RecordResource(
                statements, renderer, self._related_lists, shape
            )
            for shape in renderer.model.entities
        }
        self.routes = tuple(self._routes())
        self._known_paths = (*self._static, *(f"/{name}" for name in self.collections), *other_paths)

    @property
    def page_paths(self) -> list[str]:
        """Return the paths of the static documents and of the collections that need no query."""
        collections = (name for name, one in self.collections.items() if isinstance(one.spec, ListQuerySpec))
        return [*self._static, *(f"/{name}" for name in collections)]

    def split(self, path: UrlPath) -> tuple[UrlPath, str]:
        """Return the path pattern of a record and its id; of any other path, itself and an empty id."""
        collection, _, identifier = path.stem.rpartition("/")
        pattern = f"{collection}/{ID_PLACEHOLDER}"
        if identifier and pattern in self._records:
            return path._replace(stem=pattern), identifier
        return path, ""

    def match(self, path: UrlPath) -> Resource:
        """Return the resource at a path or path pattern. Raise NotFound if there is none."""
        if path.suffix is not None and path.suffix not in self._formats.by_name:
            raise NotFound(message("suffix-of-no-format", names=", ".join(self._formats.by_name)))
        if not self._has_language(path):
            raise NotFound(message("language-of-no-page", languages=", ".join(LANGUAGES)))
        resource: Resource | None = self._static.get(path.stem) or self._records.get(path.stem)
        resource = resource or self.collections.get(path.stem.removeprefix("/"))
        if resource is None:
            raise nothing_here(*filter(None, [nearest_path(path.stem, self._known_paths)]))
        return resource

    def redirect(self, path: UrlPath) -> str | None:
        """Return the path that another leads to, or None if it leads nowhere.

        A record of a role list is at the path of its entity. A path with one slash too many, or with capitals
        in the name of its collection, leads to the path without.
        """
        if path.suffix is not None and path.suffix not in self._formats.by_name:
            return None
        if not self._has_language(path):
            return None
        corrected = _corrected(path)
        match corrected.stem.split("/"):
            case ["", collection, identifier] if collection in ROLE_LISTS and re.search(SLUG, identifier):
                shape = self._shape(ROLE_LISTS[collection])
                return path._replace(stem=f"/{shape.collection}/{identifier}").url({})
        return corrected.url({}) if corrected != path and self._is_path(corrected) else None

    def _has_language(self, path: UrlPath) -> bool:
        """Return True if a path has no language, or has that of a page before the suffix of what is localized."""
        row = self._formats.by_name[path.suffix] if path.suffix is not None else None
        is_localized = row is not None and (row.is_page or row.is_localized)
        return path.language is None or (is_localized and path.language in LANGUAGES)

    def _is_path(self, path: UrlPath) -> bool:
        """Return True if a resource is at a path, or a record may be."""
        pattern, identifier = self.split(path)
        if identifier:
            return bool(re.search(SLUG, identifier))
        return pattern.stem in self._static or pattern.stem.removeprefix("/") in self.collections

    def _static_resource(self, path: str, document: JsonDocument) -> Resource:
        match path.split("/"):
            case ["", vocabulary, scheme, code] if vocabulary == VOCABULARY:
                if scheme in self._related_lists.by_scheme:
                    return ConceptResource(document, self._related_lists, scheme, code)
        return StaticResource(document, self._statements)

    def _routes(self) -> Iterator[Route]:
        entry_point, *vocabulary = (self._static_route(route) for route in STATIC_ROUTES)
        yield entry_point
        for collection in self.collections.values():
            spec = collection.spec
            yield self._collection_route(collection)
            if spec.role:
                yield self._role_route(spec.role)
            elif spec.shape:
                yield self._record_route(spec.shape)
        yield from vocabulary

    def _static_route(self, route: Route) -> Route:
        """Return the route of a family of static documents with one of its resources."""
        pattern = re.compile(re.sub(r"{\w+}", "[^/]+", route.pattern))
        resource = next(one for path, one in self._static.items() if pattern.fullmatch(path))
        return replace(route, resource=resource)

    def _collection_route(self, resource: CollectionResource) -> Route:
        spec = resource.spec
        schema_name = list_schema_name(spec.shape.name, spec.role) if spec.shape else SEARCH_LIST
        return Route(
            f"/{spec.collection}",
            f"list{_camel_case(spec.collection)}" if spec.shape else spec.collection,
            self._tag(spec.collection),
            f"A page of the list: {spec.collection}",
            schema_name,
            resource,
        )

    def _record_route(self, shape: Shape) -> Route:
        pattern = f"/{shape.collection}/{ID_PLACEHOLDER}"
        return Route(
            pattern,
            f"get{shape.name}",
            self._tag(shape.collection),
            f"One of the {shape.collection}",
            shape.name,
            self._records[pattern],
        )

    def _role_route(self, role: RoleList) -> Route:
        shape = self._shape(role)
        return Route(
            f"/{role.collection}/{ID_PLACEHOLDER}",
            f"get{role.member}",
            self._tag(role.collection),
            f"Redirects to one of the {shape.collection}",
            redirects_to=f"/{shape.collection}/{ID_PLACEHOLDER}",
        )

    def _shape(self, role: RoleList) -> Shape:
        return self._renderer.model.by_name[role.entity]

    def _tag(self, collection: str) -> str:
        return self._renderer.model.ontology.labels(collection)["en"]


def _corrected(path: UrlPath) -> UrlPath:
    """Return a path without one trailing slash, and its first segment in lower case."""
    stem = path.stem if path.suffix else path.stem.removesuffix("/")
    first, slash, rest = stem.removeprefix("/").partition("/")
    return path._replace(stem=f"/{first.lower()}{slash}{rest}") if first else path


def _camel_case(collection: str) -> str:
    return "".join(word.title() for word in collection.split("-"))
