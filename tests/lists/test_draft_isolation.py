"""Two databases with the same public acts, one full of drafts besides, answer with the same bytes.

TEST_LONG=1 in the environment asks ten times as many questions.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from api.formats.registry import FORMATS as OFFERED
from schema import MODEL
from tests.support.generators.paired_sites import HIDDEN, NEVER, PUBLIC, ActionGenerator, fill, outcome, quiet
from tests.support.generators.requests import LISTS, RequestGenerator
from tests.support.log_scenarios import rows
from tests.support.raw_http import Answer, Ask, answers
from tests.support.site import BASE, FORMATS, Site, site_on

RUNS = [("sqlite", 1), ("sqlite", 2), ("sqlite", 3), ("postgresql", 4), ("postgresql", 5)]

QUESTIONS = 3000 if os.environ.get("TEST_LONG") else 150

CANARY = re.compile(rb"canary", re.IGNORECASE)

BESIDE = re.compile(rf'<{BASE}([^>]+)>; rel="(?:next|prev)"')


@dataclass
class Pair:
    """A site with public acts only, one that is full of drafts besides, and what both answer."""

    plain: Site
    noisy: Site
    acts: ActionGenerator

    def __post_init__(self) -> None:
        self.questions = [*RequestGenerator(self.acts.rng, self.acts.texts).generate(QUESTIONS)]
        self.answers = self.ask([*ASKS, *self.questions])

    def ask(self, asks: list[Ask]) -> list[tuple[Ask, Answer, Answer]]:
        """Ask both, and return what they answer."""
        return list(zip(asks, answers(self.plain, asks), answers(self.noisy, asks), strict=True))


@pytest.fixture(scope="module", params=RUNS, ids=str)
def pair(request, databases) -> Iterator[Pair]:
    kind, seed = request.param
    with site_on(databases.make(kind)) as plain, site_on(databases.make(kind)) as noisy:
        yield Pair(plain, noisy, fill(plain, noisy, seed))


def path_of(entity: str, identifier: str) -> str:
    return f"/{MODEL.by_name[entity].collection}/{identifier}"


def targets() -> list[str]:
    """Return addresses of all kinds: what is public, was public, is a draft, and never was."""
    pages = ["/", "/index", "/vocab", "/vocab/role", "/vocab/role/partner", "/nothing", *LISTS]
    by_role = [f"/partners/{one}" for one in ("organisation-0", "canary-0", "never-was")]
    return pages + by_role + [path_of(*key) for key in PUBLIC + HIDDEN + NEVER]


def singles() -> Iterator[Ask]:
    """Yield the addresses that have one representation, which content decides of some."""
    for path in ("/context.jsonld", "/livez", "/problems/gone", "/sitemap.xml", "/openapi.json", "/docs"):
        yield Ask(path.encode())
    for shape in MODEL.entities:
        yield Ask(f"/sitemaps/{shape.collection}-1.xml".encode())


def asks() -> list[Ask]:
    """Return every address in every format, each way of choosing it, with all parameters."""
    found = [*singles()]
    for place, target in enumerate(targets()):
        found += [Ask(f"{target}.{name}".encode()) for name in FORMATS]
        if place % 3 == 0:
            found += [Ask(f"{target}?format={name}".encode()) for name in FORMATS]
            found += [Ask(target.encode(), ((b"accept", one.media_type.encode()),)) for one in OFFERED]
        found += [Ask(f"{target}?{query}".encode()) for query in ("limit=1", "limit=3", "limit=200", "x=1")]
        found.append(Ask(target.encode(), ((b"accept", b"text/html"),)))
        found += [Ask(target.encode(), method=method) for method in ("HEAD", "OPTIONS", "POST")]
    gzipped = [ask._replace(headers=(*ask.headers, (b"accept-encoding", b"gzip"))) for ask in found[::4]]
    return found + gzipped


ASKS = asks()


def assert_alike(found: list[tuple[Ask, Answer, Answer]]) -> None:
    """Check that both answer alike, and show of drafts nothing that the question did not say itself."""
    for ask, one, other in found:
        assert one == other, ask
        if not CANARY.search(ask.target.partition(b"?")[2]) and one.status != 308:
            assert not CANARY.search(other.content + str(other.headers).encode()), ask


def test_every_answer_is_the_same_byte_for_byte_and_shows_no_draft(pair):
    assert_alike(pair.answers)
    assert {200, 204, 308, 400, 404, 405, 406, 410} == {one.status for _, one, _ in pair.answers}


def test_the_pages_beside_every_page_are_the_same(pair):
    ways = {
        one.removeprefix(BASE) for _, first, _ in pair.answers for one in BESIDE.findall(first.header("link"))
    }
    found = pair.ask([Ask(one.encode()) for one in sorted(ways)])
    assert_alike(found)
    assert len(found) > 10
    assert {one.status for _, one, _ in found} == {200}


def test_questions_at_random_use_all_that_can_be_asked_and_find_something_and_nothing(pair):
    asked = [(ask, one) for ask, one, _ in pair.answers[len(ASKS) :]]
    good = [(ask, one) for ask, one in asked if one.status == 200]
    assert len(good) > 0.85 * len(asked)
    names = {name for ask, _ in good for name in re.findall(r"[?&]([a-z_]+)=", ask.target.decode())}
    shapes = {"fields", "include", "lang", "fallback", "highlight", "profile"}
    assert names >= {"any", "sort", "q"} | shapes
    totals = Counter(
        min(json.loads(one.body)["total"], 1) for ask, one in good if b"format=json&" in ask.target
    )
    assert min(totals[0], totals[1]) > 3
    assert any(CANARY.search(ask.target) for ask, _ in good)


@pytest.mark.parametrize("limit", [1, 2])
def test_a_walk_with_cursors_is_the_same_there_and_back(pair, limit):
    for path in LISTS:
        for asked in ("q=public&",) if path == "/search" else ("", "q=public&sort=-modified&"):
            first = f"{path}?{asked}limit={limit}"
            assert walk(pair.plain, first) == walk(pair.noisy, first)


def walk(site: Site, target: str) -> list[Answer]:
    """Return the pages of a list, from the first to the last and back to the first."""
    found = []
    for relation in ("next", "previous"):
        while target:
            found += answers(site, [Ask(target.encode())])
            last, target = target, json.loads(found[-1].body)["view"].get(relation, "").removeprefix(BASE)
        target = last
    return found


def test_who_has_the_answer_of_one_has_that_of_the_other(pair):
    had = [(ask, one.header("etag").encode()) for ask, one, _ in pair.answers[::2] if one.header("etag")]
    again = [ask._replace(headers=(*ask.headers, (b"if-none-match", tag))) for ask, tag in had]
    assert {(one.status, one.body) for one in answers(pair.noisy, again)} == {(304, b"")}


def test_a_draft_answers_as_what_never_was(pair):
    for entity, identifier in HIDDEN:
        for end in (*(f".{name}" for name in FORMATS), "", ".xyz", "?format=ttl", "?format=x", "?limit=1"):
            draft, never = (Ask(f"{path_of(entity, one)}{end}".encode()) for one in (identifier, "never-was"))
            one, other = answers(pair.noisy, [draft, never])
            assert one == other
            assert one.status in (400, 404)


def test_more_drafts_and_other_words_in_them_change_no_answer(pair):
    for _ in range(20):
        outcome(quiet(pair.noisy), [pair.acts.draft_action()])
    some = pair.answers[len(ASKS) :: 3]
    assert answers(pair.noisy, [ask for ask, _, _ in some]) == [one for _, one, _ in some]


def test_a_rebuild_from_a_log_full_of_drafts_changes_nothing(pair):
    assert not pair.noisy.store.rebuild()
    assert answers(pair.noisy, [ask for ask, _, _ in pair.answers[::10]]) == [
        one for _, one, _ in pair.answers[::10]
    ]


def test_the_two_differ_in_their_logs_and_not_in_their_public_changes(pair):
    plain, noisy = rows(pair.plain, "revision"), rows(pair.noisy, "revision")
    assert rows(pair.plain, "change") == rows(pair.noisy, "change")
    assert {row[4] for row in rows(pair.plain, "change")} == {"publish", "unpublish", "delete"}
    assert len(noisy) > len(plain) + 50
    assert {row[6] for row in noisy} == {"save", "discard", "publish", "unpublish", "delete"}
    assert not CANARY.search(str(plain).encode())
    assert len(CANARY.findall(str(noisy).encode())) > 200
