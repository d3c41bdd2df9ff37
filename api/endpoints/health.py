"""Liveness and readiness: ordinary handlers, which answer also while the database is unavailable."""

from typing import Any, Protocol

from litestar import HttpMethod, MediaType, Request, Response, route
from litestar.handlers import HTTPRouteHandler

from api.endpoints.endpoint import Endpoint, EndpointContext
from api.http import request as http_request
from api.http.problems import database_unavailable
from api.http.response import COMMON_HEADERS
from api.resources.route import SERVICE_TAG
from api.store.maintenance.newest_schema_version import newest_schema_version
from api.store.readers.reader import DatabaseUnavailableError, QueryTimeoutError, Reader, TooManyQueriesError

_METHODS = [HttpMethod.GET, HttpMethod.HEAD]
_HEADERS = {**COMMON_HEADERS, "cache-control": "no-store"}


ALIVE = b'{"status":"alive"}'
"""The answer of a process that runs."""


class ReaderHolder(Protocol):
    """Has the reader of the database while the application runs, and the context of endpoints with its statements."""

    reader: Reader | None
    context: EndpointContext


@route("/livez", http_method=_METHODS, sync_to_thread=False)
def livez(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer 200 while the process runs."""
    http_request.Request.from_scope(request.scope).parameters(())
    return Response(ALIVE, headers=_HEADERS, media_type=MediaType.JSON)


@route("/readyz", http_method=_METHODS)
async def readyz(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Answer 200 if what answers read can be read, in tables of this version. Raise Unavailable if not."""
    http_request.Request.from_scope(request.scope).parameters(())
    if not await _is_ready(request.app.state.dispatcher):
        raise database_unavailable()
    return Response({"status": "ready"}, headers=_HEADERS)


HEALTH_PATHS = frozenset((*livez.paths, *readyz.paths))
"""The paths that supervisors and proxies ask, which no budget may refuse."""


def endpoint(handler: HTTPRouteHandler, operation_id: str, summary: str, status: str) -> Endpoint:
    """Return the row of a handler that answers with a status."""
    (path,) = handler.paths
    value = {"type": "string", "const": status}
    schema = {"type": "object", "properties": {"status": value}, "required": ["status"]}
    content = {"application/json": {"schema": schema, "example": {"status": status}}}
    return Endpoint(
        path, operation_id, SERVICE_TAG, summary, content, route=handler, reads_database=handler is readyz
    )


async def _is_ready(holder: ReaderHolder) -> bool:
    if holder.reader is None:
        return False
    try:
        ((version, generation, *_),) = await holder.reader.rows(holder.context.statements.readiness, {})
    except (DatabaseUnavailableError, QueryTimeoutError, TooManyQueriesError):
        return False
    return version == newest_schema_version() and generation is not None
