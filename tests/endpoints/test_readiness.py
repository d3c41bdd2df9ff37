"""Tests of `/readyz`: it is ready as long as what answers read can be read, on a damaged file too."""

import shutil

from tests.support.generators.database_damage import flip_schema, zero_table
from tests.support.site import site_on

READ_BY_ANSWERS = [
    "alembic_version",
    "change",
    "document",
    "head",
    "posting",
    "record",
    "search_document",
    "sort_key",
    "word",
]


def test_a_server_is_ready_without_content(site):
    assert site.get("/readyz").json() == {"status": "ready"}


def test_a_server_is_not_ready_while_a_table_that_answers_read_is_damaged(databases):
    with databases.temporary("sqlite", with_content=True) as address, site_on(address) as site:
        path = site.store.database.path
        sound, damaged = path.with_name("sound"), path.with_name("damaged")
        shutil.copy(path, sound)
        for table in READ_BY_ANSWERS:
            shutil.copy(sound, damaged)
            zero_table(damaged, table)
            damaged.replace(path)
            response = site.get("/readyz")
            assert response.status_code == 503, table
            assert int(response.headers["retry-after"]) > 0
        assert site.get("/livez").status_code == 200
        sound.replace(path)
        assert site.get("/readyz").status_code == 200


def test_a_server_is_not_ready_while_a_row_that_answers_read_is_missing(site):
    with site.store.database.writing() as connection:
        connection.execute(site.store.tables.head.delete())
    assert site.get("/readyz").status_code == 503


def test_a_damaged_schema_gives_503_at_every_address_that_reads(databases):
    with databases.temporary("sqlite", with_content=True) as address, site_on(address) as site:
        flip_schema(site.store.database.path)
        for path in ("/readyz", "/projects", "/projects/ensie", "/projects/ensie.ttl", "/search?q=ensie"):
            assert site.get(path).status_code == 503, path
