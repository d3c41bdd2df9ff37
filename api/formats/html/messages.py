"""Texts of the pages in each language: messages, labels of query parameters, names of languages and licences."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

from schema.declaration.shapes import Field, Shape
from schema.query.parameters import RANGE_FROM, RANGE_TO
from vocab.ontology_terms import ParsedOntology
from vocab.turtle_parser import LANGUAGES


@dataclass(frozen=True)
class ParameterLabels:
    """Labels of the filters and sort keys of one entity, or of a search if the shape is None."""

    ontology: ParsedOntology
    shape: Shape | None

    def of(self, name: str) -> Mapping[str, str] | str:
        """Return the label of a query parameter or sort key, or its name if it has no label."""
        stem = name.removesuffix(RANGE_FROM).removesuffix(RANGE_TO)
        for key in (name, stem):
            if key in PARAMETER_LABELS:
                return PARAMETER_LABELS[key]
        field = self._find(stem)
        return self.ontology.labels(field.predicate) if field else name

    def plural(self, name: str) -> Mapping[str, str] | str:
        """Return the plural label of a field, or its name if it is unknown."""
        field = self._find(name)
        return self.ontology.plurals(field.predicate) if field else name

    def _find(self, name: str) -> Field | None:
        """Return the field with a name, else the field with a filter of that name."""
        fields = [*self._fields()]
        named = (field for field in fields if field.name == name)
        filtered = (field for field in fields if name in [filterable.name for filterable in field.filters])
        return next(named, None) or next(filtered, None)

    def _fields(self) -> Iterator[Field]:
        """Yield the fields of the entity, then those of its parts."""
        fields = self.shape.fields if self.shape else ()
        yield from fields
        for field in fields:
            yield from field.part.fields if field.part else ()


MESSAGES: Mapping[str, Mapping[str, str]] = {
    "about": {"lv": "Par šo ierakstu", "en": "About this record"},
    "about_vocabulary": {
        "lv": "Ko nozīmē šeit lietotie jēdzieni.",
        "en": "What the terms used here mean.",
    },
    "api_docs": {"lv": "API apraksts", "en": "API documentation"},
    "apply": {"lv": "Rādīt", "en": "Show"},
    "at_least": {"lv": "vismaz", "en": "at least"},
    "at_most": {"lv": "ne vairāk kā", "en": "at most"},
    "both_ways": {
        "lv": "Katra adrese atbild gan cilvēkiem, gan datorprogrammām: pievienojiet tai .json, .ttl vai kādu "
        "citu no šīs lapas beigās minētajām galotnēm, un saņemsiet to pašu kā datus.",
        "en": "Every address serves people and software alike: add .json, .ttl or another of the suffixes at the "
        "end of this page, and get the same as data.",
    },
    "by_default": {"lv": "parastā", "en": "by default"},
    "cite": {"lv": "IRI atsaucei", "en": "IRI to cite"},
    "classes": {"lv": "Klases", "en": "Classes"},
    "clear": {"lv": "Noņemt visu", "en": "Clear all"},
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
    "descending": {"lv": "dilstoši", "en": "descending"},
    "developers": {"lv": "Izstrādātājiem", "en": "For developers"},
    "did_you_mean": {"lv": "Vai domājāt", "en": "Did you mean"},
    "domain": {"lv": "Kam piemīt", "en": "Said of"},
    "empty": {"lv": "Šeit pagaidām nekā nav.", "en": "There is nothing here yet."},
    "error": {"lv": "Kļūda", "en": "Error"},
    "excluded": {"lv": "ne", "en": "not"},
    "filters": {"lv": "Atlase", "en": "Filters"},
    "first": {"lv": "Pirmā lapa", "en": "First page"},
    "formats": {"lv": "Šī lapa citos formātos", "en": "This page in other formats"},
    "funding": {"lv": "Finansējums", "en": "Funding"},
    "in_language": {"lv": "{} valodā", "en": "in {}"},
    "in_scheme": {"lv": "Jēdzienu saraksts", "en": "Concept scheme"},
    "in_unknown_language": {"lv": "valoda nav zināma", "en": "language unknown"},
    "in_use": {"lv": "Izvēlēts", "en": "In use"},
    "inverse_of": {"lv": "Pretējā īpašība", "en": "Inverse property"},
    "language": {"lv": "Valoda", "en": "Language"},
    "licence": {"lv": "Licence", "en": "Licence"},
    "matches": {"lv": "Atrasts tekstā", "en": "Found in the text"},
    "menu": {"lv": "Galvenā izvēlne", "en": "Main menu"},
    "merged_into": {"lv": "Apvienots ar", "en": "Merged into"},
    "name": {"lv": "Nosaukums", "en": "Name"},
    "next": {"lv": "Nākamā lapa", "en": "Next page"},
    "no": {"lv": "nē", "en": "no"},
    "not_after": {"lv": "ne vēlāk kā", "en": "not after"},
    "not_before": {"lv": "ne agrāk kā", "en": "not before"},
    "not_named": {"lv": "nav nosaukti", "en": "not named"},
    "nothing_found": {"lv": "Nekas nav atrasts.", "en": "Nothing was found."},
    "order": {"lv": "Secība", "en": "Order"},
    "other_names": {"lv": "Citās valodās", "en": "In other languages"},
    "pages": {"lv": "Saraksta lapas", "en": "Pages of the list"},
    "plural": {"lv": "Daudzskaitlī", "en": "Plural"},
    "previous": {"lv": "Iepriekšējā lapa", "en": "Previous page"},
    "properties": {"lv": "Īpašības", "en": "Properties"},
    "publisher": {"lv": "Izdevējs", "en": "Publisher"},
    "range": {"lv": "Vērtības", "en": "Values"},
    "remove": {"lv": "Noņemt", "en": "Remove"},
    "schemas": {"lv": "JSON shēmas", "en": "JSON Schemas"},
    "schemes": {"lv": "Jēdzienu saraksti", "en": "Concept schemes"},
    "search": {"lv": "Meklēt", "en": "Search"},
    "search_everywhere": {"lv": "Meklēt visur", "en": "Search everything"},
    "search_list": {"lv": "Meklēt šajā sarakstā", "en": "Search this list"},
    "search_rule": {"lv": "Vismaz viens burts vai cipars", "en": "At least one letter or digit"},
    "see_also": {"lv": "Skatīt arī", "en": "See also"},
    "skip": {"lv": "Pāriet uz saturu", "en": "Skip to content"},
    "spreadsheet": {"lv": "CSV izklājlapai", "en": "CSV for a spreadsheet"},
    "start_page": {"lv": "Sākumlapa", "en": "Start page"},
    "sub_class_of": {"lv": "Šaurāka nekā", "en": "Narrower than"},
    "sub_property_of": {"lv": "Šaurāka nekā", "en": "Narrower than"},
    "table": {"lv": "Viss saraksts kā tabula", "en": "The whole list as a table"},
    "total": {"lv": "Ierakstu skaits", "en": "Number of records"},
    "trail": {"lv": "Jūs atrodaties šeit", "en": "You are here"},
    "translated": {"lv": "Teksti {} valodā ir mūsu tulkojums.", "en": "The texts in {} are our translation."},
    "translated_texts": {
        "lv": "Mūsu tulkojums {language} valodā: {texts}.",
        "en": "Our translation into {language}: {texts}.",
    },
    "vocabulary": {"lv": "Vārdnīca", "en": "Vocabulary"},
    "ways_on": {"lv": "Kur doties tālāk", "en": "Where to go from here"},
    "welcome": {
        "lv": "Kopīgi īstenoti projekti, to partneri, finansējums, aktivitātes un iznākumi: atvērti dati cilvēkiem "
        "un datorprogrammām.",
        "en": "Projects carried out together, their partners, funding, activities and outputs: open data for "
        "people and software.",
    },
    "what": {"lv": "Kas", "en": "What"},
    "when": {"lv": "Kad", "en": "When"},
    "why": {"lv": "Kāpēc", "en": "Why"},
    "without_parameter": {
        "lv": "Tā pati adrese bez parametra {!r}",
        "en": "The same address without the parameter {!r}",
    },
    "without_query": {
        "lv": "Tā pati adrese bez tās daļas, kas ir aiz jautājuma zīmes",
        "en": "The same address without what follows the question mark",
    },
    "yes": {"lv": "jā", "en": "yes"},
}
"""Messages by name, in each page language."""

PARAMETER_LABELS: Mapping[str, Mapping[str, str]] = {
    "amount": {"lv": "Summa", "en": "Amount"},
    "any": {"lv": "Vismaz viens no", "en": "At least one of"},
    "country": {"lv": "Valsts", "en": "Country"},
    "funder": {"lv": "Finansētājs", "en": "Funder"},
    "has": {"lv": "Ir norādīts", "en": "Stated"},
    "id": {"lv": "ID", "en": "ID"},
    "language": {"lv": "Valoda", "en": "Language"},
    "missing": {"lv": "Nav norādīts", "en": "Not stated"},
    "missing_lang": {"lv": "Trūkst teksta valodā", "en": "A text is missing in"},
    "partner": {"lv": "Partneris", "en": "Partner"},
    "programme": {"lv": "Programma", "en": "Programme"},
    "project": {"lv": "Projekts", "en": "Project"},
    "q": {"lv": "Meklēts", "en": "Searched for"},
    "source": {"lv": "Avots", "en": "Source"},
    "topic": {"lv": "Temats", "en": "Topic"},
    "updated_since": {"lv": "Mainīts", "en": "Changed"},
    "year": {"lv": "Gads", "en": "Year"},
}
"""Labels of query parameters. One without an entry has the label of the field that it is named after."""

LANGUAGE_NAMES = {"lv": "Latviešu", "en": "English"}
"""The name of each page language, in that language."""

MESSAGES_BY_LANGUAGE = {
    language: SimpleNamespace(**{name: texts[language] for name, texts in MESSAGES.items()})
    for language in LANGUAGES
}
"""The messages of each page language, as attributes of one object."""

_CREATIVE_COMMONS_IRI = re.compile(r"https?://creativecommons\.org/licenses/([a-z-]+)/([0-9.]+)/?")


def licence_name(iri: str) -> str:
    """Return the short name of a Creative Commons licence, such as CC BY 4.0, or the IRI of another licence."""
    match = _CREATIVE_COMMONS_IRI.fullmatch(iri)
    return f"CC {match[1].upper()} {match[2]}" if match else iri
