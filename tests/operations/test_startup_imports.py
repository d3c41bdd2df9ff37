"""Tests of the modules that the processes of the server and the command line import at their start."""

import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory

from api.store.maintenance.newest_schema_version import newest_schema_version
from tests.support.site import ROOT


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("api.cli.commands", {"alembic", "granian", "litestar", "mako"}),
        (
            "api.cli.supervisor",
            {
                "alembic",
                "api.store.publishing.store",
                "asyncpg",
                "click",
                "limits",
                "psycopg",
                "sqlalchemy.dialects.postgresql",
            },
        ),
    ],
)
def test_a_process_imports_no_unneeded_modules(module, unneeded):
    script = f"import sys, {module}; print(*sys.modules)"
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    assert module in loaded
    assert not unneeded.intersection(loaded)


def test_the_newest_schema_version_is_the_head_of_the_migrations():
    assert newest_schema_version() == ScriptDirectory("migrations").get_current_head()
