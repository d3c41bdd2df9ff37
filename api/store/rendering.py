"""Rendering inside a transaction: documents, list items, and which records each of them shows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Table, delete, insert, select

from api.store.records import Records, among, by_entity
from schema.declare import Shape
from schema.marks import Inverse
from schema.references import references
from schema.render import Key, Neighbours, Published, Renderer

Track = Callable[[Sequence[Any]], Iterable[Any]]
"""Passes a sequence through, and may show how far it is."""

Row = dict[str, Any]
Inverses = Mapping[Key, Mapping[str, list[str]]]

_AT_ONCE = 500


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
        ordered = sorted(keys)
        batches = [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
        for batch in track(batches):
            self._write_batch(batch, at)

    def _write_batch(self, keys: list[Key], at: str) -> None:
        published = self.records.published(keys)
        inverses = self._inverses(published)
        shown = {key: self._shown(key, one, inverses) for key, one in published.items()}
        cards = self._cards({one for of_one in shown.values() for one in of_one})
        documents, items, shows = {}, {}, {}
        for key, one in published.items():
            shape = self.renderer.model.by_name[key[0]]
            body = self.renderer.document(shape, one, Neighbours(cards, inverses.get(key, {})))
            encoded = msgspec.json.encode(body)
            documents[key] = [{"body": encoded, "digest": digest(encoded)}]
            items[key] = [{"body": msgspec.json.encode(self.renderer.item(shape, body))}]
            shows[key] = [{"shown_entity": one[0], "shown_id": one[1]} for one in sorted(shown[key])]
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

    def _shown(self, key: Key, one: Published, inverses: Inverses) -> set[Key]:
        """Return which records' cards a document needs."""
        shape = self.renderer.model.by_name[key[0]]
        stated = {target for _, _, target in references(shape, one.record)}
        return stated | {
            (field.target, identifier)
            for field in shape.fields
            for identifier in inverses.get(key, {}).get(field.name, ())
        }

    def _cards(self, keys: set[Key]) -> dict[Key, dict[str, Any]]:
        model = self.renderer.model
        return {
            key: self.renderer.card(model.by_name[key[0]], one.record)
            for key, one in self.records.published(keys).items()
        }

    def _inverses(self, keys: Iterable[Key]) -> Inverses:
        """Return, for each record and derived list, the ids that link to the record."""
        found: dict[Key, dict[str, list[str]]] = {}
        for entity, ids in by_entity(keys):
            shape = self.renderer.model.by_name[entity]
            for name, target, record in self._links_to(shape, ids):
                found.setdefault((entity, target), {}).setdefault(name, []).append(record)
        return found

    def _links_to(self, shape: Shape, ids: list[str]) -> Iterator[tuple[str, str, str]]:
        for field in shape.fields:
            if not isinstance(field.derived, Inverse):
                continue
            tables = self.tables.entities[field.derived.entity]
            link = tables.links.get(field.derived.field)
            target, record = (
                (link.c.target, link.c.record)
                if link is not None
                else (tables.record.c[field.derived.field], tables.record.c.id)
            )
            query = select(target, record).where(target.in_(ids)).order_by(record)
            yield from ((field.name, row[0], row[1]) for row in self.connection.execute(query))
