"""Messages about records, and about the parameters of their representations."""

from schema.declaration.messages import MessageTable

message = MessageTable(
    {
        "no-record": {
            "en": "There is no such record in /{collection}.{hint}",
            "lv": "Sarakstā /{collection} tāda ieraksta nav.{hint}",
        },
        "delete": {
            "en": "The record was {merge}deleted at {at}.{reason}",
            "lv": "Ieraksts ir {merge}dzēsts ({at}).{reason}",
        },
        "unpublish": {
            "en": "The record was {merge}withdrawn at {at}.{reason}",
            "lv": "Ieraksts ir {merge}atsaukts ({at}).{reason}",
        },
        "merged": {
            "en": "merged into {into!r}, which was ",
            "lv": "apvienots ar {into!r}, kas ir ",
        },
        "query-too-long": {
            "en": "A query has at most {most} characters in a URL; this one has {given}.",
            "lv": "Adresē vaicājumam var būt ne vairāk kā {most} rakstzīmes; šim ir {given}.",
        },
        "bad-limit": {
            "en": "The limit is not a whole number from 1 to {most}.",
            "lv": "Ierakstu skaits lapā nav vesels skaitlis no 1 līdz {most}.",
        },
        "not-boolean": {
            "en": "The value is not true or false.",
            "lv": "Vērtība nav ne true, ne false.",
        },
        "highlight-without-search": {
            "en": "The parameter highlight marks the matches of {parameter}, which is missing.",
            "lv": "Parametrs highlight izceļ parametra {parameter} atradumus, bet šā parametra nav.",
        },
        "fields-not-included": {
            "en": "The parameter selects fields of included records, but `include` names no link to {entity}.",
            "lv": "Parametrs atlasa iekļauto ierakstu laukus, bet `include` nenosauc nevienu saiti uz {entity}.",
        },
        "too-many-included": {
            "en": "This would include {given} records; at most {most} can be. Lower the limit.",
            "lv": "Te būtu jāiekļauj {given} ieraksti; var iekļaut ne vairāk kā {most}. Samaziniet ierakstu skaitu lapā.",
        },
    }
)
