"""Tests of the wording of the vocabulary, the pages and the messages: terms of the EU, and one word for one thing."""

import re

import pytest

from api.formats.html.messages import MESSAGES as PAGE_MESSAGES
from schema.validation.errors import MESSAGES as FAULT_MESSAGES
from schema.validation.errors import Fault

CONCEPTS = [
    # scheme/code, field, Latvian, English
    ("role/coordinator", "name", "koordinators", "coordinator"),
    ("role/third-party", "name", "trešā persona", "third party"),
    (
        "role/associated-partner",
        "definition",
        "Atbalsta darbu, parasti nesaņemot daļu no dotācijas.",
        "Supports the work, as a rule without a share of the grant.",
    ),
    ("activity-kind/exchange-of-experience", "definition", "Pasākums, kurā dalās pieredzē.", None),
    (
        "activity-kind/promotion",
        "definition",
        "Darbība, ar ko kaut ko dara plašāk zināmu.",
        "Making something more widely known.",
    ),
    ("activity-kind/research", "definition", "Esošā stāvokļa noskaidrošana.", None),
    ("activity-kind/fitting-out", "name", "telpu aprīkošana", "fitting out"),
    ("activity-kind/fitting-out", "definition", "Telpu aprīkošana ar darbam vajadzīgo.", None),
    (
        "activity-status/planned",
        "definition",
        "Plānota; nav ziņu, ka notikusi vai paveikta.",
        "Planned; not known to be held or done.",
    ),
    ("output-kind/platform", "definition", "Vietne, kurā cilvēki atrod materiālus un dalās ar tiem.", None),
    ("output-kind/database", "definition", "Datu kopums, kurā var meklēt.", None),
    ("output-kind/strategy", "definition", "Vairāku gadu mērķi un veidi, kā tos sasniegt.", None),
    ("output-kind/study", "definition", "Pētniecībā noskaidrotais un izmantotās metodes.", None),
    ("output-kind/publication", "definition", "Publicēts teksts, kas neatbilst nevienam citam veidam.", None),
    ("output-kind/policy-recommendation", "name", "politikas ieteikums", "policy recommendation"),
    ("output-kind/legislative-proposal", "name", "tiesību akta priekšlikums", "legislative proposal"),
    (
        "output-status/planned",
        "definition",
        "Plānots; nav ziņu, ka radīts.",
        "Planned; not known to be made.",
    ),
    ("output-status/delivered", "definition", "Radīts.", "Made."),
    (
        "identifier-scheme/isbn",
        "definition",
        "Starptautiskais standarta grāmatu numurs (ISO 2108).",
        "An International Standard Book Number (ISO 2108).",
    ),
    ("project-status/completed", "definition", "Beidzies.", "Ended."),
    ("project-status/proposed", "name", "ierosināts", "proposed"),
    (
        "project-status/proposed",
        "definition",
        "Ierosināts vai pieteikts; lēmums nav zināms.",
        "Proposed or applied for; no decision is known.",
    ),
    (
        "project-status/approved",
        "definition",
        "Apstiprināts; nav ziņu, ka sākts.",
        "Decided in favour; not known to have begun.",
    ),
    (
        "project-status/ongoing",
        "definition",
        "Sākts; nav ziņu, ka beidzies.",
        "Begun; not known to have ended.",
    ),
    ("amount-kind/co-financing", "name", "pašu līdzfinansējums", "own contribution"),
    ("programme-level/call", "name", "uzaicinājums iesniegt priekšlikumus", "call"),
    ("organisation-kind/university", "definition", "Augstskola.", "A higher education institution."),
    (
        "organisation-kind/public-body",
        "definition",
        "Ministrija, aģentūra vai cita publiskas varas iestāde.",
        "A ministry, agency or other public authority.",
    ),
]

ALIASES = [
    ("role/coordinator", "vadošais partneris"),
    ("activity-kind/training", "apmācības"),
    ("output-kind/roadmap", "ceļvedis"),
    ("project-status/proposed", "pieteikts"),
    ("programme-level/call", "konkurss"),
]

TERMS = [
    # class or property, field, Latvian, English
    ("Grant", "label", "Dotācija", "Grant"),
    (
        "Project",
        "definition",
        "Laikā ierobežots darbs, ko kopīgi īsteno partneri un kam piešķirts vai pieprasīts finansējums.",
        "A piece of work of limited duration, carried out by partners and funded, or proposed for funding.",
    ),
    ("Activity", "definition", "Tas, kas projektā darīts vai plānots: pasākums, mācības, darba posms.", None),
    ("ContactPoint", "definition", "Kur jautāt par projektu: organizācijas amats un pastkaste, nevis persona.", None),
    ("grant", "label", "dotācija", "grant"),
    ("grant", "plural", "dotācijas", "grants"),
    ("lead", "label", "koordinators", "lead"),
    ("belonging", "label", "saistītais ieraksts", "belonging"),
    ("participants", "definition", "Cik cilvēku piedalījās vai cik paredzēts iesaistīt.", None),
    ("duration", "definition", "Cik ilgi tas notiek, ja zināms ilgums, nevis beigas.", None),
    ("level", "definition", "Kurā finansējuma programmu līmenī tā ir.", None),
    ("programmeInvolved", "label", "programma", None),
    ("countryInvolved", "label", "valsts", None),
    ("acknowledgement", "label", "norāde par finansējumu", "acknowledgement"),
    ("call", "label", "uzaicinājums iesniegt priekšlikumus", "call"),
    ("translated", "label", "tulkojums", None),
]  # fmt: skip

FAULTS = [
    (
        Fault("wrong-type", "/title", {"given": "number", "wanted": "object"}),
        "saņemts: skaitlis; vajadzīgs: objekts",
    ),
    (Fault("unexpected-file", "", {"collection": "projects"}), "gaidītā datne: projects/{id}.json"),
    (Fault("not-a-line"), "atstarpi sākumā vai beigās"),
    (Fault("not-a-text"), "atstarpi sākumā vai beigās"),
    (Fault("not-utf-8", "", {"byte": 7}), "nav UTF-8 (7. baits)"),
]


@pytest.mark.parametrize(("path", "field", "latvian", "english"), CONCEPTS)
def test_a_concept_is_named_and_defined_as_mended(network, path, field, latvian, english):
    texts = network.json(f"/vocab/{path}")[field]
    assert texts["lv"] == latvian
    assert english in (None, texts["en"])


@pytest.mark.parametrize(("path", "alias"), ALIASES)
def test_a_concept_keeps_its_older_word_as_an_alias_in_every_format(network, path, alias):
    assert alias in network.json(f"/vocab/{path}")["aliases"]["lv"]
    assert f'skos:altLabel "{alias}"@lv' in network.get(f"/vocab/{path}.ttl").text
    for language in ("lv", "en"):
        assert alias in network.get(f"/vocab/{path}.html?lang={language}").text


def test_a_term_is_named_and_defined_as_mended(network):
    ontology = network.json("/vocab")
    terms = {term["id"]: term for term in ontology["classes"] + ontology["properties"]}
    for name, field, latvian, english in TERMS:
        assert terms[name][field]["lv"] == latvian, name
        assert english in (None, terms[name][field]["en"]), name
    assert terms["grant"]["aliases"] == {"lv": ["granti", "grants"]}
    assert terms["Grant"]["aliases"] == {"lv": ["Grants"]}
    assert terms["lead"]["aliases"] == {"lv": ["vadošais partneris"]}


def test_no_latvian_text_of_the_vocabulary_calls_a_dotacija_a_grant(network):
    ontology = network.json("/vocab")
    texts = [
        term[field]["lv"]
        for term in ontology["classes"] + ontology["properties"]
        for field in ("label", "plural", "definition")
        if field in term
    ]
    texts += [collection["title"]["lv"] for collection in network.json("/")["collections"]]
    for scheme in ontology["schemes"]:
        for concept in network.json(f"/vocab/{scheme['id']}")["concepts"]:
            texts += [concept["name"]["lv"], concept["definition"]["lv"]]
    assert not [
        text for text in texts if re.search(r"\b[Gg]rant(s|a|am|u|i|us|iem)\b|konkurs|vadošais", text)
    ]


def test_the_collection_of_grants_keeps_its_path_and_has_the_term_of_the_eu(network):
    assert network.json("/grants")["title"] == {"lv": "Dotācijas", "en": "Grants"}


def test_pages_call_software_datorprogrammas_as_programmas_are_funding():
    for name in ("both_ways", "welcome"):
        assert "datorprogrammām" in PAGE_MESSAGES[name]["lv"]
        assert not re.search(r"\bprogrammām", PAGE_MESSAGES[name]["lv"])


def test_pages_say_of_unnamed_partners_that_they_are_not_named(network):
    for language, text in (("lv", "nav nosaukti"), ("en", "not named")):
        assert text in network.get(f"/projects/ensie.html?lang={language}").text


def test_pages_explain_the_vocabulary_in_plain_words():
    assert PAGE_MESSAGES["about_vocabulary"]["en"] == "What the terms used here mean."


def test_the_language_of_a_source_is_told_in_its_grammatical_case(network):
    assert "latviešu valodā" in network.get("/projects/ensie.html?lang=lv").text


@pytest.mark.parametrize(("fault", "expected"), FAULTS, ids=lambda value: getattr(value, "code", None))
def test_a_validation_error_is_grammatical_in_latvian(fault, expected):
    assert expected in fault.message["lv"]


def test_no_validation_error_counts_digits_behind_a_point():
    assert "after the decimal point" in FAULT_MESSAGES["not-money"]["en"]
