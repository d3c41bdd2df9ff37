"""The garbage collector of processes that render many records."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG_OBJECTS = 50_000
"""Number of new objects at which the collector runs: rendering makes many, and hardly any cycles."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Exempt what is loaded now from garbage collection, and make it rare: else it is a tenth of the work."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
