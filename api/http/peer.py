"""The peer of a request: the network address that server time and turns are counted by."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from litestar.types import HTTPScope

from api.http.request import Request

_MAX_ADDRESS_LENGTH = 64
"""More than the characters of any address, so that the cache is small."""


def peer_of(scope: HTTPScope, proxies: int) -> str:
    """Return the peer of a request that came through a number of trusted proxies.

    Each of these appends to X-Forwarded-For the address that it was asked from, so that of the client is as many
    steps from the right; what is to the left of it, the client may have written. Without so many valid steps,
    the peer is that of the connection.
    """
    client = scope["client"]
    host = client[0] if client else ""
    if proxies:
        steps = Request.from_scope(scope).header(b"x-forwarded-for").decode("latin-1").split(",")
        forwarded = _network(steps[-proxies].strip()[:_MAX_ADDRESS_LENGTH]) if len(steps) >= proxies else None
        if forwarded:
            return forwarded
    return _network(host) or host


@lru_cache(4096)
def _network(text: str) -> str | None:
    """Return an IPv4 address, or the /64 network of an IPv6 address, which one client has whole; None if it is neither."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))
    return text
