"""The cache: answers what was answered before, while the data are the same, above everything else."""

from collections.abc import Hashable
from functools import partial
from typing import Any, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from api.door import LARGEST_HEADERS
from api.reading.kept import Kept, Key
from api.reading.mount import Mount
from api.reading.ready import PLAIN, Ready, coded, coding_of, send_ready
from api.reading.request import KEEP
from api.store.reading import DatabaseAwayError, TooSlowError

_READ = frozenset(
    {b"host", b"accept", b"accept-encoding", b"if-none-match", b"content-length", b"transfer-encoding"}
)


class Cache:
    """Asks the application only for what it does not have, and keeps what that answers.

    It refuses nothing, and nothing that is refused is kept; what an answer does not depend on, and
    is refused for, is looked at each time.
    """

    def __init__(self, app: ASGIApp, mount: Mount, most: int) -> None:
        """Take the application, the mount with the reader that it reads with, and a number of bytes."""
        self._app = app
        self._mount = mount
        self._kept = Kept(most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        asked = _asked(scope) if scope["type"] == ScopeType.HTTP else None
        # Known before the answer is made: what is written meanwhile makes another version.
        version = await self._version() if asked else None
        if asked is None or version is None:
            await self._app(scope, receive, send)
            return
        key, condition = asked
        answer = self._kept.get(version, key) or await self._coded(version, key)
        if answer:
            await send_ready(cast("HTTPScope", scope)["method"], condition, 200, answer, send)
        else:
            cast("dict[str, Any]", scope)[KEEP] = partial(self._kept.put, version, key)
            await self._app(scope, receive, send)

    async def _version(self) -> Hashable:
        """Return the version of the data, or None if it is not to be had: then nothing kept is given."""
        reader = self._mount.reader
        try:
            return await reader.version() if reader else None
        except (DatabaseAwayError, TooSlowError):
            return None

    async def _coded(self, version: Hashable, key: Key) -> Ready | None:
        """Return in a coding what was kept without."""
        path, query, accept, coding = key
        plain = self._kept.get(version, (path, query, accept, PLAIN)) if coding[0] else None
        if plain is None:
            return None
        answer = await coded(plain, coding)
        self._kept.put(version, key, answer)
        return answer


def _asked(scope: HTTPScope) -> tuple[Key, bytes] | None:
    """Return what a request asks for and its If-None-Match, or None if it may have to be refused."""
    size, found = 0, dict[bytes, bytes]()
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name in _READ:
            found[name] = b"%b, %b" % (found[name], value) if name in found else value
    host = found.get(b"host", b"")
    if scope["method"] not in ("GET", "HEAD") or size > LARGEST_HEADERS or b"," in host or not host.strip():
        return None
    if b"content-length" in found or b"transfer-encoding" in found:
        return None
    coding = coding_of(found.get(b"accept-encoding", b""))
    key = (scope["raw_path"], scope["query_string"], found.get(b"accept", b""), coding)
    return key, found.get(b"if-none-match", b"")
