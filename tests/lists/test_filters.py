"""Tests of list filters on the content in data/: the same records in every format, on both engines."""

import csv
import io
import re

import pyoxigraph
import pytest

from api.store.log.actions import publish
from tests.support.generators.records import record
from tests.support.raw_asgi_requests import RawRequest, send_requests
from tests.support.site import BASE

EXPECTED_IDS = {
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
        "buicasus",
        "ensie",
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


def listed_ids(site, target: str, format_: str) -> list[str]:
    """Return the ids of a list page, in its order; those of RDF formats are sorted."""
    path, _, query = target.partition("?")
    response = site.get(f"{path}.{format_}?{query}")
    assert response.status_code == 200, response.text
    match format_:
        case "json":
            return [item["id"] for item in response.json()["items"]]
        case "csv":
            return [row["id"] for row in csv.DictReader(io.StringIO(response.text))]
        case "html":
            items = response.text.partition('<ul class="items">')[2].partition("</main>")[0]
            return re.findall(rf'<h2><a href="/{_record_path(path)}/([^"?.]+)', items)
        case _:
            triples = pyoxigraph.parse(response.content, format=_RDF[format_], base_iri=BASE)
            iris = [triple.object.value for triple in triples if triple.predicate.value == _MEMBER]
            return sorted(
                iri.removeprefix(f"{BASE}/{_record_path(path)}/").removesuffix("#this") for iri in iris
            )


def _record_path(path: str) -> str:
    return "organisations" if path == "/funders" else path.removeprefix("/")


@pytest.mark.parametrize("target", EXPECTED_IDS)
def test_a_query_has_the_same_result_in_every_format(networks, target):
    for site in networks:
        for name in ("json", "csv", "html"):
            assert listed_ids(site, target, name) == EXPECTED_IDS[target], name
        for name in _RDF:
            assert listed_ids(site, target, name) == sorted(EXPECTED_IDS[target]), name


def test_a_record_matches_by_a_value_that_only_its_part_states(site):
    place = {"country": "LV"}
    site.store.commit([publish(record("Organisation", "one", place=place))], "editor")
    for query in ("country=LV", "missing=country", "missing=country&country=LV"):
        assert [item["id"] for item in site.json(f"/organisations?{query}")["items"]] == ["one"]
    assert site.get("/organisations?missing=kind&kind=municipality").status_code == 400


def test_a_query_in_raw_utf_8_is_read_as_the_percent_encoded_one(network):
    raw, encoded = send_requests(
        network,
        [
            RawRequest("/organisations?q=Ziemeļvalstu".encode()),
            RawRequest(b"/organisations?q=Zieme%C4%BCvalstu"),
        ],
    )
    assert raw == encoded
    assert b"nordic-council-of-ministers" in raw.body
