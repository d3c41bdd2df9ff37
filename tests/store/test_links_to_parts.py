"""Tests of links to parts of other records: whom in a project an activity or output is for."""

import pytest

from api.store.log.actions import ChangesRefusedError, publish, unpublish
from tests.support.generators.records import record
from tests.support.html.pages import in_language, links, main, page, text
from tests.support.rdf_parsers import by_pyld, by_pyoxigraph, in_format, parsed
from tests.support.response_and_row_snapshots import rows
from tests.support.site import BASE

BRAGA = {"id": "braga", "organisation": "city", "role": "pilot-area"}

OTHERS = {"id": "others", "name_as_stated": {"en": "Three more towns"}, "count": 3, "role": "pilot-area"}

PLANS = ["braga", "others"]


def project(identifier: str, *parts: dict):
    return publish(record("Project", identifier, participations=[*parts]))


def plans(*projects: str, ids: list[str] = PLANS):
    return publish(record("Output", "plans", projects=[*projects], for_participations=ids))


@pytest.fixture
def planned(site):
    actions = [publish(record("Organisation", "city")), project("pilots", BRAGA, OTHERS), plans("pilots")]
    site.store.commit(actions, "editor")
    return site


def refused(site, *actions) -> list[tuple[str, str, str]]:
    """Return the id, code and pointer of each error of refused actions."""
    with pytest.raises(ChangesRefusedError) as refusal:
        site.store.commit([*actions], "editor")
    assert not site.store.rebuild()
    return [(key[1], fault.code, fault.pointer) for key, fault in refusal.value.faults]


def test_an_output_shows_whom_it_is_for_with_their_names(planned):
    city, others = planned.json("/outputs/plans")["for_participations"]
    assert city == {
        "id": "braga",
        "uri": f"{BASE}/projects/pilots#participation-braga",
        "type": "Participation",
        "label": {"en": "Organisation city"},
        "organisation": planned.json("/projects/pilots")["participations"][0]["organisation"],
    }
    assert others["name_as_stated"] == {"en": "Three more towns"}


def test_a_link_to_a_participation_is_its_iri_in_rdf(planned):
    turtle = parsed(in_format(planned, "/outputs/plans", "ttl"), "turtle")
    linked = {str(value) for _, term, value in turtle if str(term) == f"{BASE}/vocab#forParticipation"}
    subjects = {str(subject) for subject, *_ in parsed(in_format(planned, "/projects/pilots", "nt"), "nt")}
    assert linked == {f"{BASE}/projects/pilots#participation-{name}" for name in PLANS}
    assert linked <= subjects
    for read in (by_pyld, by_pyoxigraph):
        assert read(in_format(planned, "/outputs/plans", "jsonld")) == turtle


def test_a_page_leads_to_the_participation_and_a_table_has_its_id(planned):
    tree = page(planned, in_language("/outputs/plans", "en"))
    assert "/projects/pilots.en.html#participation-braga" in links(tree)
    assert "Organisation city" in text(main(tree))
    assert "Three more towns" in text(main(tree))
    assert "braga|others" in planned.get("/outputs.csv").text


def test_what_was_read_can_be_published_again(planned):
    assert planned.json("/outputs?has=for_participations")["total"] == 1
    assert planned.store.commit([plans("pilots")], "editor") == 0


def test_a_renamed_organisation_is_renamed_where_an_output_is_for_it(planned):
    planned.store.commit([publish(record("Organisation", "city", name={"en": "Braga"}))], "editor")
    (city, _) = planned.json("/outputs/plans")["for_participations"]
    assert city["organisation"]["name"] == {"en": "Braga"}
    assert rows(planned, "change")[-1][3] == "city"
    assert not planned.store.rebuild()


def test_an_output_is_found_by_the_names_of_those_it_is_for(planned):
    for search in ("towns", "%22organisation+city%22"):
        assert [item["id"] for item in planned.json(f"/outputs?q={search}")["items"]] == ["plans"]
    planned.store.commit([publish(record("Organisation", "city", name={"en": "Braga"}))], "editor")
    assert planned.json("/outputs?q=braga")["total"] == 1
    assert planned.json("/outputs?q=city")["total"] == 0


def test_a_participation_that_none_of_the_projects_has_is_refused(planned):
    planned.store.commit([project("elsewhere", BRAGA | {"id": "porto"})], "editor")
    unknown = [("plans", "unknown-part", "/for_participations/1")]
    assert refused(planned, plans("pilots", ids=["braga", "porto"])) == unknown
    assert refused(planned, plans(ids=["braga"])) == [("plans", "unknown-part", "/for_participations/0")]
    planned.store.commit([plans("pilots", "elsewhere", ids=["braga", "porto"])], "editor")
    assert planned.json("/outputs/plans")["for_participations"][1]["uri"].endswith(
        "/projects/elsewhere#participation-porto"
    )


def test_an_output_changes_when_another_of_its_projects_gets_the_participation_that_it_is_for(planned):
    planned.store.commit([project("elsewhere"), plans("pilots", "elsewhere")], "editor")
    before = len(rows(planned, "change"))
    planned.store.commit([project("pilots", OTHERS), project("elsewhere", BRAGA)], "editor")
    assert [row[2:5] for row in rows(planned, "change")[before:]] == [
        ("Project", "pilots", "publish"),
        ("Project", "elsewhere", "publish"),
        ("Output", "plans", "publish"),
    ]
    plan = planned.json("/outputs/plans")
    assert plan["for_participations"][0]["uri"] == f"{BASE}/projects/elsewhere#participation-braga"
    assert plan["record"]["modified"] == rows(planned, "change")[-1][1]
    assert not planned.store.rebuild()


def test_a_participation_that_two_of_the_projects_have_is_refused(planned):
    planned.store.commit([project("elsewhere", BRAGA)], "editor")
    ambiguous = [("plans", "ambiguous-part", "/for_participations/0")]
    assert refused(planned, plans("pilots", "elsewhere")) == ambiguous


def test_a_participation_that_an_output_is_for_stays_until_the_output_lets_it_go(planned):
    assert refused(planned, project("pilots", BRAGA)) == [("pilots", "part-referred-to", "/participations")]
    planned.store.commit([project("pilots", BRAGA), plans("pilots", ids=["braga"])], "editor")
    assert len(planned.json("/outputs/plans")["for_participations"]) == 1
    assert refused(planned, unpublish(("Project", "pilots")))[0][1] == "referred-to"


def test_a_participation_that_would_make_a_link_ambiguous_is_refused(planned):
    planned.store.commit([project("elsewhere"), plans("pilots", "elsewhere")], "editor")
    assert refused(planned, project("elsewhere", BRAGA)) == [
        ("elsewhere", "part-referred-to", "/participations")
    ]
    planned.store.commit([project("elsewhere", BRAGA | {"id": "porto"})], "editor")


def test_a_participation_that_changes_is_shown_as_it_is_now(planned):
    planned.store.commit([project("pilots", BRAGA, OTHERS | {"name_as_stated": {"en": "Two"}})], "editor")
    assert planned.json("/outputs/plans")["for_participations"][1]["name_as_stated"] == {"en": "Two"}
    assert not planned.store.rebuild()
