"""Two databases with the same public acts, one full of drafts besides, answer with the same bytes."""

import gzip
import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import pytest
from conftest import BASE, FORMATS, Site, site_on
from examples import random_record
from msgspec import to_builtins
from test_log import rows

from api.reading.formats import FORMATS as OFFERED
from api.store.acts import Act, RefusedError, delete, discard, publish, save, unpublish
from schema import MODEL
from schema.declare import Shape
from schema.entity import Entity
from schema.render import Key
from schema.values import LINE, PROSE, Kind

RUNS = [("sqlite", 1), ("sqlite", 2), ("sqlite", 3), ("postgresql", 4), ("postgresql", 5)]
PUBLIC = [(entity, f"{entity.lower()}-{n}") for entity in MODEL.by_name for n in range(4)]
HIDDEN = [(entity, f"canary-{n}") for entity in MODEL.by_name for n in range(2)]
NEVER = [(entity, "never-was") for entity in MODEL.by_name]
LISTS = [f"/{collection}" for collection in MODEL.by_collection]
CANARY = re.compile(rb"canary", re.IGNORECASE)


class Ask(NamedTuple):
    """A request, byte by byte; it has one Host unless it says otherwise."""

    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    method: str = "GET"
    body: bytes = b""
    hosts: tuple[bytes, ...] = (b"data.example.org",)

    @property
    def sent_headers(self) -> list[tuple[bytes, bytes]]:
        found = [*((b"host", one) for one in self.hosts), *self.headers]
        if self.body and (b"transfer-encoding", b"chunked") not in found:
            found.append((b"content-length", str(len(self.body)).encode()))
        return found


class Answer(NamedTuple):
    """Everything an answer consists of, but for what belongs to the moment and the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> "Answer":
        named = [(name.decode().lower(), value.decode("latin-1")) for name, value in headers]
        kept = [one for one in named if one[0] not in ("date", "server", "connection")]
        return cls(status, tuple(sorted(kept)), body)

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")

    @property
    def content(self) -> bytes:
        return gzip.decompress(self.body) if self.body and self.header("content-encoding") else self.body


def answers(site: Site, asks: Iterable[Ask]) -> list[Answer]:
    """Ask in process, where nothing stands between the bytes and the application."""

    async def in_turn() -> list[Answer]:
        return [await _answer(site, ask) for ask in asks]

    return site.client.blocking_portal.call(in_turn)


async def _answer(site: Site, ask: Ask) -> Answer:
    path, _, query = ask.target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": ask.sent_headers,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "extensions": {},
    }
    sent = []

    async def receive():
        pytest.fail(f"The content of {ask.method} {path!r} was asked for.")

    async def send(message):
        sent.append(message)

    await site.client.app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    answer = Answer.of(sent[0]["status"], sent[0]["headers"], body)
    target = ask.target.decode("latin-1")
    site.client.described.check(ask.method, target, answer.status, dict(answer.headers), answer.content)
    return answer


@dataclass
class Acts:
    """Acts at random: the same public ones for everybody, and drafts for one of the two."""

    dice: random.Random
    ended: set = field(default_factory=set)

    def record(self, key: Key, word: str, known: list[Key]) -> Entity:
        """Return a record that links to some of the known ones, or to none."""
        return random_record(self.dice, key, word, known, links=self.dice.choice((0, 1)))

    def public(self) -> list[Act]:
        """Return a set of public acts; some are refused, as they would be of any editor."""
        found = []
        for key in self.dice.sample(PUBLIC, self.dice.choice((1, 2, 4))):
            act = self.dice.choices((publish, unpublish, delete), weights=(10, 4, 2))[0]
            made = self.record(key, "Public", PUBLIC) if act is publish else None
            found.append(act(made) if made else act(key, reason="A public reason."))
        return found

    def hidden(self) -> Act:
        """Return an act that no reader may notice: of a record that is public, or that never is."""
        key = self.dice.choice([one for one in PUBLIC + HIDDEN if one not in self.ended])
        if self.dice.random() < 0.2:
            return discard(key, note="Canary")
        if key in HIDDEN and self.dice.random() < 0.2:
            return delete(key, reason="Canary")
        return save(self.record(key, "Canary", PUBLIC + HIDDEN), note="Canary")

    def drafts(self, public: list[Act]) -> list[Act]:
        """Return drafts that can be in one set with public acts without being refused."""
        ended = {act.key for act in public if act.action == "delete"}
        some = [self.hidden() for _ in range(4)]
        return [act for act in some if act.action == "save" and act.key not in ended]


def outcome(store, acts: list[Act]) -> list:
    """Do acts, and return why they were refused."""
    try:
        store.commit(acts, "editor")
    except RefusedError as error:
        return error.faults
    return []


def fill(plain: Site, noisy: Site, seed: int) -> None:
    """Do the same public acts in both at the same moments, and hidden ones in the second only."""
    acts = Acts(random.Random(seed))  # noqa: S311 - the same acts each time
    quietly = replace(noisy.store, clock=lambda: noisy.store.clock.now)

    def do(public: list[Act]) -> bool:
        """Do a set of public acts, among drafts in the second; tell whether it was done."""
        act = acts.hidden()
        if not outcome(quietly, [act]) and act.action == "delete":
            acts.ended.add(act.key)
        noted = [replace(act, note="Canary") for act in public]
        refused = outcome(plain.store, public)
        assert outcome(noisy.store, [*acts.drafts(public), *noted, *acts.drafts(public)]) == refused
        if not refused:
            acts.ended |= {act.key for act in public if act.action == "delete"}
        return not refused

    assert do([publish(random_record(acts.dice, key, "Public", PUBLIC, links=0)) for key in PUBLIC])
    for _ in range(22):
        do(acts.public())
    # Whatever the dice have said, something was withdrawn and something has ended.
    for act in (unpublish, delete):
        assert any(do([act(key, reason="A public reason.")]) for key in reversed(PUBLIC))


@dataclass
class Pair:
    """A site with public acts only, one that is full of drafts besides, and what both answer."""

    plain: Site
    noisy: Site

    def __post_init__(self) -> None:
        self.answers = list(zip(ASKS, answers(self.plain, ASKS), answers(self.noisy, ASKS), strict=True))


@pytest.fixture(scope="module", params=RUNS, ids=str)
def pair(request, databases) -> Iterator[Pair]:
    kind, seed = request.param
    with site_on(databases.make(kind)) as plain, site_on(databases.make(kind)) as noisy:
        fill(plain, noisy, seed)
        yield Pair(plain, noisy)


def path_of(entity: str, identifier: str) -> str:
    return f"/{MODEL.by_name[entity].collection}/{identifier}"


def targets() -> list[str]:
    """Return addresses of all kinds: what is public, was public, is a draft, and never was."""
    pages = ["/", "/index", "/vocab", "/vocab/role", "/nothing", *LISTS]
    return pages + [path_of(*key) for key in PUBLIC + HIDDEN + NEVER]


def asks() -> list[Ask]:
    """Return every address in every format, each way of choosing it, with all parameters."""
    found = [Ask(path.encode()) for path in ("/context.jsonld", "/livez", "/problems/gone")]
    for target in targets():
        found += [Ask(f"{target}.{name}".encode()) for name in FORMATS]
        found += [Ask(f"{target}?format={name}".encode()) for name in FORMATS]
        found += [Ask(target.encode(), ((b"accept", one.media_type.encode()),)) for one in OFFERED]
        found += [Ask(f"{target}?{query}".encode()) for query in ("limit=1", "limit=3", "limit=200", "x=1")]
        found.append(Ask(target.encode(), ((b"accept", b"text/html"),)))
        found += [Ask(target.encode(), method=method) for method in ("HEAD", "OPTIONS", "POST")]
    gzipped = [ask._replace(headers=(*ask.headers, (b"accept-encoding", b"gzip"))) for ask in found[::4]]
    return found + gzipped


ASKS = asks()


def test_every_answer_is_the_same_byte_for_byte_and_shows_no_draft(pair):
    for ask, one, other in pair.answers:
        assert one == other, ask
        assert not CANARY.search(other.content + str(other.headers).encode()), ask
    assert {200, 204, 400, 404, 405, 406, 410} == {one.status for _, one, _ in pair.answers}


@pytest.mark.parametrize("limit", [1, 2])
def test_a_walk_with_cursors_is_the_same_there_and_back(pair, limit):
    for path in LISTS:
        first = f"{path}?limit={limit}"
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
    had = [(ask, one.header("etag").encode()) for ask, one, _ in pair.answers if one.header("etag")]
    again = [ask._replace(headers=(*ask.headers, (b"if-none-match", tag))) for ask, tag in had]
    assert {(one.status, one.body) for one in answers(pair.noisy, again)} == {(304, b"")}


def test_a_draft_answers_as_what_never_was(pair):
    for entity, identifier in HIDDEN:
        for end in (*(f".{name}" for name in FORMATS), "", ".xyz", "?format=ttl", "?format=x", "?limit=1"):
            draft, never = (Ask(f"{path_of(entity, one)}{end}".encode()) for one in (identifier, "never-was"))
            one, other = answers(pair.noisy, [draft, never])
            assert one == other
            assert one.status in (400, 404)


def test_a_rebuild_from_a_log_full_of_drafts_changes_nothing(pair):
    assert not pair.noisy.store.rebuild()
    assert answers(pair.noisy, ASKS[::10]) == [one for _, one, _ in pair.answers[::10]]


def speaking(shape: Shape, where: str = "") -> Iterator[str]:
    """Yield where a record can say any word, or link to any record."""
    for one in shape.stated:
        if one.part:
            yield from speaking(one.part, f"{where}/{one.name}")
        elif one.kind in (Kind.TEXT, Kind.TEXTS, Kind.IRI, Kind.LINK) or one.leaf.pattern in (LINE, PROSE):
            yield f"{where}/{one.name}"


def singing(shape: Shape, said: dict, where: str = "") -> Iterator[str]:
    """Yield where a record shows the canary."""
    for one in shape.stated:
        given = said.get(one.name, [] if one.many else {})
        for value in given if one.many else [given]:
            if one.part:
                yield from singing(one.part, value, f"{where}/{one.name}")
            elif CANARY.search(str(value).encode()):
                yield f"{where}/{one.name}"


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_a_draft_at_random_can_bear_the_canary_in_every_text_and_link(shape):
    acts = Acts(random.Random(0))  # noqa: S311 - the same acts each time
    drafts = [acts.record((shape.name, "draft"), "Canary", HIDDEN) for _ in range(50)]
    assert {where for one in drafts for where in singing(shape, to_builtins(one))} >= set(speaking(shape))


def test_the_two_differ_in_their_logs_and_not_in_their_public_changes(pair):
    plain, noisy = rows(pair.plain, "revision"), rows(pair.noisy, "revision")
    assert rows(pair.plain, "change") == rows(pair.noisy, "change")
    assert {row[4] for row in rows(pair.plain, "change")} == {"publish", "unpublish", "delete"}
    assert len(noisy) > len(plain) + 50
    assert {row[6] for row in noisy} == {"save", "discard", "publish", "unpublish", "delete"}
    assert not CANARY.search(str(plain).encode())
    assert len(CANARY.findall(str(noisy).encode())) > 200
