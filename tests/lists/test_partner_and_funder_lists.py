"""Tests of role lists (/partners, /funders), and of links from records and concepts to their projects."""

import pytest

from api.store.log.actions import publish, save, unpublish
from tests.support.generators.records import record
from tests.support.site import BASE


def part(organisation: str, role: str = "partner") -> dict[str, str]:
    return {"id": f"p-{organisation}", "role": role, "organisation": organisation}


@pytest.fixture
def role_site(site):
    """A site with projects whose partners have several roles, and with funders of grants and programmes."""
    names = ("carries", "helps", "targeted", "pays", "nearly", "idle")
    actions = [publish(record("Organisation", name)) for name in names]
    actions += [
        publish(record("Programme", "top", funders=["nearly"])),
        publish(record("Programme", "below", parent="top")),
        publish(record("Project", "one", participations=[part("carries", "coordinator"), part("helps")])),
        publish(record("Project", "two", participations=[part("helps"), part("targeted", "target-group")])),
        publish(record("Project", "three", applied_to=["below"], status="proposed", topics=["youth"])),
        publish(record("Grant", "g-1", projects=["one"], funders=["pays"])),
        publish(record("Grant", "g-2", projects=["two"], programme="below")),
        save(record("Project", "draft", participations=[part("idle")], applied_to=["below"])),
    ]
    site.store.commit(actions, "editor")
    return site


def project_counts(site, target: str) -> dict[str, int]:
    """Return the number of projects of each organisation in a role list."""
    return {item["id"]: item["projects_total"] for item in site.json(target)["items"]}


def test_partners_are_the_organisations_that_carry_projects_with_their_number(role_site):
    assert project_counts(role_site, "/partners") == {"carries": 1, "helps": 2}
    assert project_counts(role_site, "/partners?id=helps,pays") == {"helps": 2}
    assert role_site.json("/partners")["total"] == 2


def test_funders_are_those_stated_on_a_grant_or_programme(role_site):
    assert project_counts(role_site, "/funders") == {"nearly": 2, "pays": 1}


def test_role_lists_follow_unpublishing(role_site):
    role_site.store.commit([unpublish(("Grant", "g-1")), unpublish(("Project", "one"))], "editor")
    assert project_counts(role_site, "/partners") == {"helps": 1}
    assert project_counts(role_site, "/funders") == {"nearly": 2}


def test_a_record_below_a_role_list_redirects_to_its_collection(role_site):
    for path in ("/partners/helps", "/funders/helps.ttl", "/partners/helps.json?lang=lv&fallback=en"):
        response = role_site.client.get(path, follow_redirects=False)
        assert response.status_code == 308
        assert response.headers["location"] == BASE + path.replace("/partners/", "/organisations/").replace(
            "/funders/", "/organisations/"
        )


@pytest.mark.parametrize(
    ("path", "query", "total"),
    [
        ("/organisations/helps", "any=funder:helps,organisation:helps", 2),
        ("/organisations/nearly", "any=funder:nearly,organisation:nearly", 2),
        ("/organisations/idle", "any=funder:idle,organisation:idle", 0),
        ("/organisations/targeted", "any=funder:targeted,organisation:targeted", 1),
        ("/programmes/top", "programme=top", 2),
        ("/programmes/below", "programme=below", 2),
        ("/vocab/topic/youth", "topic=youth", 1),
        ("/vocab/project-status/proposed", "status=proposed", 1),
        ("/vocab/role/partner", "role=partner", 2),
    ],
)
def test_a_record_and_a_concept_lead_to_their_projects(role_site, path, query, total):
    project_list = role_site.json(path)["project_list"]
    assert project_list == {
        "uri": f"{BASE}/projects?{query}",
        "type": "Collection",
        "label": {"en": "Projects", "lv": "Projekti"},
        "total": total,
    }
    page = role_site.json(project_list["uri"].removeprefix(BASE))
    assert (page["uri"], page["total"]) == (project_list["uri"], total)


def test_projects_and_concepts_without_a_filter_have_no_project_list(role_site):
    assert "project_list" not in role_site.json("/vocab/organisation-kind/municipality")
    assert "project_list" not in role_site.json("/projects/one")
