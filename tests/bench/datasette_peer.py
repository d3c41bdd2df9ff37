"""Datasette as a peer: the same projects in plain tables, with the indexes that its queries need."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import click
from sqlalchemy import create_engine

from api.settings import Settings
from api.store_factory import create_store
from schema import MODEL
from tests.bench.databases import FOLDER, database_url
from tests.bench.entity_tables import EntityTableSet
from tests.bench.figures import CannotMeasureError
from tests.bench.servers import BenchServer, datasette_server

_PROGRAM = FOLDER / "datasette" / "bin" / "datasette"

_COLUMNS = """p.slug, p.title_lv, p.title_en, p.acronym, p.status, p.start, p."end", p.countries,
    o.slug AS lead, o.name_lv AS lead_lv, o.name_en AS lead_en"""

_LIST_QUERY = f"""SELECT {_COLUMNS} FROM pair JOIN project AS p ON p.id = pair.project
    LEFT JOIN organisation AS o ON o.slug = p.lead
    WHERE pair.country = :country AND pair.funder = :funder ORDER BY pair.slug LIMIT 25"""  # noqa: S608 - our words

_SEARCH_QUERY = f"""SELECT {_COLUMNS} FROM project_words JOIN project AS p ON p.id = project_words.rowid
    LEFT JOIN organisation AS o ON o.slug = p.lead
    WHERE project_words MATCH :q ORDER BY project_words.rowid DESC LIMIT 25"""  # noqa: S608 - our words

_QUERIES = {"list": _LIST_QUERY, "search": _SEARCH_QUERY}

_TABLES = """
    CREATE TABLE organisation (slug TEXT PRIMARY KEY, name_lv TEXT, name_en TEXT, country TEXT);
    INSERT INTO organisation
        SELECT id, json_extract(name, '$.lv'), json_extract(name, '$.en'), country FROM entities.organisations;

    -- Numbered from the oldest to the newest, so that the newest are found first without sorting.
    CREATE TABLE project (id INTEGER PRIMARY KEY, slug TEXT UNIQUE, title_lv TEXT, title_en TEXT, acronym TEXT,
        summary_lv TEXT, summary_en TEXT, status TEXT, start TEXT, "end" TEXT, countries TEXT,
        lead TEXT REFERENCES organisation(slug), homepage TEXT);
    INSERT INTO project (slug, title_lv, title_en, acronym, summary_lv, summary_en, status, start, "end",
            countries, lead, homepage)
        SELECT id, json_extract(title, '$.lv'), json_extract(title, '$.en'), acronym,
            json_extract(summary, '$.lv'), json_extract(summary, '$.en'), status, start, "end", countries, lead,
            homepage
        FROM entities.projects ORDER BY start_earliest NULLS FIRST, id DESC;

    CREATE TABLE participation (project INTEGER REFERENCES project(id),
        organisation TEXT REFERENCES organisation(slug), role TEXT, country TEXT);
    INSERT INTO participation
        SELECT p.id, one.organisation, one.role, one.country
        FROM entities.projects_participations AS one JOIN project AS p ON p.slug = one.record;
    CREATE INDEX participation_project ON participation(project);
    CREATE INDEX participation_organisation ON participation(organisation);

    CREATE TABLE pair (country TEXT, funder TEXT, slug TEXT, project INTEGER REFERENCES project(id),
        PRIMARY KEY (country, funder, slug)) WITHOUT ROWID;
    INSERT OR IGNORE INTO pair
        SELECT country.value, json_extract(funder.value, '$.id'), p.slug, p.id
        FROM tikls.record AS one JOIN project AS p ON p.slug = one.id, json_each(p.countries) AS country,
            json_each(CAST(one.list_item AS TEXT), '$.funders') AS funder
        WHERE one.entity = 'Project' AND one.revision IS NOT NULL;

    CREATE VIRTUAL TABLE project_words USING fts5(title_lv, title_en, summary_lv, summary_en,
        content='project', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
    INSERT INTO project_words(project_words) VALUES ('rebuild');
    ANALYZE;
"""


@contextmanager
def serve(file: Path) -> Iterator[BenchServer]:
    """Serve the projects of a SQLite file of Tikls with Datasette."""
    if not _PROGRAM.exists():
        message = "Datasette is not installed; `make bench` does that"
        raise CannotMeasureError(message)
    tables = _ensure_tables(file)
    metadata = tables.with_suffix(".json")
    queries = {name: {"sql": query} for name, query in _QUERIES.items()}
    metadata.write_text(json.dumps({"databases": {tables.stem: {"queries": queries}}}))
    with datasette_server(_PROGRAM, tables, metadata) as server:
        yield server


def row_paths(file: Path, slugs: Sequence[str]) -> list[str]:
    """Return the paths of some projects."""
    tables = _ensure_tables(file)
    with closing(sqlite3.connect(tables)) as connection:
        statement = "SELECT id FROM project WHERE slug = ?"
        numbers = [connection.execute(statement, [slug]).fetchone()[0] for slug in slugs]
    return [f"/{tables.stem}/project/{number}.json" for number in numbers]


def list_paths(file: Path, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return the paths of filtered lists."""
    return [_query_path(file, "list", country=country, funder=funder) for country, funder in pairs]


def search_paths(file: Path, words: Sequence[str]) -> list[str]:
    """Return the paths of searches, newest projects first."""
    return [_query_path(file, "search", q=f'"{word}"') for word in words]


def _query_path(file: Path, query: str, **values: str) -> str:
    return f"/{_tables_file(file).stem}/{query}.json?{urlencode({**values, '_shape': 'objects'})}"


def _tables_file(file: Path) -> Path:
    return file.with_name(f"{file.stem}-tables.db")


def _ensure_tables(file: Path) -> Path:
    """Return the file of the plain tables, and make it if it does not exist."""
    tables = _tables_file(file)
    if not tables.exists():
        click.echo("Making the tables that Datasette serves.", err=True)
        unfinished = tables.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        entities = tables.with_suffix(".entities")
        entities.unlink(missing_ok=True)
        store, engine = (
            create_store(Settings(database=database_url(file))),
            create_engine(f"sqlite:///{entities}"),
        )
        with engine.begin() as target:
            EntityTableSet(MODEL).fill(store, target)
        engine.dispose()
        with closing(sqlite3.connect(unfinished)) as connection:
            connection.execute("ATTACH ? AS tikls", [str(file)])
            connection.execute("ATTACH ? AS entities", [str(entities)])
            connection.executescript(_TABLES)
        entities.unlink()
        unfinished.rename(tables)
    return tables
