"""A peer: the same PostgreSQL database, served through SQLAlchemy's ORM in its ordinary style.

`python -m tests.bench.sqlalchemy_peer DATABASE PORT`. It joins its documents from the entity tables. It has no totals, and
only the funders of a grant and of the grant's own programme: more would make it slower.
"""

import sys
from typing import Any

from litestar import Litestar, get
from litestar.exceptions import NotFoundException
from sqlalchemy import make_url, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry, relationship, selectinload

from schema import MODEL
from tests.bench.comparison_server import serve
from tests.bench.entity_tables import EntityTableSet


class MappedProject:
    """A project with its participations, grants, outputs and activities."""


class MappedParticipation:
    """The participation of one organisation in a project."""


class MappedOrganisation:
    """An organisation."""


class MappedProgramme:
    """A programme with its funders."""


class MappedGrant:
    """A grant with its programme and funders."""


class MappedOutput:
    """An output."""


class MappedActivity:
    """An activity."""


def _map(tables: EntityTableSet) -> None:
    entities, mapping = tables.entities, registry()
    for name, entity in {
        "Organisation": MappedOrganisation,
        "Output": MappedOutput,
        "Activity": MappedActivity,
    }.items():
        mapping.map_imperatively(entity, entities[name].record)
    funders = {
        name: relationship(MappedOrganisation, secondary=entities[name].links["funders"]) for name in _FUNDED
    }
    mapping.map_imperatively(
        MappedProgramme, entities["Programme"].record, properties={"funder_records": funders["Programme"]}
    )
    of_grant = {"funder_records": funders["Grant"], "programme_record": relationship(MappedProgramme)}
    mapping.map_imperatively(MappedGrant, entities["Grant"].record, properties=of_grant)
    part = entities["Project"].parts["participations"]
    mapping.map_imperatively(
        MappedParticipation, part, properties={"organisation_record": relationship(MappedOrganisation)}
    )
    of_project = {
        "participation_records": relationship(MappedParticipation, order_by=part.c.id),
        "grant_records": relationship(MappedGrant, secondary=entities["Grant"].links["projects"]),
        "output_records": relationship(MappedOutput, secondary=entities["Output"].links["projects"]),
        "activity_records": relationship(MappedActivity, secondary=entities["Activity"].links["projects"]),
    }
    mapping.map_imperatively(MappedProject, entities["Project"].record, properties=of_project)


_FUNDED = ("Programme", "Grant")

_ITEM_COLUMNS = ("id", "title", "acronym", "status", "start", "end", "countries")

_map(EntityTableSet(MODEL))

_WITH_PARTICIPATIONS = selectinload(MappedProject.participation_records).joinedload(
    MappedParticipation.organisation_record
)

_WITH_GRANTS = (
    selectinload(MappedProject.grant_records).selectinload(MappedGrant.funder_records),
    selectinload(MappedProject.grant_records)
    .joinedload(MappedGrant.programme_record)
    .selectinload(MappedProgramme.funder_records),
)

_WITH_ALL = (
    _WITH_PARTICIPATIONS,
    *_WITH_GRANTS,
    selectinload(MappedProject.output_records),
    selectinload(MappedProject.activity_records),
)


def application() -> Litestar:
    """Return the application. A worker inherits the command line of its parent process."""
    engine = create_async_engine(make_url(sys.argv[1]).set(drivername="postgresql+asyncpg"), pool_size=16)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @get("/projects/{identifier:str}")
    async def detail(identifier: str) -> dict[str, Any]:
        async with sessions() as session:
            return await _detail(session, identifier)

    @get("/projects")
    async def project_list(country: str, funder: str, limit: int) -> dict[str, Any]:
        async with sessions() as session:
            return await _list(session, country, funder, limit)

    return Litestar([detail, project_list], openapi_config=None, logging_config=None)


async def _detail(session: AsyncSession, identifier: str) -> dict[str, Any]:
    project = await session.scalar(
        select(MappedProject).where(MappedProject.id == identifier).options(*_WITH_ALL)
    )
    if project is None:
        raise NotFoundException
    parts = (
        ("participations", project.participation_records),
        ("outputs", project.output_records),
        ("activities", project.activity_records),
    )
    return {
        **_columns(project),
        **{name: [_columns(entity) for entity in entities] for name, entities in parts},
        "organisations": [
            _columns(part.organisation_record)
            for part in project.participation_records
            if part.organisation_record
        ],
        **_funding(project),
    }


async def _list(session: AsyncSession, country: str, funder: str, limit: int) -> dict[str, Any]:
    is_funder = MappedOrganisation.id == funder
    descendants = (
        select(MappedProgramme.id).where(MappedProgramme.funder_records.any(is_funder)).cte(recursive=True)
    )
    inheriting = (
        select(MappedProgramme.id)
        .join(descendants, MappedProgramme.parent == descendants.c.id)
        .where(~MappedProgramme.funder_records.any())
    )
    descendants = descendants.union(inheriting)
    in_programme = MappedGrant.programme.in_(select(descendants.c.id))
    query = (
        select(MappedProject)
        .where(MappedProject.countries.contains(f'"{country}"'))
        .where(MappedProject.grant_records.any(or_(MappedGrant.funder_records.any(is_funder), in_programme)))
        .order_by(MappedProject.id)
        .limit(limit)
        .options(_WITH_PARTICIPATIONS, *_WITH_GRANTS)
    )
    return {"items": [_item(project) for project in await session.scalars(query)]}


def _item(project: Any) -> dict[str, Any]:
    columns = {name: getattr(project, name) for name in _ITEM_COLUMNS}
    leads = [
        _card(part.organisation_record)
        for part in project.participation_records
        if part.organisation_record and part.role == "coordinator"
    ]
    return {**columns, "lead": leads[:1], **_funding(project)}


def _funding(project: Any) -> dict[str, Any]:
    programmes = {
        grant.programme_record.id: grant.programme_record
        for grant in project.grant_records
        if grant.programme_record
    }
    funders = [funder for grant in project.grant_records for funder in grant.funder_records]
    funders += [funder for programme in programmes.values() for funder in programme.funder_records]
    return {
        "grants": [{"id": grant.id, "number": grant.number} for grant in project.grant_records],
        "programmes": [_card(programme) for programme in programmes.values()],
        "funders": [*{funder.id: _card(funder) for funder in funders}.values()],
    }


def _card(entity: Any) -> dict[str, Any]:
    return {"id": entity.id, "name": entity.name}


def _columns(entity: Any) -> dict[str, Any]:
    return {column.key: getattr(entity, column.key) for column in entity.__mapper__.column_attrs}


if __name__ == "__main__":
    serve("tests.bench.sqlalchemy_peer", int(sys.argv[2]))
