"""Tests of hidden data: unknown parameters are refused, and a draft is as unknown as an id that is not there."""

import json
import random
from collections.abc import Iterator, Mapping
from itertools import pairwise
from urllib.parse import quote

import pytest

from api.formats.format import Formats
from api.formats.registry import FORMATS
from api.http.parameter_names import SEARCH, SORT
from api.resources.sparse_fieldsets_and_includes import includable_links
from api.store.log.actions import publish, save
from schema import MODEL
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.documents.field_paths import field_paths, field_tree
from schema.index.sort_keys import BY_ID, sort_key_names
from schema.query.parameters import DISJUNCTION
from schema.storage.tables import TABLES
from tests.support.generators.list_requests import LISTS, list_parameters
from tests.support.generators.paired_sites import PUBLIC
from tests.support.generators.records import random_record
from tests.support.raw_asgi_requests import RawRequest, RawResponse, send_requests
from tests.support.site import BASE, KINDS, Site, site_on

FOREIGN_PARAMETERS = ["filter", "filters", "where", "query", "search", "order", "order_by", "orderby", "ordering", "sort_by", "group_by", "page", "per_page", "offset", "skip", "size", "select", "expand", "embed", "populate", "depth", "with", "count", "facets", "having", "distinct", "status_eq", "draft", "drafts", "preview", "published", "state", "trashed", "deleted", "include_deleted", "version", "versions", "revision", "at", "as_of", "actor", "note", "user", "token", "key", "api_key", "debug", "explain", "sql", "callback", "jsonp", "_method", "$filter", "$select", "$expand", "$top", "__proto__", "constructor"]  # fmt: skip
"""Parameters of other APIs, and parameters that would reveal internal data."""

INTERNAL_PATHS = (
    "record.actor",
    "record.created",
    "programme.name",
    "funder.draft",
    "participations.organisation.name",
)

COLLECTIONS = [f"/{collection}" for collection in MODEL.by_collection]

DRAFT, UNKNOWN = "canary-0", "canary-7"
"""Ids of equal length and with the same position among others, so that they may be exchanged in responses."""


def columns() -> set[str]:
    """Return the names of all tables and columns of the database."""
    tables = TABLES.metadata.tables.values()
    return {name for table in tables for name in (table.name, *table.columns.keys())}


def variants(name: str) -> Iterator[str]:
    """Yield variants of a name that a lax check would accept as that name."""
    yield from (
        name.upper(),
        name.title(),
        f" {name}",
        f"{name} ",
        f"{name}\t",
        f"{name}\0",
        f"{name}\n",
        f"+{name}",
    )
    yield from (f"{name}[]", f"{name}[0]", f"{name}[eq]", f"filter[{name}]", f"filter.{name}", f"{name}:eq")
    yield from (
        f"{name}__in",
        f"{name}__gte",
        f"{name}.id",
        f"{name}!",
        f"-{name}",
        f"_{name}",
        f"{name};",
        f'"{name}"',
    )
    yield from (f"{name}%00", f"%25{name}", f"\ufeff{name}", f"\u200b{name}", name.replace("e", "\u0435", 1))
    yield from (
        "".join(chr(ord(char) + 0xFEE0) if char.isascii() else char for char in name),
        f"{name})--",
        f"{name}'",
    )


def accepted_parameters(shape: Shape | None) -> set[str]:
    """Return the names of the parameters that a list accepts."""
    if shape is None:
        return {SEARCH, "limit", "cursor", "format", *Formats(FORMATS).options} - {
            "fields",
            "include",
            "profile",
        }
    return {
        *list_parameters(shape),
        DISJUNCTION,
        SEARCH,
        SORT,
        "limit",
        "cursor",
        "format",
        *Formats(FORMATS).options,
    }


def unaccepted_names(accepted: set[str]) -> list[str]:
    """Return all plausible names that are not accepted, and variants of three accepted ones."""
    misspelt = {variant for name in sorted(accepted)[:3] for variant in variants(name)}
    names = {*columns(), *FOREIGN_PARAMETERS, *INTERNAL_PATHS} | misspelt
    return sorted(names - accepted)


def accepted_names(shape: Shape) -> Mapping[str, set[str]]:
    """Return the names that are accepted as values, by parameter."""
    fields = {*list_parameters(shape)["has"].codes}
    return {
        SORT: {BY_ID, *sort_key_names(shape), *(f"-{name}" for name in (BY_ID, *sort_key_names(shape)))},
        "fields": {*field_paths(field_tree(MODEL, shape))},
        "include": {*includable_links(shape)},
        "has": fields | {f"-{name}" for name in fields},
        "missing": fields | {f"-{name}" for name in fields},
    }


def problems(site: Site, queries: list[tuple[str, str, str]]) -> Iterator[tuple[tuple[str, str, str], dict]]:
    """Send queries of path, parameter and value; yield each with its problem.

    Raise AssertionError if a query is not refused.
    """
    requests = [
        RawRequest(f"{path}?{quote(name, safe='')}={quote(value, safe='')}".encode())
        for path, name, value in queries
    ]
    for query, response in zip(queries, send_requests(site, requests), strict=True):
        assert response.status == 400, query
        yield query, json.loads(response.body)


@pytest.fixture(scope="module", params=KINDS)
def drafts_site(request, databases) -> Iterator[Site]:
    """A site with public records of each entity, and drafts that link to each other in every way."""
    rng = random.Random(6)  # noqa: S311 - the same records each time
    drafts = [(entity, DRAFT) for entity in MODEL.by_name]
    with site_on(databases.make(request.param)) as site:
        public = [random_record(rng, key, "Public", PUBLIC, links=0) for key in PUBLIC]
        site.store.commit([publish(entity) for entity in public], "editor")
        hidden = [random_record(rng, key, "Canary", drafts, links=1) for key in [*PUBLIC, *drafts]]
        site.store.commit([save(entity) for entity in hidden], "editor")
        yield site


@pytest.fixture(scope="module")
def site(databases) -> Iterator[Site]:
    with site_on(databases.make("sqlite")) as site:
        yield site


@pytest.mark.parametrize("path", LISTS)
def test_an_unknown_parameter_is_refused_by_name(site, path):
    accepted = accepted_parameters(LISTS[path])
    queries = [(path, name, "x") for name in unaccepted_names(accepted)]
    assert len(queries) > 150
    for (_, name, _), problem in problems(site, queries):
        assert problem["type"] == f"{BASE}/problems/unknown-parameter", name
        assert problem["parameter"] == name


@pytest.mark.parametrize("path", COLLECTIONS)
def test_an_unknown_name_as_a_value_is_refused(site, path):
    for parameter, accepted in accepted_names(LISTS[path]).items():
        names = [name for name in unaccepted_names(accepted) if not name.startswith("-")]
        for (_, _, name), problem in problems(site, [(path, parameter, name) for name in names]):
            assert problem["type"] == f"{BASE}/problems/bad-parameter", name
            assert problem["parameter"] == parameter


@pytest.mark.parametrize("path", COLLECTIONS)
def test_an_alternative_with_an_unknown_parameter_is_refused(site, path):
    parameters = list_parameters(LISTS[path]).values()
    accepted = {parameter.name for parameter in parameters if parameter.is_multivalued}
    names = unaccepted_names(accepted)
    for (_, _, name), problem in problems(site, [(path, DISJUNCTION, f"{name}:x") for name in names]):
        assert problem["parameter"] == DISJUNCTION, name


def test_a_percent_encoded_name_is_the_same_name(network):
    plain = network.get("/projects?status=completed&sort=-title")
    assert plain.status_code == 200
    assert network.get("/projects?%73tatus=complete%64&sor%74=%2Dtitle").content == plain.content


def link_parameters(shape: Shape) -> list[str]:
    """Return the names of the parameters that accept ids of records."""
    parameters = list_parameters(shape).values()
    return [parameter.name for parameter in parameters if parameter.kind is Kind.LINK]


@pytest.mark.parametrize("path", [path for path, shape in LISTS.items() if shape])
def test_a_filter_by_the_id_of_a_draft_is_refused_as_one_by_an_unknown_id(drafts_site, path):
    """Each response contains the id of its query; apart from that they are equal."""
    names, public = link_parameters(LISTS[path]), f"{LISTS[path].name.lower()}-0"
    values = ("%s", "-%s", f"%s,{public}", f"-%s,{public}")
    filters = [f"{name}={value}" for name in names for value in values]
    filters += [f"any={name}:%s,{next_name}:%s" for name, next_name in pairwise([*names, *names])]
    targets = [
        f"{path}?limit=200&format={format_}&{filter_}"
        for filter_ in filters
        for format_ in ("json", "csv", "html")
    ]
    drafts = send_requests(
        drafts_site, [RawRequest(target.replace("%s", DRAFT).encode()) for target in targets]
    )
    unknowns = send_requests(
        drafts_site, [RawRequest(target.replace("%s", UNKNOWN).encode()) for target in targets]
    )
    for target, draft, unknown in zip(targets, drafts, unknowns, strict=True):
        assert draft.status == unknown.status == 400
        assert draft.body == unknown.body.replace(UNKNOWN.encode(), DRAFT.encode()), target
        assert headers(draft) == headers(unknown).replace(UNKNOWN, DRAFT), target


def headers(response: RawResponse) -> str:
    """Return the headers without the ETag, which depends on the id in the query."""
    return str([header for header in response.headers if header[0] != "etag"])


@pytest.mark.parametrize("collection", ["partners", "funders", *MODEL.by_collection])
def test_the_path_of_a_draft_gets_the_response_of_an_unknown_id(drafts_site, collection):
    suffixes = (
        "",
        ".json",
        ".ttl",
        ".html",
        ".csv",
        ".xyz",
        "?x=1",
        "?format=csv",
        "?fields=id",
        "?include=x",
        "/x",
    )
    for suffix in suffixes:
        draft, unknown = send_requests(
            drafts_site, [RawRequest(f"/{collection}/{id_}{suffix}".encode()) for id_ in (DRAFT, UNKNOWN)]
        )
        assert draft.status in (308, 400, 404)
        # The page of an error offers to search for the words of the path.
        body = unknown.body.replace(UNKNOWN.replace("-", " ").encode(), DRAFT.replace("-", " ").encode())
        assert draft.body == body
        assert (draft.status, headers(draft)) == (unknown.status, headers(unknown).replace(UNKNOWN, DRAFT))
