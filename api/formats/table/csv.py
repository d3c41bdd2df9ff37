"""Lists as tables: CSV (RFC 4180), as it is or guarded for spreadsheets."""

import csv
import io
import re
from collections.abc import Mapping

import msgspec

from api.formats.document import JsonDocument
from api.http.problems import BadParameter
from schema.documents.columns import table_columns
from schema.documents.renderer import Renderer

SPREADSHEET = "spreadsheet"

_BYTE_ORDER_MARK = "\ufeff"

# What a spreadsheet takes for the beginning of a formula; the wide ones are such to an East Asian Excel.
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def serialize_csv(renderer: Renderer, document: JsonDocument, given: Mapping[str, str]) -> bytes:
    """Return a list's records as CSV. Raise BadParameter for an unknown profile.

    The profile for spreadsheets begins with a byte-order mark, by which they know UTF-8, and has an
    apostrophe before what would be a formula: taking one away from there gives the text back.
    """
    profile = given.get("profile")
    if profile not in (None, SPREADSHEET):
        message = f"There is no profile {profile[:100]!r}; there is {SPREADSHEET}."
        raise BadParameter(message, parameter="profile")
    assert document.entity  # noqa: S101 - only lists are offered as tables
    body = msgspec.json.decode(document.body)
    fields = given["fields"].split(",") if "fields" in given else None
    found = table_columns(document.entity, renderer.languages, fields, by_role=document.is_role_list)
    written = io.StringIO(_BYTE_ORDER_MARK if profile else "", newline="")
    written.seek(0, io.SEEK_END)
    lines = csv.writer(written)
    lines.writerow(column.name for column in found)
    for one in body["items"]:
        cells = [column.cell(one) for column in found]
        lines.writerow([_guarded(cell) for cell in cells] if profile else cells)
    return written.getvalue().encode()


def _guarded(cell: str) -> str:
    """Return what a spreadsheet shows as it is; numbers are harmless."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
