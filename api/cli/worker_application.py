"""The factory of the ASGI application that worker processes serve."""

import os

from litestar import Litestar

from api.application import create
from api.cli.http_messages import problem_message
from api.formats.html.templating import page_environment
from api.http.problems import too_many_connections
from api.settings import read_settings


def create_application() -> Litestar:
    """Create the application of the workers, with settings from environment variables.

    Its state has the response to the connections that a worker refuses.
    """
    settings = read_settings(os.environ)
    app = create(settings)
    app.state.refusal = problem_message(too_many_connections(), settings.base)
    page_environment()  # Not at the first page of each worker.
    return app
