"""The record index at any size: CPU time of pages, facet counts and catching up on synthetic index entries.

`python -m tests.bench.synthetic_index 1000 1000000` makes, for each number of projects, a SQLite file under `var/bench`
with posting lists, sort keys and small list items, whose frequencies are those of generated networks; it has no log.
The table shows the median CPU time in microseconds, in this process and without HTTP.
"""

import asyncio
import random
import sqlite3
import time
from array import array
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

import click
from pyroaring import BitMap

from api.lists.page_reader import Paginator
from api.lists.query import ListQuerySpec
from api.settings import Settings
from api.store.database.database import Database
from api.store.maintenance.migrate import migrate
from api.store.queries.select_statements import SelectStatements
from api.store.readers.factory import open_reader
from api.store.readers.reader import Reader
from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.record_index.list_query import ListQuery
from api.store_factory import create_store
from schema import MODEL
from schema.index.record_index import RecordIndex, posting_name
from schema.index.record_numbers import record_number
from schema.storage.tables import TABLES
from tests.bench.databases import FOLDER, database_url, remove_database

ENTITY = "Project"

_DEADLINE = 600
"""Seconds for one answer: the first ones read whole orders."""

_INDEX_SIZE = 512 * 2**20

_ROUNDS = 30

_PAGE = 25

_COUNTRIES = [
    "DE",
    "FR",
    "IT",
    "ES",
    "BE",
    "NL",
    "PL",
    "GR",
    "AT",
    "SE",
    "PT",
    "FI",
    "CZ",
    "RO",
    "HU",
    "DK",
    "IE",
    "BG",
    "SK",
    "HR",
    "LT",
    "SI",
    "LV",
    "EE",
    "CY",
    "LU",
    "MT",
    "IS",
    "NO",
    "CH",
]

_SHARES = {
    "country": [(code, 1 / (rank + 2)) for rank, code in enumerate(_COUNTRIES)],
    "year": [(str(year), 1.0) for year in range(2007, 2024)],
    "status": [("completed", 70.0), ("ongoing", 27.0), ("planned", 3.0)],
    "topic": [
        (topic, 1 / (rank + 4)) for rank, topic in enumerate(("youth", "inclusion", "culture", "skills"))
    ],
}
"""The values of each index, with their weights."""

_VALUES_PER_RECORD = {"country": (1, 1, 1, 2, 3, 6), "year": (2, 3), "status": (1,), "topic": (1, 2)}

_FILTERS: dict[str, dict[str, str]] = {
    "no filter": {},
    "a country": {"country": "DE"},
    "three filters": {"country": "DE,LV", "year": "2018", "status": "completed"},
}

_ORDERS = ("", "title", "-start")


@click.command()
@click.argument("projects", nargs=-1, type=click.IntRange(100), required=True)
def main(projects: Sequence[int]) -> None:
    """Measure the record index with as many synthetic projects as each argument says."""
    figures = {size: asyncio.run(_measure(size)) for size in projects}
    click.echo(f"| CPU in us | {' | '.join(f'{size} projects' for size in projects)} |")
    click.echo(f"|---|{'---|' * len(projects)}")
    for label in figures[projects[0]]:
        click.echo(f"| {label} | {' | '.join(f'{figures[size][label]:.0f}' for size in projects)} |")


def _make_database(file: Path, size: int) -> None:
    """Write a database with the index entries of this many projects."""
    database = Database(database_url(file))
    migrate(database)
    dice = random.Random(1)  # noqa: S311 - the same each time
    numbers = array("I", (record_number(MODEL.number_places[ENTITY], n) for n in range(1, size + 1)))
    values = {name: _drawn_values(name, size, dice) for name in _SHARES}
    keys = {
        "title": [f"{dice.getrandbits(40):x}" for _ in numbers],
        "start": [f"{dice.randrange(2007, 2024)}-{dice.randrange(1, 13):02}" for _ in numbers],
    }
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT OR REPLACE INTO head VALUES (1, 0, 0, '', NULL, 1, '', '', 1)")
        _record_change(connection)
        connection.executemany(
            "INSERT INTO record VALUES (?, ?, ?, 1, '', '', '', 1, 'e', ?, ?)",
            _record_rows(numbers, values, keys),
        )
        for name, lists in {"": [("",)] * size, **values}.items():
            connection.executemany(
                "INSERT INTO posting VALUES (?, ?, ?, ?)", _posting_rows(name, numbers, lists)
            )
        for name, texts in keys.items():
            rows = sorted(zip(texts, numbers, strict=True))
            key = posting_name(ENTITY, name)
            connection.executemany("INSERT INTO sort_key VALUES (?, ?, ?)", ((key, *row) for row in rows))
        connection.commit()


def _drawn_values(name: str, size: int, dice: random.Random) -> list[tuple[str, ...]]:
    """Return the values of an index for each record."""
    codes, weights = zip(*_SHARES[name], strict=True)
    counts = dice.choices(_VALUES_PER_RECORD[name], k=size)
    drawn = iter(dice.choices(codes, weights, k=sum(counts)))
    return [tuple(sorted({next(drawn) for _ in range(count)})) for count in counts]


def _record_rows(
    numbers: Sequence[int], values: Mapping[str, list[tuple[str, ...]]], keys: Mapping[str, list[str]]
) -> Iterator[tuple[object, ...]]:
    for index, number in enumerate(numbers):
        postings = {name: [*lists[index]] for name, lists in values.items()}
        entries = RecordIndex({"": [""], **postings}, {name: [texts[index]] for name, texts in keys.items()})
        item = b'{"id":"p-%d","title":{"en":"%s"}}' % (index, b"word " * 20)
        yield number, ENTITY, f"p-{index}", item, entries.encode()


def _posting_rows(
    name: str, numbers: Sequence[int], lists: Sequence[tuple[str, ...]]
) -> Iterator[tuple[str, str, int, bytes]]:
    chunks: dict[tuple[str, int], array[int]] = {}
    for number, values in zip(numbers, lists, strict=True):
        for value in values:
            chunks.setdefault((value, number >> 16), array("I")).append(number)
    for (value, chunk), members in sorted(chunks.items()):
        yield posting_name(ENTITY, name), value, chunk, BitMap(members).serialize()


async def _measure(size: int) -> dict[str, float]:
    """Return the median CPU time of each action, in microseconds."""
    file = FOLDER / f"synthetic-{size}.sqlite"
    FOLDER.mkdir(parents=True, exist_ok=True)
    remove_database(file)
    _make_database(file, size)
    reader = await open_reader(Database(database_url(file)), _DEADLINE)
    try:
        return await _measure_reader(reader, file, random.Random(2))  # noqa: S311 - the same each time
    finally:
        await reader.close()
        remove_database(file)


async def _measure_reader(reader: Reader, file: Path, dice: random.Random) -> dict[str, float]:
    paginator = Paginator(SelectStatements(TABLES), MODEL, _INDEX_SIZE)
    spec = ListQuerySpec(create_store(Settings()).renderer, MODEL.by_name[ENTITY])
    figures: dict[str, float] = {}
    for label, filters in _FILTERS.items():
        for order in _ORDERS:
            parameters = {**filters, **({"sort": order} if order else {})}
            query = spec.list_query(parameters, full_documents=False)
            read = partial(paginator.index.answer, reader, partial(_page, paginator, query))
            name = f"page, {label}, {order or 'by number'}"
            if not filters and order:
                figures[f"first {name}"] = await _cpu(read)
            figures[name] = median([await _cpu(read) for _ in range(_ROUNDS)])
        query = spec.list_query(filters, full_documents=False)
        read = partial(paginator.index.answer, reader, partial(_facet_counts, paginator, query))
        figures[f"first facet counts, {label}"] = await _cpu(read)
        figures[f"facet counts, {label}"] = median([await _cpu(read) for _ in range(_ROUNDS)])
    query = spec.list_query({"sort": "title"}, full_documents=False)
    read = partial(paginator.index.answer, reader, partial(_page, paginator, query))
    with closing(sqlite3.connect(file)) as connection:
        times = [await _cpu_after_commit(connection, read, dice) for _ in range(_ROUNDS)]
    figures["page after a commit of one record, no filter, title"] = median(times)
    figures["memory of the index in KB"] = paginator.index.size / 1000
    return figures


async def _page(paginator: Paginator, query: ListQuery, snapshot: IndexSnapshot) -> None:
    await paginator.page(snapshot, query, None, _PAGE)


async def _facet_counts(paginator: Paginator, query: ListQuery, snapshot: IndexSnapshot) -> None:
    records = await paginator.evaluation(snapshot).records(query)
    for name in _SHARES:
        await snapshot.value_counts((ENTITY, name), records)


async def _cpu_after_commit(
    connection: sqlite3.Connection, read: Callable[[], Awaitable[None]], dice: random.Random
) -> float:
    """Write the row of a record as a commit does, and return the CPU time of the next answer."""
    (count,) = connection.execute("SELECT count(*) FROM record").fetchone()
    _record_change(connection)
    connection.execute(
        "UPDATE record SET commit_number = (SELECT commit_number FROM head) WHERE id = ?",
        (f"p-{dice.randrange(count)}",),
    )
    connection.commit()
    return await _cpu(read)


def _record_change(connection: sqlite3.Connection) -> None:
    """Write the row of a public change, and count it."""
    connection.execute(
        "UPDATE head SET served = served + 1, commit_number = commit_number + 1, number = number + 1"
    )
    connection.execute(
        "INSERT INTO change SELECT number, '', ?, 'p-0', 'publish', NULL, NULL FROM head", (ENTITY,)
    )


async def _cpu(read: Callable[[], Awaitable[None]]) -> float:
    """Return the CPU time of an action, in microseconds."""
    start = time.process_time()
    await read()
    return (time.process_time() - start) * 1e6


if __name__ == "__main__":
    main()
