"""Tests of unknown parameters of pages: links that other sites add to lead to the clean address."""

from collections.abc import Iterator

import pytest

from tests.support.failing_site import BROWSER, error_page
from tests.support.generators.list_requests import LISTS
from tests.support.html.pages import main, page, text
from tests.support.site import Site, site_on

TRACKING = (  # noqa: SIM905 - a list of words
    "utm_source utm_medium utm_campaign utm_term utm_content utm_id fbclid gclid gclsrc dclid gbraid wbraid gad_source "
    "srsltid msclkid yclid twclid ttclid li_fat_id igshid igsh mc_cid mc_eid _hsenc _hsmi __hstc mkt_tok vero_id oly_enc_id "
    "pk_campaign mtm_campaign mtm_source _ga _gl ref ref_src si spm trk cmpid ncid cid icid fb_action_ids fb_source mibextid "
    "__cft__[0] __tn__ _x_tr_sl hl s_cid rb_clickid"
).split()
"""Parameters that social networks, newsletters and advertising add to links."""

PAGES = ("/", "/projects/ensie", "/vocab", "/vocab/role", "/vocab/role/partner", "/docs", *LISTS)


@pytest.fixture(scope="module")
def site(databases) -> Iterator[Site]:
    with site_on(databases.make_with_content("sqlite")) as site:
        yield site


def redirect(site: Site, target: str, accept: str = BROWSER):
    response = site.client.get(target, headers={"accept": accept}, follow_redirects=False)
    assert response.status_code == 302, (target, response.text)
    assert response.headers["cache-control"] == "no-store"
    assert not response.content
    return response


@pytest.mark.parametrize("path", PAGES)
def test_a_page_leads_from_parameters_that_other_sites_add_to_the_clean_address(site, path):
    query = "q=a&" if path == "/search" else ""
    clean = f"{path}?{query[:-1]}" if query else path
    for name in TRACKING:
        response = redirect(site, f"{path}?{query}{name}=x%20y")
        assert response.headers["location"] == clean, name
        assert response.headers["vary"] == "Accept, Accept-Encoding"
    assert page(site, redirect(site, f"{path}?{query}fbclid=1&utm_source=x").headers["location"]) is not None


CLEANED = {
    "/projects/ensie?fbclid=abc": "/projects/ensie",
    "/?utm_source=newsletter": "/",
    "/projects?utm_source=a&country=LV%2CLT&fbclid=b&year=2017&=&country=EE": "/projects?country=LV%2CLT&year=2017&country=EE",
    "/projects?country=LV&utm%5Fsource=a&lang=en": "/projects?country=LV&lang=en",
    "/projects.en.html?gclid=1": "/projects.en.html",
    "/projects.html?gclid=1&limit=1": "/projects.html?limit=1",
    "/projects/ensie?format=html&gclid=1": "/projects/ensie?format=html",
    "/organisations?q=a+b&gclid": "/organisations?q=a+b",
}


@pytest.mark.parametrize("target", CLEANED)
def test_the_other_parameters_keep_their_order_and_spelling(site, target):
    location = redirect(site, target).headers["location"]
    assert location == CLEANED[target]
    assert site.get(location, accept=BROWSER).status_code == 200


def test_the_suffix_and_the_format_decide_that_it_is_a_page_as_accept_does(site):
    for target in (
        "/projects.html?fbclid=1",
        "/projects.lv.html?fbclid=1",
        "/projects?format=html&fbclid=1",
        "/docs?fbclid=1",
    ):
        redirect(site, target, "*/*")
    assert redirect(site, "/projects.lv.html?fbclid=1").headers["vary"] == "Accept-Encoding"
    head = site.client.head("/projects?fbclid=1", headers={"accept": "text/html"}, follow_redirects=False)
    assert (head.status_code, head.headers["location"]) == (302, "/projects")


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/projects?contry=LV", "country"), ("/projects?Limit=5", "limit"), ("/projects/ensie?lagn=en", "lang"),
        ("/?langg=en", "lang"), ("/projects.html?stats=completed", "status"), ("/vocab?fomat=ttl", "format"),
    ],
)  # fmt: skip
def test_a_parameter_that_is_near_to_a_known_one_is_an_error_that_says_so(site, target, name):
    tree = error_page(site, target, 400)
    assert name in [text(link) for link in main(tree).iterfind("p/a")]
    followed = redirect(site, f"{target}&fbclid=1").headers["location"]
    assert followed == target


def test_data_stay_strict(site):
    for target in (
        "/projects?fbclid=1",
        "/projects.json?fbclid=1",
        "/projects?format=json&fbclid=1",
        "/projects.ttl?utm_source=x",
    ):
        assert site.get(target).json()["code"] == "unknown-parameter"
    for target in ("/projects.csv?fbclid=1", "/openapi.json?fbclid=1", "/projects.lv.json?fbclid=1"):
        assert site.get(target, accept=BROWSER).json()["code"] == "unknown-parameter"


def test_what_is_wrong_beside_it_stays_an_error(site):
    error_page(site, "/nothing?fbclid=1", 404)
    error_page(site, "/projects?fbclid=%FF", 400)
    error_page(site, "/projects?" + "&".join(f"x{number}=1" for number in range(300)), 400)
    error_page(site, "/projects?" + "&".join(f"x{number}=1" for number in range(30)), 400)
    assert redirect(site, "/projects?fbclid=1&limit=0").headers["location"] == "/projects?limit=0"
    response = site.client.post("/projects?fbclid=1", headers={"accept": BROWSER})
    assert response.status_code == 405


def test_the_location_is_behind_the_path_of_the_base_url(databases):
    with site_on(databases.make("sqlite"), base="https://x.example/data") as site:
        assert redirect(site, "/projects?fbclid=1").headers["location"] == "/data/projects"


def test_a_redirect_is_not_stored_by_the_response_cache(databases):
    with site_on(databases.make("sqlite"), cache=1) as site:
        for _ in range(2):
            redirect(site, "/projects?fbclid=1")
            assert site.get("/projects?fbclid=1").status_code == 400
            assert site.get("/projects", accept=BROWSER).status_code == 200
