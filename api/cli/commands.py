"""The command line: `python -m api`."""

import os
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from api.cli import launcher as serving
from api.cli.progress import progress_bar, progress_counter
from api.editing import directory as loading
from api.editing import ndjson as lines
from api.editing.directory import InvalidFilesError
from api.editing.ndjson import InvalidLinesError
from api.settings import PREFIX, Settings, SettingsError, read_settings
from api.store.maintenance.backup import BackupError, back_up, restore
from api.store.maintenance.doctor import CheckStatus, run_checks
from api.store.maintenance.migrate import migrate
from api.store.publishing.store import StaleReadModelError, Store
from api.store_factory import create_store
from api.version import VERSION
from schema import MODEL
from schema.validation.decoder import NewerSchemaError
from schema.validation.errors import Fault


def _settings() -> str:
    defaults = Settings()
    lines = [f"{PREFIX}{name.upper()}={getattr(defaults, name)}" for name in defaults.__struct_fields__]
    return "\b\nSettings and their defaults:\n" + "\n".join(f"  {line}" for line in lines)


class _Group(click.Group):
    """The commands, with what users can mend told in a line each."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            _fail(error.problems)
        except InvalidFilesError as error:
            _fail(f"{path}: {_told(fault)}" for path, fault in error.faults)
        except DBAPIError as error:
            lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
            _fail([f"the database cannot be used: {lines[0]}"])
        except StaleReadModelError:
            _fail(
                ["what is served was made by another version or other settings: rebuild, or set them alike"]
            )
        except NewerSchemaError:
            _fail(["the database was written by a newer version"])
        except (OSError, EOFError, zlib.error, BackupError) as error:
            _fail([str(error)])


@click.group(cls=_Group, epilog=_settings())
@click.version_option(package_name=None, version=VERSION, prog_name="tikls")
def main() -> None:
    """Publish a network's projects, grants, programmes and organisations as JSON and RDF.

    Content is in files under data/ and, once loaded, in the log of a database; everything that is
    served is made from the log. Settings are environment variables; the README tells what each sets.
    """


@main.command()
def serve() -> None:
    """Migrate, load the content into an empty log, and serve until stopped."""
    settings = read_settings(os.environ)
    serving.check_port(settings)
    store = create_store(settings)
    migrate(store.database)
    if store.is_stale() and (mended := store.rebuild(progress_bar("Rendering"))):
        documents = mended[store.tables.document.name]
        click.echo(f"{documents} documents were made anew by this version and these settings.")
    if store.is_empty():
        _load(store, Path(settings.data))
    store.database.close()
    serving.announce(settings)
    serving.become_server(settings)


@main.command(name="migrate")
def migrate_command() -> None:
    """Bring the database's tables to today's declarations."""
    changed = migrate(create_store(read_settings(os.environ)).database)
    click.echo("The tables were brought up to date." if changed else "The tables are up to date.")


@main.command(name="load")
@click.argument("source", required=False, type=click.Path(path_type=Path))
def load_command(source: Path | None) -> None:
    """Publish the records of SOURCE (data/ by default) that differ from what is public.

    The files of a folder are loaded all together or not at all. A file has a record on each line, and its
    `type`; it may be packed (.gz), or `-` for standard input. Some thousand lines at a time are published
    together, and links lead to earlier lines, or to those of the same thousands; after an interruption,
    load the same file again. Nothing is deleted, and a record that an editor changed last is refused.
    """
    settings = read_settings(os.environ)
    store = create_store(settings)
    migrate(store.database)
    source = source or Path(settings.data)
    if source == lines.STANDARD_INPUT or source.is_file():
        _load_lines(store, source)
    else:
        _load(store, source)


@main.command(name="check")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def check_command(folder: Path | None) -> None:
    """Report every fault of every file of FOLDER (data/ by default), and load nothing."""
    settings = read_settings(os.environ)
    files = loading.check_directory(MODEL, folder or Path(settings.data), progress_bar("Checking"))
    click.echo(f"{len(files.records)} files, no faults.")


@main.command(name="rebuild")
def rebuild_command() -> None:
    """Make everything that is served anew from the log, and say what differed.

    The server goes on serving meanwhile.
    """
    store = create_store(read_settings(os.environ))
    migrate(store.database)
    mended = store.rebuild(progress_bar("Rendering"))
    store.database.optimize_indexes()
    for table, count in sorted(mended.items()):
        click.echo(f"Mended in {table}: {count}.")
    if not mended:
        click.echo("Everything that is served agrees with the log.")


@main.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path))
def backup_command(file: Path) -> None:
    """Write the whole log to FILE, as it is at one moment, while others go on writing."""
    done = back_up(create_store(read_settings(os.environ)), file)
    click.echo(f"{done.rows} rows of the log, up to change {done.number} at {done.at}, are in {file}.")


@main.command(name="restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore_command(file: Path) -> None:
    """Take the log in FILE back into an empty database, of either kind, and make what is served."""
    store = create_store(read_settings(os.environ))
    migrate(store.database)
    done = restore(store, file)
    click.echo(f"{done.rows} rows of the log, up to change {done.number} at {done.at}, are restored.")


@main.command()
def doctor() -> None:
    """Look at the settings, the database, the log and what is served; status 1 if anything is ill."""
    settings = read_settings(os.environ)
    for name in settings.__struct_fields__:
        click.echo(f"set   {PREFIX}{name.upper()}: {_shown(name, getattr(settings, name))}")
    ill = False
    for finding in run_checks(create_store(settings)):
        click.echo(f"{finding.status:5} {finding.text}")
        ill |= finding.status is CheckStatus.FAILED
    sys.exit(ill)


def _shown(name: str, value: Any) -> Any:
    return make_url(value).render_as_string() if name == "database" else value


def _load(store: Store, folder: Path) -> None:
    published = loading.load_directory(store, folder, progress_bar("Loading"))
    click.echo(f"{published} records published from {folder}.")


def _load_lines(store: Store, path: Path) -> None:
    with lines.open_lines(path) as file, progress_counter("Loading") as tell:
        try:
            published = lines.load_lines(store, file, tell)
        except InvalidLinesError as error:
            _fail(
                [
                    *(f"{path}:{number}: {_told(fault)}" for number, fault in error.faults),
                    f"{error.published} records of earlier lines were published; nothing of what follows was.",
                ]
            )
    store.database.optimize_indexes()
    click.echo(f"{published} records published from {path}.")


def _told(fault: Fault) -> str:
    return f"{fault.pointer or '/'}: {fault.message['en']} [{fault.code}]"


def _fail(told: Iterable[str]) -> NoReturn:
    for line in told:
        click.echo(line, err=True)
    sys.exit(1)
