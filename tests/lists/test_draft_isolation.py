"""Tests of the isolation of drafts: responses do not depend on them, byte for byte.

Two sites have the same public actions; one of them also has many drafts. There are such pairs with several
seeds, which share the fixed requests, so that each engine gets all of them. TEST_LONG=1 in the environment sends
all of them to every pair, and twenty times as many random requests.
"""

import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from api.formats.registry import FORMATS as FORMAT_ROWS
from api.store.log.actions import Action
from schema import MODEL
from tests.support.generators.list_requests import LISTS, RequestGenerator
from tests.support.generators.paired_sites import HIDDEN, NEVER, PUBLIC, ActionGenerator, fill, outcome, quiet
from tests.support.raw_asgi_requests import RawRequest, RawResponse, send_requests
from tests.support.response_and_row_snapshots import rows
from tests.support.site import BASE, FORMATS, Site, site_on

RUNS = [("sqlite", 1), ("sqlite", 2), ("sqlite", 3), ("postgresql", 4), ("postgresql", 5)]

LONG = bool(os.environ.get("TEST_LONG"))

REQUESTS = 3000 if LONG else 150

CANARY = re.compile(rb"canary", re.IGNORECASE)

SEARCH_FIELD = re.compile(rb'<input type="search" name="q" value="[^"]*"')
"""In error pages, it has the end of the requested path."""

PAGE_LINK = re.compile(rf'<{BASE}([^>]+)>; rel="(?:next|prev)"')


@dataclass
class SitePair:
    """A site with public actions only, a site that also has drafts, and the responses of both."""

    plain: Site
    noisy: Site
    actions: ActionGenerator
    fixed_requests: list[RawRequest]

    def __post_init__(self) -> None:
        random_requests = [*RequestGenerator(self.actions.rng, self.actions.texts).generate(REQUESTS)]
        self.fixed_responses = self.send(self.fixed_requests)
        self.random_responses = self.send(random_requests)
        self.responses = self.fixed_responses + self.random_responses

    def send(self, requests: list[RawRequest]) -> list[tuple[RawRequest, RawResponse, RawResponse]]:
        """Send requests to both sites; return each with its two responses."""
        return list(
            zip(
                requests,
                send_requests(self.plain, requests),
                send_requests(self.noisy, requests),
                strict=True,
            )
        )


@pytest.fixture(scope="module", params=RUNS, ids=str)
def pair(request, databases) -> Iterator[SitePair]:
    kind, seed = request.param
    with site_on(databases.make(kind)) as plain, site_on(databases.make(kind)) as noisy:
        yield SitePair(plain, noisy, fill(plain, noisy, seed), requests_of_run(kind, seed))


def path_of(entity: str, identifier: str) -> str:
    return f"/{MODEL.by_name[entity].collection}/{identifier}"


def targets() -> list[str]:
    """Return paths of all kinds: of public records, former public records, drafts, and unknown ids."""
    paths = ["/", "/index", "/vocab", "/vocab/role", "/vocab/role/partner", "/nothing", *LISTS]
    by_role = [f"/partners/{id_}" for id_ in ("organisation-0", "canary-0", "never-was")]
    return paths + by_role + [path_of(*key) for key in PUBLIC + HIDDEN + NEVER]


def endpoint_requests() -> Iterator[RawRequest]:
    """Yield requests for endpoints, whose format is not negotiated."""
    for path in ("/context.jsonld", "/livez", "/problems/gone", "/sitemap.xml", "/openapi.json", "/docs"):
        yield RawRequest(path.encode())
    for shape in MODEL.entities:
        yield RawRequest(f"/sitemaps/{shape.collection}-1.xml".encode())


def all_requests() -> list[RawRequest]:
    """Return requests for every path, in every format and each way to choose it, and with other methods."""
    requests = [*endpoint_requests()]
    for number, target in enumerate(targets()):
        requests += [RawRequest(f"{target}.{name}".encode()) for name in FORMATS]
        if number % 3 == 0:
            requests += [RawRequest(f"{target}?format={name}".encode()) for name in FORMATS]
            requests += [
                RawRequest(target.encode(), ((b"accept", row.media_type.encode()),)) for row in FORMAT_ROWS
            ]
        requests += [
            RawRequest(f"{target}?{query}".encode()) for query in ("limit=1", "limit=3", "limit=200", "x=1")
        ]
        requests.append(RawRequest(target.encode(), ((b"accept", b"text/html"),)))
        requests += [RawRequest(target.encode(), method=method) for method in ("HEAD", "OPTIONS", "POST")]
    gzipped = [
        request._replace(headers=(*request.headers, (b"accept-encoding", b"gzip")))
        for request in requests[::4]
    ]
    return requests + gzipped


def requests_of_run(kind: str, seed: int) -> list[RawRequest]:
    """Return the share of a run in the fixed requests, in random order: those of an engine's runs are all of them."""
    requests = all_requests()
    random.Random(kind).shuffle(requests)  # noqa: S311 - the same order each time
    seeds = [other for engine, other in RUNS if engine == kind]
    return requests if LONG else requests[seeds.index(seed) :: len(seeds)]


def assert_isolated(exchanges: list[tuple[RawRequest, RawResponse, RawResponse]]) -> None:
    """Check that both responses are equal, without a draft's text unless the query contains it."""
    for request, plain, noisy in exchanges:
        assert plain == noisy, request
        if not CANARY.search(request.target.partition(b"?")[2]) and plain.status != 308:
            content = SEARCH_FIELD.sub(b"", noisy.content)
            assert not CANARY.search(content + str(noisy.headers).encode()), request


def without_path(response: RawResponse) -> tuple[int, dict[str, str], bytes]:
    """Return a response without what an error page repeats of the requested path."""
    headers = dict(response.headers)
    if headers.get("content-type", "").startswith("text/html"):
        headers.pop("content-length")
    return response.status, headers, SEARCH_FIELD.sub(b"", response.body)


def test_every_response_is_the_same_byte_for_byte_and_shows_no_draft(pair):
    assert_isolated(pair.responses)
    assert {200, 204, 308, 400, 404, 405, 406, 410} == {plain.status for _, plain, _ in pair.responses}


def test_the_next_and_previous_pages_of_every_page_are_the_same(pair):
    page_targets = {
        target.removeprefix(BASE)
        for _, plain, _ in pair.responses
        for target in PAGE_LINK.findall(plain.header("link"))
    }
    exchanges = pair.send([RawRequest(target.encode()) for target in sorted(page_targets)])
    assert_isolated(exchanges)
    assert len(exchanges) > 10
    assert {plain.status for _, plain, _ in exchanges} == {200}


def test_random_requests_use_all_parameters_and_have_empty_and_non_empty_results(pair):
    exchanges = [(request, plain) for request, plain, _ in pair.random_responses]
    successful = [(request, response) for request, response in exchanges if response.status == 200]
    # A filter by the id of a draft or of a withdrawn record is refused.
    assert len(successful) > 0.7 * len(exchanges)
    names = {
        name for request, _ in successful for name in re.findall(r"[?&]([a-z_]+)=", request.target.decode())
    }
    options = {"fields", "include", "lang", "fallback", "highlight", "profile"}
    assert names >= {"any", "sort", "q"} | options
    totals = Counter(
        min(json.loads(response.body)["total"], 1)
        for request, response in successful
        if b"format=json&" in request.target
    )
    assert min(totals[0], totals[1]) > 3
    assert any(CANARY.search(request.target) for request, _ in successful)


@pytest.mark.parametrize("limit", [1, 2])
def test_paging_with_cursors_there_and_back_is_the_same(pair, limit):
    for path in LISTS:
        for query in ("q=public&",) if path == "/search" else ("", "q=public&sort=-modified&"):
            first = f"{path}?{query}limit={limit}"
            assert walk(pair.plain, first) == walk(pair.noisy, first)


def walk(site: Site, target: str) -> list[RawResponse]:
    """Return the pages of a list, from the first to the last and back to the first."""
    pages = []
    for relation in ("next", "previous"):
        while target:
            pages += send_requests(site, [RawRequest(target.encode())])
            last, target = target, json.loads(pages[-1].body)["view"].get(relation, "").removeprefix(BASE)
        target = last
    return pages


def test_an_etag_of_one_site_matches_on_the_other(pair):
    tagged = [
        (request, plain.header("etag").encode())
        for request, plain, _ in pair.responses[::2]
        if plain.header("etag")
    ]
    conditional = [
        request._replace(headers=(*request.headers, (b"if-none-match", etag))) for request, etag in tagged
    ]
    assert {(response.status, response.body) for response in send_requests(pair.noisy, conditional)} == {
        (304, b"")
    }


def test_a_draft_gets_the_same_response_as_an_unknown_id(pair):
    for entity, identifier in HIDDEN:
        for suffix in (*(f".{name}" for name in FORMATS), "", ".xyz", "?format=ttl", "?format=x", "?limit=1"):
            requests = [
                RawRequest(f"{path_of(entity, id_)}{suffix}".encode()) for id_ in (identifier, "never-was")
            ]
            draft, unknown = send_requests(pair.noisy, requests)
            assert without_path(draft) == without_path(unknown)
            assert draft.status in (400, 404)


def test_more_drafts_and_other_texts_in_them_change_no_response(pair):
    for _ in range(20):
        outcome(quiet(pair.noisy), [pair.actions.draft_action()])
    sample = pair.random_responses[::3]
    assert send_requests(pair.noisy, [request for request, _, _ in sample]) == [
        plain for _, plain, _ in sample
    ]


def test_a_rebuild_from_a_log_full_of_drafts_changes_nothing(pair):
    assert not pair.noisy.store.rebuild()
    sample = pair.responses[::10]
    assert send_requests(pair.noisy, [request for request, _, _ in sample]) == [
        plain for _, plain, _ in sample
    ]


def test_the_two_sites_differ_in_their_logs_and_not_in_their_public_changes(pair):
    plain, noisy = rows(pair.plain, "revision"), rows(pair.noisy, "revision")
    assert rows(pair.plain, "change") == rows(pair.noisy, "change")
    assert {row[4] for row in rows(pair.plain, "change")} == {"publish", "unpublish", "delete", "merge"}
    assert len(noisy) > len(plain) + 50
    assert {row[6] for row in noisy} == {*Action}
    assert not CANARY.search(str(plain).encode())
    assert len(CANARY.findall(str(noisy).encode())) > 200
