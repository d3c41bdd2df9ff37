"""Texts of the documentation pages in each language. What the OpenAPI document says itself is in English."""

from collections.abc import Mapping

from vocab.turtle_parser import LANGUAGES

PAGE_TITLES: Mapping[str, Mapping[str, str]] = {
    "": {"lv": "Sākums un receptes", "en": "Start and recipes"},
    "common": {"lv": "Kopīgie noteikumi", "en": "Common rules"},
    "errors": {"lv": "Kļūdas", "en": "Errors"},
    "service": {"lv": "Pakalpojuma adreses", "en": "Addresses of the service"},
    "types": {"lv": "Datu tipi", "en": "Data types"},
    "vocabulary": {"lv": "Vārdnīca", "en": "Vocabulary"},
}
"""Titles of the pages by the last segment of their path. The page of a collection has the title of the collection."""

_MESSAGES: Mapping[str, Mapping[str, str]] = {
    "address": {"lv": "Adrese", "en": "Address"},
    "addresses": {"lv": "Adreses", "en": "Addresses"},
    "always": {"lv": "vienmēr", "en": "always"},
    "contents": {"lv": "API apraksta lapas", "en": "Pages of the documentation"},
    "english": {
        "lv": "Adrešu, parametru un tipu apraksti ir angļu valodā.",
        "en": "",
    },
    "errors": PAGE_TITLES["errors"],
    "errors_lead": {
        "lv": "Kļūdu apraksta JSON dokuments (RFC 9457). Kļūdas atšķir pēc lauka code, kura vērtības nemainās.",
        "en": "A JSON document describes the error (RFC 9457). Tell errors apart by code, whose values do not change.",
    },
    "example": {"lv": "Piemērs", "en": "Example"},
    "for_software": {"lv": "Datorprogrammām:", "en": "For software:"},
    "function": {"lv": "Nosaukums klienta kodā", "en": "Name in client code"},
    "headers": {"lv": "Atbilžu galvenes", "en": "Response headers"},
    "lead": {
        "lv": "Visu, kas redzams šajās lapās, var saņemt arī kā datus: ar GET pieprasījumu, bez atslēgas, no jebkuras "
        "tīmekļa vietnes.",
        "en": "Everything that these pages show is available as data too: with GET requests, without a key, from any "
        "website.",
    },
    "parameters": {"lv": "Parametri", "en": "Parameters"},
    "place_header": {"lv": "galvenē", "en": "in a header"},
    "place_path": {"lv": "adresē", "en": "in the path"},
    "recipes": {"lv": "Piecas receptes", "en": "Five recipes"},
    "responses": {"lv": "Atbildes", "en": "Responses"},
    "type": {"lv": "Tips", "en": "Type"},
    "types": PAGE_TITLES["types"],
    "typescript": {"lv": "TypeScript tipi", "en": "TypeScript types"},
    "typescript_lead": {
        "lv": "Tipus veido no openapi.json. Katrai adresei ar galotni .json ir viens tips, tāpēc kodā tipi nav "
        "jāpārveido: ar .json teksti ir sagrupēti pa valodām, ar .lv.json un .en.json tie ir vienkāršas virknes.",
        "en": "Types are generated from openapi.json. Addresses with the suffix .json have one type each, so code "
        "needs no casts: with .json texts are grouped by language, with .lv.json and .en.json they are plain strings.",
    },
    "ways": {"lv": "Citās lapās", "en": "On the other pages"},
}

DOCS_MESSAGES = {
    language: {name: texts[language] for name, texts in _MESSAGES.items()} for language in LANGUAGES
}
"""The messages of each language, by name."""
