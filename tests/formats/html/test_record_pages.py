"""Tests of record pages in HTML: dates and amounts, funding lines, provenance, links, every kind of field."""

import random
import re

import pytest

from schema import MODEL
from tests.support.generators.records import random_record, record
from tests.support.html.pages import facts, ids, in_language, json_ld, links, main, page, publish_all, text
from tests.support.sample_model import BICYCLE, sample_records
from tests.support.sample_model import MODEL as SAMPLE_MODEL
from tests.support.site import BASE, KINDS, site_on

FORMATTED_VALUES = {
    ("start", "2017"): ("2017. gads", "2017"),
    ("start", "2017-09"): ("2017. gada septembris", "September 2017"),
    ("start", "2017-09-01"): ("2017. gada 1. septembris", "1 September 2017"),
    ("start", "2018-21"): ("2018. gada pavasaris", "spring 2018"),
    ("start", "2018-22"): ("2018. gada vasara", "summer 2018"),
    ("start", "2018-23"): ("2018. gada rudens", "autumn 2018"),
    ("start", "2018-24"): ("2018.–2019. gada ziema", "winter 2018–2019"),
    ("start", "[2018-03,2018-04]"): ("2018. gada marts vai aprīlis", "March or April 2018"),
    ("start", "[2018-12,2019-01]"): (
        "2018. gada decembris vai 2019. gada janvāris",
        "December 2018 or January 2019",
    ),
    ("start", "[2017,2018]"): ("2017. vai 2018. gads", "2017 or 2018"),
    ("start", "[2018-21,2018-22]"): ("2018. gada pavasaris vai vasara", "spring or summer 2018"),
    ("start", "[2018-03-03,2018-03-05]"): ("2018. gada 3. vai 5. marts", "3 or 5 March 2018"),
    ("start", "[2018-03-01,2018-04-01]"): ("2018. gada 1. marts vai 1. aprīlis", "1 March or 1 April 2018"),
    ("duration", "P1Y"): ("1 gads", "1 year"),
    ("duration", "P2D"): ("2 dienas", "2 days"),
    ("duration", "P21M"): ("21 mēnesis", "21 months"),
    ("duration", "P1Y6M"): ("1 gads un 6 mēneši", "1 year and 6 months"),
    ("amounts", "1250.00"): ("1 250,00 EUR", "EUR 1,250.00"),
    ("amounts", "0.1250"): ("0,1250 EUR", "EUR 0.1250"),
    ("amounts", "99999999999999.9999"): ("99 999 999 999 999,9999 EUR", "EUR 99,999,999,999,999.9999"),
    ("amounts", "7"): ("7 EUR", "EUR 7"),
}
"""Field and value, with its text in Latvian and in English."""


def test_dates_durations_and_money_are_formatted_in_the_language_of_the_page(sqlite_site):
    for number, (key, value) in enumerate(FORMATTED_VALUES):
        amount = {"id": "all", "kind": "contribution", "value": value, "currency": "EUR"}
        fields = {"amounts": [amount]} if key == "amounts" else {key: value}
        publish_all(
            sqlite_site, record("Grant" if key == "amounts" else "Activity", f"number-{number}", **fields)
        )
    for number, ((key, value), texts) in enumerate(FORMATTED_VALUES.items()):
        collection = "grants" if key == "amounts" else "activities"
        for code, expected in zip(("lv", "en"), texts, strict=True):
            tree = page(sqlite_site, in_language(f"/{collection}/number-{number}", code))
            assert [fact for fact in facts(tree).values() if fact.endswith(expected)], (value, facts(tree))
            times = {element.get("datetime") for element in tree.iter("time")}
            is_iso = key == "start" and not re.search(r"-2[1-4]$|^\[", value)
            assert (value in times) == is_iso


def test_the_funding_lines_that_grants_require_are_on_the_pages_of_their_projects(sqlite_network):
    projects_with_lines = 0
    for item in sqlite_network.json("/projects?limit=200")["items"]:
        path = item["uri"].removeprefix(BASE).removesuffix("#this")
        body = sqlite_network.json(path)
        lines = [
            (tag, line)
            for key in ("acknowledgements", "disclaimers")
            for tag, texts in body.get(key, {}).items()
            for line in texts
        ]
        for code in ("lv", "en"):
            quotes = page(sqlite_network, in_language(path, code)).findall(
                ".//section[@class='funding']/blockquote"
            )
            displayed = {(quote.get("lang", code), text(quote)) for quote in quotes}
            assert displayed == {(tag, " ".join(line.split())) for tag, line in lines}, path
        projects_with_lines += bool(lines)
    assert projects_with_lines >= 2


def test_acknowledgement_and_disclaimer_have_their_own_headings(sqlite_site):
    publish_all(
        sqlite_site,
        record("Programme", "aid", disclaimer={"en": "Views are the authors'.\n\nOnly theirs."}),
        record("Project", "work"),
        record("Grant", "g-1", projects=["work"], programme="aid", acknowledgement={"lv": "Paldies A."}),
    )
    funding = page(sqlite_site, "/projects/work?lang=en").find(".//section[@class='funding']")
    assert [text(heading) for heading in funding.iter("h3")] == ["Acknowledgement", "Disclaimer"]
    quotes = [(quote.get("lang"), len(quote)) for quote in funding.iter("blockquote")]
    assert quotes == [("lv", 1), (None, 2)]
    for path, line in (("/grants/g-1", "Paldies A."), ("/programmes/aid", "Only theirs.")):
        assert line in text(page(sqlite_site, path).find(".//section[@class='funding']"))


def test_a_record_page_has_its_provenance_licence_and_citation(sqlite_network):
    body = sqlite_network.json("/projects/ensie")
    english = facts(page(sqlite_network, "/projects/ensie?lang=en"))
    assert english["IRI to cite"] == body["uri"]
    assert english["Licence"] == "CC BY 4.0"
    assert english["Publisher"] == "Social entrepreneurship network"
    assert english["Created"] == "20 November 2026, 10:01 UTC"
    source = body["record"]["sources"][0]
    assert f"{source['title']['lv']}, Social Innovation Centre, in Latvian" in english["Sources"]
    assert source["uri"].removeprefix(BASE).replace("#this", ".en.html") in links(
        page(sqlite_network, "/projects/ensie?lang=en")
    )
    latvian = facts(page(sqlite_network, "/projects/ensie"))
    assert latvian["Sākums"] == "2017. gada septembris"


def test_the_page_of_a_grant_names_its_effective_funders_and_the_programme_that_states_them(sqlite_network):
    for path, programme in (
        ("/grants/buicasus-easi", "European Union programme for employment and social innovation"),
        ("/grants/588997-citiz-1-2017-1-1sk-citiz-nt", "Europe for Citizens"),
    ):
        displayed = facts(page(sqlite_network, f"{path}?lang=en"))
        assert "European Commission" in displayed["Effective funder"]
        assert displayed["Programme that states the funders"].startswith(programme)
    repeated = facts(page(sqlite_network, "/grants/ncm-17055?lang=en"))
    assert "Nordic Council of Ministers" in repeated["Funder"]
    assert not repeated.keys() & {"Effective funder", "Programme that states the funders"}


def test_a_record_page_names_the_languages_of_its_translations(sqlite_network):
    english = facts(page(sqlite_network, "/activities/ensie-events?lang=en"))
    assert english["Translation"] == "The texts in English are our translation."
    latvian = facts(page(sqlite_network, "/activities/ensie-events"))
    assert latvian["Tulkojums"] == "Teksti angļu valodā ir mūsu tulkojums."


def test_a_record_page_names_the_texts_that_are_translations_where_others_are_not(sqlite_network):
    english = facts(page(sqlite_network, "/projects/local-y-mpact?lang=en"))["Translations"]
    assert "Our translation into Latvian: title." in english
    assert "Our translation into English: summary, objectives, results and keywords." in english
    latvian = facts(page(sqlite_network, "/projects/local-y-mpact"))["Tulkojumi"]
    assert "Mūsu tulkojums latviešu valodā: nosaukums." in latvian


def test_the_sources_of_every_record_lead_to_the_published_texts(sqlite_network):
    linked: set[str] = set()
    for collection in MODEL.by_collection:
        for item in sqlite_network.json(f"/{collection}?fields=record&limit=200")["items"]:
            linked.update(source["uri"] for source in item["record"].get("sources", []))
    urls = []
    for uri in sorted(linked):
        path = uri.removeprefix(BASE).removesuffix("#this")
        url = sqlite_network.json(path).get("url")
        external = [
            href for href, link in links(page(sqlite_network, path)).items() if link.get("rel") == "external"
        ]
        assert (url in external) == (url is not None), path
        urls.append(url)
    assert len(urls) == sqlite_network.json("/sources")["total"]
    assert urls.count(None) <= 2
    english = page(sqlite_network, "/projects/ensie?lang=en")
    assert "/sources/sic-ensie.en.html" in links(english)


def test_the_page_of_a_source_leads_to_the_lists_of_what_was_written_from_it(sqlite_network):
    tree = page(sqlite_network, "/sources/sic-ensie?lang=en")
    assert facts(tree)["List of outputs"] == "Outputs: 4"
    assert facts(tree)["List of projects"] == "Projects: 1"
    assert "/outputs.en.html?source=sic-ensie" in links(tree)
    assert "Source" not in facts(tree)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_field_of_the_sample_model_appears_on_its_page(databases, kind):
    with site_on(databases.make(kind), SAMPLE_MODEL) as site:
        publish_all(site, *sample_records())
        displayed = text(main(page(site, "/things/bicycle?lang=en")))
        for expected in [
            "Bicycle <&>\"'", "🚲", "b-1", "B-1", "Two lines, and a tab\\n.", "bike", "0", "8.50", "March or April 2018",
            "1 year and 6 months", BICYCLE["link"], "Latvia", "Latvian", "ongoing", "Fleet", "Rīga",
            "NUTS code: LV006", "Things yes", "latitude: 56.95", "36", "A shop", "2017",
        ]:  # fmt: skip
            assert expected in displayed, expected
        tree = page(site, "/things/bicycle?lang=en")
        rows = tree.findall(".//tr[@id]")
        assert [row.get("id") for row in rows] == ["wheel-back", "wheel-front"]
        assert [link.get("href") for link in rows[1].iter("a")] == ["#wheel-back"]
        assert "/things/bicycle.en.html" in links(page(site, "/things/fleet?lang=en"))
        assert "Lietas" in text(main(page(site, "/things")))
        assert json_ld(tree)["@type"] == "Thing"


def test_random_records_have_pages_with_unique_ids(sqlite_site):
    rng = random.Random(7)  # noqa: S311 - the same each time
    linked, linking = (
        [(entity, f"{entity.lower()}-{number}") for entity in MODEL.by_name] for number in range(2)
    )
    publish_all(
        sqlite_site,
        *(random_record(rng, key, "Word", [], links=0) for key in linked),
        *(random_record(rng, key, "Word", linked, links=1) for key in linking),
    )
    for entity, identifier in [*linked, *linking]:
        path = f"/{MODEL.by_name[entity].collection}/{identifier}"
        for code in ("lv", "en"):
            tree = page(sqlite_site, in_language(path, code))
            assert len(ids(tree)) == len(set(ids(tree)))
