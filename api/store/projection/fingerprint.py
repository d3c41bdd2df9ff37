"""What served documents depend on besides the log: when it changes, they are rendered anew."""

from collections.abc import Iterable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

from schema.documents.renderer import Renderer

_ROOT = Path(__file__).parents[3]

RENDERING = ("schema/**/*.py", "vocab/**/*.py", "vocab/**/*.ttl", "api/store/**/*.py")

# Names of countries and languages, and the bytes of JSON, are theirs.
_LIBRARIES = ("babel", "msgspec", "pycountry")


def fingerprint(renderer: Renderer, root: Path = _ROOT) -> str:
    """Return the digest of the code, vocabulary, libraries and settings that rendering uses."""
    settings = (renderer.uris.base, renderer.languages, renderer.licence, renderer.publisher)
    found = sha256(code_digest(RENDERING, _LIBRARIES, root).encode())
    found.update(msgspec.json.encode(settings, order="deterministic"))
    return found.hexdigest()


def code_digest(patterns: Iterable[str], libraries: Iterable[str], root: Path = _ROOT) -> str:
    """Return the digest of files, and of the versions of libraries."""
    found = sha256()
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
        found.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    found.update(msgspec.json.encode([version(name) for name in libraries]))
    return found.hexdigest()
