"""Tests of the first sentence of a text, in Latvian and English."""

import json

import pytest

from schema.entities.first_sentence import first_sentence
from tests.support.site import ROOT

TEXTS = [
    ("lv", "2017. gada septembrī uzsākām projektu.| Tas ilga divus gadus."),
    ("lv", "Projekts beidzās 2019. gada 3. decembrī Rīgā.| Noslēgums bija konference."),
    ("lv", "Tas ir 2. Baltijas forums pēc 2017. Otrā forumā.| Tā tas bija! Un būs."),
    ("lv", "Piedalās Talsu novads, Ogres novads u.c. Latvijas pašvaldības.| Vada fonds."),
    ("lv", "Piedalās skolas u. c. Baltijas iestādes.| Vada fonds."),
    ("lv", "Tas ir lēmums Nr. 5 par mācībām.| Otrs lēmums ir Nr. 6."),
    ("lv", "Piešķirti 2 milj. EUR, t.sk. ES daļa, t. i. Eiropas Komisijas.| Pārējo maksā partneri."),
    ("lv", "Runāja prof. A. Bērziņa.| Pēc tam sprieda visi."),
    ("lv", "“Vai tas ir iespējams?”| Jā, ir."),
    ("lv", "Darbs turpinās…| Nākamais posms ir plānots."),
    ("lv", "Vieta ir www.example.org.| Tur ir viss."),
    ("lv", "Viens teikums bez punkta|"),
    ("lv", "Virsraksts|\n\nPirmais teikums. Otrais."),
    ("lv", "Divi Eiropas projekti (skat. 5. lpp.) un forums.| Trešais projekts."),
    ("en", "It began in 2017.| It ended in 2019."),
    ("en", "Several tools, e.g. Checklists, i.e. Lists, are planned.| Others follow."),
    ("en", "Grant No. 5 pays for it.| Nothing else does."),
    ("en", "Dr. J. Smith et al. wrote it!| Then it was read."),
    ("en", "(It was done in the third year.)| Then it ended."),
    ("en", "The network of St. Petersburg and Riga is large.| It grows."),
    ("en-gb", "Costs were 80 %.| The rest is unknown."),
    ("de", "Am 3. Oktober begann es.| Es dauerte."),
]
"""Languages and texts, with a bar at the end of the first sentence."""


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_a_sentence_ends_neither_at_an_abbreviation_nor_at_an_ordinal_number(language, text):
    sentence, _, rest = text.partition("|")
    assert first_sentence(sentence + rest, language) == sentence


def test_the_summaries_of_the_projects_begin_with_a_whole_sentence():
    beginnings = {
        "buicasus": ("visiem projekta partneriem.", "for all project partners."),
        "ensie": ("sociālās integrācijas uzņēmumiem.", "social integration enterprises."),
        "local-y-mpact": ("sociālajiem uzņēmumiem.", "social enterprises."),
        "social-entrepreneurship-baltic-sea": ("labākās prakses apmaiņu.", "an exchange of best practice."),
        "social-entrepreneurship-incubator-network": ("inkubatoru modeļus.", "European experience."),
    }
    paths = [*(ROOT / "data/projects").glob("*.json")]
    assert {path.stem for path in paths} == beginnings.keys()
    for path in paths:
        summary = json.loads(path.read_text(encoding="utf-8"))["summary"]
        for language, ending in zip(("lv", "en"), beginnings[path.stem], strict=True):
            sentence = first_sentence(summary[language], language)
            assert sentence.endswith(ending), sentence
            assert summary[language].startswith(f"{sentence} ")


@pytest.mark.parametrize(
    "text", ["." * 50_000, "A. " * 16_000, '!"' * 25_000, "\n " * 25_000, ". (" * 16_000]
)
def test_a_hostile_text_has_a_first_sentence(text):
    assert text.startswith(first_sentence(text, "lv"))
