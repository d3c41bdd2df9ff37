"""The HTTP server of the comparison applications: configured as that of Tikls, with one worker."""

from granian import Granian
from granian.constants import Interfaces


def serve(module: str, port: int, interface: Interfaces = Interfaces.ASGI) -> None:
    """Serve the result of the function `application` of a module until a signal stops it."""
    Granian(f"{module}:application", factory=True, interface=interface, port=port, log_access=False).serve()
