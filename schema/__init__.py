"""The content schema: one declaration per entity, and pure functions of the declarations."""

from schema.entities.activity import Activity
from schema.entities.grant import Grant
from schema.entities.organisation import Organisation
from schema.entities.output import Output
from schema.entities.programme import Programme
from schema.entities.project import Project
from schema.entities.source import Source
from schema.model import Model

MODEL = Model.of(Project, Grant, Programme, Organisation, Activity, Output, Source)
"""The model of the network. Its order is the order of the collections in the entry point."""

__all__ = ["MODEL"]
