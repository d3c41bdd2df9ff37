"""The commit of a load: its actor, its outcome, and the records that it leaves as they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from api.store.log.actions import ChangesRefusedError, RecordAction
from api.store.projection.read_model import Progress
from api.store.publishing.store import Store
from schema.declaration.entity_base import RecordKey
from schema.validation.errors import Fault

LOADER = "loader"
"""The actor of loaded revisions in the log."""

_SKIPPED = ("redacted-since", "restored-since", "restored-after-withdrawal")
"""The errors of records that a load leaves as they are; all others refuse the load."""


@dataclass
class LoadOutcome:
    """The outcome of a load: the numbers of published and withdrawn records.

    `skipped` has the reasons of the records that were left as they are, each with its file or line number.
    """

    published: int = 0
    withdrawn: int = 0
    skipped: list[tuple[Path | int, Fault]] = field(default_factory=list)


def commit_load(
    store: Store, actions: Sequence[RecordAction], track: Progress = iter
) -> tuple[int, list[tuple[RecordKey, Fault]]]:
    """Commit the actions of a load, without those that would undo a redaction or a restoration.

    Return the number of changed records and the reasons of the skipped ones. Raise ChangesRefusedError with all
    other errors.
    """
    skipped: list[tuple[RecordKey, Fault]] = []
    while True:
        try:
            return store.commit(actions, LOADER, only_own=True, track=track), skipped
        except ChangesRefusedError as error:
            reasons = [(key, fault) for key, fault in error.faults if fault.code in _SKIPPED]
            if not reasons:
                raise
        skipped += reasons
        keys = {key for key, _ in reasons}
        actions = [action for action in actions if action.key not in keys]
