"""Answers that are kept for whoever asks the same: so many bytes of them, those given last."""

from collections import OrderedDict
from collections.abc import Hashable
from sys import getsizeof

from api.reading.ready import Coding, Ready

Key = tuple[str, str, bytes, Coding]
"""What an answer depends on: path, query, Accept, and the coding that Accept-Encoding leads to."""

_LARGEST_PART = 16
"""One answer takes at most a sixteenth of the room."""
_OVERHEAD = 1_000
"""Bytes that an answer takes beside its own: tuples, numbers, places in tables."""


class Kept:
    """Answers by what was asked, each of one version of the data, and given for that version only.

    Those of other versions are not thrown out all at once, which would take a while: they are the
    longest unused, so they go first.
    """

    def __init__(self, most: int) -> None:
        """Take the number of bytes that all answers together may take."""
        self._most = most
        self._answers: OrderedDict[Key, tuple[Hashable, Ready]] = OrderedDict()
        self.size = 0

    def get(self, version: Hashable, key: Key) -> Ready | None:
        """Return what was answered of this version of the data."""
        found = self._answers.get(key)
        if found is None or found[0] != version:
            return None
        self._answers.move_to_end(key)
        return found[1]

    def put(self, version: Hashable, key: Key, answer: Ready) -> None:
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


def _size(key: Key, answer: Ready) -> int:
    """Return how many bytes of memory an answer takes, and rather too many."""
    path, query, accept, _ = key
    _, headers, body = answer
    links = sum(getsizeof(value) for name, value in headers if name == b"link")
    return getsizeof(path) + getsizeof(query) + getsizeof(accept) + links + getsizeof(body) + _OVERHEAD
