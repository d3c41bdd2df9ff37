"""Tests of the head of pages: short titles, descriptions and OpenGraph properties."""

from xml.etree.ElementTree import Element

import pytest

from api.formats.html.page_metadata import LOCALES, MAX_TITLE, shorten
from tests.support.generators.records import record
from tests.support.html.pages import IN_DEPTH, in_language, page, publish_all, text
from tests.support.site import BASE, content_addresses
from vocab.turtle_parser import LANGUAGES

SITE_NAMES = {"lv": "Sociālās uzņēmējdarbības tīkls", "en": "Social entrepreneurship network"}


def title_of(tree: Element) -> str:
    return text(tree.find(".//title"))


def open_graph(tree: Element) -> dict[str, str]:
    """Return the OpenGraph properties of a page; none may be repeated."""
    pairs = [
        (meta.get("property"), meta.get("content")) for meta in tree.iter("meta") if meta.get("property")
    ]
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def test_titles_are_short_and_begin_with_the_acronym(sqlite_network):
    for path in content_addresses(sqlite_network)[::3]:
        title = title_of(page(sqlite_network, path))
        assert 0 < len(title) <= MAX_TITLE, (path, title)
    for path, code, expected in [
        ("/projects/ensie", "lv", "ENSIE – "),
        ("/projects/ensie", "en", "ENSIE – "),
        ("/organisations/social-innovation-centre", "en", "SIC – Social Innovation Centre"),
        ("/projects", "lv", "Projekti – Sociālās uzņēmējdarbības tīkls"),
        ("/vocab/role/partner", "en", "partner – "),
        ("/", "lv", "Sociālās uzņēmējdarbības tīkls"),
    ]:
        assert title_of(page(sqlite_network, in_language(path, code))).startswith(expected)


@pytest.mark.parametrize(
    ("acronym", "title", "expected"),
    [
        ("TILTS", "Ceļš pāri upei", "TILTS – Ceļš pāri upei – Sociālās uzņēmējdarbības tīkls"),
        ("TILTS", "Tilts pāri upei", "Tilts pāri upei – Sociālās uzņēmējdarbības tīkls"),
        (None, "Ceļš pāri upei", "Ceļš pāri upei – Sociālās uzņēmējdarbības tīkls"),
        ("TILTS", "vārds " * 20, f"TILTS – {'vārds ' * 10}".strip() + "…"),
        ("TILTS", "x" * 200, "TILTS… – Sociālās uzņēmējdarbības tīkls"),
        (None, "x" * 200, f"{'x' * 69}…"),
    ],
)
def test_a_title_is_cut_at_a_word(sqlite_site, acronym, title, expected):
    fields = {"acronym": acronym} if acronym else {}
    publish_all(sqlite_site, record("Project", "work", title={"lv": title.strip()}, **fields))
    tree = page(sqlite_site, "/projects/work")
    assert title_of(tree) == expected
    assert open_graph(tree)["og:title"] == expected.removesuffix(" – Sociālās uzņēmējdarbības tīkls")
    assert text(tree.find(".//h1")) == f"{title.strip()}"


def test_the_title_of_a_search_is_short(sqlite_network):
    title = title_of(page(sqlite_network, f"/search.en.html?q={'social+' * 25}"))
    assert title.startswith("Search: social social")
    assert title.endswith("social…")
    assert len(title) <= MAX_TITLE


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_page_has_open_graph_properties_in_its_language(sqlite_network, code):
    paths = (*IN_DEPTH, "/projects/ensie", "/organisations?limit=2", "/search?q=soci*", "/grants/ncm-17055")
    for path in paths:
        tree = page(sqlite_network, in_language(path, code))
        properties = open_graph(tree)
        other = next(language for language in LANGUAGES if language != code)
        (canonical,) = tree.iterfind(".//link[@rel='canonical']")
        assert properties["og:url"] == canonical.get("href") == BASE + in_language(path, code)
        assert properties["og:type"] == "website"
        assert properties["og:site_name"] == SITE_NAMES[code]
        assert properties["og:locale"] == LOCALES[code]
        assert properties["og:locale:alternate"] == LOCALES[other]
        assert title_of(tree).startswith(properties["og:title"])
        descriptions = [
            meta.get("content") for meta in tree.iter("meta") if meta.get("name") == "description"
        ]
        assert [properties[name] for name in properties if name == "og:description"] == descriptions
        assert "og:image" not in properties
    assert LOCALES.keys() == {*LANGUAGES}


def test_a_page_is_described_by_its_summary_or_by_the_definition_of_what_it_shows(sqlite_network):
    for path in ("/", "/projects", "/partners", "/projects/ensie", "/vocab", "/vocab/role/partner"):
        for code in LANGUAGES:
            description = open_graph(page(sqlite_network, in_language(path, code)))["og:description"]
            assert 20 < len(description) <= 221, path
    summary = sqlite_network.json("/projects/ensie?lang=en")["summary"]
    description = open_graph(page(sqlite_network, "/projects/ensie.en.html"))["og:description"]
    assert summary.startswith(description.removesuffix("…"))


def test_a_text_is_shortened_only_if_it_is_too_long():
    assert shorten("one two", 7) == "one two"
    assert shorten("one two three", 8) == "one two…"
    assert shorten("one, two", 5) == "one…"
    assert shorten("onetwothree", 5) == "onet…"
