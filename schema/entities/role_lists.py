"""Lists of organisations by the role that they have in what is published."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class RoleList:
    """A list of some records of an entity: those that records of others are found by.

    `members` names the entities and facets that a record must be a value of; `counted` is the
    parameter that counts its projects.
    """

    collection: str
    entity: str
    members: tuple[tuple[str, str], ...]
    count_filter: str


ROLE_LISTS: Mapping[str, RoleList] = {
    role.collection: role
    for role in (
        RoleList("partners", "Organisation", (("Project", "partner"),), "partner"),
        RoleList("funders", "Organisation", (("Grant", "funder"), ("Programme", "funder")), "funder"),
    )
}
"""By the first part of their addresses."""

COUNTED_ENTITY = "Project"
"""What is counted of each record in such a list."""
