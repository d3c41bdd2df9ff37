"""Reading our own Turtle files, whose IRIs are relative to an installation's base address."""

from collections import defaultdict
from collections.abc import Mapping

from rdflib import Graph, Literal
from rdflib.term import Node

LANGUAGES = ("lv", "en")
"""The languages in which every word of ours is explained."""

_BASE = "http://relative.invalid/"

TripleIndex = Mapping[str, Mapping[str, tuple[Node, ...]]]
"""Subject to predicate to objects; IRIs of ours are relative, but for those in objects, which are sorted."""


def parse_turtle(text: str) -> TripleIndex:
    """Return what a Turtle text says."""
    graph = Graph().parse(data=text, format="turtle", publicID=_BASE)
    found: dict[str, dict[str, tuple[Node, ...]]] = defaultdict(dict)
    for subject, predicate in sorted(set(graph.subject_predicates()), key=str):
        objects = tuple(sorted(graph.objects(subject, predicate), key=str))
        found[relative_iri(subject)][relative_iri(predicate)] = objects
    return found


def relative_iri(node: Node) -> str:
    """Return the text of an IRI, without the base that it was read against."""
    return str(node).removeprefix(_BASE)


def language_map(nodes: tuple[Node, ...]) -> dict[str, str]:
    """Return literals as a map of language to text, our own languages first."""
    found = {node.language: str(node) for node in nodes if isinstance(node, Literal) and node.language}
    ordered = [*LANGUAGES, *sorted(found.keys() - set(LANGUAGES))]
    return {language: found[language] for language in ordered if language in found}
