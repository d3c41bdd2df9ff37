"""Loading of NDJSON, a record with its `type` on each line, in batches that are committed in parts."""

import gzip
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from api.editing.loader_commit import LoadOutcome, commit_load
from api.store.log.actions import ChangesRefusedError, RecordAction, publish
from api.store.publishing.store import Store
from schema.declaration.entity_base import RecordKey
from schema.model import Model
from schema.validation.errors import Fault, InvalidRecordError
from schema.validation.record_codec import decode_typed_record
from schema.validation.references import link_targets

STANDARD_INPUT = Path("-")
"""The path that names the standard input."""

_BATCH_SIZE = 5_000
"""Number of lines that are read and validated at once, whose records may link to each other in any order."""

_PART_SIZE = 250
"""Number of lines per commit: more would keep other writers waiting for longer than a second, fewer write the same
pages more often. A part is larger if its records link to later ones of the batch."""

ProgressCallback = Callable[[int], None]
"""Takes the number of lines of each committed part."""


class InvalidLinesError(ValueError):
    """Lines are invalid; `faults` has their errors by line number, `published` the number of records published before.

    Nothing of their part is published, nor of later ones.
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
    store: Store,
    lines: Iterable[bytes],
    report: ProgressCallback,
    batch_size: int = _BATCH_SIZE,
    part_size: int = _PART_SIZE,
) -> LoadOutcome:
    """Publish the records in lines that differ from the public ones.

    Links may lead to records of the same batch or public ones. Each batch is committed in parts, between which other
    writers have their turn; a part contains what its records link to. After an interruption, loading the same lines
    again continues where it ended. Records that were redacted or restored since are skipped. Raise
    InvalidLinesError with all errors of the first invalid batch, of which nothing is published then, or of the first
    part whose records cannot be published.
    """
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    outcome = LoadOutcome()
    while batch := list(islice(numbered, batch_size)):
        actions = _decode_batch(store.renderer.model, batch, outcome)
        for part in _parts(store.renderer.model, actions, part_size):
            _publish_part(store, part, outcome)
            report(len(part))
    return outcome


def _decode_batch(
    model: Model, batch: Iterable[tuple[int, bytes]], outcome: LoadOutcome
) -> dict[int, RecordAction]:
    """Return the actions of numbered lines. Raise InvalidLinesError."""
    actions: dict[int, RecordAction] = {}
    faults: list[tuple[int, Fault]] = []
    for number, line in batch:
        try:
            actions[number] = publish(decode_typed_record(model, line))
        except InvalidRecordError as error:
            faults += [(number, fault) for fault in error.faults]
    if faults:
        raise InvalidLinesError(faults, outcome.published)
    return actions


def _parts(
    model: Model, actions: Mapping[int, RecordAction], size: int
) -> Iterator[list[tuple[int, RecordAction]]]:
    """Yield actions with their line numbers in parts, each with all records of the batch that it links to.

    Lines of one record are in one part, in their order.
    """
    pending: dict[RecordKey, list[int]] = defaultdict(list)
    for number, action in actions.items():
        pending[action.key].append(number)
    part: list[int] = []
    for first in [*pending]:
        reached = [first] if first in pending else []
        while reached:
            numbers = pending.pop(reached.pop(), [])
            part += numbers
            records = [record for number in numbers if (record := actions[number].record)]
            reached += [
                target
                for record in records
                for target in link_targets(model.by_name[type(record).__name__], record)
                if target in pending
            ]
        if part and (len(part) >= size or not pending):
            yield [(number, actions[number]) for number in sorted(part)]
            part = []


def _publish_part(store: Store, part: Sequence[tuple[int, RecordAction]], outcome: LoadOutcome) -> None:
    """Commit actions of numbered lines, and add to the outcome of earlier parts."""
    numbers = {action.key: number for number, action in part}
    try:
        published, skipped = commit_load(store, [action for _, action in part])
    except ChangesRefusedError as error:
        faults = [(numbers[key], fault) for key, fault in error.faults]
        raise InvalidLinesError(sorted(faults, key=itemgetter(0)), outcome.published) from error
    outcome.published += published
    outcome.skipped += [(numbers[key], fault) for key, fault in skipped]
