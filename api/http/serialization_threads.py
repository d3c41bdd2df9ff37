"""Threads for serialization and compression, which take turns so that neither the event loop nor a client waits for long."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ctypes import CDLL
from math import inf
from time import monotonic
from typing import TypeVar
from weakref import WeakKeyDictionary

from api.request_work import current_work
from api.store.readers.fair_slots import FairSlots, Slot

_T = TypeVar("_T")

_SIZE = 2
"""Few, as each that runs Python code delays the event loop by the interpreter's switch interval of 5 ms."""

_THREADS = ThreadPoolExecutor(_SIZE, "serialization")

_TURN = 0.02
"""Seconds after which a thread turns to the response of the next peer."""

MAX_WAITING_TURNS = 500
"""Turns that may wait for a thread: as many as two threads take in five seconds, the default deadline."""

_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, FairSlots] = WeakKeyDictionary()
"""The slots of the threads, which peers take in turns, by event loop: a server has one."""

_TRIM_INTERVAL = 30.0
"""Seconds after which the memory of long responses is returned to the system."""

_next_trim = 0.0
"""The time on the monotonic clock from which another one is scheduled."""


async def run_in_thread(function: Callable[[], _T]) -> _T:
    """Return the result of a function that runs in a serialization thread.

    Raise TooManyQueriesError if too many wait for a thread, and this peer has most of them.
    """
    global _next_trim  # noqa: PLW0603 - memory is that of the process
    loop = asyncio.get_running_loop()
    if monotonic() >= _next_trim:
        _next_trim = monotonic() + _TRIM_INTERVAL
        loop.call_later(_TRIM_INTERVAL, _trim_memory)
    work = current_work()
    work.watch_client()

    def run_measured() -> _T:
        with work.working():
            return function()

    slots = _slots.get(loop) or _slots.setdefault(loop, FairSlots(_SIZE, MAX_WAITING_TURNS))
    slot = await slots.acquire(inf)
    running = _THREADS.submit(run_measured)
    # Cancelling the task does not stop the thread, which has the slot until it is done.
    running.add_done_callback(lambda _: _release(loop, slot))
    with work.waiting():
        return await asyncio.wrap_future(running)


def _release(loop: asyncio.AbstractEventLoop, slot: Slot) -> None:
    """Give back a slot from a thread, unless the server has ended meanwhile."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(slot.release)


def _trim_memory() -> None:
    """Free what abandoned responses refer to, and return free memory of the C library to the system.

    The library keeps the free memory of each thread, so that a server that once wrote tables for many clients
    would stay at twice its size.
    """
    if malloc_trim := getattr(CDLL(None), "malloc_trim", None):
        gc.collect(1)
        _THREADS.submit(malloc_trim, 0)


async def join_in_thread(parts: Iterator[bytes]) -> bytes:
    """Return the concatenation of parts that are made in serialization threads."""
    return b"".join(await collect_in_thread(parts))


async def collect_in_thread(parts: Iterator[_T]) -> list[_T]:
    """Return the parts of an iterator that runs in serialization threads.

    If the task is cancelled, because the deadline passed or the client left, no further part is made than
    the one in progress.
    """
    chunks: list[_T] = []
    is_cancelled = False

    def take_turn() -> bool:
        """Return True if there are no more parts."""
        end = monotonic() + _TURN
        for part in parts:
            chunks.append(part)
            if is_cancelled or monotonic() >= end:
                return False
        return True

    try:
        while not await run_in_thread(take_turn):
            pass
    finally:
        is_cancelled = True
    return chunks
