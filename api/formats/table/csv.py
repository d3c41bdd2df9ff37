"""CSV (RFC 4180): lists as tables, with a profile that is safe for spreadsheets."""

import csv
import io
import re
from collections.abc import Iterator

import msgspec

from api.formats.document import JsonDocument, RequestTarget
from api.formats.format import LinkContext, Serializer, SerializerContext
from api.formats.messages import message
from api.http.link_value import link_value
from api.http.parameter_names import FIELDS, PROFILE
from api.http.problems import BadParameter
from schema.documents.columns import is_below, table_columns
from schema.documents.renderer import Renderer

SPREADSHEET = "spreadsheet"
_BYTE_ORDER_MARK = "\ufeff"
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
"""The beginning of a formula in a spreadsheet; the full-width characters are such in an East Asian Excel."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def csv_serializer(context: SerializerContext) -> Serializer:
    """Return the serializer of CSV."""
    return lambda document, target: _serialize(context.renderer, document, target)


def csv_links(context: LinkContext) -> Iterator[str]:
    """Yield the link to the CSVW metadata, which describes the table with all its columns."""
    if FIELDS not in context.target.parameters:
        url = f"{context.renderer.uris.base}{context.target.path.stem}.csv-metadata.json"
        yield link_value(url, "describedby", "application/csvm+json")


def _serialize(renderer: Renderer, document: JsonDocument, target: RequestTarget) -> bytes:
    """Return the records of a list as CSV. Raise BadParameter for an unknown profile or a path without a column.

    The spreadsheet profile begins with a byte-order mark, by which spreadsheets recognise UTF-8, and puts an
    apostrophe before a cell that would be a formula. Removing one apostrophe there restores the text.
    """
    profile = target.parameters.get(PROFILE)
    if profile not in (None, SPREADSHEET):
        detail = message("unknown-profile", text=profile[:100], profile=SPREADSHEET)
        raise BadParameter(detail, parameter=PROFILE)
    assert document.entity  # noqa: S101 - the format applies to lists of one entity
    fields = target.parameters[FIELDS].split(",") if FIELDS in target.parameters else None
    columns = table_columns(document.entity, renderer.languages, fields, by_role=document.is_role_list)
    for path in (path for path in fields or () if "." in path):
        if not any(is_below(column, path) for column in columns):
            raise BadParameter(message("no-column", path=path), parameter=FIELDS)
    text = io.StringIO(_BYTE_ORDER_MARK if profile else "", newline="")
    text.seek(0, io.SEEK_END)
    rows = csv.writer(text)
    rows.writerow(column.name for column in columns)
    for item in msgspec.json.decode(document.body)["items"]:
        cells = [column.cell(item) for column in columns]
        rows.writerow([_guarded(cell) for cell in cells] if profile else cells)
    return text.getvalue().encode()


def _guarded(cell: str) -> str:
    """Return a cell that a spreadsheet shows as text. Numbers are harmless."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
