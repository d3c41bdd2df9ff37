"""The words of the pages themselves; those of content come with it, those of fields from the ontology."""

import re
from collections.abc import Mapping
from types import SimpleNamespace

from vocab.turtle import LANGUAGES

WORDS: Mapping[str, Mapping[str, str]] = {
    "about": {"lv": "Par šo ierakstu", "en": "About this record"},
    "about_vocabulary": {
        "lv": "Ko nozīmē vārdi, ar kuriem šeit viss aprakstīts.",
        "en": "What the words mean that everything here is described with.",
    },
    "api_docs": {"lv": "API apraksts", "en": "API documentation"},
    "both_ways": {
        "lv": "Katra adrese atbild gan cilvēkiem, gan programmām: pievienojiet tai .json, .ttl vai kādu citu no "
        "šīs lapas beigās minētajām galotnēm, un saņemsiet to pašu kā datus.",
        "en": "Every address serves people and software alike: add .json, .ttl or another of the suffixes at the "
        "end of this page, and get the same as data.",
    },
    "cite": {"lv": "IRI atsaucei", "en": "IRI to cite"},
    "classes": {"lv": "Klases", "en": "Classes"},
    "close_match": {"lv": "Tuvs jēdziens citur", "en": "Close match elsewhere"},
    "code": {"lv": "Kods", "en": "Code"},
    "collections": {"lv": "Kas šeit atrodams", "en": "What you will find here"},
    "concepts": {"lv": "Jēdzieni", "en": "Concepts"},
    "context": {"lv": "JSON-LD konteksts", "en": "JSON-LD context"},
    "dataset": {
        "lv": "{collection}. {definition} Atvērti dati JSON, RDF un CSV formātā; izdevējs: {publisher}.",
        "en": "{collection}. {definition} Open data in JSON, RDF and CSV, published by: {publisher}.",
    },
    "definition": {"lv": "Skaidrojums", "en": "Definition"},
    "developers": {"lv": "Izstrādātājiem", "en": "For developers"},
    "domain": {"lv": "Kam piemīt", "en": "Said of"},
    "empty": {"lv": "Šeit pagaidām nekā nav.", "en": "There is nothing here yet."},
    "first": {"lv": "Pirmā lapa", "en": "First page"},
    "formats": {"lv": "Šī lapa citos formātos", "en": "This page in other formats"},
    "funding": {"lv": "Finansējums", "en": "Funding"},
    "in_scheme": {"lv": "Jēdzienu saraksts", "en": "Concept scheme"},
    "inverse_of": {"lv": "Pretējā īpašība", "en": "Inverse property"},
    "language": {"lv": "Valoda", "en": "Language"},
    "licence": {"lv": "Licence", "en": "Licence"},
    "menu": {"lv": "Galvenā izvēlne", "en": "Main menu"},
    "name": {"lv": "Nosaukums", "en": "Name"},
    "next": {"lv": "Nākamā lapa", "en": "Next page"},
    "not_known": {"lv": "nav ziņu", "en": "not known"},
    "other_names": {"lv": "Citās valodās", "en": "In other languages"},
    "pages": {"lv": "Saraksta lapas", "en": "Pages of the list"},
    "plural": {"lv": "Daudzskaitlī", "en": "Plural"},
    "previous": {"lv": "Iepriekšējā lapa", "en": "Previous page"},
    "properties": {"lv": "Īpašības", "en": "Properties"},
    "publisher": {"lv": "Izdevējs", "en": "Publisher"},
    "range": {"lv": "Vērtības", "en": "Values"},
    "schemas": {"lv": "JSON shēmas", "en": "JSON Schemas"},
    "schemes": {"lv": "Jēdzienu saraksti", "en": "Concept schemes"},
    "see_also": {"lv": "Skatīt arī", "en": "See also"},
    "skip": {"lv": "Pāriet uz saturu", "en": "Skip to content"},
    "spreadsheet": {"lv": "CSV izklājlapai", "en": "CSV for a spreadsheet"},
    "sub_class_of": {"lv": "Šaurāka nekā", "en": "Narrower than"},
    "sub_property_of": {"lv": "Šaurāka nekā", "en": "Narrower than"},
    "table": {"lv": "Viss saraksts kā tabula", "en": "The whole list as a table"},
    "total": {"lv": "Ierakstu skaits", "en": "Number of records"},
    "trail": {"lv": "Jūs atrodaties šeit", "en": "You are here"},
    "translated": {"lv": "Teksti {} valodā ir mūsu tulkojums.", "en": "The texts in {} are our translation."},
    "vocabulary": {"lv": "Vārdnīca", "en": "Vocabulary"},
    "welcome": {
        "lv": "Kopīgi īstenoti projekti, to partneri, finansējums, aktivitātes un iznākumi: atvērti dati cilvēkiem "
        "un programmām.",
        "en": "Projects carried out together, their partners, funding, activities and outputs: open data for "
        "people and software.",
    },
}
"""What is said, by language of the page."""

OWN_NAMES = {"lv": "Latviešu", "en": "English"}
"""What each language of the pages calls itself."""

FORMATS = {
    "json": "JSON",
    "jsonld": "JSON-LD",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
    "csv": "CSV",
    "xlsx": "XLSX",
    "html": "HTML",
}
"""What formats are called, by suffix."""

IN = {
    language: SimpleNamespace(**{name: said[language] for name, said in WORDS.items()})
    for language in LANGUAGES
}
"""Every word as an attribute, by language."""

_CREATIVE_COMMONS = re.compile(r"https?://creativecommons\.org/licenses/([a-z-]+)/([0-9.]+)/?")


def licence_name(iri: str) -> str:
    """Return what people call a licence, where that follows from its IRI, and else the IRI."""
    found = _CREATIVE_COMMONS.fullmatch(iri)
    return f"CC {found[1].upper()} {found[2]}" if found else iri
