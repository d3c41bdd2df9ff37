"""The fingerprint of the read model: a digest of everything besides the log that decides its stored bytes.

Python and Turtle files are digested as parsed: comments, docstrings, layout and positions do not count.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import cache_from_source
from os import getpid
from pathlib import Path

import msgspec
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from schema.documents.renderer import Renderer

_ROOT = Path(__file__).parents[3]

RENDERING = (
    "schema/__init__.py",
    "schema/model.py",
    "schema/declaration/**/*.py",
    "schema/entities/**/*.py",
    "schema/documents/**/*.py",
    "schema/index/**/*.py",
    "schema/rdf/jsonld_context.py",
    "schema/storage/**/*.py",
    "schema/validation/record_codec.py",
    "schema/validation/references.py",
    "vocab/**/*.py",
    "vocab/**/*.ttl",
    "api/store/digests.py",
    "api/store/log/logged_revisions.py",
    "api/store/log/record_numbers.py",
    "api/store/log/revision_reader.py",
    "api/store/projection/**/*.py",
    "api/store/publishing/rebuild.py",
    "api/store/zstd_frame.py",
)
"""The files that decide the stored bytes: declarations, vocabulary, and the way from a revision to its rows."""

_LIBRARIES = ("babel", "msgspec", "pycountry", "pystemmer", "zstandard")
"""The sources of the names of countries and languages, of the bytes of JSON and of frames, and of stems."""

_BASE = "http://relative.invalid/"


def fingerprint(renderer: Renderer, root: Path = _ROOT) -> str:
    """Return the digest of the code, vocabulary, library versions and settings that rendering uses."""
    settings = (renderer.uris.base, renderer.languages, renderer.licence, renderer.publisher)
    code = _own_code_digest() if root == _ROOT else code_digest(RENDERING, _LIBRARIES, root)
    hasher = sha256(code.encode())
    hasher.update(msgspec.json.encode(settings, order="deterministic"))
    return hasher.hexdigest()


@cache
def _own_code_digest() -> str:
    """Return the digest of the code of this process, which stays as it was imported."""
    return code_digest(RENDERING, _LIBRARIES)


def code_digest(patterns: Iterable[str], libraries: Iterable[str], root: Path = _ROOT) -> str:
    """Return the digest of the parsed files that match glob patterns, and of the versions of libraries.

    Files that are neither Python nor Turtle count byte by byte.
    """
    patterns = sorted(patterns)
    paths = sorted({path for pattern in patterns for path in root.glob(pattern)})
    sources = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    cache = Path(cache_from_source(str(root / "api/store/projection/fingerprint.py")))
    cache = cache.with_suffix(f".{_digest(patterns)[:8]}")
    hasher = sha256(_cached(cache, _source_digest(sources), lambda: _parsed_digest(sources)).encode())
    hasher.update(msgspec.json.encode([version(name) for name in libraries]))
    return hasher.hexdigest()


def _cached(cache: Path, key: str, compute: Callable[[], str]) -> str:
    """Return the digest that a cache file holds under a key, or compute it and replace the file.

    Parsing takes ten times as long as reading, at the start of every process. Like compiled modules, the
    cache is optional: it is left out where Python writes no bytecode or the directory is read-only.
    """
    with suppress(OSError, ValueError):
        cached_key, digest = cache.read_text("ascii").split()
        if cached_key == key:
            return digest
    digest = compute()
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            cache.parent.mkdir(parents=True, exist_ok=True)
            # Replaced in one step, so that another process reads a whole file.
            temporary = cache.with_name(f"{cache.name}.{getpid()}")
            temporary.write_text(f"{key} {digest}\n", "ascii")
            temporary.replace(cache)
    return digest


def _source_digest(sources: Mapping[str, bytes]) -> str:
    """Return the key of the cache: the digest of the bytes of files, and of this one, which parses them."""
    this_file = Path(__file__).read_bytes()
    return _digest(
        [sha256(this_file).hexdigest(), *((name, sha256(sources[name]).hexdigest()) for name in sources)]
    )


def _parsed_digest(sources: Mapping[str, bytes]) -> str:
    return _digest([(name, _parsed_file_digest(name, source)) for name, source in sources.items()])


def _digest(value: object) -> str:
    return sha256(msgspec.json.encode(value)).hexdigest()


@lru_cache(maxsize=256)
def _parsed_file_digest(name: str, source: bytes) -> str:
    """Return a digest that is equal for two versions of a file that differ in prose or layout only."""
    match Path(name).suffix:
        case ".py":
            tokens: list[str] = []
            _write_tree(ast.parse(source, name), tokens.append)
            return _digest(tokens)
        case ".ttl":
            # Canonical, because the parser draws labels of blank nodes at random.
            triples = Dataset(parse(source, RdfFormat.TURTLE, base_iri=_BASE))
            triples.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
            return _digest(sorted(map(str, triples)))
        case _:
            return sha256(source).hexdigest()


def _write_tree(node: object, write: Callable[[str], None]) -> None:
    """Write a syntax tree as text: without docstrings, and without empty fields, whose presence varies with Python."""
    if isinstance(node, ast.AST):
        write(f"{type(node).__name__}(")
        for name in node._fields:
            value = getattr(node, name, None)
            if value is not None and value != []:
                write(f"{name}=")
                _write_tree(value, write)
        write(")")
    elif isinstance(node, list):
        write("[")
        for item in node:
            if not _is_docstring(item):
                _write_tree(item, write)
        write("]")
    else:
        write(f"{node!a},")


def _is_docstring(node: object) -> bool:
    """Return True for a statement that is only a string: a docstring, or the description of a constant."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
