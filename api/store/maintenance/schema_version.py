"""Which tables are those of today, by the names of the migrations: a server asks, and needs no more of Alembic."""

from pathlib import Path

_MIGRATIONS = Path("migrations", "versions")


def newest_schema_version() -> str:
    """Return the number of the newest migration, which each file of one begins with."""
    return max(path.name for path in _MIGRATIONS.glob("*.py")).partition("_")[0]
