"""Running the server."""

import os

import click
from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar

from api.application import create
from api.settings import Settings, read


def application() -> Litestar:
    """Return the application that a worker serves; it has its settings from the environment."""
    return create(read(os.environ))


def announce(settings: Settings) -> None:
    """Say where the server is, and what to try."""
    base = settings.base
    click.echo(f"Serving at http://{settings.host}:{settings.port}; try")
    for path in ("/", "/projects/ensie", "/projects/ensie.ttl", "/organisations?limit=2", "/vocab/role"):
        click.echo(f"  {base}{path}")


def run(settings: Settings) -> None:
    """Serve until stopped."""
    Granian(
        "api.serving:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        log_access=False,
    ).serve()
