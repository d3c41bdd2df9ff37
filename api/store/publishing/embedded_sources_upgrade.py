"""Publication of the sources that documents of earlier versions contained, when a database is upgraded."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Select, select

from api.store.log.actions import RecordAction, publish
from api.store.log.head import LogHead
from api.store.log.revision_reader import Revisions, public_revisions
from api.store.publishing.commit import Commit
from schema.declaration.entity_base import Entity, RecordKey
from schema.declaration.upgrades import LINKED_SOURCES, embedded_sources
from schema.documents.renderer import Renderer
from schema.storage.tables import Tables

_ENTITY = "Source"

_MAX_STEM_LENGTH = 90
"""Characters of an id before the number that distinguishes it."""


def publish_embedded_sources(head: LogHead, records: Revisions, renderer: Renderer) -> set[RecordKey]:
    """Publish the sources that public documents of earlier versions contain, and return their keys.

    A source is published by the actor of the first document that contains it. Its id is the one that it has
    there, to which the upgraded document links. If different sources have an id, the first keeps it and the
    others get a number; the documents that contain these are published with the new links. A source whose
    id is in the log already is left as it is.
    """
    if _ENTITY not in renderer.model.by_name:
        return set()
    sources = _EmbeddedSources(renderer.model.by_name[_ENTITY].struct, _logged_ids(records))
    for entity, identifier, actor, document in records.session.connection.execute(
        _select_documents_with_sources(records.tables)
    ):
        for source in embedded_sources(msgspec.json.decode(document)):
            sources.add((entity, identifier), actor, source)
    _commit(head, records, renderer, sources.actions)
    relinked: dict[str, list[RecordAction]] = defaultdict(list)
    for key, published in records.published(sources.new_links).items():
        links = sources.new_links[key]
        targets = dict.fromkeys(links.get(target, target) for target in published.record.record.sources)
        record = replace(published.record.record, sources=tuple(targets))
        relinked[sources.actors[key]].append(publish(replace(published.record, record=record)))
    _commit(head, records, renderer, relinked)
    return {(_ENTITY, identifier) for identifier in sources.records}


@dataclass
class _EmbeddedSources:
    """The sources found in documents, by the ids of their records.

    `actions` publish them, by actor; `new_links` has the ids that differ from those in a document, by record,
    and `actors` the actor of each such record.
    """

    struct: Any
    logged_ids: set[str]
    records: dict[str, Entity] = field(default_factory=dict)
    actions: dict[str, list[RecordAction]] = field(default_factory=lambda: defaultdict(list))
    new_links: dict[RecordKey, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    actors: dict[RecordKey, str] = field(default_factory=dict)

    def add(self, key: RecordKey, actor: str, document: dict[str, Any]) -> None:
        """Add a source that the document of a record contains."""
        if document["id"] in self.logged_ids:
            return
        source = msgspec.convert(document, self.struct)
        for identifier in _ids(source.id):
            candidate = replace(source, id=identifier)
            if identifier not in self.logged_ids and self.records.get(identifier, candidate) == candidate:
                break
        if identifier not in self.records:
            self.records[identifier] = candidate
            self.actions[actor].append(publish(candidate))
        if identifier != source.id:
            self.new_links[key][source.id] = identifier
            self.actors[key] = actor


def _ids(identifier: str) -> Iterator[str]:
    """Yield an id, then the same with numbers from 2."""
    yield identifier
    stem = identifier[:_MAX_STEM_LENGTH].rstrip("-")
    yield from (f"{stem}-{number}" for number in count(2))


def _logged_ids(records: Revisions) -> set[str]:
    revision = records.tables.revision
    query = select(revision.c.id).where(revision.c.entity == _ENTITY).distinct()
    return {*records.session.connection.scalars(query)}


def _commit(
    head: LogHead, records: Revisions, renderer: Renderer, actions: dict[str, list[RecordAction]]
) -> None:
    for actor, actor_actions in actions.items():
        Commit(head, records, renderer, actor, only_own=False).run(actor_actions, iter)


def _select_documents_with_sources(tables: Tables) -> Select[Any]:
    """Return the query for the public documents of earlier versions, with their last actor, oldest first."""
    revision = tables.revision
    is_embedding = (revision.c.declared < LINKED_SOURCES, *public_revisions(tables))
    columns = (revision.c.entity, revision.c.id, revision.c.actor, revision.c.document)
    return select(*columns).where(*is_embedding).order_by(revision.c.seq)
