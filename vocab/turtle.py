"""Parsing of the vocabulary's Turtle files, whose own IRIs are relative to an installation's base URI."""

from collections import defaultdict
from collections.abc import Mapping

from rdflib import Graph, Literal
from rdflib.term import Node

LANGUAGES = ("lv", "en")
"""The languages in which every own term must be labelled and defined."""

_BASE = "http://relative.invalid/"

TripleIndex = Mapping[str, Mapping[str, tuple[Node, ...]]]
"""Subject IRI to predicate IRI to sorted objects. Own IRIs are relative as keys, but not as objects."""


def parse_turtle(text: str) -> TripleIndex:
    """Parse a Turtle text into an index of its triples."""
    graph = Graph().parse(data=text, format="turtle", publicID=_BASE)
    index: dict[str, dict[str, tuple[Node, ...]]] = defaultdict(dict)
    for subject, predicate in sorted(set(graph.subject_predicates()), key=str):
        objects = tuple(sorted(graph.objects(subject, predicate), key=str))
        index[relative_iri(subject)][relative_iri(predicate)] = objects
    return index


def relative_iri(node: Node) -> str:
    """Return the text of an IRI, without the base IRI used in parsing."""
    return str(node).removeprefix(_BASE)


def language_map(nodes: tuple[Node, ...]) -> dict[str, str]:
    """Return the language-tagged literals as a language map, in the order of LANGUAGES, then by tag."""
    texts = {node.language: str(node) for node in nodes if isinstance(node, Literal) and node.language}
    languages = [*LANGUAGES, *sorted(texts.keys() - set(LANGUAGES))]
    return {language: texts[language] for language in languages if language in texts}
