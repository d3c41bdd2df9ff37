"""Answers that are kept for whoever asks the same: so many bytes, all of one version of the data."""

from collections import OrderedDict
from collections.abc import Hashable
from sys import getsizeof

from api.reading.ready import Coding, Ready

Key = tuple[bytes, bytes, bytes, Coding]
"""What an answer depends on: path, query, Accept, and the coding that Accept-Encoding leads to."""

_LARGEST_PART = 16
"""One answer takes at most a sixteenth of the room."""
_OVERHEAD = 1_000
"""Bytes that an answer takes beside its own: tuples, numbers, places in tables."""


class Kept:
    """The answers that were given last. Those of another version are forgotten, all at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._version: Hashable = None
        self._size = 0
        # The longest unused comes first.
        self._answers: OrderedDict[Key, Ready] = OrderedDict()

    @property
    def size(self) -> int:
        """Return how many bytes the answers take, nearly."""
        return self._size

    def get(self, version: Hashable, key: Key) -> Ready | None:
        """Return what was kept while the data had that version, which is the newest there is."""
        if version != self._version:
            self._answers = OrderedDict()
            self._version, self._size = version, 0
        found = self._answers.get(key)
        if found:
            self._answers.move_to_end(key)
        return found

    def put(self, version: Hashable, key: Key, answer: Ready) -> None:
        """Keep an answer that was made after the data were found to have that version."""
        size = _size(key, answer)
        if version != self._version or key in self._answers or size > self._most // _LARGEST_PART:
            return
        self._answers[key] = answer
        self._size += size
        while self._size > self._most:
            self._size -= _size(*self._answers.popitem(last=False))


def _size(key: Key, answer: Ready) -> int:
    path, query, accept, _ = key
    _, headers, _, body = answer
    links = sum(getsizeof(value) for name, value in headers if name == b"link")
    return getsizeof(path) + getsizeof(query) + getsizeof(accept) + links + getsizeof(body) + _OVERHEAD
