"""Assertions about responses and failed commands."""

import re
import subprocess

from api.http.problems import PROBLEMS
from tests.support.site import BASE
from vocab.turtle_parser import LANGUAGES


def assert_command_failed(finished: subprocess.CompletedProcess[str], lines: int) -> list[str]:
    """Check that a command failed with so many lines of error messages, and return them."""
    assert finished.returncode == 1, finished.stderr
    assert "Traceback" not in finished.stderr
    messages = finished.stderr.splitlines()
    assert len(messages) == lines, finished.stderr
    return messages


def encoded_response(site, path: str, **headers: str):
    """Return a response and its body before the client decodes it."""
    sent_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    with site.client.stream("GET", path, headers=sent_headers) as response:
        return response, b"".join(response.iter_raw())


def walk(site, address: str, relation: str) -> list[dict]:
    """Return the page of a list at an address, and all pages after it in one direction."""
    pages = []
    while address:
        pages.append(site.json(address.removeprefix(BASE)))
        address = pages[-1]["view"].get(relation)
        assert len(pages) < 100
    return pages


def ids(page: dict) -> list[str]:
    return [item["id"] for item in page["items"]]


INTERNALS = re.compile(
    r"Traceback|SELECT|sqlite|postgres|psycopg|asyncpg|litestar|\.py\b|/api/|line \d", re.IGNORECASE
)


def assert_problem(site, response, status: int, name: str) -> dict:
    """Check that a response is a problem document (RFC 9457) of a type, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "etag" not in response.headers
    assert not INTERNALS.search(response.text), response.text
    assert response.headers["content-language"] in LANGUAGES
    problem = response.json()
    assert problem["type"] == f"{BASE}/problems/{name}"
    assert problem["code"] == name
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["title"] == PROBLEMS[name].title.text(response.headers["content-language"])
    assert site.json(f"/problems/{name}")["type"] == problem["type"]
    return problem
