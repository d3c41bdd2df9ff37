"""How IRIs are written, and the two syntaxes that differ in little: N-Triples and Turtle."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vocab.namespaces import PREFIXES, RDF, XSD
from vocab.uris import Uris

_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

_NEVER_IN_IRIS = bytes(range(0x21)) + b'<>"{}|^`\\'


def namespace_prefixes(addresses: Uris) -> dict[str, str]:
    """Return the prefix of each namespace, in the order of the prefixes."""
    return {addresses.resolve(PREFIXES[name]): name for name in sorted(PREFIXES)}


def prefixed_name(iri: str, prefixes: Mapping[str, str]) -> str:
    """Return an IRI as a name with a prefix, in Turtle as in XML; nothing if it cannot be written so."""
    # Every namespace ends with one of these, and what is behind it has none.
    start = max(iri.rfind("#"), iri.rfind("/")) + 1
    prefix = prefixes.get(iri[:start])
    return f"{prefix}:{iri[start:]}" if prefix and _LOCAL.fullmatch(iri, start) else ""


def validated_iri(iri: str) -> str:
    """Return an IRI. Raise ValueError for what could be none."""
    encoded = iri.encode()
    if encoded.translate(None, _NEVER_IN_IRIS) != encoded:
        message = f"{iri!r} is not an IRI"
        raise ValueError(message)
    return iri


@dataclass(frozen=True)
class Syntax:
    """One way of writing statements.

    What stands between two predicates of a thing, and between two objects of a predicate, is empty
    where the whole statement is written again. `namespaces` has the prefix of each namespace.
    """

    head: str
    before_thing: str
    between_predicates: str
    between_objects: str
    is_a: str
    around_integer: tuple[str, str]
    namespaces: Mapping[str, str]

    def iri(self, iri: str) -> str:
        """Return an IRI, abbreviated if it can be. Raise ValueError for what could be no IRI."""
        return prefixed_name(iri, self.namespaces) or f"<{validated_iri(iri)}>"


N_TRIPLES = Syntax(
    head="",
    before_thing="",
    between_predicates="",
    between_objects="",
    is_a=f"<{RDF.type}>",
    around_integer=('"', f'"^^<{XSD.integer}>'),
    namespaces={},
)


def turtle_syntax(addresses: Uris) -> Syntax:
    """Return Turtle with all prefixes, a line for each predicate, and an empty one before each thing."""
    prefixes = namespace_prefixes(addresses)
    return Syntax(
        head="".join(f"@prefix {name}: <{iri}> .\n" for iri, name in prefixes.items()),
        before_thing="\n",
        between_predicates=" ;\n\t",
        between_objects=" , ",
        is_a="a",
        around_integer=("", ""),
        namespaces=prefixes,
    )
