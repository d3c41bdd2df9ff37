"""Tests of facts that a review of the content mended: names, places, sources, and what is no longer claimed."""

import pytest

from tests.support.site import BASE

FIVE = (
    "sic-ensie",
    "sic-baltic-sea",
    "sif-buicasus",
    "ogre24-incubator-network",
    "lsua-local-y-mpact",
)

OUTSIDE = [
    # record, source of what is not in the five documents, its address
    ("/programmes/easi", "eu-programme-table", "http://publications.europa.eu/"),
    ("/programmes/erasmus-plus", "eu-programme-table", "http://publications.europa.eu/"),
    ("/programmes/europe-for-citizens", "eu-programme-table", "http://publications.europa.eu/"),
    (
        "/projects/ensie",
        "sic-ensie-launch",
        "http://socialinnovation.lv/en/latviesu-partneriba-ar-12-valstim",
    ),
    ("/projects/ensie", "ensie-site", "http://ensie.sk/"),
    ("/projects/social-entrepreneurship-baltic-sea", "biser-baltic-sea", "https://biser-en.org.pl/"),
    ("/organisations/nordic-council-of-ministers", "norden-lv", "https://www.norden.lv/"),
    ("/projects/buicasus", "sif-buicasus-project", "https://www.sif.gov.lv/lv/projekts/"),
    ("/grants/buicasus-easi", "sif-buicasus-project", "https://www.sif.gov.lv/lv/projekts/"),
    ("/projects/buicasus", "buicasus-kick-off", "https://buicasus.eu/"),
    ("/organisations/spain-state-secretary-for-social-rights", "buicasus-kick-off", "https://buicasus.eu/"),
    ("/organisations/society-integration-foundation", "sif-site", "https://www.sif.gov.lv/"),
    (
        "/organisations/ministry-of-environment-and-regional-development",
        "eea-grants",
        "https://eeagrants.org/",
    ),
    ("/organisations/lsua", "lsua-site", "https://sua.lv/"),
    ("/outputs/local-y-mpact-cooperation-guide", "lsua-journey", "https://sua.lv/en/the-impactful-journey"),
]

STATED_NAMES = [
    # project, participation, name of the organisation, name in the document
    (
        "social-entrepreneurship-incubator-network",
        "riga-technical-university",
        "Rīgas Tehniskā universitāte",
        "Rīgas Tehniskā Universitāte",
    ),
    (
        "social-entrepreneurship-incubator-network",
        "ministry-of-environment-and-regional-development",
        "Vides aizsardzības un reģionālās attīstības ministrija",
        "Vides un reģionālās attīstības ministrija",
    ),
    (
        "local-y-mpact",
        "trakai-district-municipality",
        "Traķu rajona pašvaldība",
        "Trāķu rajona pašvaldību",
    ),
]


@pytest.mark.parametrize(("path", "source", "address"), OUTSIDE)
def test_what_is_from_outside_the_five_documents_has_a_source_with_an_address(
    records_by_path, path, source, address
):
    assert records_by_path[f"/sources/{source}"]["url"].startswith(address)
    linked = {card["id"] for card in records_by_path[path]["record"]["sources"]}
    assert source in linked
    assert linked & set(FIVE)


def test_the_documents_whose_addresses_are_known_have_them(records_by_path):
    assert {name for name in FIVE if "url" in records_by_path[f"/sources/{name}"]} == {
        "sic-ensie",
        "sif-buicasus",
        "ogre24-incubator-network",
    }


def test_every_record_has_a_source_that_answers_and_every_source_a_record(network, records_by_path):
    linked = {
        card["uri"].removeprefix(BASE).removesuffix("#this")
        for path, record in records_by_path.items()
        for card in record["record"].get("sources", ())
    }
    assert linked == {path for path in records_by_path if path.startswith("/sources/")}
    for path, record in records_by_path.items():
        assert path in linked or record["record"]["sources"]
    for path in linked:
        assert network.get(path).status_code == 200


def test_publishers_of_sources_are_named_in_english_where_they_have_an_english_name(records_by_path):
    for name in ("sic-ensie", "sic-baltic-sea", "sif-buicasus", "lsua-local-y-mpact"):
        assert records_by_path[f"/sources/{name}"]["publisher"].keys() == {"lv", "en"}


@pytest.mark.parametrize(("project", "part", "name", "stated"), STATED_NAMES)
def test_an_organisation_has_its_own_name_and_the_participation_that_of_the_document(
    records_by_path, project, part, name, stated
):
    participations = {
        entry["id"]: entry for entry in records_by_path[f"/projects/{project}"]["participations"]
    }
    assert participations[part]["name_as_stated"]["lv"] == stated
    assert participations[part]["organisation"]["name"]["lv"] == name
    assert stated not in str(records_by_path[f"/organisations/{part}"])


def test_the_nordic_council_of_ministers_is_found_by_every_spelling(network, records_by_path):
    assert records_by_path["/organisations/nordic-council-of-ministers"]["aliases"]["lv"] == [
        "Ziemeļu Ministru padome",
        "Ziemeļu ministru padome",
    ]
    for spelling in ("Ziemeļvalstu Ministru padome", "Ziemeļu ministru padome"):
        found = network.json(f'/organisations?q="{spelling}"')["items"]
        assert [item["id"] for item in found] == ["nordic-council-of-ministers"]


def test_the_social_service_of_ogre_is_a_part_of_the_municipality(records_by_path):
    assert records_by_path["/organisations/ogre-social-service"]["part_of"]["id"] == "ogre-municipality"


def test_the_society_integration_foundation_is_a_foundation(records_by_path):
    assert records_by_path["/organisations/society-integration-foundation"]["kind"]["id"] == "foundation"


def test_the_event_in_talsi_municipality_was_in_latvia(records_by_path):
    (place,) = records_by_path["/activities/local-y-mpact-talsi-event"]["places"]
    assert place["country"]["id"] == "LV"
    assert not place.keys() & {"locality", "address"}


def test_what_no_source_says_of_organisations_is_not_claimed(records_by_path):
    assert "aliases" not in records_by_path["/organisations/aglandjia-municipality"]
    assert "part_of" not in records_by_path["/organisations/reach-for-change-latvia"]


def test_the_collection_of_tools_and_the_guide_are_one_toolkit(network, records_by_path):
    guide = records_by_path["/outputs/local-y-mpact-cooperation-guide"]
    assert (guide["kind"]["id"], guide["status"]["id"]) == ("toolkit", "delivered")
    assert "rīku apkopojums" in guide["summary"]["lv"]
    assert "/outputs/local-y-mpact-toolkit" not in records_by_path
    kinds = [item["id"] for item in network.json("/outputs?kind=toolkit")["items"]]
    assert kinds == ["local-y-mpact-cooperation-guide"]


def test_an_expected_effect_of_the_baltic_sea_project_is_a_result_and_no_objective(records_by_path):
    project = records_by_path["/projects/social-entrepreneurship-baltic-sea"]
    assert (len(project["objectives"]["lv"]), len(project["results"]["lv"])) == (3, 9)
    assert "ekonomiskā aktivitāte" in project["results"]["lv"][-1]
    assert not [text for text in project["objectives"]["lv"] if "ekonomisk" in text]


def test_the_summary_of_ensie_tells_an_aim(records_by_path):
    summary = records_by_path["/projects/ensie"]["summary"]
    assert "lai izveidotu" in summary["lv"]
    assert "to build" in summary["en"]


def test_only_the_foundation_studied_the_ecosystem_in_latvia(records_by_path):
    summary = records_by_path["/projects/buicasus"]["summary"]
    assert summary["lv"].startswith("Sabiedrības integrācijas fonds ar valsts iestāžu")
    assert "the Society Integration Foundation studied" in summary["en"]


def test_projects_whose_site_is_known_link_to_it(records_by_path):
    sites = {
        path: record["homepage"]
        for path, record in records_by_path.items()
        if path.startswith("/projects/") and "homepage" in record
    }
    assert sites == {"/projects/ensie": "http://ensie.sk/", "/projects/buicasus": "https://buicasus.eu/"}
