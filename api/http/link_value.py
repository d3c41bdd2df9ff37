"""Values of the Link header (RFC 8288)."""


def link_value(url: str, relation: str, media_type: str = "", language: str = "") -> str:
    """Return one value of the Link header."""
    type_ = f'; type="{media_type}"' if media_type else ""
    hreflang = f'; hreflang="{language}"' if language else ""
    return f'<{url}>; rel="{relation}"{type_}{hreflang}'
