"""Datasette beside us: the same projects as plain tables, with the indexes and the search that its questions want."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import click

from tests.bench.content import FOLDER
from tests.bench.figures import CannotMeasureError
from tests.bench.servers import Server, datasette

_PROGRAM = FOLDER / "datasette" / "bin" / "datasette"

_SHOWN = """p.slug, p.title_lv, p.title_en, p.acronym, p.status, p.start, p."end", p.countries,
    o.slug AS lead, o.name_lv AS lead_lv, o.name_en AS lead_en"""

_LISTED = f"""SELECT {_SHOWN} FROM pair JOIN project AS p ON p.id = pair.project
    LEFT JOIN organisation AS o ON o.slug = p.lead
    WHERE pair.country = :country AND pair.funder = :funder ORDER BY pair.slug LIMIT 25"""  # noqa: S608 - our words

_FOUND = f"""SELECT {_SHOWN} FROM project_words JOIN project AS p ON p.id = project_words.rowid
    LEFT JOIN organisation AS o ON o.slug = p.lead
    WHERE project_words MATCH :q ORDER BY project_words.rowid DESC LIMIT 25"""  # noqa: S608 - our words

_QUERIES = {"list": _LISTED, "search": _FOUND}

_TABLES = """
    CREATE TABLE organisation (slug TEXT PRIMARY KEY, name_lv TEXT, name_en TEXT, country TEXT);
    INSERT INTO organisation
        SELECT id, json_extract(name, '$.lv'), json_extract(name, '$.en'), country FROM tikls.organisations;

    -- Numbered from the oldest to the newest, so that the newest are found first without sorting.
    CREATE TABLE project (id INTEGER PRIMARY KEY, slug TEXT UNIQUE, title_lv TEXT, title_en TEXT, acronym TEXT,
        summary_lv TEXT, summary_en TEXT, status TEXT, start TEXT, "end" TEXT, countries TEXT,
        lead TEXT REFERENCES organisation(slug), homepage TEXT);
    INSERT INTO project (slug, title_lv, title_en, acronym, summary_lv, summary_en, status, start, "end",
            countries, lead, homepage)
        SELECT id, json_extract(title, '$.lv'), json_extract(title, '$.en'), acronym,
            json_extract(summary, '$.lv'), json_extract(summary, '$.en'), status, start, "end", countries, lead,
            homepage
        FROM tikls.projects ORDER BY start_earliest NULLS FIRST, id DESC;

    CREATE TABLE participation (project INTEGER REFERENCES project(id),
        organisation TEXT REFERENCES organisation(slug), role TEXT, country TEXT);
    INSERT INTO participation
        SELECT p.id, one.organisation, one.role, one.country
        FROM tikls.projects_participations AS one JOIN project AS p ON p.slug = one.record;
    CREATE INDEX participation_project ON participation(project);
    CREATE INDEX participation_organisation ON participation(organisation);

    CREATE TABLE pair (country TEXT, funder TEXT, slug TEXT, project INTEGER REFERENCES project(id),
        PRIMARY KEY (country, funder, slug)) WITHOUT ROWID;
    INSERT OR IGNORE INTO pair
        SELECT country.value, json_extract(funder.value, '$.id'), p.slug, p.id
        FROM tikls.item AS one JOIN project AS p ON p.slug = one.id, json_each(p.countries) AS country,
            json_each(CAST(one.body AS TEXT), '$.funders') AS funder
        WHERE one.entity = 'Project';

    CREATE VIRTUAL TABLE project_words USING fts5(title_lv, title_en, summary_lv, summary_en,
        content='project', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
    INSERT INTO project_words(project_words) VALUES ('rebuild');
    ANALYZE;
"""


@contextmanager
def served(file: Path) -> Iterator[Server]:
    """Serve the projects of one of our SQLite files with Datasette."""
    if not _PROGRAM.exists():
        message = "Datasette is not installed; `make bench` does that"
        raise CannotMeasureError(message)
    tables = _made(file)
    metadata = tables.with_suffix(".json")
    queries = {name: {"sql": query} for name, query in _QUERIES.items()}
    metadata.write_text(json.dumps({"databases": {tables.stem: {"queries": queries}}}))
    with datasette(_PROGRAM, tables, metadata) as server:
        yield server


def rows(file: Path, slugs: Sequence[str]) -> list[str]:
    """Return the addresses of some projects."""
    tables = _made(file)
    with closing(sqlite3.connect(tables)) as connection:
        find = "SELECT id FROM project WHERE slug = ?"
        numbers = [connection.execute(find, [slug]).fetchone()[0] for slug in slugs]
    return [f"/{tables.stem}/project/{number}.json" for number in numbers]


def lists(file: Path, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return the addresses of filtered lists."""
    return [_asked(file, "list", country=country, funder=funder) for country, funder in pairs]


def searches(file: Path, words: Sequence[str]) -> list[str]:
    """Return the addresses of searches, the newest first."""
    return [_asked(file, "search", q=f'"{word}"') for word in words]


def _asked(file: Path, query: str, **values: str) -> str:
    return f"/{_place(file).stem}/{query}.json?{urlencode({**values, '_shape': 'objects'})}"


def _place(file: Path) -> Path:
    return file.with_name(f"{file.stem}-tables.db")


def _made(file: Path) -> Path:
    """Return the plain tables of one of our files, made unless they were made before."""
    tables = _place(file)
    if not tables.exists():
        click.echo("Making the tables that Datasette serves.", err=True)
        unfinished = tables.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as connection:
            connection.execute("ATTACH ? AS tikls", [str(file)])
            connection.executescript(_TABLES)
        unfinished.rename(tables)
    return tables
