"""Tests of the vocabulary: labels in both languages, and alignment with existing terms."""

import re

import pyoxigraph
import pytest
from pyoxigraph import RdfFormat
from rdflib import Graph

from schema import MODEL
from tests.support.site import SHARED, needs_shared
from vocab import authority_tables as authorities
from vocab.concept_schemes import CONCEPT_SCHEMES
from vocab.namespaces import PREFIXES, SKOS
from vocab.ontology_terms import ONTOLOGY
from vocab.turtle_parser import language_map

AUTHORITY = "http://publications.europa.eu/resource/authority/"

CONFORMANCE = SHARED / "conformance"

VOCABULARIES = {
    PREFIXES["eurio"]: "vocab/eurio-2.4.ttl",
    PREFIXES["frapo"]: "vocab/frapo.ttl",
    PREFIXES["foaf"]: "vocab/foaf.nq",
    PREFIXES["org"]: "vocab/org.nq",
    PREFIXES["dcterms"]: "vocab/dcterms.nq",
    PREFIXES["skos"]: "vocab/skos.nq",
    PREFIXES["hydra"]: "hydra/core.jsonld",
    PREFIXES["schema"]: "schemaorg-30.0/schemaorg-current-https.ttl",
    PREFIXES["dcat"]: "dcat3/dcat3.ttl",
}


@pytest.mark.parametrize("scheme", CONCEPT_SCHEMES.values(), ids=lambda scheme: scheme.name)
def test_every_concept_has_labels_and_a_definition_in_both_languages(scheme):
    assert scheme.codes
    assert {"lv", "en"} <= language_map(scheme.triples[scheme.iri][str(SKOS.prefLabel)]).keys()
    for code in scheme.codes:
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", code)
        statements = scheme.triples[scheme.concept_iri(code)]
        assert [notation.value for notation in statements[str(SKOS.notation)]] == [code]
        for predicate in (SKOS.prefLabel, SKOS.definition):
            assert {"lv", "en"} <= language_map(statements[str(predicate)]).keys(), code


def test_the_served_vocabulary_has_every_value_of_its_file(network):
    served = Graph().parse(data=network.get("/vocab.ttl").content, format="turtle")
    nodes = set(map(str, served.all_nodes()))
    for subject, statements in ONTOLOGY.triples.items():
        if not subject.startswith("vocab"):
            continue
        for objects in statements.values():
            for node in objects:
                text = node.value.removeprefix("http://relative.invalid/")
                assert text in nodes or f"https://data.example.org/{text}" in nodes, (subject, text)


def known_terms(file: str) -> set[str]:
    syntaxes = {"ttl": RdfFormat.TURTLE, "nq": RdfFormat.N_QUADS, "jsonld": RdfFormat.JSON_LD}
    syntax = syntaxes[file.rpartition(".")[2]]
    quads = pyoxigraph.parse((CONFORMANCE / file).read_bytes(), format=syntax, lenient=True)
    return {quad.subject.value for quad in quads}


def test_classes_are_described_by_their_definitions():
    for shape in MODEL.shapes:
        if shape.rdf_class.startswith("vocab#"):
            definition = language_map(ONTOLOGY.triples[shape.rdf_class][str(SKOS.definition)])["en"]
            assert shape.struct.__doc__.split("\n")[0] == definition, shape.name


@needs_shared
@pytest.mark.parametrize("namespace", VOCABULARIES, ids=VOCABULARIES.get)
def test_foreign_terms_exist_in_their_vocabularies(namespace):
    aligned = {
        node.value
        for statements in ONTOLOGY.triples.values()
        for nodes in statements.values()
        for node in nodes
    }
    used = aligned | {field.predicate for field in MODEL.keys.values()} | set(MODEL.classes.values())
    foreign = {iri for iri in used if iri.startswith(namespace)}
    assert foreign
    assert not foreign - known_terms(VOCABULARIES[namespace])


@needs_shared
def test_countries_are_those_of_the_eu_tables():
    folder = CONFORMANCE / "eu-authority"
    codes = set(
        re.findall(r'ColumnRef="code">\s*<SimpleValue>(\w+)<', read(folder / "genericode-2026/country.gc"))
        + re.findall(r"authority/country/(\w+)> a", read(folder / "skos/countries_20220928-0.ttl"))
    )
    used = {iri.rpartition("/")[2] for iri in authorities.COUNTRIES.iris.values()}
    assert len(used) > 240
    assert not used - codes


@needs_shared
def test_languages_are_those_of_the_eu_table():
    table = read(CONFORMANCE / "eu-authority/skos/languages_20220928-0.csv")
    codes = set(re.findall(r"authority/language/(\w+)", table))
    used = {code: iri.rpartition("/")[2] for code, iri in authorities.LANGUAGES.iris.items()}
    assert not {iri for code, iri in used.items() if len(code) == 2} - codes
    added_to_iso_639_since_2022 = 28
    assert len(set(used.values()) - codes) == added_to_iso_639_since_2022


@needs_shared
def test_currencies_are_those_of_the_eu_tables():
    folder = CONFORMANCE / "eu-authority"
    codes = set(
        re.findall(r'ColumnRef="code">\s*<SimpleValue>(\w+)<', read(folder / "genericode-2026/currency.gc"))
        + re.findall(r"authority/currency/(\w+)> a", read(folder / "skos/currencies_20220928-0.ttl"))
    )
    used = {iri.rpartition("/")[2] for iri in authorities.CURRENCIES.iris.values()}
    assert "EUR" in used
    assert used - codes == {"XAD", "ZWG"}, "added to ISO 4217 since the tables were made"


@needs_shared
def test_every_match_with_the_eu_tables_exists_in_them(network):
    tables = "".join(read(path) for path in sorted((CONFORMANCE / "eu-authority/skos").glob("*.ttl")))
    tables += read(CONFORMANCE / "eu-authority/genericode-2026/eu-programme.gc")
    matched = {
        node.value
        for scheme in CONCEPT_SCHEMES.values()
        for statements in scheme.triples.values()
        for node in statements.get(str(SKOS.closeMatch), ())
    }
    for item in network.json("/programmes?limit=200")["items"]:
        matched |= set(network.json(f"/programmes/{item['id']}").get("see_also", ()))
    authority_iris = {iri for iri in matched if iri.startswith(AUTHORITY)}
    assert len(authority_iris) > 2
    for iri in authority_iris:
        table, code = iri.removeprefix(AUTHORITY).split("/")
        assert f"authority/{table}/{code}>" in tables or f">{code}<" in tables, iri


def read(path):
    return path.read_text(encoding="utf-8")


def test_countries_and_languages_have_labels_in_the_requested_languages():
    assert authorities.COUNTRIES.labels("LV", ("lv", "en", "pl")) == {
        "lv": "Latvija",
        "en": "Latvia",
        "pl": "Łotwa",
    }
    assert authorities.LANGUAGES.labels("lv", ("en",)) == {"en": "Latvian"}
    assert authorities.LANGUAGES.iris["ltg"].endswith("/LTG")
