"""Lists of organisations by the role that they have in what is published."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """A list of some records of an entity: those that records of others are found by.

    `members` names the entities and facets that a record must be a value of; `counted` is the
    parameter that counts its projects.
    """

    collection: str
    entity: str
    members: tuple[tuple[str, str], ...]
    counted: str


ROLES: Mapping[str, Role] = {
    role.collection: role
    for role in (
        Role("partners", "Organisation", (("Project", "partner"),), "partner"),
        Role("funders", "Organisation", (("Grant", "funder"), ("Programme", "funder")), "funder"),
    )
}
"""By the first part of their addresses."""

COUNTED = "Project"
"""What is counted of each record in such a list."""
