"""What those who run the server ask of it: whether it lives, and whether it can answer."""

from typing import Any

from litestar import HttpMethod, Request, Response, route
from sqlalchemy import Select, column, select, table

from api.dispatcher import Dispatcher
from api.http import problems
from api.http import request as reading
from api.http.response import COMMON_HEADERS
from api.store.maintenance.schema_version import newest_schema_version
from api.store.readers.reader import DatabaseUnavailableError, QueryTimeoutError

_GET = [HttpMethod.GET, HttpMethod.HEAD]

_HEADERS = {**COMMON_HEADERS, "cache-control": "no-store"}

_TABLES_ARE_OF: Select[Any] = select(column("version_num")).select_from(table("alembic_version"))


@route("/livez", http_method=_GET, sync_to_thread=False)
def livez(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Tell that the process answers."""
    reading.Request.from_scope(request.scope).parameters(())
    return Response({"status": "alive"}, headers=_HEADERS)


@route("/readyz", http_method=_GET)
async def readyz(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Tell that reading works, on tables of this version. Raise Unavailable if not."""
    reading.Request.from_scope(request.scope).parameters(())
    if not await _is_ready(request.app.state.mount):
        raise problems.database_unavailable()
    return Response({"status": "ready"}, headers=_HEADERS)


async def _is_ready(mount: Dispatcher) -> bool:
    if mount.reader is None:
        return False
    try:
        rows = await mount.reader.rows(_TABLES_ARE_OF, {})
    except (DatabaseUnavailableError, QueryTimeoutError):
        return False
    return [row[0] for row in rows] == [newest_schema_version()]
