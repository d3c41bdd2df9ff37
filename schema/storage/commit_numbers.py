"""Commit numbers: a random number of an epoch, and behind it the number of the commit in the epoch."""

EPOCH_BITS, COMMIT_BITS = 30, 32
"""Sizes of the two parts: together they fit a signed 64-bit column."""


def first_commit_number(epoch: int) -> int:
    """Return the commit number of the rebuild that begins an epoch."""
    return epoch << COMMIT_BITS


def epoch_of(commit_number: int) -> int:
    """Return the epoch of a commit number: only within one do commits follow each other."""
    return commit_number >> COMMIT_BITS
