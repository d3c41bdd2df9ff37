"""RDF and JSON-LD parsed into comparable sets of triples, by three independent parsers."""

import json

import pyoxigraph
from pyld import jsonld
from rdflib import BNode, Graph


def lines(graph: Graph) -> set[tuple]:
    assert not [node for triple in graph for node in triple if isinstance(node, BNode)]
    return set(graph)


def parsed(data: bytes, syntax: str) -> set[tuple]:
    return lines(Graph().parse(data=data, format=syntax))


def by_rdflib(document: bytes) -> set[tuple]:
    return parsed(document, "json-ld")


def by_pyld(document: bytes) -> set[tuple]:
    quads = jsonld.to_rdf(json.loads(document), {"format": "application/n-quads"})
    return parsed(quads.encode(), "nt")


def by_pyoxigraph(document: bytes) -> set[tuple]:
    quads = pyoxigraph.parse(document, format=pyoxigraph.RdfFormat.JSON_LD)
    triples = [quad.triple for quad in quads]
    return parsed(pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES), "nt")


def in_format(site, path: str, name: str) -> bytes:
    answer = site.get(f"{path}{'&' if '?' in path else '?'}format={name}")
    assert answer.status_code == 200, (path, name, answer.text)
    return answer.content
