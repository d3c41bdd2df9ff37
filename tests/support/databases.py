"""Migrated databases for tests, copied from one template per engine."""

import itertools
import os
import shutil
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from api.store.database.database import Database
from api.store.maintenance.migrate import migrate


class Databases:
    """Makes migrated, empty databases of either kind, each a copy of one that was migrated once."""

    def __init__(self, server: str, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._numbers = itertools.count()
        self._templates: dict[str, str] = {}
        self._made: list[str] = []

    def make(self, kind: str) -> str:
        """Return the address of a new database."""
        if kind not in self._templates:
            self._templates[kind] = self._new(kind)
            template = Database(self._address(kind, self._templates[kind]))
            migrate(template)
            template.close()
        return self._address(kind, self._new(kind, self._templates[kind]))

    def empty(self, kind: str) -> str:
        """Return the address of a new database without tables."""
        return self._address(kind, self._new(kind))

    def _new(self, kind: str, template: str | None = None) -> str:
        name = f"tikls_test_{os.getpid()}_{next(self._numbers)}"
        if kind == "postgresql":
            self._execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
            self._made.append(name)
        elif template:
            shutil.copy(self._folder / template, self._folder / name)
        return name

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
