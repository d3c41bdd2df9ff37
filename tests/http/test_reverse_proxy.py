"""Behind nginx, which keeps answers by what they say that they vary by, everybody gets what they asked for.

It is skipped where nginx is not installed. TEST_LONG=1 in the environment asks twenty times as many.
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

from tests.support.deadlines import PATIENCE
from tests.support.generators.request_pairs import RequestPairGenerator
from tests.support.processes import free_port, serving
from tests.support.raw_http import Answer, Ask
from tests.support.site import BASE, addresses, site_on

PAIRS = 10_000 if os.environ.get("TEST_LONG") else 500

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")

# Whether something may be given without asking is set aside, so that it gives whatever it finds to be the same.
CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  large_client_header_buffers 8 32k; proxy_buffer_size 64k; proxy_buffers 16 64k; proxy_busy_buffers_size 128k;
  proxy_cache_path {folder}/kept keys_zone=kept:10m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_cache kept; proxy_cache_valid 200 1h; proxy_ignore_headers Cache-Control;
      add_header X-Kept $upstream_cache_status;
    }}
  }}
}}
"""


class Ways(NamedTuple):
    """Two ways to one server, and what can be asked of it."""

    straight: HTTPConnection
    through: HTTPConnection
    paths: list[str]


@pytest.fixture(scope="module")
def ways(databases, tmp_path_factory) -> Iterator[Ways]:
    if not NGINX:
        pytest.skip("nginx is not installed")
    folder, address = tmp_path_factory.mktemp("nginx"), databases.make_with_content("sqlite")
    with site_on(address) as site:
        paths = addresses(site)
    with serving(folder, database=address, base=BASE) as server:
        port = free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, port=port, behind=server.port))
        with subprocess.Popen([NGINX, "-p", folder, "-c", configuration]) as process:
            try:
                with closing(connection_to(server.port)) as straight, closing(connection_to(port)) as through:
                    yield Ways(straight, through, paths)
            finally:
                process.terminate()


def connection_to(port: int) -> HTTPConnection:
    """Return a connection to what listens at a port, or will soon."""
    connection, deadline = HTTPConnection("127.0.0.1", port, timeout=PATIENCE), time.monotonic() + PATIENCE
    while not connection.sock:
        try:
            connection.connect()
        except OSError:
            assert time.monotonic() < deadline
    return connection


def answer(connection: HTTPConnection, ask: Ask) -> tuple[Answer, str]:
    """Return an answer but for what nginx itself says, and whether it was kept."""
    connection.putrequest(ask.method, ask.target.decode(), skip_host=True, skip_accept_encoding=True)
    for name, value in ask.sent_headers:
        connection.putheader(name.decode(), value)
    connection.endheaders(ask.body or None)
    found = connection.getresponse()
    headers = {name.lower(): value for name, value in found.getheaders()}
    kept = headers.pop("x-kept", "")
    # Of content that it does not send, nginx tells more than we do.
    own = ("transfer-encoding", "keep-alive", *(("content-",) if found.status == 304 else ()))
    encoded = [
        (name.encode(), one.encode("latin-1")) for name, one in headers.items() if not name.startswith(own)
    ]
    return Answer.of(found.status, encoded, found.read()), kept


def are_asked_through(pair: tuple[Ask, Ask]) -> bool:
    """Tell whether a pair is of requests that nginx passes on: it refuses some by itself, in its own words."""
    return all(len(ask.hosts) == 1 and ask.hosts[0] and not ask.body and ask.method != "POST" for ask in pair)


def test_500_pairs_that_differ_in_one_thing_get_through_a_cache_what_they_get_straight(ways):
    dice = random.Random(3)  # noqa: S311 - the same requests each time
    pairs = RequestPairGenerator(
        dice, [*dice.sample(ways.paths, 12), "/", "/projects", "/search", "/context.jsonld"]
    )
    kept: Counter[str] = Counter()
    # Some that are drawn are of no use here: twice as many are more than enough.
    for pair in islice(filter(are_asked_through, pairs.generate(2 * PAIRS)), PAIRS):
        for ask in (*pair, pair[0]):
            expected, _ = answer(ways.straight, ask)
            found, how = answer(ways.through, ask)
            kept[how] += 1
            assert found == expected, (ask, {*found.headers} ^ {*expected.headers})
            if expected.status == 200:
                pairs.tagged.append((ask, expected.header("etag")))
    assert kept.total() == 3 * PAIRS
    assert kept["HIT"] > PAIRS / 4
    assert kept["MISS"] > PAIRS / 4
