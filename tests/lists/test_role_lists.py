"""Role lists (/partners, /funders), and links from records and concepts to their projects."""

import pytest

from api.store.log.actions import publish, save, unpublish
from tests.support.generators.records import record
from tests.support.site import BASE


def part(organisation: str, role: str = "partner") -> dict[str, str]:
    return {"id": f"p-{organisation}", "role": role, "organisation": organisation}


@pytest.fixture
def asked(site):
    """Projects with partners of all kinds, and funders of grants and programmes."""
    names = ("carries", "helps", "targeted", "pays", "nearly", "idle")
    acts = [publish(record("Organisation", name)) for name in names]
    acts += [
        publish(record("Programme", "top", funders=["nearly"])),
        publish(record("Programme", "below", parent="top")),
        publish(record("Project", "one", participations=[part("carries", "coordinator"), part("helps")])),
        publish(record("Project", "two", participations=[part("helps"), part("targeted", "target-group")])),
        publish(record("Project", "three", applied_to=["below"], status="proposed", topics=["youth"])),
        publish(record("Grant", "g-1", projects=["one"], funders=["pays"])),
        publish(record("Grant", "g-2", projects=["two"], programme="below")),
        save(record("Project", "draft", participations=[part("idle")], applied_to=["below"])),
    ]
    site.store.commit(acts, "editor")
    return site


def listed(site, address: str) -> dict[str, int]:
    return {item["id"]: item["projects_total"] for item in site.json(address)["items"]}


def test_partners_are_those_who_carry_projects_with_how_many(asked):
    assert listed(asked, "/partners") == {"carries": 1, "helps": 2}
    assert listed(asked, "/partners?id=helps,pays") == {"helps": 2}
    assert asked.json("/partners")["total"] == 2


def test_funders_are_those_stated_on_a_grant_or_programme(asked):
    assert listed(asked, "/funders") == {"nearly": 1, "pays": 1}


def test_they_follow_what_is_published(asked):
    asked.store.commit([unpublish(("Grant", "g-1")), unpublish(("Project", "one"))], "editor")
    assert listed(asked, "/partners") == {"helps": 1}
    assert listed(asked, "/funders") == {"nearly": 1}


def test_a_record_asked_for_by_its_role_is_elsewhere(asked):
    for path in ("/partners/helps", "/funders/helps.ttl", "/partners/helps.json?lang=lv&fallback=en"):
        answer = asked.client.get(path, follow_redirects=False)
        assert answer.status_code == 308
        assert answer.headers["location"] == BASE + path.replace("/partners/", "/organisations/").replace(
            "/funders/", "/organisations/"
        )


@pytest.mark.parametrize(
    ("path", "question", "total"),
    [
        ("/organisations/helps", "any=funder:helps,organisation:helps", 2),
        ("/organisations/nearly", "any=funder:nearly,organisation:nearly", 1),
        ("/organisations/idle", "any=funder:idle,organisation:idle", 0),
        ("/organisations/targeted", "any=funder:targeted,organisation:targeted", 1),
        ("/programmes/top", "programme=top", 2),
        ("/programmes/below", "programme=below", 2),
        ("/vocab/topic/youth", "topic=youth", 1),
        ("/vocab/project-status/proposed", "status=proposed", 1),
        ("/vocab/role/partner", "role=partner", 2),
    ],
)
def test_a_record_and_a_concept_lead_to_their_projects(asked, path, question, total):
    found = asked.json(path)["project_list"]
    assert found == {"uri": f"{BASE}/projects?{question}", "type": "Collection", "total": total}
    listing = asked.json(found["uri"].removeprefix(BASE))
    assert (listing["uri"], listing["total"]) == (found["uri"], total)


def test_what_projects_are_not_found_by_leads_to_none(asked):
    assert "project_list" not in asked.json("/vocab/organisation-kind/municipality")
    assert "project_list" not in asked.json("/projects/one")
