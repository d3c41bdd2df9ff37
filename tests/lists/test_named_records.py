"""Tests of filters by records: what may stand for a record, and how an unknown one is refused."""

from urllib.parse import quote

import pytest

from api.formats.registry import FORMATS as FORMAT_ROWS
from api.store.log.actions import delete, merge, publish, save, unpublish
from schema import MODEL
from schema.declaration.datatypes import Kind
from tests.support.assertions import assert_problem, ids
from tests.support.generators.list_requests import LISTS, list_parameters
from tests.support.generators.records import record
from tests.support.html.forms import active_filters, forms
from tests.support.html.pages import page
from tests.support.site import BASE

PSCI = "http://publications.europa.eu/resource/authority/eu-programme/PSCI"

NAMES = {
    "code": ("/projects?programme=EaSI", "/projects?programme=easi"),
    "code in another case": ("/projects?programme=EASI", "/projects?programme=easi"),
    "code with a full stop": ("/programmes?id=2.2", "/programmes?id=europe-for-citizens-measure-2-2"),
    "code of one digit": ("/programmes?id=2", "/programmes?id=europe-for-citizens-strand-2"),
    "acronym": ("/projects?partner=SIC", "/projects?partner=social-innovation-centre"),
    "acronym in lower case": ("/projects?partner=sic", "/projects?partner=social-innovation-centre"),
    "acronym of the records that are listed": ("/projects?id=ENSIE", "/projects?id=ensie"),
    "alias with an accent": (
        "/projects?partner=Socialas uznemejdarbibas asociacija",
        "/projects?partner=lsua",
    ),
    "IRI": (f"/projects?programme={PSCI}", "/projects?programme=easi"),
    "with a blank": ("/projects?programme=EaSI ", "/projects?programme=easi"),
    "excluded": ("/projects?programme=-EaSI", "/projects?programme=-easi"),
    "in a list": ("/projects?programme=EaSI,-UIA", "/projects?programme=easi,-urban-innovative-actions"),
    "alternative": (
        f"/projects?any=programme:{PSCI},partner:SIC",
        "/projects?any=programme:easi,partner:social-innovation-centre",
    ),
    "sorted": ("/projects?programme=EaSI&sort=-start", "/projects?programme=easi&sort=-start"),
    "role list": ("/partners?id=SIC", "/partners?id=social-innovation-centre"),
    "another entity": ("/outputs?project=ENSIE", "/outputs?project=ensie"),
}


@pytest.mark.parametrize(("target", "canonical"), NAMES.values(), ids=NAMES)
def test_a_record_is_named_by_its_code_acronym_alias_or_iri(network, target, canonical):
    expected = network.json(canonical)
    assert network.json(quote(target, safe="/?=&,:")) == expected
    assert expected["items"]


@pytest.mark.parametrize("name", [row.name for row in FORMAT_ROWS])
def test_every_format_takes_a_code_and_refuses_an_unknown_id(network, name):
    named, canonical = (network.get(f"/projects.{name}?programme={one}") for one in ("EaSI", "easi"))
    assert named.status_code == canonical.status_code == 200
    if name != "html":
        assert named.content == canonical.content
    response = network.get(f"/projects.{name}?programme=eazi")
    assert response.status_code == 400
    assert "easi" in response.text


def test_the_pages_of_a_list_name_records_by_id_and_have_one_cursor(network):
    first = network.json(f"/projects?programme={PSCI},erasmus-plus,UIA&limit=1")
    query = "programme=easi%2Cerasmus-plus%2Curban-innovative-actions"
    assert first["uri"].replace(",", "%2C") == f"{BASE}/projects?{query}"
    following = first["view"]["next"].replace(",", "%2C")
    assert following.startswith(f"{BASE}/projects?{query}&limit=1&cursor=")
    cursor = following.rpartition("cursor=")[2]
    for values in (f"{PSCI},erasmus-plus,UIA", "easi,erasmus-plus,urban-innovative-actions"):
        second = network.json(f"/projects?programme={values}&limit=1&cursor={cursor}")
        assert ids(second) == ids(network.json(following.removeprefix(BASE)))
    refused = network.get(f"/projects?programme=UIA&cursor={cursor}")
    assert_problem(network, refused, 400, "bad-parameter")
    assert refused.json()["parameter"] == "cursor"


def test_a_page_marks_and_removes_the_filter_by_the_record_that_a_code_names(network):
    by_code, by_id = (page(network, f"/projects?programme={one}&lang=en") for one in ("EaSI", "easi"))
    for tree in (by_code, by_id):
        checked = [
            box.get("value") for form in forms(tree) for box in form.boxes if box.get("checked") is not None
        ]
        assert checked == ["easi"]
        excluded = page(network, "/projects?programme=-EaSI,UIA&country=LV&lang=en")
    assert active_filters(by_code) == active_filters(by_id)
    assert [*active_filters(excluded).values()] == [
        "/projects.en.html?country=LV",
        "/projects.en.html?programme=-easi,urban-innovative-actions",
    ]


UNKNOWN = {
    "/projects?funder=european-comission": ("funder", "european-comission", "european-commission"),
    "/projects?funder=-european-comission": ("funder", "european-comission", "european-commission"),
    "/projects?funder=european-commission,nordic-council": ("funder", "nordic-council", "nordic-council-of-ministers"),
    "/projects?any=country:LV,funder:european-comission": ("any", "european-comission", "european-commission"),
    "/projects?funder=European Commision": ("funder", "European Commision", "european-commission"),
    "/projects?programme=EaSy": ("programme", "EaSy", "easi"),
    "/projects?programme=erasmus": ("programme", "erasmus", "erasmus-plus"),
    "/projects?partner=social-inovation-centre": ("partner", "social-inovation-centre", "social-innovation-centre"),
    "/projects?organisation=LSUAA": ("organisation", "LSUAA", "lsua"),
    "/outputs?project=ensi": ("project", "ensi", "ensie"),
    "/projects?source=sic-ensi": ("source", "sic-ensi", "sic-ensie"),
    "/activities?id=ensie-event": ("id", "ensie-event", "ensie-events"),
    "/funders?id=european-comission": ("id", "european-comission", "european-commission"),
    f"/projects?funder={BASE}/organisations/european-comission%23this": ("funder", "european-comission", "european-commission"),
}  # fmt: skip


@pytest.mark.parametrize(("target", "expected"), UNKNOWN.items(), ids=UNKNOWN)
def test_an_unknown_id_is_refused_with_the_nearest_one(network, target, expected):
    parameter, value, nearest = expected
    response = network.get(target.replace(" ", "%20"))
    assert_problem(network, response, 400, "bad-parameter")
    problem = response.json()
    assert problem["parameter"] == parameter
    assert f"{value!r} is not a value of " in problem["detail"]
    assert f"Did you mean {nearest!r}" in problem["detail"]


def test_an_unknown_id_is_refused_in_the_language_of_the_request(network):
    response = network.get("/projects?funder=european-comission&lang=lv")
    assert "nav parametra funder vērtība" in response.json()["detail"]
    assert response.json()["detail"].endswith("Vai domājāt 'european-commission'?")


def test_what_resembles_nothing_is_refused_without_a_suggestion(network):
    for value in ("qqqqqqqqqqqq", "https://example.org/nothing", "!", "Ж" * 50):
        response = network.get(f"/projects?funder={quote(value, safe='')}")
        assert_problem(network, response, 400, "bad-parameter")
        assert "Did you mean" not in response.json()["detail"]


@pytest.mark.parametrize("path", [path for path, shape in LISTS.items() if shape])
def test_every_filter_by_records_refuses_an_unknown_id(site, path):
    links = [parameter for parameter in list_parameters(LISTS[path]).values() if parameter.kind is Kind.LINK]
    assert "id" in [parameter.name for parameter in links]
    for parameter in links:
        for query in (f"{parameter.name}=x", f"{parameter.name}=-x", f"any={parameter.name}:x"):
            response = site.get(f"{path}?{query}")
            assert_problem(site, response, 400, "bad-parameter")
            assert f"is not a value of {parameter.name}: " in response.json()["detail"]


def detail(site, target: str) -> str:
    """Return the detail of a response, which must be a problem with the parameter `partner`."""
    response = site.get(target)
    assert_problem(site, response, 400, "bad-parameter")
    assert response.json()["parameter"] == "partner"
    return response.json()["detail"]


def organisation(identifier: str, **fields):
    return record("Organisation", identifier, **fields)


def test_a_name_of_several_records_is_refused_with_their_ids(site):
    named = [organisation(one, aliases={"en": ["Reach for Change"]}) for one in ("b", "a")]
    site.store.commit([publish(one) for one in named], "editor")
    text = detail(site, "/projects?partner=reach-for-change")
    assert "'a', 'b'" in text
    many = [organisation(f"c-{number}", acronym="RFC") for number in range(20)]
    site.store.commit([publish(one) for one in many], "editor")
    assert detail(site, "/projects?partner=RFC").endswith("'c-0', 'c-1', 'c-10', 'c-11', 'c-12', 'c-13', 'c-14', 'c-15', 'c-16', 'c-17', ….")  # fmt: skip


def test_an_acronym_and_an_alias_of_one_record_are_not_ambiguous(site):
    one = organisation("a", acronym="RFC", aliases={"en": ["R.F.C.", "rfc"], "lv": ["RFC"]})
    site.store.commit([publish(one)], "editor")
    assert site.json("/organisations?id=rfc")["total"] == 1
    assert site.json("/organisations?id=r%20f%20c")["total"] == 1


def test_an_id_wins_over_a_name_even_a_former_id(site):
    records = [organisation("rfc"), organisation("other", acronym="RFC"), organisation("sic")]
    records += [
        organisation("third", acronym="SIC"),
        organisation("old"),
        organisation("fourth", acronym="OLD"),
    ]
    site.store.commit([publish(one) for one in records], "editor")
    assert ids(site.json("/organisations?id=rfc")) == ["rfc"]
    assert ids(site.json("/organisations?id=RFC")) == ["other"]
    assert ids(site.json("/organisations?id=sic")) == ["sic"]
    site.store.commit([delete(("Organisation", "sic"), "Twice")], "editor")
    assert ids(site.json("/organisations?id=SIC")) == ["third"]
    assert "was deleted" in detail(site, "/projects?partner=sic")
    site.store.commit([merge(("Organisation", "old"), "rfc", "Same")], "editor")
    assert ids(site.json("/organisations?id=old")) == ["rfc"]
    assert ids(site.json("/organisations?id=OLD")) == ["fourth"]


def test_a_withdrawn_record_is_refused_with_the_time_and_the_reason(site):
    records = [organisation(one) for one in ("deleted", "unpublished", "old", "new")]
    site.store.commit([publish(one) for one in records], "editor")
    site.store.commit([merge(("Organisation", "old"), "new", "Same")], "editor")
    actions = {
        "deleted": delete(("Organisation", "deleted"), "It was a slip."),
        "unpublished": unpublish(("Organisation", "unpublished")),
        "new": delete(("Organisation", "new"), "Gone too."),
    }
    site.store.commit([*actions.values()], "editor")
    gone = {
        one: site.get(f"/organisations/{one}").json()["detail"].removeprefix("The record ") for one in actions
    }
    assert detail(site, "/projects?partner=deleted").endswith(f"that record {gone['deleted']}")
    assert gone["deleted"].endswith("Z. It was a slip.")
    for query in ("partner=-unpublished", "partner=new,unpublished", "partner=unpublished&limit=1"):
        text = detail(site, f"/projects?{query}")
        assert text.endswith(f"that record {gone['new' if 'new' in query else 'unpublished']}")
    assert detail(site, "/projects?partner=old").endswith(
        f"that record was merged into 'new', which {gone['new']}"
    )


def test_a_name_finds_the_record_that_has_it_now(site):
    site.store.commit([publish(organisation("a", acronym="RFC")), publish(organisation("b"))], "editor")
    assert ids(site.json("/organisations?id=RFC")) == ["a"]
    site.store.commit([publish(organisation("a")), publish(organisation("b", acronym="RFC"))], "editor")
    assert ids(site.json("/organisations?id=RFC")) == ["b"]
    site.store.commit([merge(("Organisation", "b"), "a", "Same")], "editor")
    assert "no public record" in detail(site, "/projects?partner=RFC")


def test_two_names_of_one_record_that_are_required_and_excluded_are_refused(site):
    site.store.commit([publish(organisation("a", acronym="RFC"))], "editor")
    assert "'a' is both required and excluded" in detail(site, "/projects?partner=RFC,-a")
    assert site.json("/projects?partner=RFC,a,rfc")["uri"] == f"{BASE}/projects?partner=a"


def test_a_draft_is_no_suggestion_and_its_names_are_unknown(site):
    public = organisation("reach-for-change", acronym="RFC")
    site.store.commit([publish(public)], "editor")
    targets = [
        f"/projects{suffix}?partner={value}"
        for value in ("reach-for-chang", "reach-for-change-latvia", "RFCL", "RFC", "draft-name")
        for suffix in (".json", ".html", ".csv")
    ]
    before = [(site.get(target).status_code, site.get(target).content) for target in targets]
    drafts = [
        organisation("reach-for-chang", acronym="RFCL"),
        organisation("reach-for-change-latvia", aliases={"en": ["Draft name"]}),
        organisation("reach-for-change", acronym="RFCL", aliases={"en": ["Draft name"]}),
        organisation("another", acronym="RFC"),
    ]
    site.store.commit([save(one) for one in drafts], "editor")
    assert [(site.get(target).status_code, site.get(target).content) for target in targets] == before


def test_a_withdrawn_record_is_no_suggestion_and_its_names_are_unknown(site):
    site.store.commit([publish(organisation("reach-for-change", acronym="RFC"))], "editor")
    targets = [f"/projects?partner={value}" for value in ("reach-for-chang-latvi", "RFCL", "rfc-latvi")]
    before = [site.raw(target) for target in targets]
    other = organisation("reach-for-chang-latvia", acronym="RFCL", aliases={"en": ["RFC Latvia"]})
    site.store.commit([publish(other)], "editor")
    assert all(site.raw(target) != answer for target, answer in zip(targets, before, strict=True))
    site.store.commit([unpublish(("Organisation", "reach-for-chang-latvia"))], "editor")
    assert [site.raw(target) for target in targets] == before


def test_a_near_id_is_found_among_many(site):
    many = [organisation(f"{letter}{number}-organisation") for letter in "abcdefgh" for number in range(60)]
    site.store.commit([publish(one) for one in [*many, organisation("european-commission")]], "editor")
    text = detail(site, "/projects?partner=european-comission")
    assert "Did you mean 'european-commission'?" in text


def test_both_engines_refuse_and_find_with_the_same_bytes(networks):
    targets = [quote(target, safe="/?=&,:%") for target, _ in NAMES.values()]
    targets += [quote(target, safe="/?=&,:%") for target in UNKNOWN]
    for target in targets:
        sqlite, postgresql = (site.get(target) for site in networks)
        assert (sqlite.status_code, sqlite.content) == (postgresql.status_code, postgresql.content), target


def test_every_entity_that_filters_name_has_lookup_keys_by_declaration():
    keys = {
        shape.name: [field.name for field in shape.fields if field.is_lookup_key] for shape in MODEL.entities
    }
    assert keys["Project"] == ["aliases", "acronym"]
    assert keys["Organisation"] == ["aliases", "acronym"]
    assert keys["Programme"] == ["aliases", "code", "see_also"]
