"""Zstandard frames (RFC 8878): documents are stored as frames, which are sent as they are to clients that accept zstd."""

import threading
from collections.abc import Iterator

import zstandard

_LEVEL = 3
"""On our documents: a frame takes 1/3.9 of the bytes; level 1 saves no measurable time, level 5 takes twice as long."""

_PART_BYTES = 200_000
"""Longer bodies are compressed in parts of this length."""

_MAX_BLOCK_BYTES, _MIN_CODED_BLOCK_BYTES = 131_072, 4
"""The content of a block at most, and the bytes of a frame that it takes at least (RFC 8878, section 3.1.1.2)."""


class DamagedDocumentError(RuntimeError):
    """A document of the database is damaged: `doctor` finds what else is, and `rebuild` repairs it."""

    def __init__(self) -> None:
        super().__init__("A document cannot be read. Run `doctor`, then `rebuild`.")


class _Contexts(threading.local):
    """The compressor and the decompressor of a thread: creating one costs as much as a small document."""

    def __init__(self) -> None:
        self.compressor = _compressor()
        self.decompressor = zstandard.ZstdDecompressor()


def compress(body: bytes) -> bytes:
    """Return the frame of a body: the same as the joined `compressed_parts`."""
    return b"".join(_parts(_contexts.compressor, body))


def compressed_parts(body: bytes) -> Iterator[bytes]:
    """Yield the frame of a body in parts."""
    yield from _parts(_compressor(), body)


def decompress(frame: bytes) -> bytes:
    """Return the body in a frame. Raise DamagedDocumentError if it cannot be read, or states a length that no frame has."""
    if content_length(frame) > len(frame) // _MIN_CODED_BLOCK_BYTES * _MAX_BLOCK_BYTES:
        raise DamagedDocumentError
    try:
        return _contexts.decompressor.decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise DamagedDocumentError from error


def content_length(frame: bytes) -> int:
    """Return the length of the body in a frame, in bytes. Raise DamagedDocumentError if it states none."""
    try:
        length = zstandard.frame_content_size(frame)
    except zstandard.ZstdError as error:
        raise DamagedDocumentError from error
    if length < 0:
        raise DamagedDocumentError
    return length


def _compressor() -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)


def _parts(compressor: zstandard.ZstdCompressor, body: bytes) -> Iterator[bytes]:
    stream = compressor.compressobj(size=len(body))
    for start in range(0, len(body), _PART_BYTES):
        yield stream.compress(body[start : start + _PART_BYTES])
    yield stream.flush()


_contexts = _Contexts()
