"""Values of the Link header (RFC 8288)."""


def link_value(url: str, relation: str, media_type: str = "") -> str:
    """Return one value of the Link header."""
    type_ = f'; type="{media_type}"' if media_type else ""
    return f'<{url}>; rel="{relation}"{type_}'
