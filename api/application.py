"""The application: what is public, which is read without routing, and operations, which have handlers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.types import HTTPScope, LifeSpanScope, Receive, Scope, Send

from api.dispatcher import Dispatcher
from api.endpoints.health import livez, readyz
from api.http.problems import MEDIA_TYPE, problem_from
from api.http.request_guard import HttpApp, RequestGuard
from api.http.response import COMMON_HEADERS
from api.renderer_factory import create_renderer
from api.response_cache import ResponseCache
from api.settings import Settings
from api.store.database.database import Database
from api.store.readers.factory import open_reader
from schema import MODEL
from schema.model import Model
from schema.storage.tables import Tables

_MEGABYTE = 1_000_000


def create(settings: Settings, model: Model = MODEL) -> Litestar:
    """Return the application of one installation; it opens its connections when it starts."""
    # Not a whole store, as writing needs more than is needed here.
    database = Database(settings.database)
    mount = Dispatcher(create_renderer(settings, model), Tables(model))
    public = ResponseCache(mount, settings.cache * _MEGABYTE) if settings.cache else mount

    @asynccontextmanager
    async def connections(_: Litestar) -> AsyncIterator[None]:
        mount.reader = await open_reader(database, settings.deadline)
        try:
            yield
        finally:
            await mount.reader.close()
            database.close()

    application = Application(
        [livez, readyz],
        lifespan=[connections],
        exception_handlers={Exception: partial(_tell, settings.base)},
        openapi_config=None,
        logging_config=None,
        state=State({"mount": mount}),
    )
    application.first = RequestGuard(_parted(public, application.route), settings.base)
    return application


class Application(Litestar):
    """Litestar, and what stands before it: middleware would come only after routing, which refuses by itself."""

    first: HttpApp

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Any, send: Any) -> None:
        """Start, answer a request, or end."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
        else:
            await self.first(cast("HTTPScope", scope), receive, send)

    async def route(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer a request by one of the handlers."""
        await super().__call__(scope, receive, send)


def _parted(public: HttpApp, operations: HttpApp) -> HttpApp:
    """Return what lets handlers answer operations, and the reading side all else.

    Routing would take a third of the time in which a record is read.
    """
    handlers = (livez, readyz)
    paths = {path for handler in handlers for path in handler.paths}

    async def answer(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await (operations if scope["path"] in paths else public)(scope, receive, send)

    return answer


def _tell(base: str, _: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    problem = problem_from(error)
    return Response(
        problem.body(base),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={**COMMON_HEADERS, "cache-control": "no-store", **problem.headers},
    )
