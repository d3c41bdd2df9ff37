"""Progress of long operations, shown on a terminal only."""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click


def progress_bar(label: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """Return a function that iterates over a sequence and shows the progress as a bar."""

    def track(sequence: Sequence[Any]) -> Iterator[Any]:
        with click.progressbar(sequence, label=label, hidden=_is_hidden(), file=sys.stderr) as bar:
            yield from bar

    return track


@contextmanager
def progress_counter(label: str) -> Iterator[Callable[[int], None]]:
    """Yield a function that adds a number of finished items to a counter, where their total is unknown."""
    endless = itertools.repeat(None)
    with click.progressbar(endless, label=label, hidden=_is_hidden(), show_pos=True, file=sys.stderr) as bar:
        yield bar.update


def _is_hidden() -> bool:
    return not sys.stderr.isatty()
