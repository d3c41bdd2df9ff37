"""Our own terms: a closed list, because each must be labelled and defined in `ontology.ttl`."""

from dataclasses import dataclass
from pathlib import Path

from rdflib import URIRef

from vocab.namespaces import RDFS, SKOS
from vocab.turtle import LANGUAGES, Statements, statements, texts

VOCABULARY = "vocab"


class UndefinedTermError(AttributeError):
    """A term of ours is used that the ontology does not label and define in every language."""


@dataclass(frozen=True)
class Ontology:
    """What an ontology file says."""

    statements: Statements

    @classmethod
    def read(cls, text: str) -> "Ontology":
        """Return the ontology written in a Turtle text with relative IRIs."""
        return cls(statements(text))

    def labels(self, iri: str) -> dict[str, str]:
        """Return the labels of one IRI. Raise UndefinedTermError unless all languages are there."""
        return self._complete(iri, str(RDFS.label))

    def plurals(self, iri: str) -> dict[str, str]:
        """Return what several values of a property are called: by default as one is."""
        return self.labels(iri) | texts(self.statements[iri].get(f"{VOCABULARY}#plural", ()))

    def term(self, name: str) -> URIRef:
        """Return the IRI, relative to the base, of a class or property that is fully explained."""
        iri = f"{VOCABULARY}#{name}"
        for predicate in (RDFS.label, SKOS.definition):
            self._complete(iri, str(predicate))
        return URIRef(iri)

    def _complete(self, iri: str, predicate: str) -> dict[str, str]:
        found = texts(self.statements.get(iri, {}).get(predicate, ()))
        if missing := [language for language in LANGUAGES if language not in found]:
            message = f"<{iri}> has no <{predicate}> in {', '.join(missing)}"
            raise UndefinedTermError(message)
        return found


class Terms:
    """Our namespace: `TIKLS.start` is an IRI, a misspelt or unexplained term an error on import."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology

    def __getattr__(self, name: str) -> URIRef:
        """Return the IRI of a term. Raise UndefinedTermError if the ontology does not explain it."""
        return self._ontology.term(name)


ONTOLOGY = Ontology.read(Path(__file__).with_name("ontology.ttl").read_text(encoding="utf-8"))

TIKLS = Terms(ONTOLOGY)
