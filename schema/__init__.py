"""What we hold: the content schema. One declaration per entity, and pure functions over them."""

from schema.entities.activity import Activity
from schema.entities.grant import Grant
from schema.entities.organisation import Organisation
from schema.entities.output import Output
from schema.entities.programme import Programme
from schema.entities.project import Project
from schema.model import Model

MODEL = Model.of(Project, Grant, Programme, Organisation, Activity, Output)
"""The entities of the network, in the order in which the entry point lists their collections."""

__all__ = ["MODEL"]
