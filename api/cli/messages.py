"""Messages of the commands in each language, and the `--lang` option."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from api.cli.record_messages import RECORD_MESSAGES
from schema.validation.errors import Fault
from vocab.turtle_parser import LANGUAGES

_KEY = f"{__name__}.language"
"""The key of the language in `click.Context.meta`, which the contexts of a command and its group share."""

_DEFAULT = "en"

_MESSAGES: Mapping[str, Mapping[str, str]] = {
    "checked": {"en": "{count} files, no faults.", "lv": "Pārbaudītas datnes: {count}. Kļūdu nav."},
    "log-checked": {
        "en": "{count} records of the log, no faults.",
        "lv": "Pārbaudītie žurnāla ieraksti: {count}. Kļūdu nav.",
    },
    "lost-content": {
        "en": "{path} is empty, but had content: restore a backup, or publish {source} by serve --load.",
        "lv": "{path} ir tukša, bet tajā bija saturs: atjaunojiet rezerves kopiju vai publicējiet {source} ar serve --load.",
    },
    "no-digest": {
        "en": "{source} was made by an earlier version and has no digest: changes of its texts are not noticed.",
        "lv": "{source} izveidojusi agrāka versija, un kontrolsummas tajā nav: tekstu izmaiņas nav pamanāmas.",
    },
    "no-log": {
        "en": "The database has no log: nothing was published in it.",
        "lv": "Datubāzē nav žurnāla: tajā nekas nav publicēts.",
    },
    "folder-and-database": {
        "en": "Give a folder or --database, not both.",
        "lv": "Norādiet mapi vai --database, nevis abus.",
    },
    "unreadable": {
        "en": "This version cannot read these records of the log, {count} faults in all; nothing was changed. "
        "`check --database` lists all of them.",
        "lv": "Šī versija nevar nolasīt šos žurnāla ierakstus, kļūdu kopskaits: {count}; nekas nav mainīts. "
        "Visas uzskaita `check --database`.",
    },
    "database": {"en": "The database cannot be used: {problem}", "lv": "Datubāzi nevar lietot: {problem}"},
    "newer-schema": {
        "en": "The database was written by a newer version. Update the software.",
        "lv": "Datubāzi rakstījusi jaunāka versija. Atjauniniet programmatūru.",
    },
    "read-only": {
        "en": "The database is a read-only replica: set TIKLS_DATABASE to the primary. ({problem})",
        "lv": "Datubāze ir tikai lasāma replika: norādiet TIKLS_DATABASE galveno datubāzi. ({problem})",
    },
    "long-pause": {
        "en": "The clock says {now}, {days} days after the last change ({last}), and nothing was written. "
        "If it is right, repeat with TIKLS_TODAY={date}; if not, correct it.",
        "lv": "Pulkstenis rāda {now}, un kopš pēdējās izmaiņas ({last}) pagājušas {days} dienas; nekas nav ierakstīts. "
        "Ja tas ir pareizs, atkārtojiet ar TIKLS_TODAY={date}; ja nav, izlabojiet to.",
    },
    "time-not-storable": {
        "en": "The clock says {now}, and nothing was written: only times from 1970 to 2105 can be. Correct the clock.",
        "lv": "Pulkstenis rāda {now}; nekas nav ierakstīts, jo laikam jābūt no 1970. līdz 2105. gadam. "
        "Izlabojiet pulksteni.",
    },
    "last-time-not-storable": {
        "en": "The last change has the time {last}, as the clock was wrong, and nothing was written: only times from "
        "1970 to 2105 can be. Restore a backup that was made before into an empty database.",
        "lv": "Pēdējās izmaiņas laiks ir {last}, jo pulkstenis bija nepareizs; nekas nav ierakstīts, jo laikam jābūt "
        "no 1970. līdz 2105. gadam. Atjaunojiet agrāku rezerves kopiju tukšā datubāzē.",
    },
    "published": {
        "en": "{count} records published from {source}.",
        "lv": "Publicēti ieraksti: {count}. Avots: {source}.",
    },
    "load-withdrawn": {
        "en": "{count} records withdrawn or merged.",
        "lv": "Atsaukti vai apvienoti ieraksti: {count}.",
    },
    "published-before": {
        "en": "{count} records before them were published. Correct these lines, and load again.",
        "lv": "Pirms tām publicēti ieraksti: {count}. Izlabojiet šīs rindas un ielādējiet vēlreiz.",
    },
    "stale": {
        "en": "The read model was rendered by another version or with other settings: run rebuild.",
        "lv": "Lasīšanas modeli veidojusi cita versija vai citi iestatījumi: izpildiet rebuild.",
    },
    **RECORD_MESSAGES,
}
"""Message templates by name and language."""


def language_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the `--lang` option to a command or a group."""
    option = click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        expose_value=False,
        is_eager=True,
        callback=_store_language,
        help=f"Language of messages about content.  [default: {_DEFAULT}]",
    )
    return option(command)


def _store_language(context: click.Context, _: click.Parameter, language: str | None) -> None:
    if language:
        context.meta[_KEY] = language


def message(name: str, **values: Any) -> str:
    """Return a message in the language of the current command."""
    return _MESSAGES[name][_language()].format(**values)


def fault_text(fault: Fault) -> str:
    """Return a validation error as one line, in the language of the current command."""
    record = f"{fault.limits['record']}: " if fault.limits.get("record") else ""
    return f"{fault.pointer or '/'}: {record}{fault.message[_language()]} [{fault.code}]"


def _language() -> str:
    language: str = click.get_current_context().meta.get(_KEY, _DEFAULT)
    return language
