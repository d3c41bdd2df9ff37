"""Tests of the oracle of list queries, on a few documents whose results are obvious."""

import pytest

from tests.support.oracle.filter_values import years
from tests.support.oracle.queries import BruteForce, UnknownNameError
from tests.support.oracle.search import terms, tokens

RECORD = {"created": "2026-11-21T10:01:00Z", "modified": "2026-11-21T10:01:00Z"}


def card(identifier: str, **label: object) -> dict:
    return {"id": identifier, **label}


def cards(*identifiers: str) -> list[dict]:
    return [card(identifier) for identifier in identifiers]


def dated(name: str, partial: str, earliest: str, latest: str) -> dict:
    return {name: partial, f"{name}_earliest": earliest, f"{name}_latest": latest}


PROJECTS = {
    "alpha": {
        "title": {"lv": "Tilts pār jūru", "en": "A bridge over the sea"},
        "acronym": "TILTS-2",
        "countries": cards("LV", "EE"),
        "programmes": cards("call"),
        "grants": [card("g", number="588997-CITIZ-1-2017")],
        **dated("start", "2017-09", "2017-09-01", "2017-09-30"),
        "duration": "P12M",
    },
    "beta": {
        "title": {"en": "Łódź: the tilts"},
        "summary": {"en": "Café\nfor pensioners", "lv": "Kafejnīca"},
        "status": card("ongoing", name={"en": "ongoing"}),
        "countries": cards("LV"),
        "programmes": cards("strand"),
        **dated("start", "2018-24", "2018-12-01", "2019-02-28"),
        **dated("end", "2020", "2020-01-01", "2020-12-31"),
        "participations": [
            {
                "id": "tilts-2",
                "role": card("pilot-area"),
                "organisation": card("o-10", name={"lv": "Jūras skola"}),
            },
            {"id": "y", "role": card("partner"), "organisation": card("o-2", name={"en": "Town"})},
        ],
        "acknowledgements": {"en": ["Thanks to the commission"]},
        "record": {
            **RECORD,
            "modified": "2026-11-22T09:00:00Z",
            "sources": [card("s", title={"en": "Newspaper"})],
        },
    },
    "gamma": {"title": {"und": "jura"}, "outputs": [card("o", title={"en": "Handbook of bridges"})]},
}

PROGRAMMES = {
    "whole": {"name": {"en": "Whole"}, "funders": cards("o-1")},
    "strand": {"name": {"en": "Strand"}, "parent": card("whole"), "code": "10"},
    "call": {"name": {"en": "Call"}, "parent": card("strand"), "funders": cards("o-2"), "code": "9"},
}

GRANTS = {
    "own": {"funders": cards("o-10"), "programme": card("strand")},
    "inherited": {
        "programme": card("strand"),
        "amounts": [
            {"id": "a", "value": "100000.00", "currency": card("EUR")},
            {"id": "b", "value": "500", "currency": card("DKK")},
        ],
    },
    "nothing": {"number": "588997"},
}

ORGANISATIONS = {
    "o-10": {
        "name": {"en": "Zeta"},
        "country": card("LV"),
        "place": {"nuts": "LV006", "country": card("EE")},
    },
    "o-2": {"name": {"lv": "Ābele", "en": "Yew"}, "aliases": {"en": ["Apple tree"]}},
    "o-1": {"name": {"en": "Wood"}, "identifiers": [{"id": "apple", "notation": "7"}]},
}

SOURCES = {"s": {"title": {"en": "Newspaper"}}}

OUTPUTS = {"study": {"title": {"en": "Study"}, **dated("date", "2016-24", "2016-12-01", "2017-02-28")}}


def documents(**entities: dict) -> dict:
    return {
        entity: {name: {"id": name, "record": RECORD, **body} for name, body in bodies.items()}
        for entity, bodies in entities.items()
    }


ORACLE = BruteForce(
    documents(
        Project=PROJECTS,
        Programme=PROGRAMMES,
        Grant=GRANTS,
        Organisation=ORGANISATIONS,
        Output=OUTPUTS,
        Source=SOURCES,
    ),
    {
        (entity, name): number
        for entity, names in {
            "Project": ("alpha", "beta", "gamma"),
            "Programme": PROGRAMMES,
            "Grant": GRANTS,
            "Organisation": ("o-1", "o-10", "o-2"),
            "Output": OUTPUTS,
            "Source": SOURCES,
        }.items()
        for number, name in enumerate(sorted(names))
    },
)


def matching_ids(entity: str, query: str) -> str:
    """Return the ids of the records that match a query string, separated by spaces."""
    return " ".join(ORACLE.ask(entity, [tuple(pair.split("=", 1)) for pair in query.split("&") if pair]))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "alpha beta gamma"),
        ("country=EE", "alpha"),
        ("country=EE,LV", "alpha beta"),
        ("country=LV&country=-EE", "beta"),
        ("country=-EE", "beta gamma"),
        ("country=http://publications.europa.eu/resource/authority/country/EST", "alpha"),
        ("country=EE&status=ongoing", ""),
        ("any=country:EE,status:ongoing", "alpha beta"),
        ("any=country:LV&any=status:ongoing", "alpha beta"),
        ("programme=whole", "alpha beta"),
        ("programme=strand,-call", "beta"),
        ("programme=https://data.example.org/programmes/call#this", "alpha"),
        ("programme=9", "alpha"),
        ("programme=10,-call", "beta"),
        ("partner=o-10", ""),
        ("partner=o-2", "beta"),
        ("partner=apple-TREE", "beta"),
        ("role=pilot-area", "beta"),
        ("source=s", "beta"),
        ("source=-s", "alpha gamma"),
        ("id=gamma,beta", "beta gamma"),
        ("id=TILTS 2", "alpha"),
        ("has=participations,duration", "alpha beta"),
        ("missing=countries", "gamma"),
        ("missing_lang=lv", "beta gamma"),
        ("missing_lang=en", "gamma"),
        ("updated_since=2026-11-22", "beta"),
        ("updated_since=2026-11-22T09:00:00Z", "beta"),
        ("updated_since=2026-11-22T09:00:01Z", ""),
        ("start_from=2017-09-30", "alpha beta"),
        ("start_from=2017-10", "beta"),
        ("start_to=2017-08", ""),
        ("start_to=2017-09-01", "alpha"),
        ("end_to=2020", "beta"),
        ("year=2018", "alpha beta"),
        ("year=2017,-2019", "alpha"),
        ("year=2020", "beta"),
        ("year=2021", ""),
    ],
)
def test_projects_match_their_filters(query, expected):
    assert matching_ids("Project", query) == expected


@pytest.mark.parametrize(
    "query",
    ["programme=not-there", "partner=alpha", "id=-nobody", "any=country:LV,partner:org", "id=https://x.org/"],
)
def test_a_name_that_no_record_has_is_refused(query):
    with pytest.raises(UnknownNameError):
        matching_ids("Project", query)


@pytest.mark.parametrize(
    ("entity", "query", "expected"),
    [
        ("Grant", "funder=o-1", "inherited"),
        ("Grant", "funder=o-10", "own"),
        ("Grant", "funder=-o-1", "nothing own"),
        ("Grant", "currency=EUR&amount_from=100000&amount_to=100000.00", "inherited"),
        ("Grant", "currency=EUR&amount_to=500", ""),
        ("Grant", "currency=DKK&amount_from=500.01", ""),
        ("Programme", "programme=strand", "call strand"),
        ("Programme", "funder=o-1", "strand whole"),
        ("Organisation", "country=EE", "o-10"),
        ("Organisation", "region=LV0", "o-10"),
        ("Organisation", "region=-LV006", "o-1 o-2"),
        ("Output", "year=2017", "study"),
        ("Output", "year=2015", ""),
    ],
)
def test_other_records_match_by_their_own_values_and_those_of_their_trees(entity, query, expected):
    assert matching_ids(entity, query) == expected


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("tilts", "alpha beta"),  # an acronym, then a title
        ("TĪLTS", "alpha beta"),
        ("jura", "gamma alpha beta"),  # the word itself, then other forms of it
        ("juras", "beta alpha gamma"),
        ("jur*", "alpha gamma beta"),
        ("lodz", "beta"),
        ('"tilts par juru"', "alpha"),
        ('"tilts juru"', ""),
        ('"tilts p*"', "alpha"),
        ('"tilts p"*', "alpha"),
        ('"tilts p"', ""),
        ("citiz-1-2017", "alpha"),
        ("bridge", "alpha gamma"),
        ("bridges", "gamma alpha"),
        ("ongoing", ""),
        ("thanks", ""),
        ("newspaper", ""),
        ("tilts-2", "alpha beta"),  # an acronym, then the id of a part
        ("cafe-for pensioners kafejnica", "beta"),
        ('"pensioners kafejnica"', ""),
        ("tilts pensioners", "beta"),
        ("tilts&sort=-id", "beta alpha"),
        ("jur*&sort=modified", "alpha gamma beta"),
        ("jur*&sort=-modified", "beta gamma alpha"),
        ("jur*&sort=modified,id", "alpha gamma beta"),
    ],
)
def test_a_search_matches_words_in_order_of_relevance(search, expected):
    assert matching_ids("Project", f"q={search}") == expected


@pytest.mark.parametrize(
    ("entity", "query", "expected"),
    [
        ("Project", "sort=-id", "gamma beta alpha"),
        ("Project", "sort=start", "alpha beta gamma"),
        ("Project", "sort=-start", "beta alpha gamma"),
        ("Project", "sort=title", "gamma beta alpha"),
        ("Project", "sort=modified", "alpha gamma beta"),
        ("Project", "sort=-modified", "beta gamma alpha"),
        ("Project", "sort=-modified,id", "beta alpha gamma"),
        ("Project", "sort=-end", "beta gamma alpha"),
        ("Project", "sort=-end,created", "beta alpha gamma"),
        ("Programme", "sort=code", "strand call whole"),
        ("Organisation", "", "o-1 o-10 o-2"),
        ("Organisation", "q=apple", "o-2 o-1"),
        ("Organisation", "sort=name", "o-2 o-1 o-10"),
    ],
)
def test_missing_values_sort_last_and_ids_break_ties_in_the_direction_of_the_last_key(
    entity, query, expected
):
    assert matching_ids(entity, query) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Šķiršana, ļoti", "skirsana loti"),
        ("İstanbul ISIK ışık", "istanbul isik isik"),
        ("Straße STRASSE", "strasse strasse"),
        ("Łódź Øre Æb œuf Þing ðar Đur", "lodz ore aeb oeuf thing dar dur"),
        ("588997-CITIZ_1/2017", "588997 citiz 1 2017"),
        ("Ωmega ﬁ ① 10²", "ωmega fi 1 102"),
        ("🙂 “…”", ""),
        ("y" * 70, "y" * 64),
    ],
)
def test_tokens_have_no_case_accents_or_punctuation(text, expected):
    assert " ".join(tokens(text)) == expected


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ('one "two three" four', [" one ", " two three ", " four "]),
        ('one "two three', [" one ", " two three "]),
        ("on* t-w* *x", [" on", " t w", " x "]),
        ("* & —", []),
    ],
)
def test_a_search_is_split_into_terms(search, expected):
    assert [term.line for term in terms(search)] == expected


def test_only_words_without_marks_have_stems():
    assert [bool(term.stems) for term in terms('tilti "tilti" tilt* t-w 2018 ab')] == [
        *[True, False, False, False, False, False]
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ""),
        (dated("end", "2019", "2019-01-01", "2019-12-31"), "2019"),
        (dated("start", "2018-24", "2018-12-01", "2019-02-28"), "2018"),
        ({**dated("start", "2018-01-01", "2018-01-01", "2018-01-01"), "duration": "P1Y"}, "2018"),
        ({**dated("start", "2018-01-01", "2018-01-01", "2018-01-01"), "duration": "P1Y1D"}, "2018 2019"),
        ({**dated("start", "2018", "2018-01-01", "2018-12-31"), "duration": "P1Y"}, "2018 2019"),
        ({**dated("start", "2016-08-31", "2016-08-31", "2016-08-31"), "duration": "P6M"}, "2016 2017"),
        ({"duration": "P1Y"}, ""),
    ],
)
def test_years_are_those_of_the_whole_period(body, expected):
    assert " ".join(sorted(years(body))) == expected
