"""Role lists: collections of the organisations that are partners or funders."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class RoleList:
    """A collection of the records of an entity that other records refer to by certain filters.

    `member` is the name of one of them in schemas and operations.
    `members` lists pairs of an entity and a filter; a record is a member if it is an index value of one of
    them. `count_filter` is the filter by which the projects of a member are counted.
    """

    collection: str
    member: str
    entity: str
    members: tuple[tuple[str, str], ...]
    count_filter: str


ROLE_LISTS: Mapping[str, RoleList] = {
    role_list.collection: role_list
    for role_list in (
        RoleList("partners", "Partner", "Organisation", (("Project", "partner"),), "partner"),
        RoleList(
            "funders", "Funder", "Organisation", (("Grant", "funder"), ("Programme", "funder")), "funder"
        ),
    )
}
"""The role lists by collection name, the first segment of their paths."""

COUNTED_ENTITY = "Project"
"""The entity whose records are counted for each member of a role list."""
