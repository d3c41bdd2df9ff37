"""Whatever a document says, the formats of RDF say it to every reader, in the same bytes each time.

The documents are made of the declarations alone: of any class, with any text, also such as no client
could send. TEST_LONG=1 in the environment makes fifty times as many.
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
from vocab.uris import Uris

EXAMPLES = 500 if os.environ.get("TEST_LONG") else 6

ADDRESSES = Uris(BASE)

NAMESPACES = [ADDRESSES.resolve(iri) for iri in PREFIXES.values()]

CONTEXT = msgspec.json.encode({"@context": jsonld_context(MODEL, ADDRESSES)})

ENSIE = f"{BASE}/projects/ensie#this"

HOSTILE = "\"\\'\n\r\t\b\f\0\x01\x1f\x7f\x85 <>{}|^`@.;,#/\u2028\u202e\u2066\ufeff\ufffe😀𝔘\U0010ffffñē\u0301"


def writers() -> tuple[TripleWriter, TripleWriter, RdfXmlWriter]:
    in_n_triples = TripleWriter(MODEL, ADDRESSES, N_TRIPLES)
    return (
        in_n_triples,
        TripleWriter(MODEL, ADDRESSES, turtle_syntax(ADDRESSES)),
        RdfXmlWriter(MODEL, ADDRESSES),
    )


IN_N_TRIPLES, IN_TURTLE, IN_XML = WRITERS = writers()

UNSPEAKABLE = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML 1.0 has no way to write."""


def is_made(make, *values, **named) -> bool:
    try:
        make(*values, **named)
    except ValueError:
        return False
    return True


def several(one, most: int):
    return st.lists(one, min_size=1, max_size=most)


HELD = [
    shape
    for shape in MODEL.shapes
    if not any(field.kind is Kind.PART and not field.part for field in shape.fields)
]
"""Classes of what can be in a list."""

TEXTS = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters(exclude_categories=["Cs"])), max_size=20)

PLAIN = TEXTS.map(lambda text: re.sub(r'[\0-\x1f"\\]', "", text))
"""Texts without what JSON must escape: the writers take another way with documents that have no other."""

SPEAKABLE = TEXTS.map(lambda text: UNSPEAKABLE.sub("", text))

BARE = PLAIN.map(lambda text: re.sub(r"[&<>\ufffe\uffff]", "", text))
"""Texts that XML has as they stand."""

TAGS = st.from_regex(LANGUAGE_TAG, fullmatch=True).filter(lambda tag: is_made(Literal, "", language=tag))

ENDS = st.one_of(st.from_regex(r"[A-Za-z0-9_.:%'()~é,;#?-]{0,6}", fullmatch=True), TEXTS)

IRIS = st.builds(
    str.__add__, st.sampled_from([*NAMESPACES, f"{BASE}/projects?q=", "http://ā.example/", "tag:x"]), ENDS
).filter(lambda iri: is_made(NamedNode, iri) and not re.search(r"\s", iri))
"""IRIs without the spaces of any script: none can be sent, and rdflib reads none."""


@dataclass
class Pool:
    """What documents are made of; whatever is taken comes round again."""

    texts: list[str]
    tags: list[str]
    iris: list[str]
    numbers: list[int]
    left_out: set[str]

    def __post_init__(self) -> None:
        self._turns: Iterator[int] = count()

    def thing(self, shape: Shape) -> dict[str, object]:
        """Return a thing that says everything that its class can say, but for what is left out."""
        said = [field for field in shape.fields if field.name not in self.left_out]
        return self._named(shape.name) | {field.name: self._value(field) for field in said}

    def _named(self, type_: str) -> dict[str, object]:
        # Things and cards are called by addresses that are made of ids and codes.
        return {"uri": f"{BASE}/things/{next(self._turns)}#this", "type": type_}

    def _value(self, field: Field) -> object:
        if not field.is_list:
            return self._one(field)
        return [self._one(field) for _ in range(next(self._turns) % 3 + 1)]

    def _one(self, field: Field) -> object:
        if field.kind in CARD_KINDS:
            return self._named("Anything") | {"id": "x", "name": {"en": "not said"}, "total": 1}
        match field.kind:
            case Kind.PART:
                return self.thing(field.part or self._next(HELD))
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
                return _WRITTEN.get(kind) or self._next(self.texts)

    def _next(self, listed: list) -> object:
        return listed[next(self._turns) % len(listed)]


_WRITTEN = {
    Kind.DAY: "2017-09-01",
    Kind.INSTANT: "2026-11-21T10:00:00Z",
    Kind.PARTIAL_DATE: "2018-22",
    Kind.DURATION: "P1Y6M",
}


def pools(texts):
    return st.builds(
        Pool,
        several(texts, 7),
        st.lists(TAGS, min_size=1, max_size=3, unique=True),
        several(IRIS, 3),
        several(st.integers(-(2**53), 2**53), 3),
        st.sets(st.sampled_from(sorted(MODEL.keys)), max_size=20),
    )


def documents(pool: Pool) -> Iterator[bytes]:
    """Yield a document of every class, and one that includes others."""
    for shape in MODEL.shapes:
        yield msgspec.json.encode(pool.thing(shape))
    included = [pool.thing(shape) for shape in MODEL.entities]
    yield msgspec.json.encode(pool.thing(MODEL.by_name["Project"]) | {"included": included})


def by_pyoxigraph(written: bytes, syntax: RdfFormat) -> set[tuple]:
    return {(quad.subject, quad.predicate, quad.object) for quad in pyoxigraph.parse(written, format=syntax)}


def by_rdflib(written: bytes, syntax: str) -> set[tuple]:
    with pytest.MonkeyPatch.context() as patch:
        # Numbers and dates shall stay as they are written.
        patch.setattr(rdflib, "NORMALIZE_LITERALS", False)
        return {tuple(map(_node, triple)) for triple in rdflib.Graph().parse(data=written, format=syntax)}


def _node(node: rdflib.term.Identifier) -> NamedNode | Literal:
    if isinstance(node, rdflib.URIRef):
        return NamedNode(node)
    datatype = NamedNode(node.datatype) if node.datatype else None
    return Literal(str(node), language=node.language, datatype=datatype)


@given(pool=pools(TEXTS))
@settings(max_examples=EXAMPLES)
def test_n_triples_and_turtle_say_what_json_ld_says_to_every_reader(pool):
    for document in documents(pool):
        assert_all_say_the_same(document)


@given(pool=pools(PLAIN))
@settings(max_examples=EXAMPLES)
def test_so_they_do_where_nothing_is_escaped(pool):
    for document in documents(pool):
        assert b"\\" not in document
        assert_all_say_the_same(document)


def assert_all_say_the_same(document: bytes) -> None:
    said = by_pyoxigraph(CONTEXT[:-1] + b"," + document[1:], RdfFormat.JSON_LD)
    in_n_triples, in_turtle = IN_N_TRIPLES.write(document), IN_TURTLE.write(document)
    assert by_pyoxigraph(in_n_triples, RdfFormat.N_TRIPLES) == said
    assert by_rdflib(in_n_triples, "nt") == said
    assert by_pyoxigraph(in_turtle, RdfFormat.TURTLE) == said
    assert by_rdflib(in_turtle, "turtle") == said


@given(pool=pools(SPEAKABLE))
@settings(max_examples=EXAMPLES // 2)
def test_rdf_xml_says_what_n_triples_say_to_every_reader(pool):
    for document in documents(pool):
        assert_xml_says_the_same(document)


@given(pool=pools(BARE))
@settings(max_examples=EXAMPLES // 2)
def test_so_it_does_where_xml_escapes_nothing(pool):
    pool.iris = [iri for iri in pool.iris if "&" not in iri] or ["http://example.org/"]
    for document in documents(pool):
        assert not re.search(rb"[&<>\\]", document)
        assert_xml_says_the_same(document)


def assert_xml_says_the_same(document: bytes) -> None:
    written = IN_XML.write(document)
    said = by_pyoxigraph(IN_N_TRIPLES.write(document), RdfFormat.N_TRIPLES)
    assert by_pyoxigraph(written, RdfFormat.RDF_XML) == said
    assert by_rdflib(written, "xml") == said


@pytest.mark.parametrize("text", ["a\0", "\x08", "\x0c", "\x1f", "a\ufffeb", "\uffff", "&\ufffe"])
@pytest.mark.parametrize("name", ["acronym", "title"])
def test_rdf_xml_refuses_what_xml_cannot_say(text, name):
    body = {"uri": ENSIE, "type": "Project", name: {"lv": text} if name == "title" else text}
    with pytest.raises(ValueError, match="XML cannot say"):
        IN_XML.write(msgspec.json.encode(body))


def test_rdf_xml_has_what_looks_like_it_but_can_be_said():
    text = "\\u0000 \\b \ufffd\ufffc ｱ \t\n\r\x7f\x85\u2028 ]]> <!-- <?a?> &amp;"
    body = {"uri": ENSIE, "type": "Project", "acronym": text, "title": {"lv": text}}
    document = msgspec.json.encode(body)
    assert_xml_says_the_same(document)
    said = by_pyoxigraph(IN_XML.write(document), RdfFormat.RDF_XML)
    assert [value.value for _, _, value in said].count(text) == 2
    assert IN_XML.write(json.dumps(body, indent=1).replace("/", "\\/").encode()) == IN_XML.write(document)


def test_addresses_of_questions_are_said_in_rdf_xml():
    asked = f"{BASE}/projects?country=LV&topic=women's%26arts"
    listed = {"uri": f"{BASE}/vocab/topic/arts", "type": "Concept", "project_list": {"uri": asked}}
    project = {"uri": ENSIE, "type": "Project", "homepage": asked}
    view = {"uri": f"{asked}&cursor=1", "type": "PartialCollectionView", "first": asked}
    body = {"uri": asked, "type": "Collection", "items": [listed, project], "view": view}
    document = msgspec.json.encode(body)
    assert_xml_says_the_same(document)
    assert IN_XML.write(document).count(b'"' + asked.replace("&", "&amp;").encode() + b'"') == 4


def test_addresses_that_begin_with_an_ampersand_in_them_are_said_in_rdf_xml():
    addresses = Uris("https://example.org/a&b")
    lead = {"uri": addresses.resolve("organisations/x#this"), "type": "Organisation", "id": "x"}
    project = {"uri": addresses.resolve("projects/p#this"), "type": "Project", "id": "p", "lead": lead}
    document = msgspec.json.encode(project)
    said = [by_pyoxigraph(RdfXmlWriter(MODEL, addresses).write(document), RdfFormat.RDF_XML)]
    said.append(by_pyoxigraph(TripleWriter(MODEL, addresses, N_TRIPLES).write(document), RdfFormat.N_TRIPLES))
    assert said[0] == said[1] != set()


@pytest.mark.parametrize("escaped", ['"', "\\", "\n", "\0"])
def test_what_is_escaped_changes_nothing_around_it(escaped):
    pool = Pool(["a'ē😀", "\x7f\u2028", ""], ["lv", "en"], ["http://example.org/"], [0, 1], set())
    plain = pool.thing(MODEL.by_name["Project"])
    document = msgspec.json.encode(plain | {"acronym": "{}"})
    other = msgspec.json.encode(plain | {"acronym": escaped})
    assert (b"\\" in document, b"\\" in other) == (False, True)
    for writer in (IN_N_TRIPLES, IN_TURTLE):
        assert writer.write(document).replace(b'"{}"', msgspec.json.encode(escaped)) == writer.write(other)


def test_two_writers_give_the_same_bytes():
    one, other = writers(), writers()
    for document in documents(Pool(["a", "b"], ["lv", "en"], ["http://example.org/"], [1], set())):
        for syntax in range(len(WRITERS)):
            assert one[syntax].write(document) == other[syntax].write(document)


def test_json_that_escapes_more_than_it_must_says_the_same():
    body = {
        "uri": ENSIE,
        "type": "Project",
        "title": {"en": "\\u00e9 😀 / \\/ \\\\ud83d"},
        "acronym": "ē\n\0",
    }
    plain = msgspec.json.encode(body)
    escaped = json.dumps(body, indent=1).replace("/", "\\/").encode()
    assert plain != escaped
    for writer, syntax in ((IN_N_TRIPLES, RdfFormat.N_TRIPLES), (IN_TURTLE, RdfFormat.TURTLE)):
        said = by_pyoxigraph(writer.write(plain), syntax)
        assert by_pyoxigraph(writer.write(escaped), syntax) == said
        assert body["title"]["en"] in {value.value for _, _, value in said}


PROJECT = """
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


def test_turtle_has_a_line_for_each_predicate_and_an_empty_one_before_each_thing():
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
    head, empty, things = IN_TURTLE.write(msgspec.json.encode(body)).decode().partition("\n\n")
    assert empty + things == "\n" + PROJECT
    prefixes = [f"@prefix {name}: <{ADDRESSES.resolve(iri)}> ." for name, iri in PREFIXES.items()]
    assert head.splitlines() == sorted(prefixes)


@pytest.mark.parametrize(
    ("iri", "written"),
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
def test_an_iri_is_abbreviated_where_that_is_sure_and_refused_where_it_is_none(iri, written):
    document = msgspec.json.encode({"uri": ENSIE, "type": "Project", "homepage": iri})
    if written is None:
        for writer in WRITERS:
            with pytest.raises(ValueError, match="is not an IRI"):
                writer.write(document)
    else:
        assert f"foaf:page {written} .".encode() in IN_TURTLE.write(document)
        assert f"<{iri}> .".encode() in IN_N_TRIPLES.write(document)


@pytest.mark.parametrize("body", [{"unheard": 1}, {"type": "Unheard"}, {"view": {"uri": ENSIE}}])
def test_what_is_not_declared_is_not_passed_over(body):
    document = msgspec.json.encode({"uri": ENSIE, "type": "Project"} | body)
    for writer in WRITERS:
        with pytest.raises(msgspec.ValidationError):
            writer.write(document)
