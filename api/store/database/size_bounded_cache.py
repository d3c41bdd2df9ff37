"""A cache with a limit of the size of its entries together; the least recently used ones are evicted."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SizeBoundedCache(Generic[K, V]):
    """Values by key, each with a size that the caller gives. One that is larger than the limit is not stored."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._entries)

    def __contains__(self, key: K) -> bool:
        """Return True if a key has a value."""
        return key in self._entries

    def get(self, key: K) -> V | None:
        """Return the value of a key, which thereby is the most recently used one, or None."""
        try:
            self._entries.move_to_end(key)
        except KeyError:
            return None
        return self._entries[key][0]

    def put(self, key: K, value: V, size: int) -> None:
        """Store a value of some size in place of an earlier one, and evict others if they are too large together."""
        self.remove(key)
        if size > self._max_size:
            return
        self._entries[key] = value, size
        self.size += size
        while self.size > self._max_size:
            _, (_, evicted_size) = self._entries.popitem(last=False)
            self.size -= evicted_size

    def entries(self) -> list[tuple[K, V]]:
        """Return all keys with their values, the least recently used first."""
        return [(key, value) for key, (value, _) in self._entries.items()]

    def remove(self, key: K) -> None:
        """Remove a key with its value, if it has one."""
        if entry := self._entries.pop(key, None):
            self.size -= entry[1]

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()
        self.size = 0
