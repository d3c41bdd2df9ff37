"""The commands of `python -m api` that act on one record."""

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from api.cli.messages import language_option, message
from api.editing.withdrawals_file import record_key
from api.settings import read_settings
from api.store.database.database import ErasureError
from api.store.log.actions import RecordAction, merge, redact, restore, unpublish
from api.store.maintenance.migrate import migrate
from api.store_factory import create_store
from schema import MODEL
from schema.declaration.entity_base import RecordKey

ACTOR = "command-line"
"""The actor of revisions by these commands in the log."""

_STANDARD_INPUT = "-"


class RecordAddress(click.ParamType[RecordKey]):
    """A record, written as collection and id."""

    name = "collection/id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> RecordKey:
        """Return the key of a record. Fail for an unknown collection or an invalid id."""
        key = record_key(MODEL, value) if isinstance(value, str) else value
        if key is None:
            collections = ", ".join(MODEL.by_collection)
            self.fail(message("not-an-address", given=value, collections=collections), param, ctx)
        return key


_RECORD = RecordAddress()


def _reason(purpose: str, *, required: bool) -> Callable[[Any], Any]:
    return click.option("--reason", required=required, metavar="TEXT", help=purpose, callback=_not_blank)


def _not_blank(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise click.BadParameter(message("empty-reason"))
    return value


@click.command(name="merge")
@language_option
@click.argument("record", type=_RECORD)
@click.argument("into", type=_RECORD)
@_reason("Why. It is public.", required=True)
def merge_command(record: RecordKey, into: RecordKey, reason: str) -> None:
    """Merge RECORD into the record INTO, as in `merge organisations/old organisations/new`.

    All links to RECORD then lead to INTO, in drafts as well. Requests for RECORD are redirected, and filters by its
    id find INTO. The contents are not combined, and the id cannot be used again.
    """
    if record[0] != into[0]:
        raise click.UsageError(message("other-collection"))
    _commit(merge(record, into[1], reason), into)
    click.echo(message("merged", record=_address(record), into=_address(into)))


@click.command(name="withdraw")
@language_option
@click.argument("record", type=_RECORD)
@_reason("Why. It is public.", required=True)
def withdraw_command(record: RecordKey, reason: str) -> None:
    """Withdraw RECORD from the public, as in `withdraw outputs/old`; `restore` publishes it again.

    A record that others refer to is refused.
    """
    _commit(unpublish(record, reason))
    click.echo(message("withdrawn", record=_address(record)))


@click.command(name="redact")
@language_option
@click.argument("record", type=_RECORD)
@click.argument("text")
@_reason("Why. It is a note for editors, and must not have the text.", required=False)
def redact_command(record: RecordKey, text: str, reason: str | None) -> None:
    """Remove TEXT from all versions of RECORD, its notes and reasons, for good.

    The text is replaced by [\u2026]; an address or mailbox that contains it is removed as a whole. TEXT is read from
    the standard input if it is `-`, so that it is in no history of commands. Backups made before still have it.
    Where the files of the database could not be rewritten, repeat the command.
    """
    if text == _STANDARD_INPUT:
        text = sys.stdin.read().strip()
    try:
        is_removed = _commit(redact(record, text, reason))
    except ErasureError as error:
        name = "not-erased" if error.problem else "not-erased-while-read"
        raise click.ClickException(message(name, record=_address(record), problem=error.problem)) from error
    click.echo(message("redacted" if is_removed else "erased-again", record=_address(record)))


def restore_record(record: RecordKey, version: int | None, reason: str | None) -> None:
    """Publish an earlier version of a record, by default the last public one of a withdrawn record."""
    is_changed = _commit(restore(record, version, reason))
    click.echo(message("restored" if is_changed else "restored-already", record=_address(record)))


def _commit(action: RecordAction, *others: RecordKey) -> bool:
    """Commit an action, and return True if it changed anything.

    Raise UsageError for a record that is not in the database, which is neither created nor migrated then.
    """
    store = create_store(read_settings(os.environ))
    for key in (action.key, *others):
        if not store.has_record(key):
            raise click.UsageError(message("no-record", record=_address(key)))
    migrate(store.database, MODEL)
    return bool(store.commit([action], ACTOR))


def _address(key: RecordKey) -> str:
    return f"{MODEL.by_name[key[0]].collection}/{key[1]}"
