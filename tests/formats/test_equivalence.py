"""Tests that all formats of a document have the same triples, and both engines the same bytes."""

import json
import subprocess
import sys

import pytest

from tests.support.rdf_parsers import by_pyld, by_pyoxigraph, by_rdflib, in_format, parsed
from tests.support.site import BASE, FORMATS, ROOT, addresses

VARIANTS = [
    "/projects?country=LT&include=lead,grants,participations.organisation",
    "/projects/ensie?include=activities&fields=title,participations,record",
    "/projects?fields=title,start,participations&sort=-start&q=social*",
    "/search?q=social&limit=5&highlight=true&lang=lv",
    "/partners?limit=2",
    "/funders?fields=name,place",
]
"""Paths with parameters that change which fields and records a response has."""


@pytest.fixture(scope="module")
def network(networks):
    """The network's own content on one engine: both have the same bytes, as a test below proves."""
    return networks[0]


@pytest.mark.parametrize(
    "reader", [by_rdflib, by_pyld, by_pyoxigraph], ids=["by_rdflib", "by_pyld", "by_pyoxigraph"]
)
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_json_ld_has_the_triples_of_turtle_for_every_parser(network, reader):
    for path in [*addresses(network), *VARIANTS]:
        turtle = parsed(in_format(network, path, "ttl"), "turtle")
        assert reader(in_format(network, path, "jsonld")) == turtle, path


def test_turtle_n_triples_and_rdf_xml_have_the_same_triples(network):
    for path in [*addresses(network), *VARIANTS]:
        turtle = parsed(in_format(network, path, "ttl"), "turtle")
        assert len(turtle) > 1
        assert parsed(in_format(network, path, "nt"), "nt") == turtle, path
        assert parsed(in_format(network, path, "rdf"), "xml") == turtle, path


def test_json_ld_is_the_json_with_a_context(network):
    context = network.json("/context.jsonld")
    for path in [*addresses(network), *(variant for variant in VARIANTS if "lang" not in variant)]:
        plain = network.json(path)
        linked = json.loads(in_format(network, path, "jsonld"))
        assert linked == context | plain, path


def test_every_key_outside_cards_has_a_triple(network):
    """A key without a term in the context is dropped silently from the RDF."""
    context = network.json("/context.jsonld")["@context"]
    for path in addresses(network):
        triples = {(str(s), str(p)) for s, p, _ in parsed(in_format(network, path, "ttl"), "turtle")}
        for subject, key in keys_outside_cards(network.json(path), context):
            predicate = context[key]["@id"] if isinstance(context[key], dict) else context[key]
            assert key == "type" or (subject, predicate) in triples, (path, subject, key)


def keys_outside_cards(node: dict, context: dict):
    """Yield the IRI of the subject and the key of every value that is not in a card."""
    for key, value in node.items():
        if key == "uri":
            continue
        yield node["uri"], key
        is_card = isinstance(context[key], dict) and "@context" in context[key]
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and "uri" in item and not is_card:
                yield from keys_outside_cards(item, context)


def test_every_iri_of_the_installation_resolves(network):
    iris = set()
    for path in addresses(network):
        for triple in parsed(in_format(network, path, "ttl"), "turtle"):
            iris |= {str(node) for node in triple if str(node).startswith(BASE)}
        iris |= set(iris_in(network.json(path)))
    assert len(iris) > 100
    for iri in sorted({iri.partition("#")[0] for iri in iris}):
        path = iri.removeprefix(BASE) or "/"
        assert network.get(path).status_code == 200, iri


def iris_in(value):
    """Yield every IRI of the installation in a JSON value."""
    if isinstance(value, str) and value.startswith(BASE):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from iris_in(item)


def test_predicates_of_documents_are_defined_by_the_vocabulary(network):
    vocabulary = parsed(in_format(network, "/vocab", "ttl"), "turtle")
    defined = {str(subject) for subject, _, _ in vocabulary}
    for path in addresses(network):
        predicates = {str(predicate) for _, predicate, _ in parsed(in_format(network, path, "ttl"), "turtle")}
        own_predicates = {iri for iri in predicates if iri.startswith(f"{BASE}/vocab#")}
        assert own_predicates <= defined, path


def test_the_same_content_has_the_same_bytes_on_both_engines(networks):
    sqlite, postgresql = networks
    assert addresses(sqlite) == addresses(postgresql)
    for path in addresses(sqlite):
        for name in FORMATS:
            separator = "&" if "?" in path else "?"
            address = f"{path}{separator}format={name}"
            assert sqlite.raw(address) == postgresql.raw(address), address


PRINT_DIGESTS = """
import sys
from hashlib import sha256
from api.editing.directory_loader import load_directory
from tests.support.site import FORMATS, ROOT, addresses, site_on
with site_on(sys.argv[1]) as site:
    load_directory(site.store, ROOT / "data")
    for path in addresses(site):
        for name in FORMATS:
            response = site.get(path, accept="*/*") if name == "json" else site.get(path + ("&" if "?" in path else "?") + "format=" + name)
            print(path, name, response.headers["etag"], sha256(response.content).hexdigest())
"""


def test_the_same_content_has_the_same_bytes_in_two_processes(databases):
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PRINT_DIGESTS, databases.make("sqlite")],
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    assert len(outputs[0]) > 200
    assert outputs[0] == outputs[1]
