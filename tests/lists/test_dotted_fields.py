"""Tests of dotted `fields`, `fields[entity]` of included records, and `shape=plain`."""

import json
from itertools import product

import pytest

from schema import MODEL
from schema.declaration.datatypes import CARD_KINDS
from schema.documents.field_paths import field_paths, field_tree
from tests.support.rdf_parsers import by_pyld, in_format, parsed
from tests.support.site import BASE

ONE_CALL = "/projects?lang=lv&shape=plain&fields=title,partners.name,acknowledgements"
"""The call of GUIDE.md for a page that lists the projects."""


def values_at(value, path: list[str]) -> list:
    """Return the values at a path, of every item of the lists on the way."""
    if isinstance(value, list):
        return [found for item in value for found in values_at(item, path)]
    if not path:
        return [value]
    return values_at(value[path[0]], path[1:]) if path[0] in value else []


def without_uris(value, *, is_card: bool = False):
    """Return a value without the IRIs and types of its cards, found by their keys."""
    if isinstance(value, list):
        return [without_uris(item, is_card=is_card) for item in value]
    if not isinstance(value, dict):
        return value
    omitted = ("uri", "type") if is_card and "id" in value else ()
    card_keys = {key for key in value if key in MODEL.keys and MODEL.keys[key].kind in CARD_KINDS}
    return {
        key: without_uris(item, is_card=key in card_keys) for key, item in value.items() if key not in omitted
    }


def keys_of(value) -> set[str]:
    """Return all keys of the objects in a value."""
    if isinstance(value, list):
        return {key for item in value for key in keys_of(item)}
    return (
        {*value, *(key for item in value.values() for key in keys_of(item))}
        if isinstance(value, dict)
        else set()
    )


def test_a_dotted_field_is_that_of_a_part_or_card_in_lists_and_objects(network):
    assert network.json(
        "/projects/ensie?fields=acronym,participations.organisation.name,participations.count"
    ) == {
        "id": "ensie",
        "uri": f"{BASE}/projects/ensie#this",
        "type": "Project",
        "acronym": "ENSIE",
        "participations": [
            {
                "id": "social-innovation-centre",
                "uri": f"{BASE}/projects/ensie#participation-social-innovation-centre",
                "type": "Participation",
                "organisation": {
                    name: value
                    for name, value in network.json("/organisations/social-innovation-centre").items()
                    if name in ("id", "uri", "type", "name")
                },
                "count": 1,
            },
            {
                "id": "others",
                "uri": f"{BASE}/projects/ensie#participation-others",
                "type": "Participation",
                "count": 11,
            },
        ],
    }


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.collection)
def test_every_path_has_the_values_of_the_whole_document(sqlite_network, shape):
    whole = sqlite_network.json(f"/{shape.collection}?fields={','.join(field_tree(MODEL, shape))}&limit=200")
    for path in field_paths(field_tree(MODEL, shape)):
        items = sqlite_network.json(f"/{shape.collection}?fields={path}&limit=200")["items"]
        assert values_at(items, path.split(".")) == values_at(whole["items"], path.split(".")), path
        outer = path.partition(".")[0]
        assert all(item.keys() <= {"id", "uri", "type", outer} for item in items), path


def test_fields_of_items_and_of_documents_are_the_same(network):
    for query in ("title,lead.label", "status,countries.name", "amounts.value"):
        paths = query.split(",")
        for item in network.json(f"/projects?fields={query}")["items"]:
            assert item == network.json(f"/projects/{item['id']}?fields={query}")
            assert item == {
                key: value
                for key, value in network.json(f"/projects?fields={query},summary&id={item['id']}")["items"][
                    0
                ].items()
                if key != "summary"
            }
            assert item.keys() <= {"id", "uri", "type", *(path.partition(".")[0] for path in paths)}


def test_a_whole_field_stands_for_the_fields_in_it(network):
    assert network.json("/projects/ensie?fields=countries.name,countries") == network.json(
        "/projects/ensie?fields=countries"
    )


@pytest.mark.parametrize("brackets", ["[organisation]", "%5Borganisation%5D"])
def test_fields_of_included_records_are_selected_by_entity(network, brackets):
    query = f"include=participations.organisation,grants&fields=title&fields{brackets}=name,country"
    for path in ("/projects", "/projects/buicasus"):
        included = network.json(f"{path}?{query}")["included"]
        whole = {
            card["uri"]: card
            for card in network.json(f"{path}?include=participations.organisation,grants")["included"]
        }
        for body in included:
            expected = whole[body["uri"]]
            if body["type"] == "Organisation":
                expected = {
                    name: expected[name]
                    for name in ("id", "uri", "type", "name", "country")
                    if name in expected
                }
            assert body == expected
    body = network.json(f"/projects?{query}&limit=1")
    assert "fields%5Borganisation%5D=name,country" in body["view"]["next"]
    assert network.get(body["view"]["next"].removeprefix(BASE)).status_code == 200


def test_rdf_has_the_statements_of_the_selected_fields(network):
    for query in (
        "fields=title,participations.organisation.name",
        "fields=participations.role,record.modified",
        "fields=title&include=lead&fields[organisation]=name",
    ):
        turtle = parsed(
            in_format(network, f"/projects/social-entrepreneurship-baltic-sea?{query}", "ttl"), "turtle"
        )
        linked = in_format(network, f"/projects/social-entrepreneurship-baltic-sea?{query}", "jsonld")
        assert by_pyld(linked) == turtle
        assert len(turtle) > 3
    whole = parsed(in_format(network, "/projects/ensie", "ttl"), "turtle")
    assert (
        parsed(
            in_format(network, "/projects/ensie?fields=title,participations.organisation.name", "ttl"),
            "turtle",
        )
        <= whole
    )


def test_a_table_has_columns_of_single_parts_and_refuses_other_dotted_fields(network):
    response = network.get("/organisations.csv?fields=place.country,name")
    assert response.text.splitlines()[0] == "id,uri,name_lv,name_en,name_other,place_country"
    for path in ("participations.organisation.name", "lead.name"):
        response = network.get(f"/projects.csv?fields=title,{path}")
        assert (response.status_code, response.json()["parameter"]) == (400, "fields")
        assert path in response.json()["detail"]
        assert (
            'projects.csv>; rel="alternate"' in network.get(f"/projects.json?fields={path}").headers["link"]
        )


@pytest.mark.parametrize(
    ("target", "parameter", "nearest"),
    [
        ("/projects?fields=participations.organisation.nmae", "fields", "participations.organisation.name"),
        ("/projects?fields=participation.role", "fields", "participations.role"),
        ("/projects/ensie?fields=organisation.name", "fields", "participations.organisation.name"),
        ("/projects?fields=title.", "fields", "title"),
        ("/projects?fields=title.lv", "fields", "title"),
        ("/projects?fields=.title", "fields", "title"),
        ("/projects?fields=participations.role,participations.role", "fields", ""),
        ("/projects?include=lead&fields[organisation]=nam", "fields[organisation]", "name"),
        ("/projects?include=lead&fields[organisation]=project_list", "fields[organisation]", ""),
        ("/projects?include=lead&fields[organisation]=", "fields[organisation]", ""),
        ("/projects?fields[organisation]=name", "fields[organisation]", ""),
        ("/projects?include=lead&fields[grant]=number", "fields[grant]", ""),
        (
            "/projects?include=lead&fields[organisations]=name",
            "fields[organisations]",
            "fields[organisation]",
        ),
        ("/projects.ttl?fields[organisation]=name", "fields[organisation]", ""),
        ("/search?q=social&fields[organisation]=name", "fields[organisation]", ""),
        ("/projects?shape=flat", "shape", ""),
        ("/projects?shape=plain,plain", "shape", ""),
        ("/vocab/role?shape=plain", "shape", ""),
    ],
)
def test_an_unknown_path_or_shape_is_refused_by_name_with_the_nearest(network, target, parameter, nearest):
    response = network.get(target)
    assert response.status_code == 400, response.text
    assert response.json()["parameter"] == parameter
    assert f"Did you mean {nearest!r}?" in response.json()["detail"] if nearest else True


@pytest.mark.parametrize(
    "path",
    ["/projects", "/projects/ensie", "/partners?country=LV", "/search?q=social", "/outputs?include=projects"],
)
def test_the_plain_shape_differs_in_the_identity_of_cards_only(network, path):
    separator = "&" if "?" in path else "?"
    for language in ("", "&lang=lv", "&lang=en&fallback=none"):
        whole = network.json(
            f"{path}{separator}limit=50{language}" if "ensie" not in path else f"{path}?{language[1:]}"
        )
        address = f"{path}{separator}shape=plain{language}" + ("&limit=50" if "ensie" not in path else "")
        plain = network.json(address)
        whole.pop("view", None)
        plain.pop("view", None)
        assert plain == without_uris(whole)
        assert keys_of(plain) == keys_of(whole)
    assert plain["uri"] == whole["uri"]


def test_a_plain_fieldset_has_the_id_of_the_record_and_what_is_selected(network):
    assert network.json("/projects/ensie?shape=plain&fields=acronym,participations.organisation.label,record.modified").keys() == {
        "id", "acronym", "participations", "record",
    }  # fmt: skip
    body = network.json("/projects/ensie?shape=plain&fields=lead,countries.id,countries.name&lang=lv")
    assert body["countries"][0].keys() == {"id", "name"}
    included = network.json(
        "/grants?shape=plain&fields=number&include=projects&fields[project]=acronym,lead.label&limit=1"
    )
    assert {key for one in included["included"] for key in one} <= {"id", "acronym", "lead"}


def test_a_list_keeps_its_address_in_the_plain_shape(network):
    body = network.json("/organisations/social-innovation-centre?shape=plain")
    assert body["project_list"].keys() == {"uri", "type", "label", "total"}
    assert network.json("/organisations/social-innovation-centre?shape=plain&fields=project_list.total") == {
        "id": "social-innovation-centre",
        "project_list": {"total": body["project_list"]["total"]},
    }


@pytest.mark.parametrize("name", ["jsonld", "ttl", "nt", "rdf", "csv", "html"])
def test_the_plain_shape_is_json_alone(network, name):
    for target in (f"/projects.{name}?shape=plain", f"/projects?format={name}&shape=plain"):
        response = network.get(target)
        assert response.status_code == 400
        # The error at an address of pages is a page, in Latvian.
        assert ("tikai šādiem formātiem: json" if name == "html" else "for json only") in response.text


def test_the_plain_shape_selects_json_and_has_no_context(network):
    response = network.get("/projects?shape=plain", accept="text/html, */*;q=0.1")
    assert response.headers["content-type"] == "application/json"
    assert "json-ld#context" not in response.headers["link"]
    assert "json-ld#context" in network.get("/projects.json").headers["link"]
    assert "shape" not in response.headers["link"].partition('rel="first"')[0].rpartition(",")[0]


def test_the_cache_keeps_shapes_fields_and_languages_apart(networks):
    for site in networks:
        queries = ["&".join(filter(None, options)) for options in product(
            ("", "shape=plain"), ("", "lang=lv", "lang=en"), ("", "fields=title,lead.name", "fields=title,lead.label"),
        )]  # fmt: skip
        for path in ("/projects", "/projects/social-entrepreneurship-baltic-sea"):
            first = {query: site.raw(f"{path}?{query}") for query in queries}
            assert {query: site.raw(f"{path}?{query}") for query in reversed(queries)} == first
            assert len({content for _, _, content in first.values()}) == len(queries)
            assert len({headers["etag"] for _, headers, _ in first.values()}) == len(queries)


def test_a_walk_keeps_its_fields_and_shape(network):
    path, titles = "/organisations?limit=10&shape=plain&fields=place.country.name,label&lang=lv", []
    while path:
        body = network.json(path)
        titles += [item["label"] for item in body["items"]]
        assert all(item.keys() <= {"id", "label", "place"} for item in body["items"])
        path = body["view"].get("next", "").removeprefix(BASE)
    assert len(titles) == body["total"] > 10


def test_a_cursor_belongs_to_the_query_and_not_to_its_representation(network):
    first = network.json("/organisations?limit=10")
    cursor = first["view"]["next"].partition("cursor=")[2]
    second = network.json(f"/organisations?limit=10&cursor={cursor}&shape=plain&fields=label")
    assert [item["id"] for item in second["items"]] == [
        item["id"] for item in network.json(first["view"]["next"].removeprefix(BASE))["items"]
    ]


def test_the_list_of_the_five_projects_is_one_small_response(network):
    response = network.get(ONE_CALL, accept_encoding="identity")
    assert len(response.content) <= 4_096
    projects = {item["id"]: item for item in response.json()["items"]}
    assert len(projects) == 5
    for identifier, item in projects.items():
        document = network.json(f"/projects/{identifier}?lang=lv")
        assert item["title"] == document["title"]
        assert item.get("acknowledgements") == document.get("acknowledgements")
        partners = [
            part["organisation"]["name"]
            for part in document["participations"]
            if "organisation" in part
            and part["role"]["id"] in ("coordinator", "partner", "associated-partner")
        ]
        assert [partner["name"] for partner in item["partners"]] == partners
        assert all(isinstance(name, str) and name for name in partners)
    assert sum(len(item["partners"]) for item in projects.values()) == 30
    assert json.dumps(response.json()).count("uri") == 2
