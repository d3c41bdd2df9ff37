"""Migrations: the tables they make are the ones that the declarations need."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from api.store.database import Database
from api.store.migrating import configuration, is_current, migrate
from schema import MODEL
from schema.tables import Tables


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, databases):
    return Database(databases.empty(request.param))


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_the_migrations_make_the_tables_of_the_declarations(empty):
    assert migrate(empty)
    assert tables(empty) == set(Tables(MODEL).metadata.tables)
    with empty.migrating() as connection:
        command.check(configuration(connection))
        assert compare_metadata(MigrationContext.configure(connection), Tables(MODEL).metadata) == []


def test_migrating_twice_changes_nothing(empty):
    migrate(empty)
    with empty.reading() as connection:
        assert is_current(connection)
    assert not migrate(empty)


def test_an_empty_database_goes_up_down_and_up_again(empty):
    migrate(empty)
    with empty.migrating() as connection:
        command.downgrade(configuration(connection), "base")
    assert tables(empty) == set()
    assert migrate(empty)
    assert tables(empty) == set(Tables(MODEL).metadata.tables)
