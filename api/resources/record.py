"""Records: the document of any record of an entity, by its id."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import msgspec

from api.formats.document import JsonDocument, ResourceKind
from api.formats.format import Format
from api.http.parameter_names import FIELDS, INCLUDE
from api.http.problems import Gone, NotFound
from api.lists.named_records import nearest_ids
from api.lists.related_lists import RelatedLists
from api.resources.messages import message
from api.resources.resource_protocol import RECORD_OPTIONS, DocumentLoader
from api.resources.sparse_fieldsets_and_includes import (
    encode_included,
    included_fields,
    included_fields_names,
    included_keys,
    load_included,
    requested_fields,
    validate_includes,
)
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import Reader, Rows, RunQuery
from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.zstd_frame import decompress
from schema.declaration.entity_base import RecordKey
from schema.declaration.messages import Suggestion, hint
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer


class RecordMovedError(LookupError):
    """The record was merged into another of its entity, which has the id `identifier`."""

    def __init__(self, identifier: str) -> None:
        super().__init__(identifier)
        self.identifier = identifier


@dataclass(frozen=True)
class RecordResource:
    """The records of one entity."""

    statements: SelectStatements
    renderer: Renderer
    related_lists: RelatedLists
    shape: Shape
    options: frozenset[str] = RECORD_OPTIONS
    kind: ResourceKind = ResourceKind.RECORD

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters that select fields of included records."""
        return included_fields_names(self.shape)

    @cached_property
    def multivalued(self) -> frozenset[str]:
        """Return the names of the parameters that take several values."""
        return frozenset({FIELDS, INCLUDE, *self.parameters})

    def prepare(self, parameters: Mapping[str, str], _: Format) -> DocumentLoader:
        """Return the loader of a document. Raise BadParameter for an unknown field or link.

        The loader raises Gone for a record that was unpublished or deleted, NotFound for one that never
        was public, RecordMovedError for one that was merged.
        """
        fieldset = requested_fields(self.renderer.model, self.shape, parameters, to_list=False)
        validate_includes(self.shape, parameters)
        fieldsets = included_fields(self.renderer.model, self.shape, parameters)
        is_stored = FIELDS not in parameters and INCLUDE not in parameters
        if is_stored and not self.related_lists.of_entity(self.shape):
            return self._load_stored

        async def read(
            identifier: str, snapshot: IndexSnapshot
        ) -> tuple[dict[str, Any], Mapping[RecordKey, bytes], str]:
            frame, _, changed = await self._row(snapshot.run_query, identifier)
            body = decompress(frame)
            lists = await self.related_lists.read(snapshot, self.shape, identifier)
            document = msgspec.json.decode(body) | lists
            keys = included_keys(self.shape, parameters, [body])
            frames = await load_included(snapshot.run_query, self.statements, keys)
            if lists or INCLUDE in parameters:
                # Any commit may change totals and other records.
                changed = snapshot.version.served_at
            return (fieldset.select(document) if fieldset else document), frames, changed

        async def load(reader: Reader, identifier: str) -> JsonDocument:
            index = self.related_lists.paginator.index
            view, frames, changed = await index.answer(reader, partial(read, identifier))
            if frames:
                view["included"] = await encode_included(frames, fieldsets)
            return JsonDocument.from_body(view, last_modified=changed)

        return load

    @cached_property
    def schema_url(self) -> str:
        """Return the URL of the entity's JSON Schema."""
        return self.renderer.uris.resolve(f"schemas/{self.shape.name.lower()}.json")

    async def _load_stored(self, reader: Reader, identifier: str) -> JsonDocument:
        frame, etag, changed = await self._row(reader.rows, identifier)
        return JsonDocument(b"", etag, changed, frame=frame)

    async def _row(self, run_query: RunQuery, identifier: str) -> tuple[bytes, str, str]:
        """Return the stored frame of the document, its ETag, and the moment of its last change."""
        rows = await run_query(self.statements.document, {"entity": self.shape.name, "id": identifier})
        # The last change is read with its document, as the record may have been published in between.
        if not rows:
            return await self._last_document(run_query, identifier)
        frame, etag, changed = rows[0]
        return frame, etag, changed

    async def _last_document(self, run_query: RunQuery, identifier: str) -> tuple[bytes, str, str]:
        """Return a record's stored frame as `_row` does. Raise Gone, NotFound or RecordMovedError."""
        target = identifier
        while True:
            changes = await run_query(self.statements.last_change, {"entity": self.shape.name, "id": target})
            if not changes or (changes[0][3] is None and changes[0][4] is None):
                raise self._withdrawal(identifier, target, changes) or await self._absence(
                    run_query, identifier
                )
            _, _, _, replaced_by, frame, etag, changed = changes[0]
            if replaced_by is not None:
                target = replaced_by
            elif target != identifier:
                raise RecordMovedError(target)
            else:
                return frame, etag, changed

    async def _absence(self, run_query: RunQuery, identifier: str) -> NotFound:
        """Return the problem of an id that no record has, with the nearest ones."""
        nearest = await nearest_ids(run_query, self.statements, self.shape.name, identifier)
        return NotFound(
            message("no-record", collection=self.shape.collection, hint=hint(*nearest)),
            suggestion=Suggestion(identifier, tuple(f"/{self.shape.collection}/{one}" for one in nearest)),
        )

    def _withdrawal(self, identifier: str, target: str, changes: Rows) -> Gone | None:
        """Return the problem of a record, given the last change of its merge target, or None if it never was public."""
        if not changes or changes[0][0] == "publish":
            return None
        action, at, reason = changes[0][:3]
        is_merged = target != identifier
        detail = message(
            "delete" if action == "delete" else "unpublish",
            merge=message("merged", into=target) if is_merged else "",
            at=at,
            reason=f" {reason}" if reason else "",
        )
        members: dict[str, Any] = {
            "uri": self.renderer.uris.resource(self.shape.collection, target),
            "entity": self.shape.name,
            "id": target,
            "action": action,
            "at": at,
            **({"reason": reason} if reason else {}),
            **({"merged_from": identifier} if is_merged else {}),
        }
        return Gone(detail, **members)
