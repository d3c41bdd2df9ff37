"""Tests of rebuilds: the read model follows from the log; a rebuild repairs it and changes nothing else.

TEST_LONG=1 in the environment makes 500 random commits on each engine.
"""

import os
import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from api.store.log.actions import Action, ChangesRefusedError, publish
from api.store.maintenance.doctor import run_checks
from api.store.publishing import rebuild
from api.store.publishing.store import StaleReadModelError
from schema.declaration.upgrades import UPGRADES
from schema.model import Model
from schema.validation.record_codec import NewerSchemaError
from tests.support.generators.actions import FIRST, random_actions
from tests.support.generators.records import random_record, record
from tests.support.oracle.record_tables import assert_record_tables_agree
from tests.support.response_and_row_snapshots import (
    NETWORK_ACTIONS,
    content_responses,
    stored,
    without_commits,
)
from tests.support.site import KINDS, Clock, site_on

COMMITS = dict.fromkeys(KINDS, 500) if os.environ.get("TEST_LONG") else {"sqlite": 300, "postgresql": 150}
"""Random commits by engine, which have the same code, and few statements that differ."""


def test_a_rebuild_after_hundreds_of_random_commits_changes_no_byte(site):
    rng, committed, refused, ended = random.Random(site.kind), 0, 0, set()  # noqa: S311 - the same actions each time
    site.store.commit([publish(random_record(rng, key, "Word", FIRST, links=0)) for key in FIRST], "editor")
    # Some actions follow so quickly that they have the timestamp of the action before.
    same_time_store = replace(site.store, clock=lambda: datetime(2000, 1, 1, tzinfo=UTC))
    while committed < COMMITS[site.kind]:
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
    assert_record_tables_agree(site.store)


def documents(site) -> dict[tuple[str, str], tuple[bytes, str]]:
    """Return the bytes of each document, and when they last changed."""
    document, row = site.store.tables.document, site.store.tables.record
    query = select(row.c.entity, row.c.id, document.c.body, row.c.changed_at)
    with site.store.database.reading() as connection:
        rows = connection.execute(query.join_from(row, document, document.c.number == row.c.number))
        return {(row.entity, row.id): (row.body, row.changed_at) for row in rows}


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
    sort_key, row = site.store.tables.sort_key, site.store.tables.record
    for text in ("First", "Second"):
        changed = record("Organisation", "partner", summary={"en": text})
        site.store.commit([publish(changed)], "editor")
        with site.store.database.reading() as connection:
            number, modified = connection.execute(
                select(row.c.number, row.c.modified).where(row.c.id == "partner")
            ).one()
            keys = select(sort_key.c.value).where(
                sort_key.c.number == number, sort_key.c.name == "Organisation modified"
            )
            assert connection.scalars(keys).all() == [modified]
        assert site.json("/organisations/partner")["summary"] == {"en": text}
        assert not site.store.rebuild()


def number_of(tables, identifier):
    return select(tables.record.c.number).where(tables.record.c.id == identifier).scalar_subquery()


def wrong_body(tables):
    is_project = tables.document.c.number == number_of(tables, "project")
    return update(tables.document).where(is_project).values(body=b'{"uri":"x"}')


def lost_body(tables):
    return delete(tables.document).where(tables.document.c.number == number_of(tables, "project"))


def wrong_etag(tables):
    return update(tables.record).where(tables.record.c.id == "grant").values(etag="0")


def lost_record(tables):
    return delete(tables.record).where(tables.record.c.id == "partner")


def lost_link(tables):
    return delete(tables.posting).where(tables.posting.c.name == "Grant.projects")


def lost_dependencies(tables):
    return delete(tables.posting).where(tables.posting.c.name == "Project depends_on")


def lost_index_entries(tables):
    return update(tables.record).where(tables.record.c.id == "grant").values(index_entries=b"[{},{}]")


def wrong_texts(tables):
    return update(tables.search_document).values(titles="x")


def wrong_moment(tables):
    return update(tables.record).values(created="2000-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "damage",
    [
        wrong_body,
        lost_body,
        wrong_etag,
        lost_record,
        lost_link,
        lost_dependencies,
        lost_index_entries,
        wrong_texts,
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
    assert statement.table.name in site.store.rebuild()
    assert without_changes_of_rebuilds(stored(site)) == without_changes_of_rebuilds(original)
    assert not site.store.rebuild()


def without_changes_of_rebuilds(tables):
    """Return rows without commits, and without the public change of a record whose triples were wrong."""
    changes = [row for row in tables["change"] if row[4] != "rerender"]
    heads = [(row[1], *row[4:]) for row in tables["head"]]
    return without_commits({**tables, "change": changes, "head": heads})


@pytest.mark.parametrize("command", ["delete", "insert"])
def test_the_doctor_finds_and_a_rebuild_repairs_a_full_text_index_that_differs_from_its_texts(
    sqlite_site, command
):
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    words, index = (
        "number, words FROM search_document JOIN record USING (number) WHERE id = 'partner'",
        "search_document_words",
    )
    statement = {
        "delete": f"INSERT INTO {index}({index}, rowid, words) SELECT 'delete', {words}",
        "insert": f"INSERT INTO {index}(rowid, words) SELECT 1, 'another'",
    }[command]
    with sqlite_site.store.database.writing() as connection:
        connection.exec_driver_sql(statement)
    assert any(f"in {index}" in result.text for result in run_checks(sqlite_site.store))
    assert sqlite_site.store.rebuild().keys() == {index}
    assert [item["id"] for item in sqlite_site.json("/search?q=partner")["items"]] == ["partner", "project"]
    assert not sqlite_site.json("/search?q=another")["total"]
    assert not sqlite_site.store.rebuild()


@pytest.mark.parametrize("table", ["record", "document", "search_document"])
def test_a_rebuild_repairs_exchanged_numbers_of_any_two_records(site, monkeypatch, table):
    # Each record in a batch of its own, as two among many might be.
    monkeypatch.setattr(rebuild, "RENDERED_BATCH", 1)
    site.store.commit(NETWORK_ACTIONS, "editor")
    original = stored(site)
    sql_table, row = site.store.tables.metadata.tables[table], site.store.tables.record
    with site.store.database.writing() as connection:
        numbers = dict(connection.execute(select(row.c.id, row.c.number)).all())
        for number, other in (
            (numbers["project"], -1),
            (numbers["partner"], numbers["project"]),
            (-1, numbers["partner"]),
        ):
            connection.execute(update(sql_table).where(sql_table.c.number == number).values(number=other))
    assert site.store.rebuild()[table]
    assert without_changes_of_rebuilds(stored(site)) == without_changes_of_rebuilds(original)


def test_a_record_that_a_commit_leaves_as_it_was_shows_the_new_links_to_it(site):
    """As when a file contains the record twice, and a new record that links to it."""
    original = record("Project", "project", title={"en": "As it was"})
    site.store.commit([publish(original)], "editor")
    other = record("Project", "project", title={"en": "Another title"})
    grant = record("Grant", "money", projects=["project"])
    site.store.commit([publish(other), publish(original), publish(grant)], "editor")
    assert site.json("/projects/project")["grants"]
    assert not site.store.rebuild()


def test_a_rebuild_corrects_the_words_of_the_index(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    word = site.store.tables.word
    with site.store.database.reading() as connection:
        rows = {*connection.execute(select(word))}
    missing, wrong, *_ = sorted(rows)
    with site.store.database.writing() as connection:
        connection.execute(delete(word).where(word.c.word == missing.word))
        connection.execute(update(word).where(word.c.word == wrong.word).values(latvian_stem="x"))
        connection.execute(word.insert().values(word="ghost", english_stem="ghost", latvian_stem="ghost"))
    with site.store.database.reading() as connection:
        assert site.store.differences_on(connection) == {"word": 3}
    assert site.store.rebuild() == {"word": 3}
    with site.store.database.reading() as connection:
        assert {*connection.execute(select(word))} == rows
    assert not site.store.rebuild()


def test_a_rebuild_removes_rows_that_are_not_in_the_log(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    tables = site.store.tables
    ghost = {"number": (2 << 27) + 1_000, "entity": "Grant", "id": "ghost", "revision": 1}
    moments = dict.fromkeys(("created", "modified", "changed_at", "etag"), "")
    with site.store.database.writing() as connection:
        row = {**ghost, **moments, "commit_number": 1, "list_item": b"{}", "index_entries": b"[{},{}]"}
        connection.execute(tables.record.insert().values(row))
        connection.execute(tables.document.insert().values(number=ghost["number"], body=b"{}"))
        texts = dict.fromkeys(("identifiers", "titles", "words"), "ghost")
        connection.execute(tables.search_document.insert().values(number=ghost["number"], **texts))
    with site.store.database.reading() as connection:
        differences = site.store.differences_on(connection)
    assert {
        table: differences[table] for table in ("record", "document", "search_document")
    } == dict.fromkeys(("record", "document", "search_document"), 1)
    assert site.store.rebuild().items() >= {"record": 1, "document": 1, "search_document": 1}.items()
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
