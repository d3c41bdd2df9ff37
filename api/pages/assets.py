"""The files that pages are shown with."""

from collections.abc import Iterator
from pathlib import Path

_CONTENT_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def assets() -> Iterator[tuple[str, bytes, str]]:
    """Yield the path of each file, what is in it, and its content type."""
    for file in sorted(Path(__file__).with_name("assets").iterdir()):
        yield f"/assets/{file.name}", file.read_bytes(), _CONTENT_TYPES[file.suffix]
