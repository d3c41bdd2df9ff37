"""The tables of a model, which all databases of a process share: statements are built and compiled once for them."""

from functools import cache

from schema.model import Model
from schema.storage.tables import Tables


@cache
def tables_of(model: Model) -> Tables:
    """Return the tables of a model."""
    return Tables(model)
