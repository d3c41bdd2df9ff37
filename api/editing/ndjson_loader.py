"""Loading of NDJSON, a record with its `type` on each line, in batches that are committed one by one."""

import gzip
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from api.editing.loader_commit import LoadOutcome, commit_load
from api.store.log.actions import ChangesRefusedError, RecordAction, publish
from api.store.publishing.store import Store
from schema.validation.errors import Fault, InvalidRecordError
from schema.validation.record_codec import decode_typed_record

STANDARD_INPUT = Path("-")
"""The path that names the standard input."""

_BATCH_SIZE = 5_000
"""Number of lines per commit: more would block other writers for long, fewer write the same pages more often."""

ProgressCallback = Callable[[int], None]
"""Takes the number of lines of each committed batch."""


class InvalidLinesError(ValueError):
    """A batch of lines is invalid; `faults` has its errors by line number, `published` the number of records before it.

    Nothing of the batch is published, nor of the lines after it.
    """

    def __init__(self, faults: list[tuple[int, Fault]], published: int) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults
        self.published = published


@contextmanager
def open_lines(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed if its name ends with `.gz`, or the standard input."""
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
    elif path.suffix == ".gz":
        with gzip.open(path) as file:
            yield file  # type: ignore[misc]
    else:
        with path.open("rb") as file:
            yield file


def load_lines(
    store: Store, lines: Iterable[bytes], report: ProgressCallback, batch_size: int = _BATCH_SIZE
) -> LoadOutcome:
    """Publish the records in lines that differ from the public ones.

    Each batch of lines is one commit, and its links may lead to records of the batch or public ones. After an
    interruption, loading the same lines again continues where it ended. Records that were redacted or restored
    since are skipped. Raise InvalidLinesError with all errors of the first invalid batch.
    """
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    outcome = LoadOutcome()
    while batch := list(islice(numbered, batch_size)):
        _publish_batch(store, batch, outcome)
        report(len(batch))
    return outcome


def _publish_batch(store: Store, batch: list[tuple[int, bytes]], outcome: LoadOutcome) -> None:
    """Commit numbered lines, and add to the outcome of earlier batches."""
    actions: list[RecordAction] = []
    numbers: dict[tuple[str, str], int] = {}
    faults: list[tuple[int, Fault]] = []
    for number, line in batch:
        try:
            action = publish(decode_typed_record(store.renderer.model, line))
        except InvalidRecordError as error:
            faults += [(number, fault) for fault in error.faults]
        else:
            actions.append(action)
            numbers[action.key] = number
    if not faults:
        try:
            published, skipped = commit_load(store, actions)
        except ChangesRefusedError as error:
            faults = [(numbers[key], fault) for key, fault in error.faults]
            faults.sort(key=itemgetter(0))
        else:
            outcome.published += published
            outcome.skipped += [(numbers[key], fault) for key, fault in skipped]
            return
    raise InvalidLinesError(faults, outcome.published)
