"""The doctor: whether an installation is sound, a line for each thing looked at."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from api.store.database.database import Database
from api.store.log.head import LogHead
from api.store.maintenance.migrate import has_current_schema
from api.store.publishing.store import Store
from schema.validation.decoder import NewerSchemaError

_SAFE_SQLITE = (3, 51, 3)

_LITTLE_SPACE = 1_000_000_000

_OLDEST_POSTGRESQL = 150_000


class CheckStatus(StrEnum):
    """How one thing was found."""

    OK = "well"
    NOTE = "note"
    FAILED = "ILL"


@dataclass(frozen=True)
class CheckResult:
    """One thing that was looked at."""

    status: CheckStatus
    text: str


def run_checks(store: Store) -> Iterator[CheckResult]:
    """Yield what is found of the engine, the disk, the tables, the log and what is served."""
    yield _engine(store.database)
    if store.database.path:
        yield _disk(store.database)
    with store.database.reading() as connection:
        current = has_current_schema(connection)
        yield _told(
            "the tables are those of this version",
            "the tables are not those of this version: migrate",
            good=current,
        )
        if not current:
            return
        yield from _numbers(store, connection)
        if store.database.path:
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            broken = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
            broken = f"{len(orphans)} rows refer to nothing" if orphans else broken
            yield _told("the file is whole", f"the file is damaged: {broken}", good=broken == "ok")
    stale = store.is_stale()
    yield _told(
        "what is served was made by this code and these settings",
        "what is served was made by other code or settings: rebuild",
        good=not stale,
    )
    yield _agreement(store)


def _engine(database: Database) -> CheckResult:
    if database.path is None:
        with database.reading() as connection:
            number = int(str(connection.exec_driver_sql("SHOW server_version_num").scalar()))
        return _told(
            f"PostgreSQL {number // 10_000}",
            f"PostgreSQL {number // 10_000} is older than 15",
            good=number >= _OLDEST_POSTGRESQL,
        )
    version = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info >= _SAFE_SQLITE:
        return CheckResult(CheckStatus.OK, version)
    return CheckResult(
        CheckStatus.NOTE,
        f"{version} is older than 3.51.3, in which writers or checkpoints that meet could damage a file "
        "(sqlite.org/wal.html#walresetbug); here all of them take turns by a file lock, so use no other "
        "program to write to the file while the server runs",
    )


def _disk(database: Database) -> CheckResult:
    assert database.path is not None  # noqa: S101 - asked for files only
    free = shutil.disk_usage(database.path.parent).free
    text = f"{free / 1e9:.1f} GB are free beside {database.path}"
    return CheckResult(CheckStatus.OK if free >= _LITTLE_SPACE else CheckStatus.NOTE, text)


def _numbers(store: Store, connection: Connection) -> Iterator[CheckResult]:
    revision, change = store.tables.revision, store.tables.change
    head = connection.execute(select(store.tables.head)).one_or_none()
    if head is None:
        yield CheckResult(CheckStatus.FAILED, "the row of head is gone: restore a backup")
        return
    newest, count = connection.execute(
        select(func.coalesce(func.max(revision.c.seq), 0), func.count()).select_from(revision)
    ).one()
    numbers = connection.execute(
        select(func.coalesce(func.max(change.c.number), 0), func.count()).select_from(change)
    ).one()
    sound = newest == count == head.seq and tuple(numbers) == (head.number, head.number)
    yield _told(
        f"the log has {newest} revisions and {head.number} public changes without a gap",
        f"the log's numbers disagree: head {head.seq}, {head.number}; rows {newest} of {count}, {tuple(numbers)}",
        good=sound,
    )


def _agreement(store: Store) -> CheckResult:
    with store.database.dry_run() as connection:
        try:
            head = LogHead.lock(store.session(connection), store.clock)
            mended = store.rebuild_on(connection, head)
        except (msgspec.MsgspecError, LookupError, NewerSchemaError, SQLAlchemyError) as error:
            return CheckResult(
                CheckStatus.FAILED, f"the log cannot be read: {type(error).__name__}; restore a backup"
            )
    wrong = ", ".join(f"{count} in {table}" for table, count in sorted(mended.items()))
    return _told(
        "what is served agrees with the log",
        f"what is served differs from the log ({wrong}): rebuild",
        good=not mended,
    )


def _told(well: str, ill: str, *, good: bool) -> CheckResult:
    return CheckResult(CheckStatus.OK, well) if good else CheckResult(CheckStatus.FAILED, ill)
