"""Tests of serialization in parts: bounded memory, and one deadline for the whole making of a response."""

import asyncio
import csv
import gc
import io
import threading
import tracemalloc
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from time import monotonic, process_time, thread_time

import pytest

from api.formats.document import ResourceKind
from api.formats.format import Format
from api.formats.registry import FORMATS
from api.formats.table.csv import CsvWriter
from api.http.serialization_threads import MAX_WAITING_TURNS, run_in_thread
from api.request_work import begin_work
from api.store.log.actions import publish
from api.store.readers.reader import TooManyQueriesError
from tests.support.assertions import assert_problem
from tests.support.generators.records import record
from tests.support.processes import until
from tests.support.site import KINDS, site_on
from tests.support.wait_limit import PATIENCE

RECORDS = 300
BODY_BYTES = 20_000
DEADLINE = 0.5
"""Seconds in which the work of a test that must be stopped would never be done."""


@pytest.fixture(scope="module", params=KINDS)
def address(request, databases) -> str:
    """Return the address of a database with many long records."""
    address = databases.make(request.param)
    with site_on(address) as site:
        text = ("All that is known of it. " * (BODY_BYTES // 50)).strip()
        actions = [
            publish(record("Organisation", f"organisation-{number}", summary={"en": text, "lv": text}))
            for number in range(RECORDS)
        ]
        participations = [
            {"id": f"partner-{number}", "role": "partner", "organisation": f"organisation-{number}"}
            for number in range(RECORDS)
        ]
        project = publish(record("Project", "of-all", participations=participations))
        site.store.commit([*actions, project], "editor")
    return address


def with_record_writer(create_record_writer) -> tuple[Format, ...]:
    """Return the formats, with another writer of the records in CSV."""
    return tuple(
        replace(row, create_record_writer=create_record_writer) if row.name == "csv" else row
        for row in FORMATS
    )


def test_a_table_is_written_in_batches_and_its_memory_does_not_grow_with_its_records(address):
    batches = []

    class CountingWriter(CsvWriter):
        def write(self, documents):
            documents = [*documents]
            batches.append(len(documents))
            return super().write(documents)

    with site_on(address, formats=with_record_writer(CountingWriter), cache=0) as site:
        site.get("/organisations.csv?fields=id&limit=1")
        batches.clear()
        tracemalloc.start()
        try:
            response = site.get("/organisations.csv?fields=id")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    rows = [*csv.reader(io.StringIO(response.text))]
    assert [row[0] for row in rows[1:]] == [f"organisation-{number}" for number in range(RECORDS)]
    assert sum(batches) == RECORDS
    assert max(batches) <= 128
    # All bodies at once would take more.
    assert peak < RECORDS * BODY_BYTES


def test_no_batch_is_read_after_the_deadline(address):
    batches = []

    class SlowWriter(CsvWriter):
        def write(self, documents):
            documents = [*documents]
            batches.append(len(documents))
            end = monotonic() + 2 * DEADLINE
            while monotonic() < end:
                pass
            return super().write(documents)

    with site_on(address, formats=with_record_writer(SlowWriter), deadline=DEADLINE) as site:
        assert_problem(site, site.get("/organisations.csv"), 503, "too-slow")
        # On a busy machine, the deadline may pass before the first batch, and for a quick response too.
        assert len(batches) <= 1
        until(lambda: site.get("/organisations/organisation-1").status_code == 200)


def test_the_deadline_ends_a_serialization_in_parts(databases):
    states = []

    def endless_parts():
        states.append("begun")
        try:
            while True:
                yield b"x"
        finally:
            states.append("ended")

    endless = Format(
        "endless",
        "Endless",
        "text/vnd.endless",
        "text/vnd.endless",
        lambda _: lambda _, __: endless_parts(),
        applies_to=frozenset({ResourceKind.STATIC}),
    )
    with site_on(databases.make("sqlite"), formats=(*FORMATS, endless), deadline=DEADLINE) as site:

        def begins() -> list[str]:
            # On a busy machine, the deadline may pass before.
            assert_problem(site, site.get("/index.endless"), 503, "too-slow")
            return states

        until(begins)
        until(lambda: states == ["begun", "ended"])


@contextmanager
def busy_threads(site):
    """Occupy the serialization threads of a site."""
    are_free = threading.Event()
    for _ in range(2):
        site.client.blocking_portal.start_task_soon(run_in_thread, partial(are_free.wait, PATIENCE))
    try:
        yield
    finally:
        are_free.set()


def test_the_deadline_ends_the_compression_of_a_cached_response(address):
    path = "/organisations.json?limit=10&fields=name,summary"
    with site_on(address, deadline=DEADLINE) as site:

        def is_answered(coding: str) -> bool:
            # On a busy machine, the deadline may pass before.
            return site.get(path, accept_encoding=coding).status_code == 200

        until(lambda: is_answered("identity"))
        with busy_threads(site):
            assert_problem(site, site.get(path, accept_encoding="gzip"), 503, "too-slow")
        until(lambda: is_answered("gzip"))


def test_many_included_records_are_encoded_in_threads(address):
    path = (
        "/projects/of-all.json?include=participations.organisation&fields=title&fields%5Borganisation%5D=name"
    )
    with site_on(address, deadline=DEADLINE, cache=0) as site:
        until(lambda: site.get(path).status_code == 200)
        with busy_threads(site):
            assert_problem(site, site.get(path), 503, "too-slow")
            # Few are not.
            until(lambda: site.get("/projects/of-all.json?include=lead&fields=title").status_code == 200)


def test_lists_of_other_fields_are_encoded_in_threads(address):
    path = "/organisations.json?limit=200&fields=name,summary"
    with site_on(address, deadline=DEADLINE, cache=0) as site:
        until(lambda: site.get(path).status_code == 200)
        with busy_threads(site):
            assert_problem(site, site.get(path), 503, "too-slow")
            # Those that are sent as stored are not.
            until(lambda: site.get("/organisations.json?limit=20").status_code == 200)


async def in_thread(peer: str, function) -> None:
    begin_work(peer)
    await run_in_thread(function)


def test_a_peer_waits_for_one_turn_of_a_peer_that_has_many_responses():
    turns, is_queued = [], threading.Event()

    def take_turn(peer: str) -> None:
        is_queued.wait(PATIENCE)
        turns.append(peer)

    async def take_turns():
        tasks = [asyncio.create_task(in_thread(peer, partial(take_turn, peer))) for peer in 20 * "a" + "b"]
        await asyncio.sleep(0)
        is_queued.set()
        await asyncio.gather(*tasks)

    asyncio.run(take_turns())
    # Two threads have begun a turn of the other, and the next of one thread may be done before.
    assert turns.index("b") <= 3


def test_turns_that_would_wait_too_long_are_refused_at_the_peer_that_has_most():
    is_queued = threading.Event()

    async def take_turns():
        peers = (2 + MAX_WAITING_TURNS) * "a" + "bb"
        tasks = [asyncio.create_task(in_thread(peer, partial(is_queued.wait, PATIENCE))) for peer in peers]
        await asyncio.sleep(0)
        is_queued.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(result, TooManyQueriesError) for result in results[-4:]] == [
            True,
            True,
            False,
            False,
        ]
        assert not any(results[:-4])

    asyncio.run(take_turns())


LONG_RESPONSES = (
    "/organisations.html?limit=200",
    "/organisations.csv",
    "/openapi.json",
    "/docs",
)
MAX_SHARE = 0.5
"""Largest share of one turn of the event loop in the CPU time of a long response. Without threads it is most of it."""


@contextmanager
def without_garbage_collection():
    """Disable the garbage collector, which runs in whatever thread allocates."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_the_event_loop_runs_while_long_responses_are_made(address):
    async def share_of_longest_turn(path: str) -> float:
        longest = 0.0

        async def measure_turns():
            nonlocal longest
            start = thread_time()
            while True:
                await asyncio.sleep(0)
                end = thread_time()
                longest, start = max(longest, end - start), end

        async def receive():
            await asyncio.Event().wait()

        async def send(message):
            assert message.get("status", 200) == 200, message

        plain_path, _, query = path.partition("?")
        headers = [(b"host", b"data.example.org")]
        request = {"type": "http", "method": "GET", "path": plain_path, "raw_path": plain_path.encode()}
        measurement = asyncio.create_task(measure_turns())
        await asyncio.sleep(0)
        start = process_time() - thread_time()
        await site.client.app(
            {**request, "query_string": query.encode(), "headers": headers, "client": ("192.0.2.1", 1)},
            receive,
            send,
        )
        await asyncio.sleep(0)
        in_threads = process_time() - thread_time() - start
        measurement.cancel()
        return longest / (longest + in_threads)

    with site_on(address, cache=0) as site, without_garbage_collection():
        for path in LONG_RESPONSES:
            assert site.client.blocking_portal.call(share_of_longest_turn, path) < MAX_SHARE, path


def test_the_default_and_the_largest_limit_of_tables_are_described_and_kept(address):
    with site_on(address) as site:
        assert "limit=1000>" in site.get("/organisations.csv").headers["link"]
        assert site.get("/organisations.csv?limit=2000").status_code == 200
        problem = assert_problem(site, site.get("/organisations.csv?limit=2001"), 400, "bad-parameter")
        assert "2000" in problem["detail"]
        parameters = site.json("/openapi.json")["components"]["parameters"]
        assert "csv: 1000 by default, at most 2000." in parameters["limit"]["description"], parameters[
            "limit"
        ]
