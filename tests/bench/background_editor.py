"""An editor that publishes one project after another with a new title.

`python -m tests.bench.background_editor DATABASE COUNT` runs until it is stopped, at the lowest priority, because it
shares its core with the load. It appends a byte to the file COUNT for each project.
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
from api.store.database.writing_session import Session
from api.store.log.actions import RecordAction, publish
from api.store.log.clock import Clock, utc_now
from api.store.log.revision_reader import Revisions
from api.store.publishing.store import Store
from api.store_factory import create_store
from tests.bench.servers import BASE


def open_store(database: str, clock: Clock = utc_now) -> Store:
    """Return the store of a database of the bench."""
    return create_store(Settings(database=database, base=BASE), clock=clock)


def title_edits(store: Store, ids: Sequence[str], number: int) -> list[RecordAction]:
    """Return actions that publish some projects, each with a new title."""
    title = {"lv": f"Jauns nosaukums, {number}. reizi", "en": f"A new title, the {number}th"}
    keys = [("Project", identifier) for identifier in ids]
    with store.database.reading() as connection:
        revisions = Revisions(Session(connection, store.statements), store.renderer.model).published(keys)
    return [publish(msgspec.structs.replace(revisions[key].record, title=title)) for key in keys]


def _edit_without_pause(database: str, count_file: Path) -> None:
    os.nice(19)
    store = open_store(database)
    record = store.tables.record
    with store.database.reading() as connection:
        is_public_project = (record.c.entity == "Project", record.c.revision.is_not(None))
        ids = connection.scalars(select(record.c.id).where(*is_public_project)).all()
    dice = random.Random(1)  # noqa: S311 - the same each time
    with count_file.open("ab", buffering=0) as counter:
        for number in count():
            store.commit(title_edits(store, [dice.choice(ids)], number), "bench")
            counter.write(b".")


if __name__ == "__main__":
    _edit_without_pause(sys.argv[1], Path(sys.argv[2]))
