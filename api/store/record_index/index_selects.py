"""The SELECT statements by which a process reads its record index: posting lists, sort keys, records and matches."""

from functools import cache, partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)

from api.store.database.array_parameter import AnyOf
from api.store.database.statement import DeferredSelect
from api.store.record_index.fulltext import has_phrases, matching_numbers, rank
from schema.index.record_index import posting_name
from schema.index.sort_keys import BY_ID
from schema.storage.tables import Tables


class IndexSelects:
    """All SELECTs of the record index, with named bind parameters.

    Those of many rows read a batch of `limit` rows after the last row of the batch before.
    """

    def __init__(self, tables: Tables) -> None:
        self.version, self.change = _version_select(tables), _change_select(tables)
        self.changed_numbers, self.changed_records = _changed_selects(tables)
        self.items, self.documents, self.index_entries = self.of_generation = _selects_of_generation(tables)
        """The SELECTs of some records whose rows have the generation of the data behind the number."""
        self.public_numbers = _public_numbers_select(tables)
        self.posting_lists = _posting_lists_select(tables)
        self.values = _values_select(tables)
        self.values_in_range = _values_in_range_select(tables)
        self.numbers_in_range = _numbers_in_range_select(tables)
        self.role_members = _role_members_select(tables)
        self.sort_keys, self.ids = _sort_keys_select(tables), _ids_select(tables)
        self.matches = partial(DeferredSelect, _matches_select, tables)
        self.forms = _forms_select(tables)
        self.words = _words_select(tables)
        self.similar_words = _similar_words_select(tables)

    def sort_key_rows(self, entity: str, name: str) -> tuple[Select[Any], dict[str, Any]]:
        """Return the SELECT of the values of a sort key with their records, and its name as a bind parameter."""
        if name == BY_ID:
            return self.ids, {"name": entity}
        return self.sort_keys, {"name": posting_name(entity, name)}


@cache
def index_selects(tables: Tables) -> IndexSelects:
    """Return the SELECTs for some tables, which all databases with them share."""
    return IndexSelects(tables)


def _version_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the version of the data: its columns are those of `IndexVersion`."""
    head, change = tables.head, tables.change
    columns = (head.c.served, head.c.served_at, head.c.commit_number, head.c.number)
    last_change = head.outerjoin(change, change.c.number == head.c.number)
    return select(*columns, change.c.at, change.c.entity, change.c.id).select_from(last_change)


def _change_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of a public change."""
    change = tables.change.c
    return select(change.at, change.entity, change.id).where(change.number == _number("number"))


def _selects_of_generation(tables: Tables) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Return the SELECTs of the list items, of the documents and of the index entries of some records."""
    record, document = tables.record, tables.document
    is_listed = AnyOf(record.c.number, _text("numbers"))
    columns = (record.c.number, select(tables.head.c.served).scalar_subquery())
    key = (record.c.entity, record.c.id, record.c.etag)
    documents = select(*columns, *key, document.c.body)
    return (
        select(*columns, *key, record.c.list_item).where(is_listed),
        documents.join_from(record, document, document.c.number == record.c.number).where(is_listed),
        select(*columns, record.c.index_entries).where(is_listed),
    )


def _public_numbers_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the public records of an entity among some ids, with their numbers."""
    record = tables.record.c
    is_listed = and_(record.entity == _text("entity"), AnyOf(record.id, _text("ids")))
    return select(record.id, record.number).where(is_listed, record.revision.is_not(None))


def _posting_lists_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the posting lists of some values of an index."""
    posting = tables.posting.c
    return select(posting.value, posting.numbers).where(
        posting.name == _text("name"), AnyOf(posting.value, _text("values"))
    )


def _values_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the posting lists of all values of an index, in batches."""
    posting = tables.posting.c
    return (
        select(posting.value, posting.chunk, posting.numbers)
        .where(
            posting.name == _text("name"),
            tuple_(posting.value, posting.chunk) > tuple_(_text("value"), _number("chunk")),
        )
        .order_by(posting.value, posting.chunk)
        .limit(_limit())
    )


def _values_in_range_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the posting lists of the values of an index in a range."""
    posting = tables.posting.c
    return select(posting.value, posting.numbers).where(
        posting.name == _text("name"), posting.value.between(_text("minimum"), _text("maximum"))
    )


def _numbers_in_range_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the records with a sort key in a range, in batches."""
    key = tables.sort_key.c
    return _sort_keys_select(tables).where(key.value <= _text("maximum"))


def _sort_keys_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the sort keys of a name by value and number, in batches."""
    key = tables.sort_key.c
    return (
        select(key.value, key.number)
        .where(
            key.name == _text("name"),
            tuple_(key.value, key.number) > tuple_(_text("value"), _number("number")),
        )
        .order_by(key.value, key.number)
        .limit(_limit())
    )


def _ids_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the ids of the public records of an entity with their numbers by id, in batches.

    Its parameters are those of the sort keys; an id has one number.
    """
    record = tables.record.c
    return (
        select(record.id, record.number)
        .where(
            record.entity == _text("name"),
            tuple_(record.id, record.number) > tuple_(_text("value"), _number("number")),
            record.revision.is_not(None),
        )
        .order_by(record.id)
        .limit(_limit())
    )


def _role_members_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the public records of an entity whose ids are values of some indexes."""
    posting, record = tables.posting, tables.record
    is_member = and_(record.c.entity == _text("entity"), record.c.id == posting.c.value)
    return (
        select(record.c.number)
        .distinct()
        .select_from(posting.join(record, is_member))
        .where(AnyOf(posting.c.name, _text("names")), record.c.revision.is_not(None))
    )


def _changed_selects(tables: Tables) -> tuple[Select[Any], Select[Any]]:
    """Return the SELECTs of the numbers of records that commits after one have written, up to a limit, and of rows."""
    record = tables.record.c
    is_later = record.commit_number > _number("commit_number")
    columns = (record.number, record.entity, record.id, record.index_entries)
    is_listed = AnyOf(record.number, _text("numbers"))
    return select(record.number).where(is_later).limit(_limit()), select(*columns).where(is_listed)


def _matches_select(
    tables: Tables,
    phrase_lengths: tuple[int, ...],
    is_ranked: bool,  # noqa: FBT001 - an argument of a deferred SELECT has a position
    is_mixed: bool,  # noqa: FBT001
) -> Select[Any]:
    """Return the SELECT of the rank and the number of the records that match a search."""
    match, document = matching_numbers(), tables.search_document
    columns = (rank(document, phrase_lengths).label("rank"),) if is_ranked else ()
    has_phrase = has_phrases(document, phrase_lengths)
    # The documents are read only where their texts are compared.
    source = match.join(document, document.c.number == match.c.number) if is_ranked or has_phrase else match
    query = select(*columns, match.c.number).select_from(source)
    query = query.where(*has_phrase)
    if not is_mixed:
        query = query.where(match.c.number.between(_number("low"), _number("high")))
    return query


def _forms_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the words with one of some stems: the columns of `InflectedWord`."""
    word = tables.word.c
    has_stem = or_(
        AnyOf(word.english_stem, _text("english_stems")), AnyOf(word.latvian_stem, _text("latvian_stems"))
    )
    return select(word.word, word.english_stem, word.latvian_stem).where(has_stem)


def _words_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the words of the index among some words."""
    word = tables.word.c.word
    return select(word).where(AnyOf(word, _text("words")))


def _similar_words_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of some words of the index from one to another, with a range of lengths, in no order."""
    word = tables.word.c.word
    has_length = func.length(word).between(_number("shortest"), _number("longest"))
    return select(word).where(word.between(_text("minimum"), _text("maximum")), has_length).limit(_limit())


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)


def _number(name: str) -> Any:
    return bindparam(name, type_=BigInteger)


def _limit() -> ColumnElement[int]:
    return bindparam("limit", type_=Integer)
