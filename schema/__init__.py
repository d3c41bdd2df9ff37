"""What we hold: the content schema. One declaration per entity, and pure functions over them."""

from schema.activity import Activity
from schema.grant import Grant
from schema.model import Model
from schema.organisation import Organisation
from schema.output import Output
from schema.programme import Programme
from schema.project import Project

MODEL = Model.of(Project, Grant, Programme, Organisation, Activity, Output)
"""The entities of the network, in the order in which the entry point lists their collections."""

__all__ = ["MODEL"]
