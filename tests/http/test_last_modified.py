"""Tests of Last-Modified: the moment of the last commit or rebuild that changed a document or a list."""

from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest

from api.formats.html.asset_files import asset_path
from api.store.log.actions import delete, publish, save, unpublish
from api.store.maintenance.backup_and_restore import back_up, restore
from tests.support.generators.records import record
from tests.support.site import FORMATS, KINDS, Site, content_addresses, site_on

STATIC = (
    "/",
    "/vocab",
    "/vocab/role",
    "/vocab/activity-kind/meeting",
    "/context.jsonld",
    "/schemas/project.json",
    "/problems/not-found",
    "/projects.csv-metadata.json",
    "/robots.txt",
    asset_path("style.css"),
    "/favicon.ico",
)
"""Addresses of documents that do not depend on content."""

LISTS = (
    "/projects",
    "/projects?limit=1",
    "/organisations?q=x",
    "/search?q=x",
    "/sitemap.xml",
    "/openapi.json",
    "/docs",
    "/vocab/role/partner",
)
"""Addresses of documents that any commit may change."""


def last_modified(site: Site, path: str) -> str:
    """Return the Last-Modified of a document, which must be an HTTP-date."""
    response = site.get(path)
    assert response.status_code == 200, path
    value = response.headers["last-modified"]
    assert format_datetime(parsedate_to_datetime(value), usegmt=True) == value
    return value


def last_commit(site: Site) -> str:
    """Return the moment of the last reading of the clock, as an HTTP-date."""
    return format_datetime(site.store.clock.now, usegmt=True)


def publish_all(site: Site, *records: object) -> str:
    """Publish records in one commit, and return its moment."""
    site.store.commit([publish(each) for each in records], "editor")
    return last_commit(site)


def test_every_response_with_an_etag_has_a_last_modified(network):
    for path in (*content_addresses(network), *STATIC, *LISTS):
        for suffix in ("", ".json", ".lv.html") if path.startswith("/projects/") else ("",):
            response = network.get(path + suffix)
            assert response.headers["etag"]
            assert last_modified(network, path + suffix).endswith(" GMT")
    for path in ("/nothing", "/projects?x=1", "/livez"):
        assert "last-modified" not in network.get(path).headers


def test_a_record_keeps_the_moment_of_the_commit_that_last_changed_its_document(site):
    first = publish_all(site, record("Organisation", "lead"), record("Grant", "alone"))
    second = publish_all(site, record("Project", "work", participations=[
        {"id": "lead", "organisation": "lead", "role": "coordinator"}
    ]))  # fmt: skip
    assert last_modified(site, "/projects/work") == second
    publish_all(site, record("Project", "other"), record("Organisation", "another"))
    for name in FORMATS:
        assert last_modified(site, f"/projects/work.{name}") == second
        assert last_modified(site, f"/grants/alone.{name}") == first
    assert last_modified(site, "/projects/work?fields=title&lang=lv") == second
    # The document of the project has the name of the organisation.
    renamed = publish_all(site, record("Organisation", "lead", name={"lv": "Jauns nosaukums"}))
    assert last_modified(site, "/projects/work") == last_modified(site, "/organisations/lead") == renamed
    assert last_modified(site, "/grants/alone") == first


def test_any_public_commit_moves_lists_and_documents_with_totals_of_lists(site):
    publish_all(site, record("Organisation", "lead"), record("Project", "work"))
    moments = [publish_all(site, record("Project", "work", title={"lv": "Cits"}))]
    for actions in ([unpublish(("Project", "work"))], [delete(("Project", "work"))]):
        site.store.commit(actions, "editor")
        moments.append(last_commit(site))
        for path in (
            *LISTS,
            "/organisations/lead",
            "/projects?include=lead",
            "/organisations/lead?include=part_of",
        ):
            assert last_modified(site, path) == moments[-1], path
    assert len({*moments}) == 3


def test_drafts_and_publishing_what_is_public_move_nothing(site):
    work = record("Project", "work")
    site.store.commit([save(record("Project", "before"))], "editor")
    published = publish_all(site, work)
    paths = (*STATIC, *LISTS, "/projects/work", "/index.en.html")
    assert {last_modified(site, path) for path in paths} == {published}
    site.store.commit(
        [save(record("Project", "draft")), save(record("Project", "work", title={"lv": "Cits"}))], "editor"
    )
    publish_all(site, work)
    assert {last_modified(site, path) for path in paths} == {published}


def test_documents_that_do_not_depend_on_content_have_the_moment_of_the_rebuild_for_their_settings(databases):
    for kind in KINDS:
        with databases.temporary(kind) as address:
            with site_on(address) as site:
                first = publish_all(site, record("Project", "work"))
                publish_all(site, record("Project", "other"))
                assert {last_modified(site, path) for path in STATIC} == {first}
                site.store.rebuild()
                assert {last_modified(site, path) for path in STATIC} == {first}
            with site_on(address, licence="https://example.org/licence") as site:
                site.store.clock.now += timedelta(hours=1)
                site.store.rebuild()
                rebuilt = last_commit(site)
                paths = (*STATIC, *LISTS, "/projects/work", "/projects/other")
                assert {last_modified(site, path) for path in paths} == {rebuilt}
                publish_all(site, record("Project", "third"))
                site.store.rebuild()
                assert {last_modified(site, path) for path in (*STATIC, "/projects/work")} == {rebuilt}


def test_all_servers_of_a_database_answer_the_same_moments(databases):
    for kind in KINDS:
        with (
            databases.temporary(kind) as address,
            site_on(address) as one,
            site_on(address, cache=0) as other,
        ):
            publish_all(one, record("Project", "work"))
            publish_all(one, record("Project", "other"))
            for path in (*STATIC, *LISTS, "/projects/work"):
                assert last_modified(one, path) == last_modified(other, path)


def test_both_engines_answer_the_same_moments(networks):
    sqlite, postgresql = networks
    for path in (*content_addresses(sqlite), *STATIC, *LISTS):
        assert last_modified(sqlite, path) == last_modified(postgresql, path)


@pytest.mark.parametrize("path", ["/projects/ensie", "/projects.ttl", "/vocab", "/projects/ensie.lv.html"])
def test_if_modified_since_is_ignored_and_304_has_the_moment(network, path):
    response = network.get(path, accept_encoding="identity")
    moment, etag = response.headers["last-modified"], response.headers["etag"]
    for since in (moment, "Fri, 01 Jan 2100 00:00:00 GMT", "yesterday"):
        assert network.get(path, if_modified_since=since).status_code == 200
        both = network.get(path, if_modified_since=since, if_none_match=etag, accept_encoding="identity")
        assert (both.status_code, both.headers["last-modified"]) == (304, moment)
        assert network.get(path, if_modified_since=since, if_none_match='"x"').status_code == 200


def test_a_restored_backup_has_the_moment_of_the_backup(site, databases, tmp_path):
    moment = publish_all(site, record("Project", "work"))
    back_up(site.store, tmp_path / "backup")
    with databases.temporary(site.kind) as address, site_on(address) as restored:
        restore(restored.store, tmp_path / "backup")
        for path in ("/projects/work", "/projects", "/vocab", "/"):
            assert last_modified(restored, path) == moment
