"""Fixed parts of the response diff: refused requests, wrong parameters, headers to negotiate by."""

from tests.support.response_diff.exchange import Request

CODINGS = (
    *("gzip", "br", "zstd", "gzip, deflate, br, zstd", "gzip;q=0.5, br;q=0.9"),
    *("identity;q=0", "gzip, identity;q=0", "*", "*;q=0", "x-unknown"),
)

ACCEPTS = (
    *("*/*", "text/*", "application/*", "image/png", "nonsense", ",", "TEXT/HTML", "text/csv"),
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/turtle;q=0.5, application/json;q=0.4",
    "text/turtle, text/html;q=0.9",
    "text/turtle;q=0",
    "text/turtle;q=x, application/n-triples",
    "text/csv, application/n-triples;q=0.3",
    "application/rdf+xml, */*;q=0.1",
    "application/json;q=0, */*",
    "application/ld+json;profile=x",
)

_MISTAKES = """
limt=1 limit=0 limit=201 limit=10001 limit=ten format=pdf lang=xx lang=LV fallback=en,xx cursor=abc cursor=!
sort=nothing sort=id,-id sort=id,created,modified,id,start fields=titel fields=id,id include=everything
q=" q=* any=country any=country: any=country:Latvia country=Latvia country=LV,-LV country= year=17 region=lv
start_from=2018-13 start_to=1066 updated_since=2026-11-22T10:00:00+02:00 amount_from=1,5 has=nothing
missing_lang=fr highlight=maybe profile=excel id=No/Id status=approved,aproved
"""

MISTAKES = (
    *((name, value) for name, _, value in (mistake.partition("=") for mistake in _MISTAKES.split())),
    *(("q", "a" * 201), ("q", "\0"), ("kind", "x" * 301)),
)
"""Parameters that most lists refuse."""

_TARGETS = """
/nothing /nothing.json /projects/ //projects /Projects /projects/there-is-none /projects/there-is-none.ttl
/projects/No-Id /projects/%65nsie /projects/ensie/more /projects/ensie.pdf /projects/ensie.csv
/projects/ensie.json.json /projects/.json /projects.pdf /projects.json?format=ttl /projects.ttl?format=pdf
/projects/%00 /projects/%ff /projects/%C4%81 /projects/ā /index /index.pdf /index.json/ /.json
/vocab/nothing /vocab/role/nothing /vocab/role/ /vocab.csv /schemas/nothing.json /problems/nothing
/problems/gone.json /assets/nothing.css /assets/../pyproject.toml /sitemaps/projects-0.xml
/sitemaps/projects-2.xml /sitemaps/projects-9999999.xml /sitemaps/nothing-1.xml
/search /search.csv?q=social /search?q= /search?q=social&fields=id /search?q=social&country=LV
/livez/ /livez?x=1 /readyz?x=1
/? /?x /?format /?format= /?format=json&format=ttl /?lang=lv&lang=en /?fallback=en /?%ff=1 /?lang=%ff /?lang=%00
/projects?&& /projects?limit=1;cursor=a /projects?limit=2&highlight=true
/projects?country=LV&country=LT&country=-EE /projects?country=lva /projects?start_from=2019&start_to=2017
/projects?missing=end&end_from=2017 /projects.csv?include=lead /projects.csv?lang=lv
/projects.csv?profile=spreadsheet /projects.html?fields=id /projects.html?fallback=en /projects.html?lang=de
/grants?amount_from=1 /grants?amount_from=1&currency=EUR,USD
/grants?amount_from=9&amount_to=1&currency=EUR
http://diff.example/projects/ensie *
"""

_REFUSED = _TARGETS.split()

_LONG = (
    *(f"/{'a' * 8_191}", f"/{'a' * 8_192}", f"/projects?{'x' * 200}=1"),
    *(f"/projects?q={'a' * 4_096}", f"/projects?q={'a' * 8_192}"),
    *(f"/projects?id={','.join(['a'] * count)}" for count in (200, 201)),
    f"/projects?{'&'.join(['id=a'] * 251)}",
)

ERRORS = (
    *(Request(target) for target in (*_REFUSED, *_LONG, "/projects/a b")),
    *(Request(target, method="HEAD") for target in _REFUSED[:8]),
    *(Request(target, (("Accept", "text/html"),)) for target in _REFUSED[:8]),
    *(Request("/projects", (("Host", host),)) for host in (None, "", "a b", "a.example/", "[::1]:8000")),
    Request("/projects", (("Host", "a.example"), ("Host", "b.example"))),
    Request("/livez", (("Host", ""),)),
    Request("/projects", (("X-Long", "x" * 17_000),)),
    Request("/projects", (("Accept", "text/turtle"), ("Accept", "text/html;q=0.5"))),
    *(Request(path, (("Content-Length", "1"),), content="x") for path in ("/projects", "/livez")),
    Request("/projects", (("Content-Length", "0"),)),
    Request("/projects", (("Transfer-Encoding", "chunked"),), content="0\r\n\r\n"),
    Request("/projects", (("Content-Length", "1"),), "POST", "x"),
    *(Request("/nothing", method="POST"), Request("/projects", method="get")),
)
"""Refused requests, and some that are only just accepted."""
