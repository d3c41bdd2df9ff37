"""Questions to lists about the network's own content: the same answers in every format, on both engines."""

import csv
import io
import re

import pyoxigraph
import pytest

from api.store.log.actions import publish
from tests.support.generators.records import record
from tests.support.site import BASE

SEEDS = {
    "/projects?country=LT": ["local-y-mpact"],
    "/projects?country=HU": ["ensie"],
    "/projects?country=LV": [
        "buicasus",
        "ensie",
        "local-y-mpact",
        "social-entrepreneurship-baltic-sea",
        "social-entrepreneurship-incubator-network",
    ],
    "/projects?programme=europe-for-citizens": ["ensie"],
    "/projects?programme=urban-innovative-actions": ["social-entrepreneurship-incubator-network"],
    "/projects?q=riga": ["social-entrepreneurship-incubator-network"],
    "/projects?q=R%C4%ABga": ["social-entrepreneurship-incubator-network"],
    "/projects?funder=nordic-council-of-ministers": ["social-entrepreneurship-baltic-sea"],
    "/grants?programme=europe-for-citizens": ["588997-citiz-1-2017-1-1sk-citiz-nt"],
    "/projects?country=LV&sort=-start,title&limit=3": [
        "local-y-mpact",
        "ensie",
        "social-entrepreneurship-baltic-sea",
    ],
    "/funders?sort=-name": ["nordic-council-of-ministers", "european-commission"],
    "/projects?country=EE,-LT": [],
}

_RDF = {
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
    "ttl": pyoxigraph.RdfFormat.TURTLE,
    "nt": pyoxigraph.RdfFormat.N_TRIPLES,
    "rdf": pyoxigraph.RdfFormat.RDF_XML,
}

_MEMBER = "http://www.w3.org/ns/hydra/core#member"


def found(site, address: str, format_: str) -> list[str]:
    """Return the ids that an answer lists, in its order; statements have none, and are sorted."""
    path, _, query = address.partition("?")
    answer = site.get(f"{path}.{format_}?{query}")
    assert answer.status_code == 200, answer.text
    match format_:
        case "json":
            return [item["id"] for item in answer.json()["items"]]
        case "csv":
            return [row["id"] for row in csv.DictReader(io.StringIO(answer.text))]
        case "html":
            items = answer.text.partition('<ul class="items">')[2].partition("</main>")[0]
            return re.findall(rf'<h2><a href="/{_home(path)}/([^"?]+)', items)
        case _:
            statements = pyoxigraph.parse(answer.content, format=_RDF[format_], base_iri=BASE)
            listed = [one.object.value for one in statements if one.predicate.value == _MEMBER]
            return sorted(one.removeprefix(f"{BASE}/{_home(path)}/").removesuffix("#this") for one in listed)


def _home(path: str) -> str:
    return "organisations" if path == "/funders" else path.removeprefix("/")


@pytest.mark.parametrize("address", SEEDS)
def test_the_documents_questions_are_answered_the_same_in_every_format(networks, address):
    for site in networks:
        for name in ("json", "csv", "html"):
            assert found(site, address, name) == SEEDS[address], name
        for name in _RDF:
            assert found(site, address, name) == sorted(SEEDS[address]), name


def test_what_is_said_in_a_part_is_found_though_the_record_itself_does_not_say_it(site):
    place = {"country": "LV"}
    site.store.commit([publish(record("Organisation", "one", place=place))], "editor")
    for question in ("country=LV", "missing=country", "missing=country&country=LV"):
        assert [item["id"] for item in site.json(f"/organisations?{question}")["items"]] == ["one"]
    assert site.get("/organisations?missing=kind&kind=municipality").status_code == 400
