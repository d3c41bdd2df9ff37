"""A random network of thousands of records for tests of queries, the same for the same seed.

It has dates of every precision and open periods, frequent and rare values, trees of programmes with
funders at any depth, texts in several languages, and words in drafts that no search may find.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from api.store.log.actions import RecordAction, publish, save, unpublish
from schema import MODEL
from schema.declaration.entity_base import Entity
from schema.validation.record_codec import decode_record
from tests.support.generators.texts import ACKNOWLEDGEMENT_WORD, NEVER_FOUND, SOURCE_WORD
from tests.support.generators.values import COUNTRIES, ENDLESS, ValueGenerator
from vocab.concept_schemes import CONCEPT_SCHEMES

PROGRAMMES = 40

_TARGET_GROUPS = CONCEPT_SCHEMES["target-group"].codes


def commits(seed: int, projects: int) -> list[list[RecordAction]]:
    """Return the commits for an empty installation.

    The first one publishes the network. The others change some records, so that modification times
    differ and derived values of linked records have to be updated.
    """
    rng = random.Random(seed)  # noqa: S311 - the same each time
    values = ValueGenerator(rng)
    records = {
        entity: [_decoded(entity, values) for _ in range(count)]
        for entity, count in (
            ("Source", max(projects // 40, 8)),
            ("Organisation", max(projects // 4, 10)),
            ("Programme", PROGRAMMES),
            ("Project", projects),
            ("Grant", projects),
            ("Activity", max(projects // 3, 10)),
            ("Output", max(projects // 3, 10)),
        )
    }
    everything = [publish(record) for entity_records in records.values() for record in entity_records]
    added = [[publish(_decoded("Project", values)) for _ in range(1 + projects // 100)] for _ in range(3)]
    return [everything, *(_changes(rng, records, number, new) for number, new in enumerate(added))]


def _changes(
    rng: random.Random, records: Mapping[str, list[Entity]], number: int, new: list[RecordAction]
) -> list[RecordAction]:
    """Return changes of some records: of names that cards show, and of links that others derive from."""
    sample = {
        entity: rng.sample(entity_records, 1 + len(entity_records) // 60)
        for entity, entity_records in records.items()
    }
    renamed = {"name": {"lv": f"Jaunais nosaukums {number}", "en": f"New name {number}"}}
    funder = sample["Organisation"][0].id
    drafts = [
        _with(grant, summary={"lv": NEVER_FOUND["draft"]}) for grant in records["Grant"][number : number + 2]
    ]
    return [
        *new,
        *(publish(_with(record, title=renamed["name"])) for record in sample["Source"]),
        *(publish(_with(record, **renamed)) for record in sample["Organisation"]),
        *(
            publish(_with(record, **renamed, funders=(funder,), parent=None))
            for record in sample["Programme"]
        ),
        *(publish(_with(record, summary=renamed["name"], status=None)) for record in sample["Project"]),
        *(publish(_with(record, programme=None)) for record in sample["Grant"]),
        *(
            publish(_with(record, title={"und": f"Atklāšana {number}"}, projects=(), for_participations=()))
            for record in sample["Activity"]
        ),
        *(save(draft) for draft in drafts if draft not in sample["Grant"]),
        # No record links to an output, so it can be unpublished.
        *(unpublish(("Output", output.id)) for output in records["Output"][number::100]),
    ]


def _with(record: Entity, **fields: Any) -> Entity:
    return msgspec.structs.replace(record, **fields)


def _decoded(entity: str, values: ValueGenerator) -> Entity:
    """Return a new record, decoded as a client's would be."""
    known = values.ids.setdefault(entity, [])
    fields = _ENTITIES[entity](values)
    if entity != "Source":
        fields["record"] = values.maybe(0.3, values.record)
    stem = values.rng.choice(("tilts", "bridge", "x", "a", "eu-2020", "darbs-work", "aprite", "zz"))
    identifier = f"{stem}-{len(known)}"
    known.append(identifier)
    if entity == "Project":
        values.part_ids[identifier] = [part["id"] for part in fields["participations"]]
    stated = {name: value for name, value in fields.items() if value not in (None, [], {})}
    return decode_record(MODEL.by_name[entity], msgspec.json.encode({"id": identifier, **stated}), identifier)


def _aliases(name: Mapping[str, str], aliases: Mapping[str, list[str]] | None) -> dict[str, list[str]]:
    """Return the aliases that differ from the name."""
    different = {
        tag: [line for line in lines if line != name.get(tag)] for tag, lines in (aliases or {}).items()
    }
    return {tag: lines for tag, lines in different.items() if lines}


def _source(values: ValueGenerator) -> dict[str, Any]:
    return {
        "title": {"lv": f"{values.texts.line()} {SOURCE_WORD}"},
        "kind": values.concept(0.8, "source-kind"),
        "publisher": values.maybe(0.7, lambda: values.texts.text(1, 3)),
        "date": values.date(0.7),
        "language": values.maybe(0.7, lambda: values.rng.choice(("lv", "en", "ru"))),
        "url": values.maybe(0.5, values.texts.iri),
        "summary": values.maybe(0.2, values.texts.text),
    }


def _organisation(values: ValueGenerator) -> dict[str, Any]:
    name = values.texts.text(1, 4)
    return {
        "name": name,
        "aliases": _aliases(name, values.maybe(0.2, values.texts.texts)),
        "acronym": values.maybe(0.4, values.texts.acronym),
        "kind": values.concept(0.8, "organisation-kind"),
        "country": values.country(0.7),
        "place": values.maybe(0.6, values.place),
        "homepage": values.maybe(0.4, values.texts.iri),
        "logo": values.maybe(0.1, values.texts.iri),
        "identifiers": values.maybe(0.4, values.identifiers),
        "part_of": values.link(0.15, "Organisation"),
        "summary": values.maybe(0.2, values.texts.text),
    }


def _programme(values: ValueGenerator) -> dict[str, Any]:
    name = values.texts.text(1, 3)
    return {
        "name": name,
        "aliases": _aliases(name, values.maybe(0.1, values.texts.texts)),
        "code": values.maybe(0.6, values.texts.number),
        "level": values.concept(0.8, "programme-level"),
        "parent": _parent(values),
        "funders": values.links(0.4, "Organisation", 2),
        "start": values.date(0.6, values.rng.randint(2004, 2012)),
        "end": values.date(0.5, values.rng.randint(2014, 2024)),
        "homepage": values.maybe(0.3, values.texts.iri),
        "see_also": values.maybe(0.3, lambda: [values.texts.iri()]),
        "acknowledgement": values.maybe(0.3, lambda: {"lv": f"{ACKNOWLEDGEMENT_WORD} {values.texts.line()}"}),
        "disclaimer": values.maybe(0.2, lambda: {"lv": f"{ACKNOWLEDGEMENT_WORD}\n{values.texts.line()}"}),
    }


def _parent(values: ValueGenerator) -> str | None:
    """Return the parent of the next programme; every tenth one is a root, which limits the depth."""
    known = values.ids["Programme"]
    count = len(known)
    return known[count - 1 - values.rng.randrange(count % 10)] if count % 10 else None


def _project(values: ValueGenerator) -> dict[str, Any]:
    is_endless = len(values.ids["Project"]) in (17, 18)
    title = values.texts.text()
    return {
        "title": title,
        "aliases": _aliases(title, values.maybe(0.1, values.texts.texts)),
        "acronym": values.maybe(0.4, values.texts.acronym),
        "numbers": values.maybe(0.2, values.identifiers),
        "summary": values.maybe(0.5, lambda: values.texts.text(4, 14)),
        "objectives": values.maybe(0.2, values.texts.texts),
        "results": values.maybe(0.1, values.texts.texts),
        "status": values.concept(0.8, "project-status"),
        **({"start": "2016", "duration": ENDLESS} if is_endless else values.period()),
        "participations": values.parts(values.participation, 3),
        "countries_stated": values.codes(0.3, COUNTRIES, 3),
        "applied_to": values.links(0.1, "Programme", 2),
        "topics": values.codes(0.6, CONCEPT_SCHEMES["topic"].codes, 3),
        "target_groups": values.codes(0.4, _TARGET_GROUPS, 3),
        "keywords": values.maybe(0.2, values.texts.texts),
        "homepage": values.maybe(0.3, values.texts.iri),
        "contact_points": values.parts(values.contact_point, 1),
    }


def _grant(values: ValueGenerator) -> dict[str, Any]:
    return {
        "number": values.maybe(0.9, values.texts.number),
        "name": values.maybe(0.2, lambda: values.texts.text(1, 4)),
        "projects": values.links(0.95, "Project", 2),
        "programme": values.link(0.85, "Programme"),
        "funders": values.links(0.2, "Organisation", 2),
        "amounts": values.parts(values.amount, 3),
        "decided": values.date(0.7),
        "call": values.maybe(0.4, values.texts.number),
        "acknowledgement": values.maybe(
            0.05, lambda: {"en": f"{ACKNOWLEDGEMENT_WORD} {values.texts.line()}"}
        ),
        "disclaimer": values.maybe(0.05, lambda: {"en": f"{ACKNOWLEDGEMENT_WORD}\n{values.texts.line()}"}),
        "summary": values.maybe(0.1, values.texts.text),
    }


def _activity(values: ValueGenerator) -> dict[str, Any]:
    projects = values.links(0.9, "Project", 2)
    return {
        "title": values.texts.text(),
        "kind": values.concept(0.9, "activity-kind"),
        "projects": projects,
        "target_groups": values.codes(0.3, _TARGET_GROUPS, 2),
        "for_participations": values.linked_parts(projects),
        "status": values.concept(0.7, "activity-status"),
        **values.period(),
        "order": values.number(0.4, 12),
        "places": values.parts(values.place, 2),
        "organisers": values.links(0.3, "Organisation", 2),
        "count": values.number(0.2, 40),
        "participants": values.number(0.5, 300),
    }


def _output(values: ValueGenerator) -> dict[str, Any]:
    projects = values.links(0.9, "Project", 2)
    return {
        "title": values.texts.text(),
        "kind": values.concept(0.9, "output-kind"),
        "projects": projects,
        "target_groups": values.codes(0.3, _TARGET_GROUPS, 2),
        "for_participations": values.linked_parts(projects),
        "activity": values.link(0.3, "Activity"),
        "creators": values.links(0.3, "Organisation", 2),
        "status": values.concept(0.7, "output-status"),
        "date": values.date(0.7),
        "count": values.number(0.3, 40),
        "languages": values.codes(0.5, ("lv", "en", "ru", "et", "lt"), 3),
        "url": values.maybe(0.3, values.texts.iri),
        "identifiers": values.maybe(0.2, values.identifiers),
    }


_ENTITIES: Mapping[str, Callable[[ValueGenerator], dict[str, Any]]] = {
    "Source": _source,
    "Organisation": _organisation,
    "Programme": _programme,
    "Project": _project,
    "Grant": _grant,
    "Activity": _activity,
    "Output": _output,
}
