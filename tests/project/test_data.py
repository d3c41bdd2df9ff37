"""The network's own content: what its sources say, all of it and nothing besides."""

import json
import re

import pytest

from schema import MODEL
from schema.validation.decoder import decode_record
from tests.support.site import BASE, FORMATS, ROOT, SHARED, content_addresses, needs_shared

TEXTS = {
    "sic-ensie": "000_f291bf60caaf3594.txt",
    "sic-baltic-sea": "001_234faf01afa8aaad.txt",
    "sif-buicasus": "002_8facf9e9ef09ddd8.txt",
    "ogre24-incubator-network": "003_396bf2f39102a77b.txt",
    "lsua-local-y-mpact": "004_6e3afb9b17801d53.txt",
}

INCUBATORS = "social-entrepreneurship-incubator-network"

PROJECTS = {"buicasus", "ensie", "local-y-mpact", "social-entrepreneurship-baltic-sea", INCUBATORS}


@pytest.fixture
def ensie(network):
    return network.json("/projects/ensie")


@pytest.fixture
def baltic_sea(network):
    return network.json("/projects/social-entrepreneurship-baltic-sea")


@pytest.fixture
def buicasus(network):
    return network.json("/projects/buicasus")


@pytest.fixture
def incubators(network):
    return network.json(f"/projects/{INCUBATORS}")


@pytest.fixture
def local_y_mpact(network):
    return network.json("/projects/local-y-mpact")


@pytest.fixture(scope="module")
def everything(network):
    """Return every record by its address."""
    paths = {
        item["uri"].removeprefix(BASE).removesuffix("#this")
        for collection in network.json("/")["collections"]
        for item in network.json(f"/{collection['id']}?limit=200")["items"]
    }
    return {path: network.json(path) for path in sorted(paths)}


def source(name: str) -> str:
    return " ".join((SHARED / "seeds" / TEXTS[name]).read_text(encoding="utf-8").split())


def shown(cards) -> list[str]:
    return [card["id"] for card in cards]


def at(network, card):
    """Return the record that a card leads to."""
    return network.json(card["uri"].removeprefix(BASE).removesuffix("#this"))


def listed(network, project, key):
    """Return the activities or outputs of a project."""
    return [at(network, card) for card in project[key]]


def statuses(network, project) -> dict[str, str | None]:
    return {one["id"]: one.get("status", {}).get("id") for one in listed(network, project, "outputs")}


def projects_with(everything, organisation: str) -> set[str]:
    return {
        record["id"]
        for record in everything.values()
        for part in record.get("participations", [])
        if part.get("organisation", {}).get("id") == organisation
    }


# All five


def test_the_five_projects_are_found_by_their_countries(network):
    found = {
        item["id"]: {one["id"] for one in item["countries"]} for item in network.json("/projects")["items"]
    }
    assert found.keys() == PROJECTS

    def among(code: str) -> set[str]:
        return {identifier for identifier, countries in found.items() if code in countries}

    assert among("LV") == PROJECTS
    assert among("LT") == {"local-y-mpact"}
    assert among("HU") == among("IT") == {"ensie"}
    assert among("PT") == {"ensie", "local-y-mpact"}
    assert among("SE") == {"buicasus", "local-y-mpact"}
    assert among("ES") == among("FR") == {"buicasus"}


def test_the_five_projects_are_found_by_their_programmes_and_funders(network):
    found = {
        item["id"]: (shown(item["programmes"]), shown(item.get("funders", [])))
        for item in network.json("/projects")["items"]
    }
    assert found == {
        "ensie": (["europe-for-citizens-measure-2-2"], []),
        "social-entrepreneurship-baltic-sea": (
            ["nordic-council-of-ministers-programme"],
            ["nordic-council-of-ministers"],
        ),
        "buicasus": (["easi"], []),
        INCUBATORS: (["urban-innovative-actions"], []),
        "local-y-mpact": (["erasmus-plus"], ["european-commission"]),
    }


def test_the_european_commission_funds_erasmus_plus_and_urban_innovative_actions(network):
    for programme in ("erasmus-plus", "urban-innovative-actions"):
        assert shown(network.json(f"/programmes/{programme}")["funders"]) == ["european-commission"]
    assert "funders" not in network.json("/programmes/easi")


def test_an_organisation_in_several_projects_is_one_record(everything):
    assert projects_with(everything, "social-innovation-centre") == {
        "buicasus",
        "ensie",
        "social-entrepreneurship-baltic-sea",
    }
    assert projects_with(everything, "lsua") == {"buicasus", "local-y-mpact"}
    names = [one["name"].get("lv") for one in everything.values() if one["type"] == "Organisation"]
    assert names.count("Sociālās inovācijas centrs") == 1
    association = everything["/organisations/lsua"]
    assert association["acronym"] == "LSUA"
    assert association["aliases"] == {"lv": ["Sociālās uzņēmējdarbības asociācija"]}


def test_reach_for_change_is_two_organisations_and_the_latvian_one_a_part_of_the_swedish(everything):
    swedish, latvian = (everything[f"/organisations/reach-for-change-{one}"] for one in ("sweden", "latvia"))
    assert (swedish["country"]["id"], latvian["country"]["id"]) == ("SE", "LV")
    assert latvian["part_of"]["id"] == "reach-for-change-sweden"
    assert "part_of" not in swedish


def test_se_forum_and_the_swedish_forum_for_social_innovation_are_not_said_to_be_the_same(everything):
    assert projects_with(everything, "se-forum") == {"local-y-mpact"}
    assert projects_with(everything, "swedish-forum-for-social-innovation") == {"buicasus"}
    for identifier in ("se-forum", "swedish-forum-for-social-innovation"):
        record = everything[f"/organisations/{identifier}"]
        assert not record.keys() & {"aliases", "part_of", "identifiers"}


def test_grants_whose_numbers_are_not_known_are_known_by_their_ids(everything):
    grants = [one for one in everything.values() if one["type"] == "Grant"]
    assert {one["id"]: one.get("number") for one in grants} == {
        "588997-citiz-1-2017-1-1sk-citiz-nt": "588997-CITIZ-1-2017-1-1SK-CITIZ-NT",
        "ncm-17055": "17055",
        "buicasus-easi": None,
        "local-y-mpact-erasmus-plus": None,
    }


def test_no_amount_is_told_because_no_source_tells_one(everything):
    assert not [path for path, one in everything.items() if '"amounts"' in json.dumps(one)]


# ENSIE


def test_ensie_has_twelve_partners_as_one_named_and_eleven_others(ensie):
    named, others = ensie["participations"]
    assert named["organisation"]["id"] == "social-innovation-centre"
    assert "organisation" not in others
    assert (named["count"], others["count"]) == (1, 11)


def test_ensie_involves_ten_countries(ensie):
    ten = ["CZ", "HR", "HU", "IT", "LV", "PT", "RO", "RS", "SI", "SK"]
    assert shown(ensie["countries"]) == ten
    assert sorted(shown(ensie["countries_stated"])) == ten


def test_ensie_began_and_ended_in_months_that_are_known_and_no_days(ensie):
    assert (ensie["start"], ensie["end"]) == ("2017-09", "2018-12")
    assert (ensie["start_earliest"], ensie["end_latest"]) == ("2017-09-01", "2018-12-31")
    assert ensie["status"]["id"] == "completed"


def test_ensie_was_paid_under_measure_2_2_of_strand_2_of_europe_for_citizens(network, ensie):
    (card,) = ensie["grants"]
    assert card["number"] == "588997-CITIZ-1-2017-1-1SK-CITIZ-NT"
    path, levels = at(network, card)["programme"], []
    while path:
        programme = at(network, path)
        levels.append((programme["level"]["id"], programme.get("code"), programme["name"]["en"]))
        path = programme.get("parent")
    assert levels == [
        ("measure", "2.2", "Networks of towns"),
        ("strand", "2", "Strand 2"),
        ("programme", None, "Europe for Citizens"),
    ]


def test_ensie_held_six_events_of_which_no_more_is_known(network, ensie):
    (events,) = listed(network, ensie, "activities")
    assert (events["count"], events["status"]["id"]) == (6, "held")
    assert not events.keys() & {"start", "end", "places", "organisers"}


def test_the_effects_of_ensie_are_results_and_what_it_planned_to_make_are_outputs(network, ensie):
    assert len(ensie["results"]["lv"]) == 2
    assert statuses(network, ensie) == {
        "ensie-handbook": "planned",
        "ensie-platform": "planned",
        "ensie-results-publication": "delivered",
        "ensie-strategy": "planned",
    }


# Social entrepreneurship in the Baltic Sea region


def test_the_baltic_sea_project_has_four_partners_with_their_sites(network, baltic_sea):
    sites = {
        one["country"]["id"]: at(network, one["organisation"])["homepage"]
        for one in baltic_sea["participations"]
    }
    assert sites == {
        "LV": "http://socialinnovation.lv/en/",
        "DK": "http://sociale-entreprenører.dk/english.html",
        "PL": "http://biser.org.pl/",
        "RU": "http://www.krauslab.ru/",
    }
    assert [one["role"]["id"] for one in baltic_sea["participations"]] == ["coordinator", *["partner"] * 3]
    assert shown(baltic_sea["countries"]) == ["DK", "LV", "PL", "RU"]


def test_the_baltic_sea_project_lasts_a_year_with_no_invented_end_or_status(baltic_sea):
    assert (baltic_sea["start"], baltic_sea["duration"]) == ("2017-09", "P1Y")
    assert not baltic_sea.keys() & {"end", "end_earliest", "end_latest", "status"}


def test_the_funder_of_the_baltic_sea_project_keeps_its_spellings_as_aliases(network, baltic_sea):
    (card,) = baltic_sea["grants"]
    grant = at(network, card)
    assert grant["number"] == "17055"
    (funder,) = grant["funders"]
    organisation = at(network, funder)
    names = {organisation["name"]["lv"], organisation["name"]["en"], *organisation["aliases"]["lv"]}
    assert names == {
        "Nordic Council of Ministers",
        "Ziemeļu ministru padome",
        "Ziemeļu Ministru padome",
        "Ziemeļvalstu Ministru padome",
    }


def test_the_activities_of_the_baltic_sea_project_are_in_the_order_of_the_source(network, baltic_sea):
    activities = listed(network, baltic_sea, "activities")
    assert [(one["order"], one["kind"]["id"]) for one in activities] == [
        (1, "development"),
        (2, "training"),
        (3, "development"),
        (4, "study-visit"),
        (5, "study-visit"),
        (6, "promotion"),
    ]


def test_the_local_trainings_are_in_three_countries_in_two_months(network):
    trainings = network.json("/activities/baltic-sea-local-trainings")
    assert (trainings["start"], trainings["end"]) == ("2018-03", "2018-04")
    assert (trainings["duration"], trainings["participants"]) == ("P2D", 25)
    assert [one["country"]["id"] for one in trainings["places"]] == ["LV", "PL", "RU"]


@pytest.mark.parametrize(("place", "country"), [("russia", "RU"), ("denmark", "DK")])
def test_a_study_visit_of_five_is_in_the_summer_of_2018(network, place, country):
    visit = network.json(f"/activities/baltic-sea-study-visit-{place}")
    assert (visit["start"], visit["participants"]) == ("2018-22", 5)
    assert (visit["start_earliest"], visit["start_latest"]) == ("2018-06-01", "2018-08-31")
    assert [one["country"]["id"] for one in visit["places"]] == [country]


def test_the_module_and_the_course_are_made_in_the_activities_that_develop_them(network, baltic_sea):
    made = {one["id"]: one.get("activity", {}).get("id") for one in listed(network, baltic_sea, "outputs")}
    assert made == {
        "baltic-sea-education-module": "baltic-sea-module-development",
        "baltic-sea-online-course": "baltic-sea-course-development",
        "baltic-sea-platform": None,
    }
    platform = network.json("/outputs/baltic-sea-platform")
    assert platform["url"] == "http://www.socialenterprisebsr.net/"
    assert "status" not in platform


# BuiCaSus


def test_buicasus_has_fourteen_participations_in_the_order_of_the_source(buicasus):
    assert [one["order"] for one in buicasus["participations"]] == list(range(1, 15))
    assert [(one["organisation"]["id"], one["country"]["id"]) for one in buicasus["participations"]] == [
        ("society-integration-foundation", "LV"),
        ("spain-ministry-of-labour-and-social-economy", "ES"),
        ("spain-state-secretary-for-social-rights", "ES"),
        ("swedish-forum-for-social-innovation", "SE"),
        ("reach-for-change-sweden", "SE"),
        ("inkludera", "SE"),
        ("avise", "FR"),
        ("lsua", "LV"),
        ("reach-for-change-latvia", "LV"),
        ("new-doors", "LV"),
        ("social-innovation-centre", "LV"),
        ("ceribu-sparni", "LV"),
        ("samaritan-association-of-latvia", "LV"),
        ("zelda", "LV"),
    ]


def test_who_led_buicasus_and_when_it_ran_is_not_invented(buicasus):
    assert {one["role"]["id"] for one in buicasus["participations"]} == {"partner"}
    assert not buicasus.keys() & {"lead", "start", "end", "duration"}


def test_the_countries_of_the_visitors_are_not_those_of_the_project_or_the_conference(network, buicasus):
    assert shown(buicasus["countries"]) == ["ES", "FR", "LV", "SE"]
    (conference,) = listed(network, buicasus, "activities")
    assert "places" not in conference
    assert (conference["duration"], conference["status"]["id"]) == ("P2D", "held")
    assert shown(conference["organisers"]) == ["society-integration-foundation"]


def test_what_buicasus_aimed_at_is_planned_and_what_it_made_is_delivered(network, buicasus):
    assert statuses(network, buicasus) == {
        "buicasus-ecosystem-study": "delivered",
        "buicasus-proposals": "planned",
        "buicasus-roadmap": "delivered",
    }


# The network of incubators


def test_the_network_of_incubators_is_a_proposal_to_urban_innovative_actions_without_a_grant(incubators):
    assert shown(incubators["applied_to"]) == shown(incubators["programmes"]) == ["urban-innovative-actions"]
    assert incubators["status"]["id"] == "proposed"
    assert not incubators.keys() & {"grants", "funders", "lead"}


def test_one_municipality_is_named_and_eight_are_not(incubators):
    ogre, others, *_ = incubators["participations"]
    assert (ogre["organisation"]["id"], ogre["count"]) == ("ogre-municipality", 1)
    assert "organisation" not in others
    assert (others["count"], others["country"]["id"]) == (8, "LV")


def test_the_day_of_a_decision_that_names_no_year_is_not_carried(network, incubators):
    about = [
        incubators,
        *(one for key in ("activities", "outputs") for one in listed(network, incubators, key)),
    ]
    for record in about:
        assert not record.keys() & {"start", "end", "date", "duration"}
        assert "17" not in json.dumps({**record, "record": None}, ensure_ascii=False)


def test_the_target_group_of_the_incubators_goes_with_the_municipality(network, incubators):
    group = incubators["participations"][-1]
    assert (group["role"]["id"], group["works_with"]["id"]) == ("target-group", "ogre-municipality")
    assert at(network, group["organisation"])["part_of"]["id"] == "ogre-social-service"


def test_what_the_incubators_will_make_is_planned_and_nothing_is_delivered(network, incubators):
    assert statuses(network, incubators) == dict.fromkeys(shown(incubators["outputs"]), "planned")
    assert network.json("/outputs/incubator-network-models")["count"] == 8
    trainings = network.json("/activities/incubator-network-trainings")
    assert shown(trainings["organisers"]) == ["fonds-sabiedribai"]
    (place,) = network.json("/activities/incubator-network-workshops")["places"]
    assert (place["address"]["lv"], place["locality"]["lv"]) == ("Upes prospekts 16", "Ogre")


# LOCAL-Y-MPACT


def test_each_pilot_area_goes_with_its_partner_and_shares_its_country(local_y_mpact):
    parts = {one["id"]: one for one in local_y_mpact["participations"]}
    areas = {key: one["works_with"]["id"] for key, one in parts.items() if one["role"]["id"] == "pilot-area"}
    assert areas == {
        "talsi-municipality": "lsua",
        "dalarna-region": "se-forum",
        "braga-municipality": "cxjv",
        "aglandjia-municipality": "synthesis",
        "trakai-district-municipality": "geri-norai",
    }
    assert {parts[one]["role"]["id"] for one in areas.values()} == {"partner"}
    assert all(parts[area]["country"] == parts[partner]["country"] for area, partner in areas.items())
    assert shown(local_y_mpact["countries"]) == ["CY", "LT", "LV", "PT", "SE"]


def test_the_four_phases_are_in_order_and_have_their_outputs(network, local_y_mpact):
    phases = listed(network, local_y_mpact, "activities")[:4]
    assert [(one["order"], one["kind"]["id"]) for one in phases] == [(one, "phase") for one in (1, 2, 3, 4)]
    made = [[card["id"].removeprefix("local-y-mpact-") for card in one["outputs"]] for one in phases]
    assert made == [
        ["database", "good-practice", "mapping-conclusions", "needs-review"],
        ["cooperation-guide", "toolkit"],
        ["recommendations"],
        ["action-plans", "roadmap"],
    ]


def test_what_local_y_mpact_planned_and_what_it_delivered_differ(network, local_y_mpact):
    found = statuses(network, local_y_mpact)
    planned = {one for one, status in found.items() if status == "planned"}
    assert planned == {"local-y-mpact-toolkit", "local-y-mpact-action-plans"}
    assert set(found.values()) == {"planned", "delivered"}
    assert network.json("/outputs/local-y-mpact-action-plans")["count"] == 5


def test_one_study_visit_was_held_in_latvia_and_one_is_planned_in_portugal(network, local_y_mpact):
    visits = [
        one for one in listed(network, local_y_mpact, "activities") if one["kind"]["id"] == "study-visit"
    ]
    assert [(one["status"]["id"], one["places"][0]["country"]["id"]) for one in visits] == [
        ("held", "LV"),
        ("planned", "PT"),
    ]


def test_local_y_mpact_has_the_days_and_the_english_title_of_its_source_and_no_invented_status(local_y_mpact):
    assert (local_y_mpact["start"], local_y_mpact["end"]) == ("2022-01-03", "2023-10-03")
    assert local_y_mpact["title"]["en"].startswith("Enhancing youth capacity in municipalities and")
    assert shown(local_y_mpact["record"]["translated"]) == ["lv", "en"]
    assert not local_y_mpact.keys() & {"status", "lead"}


# What holds for every record


STATED = ("acknowledgement", "disclaimer", "name_as_stated", "role_as_stated")


def stated(record):
    """Yield every text of a record that its source is quoted for."""
    for key, value in record.items():
        if key in STATED:
            yield from value.values()
        for part in value if isinstance(value, list) else ():
            if isinstance(part, dict):
                yield from stated(part)


@needs_shared
def test_what_is_quoted_is_verbatim(everything):
    quoted = [
        (text, one["record"]["sources"][0]["id"]) for one in everything.values() for text in stated(one)
    ]
    assert len(quoted) > 20
    for text, name in quoted:
        assert text in source(name)


@needs_shared
def test_titles_that_sources_give_are_theirs(everything):
    for path in [f"/projects/{one}" for one in PROJECTS - {"local-y-mpact"}]:
        assert everything[path]["title"]["lv"] in source(everything[path]["record"]["sources"][0]["id"])
    given = source("lsua-local-y-mpact")
    assert everything["/projects/local-y-mpact"]["title"]["en"] in given
    for name in ("needs-review", "cooperation-guide", "recommendations", "roadmap"):
        assert f"“{everything[f'/outputs/local-y-mpact-{name}']['title']['lv']}" in given


def test_a_funding_line_is_on_the_project_that_it_is_for(ensie, baltic_sea, buicasus, local_y_mpact):
    assert "588997-CITIZ-1-2017-1-1SK-CITIZ-NT" in ensie["acknowledgements"]["lv"][0]
    assert "17055" in baltic_sea["acknowledgements"]["lv"][0]
    assert local_y_mpact["acknowledgements"].keys() == baltic_sea["disclaimers"].keys() == {"lv"}
    assert not buicasus.keys() & {"acknowledgements", "disclaimers"}


@needs_shared
def test_programmes_of_the_eu_lead_to_the_same_programme_and_period_in_its_table(everything):
    table = (SHARED / "conformance/eu-authority/genericode-2026/eu-programme.gc").read_text(encoding="utf-8")
    rows = dict(
        re.findall(r'"code">\s*<SimpleValue>([^<]*).*?"Name">\s*<SimpleValue>([^<]*)', table, re.DOTALL)
    )
    found = {path: one["see_also"] for path, one in everything.items() if "see_also" in one}
    assert {path: [rows[iri.rpartition("/")[2]] for iri in iris] for path, iris in found.items()} == {
        "/programmes/europe-for-citizens": ["Europe for Citizens (2014/2020)"],
        "/programmes/easi": [
            "European Union programme for employment and social innovation (EaSI) (2014/2020)"
        ],
        "/programmes/erasmus-plus": ["Erasmus+ (2021/2027)"],
    }


def test_every_record_names_its_sources_and_what_of_it_is_our_translation(everything):
    for one in everything.values():
        assert {source["id"] for source in one["record"]["sources"]} & TEXTS.keys()
        assert shown(one["record"].get("translated", [])) in (["en"], ["lv", "en"], [])


def test_our_own_sentences_are_in_latvian_and_english(everything):
    for path, one in everything.items():
        for key in ("title", "summary", "objectives", "results", "keywords"):
            if value := one.get(key):
                assert value.keys() == {"lv", "en"}, (path, key)
                assert len(set(map(len, value.values()))) == 1 or isinstance(value["lv"], str)


def test_what_is_served_can_be_sent_back_and_is_the_file(network, everything):
    for path in everything:
        _, collection, identifier = path.split("/")
        shape = MODEL.by_collection[collection]
        file = (ROOT / "data" / f"{collection}/{identifier}.json").read_bytes()
        assert decode_record(shape, network.get(path).content, identifier) == decode_record(
            shape, file, identifier
        )


def test_contact_points_are_functions_of_organisations(ensie, baltic_sea):
    functions = {"projekta vadītāja Latvijā": ensie, "projekta vadītāja": baltic_sea}
    for function, project in functions.items():
        (point,) = project["contact_points"]
        assert point["organisation"]["id"] == "social-innovation-centre"
        assert point["role_as_stated"] == {"lv": function}
        assert "email" not in point


@pytest.mark.parametrize("name", FORMATS)
def test_no_private_person_or_mailbox_is_in_any_answer(network, name):
    persons = ("Stirān", "Pūce", "Grīsl", "Taman")
    for address in content_addresses(network):
        answer = network.get(f"{address}{'&' if '?' in address else '?'}format={name}")
        assert answer.status_code == 200, address
        assert not [one for one in persons if one in answer.text], address
        assert not re.search(r"\w@\w", answer.text), address
