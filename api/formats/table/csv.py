"""CSV (RFC 4180): lists as tables, with a profile that is safe for spreadsheets."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

import msgspec

from api.formats.format import LinkContext, ListContext, Serializer, SerializerContext
from api.formats.messages import message
from api.http.link_value import link_value
from api.http.parameter_names import FIELDS, PROFILE
from api.http.problems import BadParameter
from schema.documents.columns import TableColumn, is_below, table_columns

SPREADSHEET = "spreadsheet"
_BYTE_ORDER_MARK = "\ufeff"
_FIELD_START = r"(?<![^;\t\r\n])"
"""The beginning of a cell, and what a spreadsheet with another list separator takes for one: there, quotes within
a line are text, so that a cell ends at a semicolon, a tab or a line break in it."""
_FORMULA_START = r"(?=['\" ]*[=+\-@\t\r＝＋－＠])"
"""The beginning of a formula; the full-width characters are such in an East Asian Excel."""
_UNGUARDED = re.compile(_FIELD_START + _FORMULA_START)
GUARD = f"{_FIELD_START}'{_FORMULA_START}"
"""Matches the apostrophes that the spreadsheet profile adds, and no others. Without them the text is the original."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def csv_serializer(_: SerializerContext) -> Serializer:
    """Return the serializer of CSV: a list is in CSV once its records are read."""
    return lambda document, _: document.body


def csv_links(context: LinkContext) -> Iterator[str]:
    """Yield the link to the CSVW metadata, which describes the table with all its columns."""
    if FIELDS not in context.target.parameters:
        url = f"{context.renderer.uris.base}{context.target.path.stem}.csv-metadata.json"
        yield link_value(url, "describedby", "application/csvm+json")


class CsvWriter:
    """Writes the records of a list as CSV.

    The spreadsheet profile begins with a byte-order mark, by which spreadsheets recognise UTF-8, and guards its
    cells, so that they are no formulas.
    """

    def __init__(self, context: ListContext) -> None:
        """Raise BadParameter for an unknown profile or a path without a column."""
        profile = context.parameters.get(PROFILE)
        if profile not in (None, SPREADSHEET):
            detail = message("unknown-profile", text=profile[:100], profile=SPREADSHEET)
            raise BadParameter(detail, parameter=PROFILE)
        self._is_guarded = profile is not None
        self._columns = _columns(context)
        # Other keys, such as lists of parts, are skipped while the JSON is parsed, which is most of the work.
        keys = {column.path[0]: column.value_type for column in self._columns}
        self._decoder = msgspec.json.Decoder(TypedDict("Row", keys, total=False))  # type: ignore[operator]
        self._cells = [column.cell for column in self._columns]

    @property
    def head(self) -> bytes:
        """Return the names of the columns."""
        names = _csv([[column.name for column in self._columns]])
        return (_BYTE_ORDER_MARK if self._is_guarded else "").encode() + names

    def write(self, documents: Iterable[tuple[bytes, Mapping[str, Any]]]) -> bytes:
        """Return a row for each document, given the members that the list adds to it."""
        return _csv(self._row(self._decoder.decode(body) | members) for body, members in documents)

    def _row(self, document: Mapping[str, Any]) -> list[str]:
        cells = [cell(document) for cell in self._cells]
        return [guarded(cell) for cell in cells] if self._is_guarded else cells


def guarded(cell: str) -> str:
    """Return a cell that a spreadsheet shows as text: an apostrophe is before each beginning of a formula.

    Numbers are harmless. An apostrophe in the original text is no guard, but gets one where a formula follows it:
    so removing each match of `GUARD` restores the original.
    """
    return cell if _NUMBER.fullmatch(cell) else _UNGUARDED.sub("'", cell)


def _columns(context: ListContext) -> tuple[TableColumn, ...]:
    """Return the columns of a list, or of its chosen fields. Raise BadParameter for a path without a column."""
    fields = context.parameters[FIELDS].split(",") if FIELDS in context.parameters else None
    languages = context.renderer.languages
    columns = table_columns(context.entity, languages, fields, by_role=context.is_role_list)
    for path in (path for path in fields or () if "." in path):
        if not any(is_below(column, path) for column in columns):
            raise BadParameter(message("no-column", path=path), parameter=FIELDS)
    return columns


def _csv(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        # All rows in one call would keep other threads from running meanwhile.
        writer.writerow(row)
    return text.getvalue().encode()
