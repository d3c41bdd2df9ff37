"""What lists answer to thousands of questions is what every document, looked at one by one, says.

TEST_QUESTIONS, TEST_PROJECTS and TEST_SEED in the environment make for longer and other runs; with TEST_LONG=1
both engines are asked everything.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, text

from schema import MODEL
from tests.support.generators.network import commits
from tests.support.generators.queries import QueryGenerator, collection_path, query_string
from tests.support.oracle.queries import BruteForce, QueryPairs
from tests.support.raw_http import Answer, Ask, answers
from tests.support.site import BASE, KINDS, Site, site_on

QUESTIONS = int(os.environ.get("TEST_QUESTIONS", "2000"))

PROJECTS = int(os.environ.get("TEST_PROJECTS", "3000"))

SEED = int(os.environ.get("TEST_SEED", "1"))

WALKS = max(1, QUESTIONS // 100)

EACH = 1 if os.environ.get("TEST_LONG") else 4
"""Every so many questions are put to PostgreSQL as well."""

PER_PAGE = 25

MOST_PAGES, LONGEST_PAGE = 12, 200
"""A list of more pages is walked in longer ones, as far as they go."""

MOST_TOLD = 15

ROWS = 5_000
"""Rows that are copied from one engine to the other at once."""

AskQuery = Callable[[str, QueryPairs], str]
"""Asks a question about an entity; returns what is wrong with the answer, or nothing."""


@dataclass
class Asked:
    """One network on every engine, the plain answers to questions about it, and how many were asked."""

    sites: dict[str, Site]
    answers: BruteForce
    number: int = 0

    def first_page(self, entity: str, question: QueryPairs) -> str:
        """Ask both engines; return what is wrong with the answers, or nothing."""
        path = f"{collection_path(entity)}?{query_string(question)}"
        self.number += 1
        kinds = KINDS if self.number % EACH == 0 else KINDS[:1]
        got = {kind: _answer(self.sites[kind], path) for kind in kinds}
        expected = self.answers.ask(entity, question)
        limit = int(dict(question).get("limit", PER_PAGE))
        for kind, answer in got.items():
            if _contradicts_itself(answer):
                return f"{kind} finds a contradiction" if expected else ""
            page = json.loads(answer.body)
            if answer.status != 200:
                return f"{kind} answers {answer.status}: {page.get('detail')}"
            if (told := (page["total"], _ids(page))) != (len(expected), expected[:limit]):
                return f"{kind} answers {_short(*told)} and not {_short(len(expected), expected[:limit])}"
        return "" if len({answer.body for answer in got.values()}) == 1 else "the engines' bytes differ"

    def walk(self, entity: str, question: QueryPairs) -> str:
        """Walk a list to its end and back on every engine; return what is wrong, or nothing."""
        expected = self.answers.ask(entity, question)
        asked = [pair for pair in question if pair[0] != "limit"]
        limit = max(int(dict(question).get("limit", PER_PAGE)), len(expected) // MOST_PAGES + 1)
        path = f"{collection_path(entity)}?{query_string([*asked, ('limit', str(min(limit, LONGEST_PAGE)))])}"
        for kind, site in self.sites.items():
            if not expected and _contradicts_itself(_answer(site, path)):
                continue
            forward = _walk(site, path, "next")
            back = _walk(site, forward[-1]["view"]["uri"].removeprefix(BASE), "previous")
            if [one for page in forward for one in _ids(page)] != expected:
                return f"{kind} walks through other records"
            if [page["items"] for page in reversed(back)] != [page["items"] for page in forward]:
                return f"{kind} walks back another way"
            if {page["total"] for page in [*forward, *back]} != {len(expected)}:
                return f"{kind} has another total on the way"
        return ""


def hold(ask: AskQuery, questions: Iterator[tuple[str, QueryPairs]]) -> None:
    """Ask all questions. Raise AssertionError with the simplest forms of those answered wrongly."""

    def complaint(entity: str, question: QueryPairs) -> str:
        try:
            return ask(entity, question)
        except AssertionError as error:
            return str(error) or repr(error)

    wrong = [(*asked, told) for asked in questions if (told := complaint(*asked))]
    lines = [f"{len(wrong)} questions are answered wrongly, such as"]
    for entity, question, told in wrong[:MOST_TOLD]:
        simple = _simplest(complaint, entity, question)
        again = complaint(entity, simple) or f"right when asked again, and at first: {told}"
        lines.append(f"{collection_path(entity)}?{query_string(simple)} {simple}: {again}")
    assert not wrong, "\n".join(lines)


@pytest.fixture(scope="module")
def asked(databases) -> Iterator[Asked]:
    with ExitStack() as stack:
        sites = {kind: stack.enter_context(site_on(databases.make(kind))) for kind in KINDS}
        for acts in commits(SEED, PROJECTS):
            sites["sqlite"].store.commit(acts, "editor")
        _copy(sites["sqlite"], sites["postgresql"])
        with sites["postgresql"].store.database.writing() as connection:
            # As its own housekeeping does before long; it plans badly for tables that it knows nothing of.
            connection.execute(text("ANALYZE"))
        assert _digests(sites["sqlite"]) == _digests(sites["postgresql"])
        yield Asked(sites, BruteForce(_documents(sites["sqlite"]), _changes(sites["sqlite"])))


@pytest.mark.parametrize("entity", MODEL.by_name)
def test_a_list_that_is_asked_nothing_is_everything_in_order_of_ids(asked, entity):
    for question in ([], [("limit", "1")], [("limit", "50")]):
        assert not asked.first_page(entity, question)
    assert not asked.walk(entity, [("limit", "50")])


def test_every_question_is_answered_as_looking_through_everything_would(asked):
    generator = QueryGenerator(asked.answers, SEED)
    hold(asked.first_page, generator.queries(QUESTIONS))


def test_walking_through_an_answer_there_and_back_shows_all_of_it_once(asked):
    generator = QueryGenerator(asked.answers, SEED + 1)
    hold(asked.walk, generator.queries(WALKS))


def _copy(one: Site, other: Site) -> None:
    """Put every row of one database into another: what writes them is the same code, and tested on both."""
    tables = one.store.tables.metadata.sorted_tables
    with one.store.database.reading() as source, other.store.database.writing() as target:
        for table in reversed(tables):
            target.execute(table.delete())
        session = other.store.session(target)
        for table in tables:
            result = source.execution_options(yield_per=ROWS).execute(select(table))
            for rows in result.partitions():
                session.insert(table, [tuple(row) for row in rows])


def _documents(site: Site) -> dict[str, dict[str, Any]]:
    """Return every public document, by entity and id."""
    table = site.store.tables.document
    found: dict[str, dict[str, Any]] = {entity: {} for entity in MODEL.by_name}
    with site.store.database.reading() as connection:
        for row in connection.execute(select(table.c.entity, table.c.id, table.c.body)):
            found[row.entity][row.id] = msgspec.json.decode(row.body)
    return found


def _digests(site: Site) -> set[tuple[str, str, bytes]]:
    """Return what tells the bytes of every public document."""
    table = site.store.tables.document
    with site.store.database.reading() as connection:
        rows = connection.execute(select(table.c.entity, table.c.id, table.c.body))
        return {(row.entity, row.id, sha256(row.body).digest()) for row in rows}


def _changes(site: Site) -> dict[tuple[str, str], int]:
    """Return which of all public changes was the last of each record."""
    table = site.store.tables.change
    with site.store.database.reading() as connection:
        rows = connection.execute(select(table.c.entity, table.c.id, table.c.number).order_by(table.c.number))
        return {(row.entity, row.id): row.number for row in rows}


def _answer(site: Site, path: str) -> Answer:
    return answers(site, [Ask(path.encode())])[0]


def _contradicts_itself(answer: Answer) -> bool:
    """Tell whether a question was refused because nothing can be found by it."""
    return answer.status == 400 and "both required and excluded" in json.loads(answer.body)["detail"]


def _walk(site: Site, address: str | None, relation: str) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    while address:
        answer = _answer(site, address.removeprefix(BASE))
        assert answer.status == 200, (address, answer.body)
        pages.append(json.loads(answer.body))
        address = pages[-1]["view"].get(relation)
        assert len(pages) <= pages[0]["total"] + 1, address
    return pages


def _simplest(ask: AskQuery, entity: str, question: QueryPairs) -> QueryPairs:
    """Return what is left of a question when everything is taken away that is not needed to fail."""
    for place in range(len(question)):
        less = [*question[:place], *question[place + 1 :]]
        if _is_whole(less) and ask(entity, less):
            return _simplest(ask, entity, less)
    return question


def _is_whole(question: QueryPairs) -> bool:
    """Tell whether a question has the currency that its amounts need."""
    names = [name for name, _ in question]
    return "currency" in names or not {"amount_from", "amount_to"} & {*names}


def _ids(page: dict[str, Any]) -> list[str]:
    return [one["id"] for one in page["items"]]


def _short(total: int, ids: list[str]) -> str:
    return f"{total} {' '.join(ids[:8])}{' …' if len(ids) > 8 else ''}"
