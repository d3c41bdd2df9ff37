"""Tests of HTML pages at every address: markup, texts, links, content security policy, negotiation."""

import re
import struct
from collections.abc import Iterable
from itertools import pairwise
from xml.etree.ElementTree import Element

from api.editing.directory_loader import load_directory
from api.formats.html.asset_files import asset_path
from api.formats.html.messages import MESSAGES
from api.formats.html.page_renderer import CONTENT_SECURITY_POLICY
from api.store.digests import digest
from schema import MODEL
from tests.support.html.pages import IN_DEPTH, ids, in_language, links, page, shown_texts, text
from tests.support.site import BASE, ROOT, Site, addresses, content_addresses, site_on

HTML_FOLDER = ROOT / "api/formats/html"

BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def sample_addresses(site: Site) -> list[str]:
    """Return one address of each kind of page."""
    lists = [path for path in content_addresses(site) if path.count("/") == 1 and "?" not in path]
    items = [site.json(path)["items"] for path in lists if path != "/"]
    records = [
        page_items[0]["uri"].removeprefix(BASE).removesuffix("#this") for page_items in items if page_items
    ]
    return [*IN_DEPTH, *records]


def test_every_page_is_well_formed_and_complete_and_has_no_broken_link(sqlite_network):
    pages: dict[str, Element] = {}
    for path in addresses(sqlite_network):
        for code in ("lv", "en"):
            address = in_language(path, code)
            pages[address] = tree = page(sqlite_network, address)
            check_outline(tree, address, code)
            check_texts(tree, sqlite_network, path, code)
    # Other tests cover every format and sort order; follow their links from one page of each kind.
    samples = {in_language(path, code) for path in sample_addresses(sqlite_network) for code in ("lv", "en")}
    sources = {
        target: address
        for address, tree in pages.items()
        for target in link_targets(tree)
        if address in samples or not re.search(r"\.(?!html)[a-z]+(\?|$)|sort=", target)
    }
    internal = {
        target.partition("#")[0].removeprefix(BASE): address
        for target, address in sources.items()
        if target.startswith(("/", BASE))
    }
    assert len(internal) > len(pages)
    for target in internal.keys() - pages.keys():
        response = sqlite_network.get(target)
        assert response.status_code == 200, (target, internal[target])
    for target, address in sources.items():
        path, _, fragment = target.partition("#")
        target_page = pages.get(path) if path else pages[address]
        assert not fragment or target_page is None or fragment in ids(target_page), (target, address)


def link_targets(tree: Element) -> Iterable[str]:
    """Return every address that a page links to or loads."""
    return filter(None, (element.get(name) for element in tree.iter() for name in ("href", "src")))


def check_outline(tree: Element, address: str, code: str) -> None:
    """Check the structure that every page has."""
    assert tree.get("lang") == code, address
    assert len(list(tree.iter("h1"))) == 1, address
    levels = [int(element.tag[1]) for element in tree.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    assert all(after <= before + 1 for before, after in pairwise(levels)), address
    assert len(ids(tree)) == len(set(ids(tree))), address
    assert [element.tag for element in tree.find("body")] == ["a", "header", "main", "footer"], address
    assert text(tree.find(".//title")), address
    (script,) = tree.iter("script")
    assert script.attrib == {"type": "application/ld+json"}, address
    assert not list(tree.iter("style")), address
    assets = [
        *tree.iter("img"),
        *tree.iterfind(".//link[@rel='stylesheet']"),
        *tree.iterfind(".//link[@rel='icon']"),
    ]
    assert all((asset.get("src") or asset.get("href")).startswith("/assets/") for asset in assets), address
    for element in tree.iter():
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")], address
    assert not [link for link in links(tree) if re.match(r"(?!https?:|mailto:)[a-z]+:|//", link)], address


def check_texts(tree: Element, site: Site, path: str, code: str) -> None:
    """Check that the page of a record has all its texts."""
    if path.count("/") == 2 and not path.startswith("/vocab"):
        body, page_text = site.json(path), text(tree)
        for expected in shown_texts(body, code, MODEL.by_name[body["type"]]):
            assert " ".join(expected.split()) in page_text, (path, code, expected)


def test_the_content_security_policy_forbids_scripts_connections_and_frames(sqlite_network):
    for path in (*IN_DEPTH, "/projects/ensie"):
        response = sqlite_network.get(path, accept="text/html")
        assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert response.headers["x-content-type-options"] == "nosniff"
    directives = dict(directive.split(" ", 1) for directive in CONTENT_SECURITY_POLICY.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert not directives.keys() & {"script-src", "connect-src", "object-src"}
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


def test_pages_are_the_same_on_both_engines(networks):
    sqlite, postgresql = networks
    for path in sample_addresses(sqlite):
        for code in ("lv", "en"):
            address = in_language(path, code)
            contents = [site.get(address, accept="text/html").content for site in (sqlite, postgresql)]
            assert contents[0] == contents[1]


def test_html_is_negotiated_like_every_other_format(sqlite_network):
    expected = sqlite_network.get("/projects/ensie", accept="text/html").content
    response = sqlite_network.get("/projects/ensie", accept=BROWSER_ACCEPT)
    assert response.content == expected
    etag = response.headers["etag"]
    assert sqlite_network.get("/projects/ensie", accept=BROWSER_ACCEPT, if_none_match=etag).status_code == 304
    for path in ("/projects/ensie.html", "/projects/ensie?format=html", "/projects/ensie.html?lang=lv"):
        assert sqlite_network.get(path).content == expected
    for path in ("/organisations?limit=2", "/organisations?limit=2&lang=lv", "/organisations.html?limit=2"):
        assert (
            sqlite_network.get(path, accept=BROWSER_ACCEPT).content
            == sqlite_network.get("/organisations?limit=2&format=html").content
        )
    assert "application/json" in sqlite_network.get("/projects/ensie").headers["content-type"]


def test_the_lang_parameter_does_not_select_the_format(sqlite_network):
    for accept, expected in [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("text/html", "text/html"),
        (BROWSER_ACCEPT, "text/html"),
        ("text/turtle, */*;q=0.1", "text/turtle"),
    ]:
        response = sqlite_network.get("/projects/ensie?lang=en", accept=accept)
        assert response.headers["content-type"].startswith(expected), accept
    assert (
        sqlite_network.json("/projects/ensie?lang=en")["title"]
        == sqlite_network.json("/projects/ensie")["title"]["en"]
    )
    assert sqlite_network.get("/projects?profile=spreadsheet").headers["content-type"].startswith("text/csv")
    assert sqlite_network.get("/projects?profile=spreadsheet&lang=en").status_code == 400


def test_assets_are_at_addresses_with_the_digest_of_their_content_and_may_be_kept_for_ever(sqlite_network):
    loaded = set()
    for path in ("/index.lv.html", "/projects/ensie.en.html", "/docs"):
        loaded |= {*re.findall(r'(?:href|src)="(/assets/[^"]+)"', sqlite_network.get(path).text)}
    assert loaded == {asset_path(name) for name in ("style.css", "docs.css", "favicon.svg")}
    for path in loaded:
        response = sqlite_network.get(path, accept_encoding="identity")
        stem, digest_and_suffix = path.removeprefix("/assets/").split("-")
        name_digest, _, suffix = digest_and_suffix.partition(".")
        assert response.content == (HTML_FOLDER / f"assets/{stem}.{suffix}").read_bytes()
        assert response.headers["etag"] == f'"{digest(response.content)}"'
        assert name_digest == digest(response.content)[:12]
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        content_types = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
        assert response.headers["content-type"] == content_types[suffix]
        revalidation = sqlite_network.get(
            path, if_none_match=response.headers["etag"], accept_encoding="identity"
        )
        assert (revalidation.status_code, revalidation.content) == (304, b"")
        assert b"http" not in response.content.replace(b"http://www.w3.org/2000/svg", b"")
        for other in (f"/assets/{stem}.{suffix}", path.replace(name_digest, "0" * 12)):
            assert sqlite_network.get(other).status_code == 404


def test_browsers_find_an_icon_at_the_root_and_one_for_home_screens(sqlite_network):
    icon = sqlite_network.get("/favicon.ico")
    assert icon.headers["content-type"] == "image/x-icon"
    reserved, kind, count = struct.unpack_from("<HHH", icon.content)
    assert (reserved, kind, count) == (0, 1, 3)
    sizes = []
    for entry in range(count):
        width, height, *_, length, offset = struct.unpack_from("<BBBBHHII", icon.content, 6 + 16 * entry)
        image = icon.content[offset : offset + length]
        assert png_size(image) == (width, height)
        sizes.append(width)
    assert sizes == [16, 32, 48]
    (link,) = page(sqlite_network, "/projects/ensie").iterfind(".//link[@rel='apple-touch-icon']")
    touch_icon = sqlite_network.get(link.get("href"))
    assert touch_icon.headers["content-type"] == "image/png"
    assert png_size(touch_icon.content) == (180, 180)
    assert max(len(icon.content), len(touch_icon.content)) < 5_000


def png_size(image: bytes) -> tuple[int, int]:
    """Return the width and height of a PNG image."""
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack_from(">II", image, 16)
    return width, height


def test_links_begin_with_the_path_of_the_base_url_and_never_with_its_host(databases):
    with site_on(databases.make("sqlite"), base="https://x.example/data") as site:
        load_directory(site.store, ROOT / "data")
        for path in (*IN_DEPTH, "/projects/ensie", "/organisations?limit=2"):
            tree = page(site, path)
            for link in links(tree):
                assert link.startswith(("/data/", "#")) or not link.startswith(("/", "https://x.example")), (
                    link
                )
            assets = [
                link.get("href") for link in tree.iter("link") if link.get("rel") in ("stylesheet", "icon")
            ]
            assert all(asset.startswith("/data/assets/") for asset in assets)


def test_every_message_is_in_both_languages_and_used():
    files = [*HTML_FOLDER.parent.rglob("*.py"), *HTML_FOLDER.glob("templates/*")]
    sources = [file.read_text(encoding="utf-8") for file in files if file.name != "messages.py"]
    for name, translations in MESSAGES.items():
        assert set(translations) == {"lv", "en"}, name
        assert [source for source in sources if f"messages.{name}" in source or f'"{name}"' in source], name
    assert list(MESSAGES) == sorted(MESSAGES)
