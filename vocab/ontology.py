"""Our own terms: a closed list, because each must be labelled and defined in `ontology.ttl`."""

from dataclasses import dataclass
from pathlib import Path

from rdflib import URIRef

from vocab.namespaces import RDFS, SKOS
from vocab.turtle import LANGUAGES, TripleIndex, language_map, parse_turtle

VOCABULARY = "vocab"


class UndefinedTermError(AttributeError):
    """A term of ours is used that the ontology does not label and define in every language."""


@dataclass(frozen=True)
class ParsedOntology:
    """What an ontology file says."""

    triples: TripleIndex

    @classmethod
    def read(cls, text: str) -> "ParsedOntology":
        """Return the ontology written in a Turtle text with relative IRIs."""
        return cls(parse_turtle(text))

    def labels(self, iri: str) -> dict[str, str]:
        """Return the labels of one IRI. Raise UndefinedTermError unless all languages are there."""
        return self._complete(iri, str(RDFS.label))

    def plurals(self, iri: str) -> dict[str, str]:
        """Return what several values of a property are called: by default as one is."""
        return self.labels(iri) | language_map(self.triples[iri].get(f"{VOCABULARY}#plural", ()))

    def term(self, name: str) -> URIRef:
        """Return the IRI, relative to the base, of a class or property that is fully explained."""
        iri = f"{VOCABULARY}#{name}"
        for predicate in (RDFS.label, SKOS.definition):
            self._complete(iri, str(predicate))
        return URIRef(iri)

    def _complete(self, iri: str, predicate: str) -> dict[str, str]:
        found = language_map(self.triples.get(iri, {}).get(predicate, ()))
        if missing := [language for language in LANGUAGES if language not in found]:
            message = f"<{iri}> has no <{predicate}> in {', '.join(missing)}"
            raise UndefinedTermError(message)
        return found


class OwnNamespace:
    """Our namespace: `TIKLS.start` is an IRI, a misspelt or unexplained term an error on import."""

    def __init__(self, ontology: ParsedOntology) -> None:
        self._ontology = ontology

    def __getattr__(self, name: str) -> URIRef:
        """Return the IRI of a term. Raise UndefinedTermError if the ontology does not explain it."""
        return self._ontology.term(name)


ONTOLOGY = ParsedOntology.read(Path(__file__).with_name("ontology.ttl").read_text(encoding="utf-8"))

TIKLS = OwnNamespace(ONTOLOGY)
