"""Tests of pagination: order, page sizes, and `next` and `previous` links."""

import pytest

from api.store.log.actions import publish, unpublish
from schema import MODEL
from tests.support.assertions import ids, walk
from tests.support.generators.records import record
from tests.support.site import BASE

COLLECTIONS = [*MODEL.by_collection]


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_walking_a_list_shows_every_record_once_in_one_order(network, collection, limit):
    all_ids = ids(network.json(f"/{collection}?limit=200"))
    pages = walk(network, f"/{collection}?limit={limit}", "next")
    assert [id_ for page in pages for id_ in ids(page)] == all_ids
    assert len(all_ids) == len(set(all_ids))
    assert {page["total"] for page in pages} == {len(all_ids)}
    assert all(len(page["items"]) == limit for page in pages[:-1])


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_walking_back_shows_the_same_pages(network, collection, limit):
    pages = walk(network, f"/{collection}?limit={limit}", "next")
    back = walk(network, pages[-1]["view"]["uri"], "previous")
    assert [page["items"] for page in reversed(back)] == [page["items"] for page in pages]
    assert "previous" not in pages[0]["view"]
    assert "next" not in pages[-1]["view"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_page_links_to_itself_and_to_the_first_page(network, collection):
    for page in walk(network, f"/{collection}?limit=1", "next"):
        assert network.json(page["view"]["uri"].removeprefix(BASE)) == page
        assert page["uri"] == f"{BASE}/{collection}"
        assert page["view"]["first"] == f"{BASE}/{collection}?limit=1"
    assert network.json(f"/{collection}")["view"]["uri"] == f"{BASE}/{collection}?limit=25"


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_item_has_the_values_of_its_document(network, collection):
    for item in network.json(f"/{collection}")["items"]:
        document = network.json(item["uri"].removeprefix(BASE).removesuffix("#this"))
        assert {key: document[key] for key in item} == item


def test_pages_have_25_records_by_default_and_at_most_200(site):
    names = [f"o-{number}" for number in range(230)]
    site.store.commit([publish(record("Organisation", name)) for name in names], "editor")
    page = site.json("/organisations")
    assert (len(page["items"]), page["total"]) == (25, 230)
    assert len(site.json("/organisations?limit=200")["items"]) == 200
    pages = walk(site, "/organisations", "next")
    assert [id_ for page in pages for id_ in ids(page)] == names
    # Ids are compared as bytes: o-10 comes before o-2, on both engines.
    assert ids(site.json("/organisations?sort=id&limit=200")) == sorted(names)[:200]


def test_a_list_is_in_the_order_of_first_publication_whatever_happens_later(site):
    for name in ("middle", "ant", "zebra"):
        site.store.commit([publish(record("Project", name, start="2018"))], "editor")
    site.store.commit([unpublish(("Project", "middle")), publish(record("Project", "new"))], "editor")
    site.store.commit(
        [publish(record("Project", name, start="2018")) for name in ("ant", "middle")], "editor"
    )
    assert ids(site.json("/projects")) == ["middle", "ant", "zebra", "new"]
    assert ids(site.json("/projects?sort=start")) == ["middle", "ant", "zebra", "new"]
    assert ids(site.json("/projects?sort=-start")) == ["zebra", "ant", "middle", "new"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_empty_list_is_a_page_without_items(site, collection):
    page = site.json(f"/{collection}")
    assert (page["total"], page["items"]) == (0, [])
    assert page["view"] == {
        "uri": f"{BASE}/{collection}?limit=25",
        "type": "PartialCollectionView",
        "first": f"{BASE}/{collection}?limit=25",
    }


def test_a_cursor_survives_its_record_being_withdrawn(site):
    site.store.commit([publish(record("Organisation", name)) for name in "abcd"], "editor")
    second = site.json("/organisations?limit=2")["view"]["next"].removeprefix(BASE)
    site.store.commit([unpublish(("Organisation", "b"))], "editor")
    assert ids(site.json(second)) == ["c", "d"]
