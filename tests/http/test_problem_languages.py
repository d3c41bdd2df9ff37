"""Tests of the languages of problems: titles and details in English and Latvian, and the header that says which."""

import pkgutil
import re
import string
from importlib import import_module

import pytest

import api
import schema
from schema.declaration.messages import LocalizedMessage, MessageTable
from tests.support.site import BASE
from vocab.turtle_parser import LANGUAGES

MODULES = [
    import_module(module.name)
    for package in (schema, api)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__")
]
TABLES = {
    id(value): value for one in MODULES for value in vars(one).values() if isinstance(value, MessageTable)
}
MESSAGES = {
    f"{name}: {templates['en'][:40]}": templates
    for table in TABLES.values()
    for name, templates in table.templates.items()
}

REFUSED = {
    "/nothing": ("links to everything", "Saites uz visu"),
    "/projcts/ensie": ("Did you mean '/projects'?", "Vai domājāt '/projects'?"),
    "/projects/nothing": ("There is no such record in /projects.", "Sarakstā /projects tāda ieraksta nav."),
    "/projects?limt=1": ("Did you mean 'limit'?", "Vai domājāt 'limit'?"),
    "/projects?limit=0": ("from 1 to 200", "no 1 līdz 200"),
    "/projects?country=Latvia": ("Did you mean 'LV'?", "Vai domājāt 'LV'?"),
    "/projects?sort=titel": ("There is no 'titel' here.", "'titel' šeit nav."),
    "/projects?year=17": ("is not a year of four digits", "nav gads ar četriem cipariem"),
    "/search?q=!": ("Enter a word or a number.", "Ierakstiet vārdu vai skaitli."),
    "/projects?cursor=x": ("Repeat the request without", "Atkārtojiet pieprasījumu bez"),
    "/projects?format=xyz": ("There is no format 'xyz' here", "Formāta 'xyz' šeit nav"),
    "/%FF": ("The path is not", "Ceļš nav"),
}


def with_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_has_both_languages_with_the_same_arguments(name):
    templates = MESSAGES[name]
    assert templates.keys() == {*LANGUAGES}
    arguments = {
        language: sorted(field for _, field, _, _ in string.Formatter().parse(template) if field)
        for language, template in templates.items()
    }
    assert arguments["lv"] == arguments["en"]
    words = {language: re.sub(r"{.*?}", "", template) for language, template in templates.items()}
    assert words["lv"] != words["en"] or not words["en"]


def test_messages_are_found():
    assert len(MESSAGES) > 50


def test_a_message_within_a_message_is_in_the_same_language():
    inner = LocalizedMessage({"en": "in {place}", "lv": "vietā {place}"}, {"place": "Rīga"})
    outer = LocalizedMessage({"en": "It is {where}.", "lv": "Tas ir {where}."}, {"where": inner})
    assert str(outer) == outer.text("en") == "It is in Rīga."
    assert outer.text("lv") == "Tas ir vietā Rīga."


@pytest.mark.parametrize("path", REFUSED)
def test_a_problem_is_in_english_unless_latvian_is_requested(sqlite_network, path):
    for requested, language in (
        (path, "en"),
        (with_language(path, "en"), "en"),
        (with_language(path, "lv"), "lv"),
    ):
        response = sqlite_network.get(requested)
        assert response.headers["content-language"] == language
        assert REFUSED[path][language == "lv"] in response.json()["detail"]


@pytest.mark.parametrize("language", ["de", "xx", "", "lv,en", "%FF", "*"])
def test_a_problem_is_in_english_if_the_language_is_invalid_or_has_no_messages(sqlite_network, language):
    response = sqlite_network.get(f"/projects?limit=0&lang={language}")
    assert response.status_code == 400
    assert response.headers["content-language"] == "en"
    assert response.json()["title"] in ("The parameter has an invalid value", "The query cannot be parsed")


def test_members_for_programs_are_the_same_in_each_language(sqlite_network):
    english, latvian = (sqlite_network.get(f"/projects?country=LW&lang={tag}").json() for tag in ("en", "lv"))
    assert english.keys() == latvian.keys()
    same = {
        "type": f"{BASE}/problems/bad-parameter",
        "code": "bad-parameter",
        "status": 400,
        "parameter": "country",
    }
    for problem in (english, latvian):
        assert problem | same == problem
    assert [latvian[name] for name in ("title",)] == ["Parametra vērtība nav derīga"]
