"""What those who run the server ask of it: whether it lives, and whether it can answer."""

from typing import Any

import anyio.to_thread
from litestar import HttpMethod, Request, Response, route
from sqlalchemy.exc import SQLAlchemyError

from api.problems import Unavailable
from api.reading import request as reading
from api.reading.response import ALWAYS
from api.store.database import Database
from api.store.migrating import is_current

_GET = [HttpMethod.GET, HttpMethod.HEAD]
_HEADERS = {**ALWAYS, "cache-control": "no-store"}


@route("/livez", http_method=_GET, sync_to_thread=False)
def livez(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Tell that the process answers."""
    reading.Request.of(request.scope).parameters(())
    return Response({"status": "alive"}, headers=_HEADERS)


@route("/readyz", http_method=_GET)
async def readyz(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Tell that the database answers and has the tables of today. Raise Unavailable if not."""
    reading.Request.of(request.scope).parameters(())
    database: Database = request.app.state.database
    if not await anyio.to_thread.run_sync(_is_ready, database):
        message = "The database does not answer, or its tables are not those of this version."
        raise Unavailable(message, {"retry-after": "5"})
    return Response({"status": "ready"}, headers=_HEADERS)


def _is_ready(database: Database) -> bool:
    try:
        with database.reading() as connection:
            return is_current(connection)
    except SQLAlchemyError:
        return False
