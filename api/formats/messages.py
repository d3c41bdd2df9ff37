"""Messages about formats and what selects them."""

from schema.declaration.messages import MessageTable

message = MessageTable(
    {
        "unknown-format": {
            "en": "There is no format {text!r} here; there are {names}.",
            "lv": "Formāta {text!r} šeit nav; ir {names}.",
        },
        "unknown-suffix": {
            "en": "There is no {suffix} here; there are {names}.",
            "lv": "Formāta {suffix} šeit nav; ir {names}.",
        },
        "suffix-of-no-format": {
            "en": "The suffix is not that of a format; there are {names}.",
            "lv": "Tā nav formāta galotne; ir {names}.",
        },
        "media-types": {"en": "There are {names}.", "lv": "Šeit ir {names}."},
        "option-of-others": {
            "en": "The parameter {parameter!r} is for {taking} only, and this is {format}.",
            "lv": "Parametrs {parameter!r} ir tikai šādiem formātiem: {taking}; šis ir {format}.",
        },
        "unknown-profile": {
            "en": "There is no profile {text!r}. Use {profile}, or none.",
            "lv": "Profila {text!r} nav. Lietojiet {profile} vai neko.",
        },
        "no-column": {
            "en": "A table has no column for {path!r}: lists of parts and fields of cards are in the other formats.",
            "lv": "Tabulā laukam {path!r} nav kolonnas: daļu saraksti un saistīto ierakstu lauki ir citos formātos.",
        },
        "language-of-no-page": {
            "en": "Only pages and JSON have addresses with a language, which is one of {languages}.",
            "lv": "Valoda ir tikai lapu un JSON adresēs; tā ir viena no šīm: {languages}.",
        },
    }
)
