"""Tests of databases of earlier versions, whose documents contain their sources: these become records."""

import msgspec
import pytest
from alembic import command
from sqlalchemy import insert, update

from api.editing.loader_commit import LOADER
from api.store.database.database import Database
from api.store.log.actions import publish
from api.store.maintenance.alembic_upgrade import alembic_config
from api.store.maintenance.backup_and_restore import back_up, restore
from api.store.maintenance.check_result import CheckStatus
from api.store.maintenance.doctor import run_checks
from api.store.maintenance.migrate import migrate
from schema.storage.tables import TABLES
from tests.support.generators.records import record
from tests.support.oracle.record_tables import assert_record_tables_agree
from tests.support.response_and_row_snapshots import content_responses, stored
from tests.support.site import BASE, KINDS, site_on

EARLIER = "0008"
"""The last migration before sources were records."""

AT = "2026-11-20T10:00:00Z"

NEWS = {
    "id": "news",
    "title": {"lv": "Ziņa"},
    "publisher": {"lv": "Avīze"},
    "language": "lv",
    "date": "2022-02-28",
}

PUBLISHED = (
    (
        "Organisation",
        "loader",
        "publish",
        {"id": "house", "name": {"en": "House"}, "record": {"sources": [NEWS]}},
    ),
    (
        "Project",
        "loader",
        "publish",
        {
            "id": "work",
            "title": {"lv": "Darbs", "en": "Work"},
            "record": {
                "sources": [NEWS, {"id": "page", "url": "https://example.org/page"}],
                "translated": ["en"],
            },
        },
    ),
    (
        "Programme",
        "editor",
        "restore",
        {
            "id": "aid",
            "name": {"en": "Aid"},
            "record": {"sources": [{"id": "news", "title": {"en": "Another paper"}}]},
        },
    ),
)

DRAFT = {"id": "hidden", "title": {"en": "Hidden"}, "record": {"sources": [{"id": "hidden"}]}}


@pytest.fixture(params=KINDS)
def earlier(request, databases) -> str:
    """Return the address of a database that the earlier version wrote, at the schema of this version."""
    address = databases.empty(request.param)
    database = Database(address)
    with database.migrating() as connection:
        command.upgrade(alembic_config(connection), EARLIER)
        tables = TABLES
        revisions = [
            *PUBLISHED,
            ("Output", "editor", "save", DRAFT),
        ]
        rows = [
            (
                seq,
                entity,
                document["id"],
                1,
                AT,
                actor,
                action,
                None,
                0,
                msgspec.json.encode(document).decode(),
            )
            for seq, (entity, actor, action, document) in enumerate(revisions, 1)
        ]
        connection.execute(insert(tables.revision), [_row(tables.revision, row) for row in rows])
        public = [(seq, entity, identifier) for seq, entity, identifier, *_ in rows[: len(PUBLISHED)]]
        changes = [(seq, AT, entity, identifier, "publish", None, None) for seq, entity, identifier in public]
        connection.execute(insert(tables.change), [_row(tables.change, row) for row in changes])
        head = {"seq": len(rows), "number": len(public), "at": AT, "fingerprint": "earlier"}
        connection.execute(update(tables.head).values(head))
    assert migrate(database)
    database.close()
    return address


def _row(table, values) -> dict:
    return dict(zip(table.c.keys(), values, strict=True))


@pytest.fixture
def upgraded(earlier):
    with site_on(earlier) as site:
        assert site.store.is_stale()
        site.store.rebuild()
        yield site


def source_ids(site, path: str) -> list[str]:
    return [card["id"] for card in site.json(path)["record"]["sources"]]


def test_each_source_that_public_documents_contain_is_a_record_that_they_link_to(upgraded):
    news = upgraded.json("/sources/news")
    assert {key: news[key] for key in ("id", "title", "publisher", "date")} == {
        key: value for key, value in NEWS.items() if key != "language"
    }
    assert news["language"]["id"] == "lv"
    assert source_ids(upgraded, "/organisations/house") == ["news"]
    assert source_ids(upgraded, "/projects/work") == ["news", "page"]
    assert upgraded.json("/projects?source=news")["total"] == 1
    assert upgraded.json("/sources/page")["title"] == {"und": "https://example.org/page"}
    assert news["project_list"]["total"] == 1
    assert_record_tables_agree(upgraded.store)


def test_of_different_sources_with_one_id_the_first_keeps_it_and_the_link_of_the_other_changes(upgraded):
    assert source_ids(upgraded, "/programmes/aid") == ["news-2"]
    assert upgraded.json("/sources/news-2")["title"] == {"en": "Another paper"}
    assert {item["id"] for item in upgraded.json("/sources")["items"]} == {"news", "news-2", "page"}


def test_languages_of_translations_become_pointers_to_the_whole_record(upgraded):
    (translation,) = upgraded.json("/projects/work")["record"]["translated"]
    language = translation.pop("language")
    assert language["id"] == "en"
    uri = f"{BASE}/projects/work#translation-en"
    assert translation == {"id": "en", "uri": uri, "type": "Translation", "pointer": ""}


def test_the_revisions_of_the_earlier_version_are_left_as_they_are(upgraded):
    documents = [row[9] for row in stored(upgraded)["revision"]]
    assert [msgspec.json.decode(document) for document in documents[:3]] == [body for *_, body in PUBLISHED]
    assert all(result.status is not CheckStatus.FAILED for result in run_checks(upgraded.store))


def test_an_upgraded_database_is_not_upgraded_again(upgraded):
    actor_may_change = [publish(record("Source", "news", title={"lv": "Cita ziņa"}))]
    assert upgraded.store.commit(actor_may_change, LOADER, only_own=True) == 1
    before, log = content_responses(upgraded), stored(upgraded)["revision"]
    assert not upgraded.store.rebuild()
    assert (content_responses(upgraded), stored(upgraded)["revision"]) == (before, log)


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_of_an_earlier_version_is_upgraded_when_it_is_restored(earlier, databases, tmp_path, kind):
    with site_on(earlier) as site:
        back_up(site.store, tmp_path / "backup")
    with site_on(databases.make(kind)) as site:
        restore(site.store, tmp_path / "backup")
        assert source_ids(site, "/projects/work") == ["news", "page"]
        assert source_ids(site, "/programmes/aid") == ["news-2"]
        assert site.get("/sources/hidden").status_code == 404
