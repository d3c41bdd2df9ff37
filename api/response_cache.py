"""Answers that are kept for whoever asks the same: so many bytes of them, those given last."""

from collections import OrderedDict
from collections.abc import Hashable
from functools import partial
from sys import getsizeof

from litestar.types import HTTPScope, Receive, Send

from api.dispatcher import Dispatcher
from api.http.content_coding import (
    IDENTITY,
    ContentCoding,
    EncodedResponse,
    apply_coding,
    negotiate_coding,
    send_encoded,
)
from api.http.request import Request
from api.store.readers.reader import DatabaseUnavailableError, QueryTimeoutError

CacheKey = tuple[str, str, bytes, ContentCoding]
"""What an answer depends on: path, query, Accept, and the coding that Accept-Encoding leads to."""

_LARGEST_PART = 16
"""One answer takes at most a sixteenth of the room."""

_OVERHEAD = 1_000
"""Bytes that an answer takes beside its own: tuples, numbers, places in tables."""


class LruResponses:
    """Answers by what was asked, each of one version of the data, and given for that version only.

    Those of other versions are not thrown out all at once, which would take a while: they are the
    longest unused, so they go first.
    """

    def __init__(self, most: int) -> None:
        """Take the number of bytes that all answers together may take."""
        self._most = most
        self._answers: OrderedDict[CacheKey, tuple[Hashable, EncodedResponse]] = OrderedDict()
        self.size = 0

    def get(self, version: Hashable, key: CacheKey) -> EncodedResponse | None:
        """Return what was answered of this version of the data."""
        found = self._answers.get(key)
        if found is None or found[0] != version:
            return None
        self._answers.move_to_end(key)
        return found[1]

    def put(self, version: Hashable, key: CacheKey, answer: EncodedResponse) -> None:
        """Keep an answer that was made after the data were found to have this version."""
        size = _size(key, answer)
        if size > self._most // _LARGEST_PART:
            return
        if before := self._answers.pop(key, None):
            self.size -= _size(key, before[1])
        self._answers[key] = version, answer
        self.size += size
        while self.size > self._most:
            oldest, (_, gone) = self._answers.popitem(last=False)
            self.size -= _size(oldest, gone)


def _size(key: CacheKey, answer: EncodedResponse) -> int:
    """Return how many bytes of memory an answer takes, and rather too many."""
    path, query, accept, _ = key
    _, headers, body = answer
    links = sum(getsizeof(value) for name, value in headers if name == b"link")
    return getsizeof(path) + getsizeof(query) + getsizeof(accept) + links + getsizeof(body) + _OVERHEAD


class ResponseCache:
    """Asks the mount only for what it does not have, and keeps what that answers."""

    def __init__(self, mount: Dispatcher, most: int) -> None:
        """Take the mount, with the reader that it reads with, and a number of bytes."""
        self._mount = mount
        self._kept = LruResponses(most)

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        request = Request.from_scope(scope)
        # Known before the answer is made: what is written meanwhile makes another version.
        version = await self._version() if request.method in ("GET", "HEAD") else None
        if version is None:
            await self._mount(scope, receive, send)
            return
        coding = negotiate_coding(request.header(b"accept-encoding"))
        key = (request.path, request.query, request.header(b"accept"), coding)
        if answer := self._kept.get(version, key) or await self._coded(version, key):
            await send_encoded(request.method, request.header(b"if-none-match"), 200, answer, send)
        else:
            request.cache_response = partial(self._kept.put, version, key)
            await self._mount(scope, receive, send)

    async def _version(self) -> Hashable:
        """Return the version of the data, or None if it is not to be had: then nothing kept is given."""
        reader = self._mount.reader
        try:
            return await reader.version() if reader else None
        except (DatabaseUnavailableError, QueryTimeoutError):
            return None

    async def _coded(self, version: Hashable, key: CacheKey) -> EncodedResponse | None:
        """Return in a coding what was kept without."""
        path, query, accept, coding = key
        plain = self._kept.get(version, (path, query, accept, IDENTITY)) if coding[0] else None
        if plain is None:
            return None
        answer = await apply_coding(plain, coding)
        self._kept.put(version, key, answer)
        return answer
