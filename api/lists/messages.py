"""Messages about the parameters of lists."""

from schema.declaration.messages import MessageTable

message = MessageTable(
    {
        "foreign-cursor": {
            "en": "This cursor belongs to another query or sort order. Repeat the request without `cursor`.",
            "lv": "Šis kursors ir no cita vaicājuma vai secības. Atkārtojiet pieprasījumu bez `cursor`.",
        },
        "unknown-record": {
            "en": "{text!r} is not a value of {parameter}: no public record that it may name has this id, "
            "code, acronym, other name or IRI.{hint}",
            "lv": "{text!r} nav parametra {parameter} vērtība: nevienam publiskam ierakstam, ko tas var nosaukt, "
            "nav šāda identifikatora, koda, akronīma, cita nosaukuma vai IRI.{hint}",
        },
        "ambiguous-record": {
            "en": "{text!r} is not a value of {parameter}: several records have this code, "
            "acronym, other name or IRI. Use one of their ids: {ids}.",
            "lv": "{text!r} nav parametra {parameter} vērtība: šāds kods, akronīms, cits nosaukums vai IRI ir "
            "vairākiem ierakstiem. Lietojiet kādu no to identifikatoriem: {ids}.",
        },
        "deleted-record": {
            "en": "{text!r} is not a value of {parameter}: that record{merge} was deleted at {at}.{reason}",
            "lv": "{text!r} nav parametra {parameter} vērtība: šis ieraksts{merge} ir dzēsts ({at}).{reason}",
        },
        "withdrawn-record": {
            "en": "{text!r} is not a value of {parameter}: that record{merge} was withdrawn at {at}.{reason}",
            "lv": "{text!r} nav parametra {parameter} vērtība: šis ieraksts{merge} ir atsaukts ({at}).{reason}",
        },
        "merged-before": {
            "en": " was merged into {target!r}, which",
            "lv": " ir apvienots ar {target!r}, kas",
        },
        "not-merged": {"en": "", "lv": ""},
        "too-many-sort-keys": {
            "en": "A list can be sorted by at most {most} keys.",
            "lv": "Sarakstu var kārtot pēc ne vairāk kā {most} laukiem.",
        },
        "search-required": {
            "en": "The parameter q is required. Write the search terms, as in q=incubator.",
            "lv": "Parametrs q ir obligāts. Ierakstiet meklējamos vārdus, piemēram, q=inkubatoru.",
        },
        "unknown-name": {
            "en": "There is no {text!r} here.{hint}{choices}",
            "lv": "{text!r} šeit nav.{hint}{choices}",
        },
        "names": {"en": " There are {names}.", "lv": " Ir {names}."},
        "repeated-name": {"en": "{text!r} is repeated.", "lv": "{text!r} atkārtojas."},
    }
)
