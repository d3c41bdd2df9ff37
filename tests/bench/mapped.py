"""A peer: the same PostgreSQL database served through SQLAlchemy's ORM, in the ordinary style of such a server.

`python -m tests.bench.mapped DATABASE PORT`. It joins what it shows from the tables of entities, which hold
what our documents are made of. It gives no totals, and funders only of a grant and of its own programme: more
would cost it more.
"""

import sys
from typing import Any

from litestar import Litestar, get
from litestar.exceptions import NotFoundException
from sqlalchemy import make_url, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry, relationship, selectinload

from schema import MODEL
from schema.storage.tables import Tables
from tests.bench.standing import serve


class Project:
    """A project with those who carry it, its grants, outputs and activities."""


class Participation:
    """The part of one organisation in a project."""


class Organisation:
    """An organisation."""


class Programme:
    """A programme with its funders."""


class Grant:
    """A grant with its programme and funders."""


class Output:
    """An output."""


class Activity:
    """An activity."""


def _map(tables: Tables) -> None:
    of, mapping = tables.entities, registry()
    for name, entity in {"Organisation": Organisation, "Output": Output, "Activity": Activity}.items():
        mapping.map_imperatively(entity, of[name].record)
    funders = {name: relationship(Organisation, secondary=of[name].links["funders"]) for name in _FUNDED}
    mapping.map_imperatively(Programme, of["Programme"].record, properties={"paid_by": funders["Programme"]})
    under = {"paid_by": funders["Grant"], "under": relationship(Programme)}
    mapping.map_imperatively(Grant, of["Grant"].record, properties=under)
    part = of["Project"].parts["participations"]
    mapping.map_imperatively(Participation, part, properties={"carrier": relationship(Organisation)})
    of_project = {
        "carried": relationship(Participation, order_by=part.c.id),
        "granted": relationship(Grant, secondary=of["Grant"].links["projects"]),
        "made": relationship(Output, secondary=of["Output"].links["projects"]),
        "done": relationship(Activity, secondary=of["Activity"].links["projects"]),
    }
    mapping.map_imperatively(Project, of["Project"].record, properties=of_project)


_FUNDED = ("Programme", "Grant")

_SHOWN = ("id", "title", "acronym", "status", "start", "end", "countries")

_map(Tables(MODEL))

_CARRIED = selectinload(Project.carried).joinedload(Participation.carrier)

_GRANTED = (
    selectinload(Project.granted).selectinload(Grant.paid_by),
    selectinload(Project.granted).joinedload(Grant.under).selectinload(Programme.paid_by),
)

_WHOLE = (_CARRIED, *_GRANTED, selectinload(Project.made), selectinload(Project.done))


def application() -> Litestar:
    """Return the application; a worker has its arguments from the process that started it."""
    engine = create_async_engine(make_url(sys.argv[1]).set(drivername="postgresql+asyncpg"), pool_size=16)
    session = async_sessionmaker(engine, expire_on_commit=False)

    @get("/projects/{identifier:str}")
    async def detail(identifier: str) -> dict[str, Any]:
        async with session() as one:
            return await _detail(one, identifier)

    @get("/projects")
    async def listed(country: str, funder: str, limit: int) -> dict[str, Any]:
        async with session() as one:
            return await _listed(one, country, funder, limit)

    return Litestar([detail, listed], openapi_config=None, logging_config=None)


async def _detail(session: AsyncSession, identifier: str) -> dict[str, Any]:
    found = await session.scalar(select(Project).where(Project.id == identifier).options(*_WHOLE))
    if found is None:
        raise NotFoundException
    parts = ("participations", found.carried), ("outputs", found.made), ("activities", found.done)
    return {
        **_columns(found),
        **{name: [_columns(one) for one in several] for name, several in parts},
        "organisations": [_columns(one.carrier) for one in found.carried if one.carrier],
        **_funding(found),
    }


async def _listed(session: AsyncSession, country: str, funder: str, limit: int) -> dict[str, Any]:
    paid = Organisation.id == funder
    below = select(Programme.id).where(Programme.paid_by.any(paid)).cte(recursive=True)
    heirs = select(Programme.id).join(below, Programme.parent == below.c.id).where(~Programme.paid_by.any())
    below = below.union(heirs)
    under = Grant.programme.in_(select(below.c.id))
    query = (
        select(Project)
        .where(Project.countries.contains(f'"{country}"'))
        .where(Project.granted.any(or_(Grant.paid_by.any(paid), under)))
        .order_by(Project.id)
        .limit(limit)
        .options(_CARRIED, *_GRANTED)
    )
    return {"items": [_item(one) for one in await session.scalars(query)]}


def _item(project: Any) -> dict[str, Any]:
    shown = {name: getattr(project, name) for name in _SHOWN}
    leads = [_card(one.carrier) for one in project.carried if one.carrier and one.role == "coordinator"]
    return {**shown, "lead": leads[:1], **_funding(project)}


def _funding(project: Any) -> dict[str, Any]:
    programmes = {grant.under.id: grant.under for grant in project.granted if grant.under}
    payers = [one for grant in project.granted for one in grant.paid_by]
    payers += [one for programme in programmes.values() for one in programme.paid_by]
    return {
        "grants": [{"id": one.id, "number": one.number} for one in project.granted],
        "programmes": [_card(one) for one in programmes.values()],
        "funders": [*{one.id: _card(one) for one in payers}.values()],
    }


def _card(one: Any) -> dict[str, Any]:
    return {"id": one.id, "name": one.name}


def _columns(one: Any) -> dict[str, Any]:
    return {column.key: getattr(one, column.key) for column in one.__mapper__.column_attrs}


if __name__ == "__main__":
    serve("tests.bench.mapped", int(sys.argv[2]))
