"""Migrated databases for tests, copied from one template per engine; tables of models without migrations."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from api.editing.directory_loader import load_directory
from api.settings import Settings
from api.store.database.database import Database
from api.store.maintenance.migrate import migrate
from api.store_factory import create_store
from tests.support.run_cleanup import one_at_a_time
from tests.support.site import BASE, ROOT, Clock


class Databases:
    """Makes migrated, empty databases of either kind, each a copy of one that was migrated once.

    The processes that have the same `shared` folder share the databases that are copied.
    """

    def __init__(self, server: str, folder: Path, shared: Path | None = None) -> None:
        self._server = server
        self._folder = folder
        self._shared = shared or folder
        self._numbers = itertools.count()
        self._templates: dict[tuple[str, bool], str] = {}
        self._made: set[str] = set()

    def make(self, kind: str) -> str:
        """Return the address of a new database."""
        return self._address(kind, self._new(kind, self._template(kind, with_content=False)))

    def make_with_content(self, kind: str) -> str:
        """Return the address of a new database with the network's own content, for installations at `BASE`."""
        return self._address(kind, self._new(kind, self._template(kind, with_content=True)))

    @contextmanager
    def temporary(self, kind: str, *, with_content: bool = False) -> Iterator[str]:
        """Yield the address of a new database, and drop it at the end."""
        address = self.make_with_content(kind) if with_content else self.make(kind)
        yield address
        self._drop(address)

    def empty(self, kind: str) -> str:
        """Return the address of a new database without tables."""
        return self._address(kind, self._new(kind))

    def _template(self, kind: str, *, with_content: bool) -> str:
        if (kind, with_content) not in self._templates:
            name = f"template-{kind}-{'content' if with_content else 'empty'}"
            empty = self._template(kind, with_content=False) if with_content else None
            with one_at_a_time(self._shared / name):
                file = self._shared / name
                if not file.exists():
                    file.write_text(self._new_template(kind, empty), encoding="utf-8")
                self._templates[kind, with_content] = file.read_text(encoding="utf-8")
        return self._templates[kind, with_content]

    def _new_template(self, kind: str, empty: str | None) -> str:
        """Migrate a new database, or load the content into a copy of an empty one. Return its name."""
        name = self._new(kind, empty)
        database = Database(self._address(kind, name))
        if empty:
            self._load(self._address(kind, name))
        else:
            migrate(database)
        database.close()
        return name if kind == "postgresql" else str(self._folder / name)

    def _load(self, address: str) -> None:
        """Load the network's own content, on the day before the first commit of any test."""
        clock = Clock()
        clock.now -= timedelta(days=1)
        store = create_store(Settings(database=address, base=BASE), clock=clock)
        load_directory(store, ROOT / "data")
        store.database.close()

    def _new(self, kind: str, template: str | None = None) -> str:
        name = f"tikls_test_{os.getpid()}_{next(self._numbers)}"
        if kind == "postgresql":
            # Faster than logging every page, as nothing is synchronised.
            self._execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'} STRATEGY file_copy")
            self._made.add(name)
        elif template:
            shutil.copy(self._folder / template, self._folder / name)
        return name

    def _drop(self, address: str) -> None:
        """Remove a database that no test needs any more."""
        name = Path(make_url(address).database or "").name
        if name in self._made:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")
            self._made.remove(name)
        for suffix in ("", "-wal", "-shm", ".lock"):
            (self._folder / f"{name}{suffix}").unlink(missing_ok=True)

    def drop_all(self) -> None:
        """Leave nothing behind on the server."""
        for name in self._made:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _address(self, kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self._folder / name}"
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement)
