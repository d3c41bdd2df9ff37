"""Messages about requests: the details of the problems that this room raises."""

from schema.declaration.messages import MessageTable

message = MessageTable(
    {
        "nothing-here": {
            "en": "{choices}{hint}",
            "lv": "{choices}{hint}",
        },
        "entry-point": {
            "en": "The entry point, /, links to everything.",
            "lv": "Saites uz visu ir sākumlapā, /.",
        },
        "database-unavailable": {
            "en": "The database does not answer. Try again in a few seconds.",
            "lv": "Datubāze neatbild. Mēģiniet vēlreiz pēc dažām sekundēm.",
        },
        "budget-spent": {
            "en": "Requests from your network address took {seconds} s of the server's time within two minutes. "
            "Try again in {wait} s.",
            "lv": "Pieprasījumi no jūsu tīkla adreses divu minūšu laikā aizņēma {seconds} s servera laika. "
            "Mēģiniet vēlreiz pēc {wait} s.",
        },
        "too-many-queries": {
            "en": "Too many queries wait for an answer. Try again in a few seconds.",
            "lv": "Atbildi gaida pārāk daudz vaicājumu. Mēģiniet vēlreiz pēc dažām sekundēm.",
        },
        "too-many-connections": {
            "en": "The server has too many connections. Try again in ten seconds.",
            "lv": "Serverim ir pārāk daudz savienojumu. Mēģiniet vēlreiz pēc desmit sekundēm.",
        },
        "starting": {
            "en": "The server is starting, and makes the data ready for this version: {percent} % is done. "
            "Try again in ten seconds.",
            "lv": "Serveris tiek palaists un sagatavo datus šai versijai: paveikti {percent} %. "
            "Mēģiniet vēlreiz pēc desmit sekundēm.",
        },
        "query-timeout": {
            "en": "Narrow the query: fewer alternatives, one country, funder or year, or a smaller limit.",
            "lv": "Sašauriniet vaicājumu: mazāk alternatīvu, viena valsts, viens finansētājs vai gads vai mazāk "
            "ierakstu lapā.",
        },
        "methods": {"en": "This address takes {methods}.", "lv": "Šī adrese pieņem metodes {methods}."},
        "not-a-request": {
            "en": "The request cannot be parsed.",
            "lv": "Pieprasījumu nevar nolasīt.",
        },
        "internal-error": {
            "en": "The error was logged. Try again later.",
            "lv": "Kļūda ir reģistrēta. Mēģiniet vēlreiz vēlāk.",
        },
        "repeated-parameter": {
            "en": "The parameter {parameter!r} is repeated; it takes one value.",
            "lv": "Parametrs {parameter!r} ir norādīts vairākkārt, bet tam var būt tikai viena vērtība.",
        },
        "empty-parameter": {
            "en": "The parameter {parameter!r} is empty.",
            "lv": "Parametrs {parameter!r} ir tukšs.",
        },
        "unknown-parameter": {
            "en": "There is no parameter {parameter!r} here.{hint}{choices}",
            "lv": "Parametra {parameter!r} šeit nav.{hint}{choices}",
        },
        "parameters": {"en": " Parameters: {names}.", "lv": " Parametri: {names}."},
        "no-parameters": {"en": " There are no parameters.", "lv": " Parametru nav."},
        "query-not-utf-8": {
            "en": "The query is not percent-encoded UTF-8.",
            "lv": "Vaicājums nav procentkodēts UTF-8 teksts.",
        },
        "too-many-parameters": {
            "en": "The query has more than {most} parameters. Separate the values of a parameter by commas, or send "
            "several queries.",
            "lv": "Vaicājumā ir vairāk nekā {most} parametru. Atdaliet parametra vērtības ar komatiem vai sūtiet "
            "vairākus vaicājumus.",
        },
        "unknown-shape": {
            "en": "There is no shape {shape!r}; there is {plain}.",
            "lv": "Formas {shape!r} nav; ir {plain}.",
        },
        "url-too-long": {
            "en": "The URL has more than {most} characters.",
            "lv": "Adrese ir garāka par {most} rakstzīmēm.",
        },
        "headers-too-large": {
            "en": "The headers have more than {most} bytes.",
            "lv": "Galvenēs ir vairāk nekā {most} baitu.",
        },
        "host": {
            "en": "A request needs exactly one Host header, with a host name.",
            "lv": "Pieprasījumā jābūt tieši vienai Host galvenei ar servera nosaukumu.",
        },
        "content": {
            "en": "GET and HEAD take no content here. Send the request without a body.",
            "lv": "GET un HEAD šeit nepieņem saturu. Sūtiet pieprasījumu bez satura.",
        },
        "path-not-utf-8": {
            "en": "The path is not percent-encoded UTF-8 text.",
            "lv": "Ceļš nav procentkodēts UTF-8 teksts.",
        },
        "fallback-without-language": {
            "en": "The parameter fallback names other languages than that of {parameter}, which is missing.",
            "lv": "Parametrs fallback nosauc rezerves valodas parametram {parameter}, kura nav.",
        },
        "too-many-fallbacks": {
            "en": "At most {most} languages are possible.",
            "lv": "Var nosaukt ne vairāk kā {most} valodas.",
        },
        "no-fallback-alone": {
            "en": "{value!r} leaves texts in other languages out; it takes no other value beside it.",
            "lv": "{value!r} izlaiž tekstus citās valodās; citas vērtības tam līdzās nelieto.",
        },
        "language-without-pages": {
            "en": "There are no pages in {tag!r}; there are pages in {languages}.",
            "lv": "Lapu valodā {tag!r} nav; lapas ir valodās {languages}.",
        },
        "language-of-another-page": {
            "en": "The parameter lang is {requested!r}, but the address is for {language!r}.",
            "lv": "Parametrā lang ir {requested!r}, bet adrese ir valodai {language!r}.",
        },
        "not-a-language-tag": {
            "en": "{tag!r} is not a language tag (BCP 47), such as lv, en or en-GB.",
            "lv": "{tag!r} nav valodas kods (BCP 47), piemēram, lv, en vai en-GB.",
        },
    }
)
