"""The listening sockets of a server: of its start, which hands it on, and of its workers."""

import socket
import sys

BACKLOG = 4_096
"""The length of the queue of connections that are yet to be accepted."""

STALL_SECONDS: float = 30
"""The time that a client may take without receiving any more of a response."""


def open_listener(host: str, port: int, stall_seconds: float = STALL_SECONDS) -> socket.socket:
    """Open a listening socket, beside which others can be opened at the same port. Connections inherit its options."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(stall_seconds * 1000))
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener
