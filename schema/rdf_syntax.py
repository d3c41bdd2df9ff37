"""The two syntaxes of RDF that templates are made for: N-Triples and Turtle."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vocab.addresses import Addresses
from vocab.namespaces import PREFIXES, RDF, XSD

_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NEVER_IN_IRIS = bytes(range(0x21)) + b'<>"{}|^`\\'


@dataclass(frozen=True)
class Syntax:
    """One way of writing statements.

    What stands between two predicates of a thing, and between two objects of a predicate, is empty
    where the whole statement is written again. `namespaces` has the prefix of each namespace.
    """

    head: bytes
    before_thing: bytes
    between_predicates: bytes
    between_objects: bytes
    is_a: bytes
    around_integer: tuple[bytes, bytes]
    namespaces: Mapping[str, str]

    def iri(self, iri: str) -> bytes:
        """Return an IRI, abbreviated if it can be. Raise ValueError for what could be no IRI."""
        if iri.startswith((*self.namespaces,)):
            for namespace, prefix in self.namespaces.items():
                if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
                    return f"{prefix}:{iri.removeprefix(namespace)}".encode()
        encoded = iri.encode()
        if encoded.translate(None, _NEVER_IN_IRIS) != encoded:
            message = f"{iri!r} is not an IRI"
            raise ValueError(message)
        return b"<%b>" % encoded


N_TRIPLES = Syntax(
    head=b"",
    before_thing=b"",
    between_predicates=b"",
    between_objects=b"",
    is_a=f"<{RDF.type}>".encode(),
    around_integer=(b'"', f'"^^<{XSD.integer}>'.encode()),
    namespaces={},
)


def turtle(addresses: Addresses) -> Syntax:
    """Return Turtle with all prefixes, a line for each predicate, and an empty one before each thing."""
    prefixes = {name: addresses.resolve(PREFIXES[name]) for name in sorted(PREFIXES)}
    return Syntax(
        head="".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes.items()).encode(),
        before_thing=b"\n",
        between_predicates=b" ;\n\t",
        between_objects=b" , ",
        is_a=b"a",
        around_integer=(b"", b""),
        namespaces={iri: name for name, iri in prefixes.items()},
    )
