"""Running the server."""

import ctypes
import gc
import os
import signal
import socket
import sys

import click
from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar

from api.application import create
from api.settings import Settings, read


def application() -> Litestar:
    """Return the application that a worker serves; it has its settings from the environment."""
    made = create(read(os.environ))
    # It stays until the end: to look through all of it for garbage would keep clients waiting.
    gc.collect()
    gc.freeze()
    return made


def announce(settings: Settings) -> None:
    """Say where the server is, and what to try."""
    base = settings.base
    if "//0.0.0.0" in base or "//[::]" in base:
        click.echo("Every address begins with that of no machine: set TIKLS_BASE.", err=True)
    click.echo(f"Serving at http://{settings.host}:{settings.port}; try")
    for path in ("/", "/projects/ensie", "/projects/ensie.ttl", "/organisations?limit=2", "/vocab/role"):
        click.echo(f"  {base}{path}")


def check_port(settings: Settings) -> None:
    """Raise OSError if another server listens at the address already."""
    # Granian would share the port with it, or try again and again.
    kind = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(kind) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.host, settings.port))
        except OSError as error:
            message = f"cannot listen at {settings.host}:{settings.port}: {error.strerror}"
            raise OSError(message) from error


def run(settings: Settings) -> None:
    """Serve until stopped."""
    os.register_at_fork(after_in_child=_follow_parent)
    Granian(
        "api.serving:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_access=False,
    ).serve()


def _follow_parent() -> None:
    """Let a worker end when it is asked to, from its first moment on, and when its server is gone."""
    # It begins with its parent's handlers, which would only note the signal; its own come when it serves.
    for asked_to_end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked_to_end, signal.SIG_DFL)
    if sys.platform == "linux":
        # A worker whose server was killed would go on holding the port: prctl(2), PR_SET_PDEATHSIG.
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
