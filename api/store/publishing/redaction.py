"""The redaction of a record in the log: the one action that changes rows of earlier ones."""

from typing import Any
from unicodedata import normalize

from sqlalchemy import Select, Update, bindparam, select, update

from api.store.log.actions import Action
from api.store.log.revision_reader import Revisions
from schema.declaration.entity_base import Entity, RecordKey
from schema.storage.tables import Tables
from schema.validation.errors import Fault, InvalidRecordError
from schema.validation.record_codec import decode_revision, encode_record
from schema.validation.text_redaction import MARK, redact_record


class Redaction:
    """The removal of a text from all rows of a record in the log, inside a writing transaction.

    `faults` has the errors, `count` the occurrences of the text, `records` the redacted records by the numbers
    of their revisions. `is_repeated` is True if there is nothing to remove, and was before.
    """

    def __init__(self, revisions: Revisions, key: RecordKey, text: str) -> None:
        self.key = key
        self.text = normalize("NFC", text)
        self.faults: list[Fault] = []
        self.count = 0
        self.is_repeated = False
        self.records: dict[int, Entity] = {}
        self._session = revisions.session
        self._model = revisions.model

    def run(self, note: str | None) -> str:
        """Replace the text in documents, notes and reasons, and return the note of the redaction."""
        if self.text in MARK:
            self.faults.append(Fault("text-unusable", limits={"mark": MARK}))
            return ""
        if note and self.text in normalize("NFC", note):
            self.faults.append(Fault("text-in-note"))
        entity, identifier = self.key
        revisions = self._session.run(_select_revisions, entity=entity, id=identifier)
        for seq, _, revision_note, declared, document in revisions:
            self._redact_revision(seq, revision_note, declared, document)
        for number, reason in self._session.run(_select_reasons, entity=entity, id=identifier):
            if (redacted := self._redacted(reason)) != reason:
                self._session.run(_update_reason, change=number, text=redacted)
        if not self.count and not self.faults:
            self.is_repeated = any(action == Action.REDACT for _, action, *_ in revisions)
            self.faults += [] if self.is_repeated else [Fault("text-absent")]
        summary = f"A text was replaced by {MARK}. Occurrences: {self.count}."
        return f"{summary} {note}" if note else summary

    def _redact_revision(self, seq: int, note: str | None, declared: int, document: str | None) -> None:
        count = self.count
        new_note = self._redacted(note) if note else note
        if document is not None:
            shape = self._model.by_name[self.key[0]]
            try:
                record = decode_revision(self._model, self.key[0], document, declared)
                redacted, occurrences = redact_record(shape, record, self.text)
            except InvalidRecordError as error:
                self.faults += [fault for fault in error.faults if fault not in self.faults]
                return
            self.count += occurrences
            if occurrences:
                self.records[seq] = redacted
                document, declared = encode_record(redacted), len(self._model.upgrades)
        if self.count > count:
            self._session.run(
                _update_revision, revision=seq, note_text=new_note, steps=declared, body=document
            )

    def _redacted(self, text: str) -> str:
        """Return a note or reason without the text."""
        normalized = normalize("NFC", text)
        count = normalized.count(self.text)
        self.count += count
        return normalized.replace(self.text, MARK) if count else text


def _select_revisions(tables: Tables) -> Select[Any]:
    revision = tables.revision
    names = ("seq", "action", "note", "declared", "document")
    columns = [revision.c[name] for name in names]
    is_record = (revision.c.entity == bindparam("entity"), revision.c.id == bindparam("id"))
    return select(*columns).where(*is_record).order_by(revision.c.seq)


def _select_reasons(tables: Tables) -> Select[Any]:
    change = tables.change
    is_record = (change.c.entity == bindparam("entity"), change.c.id == bindparam("id"))
    return select(change.c.number, change.c.reason).where(*is_record, change.c.reason.is_not(None))


def _update_revision(tables: Tables) -> Update:
    changed = update(tables.revision).where(tables.revision.c.seq == bindparam("revision"))
    return changed.values(
        note=bindparam("note_text"), declared=bindparam("steps"), document=bindparam("body")
    )


def _update_reason(tables: Tables) -> Update:
    change = tables.change
    return update(change).where(change.c.number == bindparam("change")).values(reason=bindparam("text"))
