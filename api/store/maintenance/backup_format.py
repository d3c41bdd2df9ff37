"""The format of backups: compressed NDJSON with a header, the rows of the log, and a trailer with their digest."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NoReturn

import msgspec

FORMAT = "tikls-log-2"

EARLIER_FORMAT = "tikls-log-1"
"""The format without a digest, which can still be restored."""

_MAX_LINE_BYTES = 8_000_000
"""More than any record of the log has: a longer line is damage, and would fill the memory."""


class BackupError(ValueError):
    """A backup cannot be written or restored; nothing was changed."""


class BackupHeader(msgspec.Struct, tag="head", forbid_unknown_fields=True):
    """The first line: the format, and the last numbers and the time of the log."""

    format: str
    seq: int
    number: int
    at: str


class BackupRow(msgspec.Struct, tag="row", forbid_unknown_fields=True):
    """A row of a table of the log."""

    table: str
    values: msgspec.Raw


class BackupTrailer(msgspec.Struct, tag="end", forbid_unknown_fields=True):
    """The last line: the number of rows, and the SHA-256 digest of all lines before it, uncompressed."""

    rows: int
    digest: str | None = None


_DECODER = msgspec.json.Decoder(BackupHeader | BackupRow | BackupTrailer)


def write_backup(
    file: IO[bytes], header: BackupHeader, rows: Iterable[tuple[str, dict[str, Any]]]
) -> BackupTrailer:
    """Write a header, rows as pairs of table name and values, and a trailer; return the trailer."""
    hasher, count = sha256(), 0
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as archive:

        def write(line: msgspec.Struct) -> None:
            data = msgspec.json.encode(line) + b"\n"
            hasher.update(data)
            archive.write(data)

        write(header)
        for table, values in rows:
            write(BackupRow(table, msgspec.Raw(msgspec.json.encode(values))))
            count += 1
        trailer = BackupTrailer(count, hasher.hexdigest())
        write(trailer)
    return trailer


class BackupReader:
    """Reads the lines of a backup. Raise BackupError, which names the line, for a file that is none or is damaged.

    After the last row `trailer` is the last line, whose number of rows and digest agree with the lines before it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self.trailer = BackupTrailer(0)
        self._hasher = sha256()
        self._has_digest = True
        self._lines = self._read_lines()

    def header(self) -> BackupHeader:
        """Return the header, which must be read first."""
        header = next(self._lines, None)
        if not isinstance(header, BackupHeader) or header.format not in (FORMAT, EARLIER_FORMAT):
            message = f"{self.path} is not a backup of the log in the format {FORMAT}"
            raise BackupError(message)
        self._has_digest = header.format == FORMAT
        return header

    def rows(self) -> Iterator[BackupRow]:
        """Yield all rows, and read the trailer."""
        count = 0
        for line in self._lines:
            match line:
                case BackupRow():
                    count += 1
                    yield line
                # Reading past the last line also verifies the checksum of the gzip file.
                case BackupTrailer(rows, _) if rows == count and next(self._lines, None) is None:
                    self.trailer = line
                    return
                case BackupTrailer(rows, _):
                    self.fail(f"{rows} rows were written, but {count} are here")
                case _:
                    self.fail("a header is among the rows")
        self.fail("the end is missing")

    def fail(self, problem: str, cause: Exception | None = None) -> NoReturn:
        """Raise BackupError with a problem of the line that was read last."""
        message = f"{self.path}, line {self.number}: {problem}. The backup was damaged or changed: nothing was restored."
        raise BackupError(message) from cause

    def _read_lines(self) -> Iterator[BackupHeader | BackupRow | BackupTrailer]:
        try:
            with gzip.open(self.path, "rb") as archive:
                for data in iter(lambda: archive.readline(_MAX_LINE_BYTES), b""):
                    self.number += 1
                    line = _DECODER.decode(data)
                    if isinstance(line, BackupTrailer):
                        self._check_digest(line)
                    self._hasher.update(data)
                    yield line
        except (OSError, EOFError, ValueError, zlib.error) as error:
            if isinstance(error, BackupError):
                raise
            message = f"{self.path} cannot be read as a backup"
            raise BackupError(message) from error

    def _check_digest(self, trailer: BackupTrailer) -> None:
        digest = self._hasher.hexdigest() if self._has_digest else None
        if trailer.digest != digest:
            self.fail("the digest of the lines is another than when they were written")
