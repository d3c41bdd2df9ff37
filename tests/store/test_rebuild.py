"""Everything served is made from the log: rebuilding it changes nothing, and mends what is wrong."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from api.store.log import revisions as records
from api.store.log.actions import ChangesRefusedError, discard, publish, save, unpublish
from api.store.log.actions import delete as delete_record
from api.store.publishing.store import StaleReadModelError
from schema import MODEL
from schema.model import Model
from schema.validation.decoder import NewerSchemaError
from tests.support.generators.records import random_record, record
from tests.support.log_scenarios import NETWORK_ACTS, everything, stored
from tests.support.site import Clock, site_on

KEYS = [(entity, f"{entity.lower()}-{n}") for n in range(8) for entity in MODEL.by_name]

FIRST = KEYS[: len(KEYS) // 2]


def random_act(dice: random.Random, ended: set):
    key = dice.choice([one for one in KEYS if one not in ended])
    chosen = dice.choices((publish, save, discard, unpublish, delete_record), weights=(10, 4, 2, 3, 1))[0]
    return (
        chosen(random_record(dice, key, "Word", KEYS, links=0.5))
        if chosen in (publish, save)
        else chosen(key)
    )


def test_a_rebuild_after_any_300_acts_changes_no_byte(site):
    dice, done, refused, ended = random.Random(site.kind), 0, 0, set()  # noqa: S311 - the same acts each time
    site.store.commit([publish(random_record(dice, key, "Word", FIRST, links=0)) for key in FIRST], "editor")
    # Some acts follow so soon that they have the moment of the act before.
    soon = replace(site.store, clock=lambda: datetime(2000, 1, 1, tzinfo=UTC))
    while done < 300:
        acts = [random_act(dice, ended) for _ in range(dice.choice((1, 1, 2)))]
        try:
            done += bool(dice.choice((site.store, soon)).commit(acts, "editor"))
        except ChangesRefusedError:
            refused += 1
        else:
            ended |= {act.key for act in acts if act.action == "delete"}
            # What one act leaves wrong, a later one may happen to mend.
            assert done % 60 or not site.store.rebuild()
    before = stored(site)
    assert before["document"]
    assert refused
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


def test_a_document_keeps_the_moment_of_the_last_act_that_changed_its_bytes(site):
    dice, ended, kept = random.Random(2), set(), 0  # noqa: S311 - the same acts each time
    site.store.commit([publish(random_record(dice, key, "Word", FIRST, links=0)) for key in FIRST], "editor")
    for _ in range(60):
        before = documents(site)
        act = random_act(dice, ended)
        with suppress(ChangesRefusedError):
            site.store.commit([act], "editor")
            ended |= {act.key} if act.action == "delete" else set()
        at = stored(site)["head"][0]
        for key, (body, changed) in documents(site).items():
            is_same = before.get(key, (None,))[0] == body
            assert changed == before[key][1] if is_same else changed in at, key
            kept += is_same
    assert kept


def test_a_record_changed_in_its_text_alone_is_found_by_its_new_moment_and_not_by_the_old(site):
    site.store.commit(NETWORK_ACTS, "editor")
    facet, published = site.store.tables.facet, site.store.tables.published
    for text in ("First", "Second"):
        changed = record("Organisation", "partner", summary={"en": text})
        site.store.commit([publish(changed)], "editor")
        with site.store.database.reading() as connection:
            found = select(facet.c.value).where(facet.c.id == "partner", facet.c.name == "modified")
            moment = select(published.c.modified).where(published.c.id == "partner")
            assert connection.scalars(found).all() == connection.scalars(moment).all()
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
    "harm",
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
def test_a_rebuild_mends_a_wrong_projection_and_says_so(site, harm):
    site.store.commit(NETWORK_ACTS, "editor")
    site.store.rebuild()
    whole = stored(site)
    statement = harm(site.store.tables)
    with site.store.database.writing() as connection:
        assert connection.execute(statement).rowcount
    assert stored(site) != whole
    named = "grants" if statement.table.name == "grants_projects" else statement.table.name
    assert named in site.store.rebuild()
    whole["document"] = [row[:-1] for row in whole["document"]]
    now = stored(site)
    now["document"] = [row[:-1] for row in now["document"]]
    assert now == whole
    assert not site.store.rebuild()


@pytest.mark.parametrize(
    ("table", "number"), [("item", "number"), ("item", "newest"), ("searchable", "number")]
)
def test_a_rebuild_mends_numbers_that_any_two_records_have_from_each_other(site, monkeypatch, table, number):
    # Each by itself, as it might be of two among many.
    monkeypatch.setattr(records, "BATCH_SIZE", 1)
    site.store.commit(NETWORK_ACTS, "editor")
    whole = stored(site)
    rows = site.store.tables.metadata.tables[table]
    with site.store.database.writing() as connection:
        own = dict(connection.execute(select(rows.c.id, rows.c[number])).all())
        for identifier, other in (("project", -1), ("partner", own["project"]), ("project", own["partner"])):
            connection.execute(update(rows).where(rows.c.id == identifier).values({number: other}))
    assert site.store.rebuild() == {table: 2}
    assert stored(site) == whole


def test_a_record_that_acts_leave_as_it_was_changes_with_what_others_say_of_it(site):
    """As it does where a file has it twice, and something new that links to it."""
    as_it_was = record("Project", "project", title={"en": "As it was"})
    site.store.commit([publish(as_it_was)], "editor")
    other = record("Project", "project", title={"en": "Another title"})
    grant = record("Grant", "money", projects=["project"])
    site.store.commit([publish(other), publish(as_it_was), publish(grant)], "editor")
    assert site.json("/projects/project")["grants"]
    assert not site.store.rebuild()


def test_a_rebuild_takes_away_what_the_log_does_not_know(site):
    site.store.commit(NETWORK_ACTS, "editor")
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
    "changed",
    [
        {"base": "https://other.example"},
        {"languages": ("lv", "en", "pl")},
        {"licence": "https://creativecommons.org/publicdomain/zero/1.0/"},
        {"publisher": {"en": "Somebody else"}},
    ],
)
def test_other_settings_make_what_is_served_stale_and_a_rebuild_makes_it_anew(databases, site, changed):
    acts = [*NETWORK_ACTS, publish(record("Organisation", "abroad", country="PL"))]
    site.store.commit(acts, "editor")
    site.store.rebuild()
    assert not site.store.is_stale()
    with (
        site_on(site.address, **changed) as other,
        site_on(databases.make(site.kind), **changed) as fresh,
    ):
        assert other.store.is_stale()
        assert other.store.rebuild()
        assert not other.store.is_stale()
        fresh.store.commit(acts, "editor")
        paths = ["/", "/projects", "/projects/project", "/grants/grant", "/organisations/abroad"]
        assert [other.raw(path) for path in paths] == [fresh.raw(path) for path in paths]


def test_acts_are_refused_while_what_is_served_was_made_in_another_way(site):
    site.store.commit(NETWORK_ACTS, "editor")
    other = replace(site.store, renderer=replace(site.store.renderer, licence="https://x.example/"))
    with pytest.raises(StaleReadModelError):
        other.commit([publish(record("Organisation", "new"))], "editor")
    assert site.get("/organisations/new").status_code == 404
    other.rebuild()
    assert other.commit([publish(record("Organisation", "new"))], "editor") == 1


def test_a_document_of_a_newer_version_is_not_taken_for_one_of_today(site):
    site.store.commit(NETWORK_ACTS, "editor")
    revision = site.store.tables.revision
    with site.store.database.writing() as connection:
        connection.execute(update(revision).values(declared=1))
    with pytest.raises(NewerSchemaError):
        site.store.rebuild()


def named_anew(entity: str, document: dict) -> dict:
    """A synthetic change: what was called `label` is called `name` since."""
    if entity == "Organisation" and "label" in document:
        return {
            **{key: value for key, value in document.items() if key != "label"},
            "name": document["label"],
        }
    return document


def shouted(entity: str, document: dict) -> dict:
    """A second one: names are in capitals since."""
    if entity == "Organisation":
        return document | {"name": {tag: text.upper() for tag, text in document["name"].items()}}
    return document


def test_old_documents_are_upgraded_when_they_are_read_and_their_rows_are_left_alone(site):
    site.store.commit(NETWORK_ACTS, "editor")
    revision = site.store.tables.revision
    with site.store.database.writing() as connection:
        old = '{"id":"partner","label":{"en":"Old"}}'
        connection.execute(update(revision).where(revision.c.id == "partner").values(document=old))
    model = Model(site.store.renderer.model.entities, upgrades=(named_anew, shouted))
    newer = replace(site.store, renderer=replace(site.store.renderer, model=model), clock=Clock())
    log = stored(site)["revision"]
    newer.rebuild()
    assert site.json("/organisations/partner")["name"] == {"en": "OLD"}
    assert site.json("/projects/project")["participations"][0]["organisation"]["name"] == {"en": "OLD"}
    assert stored(site)["revision"] == log
    newer.commit([publish(record("Organisation", "new"))], "editor")
    assert [row[8] for row in stored(site)["revision"]][-1] == len(model.upgrades)
    assert site.json("/organisations/new")["name"] == {"en": "Organisation new"}


def test_publishing_what_an_upgrade_made_appends_nothing(site):
    site.store.commit([publish(record("Organisation", "one", name={"en": "one"}))], "editor")
    model = Model(site.store.renderer.model.entities, upgrades=(shouted,))
    newer = replace(site.store, renderer=replace(site.store.renderer, model=model))
    assert newer.commit([publish(record("Organisation", "one", name={"en": "ONE"}))], "editor") == 0


def test_everything_is_served_the_same_before_and_after_a_rebuild(network):
    before = everything(network)
    assert not network.store.rebuild()
    assert everything(network) == before
