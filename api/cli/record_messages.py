"""Messages of the commands that act on one record or restore a backup, in each language."""

from collections.abc import Mapping

RECORD_MESSAGES: Mapping[str, Mapping[str, str]] = {
    "backup-restored": {
        "en": "{rows} rows of the log, up to change {number} at {at}, were restored.",
        "lv": "Atjaunotas žurnāla rindas: {rows}. Pēdējā izmaiņa: {number} ({at}).",
    },
    "empty-reason": {
        "en": "It is empty. Write a reason.",
        "lv": "Pamatojums ir tukšs. Norādiet pamatojumu.",
    },
    "erased-again": {
        "en": "{record} has the text in none of its versions. The database files were cleared again of what was "
        "removed from it before.",
        "lv": "Ierakstā {record} šā teksta nav nevienā versijā. No tā iepriekš dzēstais vēlreiz izdzēsts no "
        "datubāzes datnēm.",
    },
    "merged": {"en": "{record} was merged into {into}.", "lv": "Ieraksts {record} ir apvienots ar {into}."},
    "no-record": {
        "en": "There is no record {record} in the database.",
        "lv": "Datubāzē nav ieraksta {record}.",
    },
    "no-source": {
        "en": "{source} is neither a file nor a record, such as outputs/old.",
        "lv": "{source} nav ne datne, ne ieraksts, piemēram, outputs/old.",
    },
    "not-a-record": {
        "en": "{source} is not a record: --version and --reason are for records.",
        "lv": "{source} nav ieraksts: --version un --reason ir paredzēti ierakstiem.",
    },
    "not-an-address": {
        "en": "{given!r} is not a collection and an id, such as organisations/new-id. Collections: {collections}.",
        "lv": "{given!r} nav kolekcija un identifikators, piemēram, organisations/new-id. Kolekcijas: {collections}.",
    },
    "not-erased": {
        "en": "The text was removed from {record}, but may still be in the database files: {problem}. Resolve "
        "this, then repeat the command.",
        "lv": "Teksts no ieraksta {record} ir dzēsts, bet var vēl būt datubāzes datnēs: {problem}. Novērsiet šo kļūdu un "
        "izpildiet komandu vēlreiz.",
    },
    "not-erased-while-read": {
        "en": "The text was removed from {record}, but is still in the database files, because another process "
        "reads an earlier state of them. Let it end, then repeat the command.",
        "lv": "Teksts no ieraksta {record} ir dzēsts, bet vēl ir datubāzes datnēs, jo cits process lasa to agrāku stāvokli. "
        "Nogaidiet, līdz tas beidzas, un izpildiet komandu vēlreiz.",
    },
    "other-collection": {
        "en": "The two records are not in the same collection.",
        "lv": "Abi ieraksti nav vienā kolekcijā.",
    },
    "redacted": {
        "en": "The text was removed from {record}.",
        "lv": "Teksts no ieraksta {record} ir dzēsts.",
    },
    "restored": {"en": "{record} was restored.", "lv": "Ieraksts {record} ir atjaunots."},
    "restored-already": {
        "en": "{record} has that content already.",
        "lv": "Ierakstam {record} jau ir šāds saturs.",
    },
    "withdrawn": {"en": "{record} was withdrawn.", "lv": "Ieraksts {record} ir atsaukts."},
}
"""Message templates by name and language."""
