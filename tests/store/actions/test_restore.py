"""Restoring: a version that was there before is public again."""

from dataclasses import replace

import pytest

from api.store.log.actions import (
    ChangesRefusedError,
    delete,
    discard,
    merge,
    publish,
    restore,
    save,
    unpublish,
)
from schema.declaration.upgrades import UPGRADES
from schema.model import Model
from tests.support.generators.records import record
from tests.support.response_and_row_snapshots import rows
from tests.support.site import Clock

KEY = ("Organisation", "partner")


def partner(name: str, **fields: object):
    return record(*KEY, name={"en": name}, **fields)


def name(site) -> str:
    return site.json("/organisations/partner")["name"]["en"]


def refused(site, action) -> list[str]:
    with pytest.raises(ChangesRefusedError) as error:
        site.store.commit([action], "editor")
    return [fault.code for _, fault in error.value.faults]


def test_a_withdrawn_record_is_restored_as_it_was_public_last(site):
    site.store.commit([publish(partner("First"))], "editor")
    site.store.commit([publish(partner("Second"))], "editor")
    created = site.json("/organisations/partner")["record"]["created"]
    site.store.commit([unpublish(KEY, "Why")], "editor")
    assert site.store.commit([restore(KEY, note="A mistake")], "editor") == 1
    assert name(site) == "Second"
    assert site.json("/organisations/partner")["record"]["created"] == created
    assert rows(site, "change")[-1][4:] == ("publish", None, None)
    assert rows(site, "revision")[-1][6:8] == ("restore", "editor restored version 2. A mistake")
    assert not site.store.rebuild()


def test_any_version_with_a_document_is_restored_and_an_equal_one_appends_nothing(site):
    site.store.commit([publish(partner("First"))], "editor")
    site.store.commit([publish(partner("Second"))], "editor")
    assert site.store.commit([restore(KEY, 2)], "editor") == 0
    assert site.store.commit([restore(KEY, 1)], "editor") == 1
    assert name(site) == "First"
    site.store.commit([unpublish(KEY)], "editor")
    site.store.commit([restore(KEY)], "editor")
    assert name(site) == "First"
    assert not site.store.rebuild()


def test_a_draft_that_never_was_public_is_restored_by_its_version(site):
    site.store.commit([save(partner("Draft"))], "editor")
    site.store.commit([discard(KEY)], "editor")
    assert refused(site, restore(KEY)) == ["never-public"]
    assert refused(site, restore(KEY, 2)) == ["no-version"]
    site.store.commit([restore(KEY, 1)], "editor")
    assert name(site) == "Draft"
    assert not site.store.rebuild()


def test_what_cannot_be_restored_is_refused(site):
    assert refused(site, restore(KEY)) == ["not-there"]
    site.store.commit([publish(partner("First"))], "editor")
    assert refused(site, restore(KEY)) == ["already-public"]
    assert refused(site, restore(KEY, 7)) == ["no-version"]
    site.store.commit([delete(KEY)], "editor")
    assert refused(site, restore(KEY)) == refused(site, restore(KEY, 1)) == ["deleted"]


def test_a_restored_record_may_not_refer_to_what_is_not_public(site):
    site.store.commit(
        [publish(record("Organisation", "whole")), publish(partner("One", part_of="whole"))], "editor"
    )
    site.store.commit([publish(partner("Two"))], "editor")
    site.store.commit([unpublish(("Organisation", "whole"))], "editor")
    assert refused(site, restore(KEY, 1)) == ["unknown-reference"]


def test_links_of_a_restored_record_lead_where_merges_led_since(site):
    others = [publish(record("Organisation", one)) for one in ("whole", "other", "last")]
    site.store.commit([*others, publish(partner("One", part_of="whole"))], "editor")
    site.store.commit([unpublish(KEY)], "editor")
    site.store.commit([merge(("Organisation", "whole"), "other")], "editor")
    site.store.commit([merge(("Organisation", "other"), "last")], "editor")
    site.store.commit([restore(KEY)], "editor")
    assert site.json("/organisations/partner")["part_of"]["id"] == "last"


def test_a_draft_stays_when_an_earlier_version_is_restored(site):
    site.store.commit([publish(partner("First")), save(partner("Draft"))], "editor")
    site.store.commit([unpublish(KEY)], "editor")
    site.store.commit([restore(KEY)], "editor")
    assert name(site) == "First"
    assert site.store.commit([discard(KEY)], "editor") == 1
    assert name(site) == "First"


def uppercase_names(_: str, document: dict) -> dict:
    """Upgrade a document by writing its name in capitals."""
    return document | {"name": {tag: text.upper() for tag, text in document["name"].items()}}


def test_an_old_document_is_restored_in_the_form_of_today(site):
    site.store.commit([publish(partner("First"))], "editor")
    site.store.commit([unpublish(KEY)], "editor")
    model = Model(site.store.renderer.model.entities, upgrades=(*UPGRADES, uppercase_names))
    newer = replace(site.store, renderer=replace(site.store.renderer, model=model), clock=Clock())
    newer.rebuild()
    newer.commit([restore(KEY)], "editor")
    assert name(site) == "FIRST"
    assert rows(site, "revision")[-1][8] == len(model.upgrades)
