"""Tests of `serve` on an empty database: a new one gets the content of data/, one that lost its content does not."""

import psycopg
import pytest
from sqlalchemy import make_url

from tests.support.assertions import assert_command_failed
from tests.support.processes import free_port, run, serving, started
from tests.support.site import KINDS, ROOT


@pytest.fixture
def content(tmp_path):
    """A directory with one source, which is quickly loaded."""
    folder = tmp_path / "content" / "sources"
    folder.mkdir(parents=True)
    source = min((ROOT / "data/sources").iterdir())
    (folder / source.name).write_bytes(source.read_bytes())
    return folder.parent


def test_a_lost_file_is_not_replaced_by_old_content_unless_requested(content, tmp_path):
    path = tmp_path / "data.db"
    settings = {"database": f"sqlite:///{path}", "data": content}
    with serving(tmp_path, **settings) as server:
        assert server.get("/sources")[0] == 200
    assert run("backup", tmp_path / "log.gz", **settings).returncode == 0
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"data.db{suffix}").unlink(missing_ok=True)
    for _ in range(2):  # the empty file that the first start made is no new database either
        (line,) = assert_command_failed(run("serve", **settings), 1)
        assert line == (
            f"{path} is empty, but had content: restore a backup, or publish {content} by serve --load."
        )
    finished = run("restore", tmp_path / "log.gz", **settings)
    assert finished.returncode == 0, finished.stderr
    with serving(tmp_path, **settings) as server:
        assert b'"total":1' in server.get("/sources")[1]
    path.unlink()
    with started(tmp_path, free_port(), ["--load"], **settings) as server:
        server.wait_until_ready()
        assert b'"total":1' in server.get("/sources")[1]


def test_an_emptied_postgresql_database_is_not_filled_with_old_content_unless_requested(
    databases, content, tmp_path
):
    address = databases.empty("postgresql")
    settings = {"database": address, "data": content}
    with psycopg.connect(address, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"COMMENT ON DATABASE {name} IS 'It''s 100 % ours.'")
        for _ in range(2):
            with serving(tmp_path, **settings) as server:
                assert server.get("/sources")[0] == 200
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        (comment,) = connection.execute(query, [name]).fetchone()
        assert comment == "It's 100 % ours.\nTikls: the schema public had content."
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    for _ in range(2):
        (line,) = assert_command_failed(run("serve", **settings), 1)
        assert f"is empty, but had content: restore a backup, or publish {content} by serve --load." in line
    with started(tmp_path, free_port(), ["--load"], **settings) as server:
        server.wait_until_ready()
        assert b'"total":1' in server.get("/sources")[1]


def test_a_role_that_may_not_comment_on_its_postgresql_database_serves_it(databases, content, tmp_path):
    address = databases.empty("postgresql")
    with psycopg.connect(address, autocommit=True) as connection:
        name = connection.info.dbname
        role = f"{name}_guest"
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT ALL ON SCHEMA public TO {role}")
    url = make_url(address).set(username=role).render_as_string(hide_password=False)
    try:
        with serving(tmp_path, database=url, data=content) as server:
            assert server.get("/sources")[0] == 200
    finally:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {role}")
            connection.execute(f"DROP ROLE {role}")


def test_an_installation_without_content_starts_again(tmp_path):
    settings = {"database": f"sqlite:///{tmp_path}/data.db", "data": tmp_path / "no-content"}
    settings["data"].mkdir()
    for _ in range(2):
        with started(tmp_path, free_port(), **settings) as server:
            server.wait_until_ready()
            assert b'"total":0' in server.get("/sources")[1]
            assert server.stop() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_start_that_ended_after_the_migration_is_made_up_for_by_the_next(
    databases, kind, content, tmp_path
):
    address = databases.empty(kind)
    assert run("migrate", database=address).returncode == 0
    with started(tmp_path, free_port(), database=address, data=content) as server:
        server.wait_until_ready()
        assert b'"total":1' in server.get("/sources")[1]
        assert server.stop() == 0
