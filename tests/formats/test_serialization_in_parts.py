"""Tests of serialization in parts: bounded memory, and one deadline for the whole making of a response."""

import asyncio
import csv
import io
import tracemalloc
from dataclasses import replace
from time import monotonic

import pytest

from api.formats.document import ResourceKind
from api.formats.format import Format
from api.formats.registry import FORMATS
from api.formats.table.csv import CsvWriter
from api.store.log.actions import publish
from tests.support.assertions import assert_problem
from tests.support.generators.records import record
from tests.support.processes import until
from tests.support.site import KINDS, site_on

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
        site.store.commit(actions, "editor")
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
    assert [row[0] for row in rows[1:]] == sorted(f"organisation-{number}" for number in range(RECORDS))
    assert sum(batches) == RECORDS
    assert max(batches) <= 128
    # All bodies at once would take more.
    assert peak < RECORDS * BODY_BYTES


def test_no_batch_is_read_after_the_deadline(address):
    batches = []

    class SlowWriter(CsvWriter):
        def write(self, documents):
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


LONG_RESPONSES = (
    "/organisations.html?limit=200",
    "/organisations.csv",
    "/organisations.json?limit=200&fields=name,summary",
    "/openapi.json",
    "/docs",
)
TICKS = 100
"""Turns of the event loop while a long response is made. Without threads there are fewer than ten."""


def test_the_event_loop_runs_while_long_responses_are_made(address):
    async def count_turns(path: str) -> int:
        turns = 0

        async def count():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async def receive():
            await asyncio.Event().wait()

        async def send(message):
            assert message.get("status", 200) == 200, message

        plain_path, _, query = path.partition("?")
        headers = [(b"host", b"data.example.org")]
        request = {"type": "http", "method": "GET", "path": plain_path, "raw_path": plain_path.encode()}
        counter = asyncio.create_task(count())
        await site.client.app(
            {**request, "query_string": query.encode(), "headers": headers, "client": ("192.0.2.1", 1)},
            receive,
            send,
        )
        counter.cancel()
        return turns

    with site_on(address, cache=0) as site:
        for path in LONG_RESPONSES:
            assert site.client.blocking_portal.call(count_turns, path) > TICKS, path


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
