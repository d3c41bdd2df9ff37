"""Health checks of an installation: database server, disk space, schema, log, file integrity and read model."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from api.store.database.database import Database
from api.store.log.head import LogHead
from api.store.maintenance.migrate import has_current_schema
from api.store.publishing.store import Store
from schema.validation.record_codec import NewerSchemaError, UnreadableRecordsError

_SAFE_SQLITE = (3, 51, 3)
"""The first version without the WAL-reset bug (sqlite.org/wal.html#walresetbug)."""

_LOW_DISK_SPACE = 1_000_000_000
"""Free bytes below which a note is given."""

_OLDEST_POSTGRESQL = 150_000
"""The oldest supported version, as `server_version_num`."""


class CheckStatus(StrEnum):
    """The result of a check; the values are printed by `doctor`."""

    OK = "OK"
    NOTE = "NOTE"
    FAILED = "FAILED"


@dataclass(frozen=True)
class CheckResult:
    """The status of a check, with its description."""

    status: CheckStatus
    text: str


def run_checks(store: Store) -> Iterator[CheckResult]:
    """Yield the results of all checks; with an outdated schema, those of the data are skipped."""
    yield _check_server(store.database)
    if store.database.path:
        yield _check_disk(store.database)
    with store.database.reading() as connection:
        is_current = has_current_schema(connection)
        yield _result(
            "the database has the schema of this version",
            "the database does not have the schema of this version: run migrate",
            passed=is_current,
        )
        if not is_current:
            return
        yield from _check_log(store, connection)
        if store.database.path:
            yield _check_file(connection)
    yield _result(
        "the read model was rendered by this code and these settings",
        "the read model was rendered by other code or settings: run rebuild",
        passed=not store.is_stale(),
    )
    yield _check_read_model(store)


def _check_server(database: Database) -> CheckResult:
    if database.path is None:
        with database.reading() as connection:
            number = int(str(connection.exec_driver_sql("SHOW server_version_num").scalar()))
        return _result(
            f"PostgreSQL {number // 10_000}",
            f"PostgreSQL {number // 10_000} is older than 15: update it",
            passed=number >= _OLDEST_POSTGRESQL,
        )
    version = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info >= _SAFE_SQLITE:
        return CheckResult(CheckStatus.OK, version)
    return CheckResult(
        CheckStatus.NOTE,
        f"{version} is older than 3.51.3, in which concurrent writers or checkpoints can damage the file "
        "(sqlite.org/wal.html#walresetbug). A file lock serializes those of this software: do not let "
        "another program write to the file while the server runs.",
    )


def _check_disk(database: Database) -> CheckResult:
    assert database.path is not None  # noqa: S101 - called for files only
    free = shutil.disk_usage(database.path.parent).free
    text = f"{free / 1e9:.1f} GB are free on the disk of {database.path}"
    return CheckResult(CheckStatus.OK if free >= _LOW_DISK_SPACE else CheckStatus.NOTE, text)


def _check_log(store: Store, connection: Connection) -> Iterator[CheckResult]:
    """Check that the revisions and public changes are numbered without gaps, up to the numbers of the head."""
    revision, change = store.tables.revision, store.tables.change
    head = connection.execute(select(store.tables.head)).one_or_none()
    if head is None:
        yield CheckResult(CheckStatus.FAILED, "the row of table head is missing: restore a backup")
        return
    last_seq, revisions = connection.execute(
        select(func.coalesce(func.max(revision.c.seq), 0), func.count()).select_from(revision)
    ).one()
    last_number, changes = connection.execute(
        select(func.coalesce(func.max(change.c.number), 0), func.count()).select_from(change)
    ).one()
    yield _result(
        f"the log has {revisions} revisions and {changes} public changes without gaps",
        f"the numbers of the log disagree: {revisions} revisions up to {last_seq} (head: {head.seq}), "
        f"{changes} public changes up to {last_number} (head: {head.number}); restore a backup",
        passed=last_seq == revisions == head.seq and last_number == changes == head.number,
    )


def _check_file(connection: Connection) -> CheckResult:
    """Check the integrity of a SQLite file and its foreign keys."""
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    report = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    if orphans:
        report = f"{len(orphans)} rows refer to missing rows"
    return _result(
        "the database file is intact", f"the database file is damaged: {report}", passed=report == "ok"
    )


def _check_read_model(store: Store) -> CheckResult:
    """Compare all derived tables with the log, by a rebuild that is rolled back."""
    with store.database.dry_run() as connection:
        try:
            head = LogHead.lock(store.session(connection), store.clock)
            repaired = store.rebuild_on(connection, head)
        except (UnreadableRecordsError, LookupError, NewerSchemaError, SQLAlchemyError) as error:
            return CheckResult(
                CheckStatus.FAILED, f"the log cannot be read ({type(error).__name__}): restore a backup"
            )
    differences = ", ".join(f"{count} in {table}" for table, count in sorted(repaired.items()))
    return _result(
        "the read model agrees with the log",
        f"the read model differs from the log ({differences}): run rebuild",
        passed=not repaired,
    )


def _result(success: str, failure: str, *, passed: bool) -> CheckResult:
    return CheckResult(CheckStatus.OK, success) if passed else CheckResult(CheckStatus.FAILED, failure)
