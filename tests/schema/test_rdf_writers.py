"""Tests of the RDF writers: Turtle, N-Triples and RDF/XML have the triples of JSON-LD for every parser.

The documents are generated from the declarations: every class, any text, even texts that validation rejects.
TEST_LONG=1 in the environment runs about eighty times as many examples.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import msgspec
import pyoxigraph
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat

from schema import MODEL
from schema.declaration.datatypes import CARD_KINDS, LANGUAGE_TAG, Kind
from schema.declaration.shapes import Field, Shape
from schema.rdf.jsonld_context import jsonld_context
from schema.rdf.rdfxml import RdfXmlWriter
from schema.rdf.syntax import N_TRIPLES, turtle_syntax
from schema.rdf.turtle import TripleWriter
from tests.support.site import BASE
from vocab.namespaces import PREFIXES
from vocab.uri_builder import Uris

EXAMPLES = 500 if os.environ.get("TEST_LONG") else 6

URIS = Uris(BASE)

NAMESPACES = [URIS.resolve(iri) for iri in PREFIXES.values()]

CONTEXT = msgspec.json.encode({"@context": jsonld_context(MODEL, URIS)})

ENSIE = f"{BASE}/projects/ensie#this"

HOSTILE_CHARACTERS = (
    "\"\\'\n\r\t\b\f\0\x01\x1f\x7f\x85 <>{}|^`@.;,#/\u2028\u202e\u2066\ufeff\ufffe😀𝔘\U0010ffffñē\u0301"
)


def writers() -> tuple[TripleWriter, TripleWriter, RdfXmlWriter]:
    return (
        TripleWriter(MODEL, URIS, N_TRIPLES),
        TripleWriter(MODEL, URIS, turtle_syntax(URIS)),
        RdfXmlWriter(MODEL, URIS),
    )


N_TRIPLES_WRITER, TURTLE_WRITER, XML_WRITER = WRITERS = writers()

NOT_IN_XML = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML 1.0 forbids, even as references."""


def is_valid(constructor, *arguments, **options) -> bool:
    """Return False if the constructor raises ValueError."""
    try:
        constructor(*arguments, **options)
    except ValueError:
        return False
    return True


def lists_of(strategy, max_size: int):
    return st.lists(strategy, min_size=1, max_size=max_size)


LIST_ITEM_SHAPES = [
    shape
    for shape in MODEL.shapes
    if not any(field.kind is Kind.PART and not field.part for field in shape.fields)
]
"""Shapes that a part of any class can have."""

TEXTS = st.text(
    st.one_of(st.sampled_from(HOSTILE_CHARACTERS), st.characters(exclude_categories=["Cs"])), max_size=20
)

JSON_UNESCAPED_TEXTS = TEXTS.map(lambda text: re.sub(r'[\0-\x1f"\\]', "", text))
"""Texts without escapes in JSON: the writers have a fast path for documents without escapes."""

XML_TEXTS = TEXTS.map(lambda text: NOT_IN_XML.sub("", text))

XML_UNESCAPED_TEXTS = JSON_UNESCAPED_TEXTS.map(lambda text: re.sub(r"[&<>\ufffe\uffff]", "", text))
"""Texts without escapes in JSON and in XML."""

TAGS = st.from_regex(LANGUAGE_TAG, fullmatch=True).filter(lambda tag: is_valid(Literal, "", language=tag))

IRI_SUFFIXES = st.one_of(st.from_regex(r"[A-Za-z0-9_.:%'()~é,;#?-]{0,6}", fullmatch=True), TEXTS)

IRIS = st.builds(
    str.__add__,
    st.sampled_from([*NAMESPACES, f"{BASE}/projects?q=", "http://ā.example/", "tag:x"]),
    IRI_SUFFIXES,
).filter(lambda iri: is_valid(NamedNode, iri) and not re.search(r"\s", iri))
"""IRIs without Unicode whitespace: validation rejects it, and rdflib cannot parse it."""


@dataclass
class DocumentGenerator:
    """Generates documents from lists of values, which repeat when they are used up."""

    texts: list[str]
    tags: list[str]
    iris: list[str]
    numbers: list[int]
    omitted_fields: set[str]

    def __post_init__(self) -> None:
        self._counter: Iterator[int] = count()

    def node(self, shape: Shape) -> dict[str, object]:
        """Return a node with every field of its class, except the omitted ones."""
        fields = [field for field in shape.fields if field.name not in self.omitted_fields]
        return self._identity(shape.name) | {field.name: self._value(field) for field in fields}

    def _identity(self, type_: str) -> dict[str, object]:
        # The IRIs of nodes and cards have ids and codes only, so they need no hostile text.
        return {"uri": f"{BASE}/things/{next(self._counter)}#this", "type": type_}

    def _value(self, field: Field) -> object:
        if not field.is_list:
            return self._single_value(field)
        return [self._single_value(field) for _ in range(next(self._counter) % 3 + 1)]

    def _single_value(self, field: Field) -> object:
        if field.kind in CARD_KINDS:
            return self._identity("Anything") | {"id": "x", "name": {"en": "not said"}, "total": 1}
        match field.kind:
            case Kind.PART:
                return self.node(field.part or self._next(LIST_ITEM_SHAPES))
            case Kind.TEXT:
                return {tag: self._next(self.texts) for tag in self.tags}
            case Kind.TEXTS:
                return {tag: [self._next(self.texts), self._next(self.texts)] for tag in self.tags}
            case Kind.IRI:
                return self._next(self.iris)
            case Kind.INTEGER:
                return self._next(self.numbers)
            case Kind.DECIMAL:
                return f"{self._next(self.numbers)}{self._next(['', '.50', '.0000'])}"
            case kind:
                return _FIXED_VALUES.get(kind) or self._next(self.texts)

    def _next(self, values: list) -> object:
        return values[next(self._counter) % len(values)]


_FIXED_VALUES = {
    Kind.DAY: "2017-09-01",
    Kind.INSTANT: "2026-11-21T10:00:00Z",
    Kind.PARTIAL_DATE: "2018-22",
    Kind.DURATION: "P1Y6M",
    Kind.BOOLEAN: True,
}


def generators(texts):
    return st.builds(
        DocumentGenerator,
        lists_of(texts, 7),
        st.lists(TAGS, min_size=1, max_size=3, unique=True),
        lists_of(IRIS, 3),
        lists_of(st.integers(-(2**53), 2**53), 3),
        st.sets(st.sampled_from(sorted(MODEL.keys)), max_size=20),
    )


def documents(generator: DocumentGenerator) -> Iterator[bytes]:
    """Yield a document of every class, and one with included records."""
    for shape in MODEL.shapes:
        yield msgspec.json.encode(generator.node(shape))
    included = [generator.node(shape) for shape in MODEL.entities]
    yield msgspec.json.encode(generator.node(MODEL.by_name["Project"]) | {"included": included})


def by_pyoxigraph(data: bytes, syntax: RdfFormat) -> set[tuple]:
    return {(quad.subject, quad.predicate, quad.object) for quad in pyoxigraph.parse(data, format=syntax)}


def by_rdflib(data: bytes, syntax: str) -> set[tuple]:
    with pytest.MonkeyPatch.context() as patch:
        # Compare the lexical forms of numbers and dates.
        patch.setattr(rdflib, "NORMALIZE_LITERALS", False)
        return {tuple(map(_term, triple)) for triple in rdflib.Graph().parse(data=data, format=syntax)}


def _term(node: rdflib.term.Identifier) -> NamedNode | Literal:
    if isinstance(node, rdflib.URIRef):
        return NamedNode(node)
    datatype = NamedNode(node.datatype) if node.datatype else None
    return Literal(str(node), language=node.language, datatype=datatype)


@given(generator=generators(TEXTS))
@settings(max_examples=EXAMPLES)
def test_n_triples_and_turtle_have_the_triples_of_json_ld_for_every_parser(generator):
    for document in documents(generator):
        assert_triples_of_json_ld(document)


@given(generator=generators(JSON_UNESCAPED_TEXTS))
@settings(max_examples=EXAMPLES)
def test_n_triples_and_turtle_have_the_triples_of_json_ld_without_escapes(generator):
    for document in documents(generator):
        assert b"\\" not in document
        assert_triples_of_json_ld(document)


def assert_triples_of_json_ld(document: bytes) -> None:
    """Check that N-Triples and Turtle have the triples of JSON-LD."""
    triples = by_pyoxigraph(CONTEXT[:-1] + b"," + document[1:], RdfFormat.JSON_LD)
    n_triples, turtle = N_TRIPLES_WRITER.write(document), TURTLE_WRITER.write(document)
    assert by_pyoxigraph(n_triples, RdfFormat.N_TRIPLES) == triples
    assert by_rdflib(n_triples, "nt") == triples
    assert by_pyoxigraph(turtle, RdfFormat.TURTLE) == triples
    assert by_rdflib(turtle, "turtle") == triples


@given(generator=generators(XML_TEXTS))
@settings(max_examples=EXAMPLES // 2)
def test_rdf_xml_has_the_triples_of_n_triples_for_every_parser(generator):
    for document in documents(generator):
        assert_xml_has_triples_of_n_triples(document)


@given(generator=generators(XML_UNESCAPED_TEXTS))
@settings(max_examples=EXAMPLES // 2)
def test_rdf_xml_has_the_triples_of_n_triples_without_escapes(generator):
    generator.iris = [iri for iri in generator.iris if "&" not in iri] or ["http://example.org/"]
    for document in documents(generator):
        assert not re.search(rb"[&<>\\]", document)
        assert_xml_has_triples_of_n_triples(document)


def assert_xml_has_triples_of_n_triples(document: bytes) -> None:
    """Check that RDF/XML has the triples of N-Triples."""
    xml = XML_WRITER.write(document)
    triples = by_pyoxigraph(N_TRIPLES_WRITER.write(document), RdfFormat.N_TRIPLES)
    assert by_pyoxigraph(xml, RdfFormat.RDF_XML) == triples
    assert by_rdflib(xml, "xml") == triples


@pytest.mark.parametrize("text", ["a\0", "\x08", "\x0c", "\x1f", "a\ufffeb", "\uffff", "&\ufffe"])
@pytest.mark.parametrize("name", ["acronym", "title"])
def test_rdf_xml_rejects_characters_that_xml_forbids(text, name):
    body = {"uri": ENSIE, "type": "Project", name: {"lv": text} if name == "title" else text}
    with pytest.raises(ValueError, match="XML cannot say"):
        XML_WRITER.write(msgspec.json.encode(body))


def test_rdf_xml_accepts_text_that_only_looks_forbidden():
    text = "\\u0000 \\b \ufffd\ufffc ｱ \t\n\r\x7f\x85\u2028 ]]> <!-- <?a?> &amp;"
    body = {"uri": ENSIE, "type": "Project", "acronym": text, "title": {"lv": text}}
    document = msgspec.json.encode(body)
    assert_xml_has_triples_of_n_triples(document)
    triples = by_pyoxigraph(XML_WRITER.write(document), RdfFormat.RDF_XML)
    assert [value.value for _, _, value in triples].count(text) == 2
    assert XML_WRITER.write(json.dumps(body, indent=1).replace("/", "\\/").encode()) == XML_WRITER.write(
        document
    )


def test_uris_of_queries_are_escaped_in_rdf_xml():
    query_uri = f"{BASE}/projects?country=LV&topic=women's%26arts"
    concept = {"uri": f"{BASE}/vocab/topic/arts", "type": "Concept", "project_list": {"uri": query_uri}}
    project = {"uri": ENSIE, "type": "Project", "homepage": query_uri}
    view = {"uri": f"{query_uri}&cursor=1", "type": "PartialCollectionView", "first": query_uri}
    body = {"uri": query_uri, "type": "Collection", "items": [concept, project], "view": view}
    document = msgspec.json.encode(body)
    assert_xml_has_triples_of_n_triples(document)
    assert XML_WRITER.write(document).count(b'"' + query_uri.replace("&", "&amp;").encode() + b'"') == 4


def test_a_base_uri_with_an_ampersand_is_escaped_in_rdf_xml():
    uris = Uris("https://example.org/a&b")
    lead = {"uri": uris.resolve("organisations/x#this"), "type": "Organisation", "id": "x"}
    project = {"uri": uris.resolve("projects/p#this"), "type": "Project", "id": "p", "lead": lead}
    document = msgspec.json.encode(project)
    xml_triples = by_pyoxigraph(RdfXmlWriter(MODEL, uris).write(document), RdfFormat.RDF_XML)
    n_triples = TripleWriter(MODEL, uris, N_TRIPLES).write(document)
    assert xml_triples == by_pyoxigraph(n_triples, RdfFormat.N_TRIPLES) != set()


@pytest.mark.parametrize("escaped", ['"', "\\", "\n", "\0"])
def test_an_escaped_text_changes_no_other_bytes(escaped):
    generator = DocumentGenerator(
        ["a'ē😀", "\x7f\u2028", ""], ["lv", "en"], ["http://example.org/"], [0, 1], set()
    )
    project = generator.node(MODEL.by_name["Project"])
    unescaped_document = msgspec.json.encode(project | {"acronym": "{}"})
    escaped_document = msgspec.json.encode(project | {"acronym": escaped})
    assert (b"\\" in unescaped_document, b"\\" in escaped_document) == (False, True)
    for writer in (N_TRIPLES_WRITER, TURTLE_WRITER):
        expected = writer.write(unescaped_document).replace(b'"{}"', msgspec.json.encode(escaped))
        assert expected == writer.write(escaped_document)


def test_two_writers_of_a_format_write_the_same_bytes():
    first_writers, second_writers = writers(), writers()
    generator = DocumentGenerator(["a", "b"], ["lv", "en"], ["http://example.org/"], [1], set())
    for document in documents(generator):
        for first, second in zip(first_writers, second_writers, strict=True):
            assert first.write(document) == second.write(document)


def test_unnecessary_escapes_in_json_do_not_change_the_triples():
    body = {
        "uri": ENSIE,
        "type": "Project",
        "title": {"en": "\\u00e9 😀 / \\/ \\\\ud83d"},
        "acronym": "ē\n\0",
    }
    minimal = msgspec.json.encode(body)
    escaped = json.dumps(body, indent=1).replace("/", "\\/").encode()
    assert minimal != escaped
    for writer, syntax in ((N_TRIPLES_WRITER, RdfFormat.N_TRIPLES), (TURTLE_WRITER, RdfFormat.TURTLE)):
        triples = by_pyoxigraph(writer.write(minimal), syntax)
        assert by_pyoxigraph(writer.write(escaped), syntax) == triples
        assert body["title"]["en"] in {value.value for _, _, value in triples}


PROJECT_IN_TURTLE = """
<https://data.example.org/projects/ensie#this> a tikls:Project ;
	dcterms:identifier "ensie" ;
	dcterms:title "Tīkls \\"ENSIE\\""@lv , "Network"@en ;
	tikls:start "2017-09"^^<http://id.loc.gov/datatypes/edtf/EDTF> ;
	tikls:startEarliest "2017-09-01"^^xsd:date ;
	tikls:participation <https://data.example.org/projects/ensie#participation-a> ;
	tikls:countryInvolved <http://publications.europa.eu/resource/authority/country/EST> , <http://publications.europa.eu/resource/authority/country/LVA> .

<https://data.example.org/projects/ensie#participation-a> a tikls:Participation ;
	dcterms:identifier "a" ;
	tikls:count 11 ;
	tikls:amount <https://data.example.org/projects/ensie#participation-a-amount-b> .

<https://data.example.org/projects/ensie#participation-a-amount-b> a tikls:Amount ;
	schema:value "1250.00"^^xsd:decimal .
"""


def test_turtle_has_a_line_for_each_predicate_and_an_empty_line_before_each_subject():
    part = f"{BASE}/projects/ensie#participation-a"
    amount = {"uri": f"{part}-amount-b", "type": "Amount", "value": "1250.00"}
    countries = "http://publications.europa.eu/resource/authority/country"
    body = {
        "id": "ensie",
        "uri": ENSIE,
        "type": "Project",
        "title": {"lv": 'Tīkls "ENSIE"', "en": "Network"},
        "start": "2017-09",
        "start_earliest": "2017-09-01",
        "participations": [
            {"id": "a", "uri": part, "type": "Participation", "count": 11, "amounts": [amount]},
        ],
        "countries": [{"id": code, "uri": f"{countries}/{code}"} for code in ("EST", "LVA")],
    }
    prologue, empty_line, subjects = TURTLE_WRITER.write(msgspec.json.encode(body)).decode().partition("\n\n")
    assert empty_line + subjects == "\n" + PROJECT_IN_TURTLE
    prefixes = [f"@prefix {name}: <{URIS.resolve(iri)}> ." for name, iri in PREFIXES.items()]
    assert prologue.splitlines() == sorted(prefixes)


@pytest.mark.parametrize(
    ("iri", "turtle"),
    [
        (f"{BASE}/vocab#Project", "tikls:Project"),
        (f"{BASE}/vocab#", f"<{BASE}/vocab#>"),
        (f"{BASE}/vocab#a.b", f"<{BASE}/vocab#a.b>"),
        (f"{BASE}/vocab#1", f"<{BASE}/vocab#1>"),
        (f"{BASE}/vocab#aā", f"<{BASE}/vocab#aā>"),
        (f"{BASE}/vocab#a\n", None),
        ("http://example.org/>;a", None),
        ("http://example.org/a b", None),
        ("http://example.org/\\u003e", None),
    ],
)
def test_an_iri_is_abbreviated_if_its_local_name_allows_it_and_an_invalid_one_is_rejected(iri, turtle):
    document = msgspec.json.encode({"uri": ENSIE, "type": "Project", "homepage": iri})
    if turtle is None:
        for writer in WRITERS:
            with pytest.raises(ValueError, match="is not an IRI"):
                writer.write(document)
    else:
        assert f"foaf:page {turtle} .".encode() in TURTLE_WRITER.write(document)
        assert f"<{iri}> .".encode() in N_TRIPLES_WRITER.write(document)


@pytest.mark.parametrize("body", [{"unheard": 1}, {"type": "Unheard"}, {"view": {"uri": ENSIE}}])
def test_an_undeclared_key_or_type_is_an_error(body):
    document = msgspec.json.encode({"uri": ENSIE, "type": "Project"} | body)
    for writer in WRITERS:
        with pytest.raises(msgspec.ValidationError):
            writer.write(document)
