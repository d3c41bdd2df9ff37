"""How far long work is: shown on a terminal, and nowhere else."""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click


def progress_bar(label: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """Return what passes a sequence through and shows how much of it is done."""

    def track(sequence: Sequence[Any]) -> Iterator[Any]:
        with click.progressbar(sequence, label=label, hidden=_is_hidden(), file=sys.stderr) as bar:
            yield from bar

    return track


@contextmanager
def progress_counter(label: str) -> Iterator[Callable[[int], None]]:
    """Yield what is told how many more were done, where nobody knows how many there are."""
    endless = itertools.repeat(None)
    with click.progressbar(endless, label=label, hidden=_is_hidden(), show_pos=True, file=sys.stderr) as bar:
        yield bar.update


def _is_hidden() -> bool:
    return not sys.stderr.isatty()
