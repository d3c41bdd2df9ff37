"""The response cache: whole responses, encoded, for as long as the data have the version they were made from."""

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
from api.store.database.size_bounded_cache import SizeBoundedCache
from api.store.readers.reader import DatabaseUnavailableError, QueryTimeoutError

CacheKey = tuple[str, str, bytes, ContentCoding]
"""What a response depends on: path, query, Accept, and the content coding that Accept-Encoding selects."""

_MAX_ENTRY_SHARE = 16
"""An entry takes at most a sixteenth of the cache."""
_MAX_ACCEPT_LENGTH = 500
"""Longer than the Accept of browsers and RDF tools. A client with a longer one could fill the cache with Accept headers."""
_ENTRY_OVERHEAD = 1_000
"""Bytes of an entry beside its strings: tuples, numbers, table slots."""


class LruResponses:
    """Responses by cache key, each valid for one version of the data; the least recently used are evicted.

    Entries of old versions are not removed at once, which would take long: they are unused, so they are
    evicted first.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_entry_bytes = max_bytes // _MAX_ENTRY_SHARE
        self._entries: SizeBoundedCache[CacheKey, tuple[Hashable, EncodedResponse]] = SizeBoundedCache(
            max_bytes
        )

    @property
    def size(self) -> int:
        """Return the estimated bytes of all entries."""
        return self._entries.size

    def get(self, version: Hashable, key: CacheKey) -> EncodedResponse | None:
        """Return the response to a key, if it was made from this version of the data."""
        entry = self._entries.get(key)
        return entry[1] if entry and entry[0] == version else None

    def put(self, version: Hashable, key: CacheKey, response: EncodedResponse) -> None:
        """Store a response that was made after the data were found to have this version."""
        size = _entry_size(key, response)
        if size <= self._max_entry_bytes:
            self._entries.put(key, (version, response), size)


class ResponseCache:
    """The ASGI application before the dispatcher: it answers from the cache, and fills it."""

    def __init__(self, dispatcher: Dispatcher, max_bytes: int) -> None:
        self._dispatcher = dispatcher
        self._responses = LruResponses(max_bytes)

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer a request from the cache, or by the dispatcher."""
        request = Request.from_scope(scope)
        # The version is read before the response is made: a later commit gives the data another version.
        accept = request.header(b"accept")
        is_cacheable = request.method in ("GET", "HEAD") and len(accept) <= _MAX_ACCEPT_LENGTH
        version = await self._version() if is_cacheable else None
        if version is None:
            await self._dispatcher(scope, receive, send)
            return
        coding = negotiate_coding(request.header(b"accept-encoding"))
        key = (request.path, request.query, accept, coding)
        if response := self._responses.get(version, key):
            await send_encoded(request.method, request.header(b"if-none-match"), 200, response, send)
            return
        request.cache_response = partial(self._responses.put, version, key)
        identity_key = (request.path, request.query, accept, IDENTITY)
        if coding[0] and (identity := self._responses.get(version, identity_key)):
            await self._dispatcher.answer(request, _encoded(identity, coding), send)
        else:
            await self._dispatcher(scope, receive, send)

    async def _version(self) -> Hashable:
        """Return the version of the data, or None if it is unknown: then the cache is bypassed."""
        reader = self._dispatcher.reader
        try:
            return await reader.version() if reader else None
        except (DatabaseUnavailableError, QueryTimeoutError):
            return None


async def _encoded(identity: EncodedResponse, coding: ContentCoding) -> tuple[int, EncodedResponse]:
    """Return the status 200, and a response that is cached without a content coding in one."""
    return 200, await apply_coding(identity, coding)


def _entry_size(key: CacheKey, response: EncodedResponse) -> int:
    """Return an upper estimate of the memory of an entry, in bytes."""
    path, query, accept, _ = key
    _, headers, body = response
    links = sum(getsizeof(value) for name, value in headers if name == b"link")
    return getsizeof(path) + getsizeof(query) + getsizeof(accept) + links + getsizeof(body) + _ENTRY_OVERHEAD
