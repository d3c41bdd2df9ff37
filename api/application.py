"""The application: the public addresses, answered by the dispatcher, and Litestar's handlers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.types import HTTPScope, LifeSpanScope, Receive, Scope, Send

from api.dispatcher import ALL_ENDPOINTS, Dispatcher
from api.endpoints.endpoint import Endpoint
from api.endpoints.health import HEALTH_PATHS
from api.formats.format import Format
from api.formats.registry import FORMATS
from api.http import request as http_request
from api.http.problems import problem_from
from api.http.request_guard import HttpApp, RequestGuard
from api.http.response import ProblemResponder, cache_control
from api.http.server_time_budget import ServerTimeBudget
from api.lists.page_reader import Paginator
from api.renderer_factory import create_renderer
from api.response_cache import ResponseCache
from api.settings import Settings
from api.store.database.database import Database
from api.store.queries.select_statements import select_statements
from api.store.readers.factory import open_reader
from schema import MODEL
from schema.model import Model
from schema.storage.tables import TABLES

_MEGABYTE = 1_000_000

_MIN_INDEX_SIZE = 16 * _MEGABYTE
"""Bytes of the record index, unless half of the size of the response cache is more."""


def create(
    settings: Settings,
    model: Model = MODEL,
    formats: Sequence[Format] = FORMATS,
    endpoints: Sequence[Endpoint] = ALL_ENDPOINTS,
) -> Litestar:
    """Return the application of one installation. It connects to the database when it starts."""
    database = Database(settings.database)  # not a store: publishing needs more memory
    renderer, paginator = create_renderer(settings, model), _paginator(settings, model)
    caching, deadline = cache_control(settings.max_age, settings.stale_while_revalidate), settings.deadline
    dispatcher = Dispatcher(renderer, paginator, formats, endpoints, caching)
    public = ResponseCache(dispatcher, settings.cache * _MEGABYTE) if settings.cache else dispatcher

    @asynccontextmanager
    async def connections(_: Litestar) -> AsyncIterator[None]:
        dispatcher.reader, dispatcher.deadline = await open_reader(database, deadline), deadline
        try:
            yield
        finally:
            await dispatcher.reader.close()
            database.close()

    routes = [endpoint.route for endpoint in endpoints if endpoint.route]
    application = Application(
        routes,
        lifespan=[connections],
        exception_handlers={Exception: partial(_problem_response, dispatcher.respond_to_problem)},
        openapi_config=None,
        logging_config=None,
        state=State({"dispatcher": dispatcher}),
    )
    respond = dispatcher.respond_to_problem
    guarded = RequestGuard(_by_path(routes, application.route_request, public), respond)
    application.entry = ServerTimeBudget(guarded, respond, settings.budget, settings.proxies, HEALTH_PATHS)
    return application


def _paginator(settings: Settings, model: Model) -> Paginator:
    """Return the paginator of all lists, with the record index of the process."""
    index_size = max(_MIN_INDEX_SIZE, settings.cache * _MEGABYTE // 2)
    return Paginator(select_statements(TABLES), model, index_size)


class Application(Litestar):
    """Litestar behind an ASGI application of ours: its middleware would run after routing, which refuses by itself."""

    entry: HttpApp

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Any, send: Any) -> None:
        """Start, answer a request, or shut down."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
        else:
            await self.entry(cast("HTTPScope", scope), receive, send)

    async def route_request(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer a request by one of Litestar's handlers."""
        await super().__call__(scope, receive, send)


def _by_path(routes: Sequence[HTTPRouteHandler], handlers: HttpApp, public: HttpApp) -> HttpApp:
    """Return an application that sends the paths of routes to Litestar's handlers, and all others past its routing.

    Routing would take a third of the time of reading a record.
    """
    paths = {path for route in routes for path in route.paths}

    async def answer(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await (handlers if scope["path"] in paths else public)(scope, receive, send)

    return answer


def _problem_response(
    respond_to_problem: ProblemResponder, request: Request[Any, Any, Any], error: Exception
) -> Response[bytes]:
    parsed = http_request.Request.from_scope(request.scope)
    status, headers, body, *_ = respond_to_problem(parsed, problem_from(error))
    return Response(
        body, status_code=status, headers={name.decode(): value.decode() for name, value in headers}
    )
