"""Tests of paging during writes: a record whose position does not change appears exactly once."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import pytest

from api.settings import Settings
from api.store.log.actions import RecordAction, publish, unpublish
from api.store.publishing.store import Store
from api.store_factory import create_store
from schema.declaration.entity_base import Entity
from tests.support.assertions import ids
from tests.support.generators.records import record
from tests.support.site import BASE, KINDS, Site, site_on

STEADY, MOVING = 24, 12

LISTS = (
    "/projects?limit=5",
    "/projects?limit=5&sort=title",
    "/projects?limit=5&sort=-start,title",
    "/projects?limit=5&q=tilts",
    "/projects?limit=5&q=%22tilts%22&sort=title",
    "/projects?limit=5&status=completed",
    "/projects?limit=5&start_from=2010&has=summary&sort=-start",
    "/search?limit=5&q=tilts",
)

STARTS = ("2011", "2012-05", "2012-05-01", "2012", None, "2019-22")
"""Some start on the same day, and one has no start."""


@dataclass
class ProjectWriter:
    """Publishes, changes and unpublishes moving projects, and rewrites steady ones in their position."""

    rng: random.Random
    number: int = 0
    public: set[str] = field(default_factory=set)

    def steady(self, index: int) -> Entity:
        """Return a project with a fixed position in every list and a new summary."""
        self.number += 1
        start = STARTS[index % len(STARTS)]
        return record(
            "Project",
            f"steady-{index * 7919 % 1000}",
            title={"en": f"Tilts {index // 3 % 11}"},
            status="completed",
            summary={"en": f"Version {self.number} of the summary"},
            **({"start": start} if start else {"start": "2015", "acronym": "T"}),
        )

    def moving(self) -> Entity:
        """Return a new version of a moving project."""
        self.number += 1
        return record(
            "Project",
            f"moving-{self.rng.randrange(MOVING) * 7919 % 1000}",
            title={"en": f"{self.rng.choice(('Tilts', 'Bridge'))} {self.rng.randrange(20)}"},
            status=self.rng.choice(("completed", "ongoing")),
            **self.rng.choice(({}, {"start": f"20{self.rng.randrange(10, 30)}"})),
            **self.rng.choice(({}, {"summary": {"en": f"Version {self.number}"}})),
        )

    def initial_actions(self) -> list[RecordAction]:
        """Return the actions that publish the initial projects."""
        moving = {project.id: publish(project) for project in (self.moving() for _ in range(MOVING))}
        self.public |= moving.keys()
        return [*(publish(self.steady(index)) for index in range(STEADY)), *moving.values()]

    def write(self, store: Store) -> None:
        """Change or unpublish some moving projects, and rewrite a steady one, in one commit."""
        projects = [self.moving() for _ in range(self.rng.choice((1, 2, 3)))]
        moving = {project.id: publish(project) for project in projects}
        withdrawn = self.rng.choice([*moving])
        if self.rng.random() < 0.3 and withdrawn in self.public:
            moving[withdrawn] = unpublish(("Project", withdrawn))
        self.public = (self.public | moving.keys()) - {
            action.key[1] for action in moving.values() if action.action == "unpublish"
        }
        steady = publish(self.steady(self.rng.randrange(STEADY)))
        store.commit([steady, *moving.values()], "editor")


@dataclass
class Pager:
    """Pages through lists of a site, and writes between the pages."""

    site: Site
    writer: ProjectWriter

    def __post_init__(self) -> None:
        self.steady = {self.writer.steady(index).id for index in range(STEADY)}

    def there_and_back(self, target: str, write: Callable[[], None]) -> None:
        """Page to the end of a list and back, and write after each page.

        Raise AssertionError unless each steady project appears once in each direction.
        """
        forward = [*self._pages(self.site.json(target), "next", write)]
        back = [*self._pages(self._end(forward), "previous", write)]
        assert len(forward) > STEADY // 5
        for pages in (forward, back):
            counts = Counter(id_ for page in pages for id_ in ids(page))
            assert {id_: counts[id_] for id_ in self.steady} == dict.fromkeys(self.steady, 1), target
            if "sort" not in target and "q=" not in target:
                assert set(counts.values()) == {1}, target

    def _pages(self, page: dict, relation: str, write: Callable[[], None]) -> Iterator[dict]:
        while True:
            yield page
            write()
            if relation not in page["view"]:
                return
            page = self.site.json(page["view"][relation].removeprefix(BASE))

    def _end(self, pages: list[dict]) -> dict:
        """Return the last page as it is now: the one that was read last may be empty since, or have others after it."""
        targets = [page["view"]["uri"] for page in pages]
        while True:
            page = self.site.json(targets[-1].removeprefix(BASE))
            if not page["items"]:
                targets.pop()
            elif "next" in page["view"]:
                targets.append(page["view"]["next"])
            else:
                return page


@pytest.fixture(params=KINDS)
def pager(request, databases) -> Iterator[Pager]:
    with site_on(databases.make(request.param)) as site:
        writer = ProjectWriter(random.Random(0))  # noqa: S311 - the same actions each time
        site.store.commit(writer.initial_actions(), "editor")
        yield Pager(site, writer)


def test_commits_between_any_two_pages_repeat_and_lose_no_steady_record(pager):
    for target in LISTS:
        pager.there_and_back(target, lambda: pager.writer.write(pager.site.store))
    assert pager.writer.number > 200


def test_concurrent_commits_repeat_and_lose_no_steady_record(pager):
    done = Event()

    def write() -> int:
        """Write in a second store, as another process would, and return the number of commits."""
        store = create_store(Settings(database=pager.site.address, base=BASE))
        writer = ProjectWriter(random.Random(1))  # noqa: S311 - the same actions each time
        commits = 0
        while not done.is_set():
            writer.write(store)
            commits += 1
        store.database.close()
        return commits

    with ThreadPoolExecutor(1) as threads:
        commits = threads.submit(write)
        try:
            for target in LISTS:
                pager.there_and_back(target, lambda: None)
        finally:
            done.set()
        assert commits.result() > 0


def test_previous_leads_from_the_second_page_back_to_the_first(pager):
    """The `previous` link of the second page leads to the first one, in spite of commits in between."""
    for target in LISTS:
        first = pager.site.json(target)
        pager.writer.write(pager.site.store)
        second = pager.site.json(first["view"]["next"].removeprefix(BASE))
        pager.writer.write(pager.site.store)
        again = pager.site.json(second["view"]["previous"].removeprefix(BASE))
        before = [id_ for id_ in ids(first) if id_.startswith("steady")]
        after = [id_ for id_ in ids(again) if id_.startswith("steady")]
        assert after == before[-len(after) :] or before == after[-len(before) :], target
