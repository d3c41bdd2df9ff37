"""Nothing can be asked by a name that is not offered, and ids of drafts answer as ids of nobody."""

import json
import random
from collections.abc import Iterator, Mapping
from itertools import pairwise
from urllib.parse import quote

import pytest

from api.formats.format import Formats
from api.formats.registry import FORMATS
from api.http.parameters import SEARCH, SORT
from api.resources.embedding import includable_links, selectable_fields
from api.store.log.actions import publish, save
from schema import MODEL
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.index.sort_keys import BY_ID, sort_key_names
from schema.query.parameters import DISJUNCTION
from schema.storage.tables import Tables
from tests.support.generators.paired_sites import PUBLIC
from tests.support.generators.records import random_record
from tests.support.generators.requests import LISTS, list_parameters
from tests.support.raw_http import Answer, Ask, answers
from tests.support.site import BASE, KINDS, Site, site_on

ELSEWHERE = ["filter", "filters", "where", "query", "search", "order", "order_by", "orderby", "ordering", "sort_by", "group_by", "page", "per_page", "offset", "skip", "size", "select", "expand", "embed", "populate", "depth", "with", "count", "facets", "having", "distinct", "status_eq", "draft", "drafts", "preview", "published", "state", "trashed", "deleted", "include_deleted", "version", "versions", "revision", "at", "as_of", "actor", "note", "user", "token", "key", "api_key", "debug", "explain", "sql", "callback", "jsonp", "_method", "$filter", "$select", "$expand", "$top", "__proto__", "constructor"]  # fmt: skip
"""What other APIs take, and what would be told apart here if it were taken."""

INSIDE = (
    "record.actor",
    "record.created",
    "programme.name",
    "funder.draft",
    "participations.organisation.name",
)

COLLECTIONS = [f"/{collection}" for collection in MODEL.by_collection]

DRAFT, NOBODY = "canary-0", "canary-7"
"""As long as each other, and in the same place among others, so that answers that say them are alike, too."""


def columns() -> set[str]:
    """Return the names of everything in the database."""
    tables = Tables(MODEL).metadata.tables.values()
    return {name for table in tables for name in (table.name, *table.columns.keys())}


def variants(name: str) -> Iterator[str]:
    """Yield a name as somebody might write it who hopes that a check reads it another way."""
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


def known(shape: Shape | None) -> set[str]:
    """Return the names of the parameters that a list takes."""
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


def not_offered(offered: set[str]) -> list[str]:
    """Return every name that could be of something and is not offered, and three that are, miswritten."""
    some = {one for name in sorted(offered)[:3] for one in variants(name)}
    found = {*columns(), *ELSEWHERE, *INSIDE} | some
    return sorted(found - offered)


def values_that_name(shape: Shape) -> Mapping[str, set[str]]:
    """Return the parameters whose values are names, and the names that they take."""
    fields = {*list_parameters(shape)["has"].codes}
    return {
        SORT: {BY_ID, *sort_key_names(shape), *(f"-{name}" for name in (BY_ID, *sort_key_names(shape)))},
        "fields": {*selectable_fields(shape, to_list=True)},
        "include": {*includable_links(shape)},
        "has": fields | {f"-{name}" for name in fields},
        "missing": fields | {f"-{name}" for name in fields},
    }


def refused(site: Site, asked: list[tuple[str, str, str]]) -> Iterator[tuple[tuple[str, str, str], dict]]:
    """Ask lists for names with values; yield the problem of each. Raise AssertionError if there is none."""
    asks = [
        Ask(f"{path}?{quote(name, safe='')}={quote(value, safe='')}".encode()) for path, name, value in asked
    ]
    for one, answer in zip(asked, answers(site, asks), strict=True):
        assert answer.status == 400, one
        yield one, json.loads(answer.body)


@pytest.fixture(scope="module", params=KINDS)
def drafted(request, databases) -> Iterator[Site]:
    """A site with a public record of each entity, and drafts that link to each other in every way."""
    dice = random.Random(6)  # noqa: S311 - the same records each time
    drafts = [(entity, DRAFT) for entity in MODEL.by_name]
    with site_on(databases.make(request.param)) as site:
        public = [random_record(dice, key, "Public", PUBLIC, links=0) for key in PUBLIC]
        site.store.commit([publish(one) for one in public], "editor")
        hidden = [random_record(dice, key, "Canary", drafts, links=1) for key in [*PUBLIC, *drafts]]
        site.store.commit([save(one) for one in hidden], "editor")
        yield site


@pytest.fixture(scope="module")
def site(databases) -> Iterator[Site]:
    with site_on(databases.make("sqlite")) as site:
        yield site


@pytest.mark.parametrize("path", LISTS)
def test_a_parameter_that_is_not_offered_is_refused_by_name(site, path):
    offered = known(LISTS[path])
    asked = [(path, name, "x") for name in not_offered(offered)]
    assert len(asked) > 200
    for (_, name, _), told in refused(site, asked):
        assert told["type"] == f"{BASE}/problems/unknown-parameter", name
        assert told["parameter"] == name


@pytest.mark.parametrize("path", COLLECTIONS)
def test_a_value_that_names_what_is_not_offered_is_refused(site, path):
    for parameter, offered in values_that_name(LISTS[path]).items():
        names = [name for name in not_offered(offered) if not name.startswith("-")]
        for (_, _, name), told in refused(site, [(path, parameter, name) for name in names]):
            assert told["type"] == f"{BASE}/problems/bad-parameter", name
            assert told["parameter"] == parameter


@pytest.mark.parametrize("path", COLLECTIONS)
def test_an_alternative_that_names_what_is_not_offered_is_refused(site, path):
    offered = {one.name for one in list_parameters(LISTS[path]).values() if one.is_multivalued}
    names = not_offered(offered)
    for (_, _, name), told in refused(site, [(path, DISJUNCTION, f"{name}:x") for name in names]):
        assert told["parameter"] == DISJUNCTION, name


def test_a_name_that_is_percent_encoded_is_the_same_name(network):
    plain = network.get("/projects?status=completed&sort=-title")
    assert plain.status_code == 200
    assert network.get("/projects?%73tatus=complete%64&sor%74=%2Dtitle").content == plain.content


def links(shape: Shape) -> list[str]:
    """Return the parameters that take ids of records."""
    return [one.name for one in list_parameters(shape).values() if one.kind is Kind.LINK]


@pytest.mark.parametrize("path", [path for path, shape in LISTS.items() if shape])
def test_the_id_of_a_draft_answers_as_one_that_nobody_has(drafted, path):
    """Each answer says the id that was asked for; but for that they are the same."""
    names, public = links(LISTS[path]), f"{LISTS[path].name.lower()}-0"
    ways = [f"{name}={one}" for name in names for one in ("%s", "-%s", f"%s,{public}", f"-%s,{public}")]
    ways += [f"any={name}:%s,{other}:%s" for name, other in pairwise([*names, *names])]
    asked = [f"{path}?limit=200&format={one}&{way}" for way in ways for one in ("json", "csv", "html")]
    drafts = answers(drafted, [Ask(one.replace("%s", DRAFT).encode()) for one in asked])
    nobodys = answers(drafted, [Ask(one.replace("%s", NOBODY).encode()) for one in asked])
    for target, draft, nobody in zip(asked, drafts, nobodys, strict=True):
        assert draft.status == nobody.status == 200
        assert draft.body == nobody.body.replace(NOBODY.encode(), DRAFT.encode()), target
        assert heads(draft) == heads(nobody).replace(NOBODY, DRAFT), target


def heads(answer: Answer) -> str:
    """Return the headers, without the digest of what differs as the question does."""
    return str([head for head in answer.headers if head[0] != "etag"])


@pytest.mark.parametrize("collection", ["partners", "funders", *MODEL.by_collection])
def test_a_draft_by_its_address_answers_as_one_that_nobody_has(drafted, collection):
    ways = (
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
    for way in ways:
        draft, nobody = answers(
            drafted, [Ask(f"/{collection}/{one}{way}".encode()) for one in (DRAFT, NOBODY)]
        )
        assert draft.status in (308, 400, 404)
        assert draft.body == nobody.body
        assert (draft.status, heads(draft)) == (nobody.status, heads(nobody).replace(NOBODY, DRAFT))
