"""Rendering inside a transaction: documents, list items, and which records each of them shows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Table, delete, insert, select

from api.store.neighbourhood import Neighbourhood
from api.store.records import Records, among, batches
from schema.marks import Followed
from schema.render import Key, Renderer

Track = Callable[[Sequence[Any]], Iterable[Any]]
"""Passes a sequence through, and may show how far it is."""

Row = dict[str, Any]


def digest(body: bytes) -> str:
    """Return what tells one representation's bytes from another's."""
    return sha256(body).hexdigest()[:32]


class Rendering:
    """Writes what is served of records, from what is published."""

    def __init__(self, records: Records, renderer: Renderer) -> None:
        self.connection = records.connection
        self.tables = records.tables
        self.records = records
        self.renderer = renderer
        self.written: Counter[str] = Counter()
        """How many records had something else in each table."""

    def write(self, keys: Iterable[Key], at: str, track: Track = iter) -> None:
        """Render records anew, and take away what is served of those that are not public."""
        for batch in track(batches(keys)):
            self._write_batch(batch, self._around(batch), at)

    def write_after(
        self, changed: Iterable[Key], keys: Iterable[Key], at: str, track: Track = iter
    ) -> list[Key]:
        """Render records anew after some changed at a moment.

        Return those of the others whose statements change as well, because they follow from those
        of other records.
        """
        known, found = set(changed), []
        for batch in track(batches(keys)):
            around = self._around(batch)
            found += (others := self._changed_by_others(around, set(batch) - known))
            around.modify({*known, *others}, at)
            self._write_batch(batch, around, at)
        return found

    def _around(self, keys: Iterable[Key]) -> Neighbourhood:
        return Neighbourhood(self.records, self.renderer, self.records.published(keys))

    def _write_batch(self, keys: list[Key], around: Neighbourhood, at: str) -> None:
        documents, items, shows = {}, {}, {}
        for key, one in around.published.items():
            shape = self.renderer.model.by_name[key[0]]
            body = self.renderer.document(shape, one, around.neighbours(key))
            encoded = msgspec.json.encode(body)
            documents[key] = [{"body": encoded, "digest": digest(encoded)}]
            items[key] = [{"body": msgspec.json.encode(self.renderer.item(shape, body))}]
            shown = sorted(around.shown(key))
            shows[key] = [{"shown_entity": entity, "shown_id": other} for entity, other in shown]
        self._replace(self.tables.document, keys, documents, {"changed": at})
        self._replace(self.tables.item, keys, items)
        self._replace(self.tables.shows, keys, shows)

    def _replace(
        self,
        table: Table,
        keys: list[Key],
        new: Mapping[Key, list[Row]],
        besides: Mapping[str, str] | None = None,
    ) -> None:
        """Put new rows in the place of those that some records have, where they differ."""
        old = self._rows(table, keys, besides or ())
        changed = [key for key in keys if old.get(key, []) != new.get(key, [])]
        self.written[table.name] += len(changed)
        for where in among(table, changed):
            self.connection.execute(delete(table).where(where))
        rows = [
            {"entity": key[0], "id": key[1], **row, **(besides or {})}
            for key in changed
            for row in new.get(key, [])
        ]
        if rows:
            self.connection.execute(insert(table), rows)

    def _rows(self, table: Table, keys: list[Key], without: Iterable[str]) -> dict[Key, list[Row]]:
        names = [column.name for column in table.c if column.name not in without]
        found: dict[Key, list[Row]] = defaultdict(list)
        for where in among(table, keys):
            query = select(*(table.c[name] for name in names)).where(where).order_by(*table.primary_key)
            for row in self.connection.execute(query).mappings():
                kept = dict(row)
                found[kept.pop("entity"), kept.pop("id")].append(kept)
        return found

    def _changed_by_others(self, around: Neighbourhood, keys: set[Key]) -> list[Key]:
        """Return those of some records whose statements change because of other records' links."""
        following = {
            shape.name: [field.name for field in shape.fields if isinstance(field.derived, Followed)]
            for shape in self.renderer.model.entities
        }
        keys = {key for key in keys & around.published.keys() if following[key[0]]}
        found: list[Key] = []
        for key, rows in self._rows(self.tables.document, sorted(keys), ()).items():
            body, after = msgspec.json.decode(rows[0]["body"]), around.followed(key)
            if any(_said(body.get(name)) != _said(after[name]) for name in following[key[0]]):
                found.append(key)
        return sorted(found)


def _said(value: Any) -> Any:
    """Return a value without its order and labels, which no statement depends on."""
    if isinstance(value, Mapping):
        return {tag: sorted(texts) for tag, texts in value.items()}
    return sorted(one["id"] if isinstance(one, Mapping) else one for one in value or ()) or {}
