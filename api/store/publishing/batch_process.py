"""A process that executes tasks for batches of records, `python -m api.store.publishing.batch_process`.

It reads its configuration and batches from the standard input, and writes results to the standard output.
"""

import os
import sys
from contextlib import suppress
from typing import Any

from api.store.database.database import Database
from api.store.database.statement_cache import StatementCache
from api.store.database.writing_session import Session
from api.store.projection.fingerprint import fingerprint
from api.store.publishing.batch_processes import ProcessConfiguration, Task, read_message, write_message
from api.store.publishing.garbage_collection import rare_collections
from api.store.publishing.rebuild import Rebuild
from schema import MODEL
from schema.declaration.entity_base import RecordKey
from schema.documents.renderer import Renderer
from schema.storage.tables import TABLES
from vocab.uri_builder import Uris

_Message = tuple[Task, list[RecordKey], list[dict[str, list[str]]]]
"""A task, the keys of a batch, and the ids in the derived lists of each record by field."""


@rare_collections()
def main() -> None:
    """Execute tasks in one snapshot until the standard input ends. Do nothing if the caller has other code."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a library prints is no result.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    configuration = read_message(source, ProcessConfiguration)
    settings = (configuration.languages, configuration.licence, configuration.publisher)
    renderer = Renderer(MODEL, Uris(configuration.base), *settings)
    if fingerprint(renderer) != configuration.fingerprint:
        return
    database = Database(configuration.database)
    with database.reading() as connection:
        rebuild = Rebuild(Session(connection, StatementCache(TABLES, database.kind)), renderer)
        rebuild.read_record_numbers()
        functions = {Task.COMPARE: rebuild.compare, Task.RENDER: rebuild.render}
        while True:
            task, keys, lists = read_message(source, _Message)
            result: Any = None
            # The caller executes the batch itself then, and so gets the error.
            with suppress(Exception):
                result = functions[task](keys, dict(zip(keys, lists, strict=True)))
            write_message(target, result)


if __name__ == "__main__":
    with suppress(EOFError, OSError):
        main()
