"""Migrations: the tables they make are the ones that the declarations need."""

import shutil

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from api.editing.directory import load
from api.store.database.database import Database
from api.store.maintenance.migrate import configuration, is_current, migrate
from migrations.autogenerate import is_declared
from schema import MODEL
from schema.storage.tables import Tables
from schema.validation.decoder import NewerError
from tests.support.log_scenarios import everything
from tests.support.site import ROOT, site_on


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, databases):
    database = Database(databases.empty(request.param))
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    names = set(inspect(database.engine).get_table_names()) - {"alembic_version"}
    return {name for name in names if is_declared(name, "table", {})}


def test_the_migrations_make_the_tables_of_the_declarations(empty):
    assert migrate(empty)
    assert tables(empty) == set(Tables(MODEL).metadata.tables)
    with empty.migrating() as connection:
        command.check(configuration(connection))
        context = MigrationContext.configure(connection, opts={"include_name": is_declared})
        assert compare_metadata(context, Tables(MODEL).metadata) == []


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


def how() -> str:
    return "always" if op.get_bind().dialect.name == "sqlite" else "auto"


def upgrade() -> None:
    with op.batch_alter_table("projects", recreate=how()) as batch_op:
        batch_op.add_column(sa.Column("colour", sa.Text(), nullable=True))
    with op.batch_alter_table("organisations", recreate=how()) as batch_op:
        batch_op.alter_column("country", new_column_name="land")


def downgrade() -> None:
    with op.batch_alter_table("organisations", recreate=how()) as batch_op:
        batch_op.alter_column("land", new_column_name="country")
    with op.batch_alter_table("projects", recreate=how()) as batch_op:
        batch_op.drop_column("colour")
'''

LOG = ("head", "revision", "change", "published")


def held(database: Database) -> dict[str, list[dict]]:
    """Return every row of every table, without the columns that the migrations at hand touch."""
    touched = {"fingerprint", "served", "rendered", "colour", "country", "land"}
    with database.reading() as connection:
        found = {
            name: connection.execute(text(f'SELECT * FROM "{name}"')).mappings().all()  # noqa: S608 - our own tables
            for name in sorted(tables(database))
        }
    return {
        name: sorted(({key: row[key] for key in row if key not in touched} for row in rows), key=repr)
        for name, rows in found.items()
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def populated(request, databases):
    with site_on(databases.make(request.param)) as site:
        load(site.store, ROOT / "data")
        yield site


def test_the_first_migration_does_not_go_down_while_the_log_has_revisions(populated):
    before = held(populated.store.database)
    with (
        pytest.raises(RuntimeError, match="revisions"),
        populated.store.database.migrating() as connection,
    ):
        command.downgrade(configuration(connection), "base")
    assert held(populated.store.database) == before
    assert populated.json("/projects")["total"] == len(before["projects"])


def steps() -> list[str]:
    script = ScriptDirectory("migrations")
    return [one.revision for one in script.walk_revisions() if one.down_revision]


@pytest.mark.parametrize("revision", steps())
def test_a_later_migration_goes_down_and_up_and_what_it_took_is_made_anew_from_the_log(populated, revision):
    database = populated.store.database
    before, answers = held(database), everything(populated)
    down, dropped = ScriptDirectory("migrations").get_revision(revision).down_revision, set()
    for target, move in ((down, command.downgrade), (revision, command.upgrade), (down, command.downgrade)):
        with database.migrating() as connection:
            move(configuration(connection), target)
        after = held(database)
        # What it drops on the way down comes back empty; whatever stays keeps its rows.
        dropped |= before.keys() - after.keys()
        for name in after:
            assert name not in LOG or after[name] == before[name]
            assert len(after[name]) == (0 if name in dropped else len(before[name])), name
        assert after["projects"], "a table that is made anew keeps its rows"
        assert after["projects_participations"]
    migrate(database)
    assert populated.store.is_stale()
    populated.store.rebuild()
    assert held(database) == before
    assert everything(populated) == answers


def move_by(folder, database: Database, move, target: str) -> None:
    with database.migrating() as connection:
        config = configuration(connection)
        config.set_main_option("script_location", str(folder))
        move(config, target)


def test_a_synthetic_migration_that_makes_tables_anew_loses_no_row(populated, tmp_path):
    """Children of foreign keys included, which is where such migrations lose them elsewhere."""
    database = populated.store.database
    before, answers = held(database), everything(populated)
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
        move_by(tmp_path / "migrations", database, move, target)
        assert held(database) == before
    columns = {column["name"] for column in inspect(database.engine).get_columns("projects")}
    assert "colour" in columns
    assert everything(populated) == answers


def test_a_migration_that_fails_half_way_leaves_everything_as_it_was(populated, tmp_path):
    database = populated.store.database
    before, answers = held(database), everything(populated)
    shutil.copytree(
        ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__")
    )
    fails = LATER.format(head=steps()[0]).replace(
        "def downgrade",
        '    op.execute("DELETE FROM shows")\n    raise OSError("the disk is full")\n\n\ndef downgrade',
    )
    (tmp_path / "migrations/versions/synthetic.py").write_text(fails, encoding="utf-8")
    with pytest.raises(OSError, match="the disk is full"):
        move_by(tmp_path / "migrations", database, command.upgrade, "head")
    assert held(database) == before
    assert "colour" not in {column["name"] for column in inspect(database.engine).get_columns("projects")}
    assert everything(populated) == answers


def test_tables_of_a_newer_version_are_left_alone(populated):
    with populated.store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'newer'"))
    with pytest.raises(NewerError):
        migrate(populated.store.database)
