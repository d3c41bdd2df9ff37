"""The hostile door: whatever is sent, the right refusal, in process, over sockets, on both engines."""

import gc
import json
import random
import re
import socket
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote_from_bytes

import pytest

from tests.support.deadlines import PATIENCE
from tests.support.processes import Server, free_port, started
from tests.support.raw_http import Answer, Ask, answers
from tests.support.site import BASE, FORMATS, KINDS, Site, addresses, site_on

RECORD = b"/projects/ensie"

HOST, CLOSE = b"Host: a.example\r\n", b"Connection: close\r\n\r\n"

INSIDE = re.compile(
    rb'Traceback|SELECT|sqlite|psycopg|asyncpg|sqlalchemy|litestar|File "|\.py\b|_participations',
    re.IGNORECASE,
)

LONG = b"a" * 20_480

HOSTS = ((), (b"",), (b"a.example", b"a.example"), (b"a.example", b"b.example"))

# Every problem with its status, and what meets it.
REFUSED = {
    ("bad-request", 400): [Ask(b"/projects/" + one) for one in (b"%ff", b"%C3%28", b"%ED%A0%80", b"ensie%00")],
    ("bad-query", 400): [Ask(b"/projects?cursor=%ff"), Ask(b"/projects?" + b"limit=1&" * 260)],
    ("bad-parameter", 400): [Ask(b"/projects?cursor=%00"), Ask(b"/projects?limit=1" + b"0" * 99)],
    ("unknown-parameter", 400): [Ask(b"/projects?%00=1"), Ask(b"/projects/ensie?'=1")],
    ("uri-too-long", 414): [
        *(Ask(one + LONG) for one in (b"/projects/", b"/projects?cursor=", b"/livez?")),
        Ask(b"/livez?" + LONG, method="POST"),
    ],
    ("headers-too-large", 431): [
        Ask(RECORD, ((b"x-large", LONG),)),
        Ask(RECORD, tuple((b"x-%d" % n, b"a" * 1000) for n in range(20))),
        Ask(RECORD, ((b"accept", b",".join([b"a/b"] * 10_000)),)),
    ],
    ("bad-host", 400): [
        Ask(target, hosts=hosts, method=method)
        for target, method in ((RECORD, "GET"), (b"/", "PUT"), (b"/livez", "GET"), (b"/livez", "POST"))
        for hosts in HOSTS
    ],
    ("not-acceptable", 406): [
        Ask(RECORD, ((b"accept", one),))
        for one in (b"text/turtle\xe9\xff", b"*/*;q=1e999", b"*/*;q=nan", b"*/*;q=-0.1", b"a/b," * 3000)
    ],
    ("not-found", 404): [
        *(Ask(b"/projects/ensie." + name.upper().encode()) for name in FORMATS),
        *(Ask(one) for one in (b"//", b"//projects", b"/projects//ensie", b"/projects/", b"///etc/passwd")),
        *(Ask(one) for one in (b"/..", b"/projects/../projects/ensie", b"/./projects", b"/%2e%2e/projects")),
        *(Ask(one) for one in (b"/projects/ensie.", b"/.json", b"/projects/ensie..ttl", b"/projects%2Fensie")),
        *(Ask(one) for one in (b"/livez/", b"//livez", b"/%6Civez", b"/context.JSONLD", b"/projects/%0d%0aX:")),
    ],
    ("content-too-large", 413): [
        *(Ask(one, body=b"{}") for one in (b"/", RECORD, b"/nothing", b"/context.jsonld", b"/livez", b"/readyz")),
        Ask(RECORD, ((b"transfer-encoding", b"chunked"),), body=b"2\r\n{}\r\n0\r\n\r\n"),
    ],
    ("method-not-allowed", 405): [
        Ask(target, method=method, body=b"[" * 5000)
        for target in (b"/", b"/projects", RECORD, b"/context.jsonld", b"/livez")
        for method in ("POST", "PUT", "PATCH", "DELETE", "BREW")
    ],
}  # fmt: skip

ROWS = [(*problem, ask) for problem, asks in REFUSED.items() for ask in asks]

TAGS = b", ".join(b'"%d"' % n for n in range(1500))

WHOLE = {
    b"range": (b"bytes=0-9", b"bytes=-1", b"bytes=9-0", b"lines=1", b"bytes=" + b"0-," * 3000),
    b"accept": (b"", b",,, ,", b"a/b," * 3000 + b"*/*", b"text/turtle;q=1e999, */*;q=0.1"),
    b"if-none-match": (TAGS, b'"', b'"""', b"W/", b'"a', b'a"', b",", b'\\"', b"\xff", b'"*"'),
}

# What is hardly HTTP: the server itself may refuse it, or say nothing and close.
HARDLY_HTTP = {
    "a NUL in a header": (b"GET / HTTP/1.1\r\n" + HOST + b"Accept: a\0b\r\n" + CLOSE, {400}),
    "a letter that is not ASCII in the path": (b"GET /projects/\xff HTTP/1.1\r\n" + HOST + CLOSE, {400, 404}),
    "a space in the path": (b"GET /pro jects HTTP/1.1\r\n" + HOST + CLOSE, {400}),
    "an address of 70 KB": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + CLOSE, {414}),
    "a header of 2 MB": (b"GET / HTTP/1.1\r\nX: " + b"a" * 2_000_000 + b"\r\n" + HOST + CLOSE, {431}),
    "200 headers": (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200 + HOST + CLOSE, {431}),
    "bare LF": (b"GET / HTTP/1.1\nHost: a.example\nConnection: close\n\n", {200, 400}),
    "bare CR": (b"GET / HTTP/1.1\rHost: a.example\r\r" + CLOSE, {400}),
    "a folded header": (b"GET / HTTP/1.1\r\nX: a\r\n b\r\n" + HOST + CLOSE, {400}),
    "a space before a colon": (b"GET / HTTP/1.1\r\nHost : a.example\r\n" + CLOSE, {400}),
    "two lengths": (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" + HOST + CLOSE + b"ab", {400}),
    "a negative length": (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n" + HOST + CLOSE, {400}),
    "an encoding that is unknown": (b"POST / HTTP/1.1\r\nTransfer-Encoding: x\r\n" + HOST + CLOSE, {400, 501}),
    "1.0 without Host": (b"GET / HTTP/1.0\r\n\r\n", {400}),
    "1.0": (b"GET / HTTP/1.0\r\n" + HOST + b"\r\n", {200}),
    "0.9": (b"GET /\r\n\r\n", {400}),
    "9.9": (b"GET / HTTP/9.9\r\n" + HOST + CLOSE, {400, 505}),
    "a word": (b"hello\r\n\r\n", {400}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n", {400}),
    "NULs": (b"\0" * 100 + b"\r\n\r\n", {400}),
    "an absolute target": (b"GET http://other.example/ HTTP/1.1\r\n" + HOST + CLOSE, {200}),
    "an absolute target and two hosts": (b"GET http://a.example/ HTTP/1.1\r\n" + HOST * 2 + CLOSE, {400}),
    # Its authority stands for Host, which the server then makes of it.
    "an absolute target without Host": (b"GET http://a.example/ HTTP/1.1\r\n" + CLOSE, {200, 400}),
}  # fmt: skip


class Door(NamedTuple):
    """One database behind two doors: in process, and over sockets."""

    site: Site
    server: Server

    def both(self, ask: Ask) -> list[Answer]:
        """Return what either door answers."""
        first = b"%s %s HTTP/1.1\r\n" % (ask.method.encode(), ask.target)
        lines = b"".join(b"%s: %s\r\n" % one for one in ask.sent_headers)
        return [*answers(self.site, [ask]), parse(talk(self.server, [first, lines, CLOSE, ask.body]))]


def parse(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    return Answer.of(int(first.split(b" ")[1]), [line.split(b": ", 1) for line in lines], body)


def talk(server: Server, parts: Iterable[bytes]) -> bytes:
    """Send as much as the server takes, and return what it says until it closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        said = []
        try:
            for part in parts:
                connection.sendall(part)
        except ConnectionError:
            said.append(b"")  # It has heard enough; what it said can still be read.
        try:
            said += iter(lambda: connection.recv(65_536), b"")
        except ConnectionResetError:
            said.append(b"")
        return b"".join(said)


@pytest.fixture(scope="module")
def doors(databases, tmp_path_factory) -> Iterator[list[Door]]:
    with ExitStack() as stack:
        found = []
        for kind in KINDS:
            address, folder = databases.make_with_content(kind), tmp_path_factory.mktemp(kind)
            site = stack.enter_context(site_on(address))
            server = stack.enter_context(started(folder, free_port(), database=address, base=BASE))
            found.append(Door(site, server))
        for door in found:
            door.server.wait_until_ready()
        yield found


def serves_on(doors: Iterable[Door]) -> None:
    for door in doors:
        assert door.server.get("/livez") == (200, b'{"status":"alive"}')


def check(answer: Answer) -> None:
    """Check what holds of any answer: it is no fault of ours, it shows no inside, it is typed."""
    assert answer.status < 500, answer
    assert not INSIDE.search(answer.content), answer
    if not (200 <= answer.status < 300 or answer.status == 304):
        assert answer.header("content-type") == "application/problem+json", answer
        assert not answer.body or json.loads(answer.content)["status"] == answer.status


def name(row: tuple) -> str:
    problem, _, ask = row
    return f"{problem} {ask.method} {quote_from_bytes(ask.target)[:30]}"


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_the_hostile_door_refuses_alike_in_process_over_sockets_and_on_both_engines(doors, row):
    problem, status, ask = row
    found = [one for door in doors for one in door.both(ask)]
    check(found[0])
    assert {one.status for one in found} == {status}
    assert {json.loads(one.body)["type"] for one in found} == {f"{BASE}/problems/{problem}"}
    assert len(set(found)) == 1
    serves_on(doors)


@pytest.mark.parametrize("header", [(name, one) for name, values in WHOLE.items() for one in values])
def test_what_a_header_says_that_is_not_taken_up_changes_no_byte(doors, header):
    found = [one for door in doors for ask in (Ask(RECORD), Ask(RECORD, (header,))) for one in door.both(ask)]
    assert found[0].status == 200
    assert len(set(found)) == 1
    serves_on(doors)


def test_one_tag_among_thousands_is_found(doors):
    tag = doors[0].both(Ask(RECORD))[0].header("etag").encode()
    asks = [
        Ask(RECORD, ((b"if-none-match", one),)) for one in (TAGS + b", " + tag, b"W/" + tag + b"," + TAGS)
    ]
    found = [one for door in doors for ask in asks for one in door.both(ask)]
    assert {(one.status, one.body) for one in found} == {(304, b"")}


@pytest.mark.parametrize("case", HARDLY_HTTP)
def test_what_is_hardly_http_is_refused_or_read_as_one_request(doors, case):
    sent, statuses = HARDLY_HTTP[case]
    raw = [talk(door.server, [sent]) for door in doors]
    found = [parse(one) for one in raw if one]
    assert {one.status for one in found} <= statuses
    assert {one.count(b"HTTP/1.") for one in raw} <= {0, 1}
    assert len(set(found)) <= 1
    if 200 in {one.status for one in found}:
        assert found[0].body == doors[0].both(Ask(b"/"))[0].body
    serves_on(doors)


@pytest.mark.parametrize("method", [b"POST", b"GET"])
def test_a_request_with_two_ends_hides_no_other(doors, method):
    both = b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    hidden = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"
    for door in doors:
        raw = talk(door.server, [method + b" /projects HTTP/1.1\r\n" + HOST + both + hidden])
        assert raw.count(b"HTTP/1.") <= 1
        assert b"alive" not in raw
        check(parse(raw))
    serves_on(doors)


def test_a_client_that_goes_away_in_the_middle_is_not_missed(doors):
    whole = b"GET /projects HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\n{"
    for door in doors:
        for end in range(0, len(whole), 5):
            with socket.create_connection(("127.0.0.1", door.server.port)) as connection:
                connection.sendall(whole[:end])
    serves_on(doors)


def processes(server: Server) -> dict[str, int]:
    """Return the resident kilobytes of a server's processes."""
    main = server.process.pid
    found = [str(main), *Path(f"/proc/{main}/task/{main}/children").read_text().split()]
    memory = re.compile(r"VmRSS:\s+(\d+)")
    return {pid: int(memory.search(Path(f"/proc/{pid}/status").read_text())[1]) for pid in found}


def uploads(method: bytes, target: bytes) -> Iterator[Iterator[bytes]]:
    """Yield 20 MB of opening brackets, once with a length and once in chunks."""
    first = method + b" " + target + b" HTTP/1.1\r\n" + HOST
    part, count = b"[" * 65_536, 320
    yield iter([first + b"Content-Length: %d\r\n\r\n" % (len(part) * count), *[part] * count])
    chunk = b"%x\r\n%s\r\n" % (len(part), part)
    yield iter([first + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * count, b"0\r\n\r\n"])


def test_twenty_megabytes_are_refused_without_being_kept(doors):
    for door in doors:
        before = processes(door.server)
        for target in (b"/", b"/projects", RECORD, b"/nothing", b"/livez"):
            for method in (b"POST", b"PUT", b"GET"):
                for parts in uploads(method, target):
                    answer = parse(talk(door.server, parts))
                    assert answer.status == (413 if method == b"GET" else 405)
                    check(answer)
        after = processes(door.server)
        assert after.keys() == before.keys()
        assert sum(after.values()) - sum(before.values()) < 30_000
    serves_on(doors)


PARAMETERS = ("limit=1", "limit=-1", "limit=%31", "limit=\u0663", "format=ttl", "format=%00", "cursor=e30", "x=1", "=", "&&", "%")  # fmt: skip

HEADERS = {
    b"accept": (b"text/turtle", b"*/*;q=0", b"application/*;q=0.5, text/turtle;q=1e999", b"\xff\xfe", b";;;", b",", b"text/*;q"),
    b"accept-encoding": (b"gzip", b"gzip;q=0, *", b"br;q=nan, gzip;q=1e-9", b"identity;q=0", b"\0"),
    b"if-none-match": (b"*", b'"', b'W/"', TAGS, b'"a", *'),
    b"range": (b"bytes=0-0", b"bytes=9999999999999999999-"),
    b"content-length": (b"0", b"1", b"-1", b"x"),
    b"host": (b"b.example",),
    b"x-large": (b"a" * 17_000,),
    b"x-http-method-override": (b"DELETE",),
    b"origin": (b"null",),
}  # fmt: skip


def mutated(dice: random.Random, target: bytes) -> bytes:
    """Return an address with one thing changed."""
    at, path = dice.randrange(len(target)), target.partition(b"?")[0]
    before, after = target[:at], target[at:]
    suffix = dice.choice((b".json", b".jsonld", b".ttl", b".nt", b".rdf", b".xyz", b".TTL", b"."))
    parameter = (b"&" if b"?" in target else b"?") + dice.choice(PARAMETERS).encode()
    escaped, odd = (
        b"%%%02x" % dice.randrange(256),
        dice.choice((b"/", b".", b"..", b"//", b"%", b"#", b"\xff")),
    )
    near = (target, target, path + suffix, target + parameter, target + b"/" * dice.choice((1, 3000, 9000)))
    put_in = (before + escaped + after, before + odd + after, before + dice.randbytes(3) + after)
    other = (before + b"%%%02X" % target[at] + after[1:], before + after[1:] or b"/", before.upper() + after)
    return dice.choice(near + put_in + other)


def generated(dice: random.Random, real: list[bytes]) -> Ask:
    """Return a request that may be anything: mostly a GET of something near a real address."""
    headers = []
    for _ in range(dice.choice((0, 0, 1, 1, 2, 4))):
        header = dice.choice(list(HEADERS))
        headers.append((header, dice.choice((*HEADERS[header], dice.randbytes(9)))))
    target = mutated(dice, dice.choice(real))
    target = mutated(dice, target) if dice.random() < 0.3 else target
    method = dice.choices(
        ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "get", "BREW"), (80, 8, 3, 3, 2, 2, 2)
    )[0]
    body = b"[" * 10_000 if method in ("POST", "DELETE") else b""
    return Ask(
        target, tuple(headers), method, body, dice.choices(((b"a.example",), (), (b"",)), (40, 1, 1))[0]
    )


def test_5000_generated_requests_find_no_fault_no_inside_no_difference_and_no_growth(networks):
    dice, blocks, statuses = random.Random(1), [], set()  # noqa: S311 - the same requests each time
    real = [one.encode() for one in (*addresses(networks[0]), "/livez", "/context.jsonld", "/problems/gone")]
    # The framework remembers where a thousand addresses led; fill that before growth is measured.
    answers(networks[0], [Ask(b"/projects/full-%d" % n) for n in range(1100)])
    # So it is remembered what some hundred addresses ask for, and how long a thousand lists are.
    for site in networks:
        answers(site, [Ask(b"/projects?id=full-%d" % n) for n in range(1100)])
    # So do lists remember the words for what may have been meant by a wrong code.
    for site in networks:
        for path, listing in site.client.app.state.dispatcher.router.collections.items():
            answers(site, [Ask(f"/{path}?{name}=zz".encode()) for name in listing.parameters])
    for _ in range(5):
        for _ in range(10):
            asks = [generated(dice, real) for _ in range(100)]
            for ask, one, other in zip(asks, *(answers(site, asks) for site in networks), strict=True):
                check(one)
                assert one == other, ask
                statuses.add(one.status)
        for site in networks:
            # What the tests themselves remember of each address is not what is measured.
            site.client.described.operation.cache_clear()
        gc.collect()
        blocks.append(sys.getallocatedblocks())
    assert {200, 204, 304, 400, 404, 405, 406, 413, 414, 431} <= statuses
    # One object kept of each request would be 6,000: three thousand on either engine.
    assert blocks[-1] - blocks[1] < 5000, blocks


def in_sequence(server: Server, asks: list[tuple[str, str, dict[str, str]]]) -> list[tuple]:
    """Return the answers of one connection."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    found = []
    for method, path, headers in asks:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        sent = [(header.lower(), value) for header, value in answer.getheaders() if header.lower() != "date"]
        found.append((answer.status, sorted(sent), answer.read()))
    connection.close()
    return found


def test_a_thousand_interleaved_requests_answer_as_in_sequence(doors):
    dice = random.Random(2)  # noqa: S311 - the same requests each time
    paths = [*addresses(doors[0].site), "/nothing", "/projects?x=1", "/projects/never", "/livez", "/%00"]
    asks = [
        (
            dice.choice(("GET", "GET", "GET", "HEAD", "OPTIONS")),
            dice.choice(paths),
            {
                "Accept": dice.choice(("*/*", "text/turtle", "x/y")),
                "Accept-Encoding": dice.choice(("gzip", "br")),
            },
        )
        for _ in range(1000)
    ]
    of_either = []
    for door in doors:
        expected = in_sequence(door.server, asks)
        with ThreadPoolExecutor(10) as threads:
            parts = list(threads.map(lambda n, door=door: in_sequence(door.server, asks[n::10]), range(10)))
        assert [parts[n % 10][n // 10] for n in range(len(asks))] == expected
        of_either.append(expected)
    assert of_either[0] == of_either[1]
