"""Content as lines: each a record as a client would send it, whose `type` says of which entity it is."""

import gzip
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from api.editing.directory import LOADER
from api.store.log.actions import ChangesRefusedError, RecordAction, publish
from api.store.publishing.store import Store
from schema.validation.decoder import decode_typed_record
from schema.validation.errors import Fault, InvalidRecordError

STANDARD_INPUT = Path("-")

_AT_ONCE = 5_000
"""Lines that are published together: more would keep other writers waiting, fewer write the same pages often."""

ProgressCallback = Callable[[int], None]
"""Is told how many lines were read and published."""


class InvalidLinesError(ValueError):
    """Lines with faults, which were not published and nothing behind them; `published` were, before."""

    def __init__(self, faults: list[tuple[int, Fault]], published: int) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults
        self.published = published


@contextmanager
def open_lines(path: Path) -> Iterator[BinaryIO]:
    """Yield the lines of a file, unpacked if its name ends with `.gz`, or of the standard input."""
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
    elif path.suffix == ".gz":
        with gzip.open(path) as file:
            yield file  # type: ignore[misc]
    else:
        with path.open("rb") as file:
            yield file


def load_lines(store: Store, lines: Iterable[bytes], tell: ProgressCallback, at_once: int = _AT_ONCE) -> int:
    """Publish the records in lines that differ from what is public; return how many did.

    So many lines at once are one commit, all or nothing, and a link leads to what is in them or came
    before: whoever loads the same lines again goes on where they ended. Raises BadLinesError with
    all faults of the first such lines in which there are any.
    """
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    published = 0
    while batch := list(islice(numbered, at_once)):
        published += _publish(store, batch, published)
        tell(len(batch))
    return published


def _publish(store: Store, batch: list[tuple[int, bytes]], published: int) -> int:
    acts: list[RecordAction] = []
    numbers: dict[tuple[str, str], int] = {}
    faults: list[tuple[int, Fault]] = []
    for number, line in batch:
        try:
            act = publish(decode_typed_record(store.renderer.model, line))
        except InvalidRecordError as error:
            faults += [(number, fault) for fault in error.faults]
        else:
            acts.append(act)
            numbers[act.key] = number
    if not faults:
        try:
            return store.commit(acts, LOADER, only_own=True)
        except ChangesRefusedError as error:
            faults = sorted(((numbers[key], fault) for key, fault in error.faults), key=lambda one: one[0])
    raise InvalidLinesError(faults, published)
