"""An editor who publishes project after project with a new title.

`python -m tests.bench.editing DATABASE COUNT` does so until it is stopped, with what the load leaves of its
core, and adds a byte to the file COUNT for each project.
"""

import os
import random
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import msgspec
from sqlalchemy import select

from api.settings import Settings
from api.store.database.session import Session
from api.store.log.actions import RecordAction, publish
from api.store.log.head import Clock, utc_now
from api.store.log.revisions import Revisions
from api.store.publishing.store import Store
from api.store_factory import create_store
from tests.bench.servers import BASE


def store_at(database: str, clock: Clock = utc_now) -> Store:
    """Return the store of a database that the bench made."""
    return create_store(Settings(database=database, base=BASE), clock=clock)


def edits(store: Store, ids: Sequence[str], number: int) -> list[RecordAction]:
    """Return what publishes some projects, each with a title that it does not have yet."""
    title = {"lv": f"Jauns nosaukums, {number}. reizi", "en": f"A new title, the {number}th"}
    keys = [("Project", one) for one in ids]
    with store.database.reading() as connection:
        found = Revisions(Session(connection, store.statements), store.renderer.model).published(keys)
    return [publish(msgspec.structs.replace(found[key].record, title=title)) for key in keys]


def _edit_without_pause(database: str, counted: Path) -> None:
    os.nice(19)
    store = store_at(database)
    published = store.tables.published
    with store.database.reading() as connection:
        ids = connection.scalars(select(published.c.id).where(published.c.entity == "Project")).all()
    dice = random.Random(1)  # noqa: S311 - the same each time
    with counted.open("ab", buffering=0) as tally:
        for number in count():
            store.commit(edits(store, [dice.choice(ids)], number), "bench")
            tally.write(b".")


if __name__ == "__main__":
    _edit_without_pause(sys.argv[1], Path(sys.argv[2]))
