"""Launch of the server: checks of port and open files, and replacement of this process by the supervisor."""

import os
import socket
import sys
from typing import NoReturn

import click

from api.cli.descriptor_limit import few_connections_warning, raise_descriptor_limit
from api.settings import MAX_PORT, Settings


def announce(settings: Settings) -> None:
    """Print the address of the server, and URLs to try."""
    base = settings.base
    if "//0.0.0.0" in base or "//[::]" in base:
        click.echo(
            f"Clients cannot reach the base URL {base}. Set TIKLS_BASE to the public base URL.", err=True
        )
    click.echo(f"Serving at {settings.listening_url}; try")
    for path in ("/", "/projects/ensie", "/projects/ensie.ttl", "/organisations?limit=2", "/vocab/role"):
        click.echo(f"  {base}{path}")


def check_descriptors() -> None:
    """Raise the limit of open files as far as it can be. Raise OSError if it leaves too few to serve."""
    if warning := few_connections_warning(raise_descriptor_limit()):
        click.echo(warning, err=True)


def check_port(settings: Settings) -> None:
    """Raise OSError if the port cannot be bound, because another server listens on it.

    Granian itself would share the port with that server, or retry without end. The message names the settings.
    """
    kind = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            other_port = settings.port + 1 if settings.port < MAX_PORT else settings.port - 1
            message = (
                f"Cannot listen at {settings.listening_url}: {error.strerror}. "
                f"Set another port, such as TIKLS_PORT={other_port}, or another TIKLS_HOST."
            )
            raise OSError(message) from error


def become_server(settings: Settings, listener: socket.socket) -> NoReturn:
    """Replace this process by the supervisor, which frees the memory of migration and loading.

    It goes on with the listening socket, in whose queue connections wait meanwhile.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    arguments = [settings.host, str(settings.port), str(settings.workers), str(settings.deadline)]
    # Granian opens the sockets by itself elsewhere.
    if sys.platform == "linux":
        listener.set_inheritable(True)
        arguments.append(str(listener.detach()))
    # The command is this interpreter, and the arguments are validated settings.
    os.execv(sys.executable, [sys.executable, "-m", "api.cli.supervisor", *arguments])  # noqa: S606
