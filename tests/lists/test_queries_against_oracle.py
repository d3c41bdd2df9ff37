"""Tests of list queries: the results of thousands of random queries are compared with the oracle's.

TEST_QUESTIONS, TEST_PROJECTS and TEST_SEED in the environment set the number of queries, the number of
projects and the seed; with TEST_LONG=1 there are twice as many queries and three times as many projects, and
every query is sent to both engines.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from lxml.html import fromstring
from sqlalchemy import select, text

from schema import MODEL
from tests.support.assertions import ids
from tests.support.generators.network import commits
from tests.support.generators.queries import QueryGenerator, collection_path, query_string
from tests.support.html.forms import value_counts
from tests.support.oracle.facet_counts import expected_facets
from tests.support.oracle.queries import BruteForce, QueryPairs, UnknownNameError
from tests.support.raw_asgi_requests import RawRequest, RawResponse, send_requests
from tests.support.response_and_row_snapshots import stored_documents
from tests.support.site import BASE, KINDS, Site, site_on

LONG = bool(os.environ.get("TEST_LONG"))

QUERIES = int(os.environ.get("TEST_QUESTIONS", "2000" if LONG else "1000"))

PROJECTS = int(os.environ.get("TEST_PROJECTS", "3000" if LONG else "1000"))

SEED = int(os.environ.get("TEST_SEED", "1"))

WALKS = max(1, QUERIES // 50)

FACET_QUERIES = max(1, QUERIES // 16)

POSTGRESQL_INTERVAL = 1 if LONG else 4
"""Every n-th query is sent to PostgreSQL as well."""

PER_PAGE = 25

MAX_PAGES, MAX_LIMIT = 12, 200
"""Lists of more pages are paged with a higher limit, up to the maximum."""

MAX_REPORTED = 15

BATCH_ROWS = 5_000
"""Rows that are copied from one engine to the other at once."""

CheckQuery = Callable[[str, QueryPairs], str]
"""Sends a query on an entity; returns what is wrong with the response, or an empty string."""


@dataclass
class QueryChecker:
    """A site on each engine with the same content, and the oracle of its queries."""

    sites: dict[str, Site]
    oracle: BruteForce
    number: int = 0

    def first_page(self, entity: str, query: QueryPairs) -> str:
        """Compare the first page of a query with the oracle; return what is wrong, or an empty string."""
        target = f"{collection_path(entity)}?{query_string(query)}"
        self.number += 1
        kinds = KINDS if self.number % POSTGRESQL_INTERVAL == 0 else KINDS[:1]
        responses = {kind: _response(self.sites[kind], target) for kind in kinds}
        try:
            expected = self.oracle.ask(entity, query)
        except UnknownNameError:
            statuses = {response.status for response in responses.values()}
            return "" if statuses == {400} else "a query with an unknown name is answered"
        limit = int(dict(query).get("limit", PER_PAGE))
        for kind, response in responses.items():
            if _is_contradiction(response):
                return f"{kind}: refused as a contradiction, but there are results" if expected else ""
            page = msgspec.json.decode(response.body)
            if response.status != 200:
                return f"{kind}: status {response.status}: {page.get('detail')}"
            if (actual := (page["total"], ids(page))) != (len(expected), expected[:limit]):
                return f"{kind}: {_summary(*actual)}, expected {_summary(len(expected), expected[:limit])}"
        bodies = {response.body for response in responses.values()}
        return "" if len(bodies) == 1 else "the bodies of the engines differ"

    def facets(self, entity: str, query: QueryPairs) -> str:
        """Compare the facet counts on the page of a query with the oracle's; return what is wrong, or an empty string.

        Values are compared in their order, but years, of which the page shows the latest first.
        """
        try:
            expected = expected_facets(self.oracle, entity, query)
        except UnknownNameError:
            return ""
        target = f"{collection_path(entity)}.en.html?{query_string(query)}"
        self.number += 1
        kinds = KINDS if self.number % POSTGRESQL_INTERVAL == 0 else KINDS[:1]
        responses = [_response(self.sites[kind], target) for kind in kinds]
        bodies = {response.content for response in responses}
        if len(bodies) != 1:
            return "the pages of the engines differ"
        if responses[0].status == 400:
            return "refused, but there are results" if self.oracle.ask(entity, query) else ""
        actual: dict[str, dict[str, int | None]] = {}
        for box, count in value_counts(fromstring(bodies.pop())):
            actual.setdefault(box.get("name"), {})[box.get("value")] = count
        for name in expected.keys() | actual.keys():
            shown, right = actual.get(name, {}), expected.get(name, {})
            if shown != right or (name != "year" and [*shown] != [*right]):
                return f"{name}: {shown}, expected {right}"
        return ""

    def all_pages(self, entity: str, query: QueryPairs) -> str:
        """Page through a list and back on every engine; return what is wrong, or an empty string."""
        try:
            expected = self.oracle.ask(entity, query)
        except UnknownNameError:
            return ""
        filters = [pair for pair in query if pair[0] != "limit"]
        limit = max(int(dict(query).get("limit", PER_PAGE)), len(expected) // MAX_PAGES + 1)
        pairs = [*filters, ("limit", str(min(limit, MAX_LIMIT)))]
        target = f"{collection_path(entity)}?{query_string(pairs)}"
        for kind, site in self.sites.items():
            if not expected and _is_contradiction(_response(site, target)):
                continue
            forward = _walk(site, target, "next")
            back = _walk(site, forward[-1]["view"]["uri"].removeprefix(BASE), "previous")
            if [id_ for page in forward for id_ in ids(page)] != expected:
                return f"{kind}: the pages have other records"
            if [page["items"] for page in reversed(back)] != [page["items"] for page in forward]:
                return f"{kind}: the pages differ on the way back"
            if {page["total"] for page in [*forward, *back]} != {len(expected)}:
                return f"{kind}: a page has another total"
        return ""


def check_all(check: CheckQuery, queries: Iterator[tuple[str, QueryPairs]]) -> None:
    """Check all queries. Raise AssertionError with the simplest forms of those that failed."""

    def failure(entity: str, query: QueryPairs) -> str:
        try:
            return check(entity, query)
        except AssertionError as error:
            return str(error) or repr(error)

    failures = [(*query, message) for query in queries if (message := failure(*query))]
    lines = [f"{len(failures)} queries have wrong responses, such as"]
    for entity, query, message in failures[:MAX_REPORTED]:
        simple = _simplest(failure, entity, query)
        simple_message = failure(entity, simple) or f"right when repeated, and at first: {message}"
        lines.append(f"{collection_path(entity)}?{query_string(simple)} {simple}: {simple_message}")
    assert not failures, "\n".join(lines)


@pytest.fixture(scope="module")
def checker(databases) -> Iterator[QueryChecker]:
    with ExitStack() as stack:
        sites = {kind: stack.enter_context(site_on(databases.make(kind))) for kind in KINDS}
        for actions in commits(SEED, PROJECTS):
            sites["sqlite"].store.commit(actions, "editor")
        _copy(sites["sqlite"], sites["postgresql"])
        with sites["postgresql"].store.database.writing() as connection:
            # As autovacuum soon does: without statistics, query plans are bad.
            connection.execute(text("ANALYZE"))
        assert _digests(sites["sqlite"]) == _digests(sites["postgresql"])
        yield QueryChecker(sites, BruteForce(_documents(sites["sqlite"]), _changes(sites["sqlite"])))


@pytest.mark.parametrize("entity", MODEL.by_name)
def test_a_list_without_filters_has_every_record_in_the_order_of_first_publication(checker, entity):
    for query in ([], [("limit", "1")], [("limit", "50")]):
        assert not checker.first_page(entity, query)
    assert not checker.all_pages(entity, [("limit", "50")])


def test_the_first_page_of_every_query_has_the_result_of_the_oracle(checker):
    generator = QueryGenerator(checker.oracle, SEED)
    check_all(checker.first_page, generator.queries(QUERIES))


def test_facet_counts_of_a_page_are_those_of_the_query_without_the_filter(checker):
    generator = QueryGenerator(checker.oracle, SEED + 2)
    check_all(checker.facets, generator.queries(FACET_QUERIES))


def test_paging_through_a_result_and_back_lists_every_record_once(checker):
    generator = QueryGenerator(checker.oracle, SEED + 1)
    check_all(checker.all_pages, generator.queries(WALKS))


def _copy(source: Site, target: Site) -> None:
    """Copy all rows between databases. Writing them twice is slower, and other tests do it on both engines."""
    tables = source.store.tables.metadata.sorted_tables
    with source.store.database.reading() as reading, target.store.database.writing() as writing:
        for table in reversed(tables):
            writing.execute(table.delete())
        session = target.store.session(writing)
        for table in tables:
            result = reading.execution_options(yield_per=BATCH_ROWS).execute(select(table))
            for rows in result.partitions():
                session.insert(table, [tuple(row) for row in rows])


def _documents(site: Site) -> dict[str, dict[str, Any]]:
    """Return every public document, by entity and id."""
    documents: dict[str, dict[str, Any]] = {entity: {} for entity in MODEL.by_name}
    for (entity, identifier), body in stored_documents(site.store).items():
        documents[entity][identifier] = msgspec.json.decode(body)
    return documents


def _digests(site: Site) -> set[tuple[str, str, bytes]]:
    """Return entity, id and content hash of every public document."""
    return {(*key, sha256(body).digest()) for key, body in stored_documents(site.store).items()}


def _changes(site: Site) -> dict[tuple[str, str], int]:
    """Return the number of the first public change of each record."""
    table = site.store.tables.change
    with site.store.database.reading() as connection:
        rows = connection.execute(
            select(table.c.entity, table.c.id, table.c.number).order_by(table.c.number.desc())
        )
        return {(row.entity, row.id): row.number for row in rows}


def _response(site: Site, target: str) -> RawResponse:
    return send_requests(site, [RawRequest(target.encode())])[0]


def _is_contradiction(response: RawResponse) -> bool:
    """Return True if a query was refused because its result would always be empty."""
    return (
        response.status == 400
        and "both required and excluded" in msgspec.json.decode(response.body)["detail"]
    )


def _walk(site: Site, target: str | None, relation: str) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    while target:
        response = _response(site, target.removeprefix(BASE))
        assert response.status == 200, (target, response.body)
        pages.append(msgspec.json.decode(response.body))
        target = pages[-1]["view"].get(relation)
        assert len(pages) <= pages[0]["total"] + 1, target
    return pages


def _simplest(check: CheckQuery, entity: str, query: QueryPairs) -> QueryPairs:
    """Return a query that failed without the parameters that are not needed for the failure."""
    for index in range(len(query)):
        shorter = [*query[:index], *query[index + 1 :]]
        if _is_complete(shorter) and check(entity, shorter):
            return _simplest(check, entity, shorter)
    return query


def _is_complete(query: QueryPairs) -> bool:
    """Return True if a query has the currency that its amounts require."""
    names = [name for name, _ in query]
    return "currency" in names or not {"amount_from", "amount_to"} & {*names}


def _summary(total: int, listed: list[str]) -> str:
    return f"{total} {' '.join(listed[:8])}{' …' if len(listed) > 8 else ''}"
