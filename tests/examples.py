"""Small records, as a client sends them."""

import msgspec

from schema import MODEL
from schema.decode import decode
from schema.entity import Entity


def record(type_: str, identifier: str, **fields: object) -> Entity:
    """Return a record of an entity, decoded as any client's would be."""
    defaults: dict[str, object] = {}
    if type_ == "Project":
        defaults = {"title": {"en": f"Project {identifier}"}}
    if type_ in ("Organisation", "Programme"):
        defaults = {"name": {"en": f"{type_} {identifier}"}}
    if type_ == "Grant":
        defaults = {"number": identifier.upper()}
    sent = msgspec.json.encode({"id": identifier, **defaults, **fields})
    return decode(MODEL.by_name[type_], sent, identifier)
