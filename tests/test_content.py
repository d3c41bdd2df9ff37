"""The network's own content: what its sources say, all of it and nothing besides."""

import json

import pytest
from conftest import ROOT, SHARED, needs_shared

from schema import MODEL
from schema.decode import decode

TEXTS = {"ensie": "000_f291bf60caaf3594.txt", "baltic-sea": "001_234faf01afa8aaad.txt"}


@pytest.fixture
def ensie(network):
    return network.json("/projects/ensie")


@pytest.fixture
def baltic_sea(network):
    return network.json("/projects/social-entrepreneurship-baltic-sea")


def source(name: str) -> str:
    return (SHARED / "seeds" / TEXTS[name]).read_text(encoding="utf-8")


def test_ensie_has_twelve_partners_as_one_named_and_eleven_others(ensie):
    named, others = ensie["participations"]
    assert named["organisation"]["id"] == "social-innovation-centre"
    assert "organisation" not in others
    assert (named["count"], others["count"]) == (1, 11)


def test_ensie_involves_ten_countries(ensie):
    ten = ["CZ", "HR", "HU", "IT", "LV", "PT", "RO", "RS", "SI", "SK"]
    assert [one["id"] for one in ensie["countries"]] == ten
    assert sorted(one["id"] for one in ensie["countries_stated"]) == ten


def test_ensie_began_and_ended_in_months_that_are_known_and_no_days(ensie):
    assert (ensie["start"], ensie["end"]) == ("2017-09", "2018-12")
    assert (ensie["start_earliest"], ensie["end_latest"]) == ("2017-09-01", "2018-12-31")
    assert ensie["status"]["id"] == "completed"


def test_ensie_was_paid_under_measure_2_2_of_strand_2_of_europe_for_citizens(network, ensie):
    (card,) = ensie["grants"]
    assert card["number"] == "588997-CITIZ-1-2017-1-1SK-CITIZ-NT"
    path, levels = network.json(f"/grants/{card['id']}")["programme"], []
    while path:
        programme = network.json(f"/programmes/{path['id']}")
        levels.append((programme["level"]["id"], programme.get("code"), programme["name"]["en"]))
        path = programme.get("parent")
    assert levels == [
        ("measure", "2.2", "Networks of towns"),
        ("strand", "2", "Strand 2"),
        ("programme", None, "Europe for Citizens"),
    ]


def test_the_baltic_sea_project_has_four_partners_with_their_sites(network, baltic_sea):
    sites = {
        one["country"]["id"]: network.json(f"/organisations/{one['organisation']['id']}")["homepage"]
        for one in baltic_sea["participations"]
    }
    assert sites == {
        "LV": "http://socialinnovation.lv/en/",
        "DK": "http://sociale-entreprenører.dk/english.html",
        "PL": "http://biser.org.pl/",
        "RU": "http://www.krauslab.ru/",
    }
    assert [one["role"]["id"] for one in baltic_sea["participations"]] == ["coordinator", *["partner"] * 3]
    assert [one["id"] for one in baltic_sea["countries"]] == ["DK", "LV", "PL", "RU"]


def test_the_baltic_sea_project_lasts_a_year_with_no_invented_end_or_status(baltic_sea):
    assert (baltic_sea["start"], baltic_sea["duration"]) == ("2017-09", "P1Y")
    assert not baltic_sea.keys() & {"end", "end_earliest", "end_latest", "status"}


def test_the_funder_of_the_baltic_sea_project_keeps_its_spellings_as_aliases(network, baltic_sea):
    (card,) = baltic_sea["grants"]
    grant = network.json(f"/grants/{card['id']}")
    assert grant["number"] == "17055"
    (funder,) = grant["funders"]
    organisation = network.json(f"/organisations/{funder['id']}")
    names = {organisation["name"]["lv"], organisation["name"]["en"], *organisation["aliases"]["lv"]}
    assert names == {
        "Nordic Council of Ministers",
        "Ziemeļu ministru padome",
        "Ziemeļu Ministru padome",
        "Ziemeļvalstu Ministru padome",
    }


@needs_shared
def test_acknowledgements_and_the_disclaimer_are_verbatim(network):
    grants = [
        network.json(one["uri"].partition("#")[0].removeprefix("https://data.example.org"))
        for one in network.json("/grants")["items"]
    ]
    acknowledged = {one["projects"][0]["id"]: one["acknowledgement"]["lv"] for one in grants}
    assert acknowledged["ensie"] in source("ensie")
    assert acknowledged["social-entrepreneurship-baltic-sea"] in source("baltic-sea")
    programme = network.json("/programmes/nordic-council-of-ministers-programme")
    assert programme["disclaimer"]["lv"] in source("baltic-sea")
    assert programme["disclaimer"].keys() == {"lv"}


def records(network):
    for collection in network.json("/")["collections"]:
        for item in network.json(f"/{collection['id']}?limit=200")["items"]:
            yield collection["id"], item["id"], network.get(f"/{collection['id']}/{item['id']}")


def test_every_record_names_its_sources_and_what_of_it_is_our_translation(network):
    for _, _, answer in records(network):
        record = answer.json()["record"]
        assert record["sources"]
        assert [one["id"] for one in record.get("translated", [])] in (["en"], [])


def test_our_own_sentences_are_in_latvian_and_english(network):
    for collection, identifier, answer in records(network):
        for key in ("title", "summary", "objectives", "results"):
            if value := answer.json().get(key):
                assert value.keys() == {"lv", "en"}, (collection, identifier, key)
                assert len(set(map(len, value.values()))) == 1 or isinstance(value["lv"], str)


def test_what_is_served_can_be_sent_back_and_is_the_file(network):
    for collection, identifier, answer in records(network):
        shape = MODEL.by_collection[collection]
        file = (ROOT / "data" / collection / f"{identifier}.json").read_bytes()
        assert decode(shape, answer.content, identifier) == decode(shape, file, identifier)


def test_no_private_person_is_in_any_record(network):
    for _, _, answer in records(network):
        text = json.dumps(answer.json(), ensure_ascii=False)
        assert "@" not in text
        assert "Stirān" not in text
