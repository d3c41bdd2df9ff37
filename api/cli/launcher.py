"""From the command line to the server."""

import os
import socket
import sys
from typing import NoReturn

import click

from api.settings import Settings


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


def become_server(settings: Settings) -> NoReturn:
    """Go on as the server, which has no use for what this process has in memory; nothing comes behind it."""
    sys.stdout.flush()
    sys.stderr.flush()
    where = [settings.host, str(settings.port), str(settings.workers)]
    # The same interpreter with our own arguments.
    os.execv(sys.executable, [sys.executable, "-m", "api.cli.supervisor", *where])  # noqa: S606
