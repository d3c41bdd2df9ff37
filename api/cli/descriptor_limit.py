"""The limit of open files of a process, and how many connections a worker may have within it."""

import resource

_RESERVED = 128
"""The open files of a worker that are no connections of clients: databases, event loop, files."""

MAX_CONNECTIONS = 16_384
"""The most connections of a worker."""

MAX_DESCRIPTORS = MAX_CONNECTIONS + _RESERVED
"""The most open files of a worker."""

_FEW_CONNECTIONS = 1_024
"""A server with fewer gives a warning."""

_MIN_CONNECTIONS = 128
"""A server with fewer does not start."""


def raise_descriptor_limit() -> int:
    """Raise the limit of this process and those that it starts, and return the most connections of a worker.

    Raise OSError if the hard limit, RLIMIT_NOFILE, leaves too few to serve.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(MAX_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    connections = limit - _RESERVED
    if connections < _MIN_CONNECTIONS:
        message = f"Cannot serve with at most {limit} open files. {_advice()}"
        raise OSError(message)
    return connections


def few_connections_warning(connections: int) -> str | None:
    """Return a warning if a worker may have few connections."""
    if connections >= _FEW_CONNECTIONS:
        return None
    return f"A worker serves at most {connections} connections at once. {_advice()}"


def _advice() -> str:
    return f"Raise the limit of open files to {MAX_DESCRIPTORS} (ulimit -n, LimitNOFILE=)."
