"""What the pages of records show, and how people read it."""

import random
import re

import msgspec
import pytest
from sqlalchemy import insert

from api.store.database.database import Database
from schema import MODEL
from schema.storage.tables import Tables
from schema.validation.decoder import decode_record
from tests.support.generators.records import random_record, record
from tests.support.html_pages import facts, ids, in_language, json_ld, links, main, page, publish_all, text
from tests.support.sample_model import BICYCLE
from tests.support.sample_model import MODEL as OF_THINGS
from tests.support.site import BASE, KINDS, site_on

WRITTEN = {
    ("start", "2017"): ("2017. gads", "2017"),
    ("start", "2017-09"): ("2017. gada septembris", "September 2017"),
    ("start", "2017-09-01"): ("2017. gada 1. septembris", "1 September 2017"),
    ("start", "2018-21"): ("2018. gada pavasaris", "spring 2018"),
    ("start", "2018-22"): ("2018. gada vasara", "summer 2018"),
    ("start", "2018-23"): ("2018. gada rudens", "autumn 2018"),
    ("start", "2018-24"): ("2018.–2019. gada ziema", "winter 2018–2019"),
    ("duration", "P1Y"): ("1 gads", "1 year"),
    ("duration", "P2D"): ("2 dienas", "2 days"),
    ("duration", "P21M"): ("21 mēnesis", "21 months"),
    ("duration", "P1Y6M"): ("1 gads un 6 mēneši", "1 year and 6 months"),
    ("amounts", "1250.00"): ("1 250,00 EUR", "EUR 1,250.00"),
    ("amounts", "0.1250"): ("0,1250 EUR", "EUR 0.1250"),
    ("amounts", "99999999999999.9999"): ("99 999 999 999 999,9999 EUR", "EUR 99,999,999,999,999.9999"),
    ("amounts", "7"): ("7 EUR", "EUR 7"),
}


def test_dates_durations_and_money_are_written_as_people_write_them(bare):
    for number, (key, one) in enumerate(WRITTEN):
        amount = {"id": "all", "kind": "contribution", "value": one, "currency": "EUR"}
        stated = {"amounts": [amount]} if key == "amounts" else {key: one}
        publish_all(bare, record("Grant" if key == "amounts" else "Activity", f"number-{number}", **stated))
    for number, ((key, one), expected) in enumerate(WRITTEN.items()):
        collection = "grants" if key == "amounts" else "activities"
        for code, said in zip(("lv", "en"), expected, strict=True):
            tree = page(bare, in_language(f"/{collection}/number-{number}", code))
            assert [value for value in facts(tree).values() if value.endswith(said)], (one, facts(tree))
            times = {found.get("datetime") for found in tree.iter("time")}
            is_iso = key == "start" and not re.search("-2[1-4]$", one)
            assert (one in times) == is_iso


def test_the_funding_line_is_shown_where_a_grant_asks_for_it(alone):
    asking = 0
    for item in alone.json("/projects?limit=200")["items"]:
        path = item["uri"].removeprefix(BASE).removesuffix("#this")
        body = alone.json(path)
        lines = [
            (tag, line)
            for key in ("acknowledgements", "disclaimers")
            for tag, said in body.get(key, {}).items()
            for line in said
        ]
        for code in ("lv", "en"):
            quotes = page(alone, in_language(path, code)).findall(".//section[@class='funding']/blockquote")
            shown = {(one.get("lang", code), text(one)) for one in quotes}
            assert shown == {(tag, " ".join(line.split())) for tag, line in lines}, path
        asking += bool(lines)
    assert asking >= 2


def test_the_funding_lines_of_grant_and_programme_are_told_apart(bare):
    publish_all(
        bare,
        record("Programme", "aid", disclaimer={"en": "Views are the authors'.\n\nOnly theirs."}),
        record("Project", "work"),
        record("Grant", "g-1", projects=["work"], programme="aid", acknowledgement={"lv": "Paldies A."}),
    )
    funding = page(bare, "/projects/work?lang=en").find(".//section[@class='funding']")
    assert [text(one) for one in funding.iter("h3")] == ["Acknowledgement", "Disclaimer"]
    assert [(one.get("lang"), len(one)) for one in funding.iter("blockquote")] == [("lv", 1), (None, 2)]
    for path, said in (("/grants/g-1", "Paldies A."), ("/programmes/aid", "Only theirs.")):
        assert said in text(page(bare, path).find(".//section[@class='funding']"))


def test_a_record_says_where_it_comes_from_and_how_to_cite_it(alone):
    body = alone.json("/projects/ensie")
    told = facts(page(alone, "/projects/ensie?lang=en"))
    assert told["IRI to cite"] == body["uri"]
    assert told["Licence"] == "CC BY 4.0"
    assert told["Publisher"] == "Social entrepreneurship network"
    assert told["Created"] == "20 November 2026, 10:01 UTC"
    assert told["Translated into"] == "The texts in English are our translation."
    assert body["record"]["sources"][0]["title"]["lv"] in told["Source"]
    told = facts(page(alone, "/projects/ensie"))
    assert told["Tulkots valodā"] == "Teksti angļu valodā ir mūsu tulkojums."
    assert told["Sākums"] == "2017. gada septembris"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_declared_in_a_test_appears_on_its_page(databases, kind):
    address = databases.empty(kind)
    database, tables = Database(address), Tables(OF_THINGS)
    with database.engine.begin() as connection:
        tables.metadata.create_all(connection)
        connection.execute(insert(tables.head), {"id": 1, "seq": 0, "number": 0, "at": ""})
    database.close()
    shape = OF_THINGS.by_name["Thing"]
    with site_on(address, OF_THINGS) as site:
        sent = {"fleet": {"name": {"en": "Fleet"}}, "bicycle": BICYCLE}
        publish_all(
            site, *(decode_record(shape, msgspec.json.encode(one), name) for name, one in sent.items())
        )
        shown = text(main(page(site, "/things/bicycle?lang=en")))
        for said in [
            "Bicycle <&>\"'", "🚲", "b-1", "B-1", "Two lines, and a tab\\n.", "bike", "0", "8.50", "summer 2018",
            "1 year and 6 months", BICYCLE["link"], "Latvia", "Latvian", "ongoing", "Fleet", "Rīga",
            "NUTS code: LV006", "latitude: 56.95", "36", "A shop", "2017",
        ]:  # fmt: skip
            assert said in shown, said
        tree = page(site, "/things/bicycle?lang=en")
        rows = tree.findall(".//tr[@id]")
        assert [one.get("id") for one in rows] == ["wheel-back", "wheel-front"]
        assert [one.get("href") for one in rows[1].iter("a")] == ["#wheel-back"]
        assert "/things/bicycle?lang=en" in links(page(site, "/things/fleet?lang=en"))
        assert "Lietas" in text(main(page(site, "/things")))
        assert json_ld(tree)["@type"] == "Thing"


def test_records_at_random_have_pages(bare):
    dice = random.Random(7)  # noqa: S311 - the same each time
    first, more = (
        [(entity, f"{entity.lower()}-{number}") for entity in MODEL.by_name] for number in range(2)
    )
    publish_all(
        bare,
        *(random_record(dice, key, "Word", [], links=0) for key in first),
        *(random_record(dice, key, "Word", first, links=1) for key in more),
    )
    for entity, identifier in [*first, *more]:
        path = f"/{MODEL.by_name[entity].collection}/{identifier}"
        for code in ("lv", "en"):
            tree = page(bare, in_language(path, code))
            assert len(ids(tree)) == len(set(ids(tree)))
