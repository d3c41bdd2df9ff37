"""Assertions about answers that several tests share."""

import re
import subprocess

from tests.support.site import BASE


def assert_told(finished: subprocess.CompletedProcess[str], lines: int) -> list[str]:
    """Check that a command failed as promised; return the lines that say why."""
    assert finished.returncode == 1, finished.stderr
    assert "Traceback" not in finished.stderr
    told = finished.stderr.splitlines()
    assert len(told) == lines, finished.stderr
    return told


def as_sent(site, path: str, **headers: str):
    """Return an answer and its body before the client decodes it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with site.client.stream("GET", path, headers=named) as answer:
        return answer, b"".join(answer.iter_raw())


def walk(site, address: str, relation: str) -> list[dict]:
    """Return the page at an address and all that follow it in one direction."""
    pages = []
    while address:
        pages.append(site.json(address.removeprefix(BASE)))
        address = pages[-1]["view"].get(relation)
        assert len(pages) < 100
    return pages


def ids(page: dict) -> list[str]:
    return [one["id"] for one in page["items"]]


INSIDE = re.compile(
    r"Traceback|SELECT|sqlite|postgres|psycopg|asyncpg|litestar|\.py\b|/api/|line \d", re.IGNORECASE
)


def assert_tells(site, answer, status: int, name: str) -> dict:
    """Check everything that every problem promises, and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "etag" not in answer.headers
    assert not INSIDE.search(answer.text), answer.text
    told = answer.json()
    assert told["type"] == f"{BASE}/problems/{name}"
    assert told["status"] == status
    assert told["detail"]
    about = site.json(f"/problems/{name}")
    assert {key: about[key] for key in ("type", "title")} == {key: told[key] for key in ("type", "title")}
    return told
