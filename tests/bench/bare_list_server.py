"""A bare handler of lists: it runs the same statement as Tikls, joins the items, and does nothing else.

`python -m tests.bench.bare_list_server DATABASE ROUTE STATEMENTS PORT`; the server has the same configuration as Tikls.
Its rate is the part of the limit that remains if a page is read at all.
"""

import sqlite3
import sys
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Request, get

from tests.bench.comparison_server import serve


def application() -> Litestar:
    """Return the application. A worker inherits the command line of its parent process."""
    database, route, file = sys.argv[1:4]
    statements = msgspec.json.decode(Path(file).read_bytes(), type=dict[str, tuple[str, list[Any]]])
    connection = sqlite3.connect(f"{Path(database).as_uri()}?mode=ro", uri=True, isolation_level=None)

    @get(route, media_type="application/json")
    async def list_page(request: Request[Any, Any, Any]) -> bytes:
        statement, values = statements[request.scope["query_string"].decode()]
        rows = connection.execute(statement, values).fetchall()
        return b'{"items":[%b]}' % b",".join([body for *_, body in rows])

    return Litestar([list_page], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    serve("tests.bench.bare_list_server", int(sys.argv[4]))
