"""Checks of the files of a SQLite database: engine, disk, modes, missing files, integrity."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from api.store.database.sqlite_files import WAL, WAL_INDEX
from api.store.maintenance.check_result import CheckResult, CheckStatus, ok_or_failed, ok_or_note

_SAFE_SQLITE = (3, 51, 3)
"""The first version without the WAL-reset bug (sqlite.org/wal.html#walresetbug)."""

_LOW_DISK_SPACE = 1_000_000_000
"""Free bytes below which a note is given."""

_GROUP_OR_OTHERS = 0o077
"""The bits of a mode that let others than the owner read or write a file."""

_MAX_FAULTS = 3
"""Number of faults of a file that are printed."""


def check_sqlite_version() -> Iterator[CheckResult]:
    """Check the version of the SQLite library."""
    version = f"SQLite {sqlite3.sqlite_version}"
    yield ok_or_note(
        version,
        f"{version} is older than 3.51.3, in which concurrent writers or checkpoints can damage the file "
        "(sqlite.org/wal.html#walresetbug). A file lock serializes those of this software: do not let "
        "another program write to the file while the server runs.",
        passed=sqlite3.sqlite_version_info >= _SAFE_SQLITE,
    )


def check_files(path: Path) -> Iterator[CheckResult]:
    """Check the disk of a database file, who can read it, and that no file beside it is missing."""
    if not path.exists():
        yield CheckResult(CheckStatus.FAILED, f"there is no database at {path}")
        return
    free = shutil.disk_usage(path.parent).free
    text = f"{free / 1e9:.1f} GB are free on the disk of {path}"
    yield ok_or_note(text, text, passed=free >= _LOW_DISK_SPACE)
    mode = path.stat().st_mode & 0o777
    yield ok_or_note(
        "only the owner can read the database file",
        f"others than the owner can read or write {path} (mode {mode:o}), which has drafts and notes: "
        "`chmod 600` it, unless they should",
        passed=not mode & _GROUP_OR_OTHERS,
    )
    has_wal, has_index = (path.with_name(path.name + suffix).exists() for suffix in (WAL, WAL_INDEX))
    if has_index and not has_wal:
        yield CheckResult(
            CheckStatus.NOTE,
            f"{path}{WAL} is missing, though {path.name}{WAL_INDEX} is there: if it was removed, the last changes "
            "are lost. Compare the last public change below with what you know; a backup may have more",
        )


def check_integrity(connection: Connection) -> Iterator[CheckResult]:
    """Check the integrity of a file and of its foreign keys."""
    faults = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA integrity_check({_MAX_FAULTS})")]
    if faults == ["ok"]:
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        faults = [f"{len(orphans)} rows refer to missing rows"] if orphans else []
    # A fault of several pages comes as several lines in one text.
    text = "; ".join("; ".join(faults).splitlines()[:_MAX_FAULTS])
    yield ok_or_failed(
        "the database file is intact", f"the database file is damaged: {text}", passed=not faults
    )
