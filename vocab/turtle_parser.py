"""Parsing of the vocabulary's Turtle files, whose own IRIs are relative to an installation's base URI."""

from collections import defaultdict
from collections.abc import Mapping

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

LANGUAGES = ("lv", "en")
"""The languages in which every own term must be labelled and defined."""

_BASE = "http://relative.invalid/"

Node = NamedNode | Literal

TripleIndex = Mapping[str, Mapping[str, tuple[Node, ...]]]
"""Subject IRI to predicate IRI to sorted objects. Own IRIs are relative as keys, but not as objects."""


def parse_turtle(text: str) -> TripleIndex:
    """Parse a Turtle text into an index of its triples."""
    index: dict[str, dict[str, set[Node]]] = defaultdict(lambda: defaultdict(set))
    # Every process parses the whole vocabulary at its start: with rdflib, that took thirty times as long.
    for triple in parse(text, RdfFormat.TURTLE, base_iri=_BASE):
        index[relative_iri(triple.subject)][relative_iri(triple.predicate)].add(triple.object)
    return {
        subject: {predicate: tuple(sorted(nodes, key=str)) for predicate, nodes in objects.items()}
        for subject, objects in index.items()
    }


def relative_iri(node: Node) -> str:
    """Return the text of an IRI, without the base IRI used in parsing."""
    return node.value.removeprefix(_BASE)


def language_map(nodes: tuple[Node, ...]) -> dict[str, str]:
    """Return the language-tagged literals as a language map, in the order of LANGUAGES, then by tag."""
    return {language: texts[-1] for language, texts in language_lists(nodes).items()}


def language_lists(nodes: tuple[Node, ...]) -> dict[str, list[str]]:
    """Return the language-tagged literals as lists by language, in the order of LANGUAGES, then by tag."""
    texts: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        if isinstance(node, Literal) and node.language:
            texts[node.language].append(node.value)
    languages = [*LANGUAGES, *sorted(texts.keys() - set(LANGUAGES))]
    return {language: texts[language] for language in languages if language in texts}
