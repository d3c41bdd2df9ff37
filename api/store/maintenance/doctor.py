"""Health checks of an installation, in one snapshot and without the lock of writers, and the advice that follows."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from api.store.database.database import database_message
from api.store.maintenance.check_result import CheckResult, CheckStatus, ok_or_failed
from api.store.maintenance.log_checks import LogChecks
from api.store.maintenance.migrate import SchemaAge, schema_age
from api.store.maintenance.sqlite_file_checks import check_files, check_integrity, check_sqlite_version
from api.store.projection.read_model import Progress
from api.store.publishing.store import Store
from schema.validation.record_codec import UnreadableRecordsError

_OLDEST_POSTGRESQL = 150_000
"""The oldest supported version, as `server_version_num`."""

_MAX_MESSAGE = 200
"""Characters of the message of an error."""

_BACK_UP_AND_RESTORE = (
    "every revision and change of the log can be read, and nothing else is needed: run `backup FILE`, set TIKLS_DATABASE to a new "
    "database, run `restore FILE`, and serve from there"
)

_RESTORE_LAST_BACKUP = "restore the last backup into a new database, and serve from there"

_RESTORE_AND_COMPARE = (
    f"{_RESTORE_LAST_BACKUP}. Lost is what was written since the backup and is named above. Keep the damaged database: "
    "its tables revision and change have the other changes since the backup"
)

_REBUILD = "run `rebuild`"

_MIGRATE = "run `migrate`, or start `serve`: the database was made by an older version of this software"

_UPGRADE = "this software is older than the database: upgrade the software"

_NO_CONTENT = "run `restore FILE` with the last backup; only a new installation begins with `serve`"

_UPDATE_SERVER = "update the database server"

_SET_CLOCK = "set the clock right; if the time of the last change is wrong, restore a backup that is older"

_CHECK_RECORDS = (
    "this version cannot read some records, which `check --database` names: serve with the version that wrote them "
    "until they are corrected"
)

_AT_THE_PRIMARY = "run `doctor` at the primary, and follow its advice there"


def run_checks(store: Store, track: Progress = iter) -> Iterator[CheckResult]:
    """Yield the result of each check, and at the end the advice if one failed.

    A check that fails, by whatever error, does not stop the others.
    """
    return _HealthChecks(store, track).run()


class _HealthChecks:
    """One run of all checks, with the results that the advice follows from."""

    def __init__(self, store: Store, track: Progress) -> None:
        self._store = store
        self._track = track
        self._log: LogChecks | None = None
        self._schema_age: SchemaAge | None = None
        self._is_replica = False
        self._failed: set[str] = set()
        self._stopped: set[str] = set()
        self._has_unreadable_records = False

    def run(self) -> Iterator[CheckResult]:
        """Yield the results of all checks, and the advice."""
        if path := self._store.database.path:
            yield from self._guarded("engine", check_sqlite_version())
            yield from self._guarded("files", check_files(path))
        if "files" not in self._failed:
            try:
                yield from self._snapshot_checks()
            except Exception as error:  # noqa: BLE001 - damaged data may raise errors of every kind
                yield self._record_error("database", error)
        if self._failed:
            yield CheckResult(CheckStatus.ADVICE, self._advice())

    def _snapshot_checks(self) -> Iterator[CheckResult]:
        with self._store.database.reading() as connection:
            if not self._store.database.path:
                yield from self._in_savepoint("engine", connection, self._check_postgresql(connection))
            yield from self._in_savepoint("schema", connection, self._check_schema(connection))
            if self._schema_age in (SchemaAge.OLDER, SchemaAge.NEWER, SchemaAge.NONE):
                return
            if self._store.database.path:
                yield from self._in_savepoint("integrity", connection, check_integrity(connection))
            self._log = LogChecks(self._store.tables, self._store.renderer.model, connection)
            yield from self._in_savepoint("log", connection, self._log.check_numbers())
            yield from self._in_savepoint("time", connection, self._log.check_time(self._store.clock))
            yield from self._in_savepoint("fingerprint", connection, self._check_fingerprint(connection))
            if self._log.is_whole and not self._log.has_newer:
                yield from self._in_savepoint("read model", connection, self._check_read_model(connection))

    def _in_savepoint(
        self, subject: str, connection: Connection, check: Iterator[CheckResult]
    ) -> Iterator[CheckResult]:
        """Run a check so that its failed statements end no transaction: PostgreSQL would refuse all later ones."""

        def run() -> Iterator[CheckResult]:
            with connection.begin_nested():
                yield from check

        return self._guarded(subject, run())

    def _guarded(self, subject: str, check: Iterator[CheckResult]) -> Iterator[CheckResult]:
        """Yield the results of a check, or that it could not be completed."""
        try:
            for result in check:
                if result.status is CheckStatus.FAILED:
                    self._failed.add(subject)
                yield result
        except Exception as error:  # noqa: BLE001 - damaged data may raise errors of every kind
            yield self._record_error(subject, error)

    def _record_error(self, subject: str, error: Exception) -> CheckResult:
        self._failed.add(subject)
        self._stopped.add(subject)
        self._has_unreadable_records |= isinstance(error, UnreadableRecordsError)
        text = f"the check of the {subject} stopped: {type(error).__name__}: {database_message(error)[:_MAX_MESSAGE]}"
        return CheckResult(CheckStatus.FAILED, text)

    def _check_postgresql(self, connection: Connection) -> Iterator[CheckResult]:
        version = int(str(connection.exec_driver_sql("SHOW server_version_num").scalar())) // 10_000
        yield ok_or_failed(
            f"PostgreSQL {version}",
            f"PostgreSQL {version} is older than {_OLDEST_POSTGRESQL // 10_000}: update it",
            passed=version >= _OLDEST_POSTGRESQL // 10_000,
        )
        self._is_replica = bool(connection.scalar(select(func.pg_is_in_recovery())))
        if self._is_replica:
            yield CheckResult(
                CheckStatus.NOTE,
                "this is a replica, which may lag behind its primary: its rows are checked as they are here; "
                "what the primary has, and whether it can be written, is not",
            )

    def _check_schema(self, connection: Connection) -> Iterator[CheckResult]:
        self._schema_age = schema_age(connection)
        texts = {
            SchemaAge.NONE: "the database has no tables",
            SchemaAge.OLDER: "the tables are those of an older version",
            SchemaAge.NEWER: "the tables are those of a newer version",
        }
        yield ok_or_failed(
            "the database has the schema of this version",
            texts.get(self._schema_age, ""),
            passed=self._schema_age is SchemaAge.CURRENT,
        )

    def _check_fingerprint(self, connection: Connection) -> Iterator[CheckResult]:
        yield ok_or_failed(
            "the read model was rendered by this code and these settings",
            "the read model was rendered by other code or settings",
            passed=self._store.is_rendered_on(connection),
        )

    def _check_read_model(self, connection: Connection) -> Iterator[CheckResult]:
        """Compare all derived tables with the log."""
        differences: Any = self._store.differences_on(connection, self._track)
        counts = ", ".join(f"{count} in {table}" for table, count in sorted(differences.items()))
        yield ok_or_failed(
            "the read model agrees with the log",
            f"the read model differs from the log ({counts})",
            passed=not differences,
        )

    def _advice(self) -> str:
        """Return the advice: what is whole decides how the rest can be made again."""
        log, failed = self._log, self._failed
        can_be_rebuilt = not self._stopped and failed <= {"fingerprint", "read model", "engine", "time"}
        cases = (
            (self._schema_age is SchemaAge.NEWER or (log and log.has_newer), _UPGRADE),
            ("files" in failed, _NO_CONTENT),
            (self._is_replica, _AT_THE_PRIMARY),
            (self._schema_age is SchemaAge.NONE, _NO_CONTENT),
            (self._schema_age is SchemaAge.OLDER, _MIGRATE),
            (failed == {"engine"}, _UPDATE_SERVER),
            (failed == {"time"}, _SET_CLOCK),
            (log is None, f"{_RESTORE_LAST_BACKUP}. What was written since the backup is lost"),
            (not (log and log.is_whole), _RESTORE_AND_COMPARE),
            (self._has_unreadable_records, _CHECK_RECORDS),
            (can_be_rebuilt, _REBUILD),
        )
        return next((advice for applies, advice in cases if applies), _BACK_UP_AND_RESTORE)
