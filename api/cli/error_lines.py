"""Lines that describe the errors a user can resolve, in place of tracebacks."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError

from api.cli.messages import fault_text, message
from api.editing.directory_loader import InvalidFilesError
from api.settings import SettingsError
from api.store.database.database import ForeignKeyViolationError, database_message, is_read_only
from api.store.log.actions import ChangesRefusedError
from api.store.log.clock import ImplausibleTimeError
from api.store.maintenance.backup_format import BackupError
from api.store.publishing.store import StaleReadModelError
from api.store.zstd_frame import DamagedDocumentError
from schema import MODEL
from schema.declaration.entity_base import RecordKey
from schema.validation.errors import Fault
from schema.validation.record_codec import NewerSchemaError, UnreadableRecordsError

_MAX_UNREADABLE_LINES = 20
"""Number of errors of unreadable records that are described; `check --database` describes all."""


def fault_lines(faults: Iterable[tuple[RecordKey, Fault]]) -> Iterator[str]:
    """Yield a line for each error of a record; an entity that this version does not know has no collection."""
    for (entity, identifier), fault in faults:
        collection = MODEL.by_name[entity].collection if entity in MODEL.by_name else entity
        yield f"{collection}/{identifier}: {fault_text(fault)}"


def _unreadable_lines(error: UnreadableRecordsError) -> Iterator[str]:
    yield from fault_lines(error.faults[:_MAX_UNREADABLE_LINES])
    yield message("unreadable", count=len(error.faults))


_LINES: Mapping[type[Exception], Callable[[Any], Iterable[str]]] = {
    SettingsError: lambda error: error.problems,
    InvalidFilesError: lambda error: (f"{path}: {fault_text(fault)}" for path, fault in error.faults),
    ChangesRefusedError: lambda error: fault_lines(error.faults),
    UnreadableRecordsError: _unreadable_lines,
    DBAPIError: lambda error: [
        message("read-only" if is_read_only(error) else "database", problem=database_message(error))
    ],
    ForeignKeyViolationError: lambda error: [message("database", problem=error)],
    ImplausibleTimeError: lambda error: [message(error.code, **error.limits)],
    StaleReadModelError: lambda _: [message("stale")],
    NewerSchemaError: lambda _: [message("newer-schema")],
    **dict.fromkeys(
        (OSError, EOFError, zlib.error, BackupError, DamagedDocumentError), lambda error: [str(error)]
    ),
}

RESOLVABLE_ERRORS = (*_LINES,)
"""The classes of errors that a user can resolve."""


def error_lines(error: Exception) -> Iterable[str]:
    """Return the lines that describe an error of one of RESOLVABLE_ERRORS."""
    return next(lines(error) for kind, lines in _LINES.items() if isinstance(error, kind))
