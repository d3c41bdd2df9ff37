"""Tests of paging to the end of a list and back: small pages have the records of one large page.

Query plans and totals are cached until the next commit, so each list is paged several times in one
process. The response cache is off: every page is read from the database.
"""

from collections.abc import Iterator

import pytest

from api.store.log.actions import RecordAction, publish
from tests.support.assertions import ids, walk
from tests.support.generators.records import record
from tests.support.site import KINDS, Site, site_on

PROJECT_COUNT, UNDATED = 24, 9

STARTS = ("2012", None, "2011-05", "2012", None, "2010-21", "2012-01-01", None)
"""Some start on the same day, and some have no start."""

LISTS = (
    "/projects?sort=start",
    "/projects?sort=-start",
    "/projects?sort=start,-title",
    "/projects?q=tilts",
    "/projects?q=tilts&sort=-modified",
    "/projects?country=LV",
    "/projects?country=LV&sort=-modified",
    "/projects?country=LV&funder=council&sort=-start",
    "/projects?country=EE&sort=-start",
    "/grants?q=tilts&sort=-modified",
    "/search?q=tilts",
)

LIMITS = (4, 5)
"""The last dated project ends a page of 5, not a page of 4; with one more project it is the other way round."""


def project(number: int, *countries: str) -> RecordAction:
    start = STARTS[number % len(STARTS)]
    return publish(
        record(
            "Project",
            # Ids are in the order neither of dates nor of changes.
            f"project-{number * 7 % 31}",
            title={"en": f"Tilts {number % 5}"},
            countries_stated=countries,
            **({"start": start} if start else {}),
        )
    )


PROJECTS = [project(number, "LV" if number % 4 else "EE") for number in range(PROJECT_COUNT)]

NEW_PROJECT = project(PROJECT_COUNT, "LV", "EE")
"""A dated project that is in every list of projects."""


def with_grant(projects: list[RecordAction]) -> list[RecordAction]:
    """Return projects and a grant for them, so that the filter by funder has results."""
    project_ids = [action.record.id for action in projects]
    grant = record("Grant", f"for-{project_ids[0]}", funders=["council"], projects=project_ids)
    return [*projects, publish(grant)]


@pytest.fixture(params=KINDS)
def site(request, databases) -> Iterator[Site]:
    with site_on(databases.make(request.param), cache=0) as site:
        site.store.commit([publish(record("Organisation", "council"))], "editor")
        for begin in range(0, PROJECT_COUNT, 3):
            site.store.commit(with_grant(PROJECTS[begin : begin + 3]), "editor")
        yield site


def there_and_back(site: Site, target: str, limit: int) -> list[str]:
    """Page to the end of a list and back, and return the ids.

    Raise AssertionError if a page of 200 records has others.
    """
    forward = walk(site, f"{target}&limit={limit}", "next")
    back = walk(site, forward[-1]["view"]["uri"], "previous")
    listed, expected = [id_ for page in forward for id_ in ids(page)], ids(site.json(f"{target}&limit=200"))
    assert listed == expected, (target, limit)
    assert [ids(page) for page in reversed(back)] == [ids(page) for page in forward], (target, limit)
    assert {page["total"] for page in [*forward, *back]} == {len(listed)}, (target, limit)
    return listed


def test_paging_again_lists_the_same_records_and_those_published_since(site):
    queries = [(target, limit) for target in LISTS for limit in LIMITS]
    before = [there_and_back(site, *query) for query in queries]
    assert [there_and_back(site, *query) for query in queries] == before
    actions = with_grant([NEW_PROJECT])
    site.store.commit(actions, "editor")
    new = {action.record.id for action in actions}
    for query, expected in zip(queries, before, strict=True):
        listed = there_and_back(site, *query)
        assert new & {*listed}, query
        assert [id_ for id_ in listed if id_ not in new] == expected, query


def test_undated_projects_sort_last_in_either_direction(site):
    undated = {action.record.id for action in PROJECTS if action.record.start is None}
    assert len(undated) == UNDATED
    for sort in ("start", "-start", "-start,-id"):
        for limit in LIMITS:
            listed = there_and_back(site, f"/projects?sort={sort}", limit)
            assert {*listed[-UNDATED:]} == undated, (sort, limit)


def test_search_results_sorted_by_modified_are_in_the_order_of_their_changes(site):
    changed = [action.record.id for action in PROJECTS]
    for limit in LIMITS:
        assert there_and_back(site, "/projects?q=tilts&sort=modified", limit) == changed
        assert there_and_back(site, "/projects?q=tilts&sort=-modified", limit) == changed[::-1]
