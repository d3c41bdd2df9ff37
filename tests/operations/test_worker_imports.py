"""Modules that the processes of the server and the command line import at their start."""

import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory

from api.store.maintenance.schema_version import newest_schema_version
from tests.support.site import ROOT


@pytest.mark.parametrize(
    ("room", "strangers"),
    [
        ("api.cli.commands", {"alembic", "granian", "litestar", "mako"}),
        ("api.cli.supervisor", {"api.application", "litestar", "msgspec", "schema", "sqlalchemy"}),
        (
            "api.cli.worker",
            {
                "alembic",
                "api.store.publishing.store",
                "asyncpg",
                "click",
                "psycopg",
                "sqlalchemy.dialects.postgresql",
            },
        ),
    ],
)
def test_a_process_that_serves_loads_nothing_that_it_does_not_need(room, strangers):
    ask = f"import sys, {room}; print(*sys.modules)"
    command = [sys.executable, "-c", ask]
    loaded = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    assert room in loaded
    assert not strangers.intersection(loaded)


def test_the_newest_schema_version_is_the_head_of_the_migrations():
    assert newest_schema_version() == ScriptDirectory("migrations").get_current_head()
