"""The garbage collector of processes that render many records and then end."""

import gc

_YOUNG_OBJECTS = 50_000
"""Number of new objects at which the collector runs: rendering makes many, and hardly any cycles."""


def collect_rarely() -> None:
    """Exempt what is loaded now from garbage collection, and make it rare: else it is a tenth of the work."""
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)
