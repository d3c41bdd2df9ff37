"""Rendering inside a transaction: documents, list items, and which records each of them shows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Table, delete, insert, select

from api.store.neighbourhood import Neighbourhood
from api.store.records import Records, among, batches
from schema.marks import Followed
from schema.render import Key, Renderer
from schema.search import searchable
from schema.sorting import sort_keys, sortable

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
        new: dict[Table, dict[Key, list[Row]]] = defaultdict(dict)
        for key in around.published:
            for table, rows in self._rendered(key, around):
                new[table][key] = rows
        for table in self.tables.rendered:
            besides = {"changed": at} if table is self.tables.document else {}
            self._replace(table, keys, new[table], besides)

    def _rendered(self, key: Key, around: Neighbourhood) -> Iterator[tuple[Table, list[Row]]]:
        """Yield each table that something of a record is read from, with its rows in order."""
        tables, renderer = self.tables, self.renderer
        shape, published = renderer.model.by_name[key[0]], around.published[key]
        body = renderer.document(shape, published, around.neighbours(key))
        encoded = msgspec.json.encode(body)
        yield tables.document, [{"body": encoded, "digest": digest(encoded)}]
        yield tables.item, [{"body": msgspec.json.encode(renderer.item(shape, body))}]
        shown = sorted(around.shown(key))
        yield tables.shows, [{"shown_entity": entity, "shown_id": other} for entity, other in shown]
        found = sorted(around.facets(key))
        yield tables.facet, [{"name": name, "value": value} for name, value in found]
        yield tables.searchable, [asdict(searchable(renderer.model, shape, body))]
        keys = sort_keys(shape, published, renderer.languages)
        yield (
            tables.sort_key,
            [
                {"name": name, "unknown": int(name not in keys), "value": keys.get(name, "")}
                for name in sorted(sortable(shape))
            ],
        )

    def _replace(
        self,
        table: Table,
        keys: list[Key],
        new: Mapping[Key, list[Row]],
        besides: Mapping[str, str],
    ) -> None:
        """Put new rows in the place of those that some records have, where they differ."""
        old = self._rows(table, keys, (*besides, "number"))
        changed = [key for key in keys if old.get(key, []) != new.get(key, [])]
        self.written[table.name] += len(changed)
        for where in among(table, changed):
            self.connection.execute(delete(table).where(where))
        rows = [
            {"entity": key[0], "id": key[1], **row, **besides} for key in changed for row in new.get(key, [])
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
