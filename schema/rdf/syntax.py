"""IRIs in Turtle and XML, and the parameters of two similar syntaxes: Turtle and N-Triples."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vocab.namespaces import PREFIXES, RDF
from vocab.uri_builder import Uris

_LOCAL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NOT_IN_IRIS = bytes(range(0x21)) + b'<>"{}|^`\\'


def namespace_prefixes(uris: Uris) -> dict[str, str]:
    """Return the prefix of each namespace IRI, sorted by prefix."""
    return {uris.resolve(PREFIXES[prefix]): prefix for prefix in sorted(PREFIXES)}


def prefixed_name(iri: str, prefixes: Mapping[str, str]) -> str:
    """Return the prefixed name of an IRI, in Turtle as in XML, or an empty string if it has none."""
    # Every namespace IRI ends with one of these characters, and no local name contains them.
    start = max(iri.rfind("#"), iri.rfind("/")) + 1
    prefix = prefixes.get(iri[:start])
    return f"{prefix}:{iri[start:]}" if prefix and _LOCAL_NAME.fullmatch(iri, start) else ""


def validated_iri(iri: str) -> str:
    """Return an IRI unchanged. Raise ValueError if it contains a character that no IRI may contain."""
    encoded = iri.encode()
    if encoded.translate(None, _NOT_IN_IRIS) != encoded:
        message = f"{iri!r} is not an IRI"
        raise ValueError(message)
    return iri


@dataclass(frozen=True)
class Syntax:
    """A syntax of RDF: the bytes around its terms.

    Where every triple repeats its subject and predicate, the separators of predicates and objects are empty.
    `has_bare_literals` is set if integers and booleans have no quotes and no datatype.
    `namespaces` maps each namespace IRI to its prefix.
    """

    head: bytes
    before_node: bytes
    predicate_separator: bytes
    object_separator: bytes
    type_predicate: bytes
    has_bare_literals: bool
    namespaces: Mapping[str, str]

    def encode_iri(self, iri: str) -> bytes:
        """Return an IRI as a term, abbreviated if it has a prefix. Raise ValueError if it is not an IRI."""
        return (prefixed_name(iri, self.namespaces) or f"<{validated_iri(iri)}>").encode()


N_TRIPLES = Syntax(
    head=b"",
    before_node=b"",
    predicate_separator=b"",
    object_separator=b"",
    type_predicate=f"<{RDF.type}>".encode(),
    has_bare_literals=False,
    namespaces={},
)


def turtle_syntax(uris: Uris) -> Syntax:
    """Return the syntax of Turtle: all prefixes, a line per predicate, an empty line before each node."""
    prefixes = namespace_prefixes(uris)
    return Syntax(
        head="".join(f"@prefix {prefix}: <{iri}> .\n" for iri, prefix in prefixes.items()).encode(),
        before_node=b"\n",
        predicate_separator=b" ;\n\t",
        object_separator=b" , ",
        type_predicate=b"a",
        has_bare_literals=True,
        namespaces=prefixes,
    )
