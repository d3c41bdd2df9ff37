"""Tests of the database URL: every spelling means the same to both drivers, and what one does not take is refused."""

import asyncio
from urllib.parse import quote

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL

from api.settings import SettingsError, read_settings
from api.store.database.database import Database
from api.store.database.database_url import (
    ConnectionParameters,
    DatabaseUrlError,
    parse_url,
    without_password,
)

SPELLINGS = (
    "postgresql://{user}@/{database}?host={host}&port={port}",
    "postgresql://{user}@:{port}/{database}?host={host}",
    "postgresql://{user}@{host}:{port}/{database}",
    "postgresql:///{database}?user={user}&host={host}&port={port}",
    "postgresql://:{port}/{database}?user={user}&host={host}&sslmode=prefer",
    "postgresql://{user}@{host}:{port}/{database}?host={host}&port={port}&user={user}",
    "postgresql+psycopg://{user}@{host}:{port}/{database}?sslmode=disable",
)

SESSION = "SELECT current_database(), current_user, current_setting('work_mem')"

REFUSED = (
    "postgresql://a@one,two/name",
    "postgresql://a@/name?host=one,two",
    "postgresql://a@/name?host=@abstract",
    "postgresql://a@one/name?host=two",
    "postgresql://a@/name?host=one&host=two",
    "postgresql://a@one:5432/name?port=5433",
    "postgresql://a@one/name?user=b",
    "postgresql://a:b@one/name?password=c",
    "postgresql://a@one:0/name",
    "postgresql://a@one:65536/name",
    "postgresql://a@one:x/name",
    "postgresql://a@one/name?port=x",
    "postgresql://a@one/name?sslmode=on",
    "postgresql://a@one/name?sslrootcert=/nowhere/root.crt",
    "postgresql://a@one/name?sslcert=/nowhere/a.crt&sslkey=/nowhere/a.key",
    "postgresql://a@one/name?connect_timeout=3",
    "postgresql://a@one/name?target_session_attrs=read-write",
    "postgresql://a@one/na%00me",
    "sqlite:////tmp/name?mode=ro",
)

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_an_address_reaches_the_same_database_with_both_drivers(
    postgresql_server, spelling
):
    known = conninfo_to_dict(postgresql_server)
    parts = {
        "host": known["host"],
        "port": known.get("port", "5432"),
        "user": known.get("user", "postgres"),
        "database": known["dbname"],
    }
    address = spelling.format_map({name: quote(str(part), safe="") for name, part in parts.items()})
    address += f"{'&' if '?' in address else '?'}options=-c%20work_mem%3D4321kB"
    if known.get("password"):
        address += f"&password={quote(known['password'], safe='')}"

    async def read_with_asyncpg():
        connection = await asyncpg.connect(**database.parameters.for_asyncpg(jit="off"))
        try:
            return tuple(await connection.fetchrow(SESSION))
        finally:
            await connection.close()

    database = Database(address)
    try:
        with database.reading() as connection:
            by_psycopg = tuple(connection.exec_driver_sql(SESSION).one())
    finally:
        database.close()
    assert by_psycopg == (parts["database"], parts["user"], "4321kB")
    assert asyncio.run(read_with_asyncpg()) == by_psycopg


@given(TEXTS, TEXTS, TEXTS)
def test_any_text_in_an_address_is_the_same_in_both_spellings(user, password, database):
    in_front = URL.create("postgresql", user, password, "host", 5433, database)
    query = {"user": user, "password": password, "host": "host", "port": "5433"}
    in_query = URL.create("postgresql", database=database, query=query)
    expected = ConnectionParameters("host", 5433, user, database, password)
    for url in (in_front, in_query):
        assert ConnectionParameters.from_url(url) == expected
        text = url.render_as_string(hide_password=False)
        assert ConnectionParameters.from_url(parse_url(text)) == expected
    assert expected.for_psycopg().items() >= {"user": user, "password": password, "dbname": database}.items()
    assert (
        expected.for_asyncpg().items() >= {"user": user, "password": password, "database": database}.items()
    )


def test_what_an_address_leaves_out_is_filled_in_for_both_drivers(monkeypatch):
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGOPTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGUSER", "somebody")
    parameters = ConnectionParameters.from_url(parse_url("postgresql://"))
    assert parameters == ConnectionParameters("/var/run/postgresql", 5432, "somebody", "somebody")
    monkeypatch.setenv("PGHOST", "db.example")
    assert ConnectionParameters.from_url(parse_url("postgresql:///name")).host == "db.example"


def test_files_of_tls_reach_both_drivers(tmp_path):
    certificate = tmp_path / "root certificate&.crt"
    certificate.touch()
    url = URL.create(
        "postgresql", "a", host="h", query={"sslmode": "verify-full", "sslrootcert": str(certificate)}
    )
    parameters = ConnectionParameters.from_url(url)
    assert parameters.for_psycopg()["sslrootcert"] == str(certificate)
    assert (
        f"sslrootcert={quote(str(certificate), safe='').replace('%20', '+')}"
        in parameters.for_asyncpg()["dsn"]
    )


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_a_driver_does_not_take_is_refused_in_one_line(address):
    with pytest.raises(DatabaseUrlError):
        Database(address)
    with pytest.raises(SettingsError) as refused:
        read_settings({"TIKLS_DATABASE": address})
    (line,) = refused.value.problems
    assert line.startswith("TIKLS_DATABASE: ")
    assert "\n" not in line


@pytest.mark.parametrize("address", ["postgresql://a:secret@h/n", "postgresql://a@h/n?password=secret"])
def test_no_password_is_shown(address):
    assert "secret" not in without_password(address)
    assert "secret" not in repr(Database(address).parameters)
