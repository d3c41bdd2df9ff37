"""The marker beside a SQLite file that it once had content: an empty database in its place has lost it.

PostgreSQL needs none: a database that is lost there is missing, and no start creates it.
"""

from contextlib import suppress
from pathlib import Path

from api.store.database.database import Database

_SUFFIX = ".published"


def had_content(database: Database) -> bool:
    """Return True if a database with the path of this one had content."""
    return bool(database.path and _marker(database.path).exists())


def record_content(database: Database) -> None:
    """Leave the marker beside the file of a database that has content."""
    if database.path:
        with suppress(OSError):  # where only the file itself can be written, there is no marker
            _marker(database.path).touch(0o600)


def _marker(path: Path) -> Path:
    return path.with_name(path.name + _SUFFIX)
