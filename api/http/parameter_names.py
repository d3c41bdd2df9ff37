"""The names of query parameters that several rooms use."""

SEARCH, SORT = "q", "sort"
LIMIT, CURSOR = "limit", "cursor"
FORMAT, PROFILE = "format", "profile"
FIELDS, INCLUDE, HIGHLIGHT = "fields", "include", "highlight"


def included_fields_name(entity: str) -> str:
    """Return the name of the parameter that selects fields of included records of an entity, as JSON:API has it."""
    return f"{FIELDS}[{entity.lower()}]"


def option_of(name: str) -> str:
    """Return the representation option that a parameter belongs to: that of included records is `include`."""
    return INCLUDE if name.startswith(f"{FIELDS}[") else name
