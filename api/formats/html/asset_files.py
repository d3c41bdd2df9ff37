"""Asset files: what pages load, at paths that have the digest of the content, and the icons at fixed paths."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from api.store.digests import digest

_FOLDER = Path(__file__).with_name("assets")
_CSS = "text/css; charset=utf-8"
_CONTENT_TYPES = {"favicon.svg": "image/svg+xml", "style.css": _CSS, "docs.css": _CSS}
"""The content types of the files that pages load, by name."""
_DIGEST_LENGTH = 12


@dataclass(frozen=True)
class Asset:
    """A file that pages load. Caches may keep it for ever, as other content has another name."""

    name: str
    content: bytes
    content_type: str

    @property
    def file_name(self) -> str:
        """Return the last segment of its path: the name with the digest of the content."""
        stem, _, suffix = self.name.rpartition(".")
        return f"{stem}-{digest(self.content)[:_DIGEST_LENGTH]}.{suffix}"


@cache
def assets() -> Mapping[str, Asset]:
    """Return the files that pages load, by name."""
    return {name: Asset(name, read_asset(name), type_) for name, type_ in _CONTENT_TYPES.items()}


def asset_path(name: str) -> str:
    """Return the path of a file that pages load."""
    return f"/assets/{assets()[name].file_name}"


def read_asset(name: str) -> bytes:
    """Return the content of a file in the folder."""
    return (_FOLDER / name).read_bytes()
