"""Concept schemes: the controlled vocabularies, one Turtle file each in `schemes/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vocab.namespaces import SKOS
from vocab.ontology_terms import VOCABULARY
from vocab.turtle_parser import TripleIndex, language_map, parse_turtle


@dataclass(frozen=True)
class Scheme:
    """A concept scheme: its codes in file order, and the triples of the scheme and its concepts."""

    name: str
    codes: tuple[str, ...]
    triples: TripleIndex

    @property
    def iri(self) -> str:
        """Return the scheme's IRI, relative to the base."""
        return f"{VOCABULARY}/{self.name}"

    def concept_iri(self, code: str) -> str:
        """Return a concept's IRI, relative to the base."""
        return f"{self.iri}/{code}"

    def labels(self, code: str) -> dict[str, str]:
        """Return the preferred labels of a concept as a language map."""
        return language_map(self.triples[self.concept_iri(code)][str(SKOS.prefLabel)])


def _read_scheme(path: Path) -> Scheme:
    text = path.read_text(encoding="utf-8")
    prefix = f"{VOCABULARY}/{path.stem}/"
    triples = parse_turtle(text)
    codes = [iri.removeprefix(prefix) for iri in triples if iri.startswith(prefix)]
    return Scheme(path.stem, tuple(sorted(codes, key=lambda code: text.index(f"<{prefix}{code}>"))), triples)


CONCEPT_SCHEMES: Mapping[str, Scheme] = {
    path.stem: _read_scheme(path) for path in sorted((Path(__file__).parent / "schemes").glob("*.ttl"))
}
"""The concept schemes by name."""
