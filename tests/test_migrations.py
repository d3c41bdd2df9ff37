"""Migrations: the tables they make are the ones that the declarations need."""

import shutil

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from conftest import ROOT, site_on
from sqlalchemy import inspect, text
from test_log import everything

from api.loading import load
from api.store.database import Database
from api.store.migrating import configuration, is_current, migrate
from schema import MODEL
from schema.tables import Tables


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, databases):
    database = Database(databases.empty(request.param))
    yield database
    database.close()


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


LATER = '''"""A synthetic migration: a column more on a table that others refer to, and one table made anew."""

import sqlalchemy as sa
from alembic import op

revision = "synthetic"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("projects", recreate="auto" if op.get_bind().dialect.name == "postgresql" else "always") as batch_op:
        batch_op.add_column(sa.Column("colour", sa.Text(), nullable=True))
    with op.batch_alter_table("organisations", recreate="auto" if op.get_bind().dialect.name == "postgresql" else "always") as batch_op:
        batch_op.alter_column("country", new_column_name="land")


def downgrade() -> None:
    with op.batch_alter_table("organisations", recreate="auto" if op.get_bind().dialect.name == "postgresql" else "always") as batch_op:
        batch_op.alter_column("land", new_column_name="country")
    with op.batch_alter_table("projects", recreate="auto" if op.get_bind().dialect.name == "postgresql" else "always") as batch_op:
        batch_op.drop_column("colour")
'''


def counts(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return {
            name: connection.scalar(text(f'SELECT count(*) FROM "{name}"'))  # noqa: S608 - our own tables
            for name in sorted(tables(database))
        }


@pytest.fixture(params=["sqlite", "postgresql"])
def populated(request, databases):
    with site_on(databases.make(request.param)) as site:
        load(site.store, ROOT / "data")
        yield site


def test_the_first_migration_does_not_go_down_while_the_log_has_revisions(populated):
    before = counts(populated.store.database)
    with (
        pytest.raises(RuntimeError, match="revisions"),
        populated.store.database.migrating() as connection,
    ):
        command.downgrade(configuration(connection), "base")
    assert counts(populated.store.database) == before
    assert populated.json("/projects")["total"] == 2


def steps() -> list[str]:
    script = ScriptDirectory("migrations")
    return [one.revision for one in script.walk_revisions() if one.down_revision]


@pytest.mark.parametrize("revision", steps())
def test_a_later_migration_goes_down_and_up_without_losing_a_row(populated, revision):
    database = populated.store.database
    before, answers = counts(database), everything(populated)
    down = ScriptDirectory("migrations").get_revision(revision).down_revision
    for target, move in ((down, command.downgrade), (revision, command.upgrade)) * 2:
        with database.migrating() as connection:
            move(configuration(connection), target)
        assert counts(database) == before
    migrate(database)
    assert everything(populated) == answers


def test_a_synthetic_migration_that_makes_tables_anew_loses_no_row(populated, tmp_path):
    """Children of foreign keys included, which is where such migrations lose them elsewhere."""
    database = populated.store.database
    before, answers = counts(database), everything(populated)
    shutil.copytree(
        ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "migrations/versions/synthetic.py").write_text(
        LATER.format(head=steps()[0]), encoding="utf-8"
    )
    for target, move in (
        ("head", command.upgrade),
        (steps()[0], command.downgrade),
        ("head", command.upgrade),
    ):
        with database.migrating() as connection:
            config = configuration(connection)
            config.set_main_option("script_location", str(tmp_path / "migrations"))
            move(config, target)
        assert counts(database) == before
    columns = {column["name"] for column in inspect(database.engine).get_columns("projects")}
    assert "colour" in columns
    assert everything(populated) == answers
