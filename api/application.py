"""The application: the reading mount, the operations, and one place where problems are told."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Any

from litestar import Litestar, Request, Response, asgi
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from api.cache import Cache
from api.door import Door
from api.operations import livez, readyz
from api.problems import (
    MEDIA_TYPE,
    NOTHING_HERE,
    BadRequest,
    InternalError,
    MethodNotAllowed,
    NotFound,
    Problem,
)
from api.reading.mount import Mount
from api.reading.response import ALWAYS
from api.renderer import renderer_of
from api.settings import Settings
from api.store.database import Database
from api.store.opening import open_reader
from schema import MODEL
from schema.model import Model
from schema.tables import Tables

_MEGABYTE = 1_000_000
_log = logging.getLogger("tikls")


def create(settings: Settings, model: Model = MODEL) -> Litestar:
    """Return the application of one installation; it opens its connections when it starts."""
    # Not a whole store, as writing needs more than is needed here.
    database = Database(settings.database)
    mount = Mount(renderer_of(settings, model), Tables(model))

    @asgi("/", is_mount=True, copy_scope=False)
    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        await mount(scope, receive, send)

    @asynccontextmanager
    async def connections(_: Litestar) -> AsyncIterator[None]:
        mount.reader = await open_reader(database, settings.deadline)
        try:
            yield
        finally:
            await mount.reader.close()
            database.close()

    application = Litestar(
        [reading, livez, readyz],
        lifespan=[connections],
        exception_handlers={Exception: partial(_tell, settings.base)},
        openapi_config=None,
        logging_config=None,
        state=State({"mount": mount}),
    )
    # Around everything: middleware would come only after routing, which refuses by itself.
    application.asgi_handler = _before(application.asgi_handler, mount, settings)
    return application


def _before(app: ASGIApp, mount: Mount, settings: Settings) -> ASGIApp:
    """Return an application with the door before it, and before that the cache, if there is to be one."""
    door = Door(app, settings.base)
    return Cache(door, mount, settings.cache * _MEGABYTE) if settings.cache else door


def _tell(base: str, _: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    problem = _problem(error)
    return Response(
        problem.body(base),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={**ALWAYS, "cache-control": "no-store", **problem.headers},
    )


def _problem(error: Exception) -> Problem:
    """Return what a client may know of an error; the rest is for the log."""
    match error:
        case Problem():
            return error
        case HTTPException(status_code=HTTPStatus.NOT_FOUND):
            return NotFound(NOTHING_HERE)
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            return MethodNotAllowed("This address takes GET, HEAD.", {"allow": "GET, HEAD"})
        case HTTPException(status_code=status) if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return BadRequest("The request cannot be read.")
        case _:
            _log.error("A request failed.", exc_info=error)
            return InternalError("The fault is noted; try again later.")
