"""The cache: answers what was answered before, while the data are the same, before anything is looked for."""

from collections.abc import Hashable
from functools import partial

from litestar.types import HTTPScope, Receive, Send

from api.reading.kept import Kept, Key
from api.reading.mount import Mount
from api.reading.ready import PLAIN, Ready, coded, coding_of, send_ready
from api.reading.request import Request
from api.store.reading import DatabaseAwayError, TooSlowError


class Cache:
    """Asks the mount only for what it does not have, and keeps what that answers."""

    def __init__(self, mount: Mount, most: int) -> None:
        """Take the mount, with the reader that it reads with, and a number of bytes."""
        self._mount = mount
        self._kept = Kept(most)

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        request = Request.of(scope)
        # Known before the answer is made: what is written meanwhile makes another version.
        version = await self._version() if request.method in ("GET", "HEAD") else None
        if version is None:
            await self._mount(scope, receive, send)
            return
        coding = coding_of(request.header(b"accept-encoding"))
        key = (request.path, request.query, request.header(b"accept"), coding)
        if answer := self._kept.get(version, key) or await self._coded(version, key):
            await send_ready(request.method, request.header(b"if-none-match"), 200, answer, send)
        else:
            request.keep = partial(self._kept.put, version, key)
            await self._mount(scope, receive, send)

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
