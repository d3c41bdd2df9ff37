"""Whoever pages a list to its end and back meets what one big page shows, and so does the next who does.

What pages are read with is kept until something else is published, so each list is walked several times in
one process. Answers are not kept here: every page is really read.
"""

from collections.abc import Iterator

import pytest

from api.store.log.actions import RecordAction, publish
from tests.support.assertions import ids, walk
from tests.support.generators.records import record
from tests.support.site import KINDS, Site, site_on

MANY, UNDATED = 24, 9

STARTS = ("2012", None, "2011-05", "2012", None, "2010-21", "2012-01-01", None)
"""Some have the same first day, and some have none."""

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
"""Of what is dated, the last ends a page of five and is within one of four; of one more, the other way round."""


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


PROJECTS = [project(number, "LV" if number % 4 else "EE") for number in range(MANY)]

ANOTHER = project(MANY, "LV", "EE")
"""It is in every list of projects, and dated."""


def paid_for(projects: list[RecordAction]) -> list[RecordAction]:
    """Return projects with a grant for them, so that lists can be asked for what a funder pays for."""
    names = [one.record.id for one in projects]
    return [*projects, publish(record("Grant", f"for-{names[0]}", funders=["council"], projects=names))]


@pytest.fixture(params=KINDS)
def site(request, databases) -> Iterator[Site]:
    with site_on(databases.make(request.param), cache=0) as made:
        made.store.commit([publish(record("Organisation", "council"))], "editor")
        for begin in range(0, MANY, 3):
            made.store.commit(paid_for(PROJECTS[begin : begin + 3]), "editor")
        yield made


def there_and_back(site: Site, target: str, limit: int) -> list[str]:
    """Walk to the end and back. Return what was met; raise AssertionError unless one big page has that."""
    forward = walk(site, f"{target}&limit={limit}", "next")
    back = walk(site, forward[-1]["view"]["uri"], "previous")
    met, expected = [one for page in forward for one in ids(page)], ids(site.json(f"{target}&limit=200"))
    assert met == expected, (target, limit)
    assert [ids(page) for page in reversed(back)] == [ids(page) for page in forward], (target, limit)
    assert {page["total"] for page in [*forward, *back]} == {len(met)}, (target, limit)
    return met


def test_whoever_walks_after_others_meets_the_same_and_what_was_published_since(site):
    walks = [(target, limit) for target in LISTS for limit in LIMITS]
    before = [there_and_back(site, *one) for one in walks]
    assert [there_and_back(site, *one) for one in walks] == before
    acts = paid_for([ANOTHER])
    site.store.commit(acts, "editor")
    new = {one.record.id for one in acts}
    for one, known in zip(walks, before, strict=True):
        met = there_and_back(site, *one)
        assert new & {*met}, one
        assert [name for name in met if name not in new] == known, one


def test_what_has_no_date_comes_last_whichever_way_a_list_is_sorted(site):
    undated = {one.record.id for one in PROJECTS if one.record.start is None}
    assert len(undated) == UNDATED
    for sort in ("start", "-start", "-start,-id"):
        for limit in LIMITS:
            met = there_and_back(site, f"/projects?sort={sort}", limit)
            assert {*met[-UNDATED:]} == undated, (sort, limit)


def test_what_is_found_by_words_is_met_in_the_order_in_which_it_changed(site):
    changed = [one.record.id for one in PROJECTS]
    for limit in LIMITS:
        assert there_and_back(site, "/projects?q=tilts&sort=modified", limit) == changed
        assert there_and_back(site, "/projects?q=tilts&sort=-modified", limit) == changed[::-1]
