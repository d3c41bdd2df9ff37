"""One document, every format: whoever reads it, however, reads the same statements."""

import json
import subprocess
import sys

import pytest

from tests.support.rdf_parsers import by_pyld, by_pyoxigraph, by_rdflib, in_format, parsed
from tests.support.site import BASE, FORMATS, ROOT, addresses

ASKED = [
    "/projects?country=LT&include=lead,grants,participations.organisation",
    "/projects/ensie?include=activities&fields=title,participations,record",
    "/projects?fields=title,start,participations&sort=-start&q=social*",
    "/search?q=social&limit=5&highlight=true&lang=lv",
    "/partners?limit=2",
    "/funders?fields=name,place",
]
"""Answers in other shapes than whoever asks for nothing gets."""


@pytest.fixture(scope="module")
def network(networks):
    """One of the engines: both give the same bytes, as is tested below."""
    return networks[0]


@pytest.mark.parametrize(
    "reader", [by_rdflib, by_pyld, by_pyoxigraph], ids=["by_rdflib", "by_pyld", "by_pyoxigraph"]
)
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_json_ld_says_what_turtle_says_to_every_reader(network, reader):
    for path in [*addresses(network), *ASKED]:
        turtle = parsed(in_format(network, path, "ttl"), "turtle")
        assert reader(in_format(network, path, "jsonld")) == turtle, path


def test_turtle_n_triples_and_rdf_xml_say_the_same(network):
    for path in [*addresses(network), *ASKED]:
        turtle = parsed(in_format(network, path, "ttl"), "turtle")
        assert len(turtle) > 1
        assert parsed(in_format(network, path, "nt"), "nt") == turtle, path
        assert parsed(in_format(network, path, "rdf"), "xml") == turtle, path


def test_json_ld_is_the_json_with_a_context(network):
    context = network.json("/context.jsonld")
    for path in [*addresses(network), *(one for one in ASKED if "lang" not in one)]:
        plain = network.json(path)
        linked = json.loads(in_format(network, path, "jsonld"))
        assert linked == context | plain, path


def test_every_key_outside_cards_says_something(network):
    """A key that is forgotten in the context would vanish from the RDF without a word."""
    context = network.json("/context.jsonld")["@context"]
    for path in addresses(network):
        statements = {(str(s), str(p)) for s, p, _ in parsed(in_format(network, path, "ttl"), "turtle")}
        for subject, key in keys_outside_cards(network.json(path), context):
            predicate = context[key]["@id"] if isinstance(context[key], dict) else context[key]
            assert key == "type" or (subject, predicate) in statements, (path, subject, key)


def keys_outside_cards(node: dict, context: dict):
    for key, value in node.items():
        if key == "uri":
            continue
        yield node["uri"], key
        is_card = isinstance(context[key], dict) and "@context" in context[key]
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict) and "uri" in inner and not is_card:
                yield from keys_outside_cards(inner, context)


def test_every_iri_of_ours_answers(network):
    found = set()
    for path in addresses(network):
        for triple in parsed(in_format(network, path, "ttl"), "turtle"):
            found |= {str(node) for node in triple if str(node).startswith(BASE)}
        found |= set(addresses_in(network.json(path)))
    assert len(found) > 100
    for iri in sorted({iri.partition("#")[0] for iri in found}):
        path = iri.removeprefix(BASE) or "/"
        assert network.get(path).status_code == 200, iri


def addresses_in(value):
    if isinstance(value, str) and value.startswith(BASE):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from addresses_in(inner)


def test_terms_that_documents_use_are_explained_by_the_vocabulary(network):
    vocabulary = parsed(in_format(network, "/vocab", "ttl"), "turtle")
    explained = {str(subject) for subject, _, _ in vocabulary}
    for path in addresses(network):
        used = {str(predicate) for _, predicate, _ in parsed(in_format(network, path, "ttl"), "turtle")}
        ours = {iri for iri in used if iri.startswith(f"{BASE}/vocab#")}
        assert ours <= explained, path


def test_the_same_content_gives_the_same_bytes_on_both_engines(networks):
    one, other = networks
    assert addresses(one) == addresses(other)
    for path in addresses(one):
        for name in FORMATS:
            mark = "&" if "?" in path else "?"
            address = f"{path}{mark}format={name}"
            assert one.raw(address) == other.raw(address), address


ONE_RUN = """
import sys
from hashlib import sha256
from api.editing.directory import load_directory
from tests.support.site import FORMATS, ROOT, addresses, site_on
with site_on(sys.argv[1]) as site:
    load_directory(site.store, ROOT / "data")
    for path in addresses(site):
        for name in FORMATS:
            answer = site.get(path, accept="*/*") if name == "json" else site.get(path + ("&" if "?" in path else "?") + "format=" + name)
            print(path, name, answer.headers["etag"], sha256(answer.content).hexdigest())
"""


def test_the_same_content_gives_the_same_bytes_on_two_runs(databases):
    runs = [
        subprocess.run(
            [sys.executable, "-c", ONE_RUN, databases.make("sqlite")],
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    assert len(runs[0]) > 200
    assert runs[0] == runs[1]
