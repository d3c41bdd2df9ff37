"""Tests of the network's own content: each record has the facts of its source and no others."""

import json
import re

import pytest

from schema import MODEL
from schema.validation.decoder import decode_record
from tests.support.site import BASE, FORMATS, ROOT, SHARED, content_addresses, needs_shared

SOURCE_FILES = {
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
def records_by_path(network):
    """Return the document of every record, by its path."""
    paths = {
        item["uri"].removeprefix(BASE).removesuffix("#this")
        for collection in network.json("/")["collections"]
        for item in network.json(f"/{collection['id']}?limit=200")["items"]
    }
    return {path: network.json(path) for path in sorted(paths)}


def source_text(name: str) -> str:
    return " ".join((SHARED / "seeds" / SOURCE_FILES[name]).read_text(encoding="utf-8").split())


def ids(cards) -> list[str]:
    return [card["id"] for card in cards]


def eu_programmes() -> dict[str, str]:
    """Return the names in the EU's table of programmes, by code."""
    table = (SHARED / "conformance/eu-authority/genericode-2026/eu-programme.gc").read_text(encoding="utf-8")
    return dict(
        re.findall(r'"code">\s*<SimpleValue>([^<]*).*?"Name">\s*<SimpleValue>([^<]*)', table, re.DOTALL)
    )


def linked_record(network, card):
    """Return the record that a card links to."""
    return network.json(card["uri"].removeprefix(BASE).removesuffix("#this"))


def linked_records(network, project, key):
    """Return the activities or outputs of a project."""
    return [linked_record(network, card) for card in project[key]]


def statuses(network, project) -> dict[str, str | None]:
    return {
        output["id"]: output.get("status", {}).get("id")
        for output in linked_records(network, project, "outputs")
    }


def projects_with(records_by_path, organisation: str) -> set[str]:
    return {
        record["id"]
        for record in records_by_path.values()
        for part in record.get("participations", [])
        if part.get("organisation", {}).get("id") == organisation
    }


# All five


def test_the_five_projects_are_found_by_their_countries(network):
    countries_of = {
        item["id"]: {country["id"] for country in item["countries"]}
        for item in network.json("/projects")["items"]
    }
    assert countries_of.keys() == PROJECTS

    def projects_in(code: str) -> set[str]:
        return {identifier for identifier, countries in countries_of.items() if code in countries}

    assert projects_in("LV") == PROJECTS
    assert projects_in("LT") == {"local-y-mpact"}
    assert projects_in("HU") == projects_in("IT") == {"ensie"}
    assert projects_in("PT") == {"ensie", "local-y-mpact"}
    assert projects_in("SE") == {"buicasus", "local-y-mpact"}
    assert projects_in("ES") == projects_in("FR") == {"buicasus"}


def test_the_five_projects_are_found_by_their_programmes_and_funders(network):
    payers = {
        item["id"]: (ids(item["programmes"]), ids(item.get("funders", [])))
        for item in network.json("/projects")["items"]
    }
    assert payers == {
        "ensie": (["europe-for-citizens-measure-2-2"], ["european-commission"]),
        "social-entrepreneurship-baltic-sea": (
            ["nordic-council-of-ministers-programme"],
            ["nordic-council-of-ministers"],
        ),
        "buicasus": (["easi"], ["european-commission"]),
        INCUBATORS: (["urban-innovative-actions"], []),
        "local-y-mpact": (["erasmus-plus"], ["european-commission"]),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("year=2016", set()),
        ("year=2017", {"ensie", "social-entrepreneurship-baltic-sea"}),
        ("year=2018", {"ensie", "social-entrepreneurship-baltic-sea"}),
        ("year=2021", {"buicasus"}),
        ("year=2022", {"buicasus", "local-y-mpact"}),
        ("year=2023", {"buicasus", "local-y-mpact"}),
        ("country=LV", PROJECTS),
        ("country=SK,HU", {"ensie"}),
        ("country=DK,RU,PL", {"social-entrepreneurship-baltic-sea"}),
        ("country=ES,FR", {"buicasus"}),
        ("country=CY,LT", {"local-y-mpact"}),
        ("programme=europe-for-citizens", {"ensie"}),
        ("programme=nordic-council-of-ministers-programme", {"social-entrepreneurship-baltic-sea"}),
        ("programme=easi", {"buicasus"}),
        ("programme=urban-innovative-actions", {INCUBATORS}),
        ("programme=erasmus-plus", {"local-y-mpact"}),
        ("funder=european-commission", PROJECTS - {"social-entrepreneurship-baltic-sea"}),
        ("funder=nordic-council-of-ministers", {"social-entrepreneurship-baltic-sea"}),
    ],
)
def test_filters_find_the_five_projects_by_year_country_programme_and_funder(network, query, found):
    assert {*ids(network.json(f"/projects?{query}")["items"])} == found


def test_the_european_commission_funds_the_four_programmes_of_the_eu(network):
    for programme in ("easi", "erasmus-plus", "europe-for-citizens", "urban-innovative-actions"):
        assert ids(network.json(f"/programmes/{programme}")["funders"]) == ["european-commission"]
    found = network.json("/projects?funder=european-commission")["items"]
    assert {*ids(found)} == PROJECTS - {"social-entrepreneurship-baltic-sea"}
    proposal = network.json(f"/projects/{INCUBATORS}")
    assert ids(proposal["funders_applied_to"]) == ["european-commission"]


def test_europe_for_citizens_stands_on_ensie(network, ensie):
    path = ["europe-for-citizens", "europe-for-citizens-strand-2", "europe-for-citizens-measure-2-2"]
    assert ids(ensie["programme_path"]) == path
    page = network.get("/projects/ensie?lang=en", accept="text/html").text
    assert "Europe for Citizens" in page


@needs_shared
def test_programmes_of_the_eu_have_the_period_of_its_table(records_by_path):
    for path, record in records_by_path.items():
        for iri in record.get("see_also", ()) if record["type"] == "Programme" else ():
            assert f"({record['start']}/{record['end']})" in eu_programmes()[iri.rpartition("/")[2]], path


def test_an_organisation_in_several_projects_is_one_record(records_by_path):
    assert projects_with(records_by_path, "social-innovation-centre") == {
        "buicasus",
        "ensie",
        "social-entrepreneurship-baltic-sea",
    }
    assert projects_with(records_by_path, "lsua") == {"buicasus", "local-y-mpact"}
    names = [
        record["name"].get("lv") for record in records_by_path.values() if record["type"] == "Organisation"
    ]
    assert names.count("Sociālās inovācijas centrs") == 1
    association = records_by_path["/organisations/lsua"]
    assert association["acronym"] == "LSUA"
    assert association["aliases"] == {"lv": ["Sociālās uzņēmējdarbības asociācija"]}


def test_reach_for_change_is_two_organisations_as_no_source_says_how_they_are_related(records_by_path):
    swedish, latvian = (
        records_by_path[f"/organisations/reach-for-change-{country}"] for country in ("sweden", "latvia")
    )
    assert (swedish["country"]["id"], latvian["country"]["id"]) == ("SE", "LV")
    assert "part_of" not in swedish.keys() | latvian.keys()


def test_se_forum_and_the_swedish_forum_for_social_innovation_are_not_merged_or_linked(records_by_path):
    assert projects_with(records_by_path, "se-forum") == {"local-y-mpact"}
    assert projects_with(records_by_path, "swedish-forum-for-social-innovation") == {"buicasus"}
    for identifier in ("se-forum", "swedish-forum-for-social-innovation"):
        record = records_by_path[f"/organisations/{identifier}"]
        assert not record.keys() & {"aliases", "part_of", "identifiers"}


def test_grants_without_a_known_number_are_identified_by_their_ids(records_by_path):
    grants = [record for record in records_by_path.values() if record["type"] == "Grant"]
    assert {grant["id"]: grant.get("number") for grant in grants} == {
        "588997-citiz-1-2017-1-1sk-citiz-nt": "588997-CITIZ-1-2017-1-1SK-CITIZ-NT",
        "ncm-17055": "17055",
        "buicasus-easi": None,
        "local-y-mpact-erasmus-plus": None,
    }


def test_only_the_grant_of_buicasus_has_amounts_as_no_other_source_has_one(records_by_path):
    with_amounts = [path for path, record in records_by_path.items() if '"amounts"' in json.dumps(record)]
    assert with_amounts == ["/grants/buicasus-easi"]


# ENSIE


def test_ensie_has_one_named_partner_and_eleven_unnamed_ones(ensie):
    named, unnamed = ensie["participations"]
    assert named["organisation"]["id"] == "social-innovation-centre"
    assert "organisation" not in unnamed
    assert (named["count"], unnamed["count"]) == (1, 11)


def test_ensie_involves_ten_countries(ensie):
    codes = ["CZ", "HR", "HU", "IT", "LV", "PT", "RO", "RS", "SI", "SK"]
    assert ids(ensie["countries"]) == codes
    assert sorted(ids(ensie["countries_stated"])) == codes


def test_ensie_begins_and_ends_in_known_months_without_days(ensie):
    assert (ensie["start"], ensie["end"]) == ("2017-09", "2018-12")
    assert (ensie["start_earliest"], ensie["end_latest"]) == ("2017-09-01", "2018-12-31")
    assert ensie["status"]["id"] == "completed"


def test_ensie_was_paid_under_measure_2_2_of_strand_2_of_europe_for_citizens(network, ensie):
    (card,) = ensie["grants"]
    assert card["number"] == "588997-CITIZ-1-2017-1-1SK-CITIZ-NT"
    path, levels = linked_record(network, card)["programme"], []
    while path:
        programme = linked_record(network, path)
        levels.append((programme["level"]["id"], programme.get("code"), programme["name"]["en"]))
        path = programme.get("parent")
    assert levels == [
        ("measure", "2.2", "Networks of towns"),
        ("strand", "2", "Strand 2"),
        ("programme", None, "Europe for Citizens"),
    ]


def test_ensie_has_six_events_without_dates_places_or_organisers(network, ensie):
    (events,) = linked_records(network, ensie, "activities")
    assert (events["count"], events["status"]["id"]) == (6, "held")
    assert not events.keys() & {"start", "end", "places", "organisers"}


def test_the_effects_of_ensie_are_results_and_its_planned_products_are_outputs(network, ensie):
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
        part["country"]["id"]: linked_record(network, part["organisation"])["homepage"]
        for part in baltic_sea["participations"]
    }
    assert sites == {
        "LV": "http://socialinnovation.lv/en/",
        "DK": "http://sociale-entreprenører.dk/english.html",
        "PL": "http://biser.org.pl/",
        "RU": "http://www.krauslab.ru/",
    }
    assert [part["role"]["id"] for part in baltic_sea["participations"]] == ["coordinator", *["partner"] * 3]
    assert ids(baltic_sea["countries"]) == ["DK", "LV", "PL", "RU"]


def test_the_baltic_sea_project_lasts_a_year_with_no_invented_end_or_status(baltic_sea):
    assert (baltic_sea["start"], baltic_sea["duration"]) == ("2017-09", "P1Y")
    assert not baltic_sea.keys() & {"end", "end_earliest", "end_latest", "status"}


def test_the_funder_of_the_baltic_sea_project_keeps_its_spellings_as_aliases(network, baltic_sea):
    (card,) = baltic_sea["grants"]
    grant = linked_record(network, card)
    assert grant["number"] == "17055"
    (funder,) = grant["funders"]
    organisation = linked_record(network, funder)
    names = {organisation["name"]["lv"], organisation["name"]["en"], *organisation["aliases"]["lv"]}
    assert names == {
        "Nordic Council of Ministers",
        "Ziemeļu ministru padome",
        "Ziemeļu Ministru padome",
        "Ziemeļvalstu Ministru padome",
    }


def test_the_activities_of_the_baltic_sea_project_are_in_the_order_of_the_source(network, baltic_sea):
    activities = linked_records(network, baltic_sea, "activities")
    assert [(activity["order"], activity["kind"]["id"]) for activity in activities] == [
        (1, "development"),
        (2, "training"),
        (3, "development"),
        (4, "study-visit"),
        (5, "study-visit"),
        (6, "promotion"),
    ]


def test_the_local_trainings_are_in_three_countries_in_one_of_two_months(network):
    trainings = network.json("/activities/baltic-sea-local-trainings")
    assert trainings["start"] == trainings["end"] == "[2018-03,2018-04]"
    assert (trainings["duration"], trainings["participants"]) == ("P2D", 25)
    assert [place["country"]["id"] for place in trainings["places"]] == ["LV", "PL", "RU"]


@pytest.mark.parametrize(("place", "country"), [("russia", "RU"), ("denmark", "DK")])
def test_a_study_visit_of_five_is_in_the_summer_of_2018(network, place, country):
    visit = network.json(f"/activities/baltic-sea-study-visit-{place}")
    assert (visit["start"], visit["participants"]) == ("2018-22", 5)
    assert (visit["start_earliest"], visit["start_latest"]) == ("2018-06-01", "2018-08-31")
    assert [venue["country"]["id"] for venue in visit["places"]] == [country]


def test_the_module_and_the_course_are_outputs_of_the_activities_that_develop_them(network, baltic_sea):
    activities = {
        output["id"]: output.get("activity", {}).get("id")
        for output in linked_records(network, baltic_sea, "outputs")
    }
    assert activities == {
        "baltic-sea-education-module": "baltic-sea-module-development",
        "baltic-sea-online-course": "baltic-sea-course-development",
    }


def test_the_platform_of_the_baltic_sea_is_promoted_and_is_no_output_of_the_project(network):
    assert network.get("/outputs/baltic-sea-platform").status_code in (404, 410)
    promotion = network.json("/activities/baltic-sea-platform-promotion")
    for text in promotion["summary"].values():
        assert "www.socialenterprisebsr.net" in text


# BuiCaSuS


def test_buicasus_has_fourteen_participations_in_the_order_of_the_source(buicasus):
    assert [part["order"] for part in buicasus["participations"]] == list(range(1, 15))
    assert [(part["organisation"]["id"], part["country"]["id"]) for part in buicasus["participations"]] == [
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


def test_the_two_lists_of_partners_of_buicasus_differ_in_role_and_wording(buicasus):
    roles = [
        (part["role"]["id"], part.get("role_as_stated", {}).get("lv")) for part in buicasus["participations"]
    ]
    assert roles == [
        ("partner", None),
        *[("partner", "projekta partneriem")] * 6,
        *[("associated-partner", "partneriem no Latvijas")] * 7,
    ]
    assert "lead" not in buicasus


def test_the_dates_and_amounts_of_buicasus_have_a_source_of_their_own(network, buicasus):
    assert (buicasus["start"], buicasus["end"]) == ("2021-06-01", "2023-05-31")
    grant = linked_record(network, buicasus["grants"][0])
    assert [(amount["kind"]["id"], amount["value"]) for amount in grant["amounts"]] == [
        ("total-cost", "1064413.00"),
        ("contribution", "851530.00"),
    ]
    for record in (buicasus, grant):
        assert "sif-buicasus-project" in ids(record["record"]["sources"])


def test_the_countries_of_the_visitors_are_not_those_of_the_project_or_the_conference(network, buicasus):
    assert ids(buicasus["countries"]) == ["ES", "FR", "LV", "SE"]
    (conference,) = linked_records(network, buicasus, "activities")
    assert "places" not in conference
    assert (conference["duration"], conference["status"]["id"]) == ("P2D", "held")
    assert ids(conference["organisers"]) == ["society-integration-foundation"]


def test_aims_of_buicasus_are_planned_and_its_products_are_delivered(network, buicasus):
    assert statuses(network, buicasus) == {
        "buicasus-ecosystem-study": "delivered",
        "buicasus-proposals": "planned",
        "buicasus-roadmap": "delivered",
    }


# The network of incubators


def test_the_network_of_incubators_is_a_proposal_to_urban_innovative_actions_without_a_grant(incubators):
    assert ids(incubators["applied_to"]) == ids(incubators["programmes"]) == ["urban-innovative-actions"]
    assert incubators["status"]["id"] == "proposed"
    assert not incubators.keys() & {"grants", "funders", "lead"}


def test_the_incubators_have_one_named_municipality_and_eight_unnamed_ones(incubators):
    ogre, unnamed, *_ = incubators["participations"]
    assert (ogre["organisation"]["id"], ogre["count"]) == ("ogre-municipality", 1)
    assert "organisation" not in unnamed
    assert (unnamed["count"], unnamed["country"]["id"]) == (8, "LV")


def test_a_decision_date_without_a_year_is_in_no_record(network, incubators):
    records = [
        incubators,
        *(record for key in ("activities", "outputs") for record in linked_records(network, incubators, key)),
    ]
    for record in records:
        assert not record.keys() & {"start", "end", "date", "duration"}
        assert "17" not in json.dumps({**record, "record": None}, ensure_ascii=False)


def test_the_target_group_of_the_incubators_works_with_the_municipality(network, incubators):
    group = incubators["participations"][-1]
    assert (group["role"]["id"], group["works_with"]["id"]) == ("target-group", "ogre-municipality")
    assert linked_record(network, group["organisation"])["part_of"]["id"] == "ogre-social-service"


def test_every_output_of_the_incubators_is_planned(network, incubators):
    assert statuses(network, incubators) == dict.fromkeys(ids(incubators["outputs"]), "planned")
    assert network.json("/outputs/incubator-network-models")["count"] == 8
    trainings = network.json("/activities/incubator-network-trainings")
    assert ids(trainings["organisers"]) == ["fonds-sabiedribai"]
    (place,) = network.json("/activities/incubator-network-workshops")["places"]
    assert (place["address"]["lv"], place["locality"]["lv"]) == ("Upes prospekts 16", "Ogre")


# LOCAL-Y-MPACT


def test_each_pilot_area_works_with_a_partner_of_the_same_country(local_y_mpact):
    parts = {part["id"]: part for part in local_y_mpact["participations"]}
    areas = {
        key: part["works_with"]["id"] for key, part in parts.items() if part["role"]["id"] == "pilot-area"
    }
    assert areas == {
        "talsi-municipality": "lsua",
        "dalarna-region": "se-forum",
        "braga-municipality": "cxjv",
        "aglandjia-municipality": "synthesis",
        "trakai-district-municipality": "geri-norai",
    }
    assert {parts[partner]["role"]["id"] for partner in areas.values()} == {"partner"}
    assert all(parts[area]["country"] == parts[partner]["country"] for area, partner in areas.items())
    assert ids(local_y_mpact["countries"]) == ["CY", "LT", "LV", "PT", "SE"]


def test_the_four_phases_are_in_order_and_have_their_outputs(network, local_y_mpact):
    phases = linked_records(network, local_y_mpact, "activities")[:4]
    assert [(phase["order"], phase["kind"]["id"]) for phase in phases] == [
        (order, "phase") for order in (1, 2, 3, 4)
    ]
    outputs = [[card["id"].removeprefix("local-y-mpact-") for card in phase["outputs"]] for phase in phases]
    assert outputs == [
        ["database", "good-practice", "mapping-conclusions", "needs-review"],
        ["cooperation-guide"],
        ["recommendations"],
        ["action-plans", "roadmap"],
    ]


def test_mapping_and_action_plans_are_for_the_five_pilot_areas(network, local_y_mpact):
    areas = [part["id"] for part in local_y_mpact["participations"] if part["role"]["id"] == "pilot-area"]
    for path in ("activities/local-y-mpact-phase-1-mapping", "outputs/local-y-mpact-action-plans"):
        assert ids(network.json(f"/{path}")["for_participations"]) == areas


def test_local_y_mpact_has_planned_outputs_and_delivered_outputs(network, local_y_mpact):
    output_statuses = statuses(network, local_y_mpact)
    planned = {identifier for identifier, status in output_statuses.items() if status == "planned"}
    assert planned == {"local-y-mpact-action-plans"}
    assert set(output_statuses.values()) == {"planned", "delivered"}
    assert network.json("/outputs/local-y-mpact-action-plans")["count"] == 5


def test_one_study_visit_was_held_in_latvia_and_one_is_planned_in_portugal(network, local_y_mpact):
    visits = [
        activity
        for activity in linked_records(network, local_y_mpact, "activities")
        if activity["kind"]["id"] == "study-visit"
    ]
    assert [(visit["status"]["id"], visit["places"][0]["country"]["id"]) for visit in visits] == [
        ("held", "LV"),
        ("planned", "PT"),
    ]


def test_local_y_mpact_has_the_dates_and_english_title_of_its_source_and_no_invented_status(local_y_mpact):
    assert (local_y_mpact["start"], local_y_mpact["end"]) == ("2022-01-03", "2023-10-03")
    assert local_y_mpact["title"]["en"].startswith("Enhancing youth capacity in municipalities and")
    translated = {(part["pointer"], part["language"]["id"]) for part in local_y_mpact["record"]["translated"]}
    assert {pointer for pointer, language in translated if language == "lv"} == {"/title"}
    assert translated.isdisjoint({("", "en"), ("/title", "en")})
    assert not local_y_mpact.keys() & {"status", "lead"}


# Every record


QUOTED_FIELDS = ("acknowledgement", "disclaimer", "name_as_stated", "role_as_stated")


def quotations(record):
    """Yield every text of a record that quotes its source."""
    for key, value in record.items():
        if key in QUOTED_FIELDS:
            yield from value.values()
        for part in value if isinstance(value, list) else ():
            if isinstance(part, dict):
                yield from quotations(part)


@needs_shared
def test_quotations_are_verbatim(records_by_path):
    quoted = [
        (text, record["record"]["sources"][0]["id"])
        for record in records_by_path.values()
        for text in quotations(record)
    ]
    assert len(quoted) > 20
    for text, name in quoted:
        assert text in source_text(name)


@needs_shared
def test_titles_are_those_of_the_sources(records_by_path):
    for path in [f"/projects/{identifier}" for identifier in PROJECTS - {"local-y-mpact"}]:
        assert records_by_path[path]["title"]["lv"] in source_text(
            records_by_path[path]["record"]["sources"][0]["id"]
        )
    (variant,) = records_by_path["/projects/ensie"]["aliases"]["lv"]
    assert variant in source_text("sic-ensie")
    text = source_text("lsua-local-y-mpact")
    assert records_by_path["/projects/local-y-mpact"]["title"]["en"] in text
    for name in ("needs-review", "cooperation-guide", "recommendations", "roadmap"):
        assert f"“{records_by_path[f'/outputs/local-y-mpact-{name}']['title']['lv']}" in text


def test_an_acknowledgement_of_funding_is_in_its_own_project(ensie, baltic_sea, buicasus, local_y_mpact):
    assert "588997-CITIZ-1-2017-1-1SK-CITIZ-NT" in ensie["acknowledgements"]["lv"][0]
    assert "17055" in baltic_sea["acknowledgements"]["lv"][0]
    assert local_y_mpact["acknowledgements"].keys() == baltic_sea["disclaimers"].keys() == {"lv"}
    assert not buicasus.keys() & {"acknowledgements", "disclaimers"}


@needs_shared
def test_programmes_of_the_eu_link_to_the_same_programme_and_period_in_its_table(records_by_path):
    rows = eu_programmes()
    links = {path: record["see_also"] for path, record in records_by_path.items() if "see_also" in record}
    assert {path: [rows[iri.rpartition("/")[2]] for iri in iris] for path, iris in links.items()} == {
        "/programmes/europe-for-citizens": ["Europe for Citizens (2014/2020)"],
        "/programmes/easi": [
            "European Union programme for employment and social innovation (EaSI) (2014/2020)"
        ],
        "/programmes/erasmus-plus": ["Erasmus+ (2021/2027)"],
    }


def test_every_record_but_a_source_names_its_sources_and_its_translations(records_by_path):
    for record in records_by_path.values():
        if record["type"] == "Source":
            continue
        assert {source["id"] for source in record["record"]["sources"]} & SOURCE_FILES.keys()
        languages = {part["language"]["id"] for part in record["record"].get("translated", [])}
        assert languages in ({"en"}, {"lv", "en"}, set())


def test_every_list_finds_the_records_of_each_source(network, records_by_path):
    written = {}
    for path, record in records_by_path.items():
        for source in record["record"].get("sources", []):
            written.setdefault(source["id"], set()).add(path)
    assert written.keys() == {
        record["id"] for record in records_by_path.values() if record["type"] == "Source"
    }
    for source, paths in written.items():
        lists = [card for name, card in network.json(f"/sources/{source}").items() if name.endswith("_list")]
        assert sum(card["total"] for card in lists) == len(paths)
        found = {
            item["uri"].removeprefix(BASE).removesuffix("#this")
            for card in lists
            for item in network.json(f"{card['uri'].removeprefix(BASE)}&limit=200")["items"]
        }
        assert found == paths


def test_texts_of_the_network_are_in_latvian_and_english(records_by_path):
    for path, record in records_by_path.items():
        # The title of a source is in the language of the source.
        for key in (
            ("title", "summary", "objectives", "results", "keywords") if record["type"] != "Source" else ()
        ):
            if value := record.get(key):
                assert value.keys() == {"lv", "en"}, (path, key)
                assert len(set(map(len, value.values()))) == 1 or isinstance(value["lv"], str)


def test_a_served_record_decodes_to_the_same_record_as_its_file(network, records_by_path):
    for path in records_by_path:
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
def test_no_private_person_or_mailbox_is_in_any_response(network, name):
    persons = ("Stirān", "Pūce", "Grīsl", "Taman")
    for address in content_addresses(network):
        response = network.get(f"{address}{'&' if '?' in address else '?'}format={name}")
        assert response.status_code == 200, address
        assert not [person for person in persons if person in response.text], address
        assert not re.search(r"\w@\w", response.text), address
