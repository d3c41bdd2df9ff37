"""Fair slots: a limited number of queries at once, given to waiting peers in turns."""

import asyncio
from collections import Counter
from math import inf
from time import monotonic

from api.request_work import current_work
from api.store.readers.reader import QueryTimeoutError, TooManyQueriesError


class Slot:
    """The right of a peer to run one query, since a time of the monotonic clock."""

    __slots__ = ("_slots", "peer", "start")

    def __init__(self, slots: "FairSlots", peer: str) -> None:
        self._slots = slots
        self.peer = peer
        self.start = monotonic()

    def release(self) -> None:
        """Give the slot back."""
        self._slots.take_back(self)


class FairSlots:
    """A semaphore whose next slot goes to the waiting peer that holds the fewest, then to that which used the least time.

    So no peer has two slots while another waits, and a peer that asks little waits for one query of others.
    Time not used is not saved: a peer that begins to wait counts as one that used as much as the last in turn
    (start-time fair queueing, Goyal et al., 1996). The queries of one peer run in the order of their arrival.
    """

    def __init__(self, size: int, max_waiting: float = inf) -> None:
        """Create free slots, for which at most a number of queries wait."""
        self._size = self._free = size
        self._max_waiting = max_waiting
        self._waiting: dict[str, dict[asyncio.Future[Slot], None]] = {}
        self._held: Counter[str] = Counter()
        self._used: dict[str, float] = {}
        self._used_by_last = 0.0

    async def acquire(self, end: float) -> Slot:
        """Return a slot for the peer of the current work.

        Raise QueryTimeoutError at `end`, a time on the monotonic clock. Raise TooManyQueriesError if too many
        wait, and none has more of them than this peer; else it is raised for the newest of the peer that has.
        """
        work = current_work()
        peer = work.peer
        if self._free:
            return self._grant(peer)
        self._make_room(peer)
        future: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(peer, {})[future] = None
        try:
            with work.waiting():
                async with asyncio.timeout(end - monotonic()):
                    return await future
        except BaseException as error:
            self._remove(peer, future)
            if future.done() and not future.cancelled() and not future.exception():
                future.result().release()  # It was granted when the query had just been cancelled.
            if isinstance(error, TimeoutError):
                raise QueryTimeoutError from error
            raise

    def take_back(self, slot: Slot) -> None:
        """Take a slot back, and grant it to the next in turn."""
        self._used[slot.peer] = self._used_time(slot.peer) + monotonic() - slot.start
        self._held[slot.peer] -= 1
        self._free += 1
        while self._free and self._waiting:
            self._grant_next()
        if self._free == self._size:
            self._held.clear()
            self._used.clear()
            self._used_by_last = 0.0

    def _grant_next(self) -> None:
        peer = min(self._waiting, key=lambda peer: (self._held[peer], self._used_time(peer)))
        future = next(iter(self._waiting[peer]))
        self._remove(peer, future)
        if not future.done():
            self._used_by_last = self._used_time(peer)
            future.set_result(self._grant(peer))

    def _grant(self, peer: str) -> Slot:
        self._free -= 1
        self._held[peer] += 1
        return Slot(self, peer)

    def _used_time(self, peer: str) -> float:
        return max(self._used.get(peer, 0.0), self._used_by_last)

    def _make_room(self, peer: str) -> None:
        """Refuse a waiting query if as many wait as may: the newest of the peer that has most of them."""
        if sum(map(len, self._waiting.values())) < self._max_waiting:
            return
        longest = max(self._waiting, key=lambda peer: len(self._waiting[peer]))
        if len(self._waiting[longest]) <= len(self._waiting.get(peer, ())):
            raise TooManyQueriesError
        future = next(reversed(self._waiting[longest]))
        self._remove(longest, future)
        if not future.done():
            future.set_exception(TooManyQueriesError())

    def _remove(self, peer: str, future: asyncio.Future[Slot]) -> None:
        """Remove a query from those of a peer that wait, if it is among them."""
        queue = self._waiting.get(peer, {})
        queue.pop(future, None)
        if not queue:
            self._waiting.pop(peer, None)
