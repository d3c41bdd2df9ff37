"""Tests of hostile requests: the same response in process and over sockets, on both engines.

TEST_LONG=1 in the environment sends all random requests to both engines.
"""

import gc
import json
import os
import random
import re
import socket
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote_from_bytes

import pytest

from tests.support.processes import Server, free_port, started
from tests.support.raw_asgi_requests import RawRequest, RawResponse, send_requests
from tests.support.site import BASE, FORMATS, KINDS, Site, addresses, site_on
from tests.support.wait_limit import PATIENCE

RECORD = b"/projects/ensie"

HOST_LINE, CLOSE_LINE = b"Host: a.example\r\n", b"Connection: close\r\n\r\n"

INTERNALS = re.compile(
    rb'Traceback|SELECT|sqlite|psycopg|asyncpg|sqlalchemy|litestar|File "|\.py\b|projects_participations',
    re.IGNORECASE,
)

LONG_TEXT = b"a" * 20_480

POSTGRESQL_INTERVAL = 1 if os.environ.get("TEST_LONG") else 4
"""Every n-th random request is sent to PostgreSQL as well."""

INVALID_HOSTS = ((), (b"",), (b"a.example", b"a.example"), (b"a.example", b"b.example"))

# Refused requests by problem and status.
REFUSED = {
    ("bad-request", 400): [RawRequest(b"/projects/" + suffix) for suffix in (b"%ff", b"%C3%28", b"%ED%A0%80", b"ensie%00")],
    ("bad-query", 400): [RawRequest(b"/projects?cursor=%ff"), RawRequest(b"/projects?" + b"limit=1&" * 260)],
    ("bad-parameter", 400): [RawRequest(b"/projects?cursor=%00"), RawRequest(b"/projects?limit=1" + b"0" * 99)],
    ("unknown-parameter", 400): [RawRequest(b"/projects?%00=1"), RawRequest(b"/projects/ensie?'=1")],
    ("uri-too-long", 414): [
        *(RawRequest(prefix + LONG_TEXT) for prefix in (b"/projects/", b"/projects?cursor=", b"/livez?")),
        RawRequest(b"/livez?" + LONG_TEXT, method="POST"),
    ],
    ("headers-too-large", 431): [
        RawRequest(RECORD, ((b"x-large", LONG_TEXT),)),
        RawRequest(RECORD, tuple((b"x-%d" % n, b"a" * 1000) for n in range(20))),
        RawRequest(RECORD, ((b"accept", b",".join([b"a/b"] * 10_000)),)),
    ],
    ("bad-host", 400): [
        RawRequest(target, hosts=hosts, method=method)
        for target, method in ((RECORD, "GET"), (b"/", "PUT"), (b"/livez", "GET"), (b"/livez", "POST"))
        for hosts in INVALID_HOSTS
    ],
    ("not-acceptable", 406): [
        RawRequest(RECORD, ((b"accept", accept),))
        for accept in (b"text/turtle\xe9\xff", b"*/*;q=1e999", b"*/*;q=nan", b"*/*;q=-0.1", b"a/b," * 3000)
    ],
    ("not-found", 404): [
        *(RawRequest(b"/projects/ensie." + name.upper().encode()) for name in FORMATS),
        *(RawRequest(path) for path in (b"//", b"//projects", b"/projects//ensie", b"/projects//", b"///etc/passwd")),
        *(RawRequest(path) for path in (b"/..", b"/projects/../projects/ensie", b"/./projects", b"/%2e%2e/projects")),
        *(RawRequest(path) for path in (b"/projects/ensie.", b"/.json", b"/projects/ensie..ttl", b"/projects%2Fensie")),
        *(RawRequest(path) for path in (b"/livez//", b"//livez", b"/%6Civez", b"/context.JSONLD", b"/projects/%0d%0aX:")),
    ],
    ("content-too-large", 413): [
        *(RawRequest(path, body=b"{}") for path in (b"/", RECORD, b"/nothing", b"/context.jsonld", b"/livez", b"/readyz")),
        RawRequest(RECORD, ((b"transfer-encoding", b"chunked"),), body=b"2\r\n{}\r\n0\r\n\r\n"),
    ],
    ("method-not-allowed", 405): [
        RawRequest(target, method=method, body=b"[" * 5000)
        for target in (b"/", b"/projects", RECORD, b"/context.jsonld", b"/livez")
        for method in ("POST", "PUT", "PATCH", "DELETE", "BREW")
    ],
}  # fmt: skip

REFUSALS = [(*problem, request) for problem, requests in REFUSED.items() for request in requests]

ETAGS = b", ".join(b'"%d"' % n for n in range(1500))

# Valid and invalid headers that do not change the response.
IGNORED_HEADERS = {
    b"range": (b"bytes=0-9", b"bytes=-1", b"bytes=9-0", b"lines=1", b"bytes=" + b"0-," * 3000),
    b"accept": (b"", b",,, ,", b"a/b," * 99 + b"*/*", b"text/turtle;q=1e999, */*;q=0.1"),
    b"if-none-match": (ETAGS, b'"', b'"""', b"W/", b'"a', b'a"', b",", b'\\"', b"\xff", b'"*"'),
}

# Malformed HTTP and the accepted statuses; the server may also close the connection without a response.
MALFORMED = {
    "a NUL in a header": (b"GET / HTTP/1.1\r\n" + HOST_LINE + b"Accept: a\0b\r\n" + CLOSE_LINE, {400}),
    "a letter that is not ASCII in the path": (b"GET /projects/\xff HTTP/1.1\r\n" + HOST_LINE + CLOSE_LINE, {400, 404}),
    "a space in the path": (b"GET /pro jects HTTP/1.1\r\n" + HOST_LINE + CLOSE_LINE, {400}),
    "an address of 70 KB": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST_LINE + CLOSE_LINE, {414}),
    "a header of 2 MB": (b"GET / HTTP/1.1\r\nX: " + b"a" * 2_000_000 + b"\r\n" + HOST_LINE + CLOSE_LINE, {431}),
    "200 headers": (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200 + HOST_LINE + CLOSE_LINE, {431}),
    "bare LF": (b"GET / HTTP/1.1\nHost: a.example\nConnection: close\n\n", {200, 400}),
    "bare CR": (b"GET / HTTP/1.1\rHost: a.example\r\r" + CLOSE_LINE, {400}),
    "a folded header": (b"GET / HTTP/1.1\r\nX: a\r\n b\r\n" + HOST_LINE + CLOSE_LINE, {400}),
    "a space before a colon": (b"GET / HTTP/1.1\r\nHost : a.example\r\n" + CLOSE_LINE, {400}),
    "two lengths": (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" + HOST_LINE + CLOSE_LINE + b"ab", {400}),
    "a negative length": (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n" + HOST_LINE + CLOSE_LINE, {400}),
    "an encoding that is unknown": (b"POST / HTTP/1.1\r\nTransfer-Encoding: x\r\n" + HOST_LINE + CLOSE_LINE, {400, 501}),
    "1.0 without Host": (b"GET / HTTP/1.0\r\n\r\n", {400}),
    "1.0": (b"GET / HTTP/1.0\r\n" + HOST_LINE + b"\r\n", {200}),
    "0.9": (b"GET /\r\n\r\n", {400}),
    "9.9": (b"GET / HTTP/9.9\r\n" + HOST_LINE + CLOSE_LINE, {400, 505}),
    "a word": (b"hello\r\n\r\n", {400}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n", {400}),
    "NULs": (b"\0" * 100 + b"\r\n\r\n", {400}),
    "an absolute target": (b"GET http://other.example/ HTTP/1.1\r\n" + HOST_LINE + CLOSE_LINE, {200}),
    "an absolute target and two hosts": (b"GET http://a.example/ HTTP/1.1\r\n" + HOST_LINE * 2 + CLOSE_LINE, {400}),
    # The server may use its authority as Host.
    "an absolute target without Host": (b"GET http://a.example/ HTTP/1.1\r\n" + CLOSE_LINE, {200, 400}),
}  # fmt: skip


class Deployment(NamedTuple):
    """One database with two applications: in process, and behind a socket."""

    site: Site
    server: Server

    def send(self, request: RawRequest) -> list[RawResponse]:
        """Send a request in process and over a socket; return both responses."""
        request_line = b"%s %s HTTP/1.1\r\n" % (request.method.encode(), request.target)
        lines = b"".join(b"%s: %s\r\n" % header for header in request.sent_headers)
        parts = [request_line, lines, CLOSE_LINE, request.body]
        return [*send_requests(self.site, [request]), parse(exchange(self.server, parts))]


def parse(raw: bytes) -> RawResponse:
    head, _, body = raw.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    return RawResponse.of(int(status_line.split(b" ")[1]), [line.split(b": ", 1) for line in lines], body)


def exchange(server: Server, parts: Iterable[bytes]) -> bytes:
    """Send as much as the server accepts; return all that it sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        received = []
        try:
            for part in parts:
                connection.sendall(part)
        except ConnectionError:
            received.append(b"")  # It reads no more; its response can still be read.
        try:
            received += iter(lambda: connection.recv(65_536), b"")
        except ConnectionResetError:
            received.append(b"")
        return b"".join(received)


@pytest.fixture(scope="module")
def deployments(databases, tmp_path_factory) -> Iterator[list[Deployment]]:
    with ExitStack() as stack:
        both_engines = []
        for kind in KINDS:
            address, folder = databases.make_with_content(kind), tmp_path_factory.mktemp(kind)
            site = stack.enter_context(site_on(address))
            server = stack.enter_context(started(folder, free_port(), database=address, base=BASE))
            both_engines.append(Deployment(site, server))
        for deployment in both_engines:
            deployment.server.wait_until_ready()
        yield both_engines


def assert_alive(deployments: Iterable[Deployment]) -> None:
    for deployment in deployments:
        assert deployment.server.get("/livez") == (200, b'{"status":"alive"}')


def check(response: RawResponse) -> None:
    """Check a response of any status: no server error, no internals, a problem if it is an error."""
    assert response.status < 500, response
    assert not INTERNALS.search(response.content), response
    if response.status == 308:
        assert response.header("location").startswith(f"{BASE}/"), response
    elif not (200 <= response.status < 300 or response.status == 304):
        assert response.header("content-type") == "application/problem+json", response
        assert not response.body or json.loads(response.content)["status"] == response.status


def refusal_id(refusal: tuple) -> str:
    problem, _, request = refusal
    return f"{problem} {request.method} {quote_from_bytes(request.target)[:30]}"


@pytest.mark.parametrize("refusal", REFUSALS, ids=refusal_id)
def test_a_hostile_request_is_refused_alike_in_process_over_sockets_and_on_both_engines(deployments, refusal):
    problem, status, request = refusal
    responses = [response for deployment in deployments for response in deployment.send(request)]
    check(responses[0])
    assert {response.status for response in responses} == {status}
    assert {json.loads(response.body)["type"] for response in responses} == {f"{BASE}/problems/{problem}"}
    assert len(set(responses)) == 1
    assert_alive(deployments)


@pytest.mark.parametrize(
    "header", [(name, value) for name, values in IGNORED_HEADERS.items() for value in values]
)
def test_an_ignored_header_changes_no_byte(deployments, header):
    requests = (RawRequest(RECORD), RawRequest(RECORD, (header,)))
    responses = [
        response
        for deployment in deployments
        for request in requests
        for response in deployment.send(request)
    ]
    assert responses[0].status == 200
    assert len(set(responses)) == 1
    assert_alive(deployments)


def test_a_matching_etag_among_thousands_gets_304(deployments):
    etag = deployments[0].send(RawRequest(RECORD))[0].header("etag").encode()
    conditions = (ETAGS + b", " + etag, b"W/" + etag + b"," + ETAGS)
    requests = [RawRequest(RECORD, ((b"if-none-match", condition),)) for condition in conditions]
    responses = [
        response
        for deployment in deployments
        for request in requests
        for response in deployment.send(request)
    ]
    assert {(response.status, response.body) for response in responses} == {(304, b"")}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_http_is_refused_or_read_as_one_request(deployments, case):
    request, statuses = MALFORMED[case]
    raw = [exchange(deployment.server, [request]) for deployment in deployments]
    responses = [parse(received) for received in raw if received]
    assert {response.status for response in responses} <= statuses
    assert {received.count(b"HTTP/1.") for received in raw} <= {0, 1}
    assert len(set(responses)) <= 1
    if 200 in {response.status for response in responses}:
        assert responses[0].body == deployments[0].send(RawRequest(b"/"))[0].body
    assert_alive(deployments)


@pytest.mark.parametrize("method", [b"POST", b"GET"])
def test_a_request_with_two_lengths_smuggles_no_other(deployments, method):
    lengths = b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    hidden = b"GET /livez HTTP/1.1\r\n" + HOST_LINE + b"\r\n"
    for deployment in deployments:
        raw = exchange(
            deployment.server, [method + b" /projects HTTP/1.1\r\n" + HOST_LINE + lengths + hidden]
        )
        assert raw.count(b"HTTP/1.") <= 1
        assert b"alive" not in raw
        check(parse(raw))
    assert_alive(deployments)


def test_a_client_that_disconnects_early_does_no_harm(deployments):
    request = b"GET /projects HTTP/1.1\r\n" + HOST_LINE + b"Content-Length: 9\r\n\r\n{"
    for deployment in deployments:
        for end in range(0, len(request), 5):
            with socket.create_connection(("127.0.0.1", deployment.server.port)) as connection:
                connection.sendall(request[:end])
    assert_alive(deployments)


def resident_memory(server: Server) -> dict[str, int]:
    """Return the resident memory of a server's processes in kilobytes, by process id."""
    main = server.process.pid
    pids = [str(main), *Path(f"/proc/{main}/task/{main}/children").read_text().split()]
    resident = re.compile(r"VmRSS:\s+(\d+)")
    return {pid: int(resident.search(Path(f"/proc/{pid}/status").read_text())[1]) for pid in pids}


def uploads(method: bytes, target: bytes) -> Iterator[Iterator[bytes]]:
    """Yield requests with 20 MB of opening brackets: one with Content-Length, one in chunks."""
    start = method + b" " + target + b" HTTP/1.1\r\n" + HOST_LINE
    part, count = b"[" * 65_536, 320
    yield iter([start + b"Content-Length: %d\r\n\r\n" % (len(part) * count), *[part] * count])
    chunk = b"%x\r\n%s\r\n" % (len(part), part)
    yield iter([start + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * count, b"0\r\n\r\n"])


def test_twenty_megabytes_are_refused_without_being_held_in_memory(deployments):
    for deployment in deployments:
        before = resident_memory(deployment.server)
        for target in (b"/", b"/projects", RECORD, b"/nothing", b"/livez"):
            for method in (b"POST", b"PUT", b"GET"):
                for parts in uploads(method, target):
                    response = parse(exchange(deployment.server, parts))
                    assert response.status == (413 if method == b"GET" else 405)
                    check(response)
        after = resident_memory(deployment.server)
        assert after.keys() == before.keys()
        assert sum(after.values()) - sum(before.values()) < 30_000
    assert_alive(deployments)


PARAMETERS = ("limit=1", "limit=-1", "limit=%31", "limit=\u0663", "format=ttl", "format=%00", "cursor=e30", "x=1", "=", "&&", "%")  # fmt: skip

HEADERS = {
    b"accept": (b"text/turtle", b"*/*;q=0", b"application/*;q=0.5, text/turtle;q=1e999", b"\xff\xfe", b";;;", b",", b"text/*;q"),
    b"accept-encoding": (b"gzip", b"gzip;q=0, *", b"br;q=nan, gzip;q=1e-9", b"identity;q=0", b"\0"),
    b"if-none-match": (b"*", b'"', b'W/"', ETAGS, b'"a", *'),
    b"range": (b"bytes=0-0", b"bytes=9999999999999999999-"),
    b"content-length": (b"0", b"1", b"-1", b"x"),
    b"host": (b"b.example",),
    b"x-large": (b"a" * 17_000,),
    b"x-http-method-override": (b"DELETE",),
    b"origin": (b"null",),
}  # fmt: skip


def mutated(rng: random.Random, target: bytes) -> bytes:
    """Return a target with one change."""
    index, path = rng.randrange(len(target)), target.partition(b"?")[0]
    before, after = target[:index], target[index:]
    suffix = rng.choice((b".json", b".jsonld", b".ttl", b".nt", b".rdf", b".xyz", b".TTL", b"."))
    parameter = (b"&" if b"?" in target else b"?") + rng.choice(PARAMETERS).encode()
    escaped = b"%%%02x" % rng.randrange(256)
    special = rng.choice((b"/", b".", b"..", b"//", b"%", b"#", b"\xff"))
    extensions = (
        target,
        target,
        path + suffix,
        target + parameter,
        target + b"/" * rng.choice((1, 3000, 9000)),
    )
    insertions = (before + escaped + after, before + special + after, before + rng.randbytes(3) + after)
    replacements = (
        before + b"%%%02X" % target[index] + after[1:],
        before + after[1:] or b"/",
        before.upper() + after,
    )
    return rng.choice(extensions + insertions + replacements)


def random_request(rng: random.Random, real: list[bytes]) -> RawRequest:
    """Return a random request: most often a GET of a target that is close to a real one."""
    headers = []
    for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
        header = rng.choice(list(HEADERS))
        headers.append((header, rng.choice((*HEADERS[header], rng.randbytes(9)))))
    target = mutated(rng, rng.choice(real))
    target = mutated(rng, target) if rng.random() < 0.3 else target
    methods = ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "get", "BREW")
    (method,) = rng.choices(methods, (80, 8, 3, 3, 2, 2, 2))
    body = b"[" * 10_000 if method in ("POST", "DELETE") else b""
    (hosts,) = rng.choices(((b"a.example",), (), (b"",)), (40, 1, 1))
    return RawRequest(target, tuple(headers), method, body, hosts)


def statuses_of(networks: tuple[Site, Site], requests: list[RawRequest]) -> set[int]:
    """Send requests to SQLite, and some of them to PostgreSQL; check the responses and return their statuses."""
    responses = send_requests(networks[0], requests)
    for response in responses:
        check(response)
    sample = zip(requests, responses, strict=True)
    for request, response in [*sample][::POSTGRESQL_INTERVAL]:
        assert send_requests(networks[1], [request]) == [response], request
    return {response.status for response in responses}


def test_5000_random_requests_cause_no_error_no_leak_no_difference_and_no_growth(networks):
    rng, blocks, statuses = random.Random(1), [], set()  # noqa: S311 - the same requests each time
    real = [
        path.encode() for path in (*addresses(networks[0]), "/livez", "/context.jsonld", "/problems/gone")
    ]
    # The framework caches the routes of a thousand paths; fill that cache before growth is measured.
    send_requests(networks[0], [RawRequest(b"/projects/full-%d" % n) for n in range(1100)])
    # The same holds for the caches of parsed targets and of list totals.
    for site in networks:
        send_requests(site, [RawRequest(b"/projects?year=%d" % n) for n in range(1000, 2100)])
    # Lists cache the labels from which codes are suggested.
    for site in networks:
        for path, listing in site.client.app.state.dispatcher.router.collections.items():
            send_requests(site, [RawRequest(f"/{path}?{name}=zz".encode()) for name in listing.parameters])
    for _ in range(5):
        for _ in range(10):
            requests = [random_request(rng, real) for _ in range(100)]
            statuses |= statuses_of(networks, requests)
        for site in networks:
            # The tests' own cache of described operations is not measured.
            site.client.described.operation.cache_clear()
        gc.collect()
        blocks.append(sys.getallocatedblocks())
    assert {200, 204, 304, 400, 404, 405, 406, 413, 414, 431} <= statuses
    # One leaked object per request would be 3,750: 3,000 on SQLite, and 750 on PostgreSQL.
    assert blocks[-1] - blocks[1] < 3000, blocks


def responses_in_sequence(server: Server, requests: list[tuple[str, str, dict[str, str]]]) -> list[tuple]:
    """Send requests over one connection; return the responses."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    responses = []
    for method, path, headers in requests:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        fields = [(name.lower(), value) for name, value in response.getheaders() if name.lower() != "date"]
        responses.append((response.status, sorted(fields), response.read()))
    connection.close()
    return responses


def test_a_thousand_concurrent_requests_get_the_responses_of_a_sequence(deployments):
    rng = random.Random(2)  # noqa: S311 - the same requests each time
    paths = [
        *addresses(deployments[0].site),
        "/nothing",
        "/projects?x=1",
        "/projects/never",
        "/livez",
        "/%00",
    ]
    requests = [
        (
            rng.choice(("GET", "GET", "GET", "HEAD", "OPTIONS")),
            rng.choice(paths),
            {
                "Accept": rng.choice(("*/*", "text/turtle", "x/y")),
                "Accept-Encoding": rng.choice(("gzip", "br")),
            },
        )
        for _ in range(1000)
    ]
    by_engine = []
    for deployment in deployments:
        expected = responses_in_sequence(deployment.server, requests)
        with ThreadPoolExecutor(10) as threads:
            run = partial(responses_in_sequence, deployment.server)
            parts = list(threads.map(run, [requests[n::10] for n in range(10)]))
        assert [parts[n % 10][n // 10] for n in range(len(requests))] == expected
        by_engine.append(expected)
    assert by_engine[0] == by_engine[1]
