"""The factory of the ASGI application that a worker process serves."""

import gc
import os

from litestar import Litestar

from api.application import create
from api.settings import read_settings


def application() -> Litestar:
    """Create the application of a worker, with settings from environment variables."""
    app = create(read_settings(os.environ))
    # These objects live until the process ends. Frozen, they are not traversed by full garbage collections,
    # which would delay responses.
    gc.collect()
    gc.freeze()
    gc.enable()  # The supervisor disabled it for the start.
    return app
