"""Content digests, used in ETags and to detect changed documents."""

from hashlib import sha256


def digest(body: bytes) -> str:
    """Return the first 128 bits of the SHA-256 digest of a body, as 32 hexadecimal digits."""
    return sha256(body).hexdigest()[:32]
