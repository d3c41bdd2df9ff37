"""Tests of the content's wording: each string that a review mended is served as mended, and no old one is left."""

import re

import pytest

from tests.support.site import BASE

BALTIC_SEA = "projects/social-entrepreneurship-baltic-sea"
INCUBATORS = "projects/social-entrepreneurship-incubator-network"

STRINGS = [
    # Latvian
    ("projects/ensie", "summary/lv", "apvienojās, lai izveidotu tīklu, kurā pilsētas"),
    ("projects/ensie", "summary/lv", "dalītos zināšanās"),
    ("projects/ensie", "summary/lv", "savu pilsoņu sociālo un ekonomisko dzīves kvalitāti"),
    ("projects/ensie", "objectives/lv/1", "reintegrācijai darba dzīvē"),
    ("projects/ensie", "objectives/lv/6", "Aplūkot sociālās integrācijas uzņēmumus ES politikas virzienu kontekstā"),
    ("outputs/ensie-strategy", "title/lv", "Sociālās integrācijas uzņēmumu izveides un darbības ilgtermiņa ilgtspējības"),
    (BALTIC_SEA, "objectives/lv/1", "Veicināt zināšanu un spēju attīstību ar jaunām un inovatīvām mācību metodēm"),
    (BALTIC_SEA, "objectives/lv/1", "izglītības kultūru un pieeju"),
    (BALTIC_SEA, "summary/lv", "sociālo uzņēmējdarbību atbalstošas organizācijas"),
    ("activities/baltic-sea-module-development", "title/lv", "sociālo uzņēmēju prasmju attīstīšanai"),
    ("activities/baltic-sea-module-development", "summary/lv", "Modulis ir plašs"),
    ("activities/baltic-sea-local-trainings", "title/lv", "Vietējās mācības"),
    ("activities/baltic-sea-local-trainings", "summary/lv", "2018. gada martā vai aprīlī"),
    ("activities/incubator-network-trainings", "title/lv", "Mācības topošajiem sociālajiem uzņēmējiem"),
    ("activities/buicasus-closing-conference", "summary/lv", "iepazīstināja ar projekta rezultātiem"),
    ("outputs/buicasus-ecosystem-study", "title/lv", "Pētījums par sociālo inovāciju ekosistēmu Latvijā"),
    ("outputs/incubator-network-recommendations", "title/lv", "Ieteikumi sociālās uzņēmējdarbības atbalsta"),
    ("outputs/incubator-network-legislative-changes", "title/lv", "Nepieciešamās normatīvo aktu izmaiņas"),
    ("projects/local-y-mpact", "summary/lv", "katrs ar vienu pilotpašvaldību"),
    ("projects/local-y-mpact", "summary/lv", "kartē esošo situāciju,"),
    ("projects/local-y-mpact", "objectives/lv/0", "piecu pilotpašvaldību"),
    ("projects/local-y-mpact", "objectives/lv/1", "uz rezultātu vērstas"),
    ("projects/local-y-mpact", "objectives/lv/2", "kartēt esošo situāciju"),
    ("projects/local-y-mpact", "objectives/lv/3", "veidot ilgtermiņa, ilgtspējīgu sadarbību un jaunus sociālos uzņēmumus"),
    ("activities/local-y-mpact-phase-1-mapping", "summary/lv", "ar pilotpašvaldībām"),
    ("activities/local-y-mpact-phase-1-mapping", "summary/lv", "ir noslēgusi sadarbības līgumu un pieeju testēs"),
    ("activities/local-y-mpact-phase-4-action-plans", "summary/lv", "savai pilotpašvaldībai"),
    ("outputs/local-y-mpact-action-plans", "title/lv", "Rīcības plāni pilotpašvaldībām"),
    ("outputs/local-y-mpact-database", "title/lv", "Piecu Eiropas pašvaldību aktīvo organizāciju datubāze"),
    ("activities/local-y-mpact-talsi-event", "summary/lv", "aktīvākie iedzīvotāji"),
    ("activities/local-y-mpact-study-visit-latvia", "summary/lv", "apsprieda tās priekšnoteikumus un meklēja jaunas"),
    ("organisations/trakai-district-municipality", "name/lv", "Traķu rajona pašvaldība"),
    ("organisations/riga-technical-university", "name/lv", "Rīgas Tehniskā universitāte"),
    ("organisations/nordic-council-of-ministers", "name/lv", "Ziemeļvalstu Ministru padome"),
    # English
    ("projects/ensie", "title/en", "European Network for Social Integration Entrepreneurship: social inclusion"),
    ("projects/ensie", "title/en", "for a better European future"),
    ("projects/ensie", "summary/en", "joined forces to build a network"),
    ("projects/ensie", "summary/en", "are experienced in founding social enterprises"),
    ("projects/ensie", "summary/en", "want to improve their citizens' social and economic quality of life but lack the support"),
    ("projects/ensie", "objectives/en/2", "Promote the social inclusion"),
    ("projects/ensie", "objectives/en/3", "Eliminate social inequality"),
    ("projects/ensie", "results/en/1", "among the public and in civil society"),
    ("activities/ensie-events", "title/en", "ENSIE events"),
    (BALTIC_SEA, "title/en", "Social entrepreneurship development in the Baltic Sea region"),
    (BALTIC_SEA, "objectives/en/0", "Promote the development of social entrepreneurship"),
    (BALTIC_SEA, "objectives/en/1", "drawing on knowledge available in the Baltic Sea region"),
    (BALTIC_SEA, "results/en/6", "promoting the platform"),
    (BALTIC_SEA, "results/en/8", "increased economic activity among the population"),
    (BALTIC_SEA, "results/en/8", "long-term sustainable effect"),
    ("activities/baltic-sea-local-trainings", "title/en", "Local training courses"),
    ("activities/baltic-sea-local-trainings", "summary/en", "new entrepreneurs"),
    (
        "activities/baltic-sea-study-visit-denmark",
        "summary/en",
        "Five representatives of local authorities, universities and social entrepreneurs visit the partner",
    ),
    (
        "activities/baltic-sea-study-visit-russia",
        "summary/en",
        "Five representatives of local authorities, universities and social entrepreneurs visit the partner",
    ),
    ("projects/buicasus", "acronym", "BuiCaSuS"),
    ("projects/buicasus", "title/en", "Building Capacity for a Sustainable Society"),
    ("projects/buicasus", "results/en/0", "The social innovation ecosystem in Latvia mapped"),
    ("organisations/spain-state-secretary-for-social-rights", "name/en", "State Secretariat for Social Rights"),
    ("organisations/spain-state-secretary-for-social-rights", "aliases/en/0", "State Secretary for Social Rights"),
    (INCUBATORS, "title/en", "support instrument in municipalities"),
    (INCUBATORS, "summary/en", "plan an experiment"),
    (INCUBATORS, "objectives/en/1", "support instruments"),
    (INCUBATORS, "objectives/en/2", "amendments to legislation"),
    ("outputs/incubator-network-methodology", "title/en", "introducing support instruments"),
    ("outputs/incubator-network-recommendations", "title/en", "introducing support instruments"),
    ("outputs/incubator-network-legislative-changes", "title/en", "Necessary amendments to legislation"),
    ("activities/incubator-network-closing-stage", "title/en", "Drawing lessons"),
    ("activities/incubator-network-trainings", "title/en", "Training courses for future social entrepreneurs"),
    (
        "organisations/ministry-of-environment-and-regional-development",
        "name/lv",
        "Vides aizsardzības un reģionālās attīstības ministrija",
    ),
    (
        "organisations/ministry-of-environment-and-regional-development",
        "name/en",
        "Ministry of Environmental Protection and Regional Development",
    ),
    ("projects/local-y-mpact", "objectives/en/1", "through tools, policy recommendations"),
    ("projects/local-y-mpact", "objectives/en/4", "Promote social entrepreneurship"),
    ("projects/local-y-mpact", "results/en/2", "with more regular and coordinated planning at the local level"),
    ("activities/local-y-mpact-phase-1-mapping", "summary/en", "test the approach in Talsi Municipality"),
    ("activities/local-y-mpact-talsi-event", "title/en", "cooperation and social entrepreneurship in Talsi Municipality"),
    ("activities/local-y-mpact-talsi-event", "summary/en", "inhabitants of Talsi Municipality"),
    ("activities/local-y-mpact-study-visit-latvia", "summary/en", "organisations of Talsi Municipality"),
    ("activities/local-y-mpact-study-visit-latvia", "summary/en", "discussed its preconditions"),
    (
        "outputs/local-y-mpact-cooperation-guide",
        "title/en",
        "Tools for Enhancing Cooperation between Local Governments and Community-based Youth Organizations",
    ),
    ("outputs/local-y-mpact-database", "title/en", "in five European municipalities"),
    ("outputs/local-y-mpact-roadmap", "summary/en", "with support instruments"),
]  # fmt: skip
"""Record, JSON Pointer without its first slash, and a text that is there."""

RETIRED = [
    r"[Aa]pmācīb(as|u|ām|ās)\b",
    "izmēģinājuma pašvaldīb",
    "Trāķu rajona pašvaldība$",
    "rādīja",
    r"\b[Ff]urther(ed|ing)? (the|social|international|cooperation)",
    "Do away",
    r"[Tt]rainings\b",
    r"\bbeginners\b",
    "instruments? of support",
    "Changes of laws",
    "have an experiment in mind",
    "A known ecosystem",
    "spreading the word",
    "A journey to",
    "Gathering the experience",
    "in public and civil society",
    "in better accord",
    r"Talsi\b(?! Municipality)",
    "what there is",
    "shared platform",
    "kopīg(ā|o) platform",
]
"""Patterns of words that stood where better ones stand now."""


@pytest.fixture(scope="module")
def texts(network) -> dict[str, list[str]]:
    """Return every text of every record that is not quoted from its source, by path."""
    paths = {
        item["uri"].removeprefix(f"{BASE}/").removesuffix("#this")
        for collection in network.json("/")["collections"]
        for item in network.json(f"/{collection['id']}?limit=200")["items"]
    }
    return {path: [*strings(network.json(f"/{path}"))] for path in sorted(paths)}


def strings(value, key=""):
    """Yield the texts of a JSON value, without quotations, ids and addresses."""
    if isinstance(value, dict):
        for name, content in value.items():
            if name not in ("id", "uri", "record", "name_as_stated", "role_as_stated"):
                yield from strings(content, name)
    elif isinstance(value, list):
        for content in value:
            yield from strings(content, key)
    elif isinstance(value, str):
        yield value


def test_every_mended_string_is_served(network):
    for path, pointer, expected in STRINGS:
        value = network.json(f"/{path}")
        for key in pointer.split("/"):
            value = value[int(key) if isinstance(value, list) else key]
        assert expected in value, (path, pointer)


@pytest.mark.parametrize("pattern", RETIRED)
def test_no_text_has_a_retired_wording(texts, pattern):
    assert not [(path, text) for path, found in texts.items() for text in found if re.search(pattern, text)]


def test_recommendations_are_called_so_only_in_the_title_of_a_published_text(texts):
    paths = {path for path, found in texts.items() if any("Rekomendācijas" in text for text in found)}
    outputs = {path for path in paths if path.startswith("outputs/")}
    assert outputs == {"outputs/local-y-mpact-recommendations"}


def test_the_other_spelling_of_an_acronym_is_an_alias_alone(texts, network):
    occurrences = [(path, text) for path, found in texts.items() for text in found if "BuiCaSus" in text]
    assert occurrences == [("projects/buicasus", "BuiCaSus")]
    assert network.json("/projects/buicasus")["aliases"] == {"und": ["BuiCaSus"]}
