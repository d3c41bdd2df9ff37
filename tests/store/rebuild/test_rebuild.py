"""Tests of rebuilds: the read model follows from the log; a rebuild repairs it and changes nothing else."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from api.store.log import revision_reader
from api.store.log.actions import (
    Action,
    ChangesRefusedError,
    discard,
    merge,
    publish,
    redact,
    restore,
    save,
    unpublish,
)
from api.store.log.actions import delete as delete_record
from api.store.publishing.store import StaleReadModelError
from schema import MODEL
from schema.declaration.upgrades import UPGRADES
from schema.model import Model
from schema.validation.record_codec import NewerSchemaError
from tests.support.generators.records import random_record, record
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS, content_responses, stored
from tests.support.site import Clock, site_on

KEYS = [(entity, f"{entity.lower()}-{n}") for n in range(8) for entity in MODEL.by_name]

FIRST = KEYS[: len(KEYS) // 2]


ACTIONS = {publish: 20, save: 8, discard: 4, unpublish: 6, delete_record: 1, restore: 5, merge: 1}
"""The functions of actions, with the weight of each in a random choice."""


def random_action(rng: random.Random, ended: set):
    key = rng.choice([key for key in KEYS if key not in ended])
    (make_action,) = rng.choices([*ACTIONS], weights=ACTIONS.values())
    if make_action in (publish, save):
        return make_action(random_record(rng, key, "Word", KEYS, links=0.5))
    if make_action is restore:
        return restore(key, rng.choice((None, 1, 2, 3)))
    if make_action is merge:
        return merge(key, rng.choice([identifier for entity, identifier in KEYS if entity == key[0]]))
    return make_action(key)


def random_actions(rng: random.Random, ended: set) -> list:
    """Return the actions of one commit; a redaction is alone in its own, and may be of a deleted record."""
    if rng.random() < 0.03:
        return [redact(rng.choice(KEYS), rng.choice(("Word", "ord 1", "example.org/Word/2")))]
    return [random_action(rng, ended) for _ in range(rng.choice((1, 1, 2)))]


def test_a_rebuild_after_any_500_commits_changes_no_byte(site):
    rng, committed, refused, ended = random.Random(site.kind), 0, 0, set()  # noqa: S311 - the same actions each time
    site.store.commit([publish(random_record(rng, key, "Word", FIRST, links=0)) for key in FIRST], "editor")
    # Some actions follow so quickly that they have the timestamp of the action before.
    same_time_store = replace(site.store, clock=lambda: datetime(2000, 1, 1, tzinfo=UTC))
    while committed < 500:
        actions = random_actions(rng, ended)
        try:
            committed += bool(rng.choice((site.store, same_time_store)).commit(actions, "editor"))
        except ChangesRefusedError:
            refused += 1
        else:
            ended |= {action.key for action in actions if action.action in ("delete", "merge")}
            # A later action may happen to repair an error that an earlier one left.
            assert committed % 60 or not site.store.rebuild()
    before = stored(site)
    assert before["document"]
    assert refused
    actions = {row[6] for row in before["revision"]}
    assert actions == {*Action}
    assert {row[4] for row in before["change"]} == {"publish", "unpublish", "delete", "merge"}
    site.store.rebuild()
    site.store.rebuild()
    after = stored(site)
    assert after == before


def documents(site) -> dict[tuple[str, str], tuple[bytes, str]]:
    """Return the bytes of each document, and when they last changed."""
    document = site.store.tables.document
    with site.store.database.reading() as connection:
        rows = connection.execute(
            select(document.c.entity, document.c.id, document.c.body, document.c.changed)
        )
        return {(row.entity, row.id): (row.body, row.changed) for row in rows}


def test_a_document_keeps_the_time_of_the_last_action_that_changed_its_bytes(site):
    rng, deleted, unchanged = random.Random(2), set(), 0  # noqa: S311 - the same actions each time
    site.store.commit([publish(random_record(rng, key, "Word", FIRST, links=0)) for key in FIRST], "editor")
    for _ in range(60):
        before = documents(site)
        actions = random_actions(rng, deleted)
        with suppress(ChangesRefusedError):
            site.store.commit(actions, "editor")
            deleted |= {action.key for action in actions if action.action in ("delete", "merge")}
        at = stored(site)["head"][0]
        for key, (body, changed) in documents(site).items():
            is_same = before.get(key, (None,))[0] == body
            assert changed == before[key][1] if is_same else changed in at, key
            unchanged += is_same
    assert unchanged


def test_a_record_changed_in_its_text_alone_is_found_by_its_new_modification_time_alone(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    index_entry, published = site.store.tables.facet, site.store.tables.published
    for text in ("First", "Second"):
        changed = record("Organisation", "partner", summary={"en": text})
        site.store.commit([publish(changed)], "editor")
        with site.store.database.reading() as connection:
            entries = select(index_entry.c.value).where(
                index_entry.c.id == "partner", index_entry.c.name == "modified"
            )
            modified = select(published.c.modified).where(published.c.id == "partner")
            assert connection.scalars(entries).all() == connection.scalars(modified).all()
        assert site.json("/organisations/partner")["summary"] == {"en": text}
        assert not site.store.rebuild()


def wrong_body(tables):
    return update(tables.document).where(tables.document.c.id == "project").values(body=b'{"uri":"x"}')


def wrong_digest(tables):
    return update(tables.document).where(tables.document.c.id == "grant").values(digest="0")


def lost_item(tables):
    return delete(tables.item).where(tables.item.c.id == "partner")


def lost_link(tables):
    return delete(tables.entities["Grant"].links["projects"])


def wrong_column(tables):
    return update(tables.entities["Project"].record).values(title="{}")


def lost_shows(tables):
    return delete(tables.shows)


def lost_facet(tables):
    return delete(tables.facet).where(tables.facet.c.id == "project", tables.facet.c.name == "has")


def wrong_tally(tables):
    return update(tables.tally).values(number=17)


def lost_tally(tables):
    return delete(tables.tally).where(tables.tally.c.name == "")


def wrong_moment(tables):
    return update(tables.published).values(created="2000-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "damage",
    [
        wrong_body,
        wrong_digest,
        lost_item,
        lost_link,
        wrong_column,
        lost_shows,
        lost_facet,
        wrong_tally,
        lost_tally,
        wrong_moment,
    ],
)
def test_a_rebuild_repairs_a_wrong_projection_and_reports_it(site, damage):
    site.store.commit(NETWORK_ACTIONS, "editor")
    site.store.rebuild()
    original = stored(site)
    statement = damage(site.store.tables)
    with site.store.database.writing() as connection:
        assert connection.execute(statement).rowcount
    assert stored(site) != original
    table = "grants" if statement.table.name == "grants_projects" else statement.table.name
    assert table in site.store.rebuild()
    original["document"] = [row[:-1] for row in original["document"]]
    repaired = stored(site)
    repaired["document"] = [row[:-1] for row in repaired["document"]]
    assert repaired == original
    assert not site.store.rebuild()


@pytest.mark.parametrize(
    ("table", "column"), [("item", "number"), ("item", "newest"), ("searchable", "number")]
)
def test_a_rebuild_repairs_exchanged_numbers_of_any_two_records(site, monkeypatch, table, column):
    # Each record in a batch of its own, as two among many might be.
    monkeypatch.setattr(revision_reader, "BATCH_SIZE", 1)
    site.store.commit(NETWORK_ACTIONS, "editor")
    original = stored(site)
    sql_table = site.store.tables.metadata.tables[table]
    with site.store.database.writing() as connection:
        numbers = dict(connection.execute(select(sql_table.c.id, sql_table.c[column])).all())
        for identifier, other in (
            ("project", -1),
            ("partner", numbers["project"]),
            ("project", numbers["partner"]),
        ):
            connection.execute(update(sql_table).where(sql_table.c.id == identifier).values({column: other}))
    assert site.store.rebuild() == {table: 2}
    assert stored(site) == original


def test_a_record_that_a_commit_leaves_as_it_was_shows_the_new_links_to_it(site):
    """As when a file contains the record twice, and a new record that links to it."""
    original = record("Project", "project", title={"en": "As it was"})
    site.store.commit([publish(original)], "editor")
    other = record("Project", "project", title={"en": "Another title"})
    grant = record("Grant", "money", projects=["project"])
    site.store.commit([publish(other), publish(original), publish(grant)], "editor")
    assert site.json("/projects/project")["grants"]
    assert not site.store.rebuild()


def test_a_rebuild_removes_rows_that_are_not_in_the_log(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    tables = site.store.tables
    with site.store.database.writing() as connection:
        connection.execute(
            tables.document.insert().values(entity="Grant", id="ghost", body=b"{}", digest="", changed="")
        )
        ghost = {"number": 1_000, "newest": 1, "entity": "Grant", "id": "ghost"}
        connection.execute(tables.item.insert().values(**ghost, body=b"{}", rendered=""))
        connection.execute(tables.entities["Grant"].record.insert().values(id="ghost", number="0"))
    assert site.store.rebuild() == {"document": 1, "item": 1, "grants": 1}
    assert site.get("/grants/ghost").status_code == 404


@pytest.mark.parametrize(
    "settings",
    [
        {"base": "https://other.example"},
        {"languages": ("lv", "en", "pl")},
        {"licence": "https://creativecommons.org/publicdomain/zero/1.0/"},
        {"publisher": {"en": "Somebody else"}},
    ],
)
def test_other_settings_make_the_read_model_stale_and_a_rebuild_renews_it(databases, site, settings):
    actions = [*NETWORK_ACTIONS, publish(record("Organisation", "abroad", country="PL"))]
    site.store.commit(actions, "editor")
    site.store.rebuild()
    assert not site.store.is_stale()
    with (
        site_on(site.address, **settings) as other,
        site_on(databases.make(site.kind), **settings) as fresh,
    ):
        assert other.store.is_stale()
        assert other.store.rebuild()
        assert not other.store.is_stale()
        fresh.store.commit(actions, "editor")
        paths = ["/", "/projects", "/projects/project", "/grants/grant", "/organisations/abroad"]
        assert [other.raw(path) for path in paths] == [fresh.raw(path) for path in paths]


def test_actions_are_refused_while_the_read_model_is_stale(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    other = replace(site.store, renderer=replace(site.store.renderer, licence="https://x.example/"))
    with pytest.raises(StaleReadModelError):
        other.commit([publish(record("Organisation", "new"))], "editor")
    assert site.get("/organisations/new").status_code == 404
    other.rebuild()
    assert other.commit([publish(record("Organisation", "new"))], "editor") == 1


def test_a_document_of_a_newer_schema_version_is_refused(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    revision = site.store.tables.revision
    with site.store.database.writing() as connection:
        connection.execute(update(revision).values(declared=len(UPGRADES) + 1))
    with pytest.raises(NewerSchemaError):
        site.store.rebuild()


def rename_label(entity: str, document: dict) -> dict:
    """Rename `label` to `name`: a synthetic upgrade."""
    if entity == "Organisation" and "label" in document:
        return {
            **{key: value for key, value in document.items() if key != "label"},
            "name": document["label"],
        }
    return document


def uppercase_names(entity: str, document: dict) -> dict:
    """Convert names to upper case: a second synthetic upgrade."""
    if entity == "Organisation":
        return document | {"name": {tag: text.upper() for tag, text in document["name"].items()}}
    return document


def test_old_documents_are_upgraded_when_they_are_read_and_their_rows_are_left_alone(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    revision = site.store.tables.revision
    with site.store.database.writing() as connection:
        old = '{"id":"partner","label":{"en":"Old"}}'
        connection.execute(update(revision).where(revision.c.id == "partner").values(document=old))
    model = Model(site.store.renderer.model.entities, upgrades=(*UPGRADES, rename_label, uppercase_names))
    newer = replace(site.store, renderer=replace(site.store.renderer, model=model), clock=Clock())
    log = stored(site)["revision"]
    newer.rebuild()
    assert site.json("/organisations/partner")["name"] == {"en": "OLD"}
    assert site.json("/projects/project")["participations"][0]["organisation"]["name"] == {"en": "OLD"}
    assert stored(site)["revision"] == log
    newer.commit([publish(record("Organisation", "new"))], "editor")
    assert [row[8] for row in stored(site)["revision"]][-1] == len(model.upgrades)
    assert site.json("/organisations/new")["name"] == {"en": "Organisation new"}


def test_publishing_a_document_that_equals_the_upgraded_one_appends_nothing(site):
    site.store.commit([publish(record("Organisation", "one", name={"en": "one"}))], "editor")
    model = Model(site.store.renderer.model.entities, upgrades=(*UPGRADES, uppercase_names))
    newer = replace(site.store, renderer=replace(site.store.renderer, model=model))
    assert newer.commit([publish(record("Organisation", "one", name={"en": "ONE"}))], "editor") == 0


def test_everything_is_served_the_same_before_and_after_a_rebuild(network):
    before = content_responses(network)
    assert not network.store.rebuild()
    assert content_responses(network) == before
