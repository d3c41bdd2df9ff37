"""Rendering inside a transaction: documents, list items, and which records each of them shows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select

from api.store.records import Records, among, by_entity
from schema.declare import Shape
from schema.marks import Inverse
from schema.references import references
from schema.render import Key, Neighbours, Published, Renderer
from schema.tables import Tables

Track = Callable[[Sequence[Any]], Iterable[Any]]
"""Passes a sequence through, and may show how far it is."""

_AT_ONCE = 500


def digest(body: bytes) -> str:
    """Return what tells one representation's bytes from another's."""
    return sha256(body).hexdigest()[:32]


class Rendering:
    """Writes what is served of records, from what is published."""

    def __init__(self, connection: Connection, tables: Tables, records: Records, renderer: Renderer) -> None:
        self.connection = connection
        self.tables = tables
        self.records = records
        self.renderer = renderer

    def write(self, keys: Iterable[Key], at: str, track: Track = iter) -> None:
        """Render records anew, and take away what is served of those that are not public."""
        ordered = sorted(keys)
        batches = [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
        for batch in track(batches):
            self._write_batch(batch, at)

    def _write_batch(self, keys: list[Key], at: str) -> None:
        published = self.records.published(keys)
        old = self._digests(keys)
        inverses = self._inverses(published)
        shown = self._shown(published, inverses)
        cards = self._cards({one for of_one in shown.values() for one in of_one})
        documents: list[dict[str, Any]] = []
        items: list[dict[str, Any]] = []
        for key, one in published.items():
            shape = self.renderer.model.by_name[key[0]]
            document = self.renderer.document(shape, one, Neighbours(cards, inverses.get(key, {})))
            body = msgspec.json.encode(document)
            name = {"entity": key[0], "id": key[1]}
            if old.get(key) != digest(body):
                documents.append(name | {"body": body, "digest": digest(body), "changed": at})
                items.append(name | {"body": msgspec.json.encode(self.renderer.item(shape, document))})
        rendered: set[Key] = {(row["entity"], row["id"]) for row in documents}
        self._replace(self.tables.document, (old.keys() - published.keys()) | rendered, documents)
        self._replace(self.tables.item, (old.keys() - published.keys()) | rendered, items)
        shows = [
            {"entity": key[0], "id": key[1], "shown_entity": one[0], "shown_id": one[1]}
            for key, of_one in shown.items()
            for one in sorted(of_one)
        ]
        self._replace(self.tables.shows, keys, shows)

    def _replace(self, table: Any, keys: Iterable[Key], rows: list[dict[str, Any]]) -> None:
        for where in among(table, keys):
            self.connection.execute(delete(table).where(where))
        if rows:
            self.connection.execute(insert(table), rows)

    def _digests(self, keys: list[Key]) -> dict[Key, str]:
        document = self.tables.document
        found: dict[Key, str] = {}
        for where in among(document, keys):
            query = select(document.c.entity, document.c.id, document.c.digest).where(where)
            found |= {(row.entity, row.id): row.digest for row in self.connection.execute(query)}
        return found

    def _shown(
        self, published: dict[Key, Published], inverses: dict[Key, dict[str, list[str]]]
    ) -> dict[Key, set[Key]]:
        """Return which records' cards each document needs."""
        shown = {}
        for key, one in published.items():
            shape = self.renderer.model.by_name[key[0]]
            stated = {target for _, _, target in references(shape, one.record)}
            shown[key] = stated | {
                (field.target, identifier)
                for field in shape.fields
                for identifier in inverses.get(key, {}).get(field.name, ())
            }
        return shown

    def _cards(self, keys: set[Key]) -> dict[Key, dict[str, Any]]:
        model = self.renderer.model
        return {
            key: self.renderer.card(model.by_name[key[0]], one.record)
            for key, one in self.records.published(keys).items()
        }

    def _inverses(self, keys: Iterable[Key]) -> dict[Key, dict[str, list[str]]]:
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
