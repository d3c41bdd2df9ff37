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
from api.store.tallying import Tallying
from schema.marks import Followed
from schema.newest import number_of
from schema.render import Key, Renderer
from schema.search import searchable
from schema.sorting import sort_keys, sortable

Track = Callable[[Sequence[Any]], Iterable[Any]]
"""Passes a sequence through, and may show how far it is."""

Row = dict[str, Any]
Rows = dict[Key, list[Row]]
Rendered = dict[Table, Rows]

_NOT_RENDERED = ("changed",)
"""Columns that do not follow from what is published."""


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
        self._tallying = Tallying(self.connection, self.tables)
        self._places = {shape.name: place for place, shape in enumerate(renderer.model.entities)}
        self.written: Counter[str] = Counter()
        """How many records had something else in each table, where that was looked for."""

    def write(self, keys: Iterable[Key], at: str, track: Track = iter) -> None:
        """Render records anew, whatever is served of them, and mend what differs."""
        for batch in track(batches(keys)):
            new = self._rendered(self._around(batch))
            for table in self.tables.rendered:
                self._mend(table, batch, new[table], at)

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
            found += (others := self._changed_by_others(around, known))
            around.modify({*known, *others}, at)
            self._write_batch(batch, self._rendered(around), at)
        self._tallying.write()
        return found

    def _around(self, keys: Iterable[Key]) -> Neighbourhood:
        return Neighbourhood(self.records, self.renderer, self.records.published(keys))

    def _write_batch(self, keys: list[Key], new: Rendered, at: str) -> None:
        """Put what was rendered in the place of what is served, where that is something else."""
        documents, items = new[self.tables.document], new[self.tables.item]
        served = self._rows(self.tables.item, keys, ("body",))
        changed = [key for key in keys if _fingerprint(items, key) != _fingerprint(served, key)]
        old = [key for key in changed if key in served]
        self._tally(old, self._rows(self.tables.facet, old, ()), changed, new)
        self._mend(self.tables.document, changed, documents, at)
        for table in self.tables.rendered[1:]:
            self._delete(table, old)
            self._insert(table, changed, new[table], at)

    def _tally(self, old: list[Key], had: Rows, changed: list[Key], new: Rendered) -> None:
        """Count what records had before, and what they have now."""
        for key in old:
            self._tallying.remove(key, _facets(had.get(key, ())))
        for key in changed:
            if key in new[self.tables.item]:
                self._tallying.add(key, _facets(new[self.tables.facet].get(key, ())))

    def _rendered(self, around: Neighbourhood) -> Rendered:
        """Return the rows of all tables that public records are read from."""
        found: Rendered = defaultdict(dict)
        for key in around.published:
            rows = dict(self._rendered_one(key, around))
            made = [rows[table] for table in self.tables.rendered]
            rows[self.tables.item][0]["rendered"] = digest(msgspec.json.encode(made))
            for table in self.tables.rendered:
                found[table][key] = rows[table]
        return found

    def _rendered_one(self, key: Key, around: Neighbourhood) -> Iterator[tuple[Table, list[Row]]]:
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
        number = number_of(self._places[key[0]], published.modified, published.seq)
        words = searchable(renderer.model, shape, body)
        yield tables.searchable, [{"number": number, **asdict(words)}]
        keys = sort_keys(shape, published, renderer.languages)
        yield (
            tables.sort_key,
            [
                {"name": name, "unknown": int(name not in keys), "value": keys.get(name, "")}
                for name in sorted(sortable(shape))
            ],
        )

    def _mend(self, table: Table, keys: list[Key], new: Rows, at: str) -> None:
        """Put new rows in the place of those that some records have, where they differ."""
        old = self._rows(table, keys, _NOT_RENDERED)
        changed = [key for key in keys if old.get(key, []) != new.get(key, [])]
        self.written[table.name] += len(changed)
        self._delete(table, [key for key in changed if key in old])
        self._insert(table, changed, new, at)

    def _delete(self, table: Table, keys: list[Key]) -> None:
        for where in among(table, keys):
            self.connection.execute(delete(table).where(where))

    def _insert(self, table: Table, keys: list[Key], new: Rows, at: str) -> None:
        besides = {"changed": at} if table is self.tables.document else {}
        rows = [
            {"entity": key[0], "id": key[1], **row, **besides} for key in keys for row in new.get(key, [])
        ]
        if rows:
            self.connection.execute(insert(table), rows)

    def _rows(self, table: Table, keys: list[Key], without: Iterable[str]) -> Rows:
        names = [column.name for column in table.c if column.name not in without]
        found: dict[Key, list[Row]] = defaultdict(list)
        for where in among(table, keys):
            query = select(*(table.c[name] for name in names)).where(where).order_by(*table.primary_key)
            for row in self.connection.execute(query).mappings():
                kept = dict(row)
                found[kept.pop("entity"), kept.pop("id")].append(kept)
        return found

    def _changed_by_others(self, around: Neighbourhood, known: set[Key]) -> list[Key]:
        """Return those of the other records whose statements change because of other records' links."""
        following = {
            shape.name: [field.name for field in shape.fields if isinstance(field.derived, Followed)]
            for shape in self.renderer.model.entities
        }
        keys = sorted(key for key in around.published.keys() - known if following[key[0]])
        found: list[Key] = []
        for key, rows in self._rows(self.tables.document, keys, ()).items():
            body, after = msgspec.json.decode(rows[0]["body"]), around.followed(key)
            if any(_said(body.get(name)) != _said(after[name]) for name in following[key[0]]):
                found.append(key)
        return sorted(found)


def _fingerprint(items: Rows, key: Key) -> str | None:
    """Return what tells all that is rendered of a record from anything else; None where there is nothing."""
    return items[key][0]["rendered"] or "" if key in items else None


def _facets(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    return ((row["name"], row["value"]) for row in rows)


def _said(value: Any) -> Any:
    """Return a value without its order and labels, which no statement depends on."""
    if isinstance(value, Mapping):
        return {tag: sorted(texts) for tag, texts in value.items()}
    return sorted(one["id"] if isinstance(one, Mapping) else one for one in value or ()) or {}
