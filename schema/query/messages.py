"""Messages about invalid queries."""

from schema.declaration.messages import MessageTable

message = MessageTable(
    {
        "empty-or-long": {
            "en": "A value is empty or longer than {most} characters. Correct or remove it.",
            "lv": "Vērtība ir tukša vai garāka par {most} rakstzīmēm. Izlabojiet vai noņemiet to.",
        },
        "unknown-code": {
            "en": "{text!r} is not a value of {parameter}.{hint}{choices}",
            "lv": "{text!r} nav parametra {parameter} vērtība.{hint}{choices}",
        },
        "one-of-codes": {"en": " Use one of {codes}.", "lv": " Lietojiet kādu no šīm: {codes}."},
        "too-many-codes": {"en": "", "lv": ""},
        "not-a-record": {
            "en": "{text!r} is not the id, code, acronym, other name or IRI of any record.",
            "lv": "{text!r} nav neviena ieraksta identifikators, kods, akronīms, cits nosaukums vai IRI.",
        },
        "not-a-year": {
            "en": "{text!r} is not a year of four digits, such as 2017.",
            "lv": "{text!r} nav gads ar četriem cipariem, piemēram, 2017.",
        },
        "not-a-region": {
            "en": "{text!r} is not a NUTS code or a prefix of one, such as LV00.",
            "lv": "{text!r} nav ne NUTS kods, ne tā sākums, piemēram, LV00.",
        },
        "not-a-date": {
            "en": "{text!r} is not a date such as 2017, 2017-09, 2017-09-01, 2018-22 (a season) or "
            "[2018-03,2018-04] (one of two).",
            "lv": "{text!r} nav datums, piemēram, 2017, 2017-09, 2017-09-01, 2018-22 (gadalaiks) vai "
            "[2018-03,2018-04] (viens no diviem).",
        },
        "not-an-amount": {
            "en": "{text!r} is not an amount such as 1250 or 1250.00.",
            "lv": "{text!r} nav summa, piemēram, 1250 vai 1250.00.",
        },
        "not-an-instant": {
            "en": "{text!r} is not a date or a time in UTC, such as 2026-11-22 or 2026-11-22T10:00:00Z.",
            "lv": "{text!r} nav ne datums, ne laiks pēc UTC, piemēram, 2026-11-22 vai 2026-11-22T10:00:00Z.",
        },
        "not-an-alternative": {
            "en": "{text!r} is not one of the parameters {names}, a colon and a value, as in id:x.",
            "lv": "{text!r} nav pareizs: te jābūt kādam no parametriem {names}, kolam un vērtībai, piemēram, id:x.",
        },
        "ends-before-it-begins": {
            "en": "The range ends before it begins. Exchange the two values.",
            "lv": "Intervāls beidzas, pirms tas sākas. Apmainiet abas vērtības vietām.",
        },
        "one-scope": {
            "en": "Values are compared within one {scope} only. Add the parameter {scope} with exactly one "
            "value.",
            "lv": "Vērtības var salīdzināt tikai tad, ja parametram {scope} ir viena vērtība. Pievienojiet "
            "parametru {scope} ar tieši vienu vērtību.",
        },
        "contradiction": {
            "en": "{text!r} is both required and excluded. Remove one of the two.",
            "lv": "Vērtība {text!r} ir gan prasīta, gan izslēgta. Noņemiet vienu no abām.",
        },
        "too-many-values-of-one": {
            "en": "The parameter {parameter} has at most {most} values; here it has more. Send several queries.",
            "lv": "Parametram {parameter} var būt ne vairāk kā {most} vērtības; šeit to ir vairāk. Sūtiet vairākus "
            "vaicājumus.",
        },
        "too-many-values": {
            "en": "The filters of a query have at most {most} values together; these have more. Send several "
            "queries.",
            "lv": "Vaicājuma filtriem kopā var būt ne vairāk kā {most} vērtības; šeit to ir vairāk. Sūtiet vairākus "
            "vaicājumus.",
        },
    }
)
