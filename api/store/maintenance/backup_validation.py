"""Validation of the rows of a backup: their types and ranges, their order, and that each follows from those before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from api.store.log.actions import CHANGE_ACTIONS, FINAL, PUBLIC_ACTIONS, PUBLISHING, RERENDER, Action
from api.store.log.clock import EARLIEST, LATEST, is_storable
from api.store.maintenance.backup_format import BackupHeader
from schema.declaration.datatypes import Slug
from schema.declaration.entity_base import RecordKey

_MAX_NUMBER = 2**53

_WITH_DOCUMENT = (Action.SAVE, *PUBLISHING)

_Number = Annotated[int, Meta(ge=1, le=_MAX_NUMBER)]


class LoggedRevision(msgspec.Struct, forbid_unknown_fields=True):
    """A row of `revision`, with the columns in their order."""

    seq: _Number
    entity: str
    id: Slug
    version: _Number
    at: str
    actor: Annotated[str, Meta(min_length=1)]
    action: str
    note: str | None
    declared: Annotated[int, Meta(ge=0, le=_MAX_NUMBER)]
    document: str | None


class LoggedChange(msgspec.Struct, forbid_unknown_fields=True):
    """A row of `change`, with the columns in their order."""

    number: _Number
    at: str
    entity: str
    id: Slug
    action: str
    replaced_by: Slug | None
    reason: str | None


@dataclass(slots=True)
class _RecordState:
    """The state of a record after some rows: its version, and its last actions in both tables."""

    version: int = 0
    action: str = ""
    is_public: bool = False
    change: str = ""


class BackupValidation:
    """Checks the rows of a backup in their order: revisions, then changes.

    What a single writer appended can only have been so: numbers without gaps, times that never go back, no action
    after the end of a record, and a last change that agrees with the last revision.
    """

    def __init__(self, header: BackupHeader) -> None:
        self._header = header
        self._seq, self._number = 0, 0
        self._times: dict[type, str] = {}
        self._states: dict[RecordKey, _RecordState] = {}

    @property
    def record_count(self) -> int:
        """Return the number of records in the rows."""
        return len(self._states)

    @property
    def saved(self) -> Iterator[RecordKey]:
        """Yield the keys of the records that have a draft."""
        return (key for key, state in self._states.items() if state.action == Action.SAVE)

    def header_problems(self) -> Iterator[str]:
        """Yield the problems of the header."""
        if not is_storable(self._header.at) and (self._header.seq or self._header.at):
            yield _time_problem(self._header.at)

    def problems(self, row: LoggedRevision | LoggedChange) -> Iterator[str]:
        """Yield the problems of the next row; a row without any is part of the log from then on."""
        yield from self._common_problems(row)
        if isinstance(row, LoggedRevision):
            yield from self._revision_problems(row)
        else:
            yield from self._change_problems(row)

    def _revision_problems(self, row: LoggedRevision) -> Iterator[str]:
        state = self._states.setdefault((row.entity, row.id), _RecordState())
        if self._number:
            yield "a revision is among the changes"
        if row.seq != self._seq + 1:
            yield f"revision {row.seq} follows revision {self._seq}"
        if row.version != state.version + 1:
            yield f"version {row.version} of {row.entity} {row.id} follows version {state.version}"
        if row.action not in [*Action]:
            yield f"{row.action!r} is not an action"
        elif state.action in FINAL and row.action != Action.REDACT:
            yield f"{row.action} follows {state.action} of {row.entity} {row.id}"
        yield from self._document_problems(row)
        self._seq, state.version = row.seq, row.version
        if row.action not in (Action.UNPUBLISH, Action.REDACT):  # they leave a draft
            state.action = row.action
        if row.action in PUBLIC_ACTIONS:
            state.is_public = row.action in PUBLISHING

    def _document_problems(self, row: LoggedRevision) -> Iterator[str]:
        if (row.document is not None) != (row.action in _WITH_DOCUMENT):
            yield f"a revision with the action {row.action} has {'a' if row.document else 'no'} document"

    def _change_problems(self, row: LoggedChange) -> Iterator[str]:
        state = self._states.get((row.entity, row.id))
        if row.number != self._number + 1:
            yield f"change {row.number} follows change {self._number}"
        if row.action not in CHANGE_ACTIONS:
            yield f"{row.action!r} is not the action of a change"
        if state is None:
            yield f"{row.entity} {row.id} has no revision"
        elif state.change in FINAL:
            yield f"{row.action} follows {state.change} of {row.entity} {row.id}"
        elif row.action == RERENDER and state.change != Action.PUBLISH:
            yield f"{row.entity} {row.id} was not public when it was rendered again"
        yield from self._target_problems(row)
        self._number = row.number
        if state and row.action != RERENDER:
            state.change = row.action

    def final_problems(self) -> Iterator[str]:
        """Yield the problems of the whole log, after its last row."""
        if (self._seq, self._number) != (self._header.seq, self._header.number):
            yield (
                f"the log ends with revision {self._seq} and change {self._number}, but its head has "
                f"{self._header.seq} and {self._header.number}"
            )
        for (entity, identifier), state in self._states.items():
            if state.is_public != (state.change == Action.PUBLISH):
                yield (
                    f"{entity} {identifier} is {'' if state.is_public else 'not '}public after its last revision, "
                    f"but its last change is {state.change or 'missing'}"
                )

    def _target_problems(self, row: LoggedChange) -> Iterator[str]:
        """Yield the problems of the record that a change leads to; a circle of merges would have no end."""
        if (row.action == Action.MERGE) != (row.replaced_by is not None):
            yield f"a change with the action {row.action} leads to {row.replaced_by}"
        elif row.replaced_by:
            target = self._states.get((row.entity, row.replaced_by))
            if target is None or target.change in FINAL or row.replaced_by == row.id:
                yield f"{row.entity} {row.id} was merged into {row.replaced_by}, which was not public then"

    def _common_problems(self, row: LoggedRevision | LoggedChange) -> Iterator[str]:
        """Yield the problems of the time and the texts of a row."""
        earliest = self._times.get(type(row), EARLIEST)
        if not is_storable(row.at):
            yield _time_problem(row.at)
        elif not earliest <= row.at <= self._header.at:
            yield f"the time {row.at} is before {earliest} of the row before, or after {self._header.at} of the head"
        self._times[type(row)] = row.at
        if any("\0" in value for value in _texts(row)):
            yield "a text has the character U+0000"


def _time_problem(time: str) -> str:
    return f"{time!r} is not a time from {EARLIEST} to {LATEST}"


def _texts(row: Any) -> Iterator[str]:
    return (value for value in msgspec.structs.astuple(row) if isinstance(value, str))
