"""The schema version of this software, read from file names: the server need not import Alembic for it."""

from pathlib import Path

_MIGRATIONS = Path("migrations", "versions")


def newest_schema_version() -> str:
    """Return the number of the newest migration, the first part of its file name."""
    return max(schema_versions())


def schema_versions() -> set[str]:
    """Return the numbers of all migrations."""
    return {path.name.partition("_")[0] for path in _MIGRATIONS.glob("*.py")}
