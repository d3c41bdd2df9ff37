"""A network of thousands of records at random, the same for the same seed, made to be asked about.

There are dates of every exactness and without ends, values that many records share and that few have,
trees of programmes with funders at any depth, texts in any language or none, and what must not be found.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from api.store.log.actions import RecordAction, publish, save, unpublish
from schema import MODEL
from schema.declaration.entity import Entity
from schema.validation.decoder import decode_record
from tests.support.generators.texts import ASKED_WORD, NEVER_FOUND
from tests.support.generators.values import COUNTRIES, ENDLESS, Values
from vocab.concept_schemes import CONCEPT_SCHEMES

PROGRAMMES = 40


def commits(seed: int, projects: int) -> list[list[RecordAction]]:
    """Return what is to be done to an empty installation, commit by commit.

    The first publishes the network; the others change some of it, so that not everything is of one
    moment, and so that what follows from other records has to follow them.
    """
    dice = random.Random(seed)  # noqa: S311 - the same each time
    values = Values(dice)
    records = {
        entity: [_decoded(entity, values) for _ in range(count)]
        for entity, count in (
            ("Organisation", max(projects // 4, 10)),
            ("Programme", PROGRAMMES),
            ("Project", projects),
            ("Grant", projects),
            ("Activity", max(projects // 3, 10)),
            ("Output", max(projects // 3, 10)),
        )
    }
    everything = [publish(one) for listed in records.values() for one in listed]
    later = [[publish(_decoded("Project", values)) for _ in range(1 + projects // 100)] for _ in range(3)]
    return [everything, *(_changes(dice, records, place, new) for place, new in enumerate(later))]


def _changes(
    dice: random.Random, records: Mapping[str, list[Entity]], place: int, new: list[RecordAction]
) -> list[RecordAction]:
    """Return changes of some records: names that others show, funders and parents that others follow."""
    some = {entity: dice.sample(listed, 1 + len(listed) // 60) for entity, listed in records.items()}
    renamed = {"name": {"lv": f"Jaunais nosaukums {place}", "en": f"New name {place}"}}
    funder = some["Organisation"][0].id
    drafts = [_with(one, summary={"lv": NEVER_FOUND["draft"]}) for one in records["Grant"][place : place + 2]]
    return [
        *new,
        *(publish(_with(one, **renamed)) for one in some["Organisation"]),
        *(publish(_with(one, **renamed, funders=(funder,), parent=None)) for one in some["Programme"]),
        *(publish(_with(one, summary=renamed["name"], status=None)) for one in some["Project"]),
        *(publish(_with(one, programme=None)) for one in some["Grant"]),
        *(publish(_with(one, title={"und": f"Atklāšana {place}"}, projects=())) for one in some["Activity"]),
        *(save(one) for one in drafts if one not in some["Grant"]),
        # Nobody states a link to an output.
        *(unpublish(("Output", one.id)) for one in records["Output"][place::100]),
    ]


def _with(record: Entity, **fields: Any) -> Entity:
    return msgspec.structs.replace(record, **fields)


def _decoded(entity: str, values: Values) -> Entity:
    """Return one more record, decoded as any client's would be."""
    known = values.ids.setdefault(entity, [])
    fields = _ENTITIES[entity](values)
    stem = values.dice.choice(("tilts", "bridge", "x", "a", "eu-2020", "darbs-work", "aprite", "zz"))
    identifier = f"{stem}-{len(known)}"
    known.append(identifier)
    stated = {name: value for name, value in fields.items() if value not in (None, [], {})}
    return decode_record(MODEL.by_name[entity], msgspec.json.encode({"id": identifier, **stated}), identifier)


def _others(name: Mapping[str, str], aliases: Mapping[str, list[str]] | None) -> dict[str, list[str]]:
    """Return the aliases that are not the name itself."""
    found = {tag: [one for one in listed if one != name.get(tag)] for tag, listed in (aliases or {}).items()}
    return {tag: listed for tag, listed in found.items() if listed}


def _organisation(some: Values) -> dict[str, Any]:
    name = some.writer.text(1, 4)
    return {
        "name": name,
        "aliases": _others(name, some.maybe(0.2, some.writer.texts)),
        "acronym": some.maybe(0.4, some.writer.acronym),
        "kind": some.concept(0.8, "organisation-kind"),
        "country": some.country(0.7),
        "place": some.maybe(0.6, some.place),
        "homepage": some.maybe(0.4, some.writer.iri),
        "identifiers": some.maybe(0.4, some.identifiers),
        "part_of": some.link(0.15, "Organisation"),
        "summary": some.maybe(0.2, some.writer.text),
    }


def _programme(some: Values) -> dict[str, Any]:
    return {
        "name": some.writer.text(1, 3),
        "code": some.maybe(0.6, some.writer.number),
        "level": some.concept(0.8, "programme-level"),
        "parent": _parent(some),
        "funders": some.links(0.4, "Organisation", 2),
        "start": some.date(0.6, some.dice.randint(2004, 2012)),
        "end": some.date(0.5, some.dice.randint(2014, 2024)),
        "homepage": some.maybe(0.3, some.writer.iri),
        "see_also": some.maybe(0.3, lambda: [some.writer.iri()]),
        "acknowledgement": some.maybe(0.3, lambda: {"lv": f"{ASKED_WORD} {some.writer.line()}"}),
        "disclaimer": some.maybe(0.2, lambda: {"lv": f"{ASKED_WORD}\n{some.writer.line()}"}),
    }


def _parent(some: Values) -> str | None:
    """Return one of the programmes above which there are not too many: each tenth begins a tree."""
    known = some.ids["Programme"]
    place = len(known)
    return known[place - 1 - some.dice.randrange(place % 10)] if place % 10 else None


def _project(some: Values) -> dict[str, Any]:
    is_endless = len(some.ids["Project"]) in (17, 18)
    return {
        "title": some.writer.text(),
        "acronym": some.maybe(0.4, some.writer.acronym),
        "numbers": some.maybe(0.2, some.identifiers),
        "summary": some.maybe(0.5, lambda: some.writer.text(4, 14)),
        "objectives": some.maybe(0.2, some.writer.texts),
        "results": some.maybe(0.1, some.writer.texts),
        "status": some.concept(0.8, "project-status"),
        **({"start": "2016", "duration": ENDLESS} if is_endless else some.period()),
        "participations": some.several(some.participation, 3),
        "countries_stated": some.different(0.3, COUNTRIES, 3),
        "applied_to": some.links(0.1, "Programme", 2),
        "topics": some.different(0.6, CONCEPT_SCHEMES["topic"].codes, 3),
        "keywords": some.maybe(0.2, some.writer.texts),
        "homepage": some.maybe(0.3, some.writer.iri),
        "contact_points": some.several(some.contact_point, 1),
        "record": some.maybe(0.1, some.record),
    }


def _grant(some: Values) -> dict[str, Any]:
    return {
        "number": some.maybe(0.9, some.writer.number),
        "projects": some.links(0.95, "Project", 2),
        "programme": some.link(0.85, "Programme"),
        "funders": some.links(0.2, "Organisation", 2),
        "amounts": some.several(some.amount, 3),
        "decided": some.date(0.7),
        "call": some.maybe(0.4, some.writer.number),
        "acknowledgement": some.maybe(0.05, lambda: {"en": f"{ASKED_WORD} {some.writer.line()}"}),
        "summary": some.maybe(0.1, some.writer.text),
    }


def _activity(some: Values) -> dict[str, Any]:
    return {
        "title": some.writer.text(),
        "kind": some.concept(0.9, "activity-kind"),
        "projects": some.links(0.9, "Project", 2),
        "status": some.concept(0.7, "activity-status"),
        **some.period(),
        "order": some.number(0.4, 12),
        "places": some.several(some.place, 2),
        "organisers": some.links(0.3, "Organisation", 2),
        "count": some.number(0.2, 40),
        "participants": some.number(0.5, 300),
    }


def _output(some: Values) -> dict[str, Any]:
    return {
        "title": some.writer.text(),
        "kind": some.concept(0.9, "output-kind"),
        "projects": some.links(0.9, "Project", 2),
        "activity": some.link(0.3, "Activity"),
        "creators": some.links(0.3, "Organisation", 2),
        "status": some.concept(0.7, "output-status"),
        "date": some.date(0.7),
        "count": some.number(0.3, 40),
        "languages": some.different(0.5, ("lv", "en", "ru", "et", "lt"), 3),
        "url": some.maybe(0.3, some.writer.iri),
        "identifiers": some.maybe(0.2, some.identifiers),
    }


_ENTITIES: Mapping[str, Callable[[Values], dict[str, Any]]] = {
    "Organisation": _organisation,
    "Programme": _programme,
    "Project": _project,
    "Grant": _grant,
    "Activity": _activity,
    "Output": _output,
}
