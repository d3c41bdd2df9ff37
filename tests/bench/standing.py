"""How the servers beside ours are set: as ours is, with one worker."""

from granian import Granian
from granian.constants import Interfaces


def serve(module: str, port: int, interface: Interfaces = Interfaces.ASGI) -> None:
    """Serve what the function `application` of a module returns, until asked to end."""
    Granian(f"{module}:application", factory=True, interface=interface, port=port, log_access=False).serve()
