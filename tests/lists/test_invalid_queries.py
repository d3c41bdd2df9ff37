"""Tests of invalid list queries: each is refused with the parameter's name and a hint."""

from urllib.parse import parse_qsl, quote

import pytest

from tests.support.assertions import assert_problem
from tests.support.site import BASE

TOO_MANY_IDS = ",".join(f"x-{number}" for number in range(21))

TOO_MANY_VALUES = "&".join(
    f"{name}={','.join(values)}"
    for name, values in {
        "id": [f"x-{number}" for number in range(20)],
        "missing": ["-start", "-end"] * 8,
        "year": [str(year) for year in range(2000, 2015)],
    }.items()
)

TOO_MANY_WORDS = " ".join(f"w{number}" for number in range(21))

REFUSED = [
    # Unknown names, with the suggested one.
    ("/projects?contry=LV", "contry", "'country'"),
    ("/projects?fundr=x", "fundr", "'funder'"),
    ("/projects?start=2017", "start", "'start_to'"),
    ("/grants?amount=5", "amount", "'amount_to'"),
    ("/search?q=a&sort=id", "sort", ""),
    ("/search?q=a&country=LV", "country", ""),
    ("/projects?sort=titel", "sort", "'title'"),
    ("/projects?sort=title,title", "sort", "repeated"),
    ("/projects?sort=title,-title", "sort", "repeated"),
    ("/projects?sort=title,", "sort", ""),
    ("/projects?sort=--title", "sort", "'title'"),
    ("/projects?sort=title,start,end,id,created", "sort", "at most 4"),
    ("/projects?sort=participations", "sort", ""),
    ("/projects?fields=titel", "fields", "'title'"),
    ("/projects?fields=title,title", "fields", "repeated"),
    ("/projects?fields=", "fields", "empty"),
    ("/projects?fields=title,", "fields", ""),
    ("/projects?include=led", "include", "'lead'"),
    ("/projects?include=title", "include", ""),
    ("/projects?include=participations.organisation.part_of", "include", "'participations.organisation'"),
    ("/projects?has=titel", "has", ""),
    ("/projects?has=sumary", "has", "'summary'"),
    ("/projects?has=id", "has", ""),
    ("/projects?any=contry:LV", "any", ""),
    ("/projects?any=LV", "any", ""),
    ("/projects?any=country:", "any", "empty"),
    ("/projects?any=country:LV,", "any", ""),
    ("/projects?any=start_from:2017", "any", ""),
    ("/projects?any=-country:LV", "any", ""),
    ("/projects?any=country:-LV", "any", ""),
    ("/projects?any=q:x", "any", ""),
    ("/organisations?fields=project_list", "fields", ""),
    # Queries whose result would always be empty.
    ("/projects?missing=end&end_from=2010", "end_from", "excluded"),
    ("/projects?missing=status&status=completed", "status", "excluded"),
    ("/organisations?region=LV00,-LV", "region", "excluded"),
    ("/projects?q=-riga", "q", "exclude"),
    # Unknown codes.
    ("/outputs?language=lav", "language", "'lv'"),
    ("/projects?country=Latvia", "country", "'LV'"),
    ("/projects?country=lv", "country", "'LV'"),
    ("/projects?country=LV,EW", "country", ""),
    ("/projects?country=-XX", "country", ""),
    (f"/projects?country={BASE}/x", "country", ""),
    ("/projects?status=compleated", "status", "'completed'"),
    ("/projects?status=Completed", "status", "'completed'"),
    (f"/projects?status={BASE}/vocab/role/partner", "status", ""),
    ("/grants?currency=euro", "currency", "'EUR'"),
    ("/outputs?language=Latvian", "language", "'lv'"),
    ("/projects?missing_lang=ru", "missing_lang", "lv, en"),
    ("/projects?lang=latvian", "lang", ""),
    ("/projects?lang=LV.UTF-8", "lang", "en-GB"),
    (f"/projects?lang=lv{'-latn' * 7}", "lang", ""),
    ("/projects?lang=xx", "lang", ""),
    ("/projects?lang=en,lv", "lang", ""),
    ("/projects?lang=*", "lang", ""),
    ("/projects?lang=en&fallback=xx", "fallback", ""),
    ("/projects?lang=en&fallback=lv,none", "fallback", "no other"),
    ("/projects?lang=en&fallback=lv,", "fallback", ""),
    (f"/projects?lang=en&fallback={','.join(['lv'] * 11)}", "fallback", "10"),
    # Wrong types.
    ("/projects?id=En_Sie", "id", ""),
    ("/projects?any=partner:-SIC", "any", "other name or IRI"),
    ("/projects?partner=--SIC", "partner", "other name or IRI"),
    ("/projects?partner=!", "partner", "other name or IRI"),
    ("/projects?id=ensie%0A", "id", ""),
    ("/projects?id=ensie%00", "id", ""),
    (f"/projects?id={BASE}/grants/ensie%23this", "id", ""),
    ("/projects?id=https://example.org/ensie", "id", ""),
    ("/projects?year=17", "year", "2017"),
    ("/projects?year=2017-01", "year", "2017"),
    ("/projects?year=%D9%A2%D9%A0%D9%A1%D9%A7", "year", "2017"),
    ("/projects?start_from=2017-13", "start_from", "2017-09"),
    ("/projects?start_from=2017-02-30", "start_from", "2017-09"),
    ("/projects?start_from=yesterday", "start_from", "2017-09"),
    ("/projects?start_from=2017,2018", "start_from", "2017-09"),
    ("/projects?start_from=-2017", "start_from", "2017-09"),
    ("/organisations?region=Latvia", "region", "LV00"),
    ("/organisations?region=L", "region", "LV00"),
    ("/grants?currency=EUR&amount_from=1,5", "amount_from", "1250.00"),
    ("/grants?currency=EUR&amount_from=-5", "amount_from", "1250.00"),
    ("/grants?currency=EUR&amount_from=1e5", "amount_from", "1250.00"),
    ("/grants?currency=EUR&amount_from=NaN", "amount_from", "1250.00"),
    ("/projects?updated_since=2026-13-01", "updated_since", "2026-11-22T10:00:00Z"),
    ("/projects?updated_since=2026-11-22T10:00:00", "updated_since", "2026-11-22T10:00:00Z"),
    ("/projects?updated_since=2026", "updated_since", "2026-11-22T10:00:00Z"),
    ("/projects?highlight=1&q=a", "highlight", "true or false"),
    ("/projects?limit=0", "limit", "from 1 to 200"),
    ("/projects.csv?limit=2001", "limit", "from 1 to 2000"),
    # Empty values.
    ("/projects?country=", "country", "empty"),
    ("/projects?country", "country", "empty"),
    ("/projects?country=LV,", "country", "empty"),
    ("/projects?country=,LV", "country", "empty"),
    ("/projects?country=LV,,EE", "country", "empty"),
    ("/projects?country=-", "country", "empty"),
    ("/projects?country=LV&country=", "country", "empty"),
    ("/projects?q=", "q", "empty"),
    ("/projects?sort=", "sort", "empty"),
    # Contradictions, and parameters that require another one.
    ("/projects?country=LV,-LV", "country", "'LV'"),
    ("/projects?country=LV&country=-LV", "country", "'LV'"),
    ("/projects?any=country:LV&country=-LV", "", "'LV'"),
    ("/projects?has=end&missing=end", "", "'end'"),
    ("/projects?has=end,-end", "has", "'end'"),
    ("/projects?start_from=2018&start_to=2017", "start_from", "ends before"),
    ("/grants?currency=EUR&amount_from=2&amount_to=1", "amount_from", "ends before"),
    ("/grants?amount_from=1", "amount_from", "currency"),
    ("/grants?amount_to=1&currency=EUR,DKK", "amount_to", "currency"),
    ("/grants?amount_to=1&currency=-EUR", "amount_to", "currency"),
    ("/projects?q=!!!", "q", "no letter"),
    ("/projects?q=%20%22%22*", "q", "no letter"),
    ("/search", "q", "required"),
    ("/search?limit=5", "q", "required"),
    ("/projects?highlight=true", "highlight", "q, which is missing"),
    ("/projects?highlight=false", "highlight", "q, which is missing"),
    ("/projects?fallback=en", "fallback", "lang"),
    # Parameters of other formats.
    ("/projects.csv?include=lead", "include", "csv"),
    ("/projects.csv?lang=en", "lang", "csv"),
    ("/projects.csv?q=a&highlight=true", "highlight", "csv"),
    ("/projects.html?fields=title", "fields", "html"),
    ("/projects.ttl?profile=spreadsheet", "profile", "ttl"),
    ("/projects?profile=spreadsheet&format=json", "profile", "csv"),
    ("/projects?profile=spreadsheet&lang=en", "", ""),
    ("/projects?profile=spreadsheet&include=lead", "", ""),
    ("/search.csv?q=a", "", ""),
    ("/search?q=a&format=csv", "format", "json"),
    ("/projects.csv?profile=excel", "profile", "spreadsheet"),
    # Too many values, or too long ones.
    (f"/projects?id={TOO_MANY_IDS}", "id", "at most 20"),
    (f"/projects?country=LV&any={','.join(f'id:x-{number}' for number in range(21))}", "any", "at most 20"),
    (f"/projects?{TOO_MANY_VALUES}", "year", "at most 50"),
    (f"/projects?q={quote('a* b* c* d*')}", "q", "at most 3"),
    (f"/projects?q={quote(TOO_MANY_WORDS)}", "q", "at most 20"),
    (f"/projects?q={'x' * 201}", "q", "at most 200"),
    ("/projects?q=a&q=b", "q", "repeated"),
    ("/projects?start_from=2017&start_from=2018", "start_from", "repeated"),
    ("/projects?lang=en&lang=lv", "lang", "repeated"),
]


@pytest.mark.parametrize(("target", "parameter", "hint"), REFUSED, ids=lambda value: str(value)[:60])
def test_an_invalid_query_is_refused_by_name_with_a_hint(network, target, parameter, hint):
    response = network.get(target)
    if target.startswith("/search.csv"):
        assert_problem(network, response, 404, "not-found")
        return
    assert response.status_code == 400, target
    if ".html" in target:
        assert hint in response.text
        return
    problem = response.json()
    assert_problem(network, response, 400, problem["type"].rpartition("/")[2])
    assert hint in problem["detail"], problem["detail"]
    names = {name for name, _ in parse_qsl(target.partition("?")[2], keep_blank_values=True)}
    assert problem["parameter"] == parameter if parameter else problem["parameter"] in names
