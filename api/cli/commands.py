"""The commands of `python -m api`."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy import inspect

from api.cli.error_lines import RESOLVABLE_ERRORS, error_lines, fault_lines
from api.cli.listening_socket import open_listener
from api.cli.messages import fault_text, language_option, message
from api.cli.progress import progress_bar, progress_counter
from api.cli.record_commands import merge_command, redact_command, restore_record, withdraw_command
from api.cli.server_launch import announce, become_server, check_descriptors, check_port
from api.cli.startup_responder import StartupResponder
from api.editing.directory_loader import check_directory, load_directory
from api.editing.ndjson_loader import STANDARD_INPUT, InvalidLinesError, load_lines, open_lines
from api.editing.withdrawals_file import record_key
from api.settings import PREFIX, Settings, read_settings
from api.store.database.database_url import without_password
from api.store.log.log_validation import LogValidation
from api.store.maintenance.backup_and_restore import back_up, restore
from api.store.maintenance.check_result import CheckStatus
from api.store.maintenance.content_marker import had_content, record_content
from api.store.maintenance.doctor import run_checks
from api.store.maintenance.migrate import has_current_schema, migrate
from api.store.projection.read_model import Progress
from api.store.publishing.garbage_collection import rare_collections
from api.store.publishing.store import Store
from api.store_factory import create_store
from api.version import VERSION
from schema import MODEL


def _settings_help() -> str:
    defaults = Settings()
    lines = [f"{PREFIX}{name.upper()}={getattr(defaults, name)}" for name in defaults.__struct_fields__]
    return "\b\nSettings and their defaults:\n" + "\n".join(f"  {line}" for line in lines)


class _CommandGroup(click.Group):
    """A group of commands that reports the errors a user can resolve as one line each, without traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RESOLVABLE_ERRORS as error:
            _fail(error_lines(error))


@click.group(cls=_CommandGroup, epilog=_settings_help())
@click.version_option(package_name=None, version=VERSION, prog_name="tikls")
@language_option
def main() -> None:
    """Publish a network's projects, grants, programmes and organisations as JSON and RDF.

    Content is loaded from files, by default under data/, into the log of a database, from which the served
    data is derived. Settings are environment variables.
    """


@main.command()
@click.option(
    "--load", "is_loading", is_flag=True, help="Publish data/ also if the database has lost its content."
)
def serve(*, is_loading: bool) -> None:
    """Migrate the database, load the content if the database is new, and serve until stopped.

    An empty database in the place of one that had content is not filled from data/, which may be older: restore
    a backup, or start with --load.
    """
    settings = read_settings(os.environ)
    check_descriptors()
    check_port(settings)
    store = create_store(settings)
    with open_listener(settings.host, settings.port) as listener:
        with StartupResponder(listener, settings.base) as responder:
            _prepare(store, settings, responder, is_loading=is_loading)
        store.database.close()
        announce(settings)
        become_server(settings, listener)


def _prepare(store: Store, settings: Settings, responder: StartupResponder, *, is_loading: bool) -> None:
    """Migrate, rebuild and load what a server needs; answer meanwhile if there is anything to do."""
    if not _is_prepared(store):
        responder.start()
        # A replica has nothing to migrate, and could not even be locked.
        migrate(store.database, MODEL)
    if store.is_stale() and (repaired := store.rebuild(responder.tracked(progress_bar("Rendering")))):
        documents = repaired[store.tables.document.name]
        click.echo(f"{documents} documents were rendered again, for this version and these settings.")
    if store.is_empty():
        if had_content(store.database) and not is_loading:
            name = store.database.path or without_password(settings.database)
            _fail([message("lost-content", path=name, source=settings.data)])
        _load(store, Path(settings.data), responder.tracked(progress_bar("Loading")))
    if not store.is_empty():
        record_content(store.database)


def _is_prepared(store: Store) -> bool:
    """Return True if a database has the tables of this version, was rendered by it, and has content."""
    if store.database.path and not store.database.path.exists():
        return False
    with store.database.reading() as connection:
        is_rendered = has_current_schema(connection) and store.is_rendered_on(connection)
    return is_rendered and not store.is_empty()


@main.command(name="migrate")
def migrate_command() -> None:
    """Migrate the database to the schema of this version."""
    migrated = migrate(create_store(read_settings(os.environ)).database, MODEL)
    click.echo("The schema was migrated." if migrated else "The schema is up to date.")


@main.command(name="load")
@language_option
@click.argument("source", required=False, type=click.Path(path_type=Path))
@rare_collections()
def load_command(source: Path | None) -> None:
    """Publish the records of SOURCE, by default data/, that differ from the public ones.

    A directory is loaded as a whole or not at all. A file is NDJSON: each line is a record with its `type`.
    It may be compressed (.gz), or `-` for standard input. Batches of 5000 lines are validated one by one, and
    published in parts, between which other writers have their turn; links lead to records of earlier lines or of the
    same batch. After an interruption, load the same file again. Nothing is deleted, and records that an editor
    changed last are refused. A record from which a text was removed since, or of which another version was
    restored, is left as it is, and reported.
    """
    settings = read_settings(os.environ)
    store = create_store(settings)
    migrate(store.database, MODEL)
    source = source or Path(settings.data)
    if source == STANDARD_INPUT or source.is_file():
        _load_lines(store, source)
    else:
        _load(store, source, progress_bar("Loading"))


@main.command(name="check")
@language_option
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--database", "is_of_log", is_flag=True, help="Check the records in the database instead.")
def check_command(folder: Path | None, *, is_of_log: bool) -> None:
    """Check the files of FOLDER, by default data/, report all errors, and load nothing.

    With --database, check the public document and the draft of every record in the database by this version, as
    before an upgrade. Nothing is written or migrated, and the server of another version can go on meanwhile.
    """
    settings = read_settings(os.environ)
    if is_of_log:
        if folder:
            raise click.UsageError(message("folder-and-database"))
        _check_log(create_store(settings))
        return
    files = check_directory(MODEL, folder or Path(settings.data), progress_bar("Checking"))
    click.echo(message("checked", count=len(files.records)))


@main.command(name="rebuild")
@rare_collections()
def rebuild_command() -> None:
    """Recompute the served data from the log, and report the differences.

    The server can go on serving meanwhile.
    """
    store = create_store(read_settings(os.environ))
    migrate(store.database, MODEL)
    repaired = store.rebuild(progress_bar("Rendering"))
    store.database.optimize_indexes()
    for table, count in sorted(repaired.items()):
        click.echo(f"Repaired in {table}: {count}.")
    if not repaired:
        click.echo("The read model agrees with the log.")


@main.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path))
def backup_command(file: Path) -> None:
    """Write a snapshot of the log to FILE. The server can go on meanwhile."""
    backup = back_up(create_store(read_settings(os.environ)), file)
    click.echo(
        f"{backup.rows} rows of the log, up to change {backup.number} at {backup.at}, were written to {file}."
    )


@main.command(name="restore")
@language_option
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--version", type=click.IntRange(min=1), help="The version of the record.")
@click.option("--reason", metavar="TEXT", help="Why a record is restored: a note for editors.")
@rare_collections()
def restore_command(source: Path, version: int | None, reason: str | None) -> None:
    """Restore a backup or a record.

    If SOURCE is a file, it is a backup, which is restored into an empty database, SQLite or PostgreSQL; the served
    data is rebuilt. If SOURCE is a record, as in `restore outputs/old`, its last public version is published again,
    or with --version an earlier one.
    """
    record = record_key(MODEL, str(source))
    if record and not source.is_file():
        restore_record(record, version, reason)
        return
    if not source.is_file():
        raise click.UsageError(message("no-source", source=source))
    if version or reason:
        raise click.UsageError(message("not-a-record", source=source))
    store = create_store(read_settings(os.environ))
    migrate(store.database, MODEL)
    backup = restore(store, source, progress_bar("Rendering"))
    record_content(store.database)
    if backup.digest is None:
        click.echo(message("no-digest", source=source), err=True)
    click.echo(message("backup-restored", rows=backup.rows, number=backup.number, at=backup.at))


@main.command()
def doctor() -> None:
    """Check the settings, the database, the log and the read model; exit with status 1 if a check fails.

    It reads one snapshot and changes nothing; others can go on writing meanwhile. What to do is the last line.
    """
    settings = read_settings(os.environ)
    for name in settings.__struct_fields__:
        click.echo(f"{'SET':6} {PREFIX}{name.upper()}: {_without_password(name, getattr(settings, name))}")
    failed = False
    for result in run_checks(create_store(settings), progress_bar("Comparing")):
        click.echo(f"{result.status:6} {result.text}")
        failed |= result.status is CheckStatus.FAILED
    sys.exit(int(failed))


for _command in (merge_command, withdraw_command, redact_command):
    main.add_command(_command)


def _without_password(name: str, value: Any) -> Any:
    return without_password(value) if name == "database" else value


def _check_log(store: Store) -> None:
    with store.database.reading() as connection:
        if not inspect(connection).has_table(store.tables.revision.name):
            _fail([message("no-log")])
        validation = LogValidation(connection, store.tables, store.renderer.model, is_thorough=True)
        faults = [*validation.faults(progress_bar("Checking"))]
    if faults:
        _fail(fault_lines(faults))
    click.echo(message("log-checked", count=validation.count))


def _load(store: Store, folder: Path, track: Progress) -> None:
    outcome = load_directory(store, folder, track)
    for path, reason in outcome.skipped:
        click.echo(f"{path}: {fault_text(reason)}", err=True)
    click.echo(message("published", count=outcome.published, source=folder))
    if outcome.withdrawn:
        click.echo(message("load-withdrawn", count=outcome.withdrawn))


def _load_lines(store: Store, path: Path) -> None:
    with open_lines(path) as lines, progress_counter("Loading") as report:
        try:
            outcome = load_lines(store, lines, report)
        except InvalidLinesError as error:
            _fail(
                [
                    *(f"{path}:{number}: {fault_text(fault)}" for number, fault in error.faults),
                    message("published-before", count=error.published),
                ]
            )
    store.database.optimize_indexes()
    for number, reason in outcome.skipped:
        click.echo(f"{path}:{number}: {fault_text(reason)}", err=True)
    click.echo(message("published", count=outcome.published, source=path))


def _fail(messages: Iterable[str]) -> NoReturn:
    """Print error messages to the standard error stream, and exit with status 1."""
    for line in messages:
        click.echo(line, err=True)
    sys.exit(1)
