"""The factory of the ASGI application that a worker process serves."""

import gc
import os

from litestar import Litestar

from api.application import create
from api.http.problems import MEDIA_TYPE, too_many_connections
from api.settings import read_settings

_LANGUAGE = "en"
"""The language of a refusal, before anything of a request was read."""


def application() -> Litestar:
    """Create the application of a worker, with settings from environment variables.

    Its state has the response to the connections that the worker refuses.
    """
    settings = read_settings(os.environ)
    app = create(settings)
    app.state.refusal = _refusal(settings.base)
    # These objects live until the process ends. Frozen, they are not traversed by full garbage collections,
    # which would delay responses.
    gc.collect()
    gc.freeze()
    gc.enable()  # The supervisor disabled it for the start.
    return app


def _refusal(base: str) -> bytes:
    """Return the whole HTTP response to a connection that is refused."""
    problem = too_many_connections()
    body = problem.body(base, _LANGUAGE)
    headers = {
        "content-type": MEDIA_TYPE,
        "content-language": _LANGUAGE,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "connection": "close",
        **problem.headers,
    }
    lines = ["HTTP/1.1 503 Service Unavailable", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
