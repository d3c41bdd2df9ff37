"""Messages about the parameters of lists."""

from schema.declaration.messages import MessageTable

message = MessageTable(
    {
        "too-many-sort-keys": {
            "en": "A list can be sorted by at most {most} keys.",
            "lv": "Sarakstu var kārtot pēc ne vairāk kā {most} laukiem.",
        },
        "search-required": {
            "en": "It is required. Write the search terms, as in q=incubator.",
            "lv": "Tas ir obligāts. Ierakstiet meklējamos vārdus, piemēram, q=inkubatoru.",
        },
        "unknown-name": {
            "en": "There is no {text!r} here.{hint} There are {names}.",
            "lv": "{text!r} šeit nav.{hint} Ir {names}.",
        },
        "repeated-name": {"en": "{text!r} is repeated.", "lv": "{text!r} atkārtojas."},
    }
)
