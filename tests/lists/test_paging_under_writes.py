"""Paging during writes: a record whose position does not change appears exactly once."""

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
from schema.declaration.entity import Entity
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
"""Some have the same first day, and one has none."""


@dataclass
class Writer:
    """Publishes, changes and withdraws some records, and rewrites others without moving them."""

    dice: random.Random
    number: int = 0
    public: set[str] = field(default_factory=set)

    def steady(self, place: int) -> Entity:
        """Return a record that stays where it is, in words that change."""
        self.number += 1
        start = STARTS[place % len(STARTS)]
        return record(
            "Project",
            f"steady-{place * 7919 % 1000}",
            title={"en": f"Tilts {place // 3 % 11}"},
            status="completed",
            summary={"en": f"Version {self.number} of the summary"},
            **({"start": start} if start else {"start": "2015", "acronym": "T"}),
        )

    def moving(self) -> Entity:
        """Return one of the other records, as it has not been before."""
        self.number += 1
        return record(
            "Project",
            f"moving-{self.dice.randrange(MOVING) * 7919 % 1000}",
            title={"en": f"{self.dice.choice(('Tilts', 'Bridge'))} {self.dice.randrange(20)}"},
            status=self.dice.choice(("completed", "ongoing")),
            **self.dice.choice(({}, {"start": f"20{self.dice.randrange(10, 30)}"})),
            **self.dice.choice(({}, {"summary": {"en": f"Version {self.number}"}})),
        )

    def first(self) -> list[RecordAction]:
        """Return what is to be there before anybody asks."""
        moving = {one.id: publish(one) for one in (self.moving() for _ in range(MOVING))}
        self.public |= moving.keys()
        return [*(publish(self.steady(place)) for place in range(STEADY)), *moving.values()]

    def acts(self, store: Store) -> None:
        """Change or withdraw some of what moves, and rewrite something that does not."""
        moving = {one.id: publish(one) for one in (self.moving() for _ in range(self.dice.choice((1, 2, 3))))}
        gone = self.dice.choice([*moving])
        if self.dice.random() < 0.3 and gone in self.public:
            moving[gone] = unpublish(("Project", gone))
        self.public = (self.public | moving.keys()) - {
            one.key[1] for one in moving.values() if one.action == "unpublish"
        }
        steady = publish(self.steady(self.dice.randrange(STEADY)))
        store.commit([steady, *moving.values()], "editor")


@dataclass
class Walks:
    """An installation that is written to while it is asked."""

    site: Site
    writer: Writer

    def __post_init__(self) -> None:
        self.steady = {self.writer.steady(place).id for place in range(STEADY)}

    def there_and_back(self, target: str, meanwhile: Callable[[], None]) -> None:
        """Walk to the end and back; raise AssertionError unless all that is steady is seen once each way."""
        forward = [*self._pages(target, "next", meanwhile)]
        back = [*self._pages(forward[-1]["view"]["uri"].removeprefix(BASE), "previous", meanwhile)]
        assert len(forward) > STEADY // 5
        for pages in (forward, back):
            seen = Counter(one["id"] for page in pages for one in page["items"])
            assert {one: seen[one] for one in self.steady} == dict.fromkeys(self.steady, 1), target
            if "sort" not in target and "q=" not in target:
                assert set(seen.values()) == {1}, target

    def _pages(self, target: str | None, relation: str, meanwhile: Callable[[], None]) -> Iterator[dict]:
        while target:
            page = self.site.json(target)
            yield page
            target = page["view"].get(relation, "").removeprefix(BASE)
            meanwhile()


@pytest.fixture(params=KINDS)
def walks(request, databases) -> Iterator[Walks]:
    with site_on(databases.make(request.param)) as site:
        writer = Writer(random.Random(0))  # noqa: S311 - the same acts each time
        site.store.commit(writer.first(), "editor")
        yield Walks(site, writer)


def test_between_any_two_pages_others_may_publish_and_withdraw(walks):
    for target in LISTS:
        walks.there_and_back(target, lambda: walks.writer.acts(walks.site.store))
    assert walks.writer.number > 200


def test_others_may_publish_and_withdraw_all_the_time(walks):
    done = Event()

    def write() -> int:
        """Write in a store of one's own, as another process would, until the walks are done."""
        store = create_store(Settings(database=walks.site.address, base=BASE))
        writer = Writer(random.Random(1))  # noqa: S311 - the same acts each time
        rounds = 0
        while not done.is_set():
            writer.acts(store)
            rounds += 1
        store.database.close()
        return rounds

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        try:
            for target in LISTS:
                walks.there_and_back(target, lambda: None)
        finally:
            done.set()
        assert writing.result() > 0


def test_going_on_and_turning_back_meets_what_was_just_seen(walks):
    """The page before the next one is the one that was left, though others publish meanwhile."""
    for target in LISTS:
        first = walks.site.json(target)
        walks.writer.acts(walks.site.store)
        second = walks.site.json(first["view"]["next"].removeprefix(BASE))
        walks.writer.acts(walks.site.store)
        again = walks.site.json(second["view"]["previous"].removeprefix(BASE))
        steady = [one["id"] for one in first["items"] if one["id"].startswith("steady")]
        found = [one["id"] for one in again["items"] if one["id"].startswith("steady")]
        assert found == steady[-len(found) :] or steady == found[-len(steady) :], target
