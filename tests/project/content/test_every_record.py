"""Tests of what holds of every record: quotations, titles, sources, translations, languages, no private persons."""

import re

import pytest

from schema import MODEL
from schema.validation.record_codec import decode_record
from tests.support.shipped_content import PROJECTS, SOURCE_FILES, eu_programmes, source_text
from tests.support.site import BASE, FORMATS, ROOT, content_addresses, needs_shared

QUOTED_FIELDS = ("acknowledgement", "disclaimer", "name_as_stated", "role_as_stated")


def quotations(record):
    """Yield every text of a record that quotes its source."""
    for key, value in record.items():
        if key in QUOTED_FIELDS:
            yield from value.values()
        for part in value if isinstance(value, list) else ():
            if isinstance(part, dict):
                yield from quotations(part)


@needs_shared
def test_quotations_are_verbatim(records_by_path):
    quoted = [
        (text, record["record"]["sources"][0]["id"])
        for record in records_by_path.values()
        for text in quotations(record)
    ]
    assert len(quoted) > 20
    for text, name in quoted:
        assert text in source_text(name)


@needs_shared
def test_titles_are_those_of_the_sources(records_by_path):
    for path in [f"/projects/{identifier}" for identifier in PROJECTS - {"local-y-mpact"}]:
        assert records_by_path[path]["title"]["lv"] in source_text(
            records_by_path[path]["record"]["sources"][0]["id"]
        )
    (variant,) = records_by_path["/projects/ensie"]["aliases"]["lv"]
    assert variant in source_text("sic-ensie")
    text = source_text("lsua-local-y-mpact")
    assert records_by_path["/projects/local-y-mpact"]["title"]["en"] in text
    for name in ("needs-review", "cooperation-guide", "recommendations", "roadmap"):
        assert f"“{records_by_path[f'/outputs/local-y-mpact-{name}']['title']['lv']}" in text


def test_an_acknowledgement_of_funding_is_in_its_own_project(ensie, baltic_sea, buicasus, local_y_mpact):
    assert "588997-CITIZ-1-2017-1-1SK-CITIZ-NT" in ensie["acknowledgements"]["lv"][0]
    assert "17055" in baltic_sea["acknowledgements"]["lv"][0]
    assert local_y_mpact["acknowledgements"].keys() == baltic_sea["disclaimers"].keys() == {"lv"}
    assert not buicasus.keys() & {"acknowledgements", "disclaimers"}


@needs_shared
def test_programmes_of_the_eu_link_to_the_same_programme_and_period_in_its_table(records_by_path):
    rows = eu_programmes()
    links = {path: record["see_also"] for path, record in records_by_path.items() if "see_also" in record}
    assert {path: [rows[iri.rpartition("/")[2]] for iri in iris] for path, iris in links.items()} == {
        "/programmes/europe-for-citizens": ["Europe for Citizens (2014/2020)"],
        "/programmes/easi": [
            "European Union programme for employment and social innovation (EaSI) (2014/2020)"
        ],
        "/programmes/erasmus-plus": ["Erasmus+ (2021/2027)"],
    }


def test_every_record_but_a_source_names_its_sources_and_its_translations(records_by_path):
    for record in records_by_path.values():
        if record["type"] == "Source":
            continue
        assert {source["id"] for source in record["record"]["sources"]} & SOURCE_FILES.keys()
        languages = {part["language"]["id"] for part in record["record"].get("translated", [])}
        assert languages in ({"en"}, {"lv", "en"}, set())


def test_every_list_finds_the_records_of_each_source(network, records_by_path):
    written = {}
    for path, record in records_by_path.items():
        for source in record["record"].get("sources", []):
            written.setdefault(source["id"], set()).add(path)
    assert written.keys() == {
        record["id"] for record in records_by_path.values() if record["type"] == "Source"
    }
    for source, paths in written.items():
        lists = [card for name, card in network.json(f"/sources/{source}").items() if name.endswith("_list")]
        assert sum(card["total"] for card in lists) == len(paths)
        found = {
            item["uri"].removeprefix(BASE).removesuffix("#this")
            for card in lists
            for item in network.json(f"{card['uri'].removeprefix(BASE)}&limit=200")["items"]
        }
        assert found == paths


def test_texts_of_the_network_are_in_latvian_and_english(records_by_path):
    for path, record in records_by_path.items():
        # The title of a source is in the language of the source.
        for key in (
            ("title", "summary", "objectives", "results", "keywords") if record["type"] != "Source" else ()
        ):
            if value := record.get(key):
                assert value.keys() == {"lv", "en"}, (path, key)
                assert len(set(map(len, value.values()))) == 1 or isinstance(value["lv"], str)


def test_a_served_record_decodes_to_the_same_record_as_its_file(network, records_by_path):
    for path in records_by_path:
        _, collection, identifier = path.split("/")
        shape = MODEL.by_collection[collection]
        file = (ROOT / "data" / f"{collection}/{identifier}.json").read_bytes()
        assert decode_record(shape, network.get(path).content, identifier) == decode_record(
            shape, file, identifier
        )


def test_contact_points_are_functions_of_organisations(ensie, baltic_sea):
    functions = {"projekta vadītāja Latvijā": ensie, "projekta vadītāja": baltic_sea}
    for function, project in functions.items():
        (point,) = project["contact_points"]
        assert point["organisation"]["id"] == "social-innovation-centre"
        assert point["role_as_stated"] == {"lv": function}
        assert "email" not in point


@pytest.mark.parametrize("name", FORMATS)
def test_no_private_person_or_mailbox_is_in_any_response(network, name):
    persons = ("Stirān", "Pūce", "Grīsl", "Taman")
    for address in content_addresses(network):
        response = network.get(f"{address}{'&' if '?' in address else '?'}format={name}")
        assert response.status_code == 200, address
        assert not [person for person in persons if person in response.text], address
        assert not re.search(r"\w@\w", response.text), address
