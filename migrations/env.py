"""Alembic's way in: runs the migrations on the connection that it is given."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from migrations.autogenerate import is_declared
from schema import MODEL
from schema.storage.tables import NUMBER, TEXT, Tables


def render_item(kind: str, item: Any, _: AutogenContext) -> str | bool:
    """Write our two column types by the names that every migration gives them."""
    names = [name for name, type_ in (("TEXT", TEXT), ("NUMBER", NUMBER)) if item is type_]
    return names[0] if kind == "type" and names else False


def run(connection: Connection) -> None:
    """Run what `alembic.command` asks for, inside the transaction that is open."""
    context.configure(
        connection=connection,
        target_metadata=Tables(MODEL).metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
        include_name=is_declared,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
