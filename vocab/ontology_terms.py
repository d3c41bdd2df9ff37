"""The ontology: the own terms, each labelled and defined in `ontology.ttl` in every language."""

from dataclasses import dataclass
from pathlib import Path

from rdflib import URIRef

from vocab.namespaces import RDFS, SKOS
from vocab.turtle_parser import LANGUAGES, TripleIndex, language_map, parse_turtle

VOCABULARY = "vocab"


class UndefinedTermError(AttributeError):
    """The ontology lacks a label or definition of a term in some language."""


@dataclass(frozen=True)
class ParsedOntology:
    """The triples of an ontology file."""

    triples: TripleIndex

    @classmethod
    def read(cls, text: str) -> "ParsedOntology":
        """Parse an ontology in Turtle with relative IRIs."""
        return cls(parse_turtle(text))

    def labels(self, iri: str) -> dict[str, str]:
        """Return the labels of an IRI as a language map. Raise UndefinedTermError if one is missing."""
        return self._complete_texts(iri, str(RDFS.label))

    def plurals(self, iri: str) -> dict[str, str]:
        """Return the plural labels of a property as a language map, with the labels as defaults.

        Raise UndefinedTermError if a language has no label.
        """
        return self.labels(iri) | language_map(self.triples[iri].get(f"{VOCABULARY}#plural", ()))

    def definitions(self, iri: str) -> dict[str, str]:
        """Return the definitions of an IRI as a language map, empty if it has none."""
        return language_map(self.triples.get(iri, {}).get(str(SKOS.definition), ()))

    def term(self, name: str) -> URIRef:
        """Return the relative IRI of a class or property.

        Raise UndefinedTermError if a language has no label or definition.
        """
        iri = f"{VOCABULARY}#{name}"
        for predicate in (RDFS.label, SKOS.definition):
            self._complete_texts(iri, str(predicate))
        return URIRef(iri)

    def _complete_texts(self, iri: str, predicate: str) -> dict[str, str]:
        texts = language_map(self.triples.get(iri, {}).get(predicate, ()))
        if missing := [language for language in LANGUAGES if language not in texts]:
            message = f"<{iri}> has no <{predicate}> in {', '.join(missing)}"
            raise UndefinedTermError(message)
        return texts


class OwnNamespace:
    """The own namespace: `TIKLS.start` is an IRI; an undefined term raises UndefinedTermError on import."""

    def __init__(self, ontology: ParsedOntology) -> None:
        self._ontology = ontology

    def __getattr__(self, name: str) -> URIRef:
        """Return the relative IRI of a term. Raise UndefinedTermError if it is not fully defined."""
        return self._ontology.term(name)


ONTOLOGY = ParsedOntology.read(Path(__file__).with_name("ontology.ttl").read_text(encoding="utf-8"))

TIKLS = OwnNamespace(ONTOLOGY)
