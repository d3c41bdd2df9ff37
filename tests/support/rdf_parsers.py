"""RDF and JSON-LD parsed into comparable sets of triples, by three independent parsers."""

import json
from functools import lru_cache

import pyoxigraph
from pyld import jsonld
from rdflib import BNode, Graph


def lines(graph: Graph) -> frozenset[tuple]:
    assert not [node for triple in graph for node in triple if isinstance(node, BNode)]
    return frozenset(graph)


@lru_cache(2_000)
def parsed(data: bytes, syntax: str) -> frozenset[tuple]:
    """Return the triples of a document. Several tests compare the same Turtle with something else."""
    return lines(Graph().parse(data=data, format=syntax))


def by_rdflib(document: bytes) -> frozenset[tuple]:
    return parsed(document, "json-ld")


def by_pyld(document: bytes) -> frozenset[tuple]:
    quads = jsonld.to_rdf(json.loads(document), {"format": "application/n-quads"})
    return parsed(quads.encode(), "nt")


def by_pyoxigraph(document: bytes) -> frozenset[tuple]:
    quads = pyoxigraph.parse(document, format=pyoxigraph.RdfFormat.JSON_LD)
    triples = [quad.triple for quad in quads]
    return parsed(pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES), "nt")


def in_format(site, path: str, name: str) -> bytes:
    answer = site.get(f"{path}{'&' if '?' in path else '?'}format={name}")
    assert answer.status_code == 200, (path, name, answer.text)
    return answer.content
