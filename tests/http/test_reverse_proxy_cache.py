"""Tests of responses through nginx, whose cache follows `Vary`: they equal those of the server.

They are skipped without nginx. TEST_LONG=1 in the environment sends twenty times as many requests.
"""

import os
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from itertools import islice
from typing import NamedTuple

import pytest

from tests.support.generators.cache_key_request_pairs import RequestPairGenerator
from tests.support.processes import free_port, serving
from tests.support.raw_asgi_requests import RawRequest, RawResponse
from tests.support.site import BASE, addresses, site_on
from tests.support.wait_limit import PATIENCE

PAIRS = 10_000 if os.environ.get("TEST_LONG") else 500

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")

# nginx ignores Cache-Control here, so that it serves every stored response without revalidation.
CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  large_client_header_buffers 8 32k; proxy_buffer_size 64k; proxy_buffers 16 64k; proxy_busy_buffers_size 128k;
  proxy_cache_path {folder}/cache keys_zone=responses:10m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{upstream_port};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_cache responses; proxy_cache_valid 200 1h; proxy_ignore_headers Cache-Control;
      add_header X-Cache-Status $upstream_cache_status;
    }}
  }}
}}
"""


class Connections(NamedTuple):
    """A direct connection to a server, one through nginx, and the paths of the server."""

    direct: HTTPConnection
    proxied: HTTPConnection
    paths: list[str]


@pytest.fixture(scope="module")
def connections(databases, tmp_path_factory) -> Iterator[Connections]:
    if not NGINX:
        pytest.skip("nginx is not installed")
    folder, address = tmp_path_factory.mktemp("nginx"), databases.make_with_content("sqlite")
    with site_on(address) as site:
        paths = addresses(site)
    with serving(folder, database=address, base=BASE) as server:
        port = free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, port=port, upstream_port=server.port))
        with subprocess.Popen([NGINX, "-p", folder, "-c", configuration]) as process:
            try:
                with closing(connection_to(server.port)) as direct, closing(connection_to(port)) as proxied:
                    yield Connections(direct, proxied, paths)
            finally:
                process.terminate()


def connection_to(port: int) -> HTTPConnection:
    """Connect to a port, and wait until it accepts connections."""
    connection, deadline = HTTPConnection("127.0.0.1", port, timeout=PATIENCE), time.monotonic() + PATIENCE
    while not connection.sock:
        try:
            connection.connect()
        except OSError:
            assert time.monotonic() < deadline
    return connection


def send(connection: HTTPConnection, request: RawRequest) -> tuple[RawResponse, str]:
    """Return a response without the headers of nginx, and nginx's cache status."""
    connection.putrequest(request.method, request.target.decode(), skip_host=True, skip_accept_encoding=True)
    for name, value in request.sent_headers:
        connection.putheader(name.decode(), value)
    connection.endheaders(request.body or None)
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    cache_status = headers.pop("x-cache-status", "")
    # nginx adds Content-* headers to a 304; the server sends none.
    ignored = ("transfer-encoding", "keep-alive", *(("content-",) if response.status == 304 else ()))
    encoded = [
        (name.encode(), value.encode("latin-1"))
        for name, value in headers.items()
        if not name.startswith(ignored)
    ]
    return RawResponse.of(response.status, encoded, response.read()), cache_status


def are_proxied(pair: tuple[RawRequest, RawRequest]) -> bool:
    """Return True if nginx forwards both requests: it refuses some itself, with its own responses."""
    return all(
        len(request.hosts) == 1 and request.hosts[0] and not request.body and request.method != "POST"
        for request in pair
    )


def test_500_pairs_of_similar_requests_get_the_same_responses_through_a_cache_as_without(connections):
    rng = random.Random(3)  # noqa: S311 - the same requests each time
    pairs = RequestPairGenerator(
        rng, [*rng.sample(connections.paths, 12), "/", "/projects", "/search", "/context.jsonld"]
    )
    cache_statuses: Counter[str] = Counter()
    # Some of the random pairs are filtered out: twice as many are more than enough.
    for pair in islice(filter(are_proxied, pairs.generate(2 * PAIRS)), PAIRS):
        for request in (*pair, pair[0]):
            expected, _ = send(connections.direct, request)
            response, cache_status = send(connections.proxied, request)
            cache_statuses[cache_status] += 1
            assert response == expected, (request, {*response.headers} ^ {*expected.headers})
            if expected.status == 200:
                pairs.tagged.append((request, expected.header("etag")))
    assert cache_statuses.total() == 3 * PAIRS
    assert cache_statuses["HIT"] > PAIRS / 4
    assert cache_statuses["MISS"] > PAIRS / 4
