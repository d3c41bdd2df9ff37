"""The projects of a generated network, each with its new organisations, grant, activities and outputs."""

import random
from collections.abc import Iterator
from typing import Any

from tests.bench import network_shapes as shapes
from tests.bench.network_organisations import Organisations
from tests.bench.network_programmes import Programmes
from tests.bench.network_words import LANGUAGES, VOCABULARY, keyword, line, text

Fields = dict[str, Any]

Record = tuple[str, Fields]

# Projects that end earlier are completed. A constant, so that the records are the same on any day.
_CURRENT_MONTH = (2026, 1)

_ASCII = [word for word in VOCABULARY["en"] if word.isascii() and len(word) < 14]


class Projects:
    """A generator of projects, one after the other."""

    def __init__(self, dice: random.Random, programmes: Programmes) -> None:
        self._dice = dice
        self._programmes = programmes
        self._organisations = Organisations(dice)

    def project(self, number: int) -> Iterator[Record]:
        """Yield all records that one project adds to the network."""
        dice = self._dice
        identifier = f"{dice.choice(_ASCII)}-{dice.choice(_ASCII)}-{number}"
        total = shapes.cents(dice)
        organisations: list[int] = []
        parts: list[Fields] = []
        for _ in range(shapes.participations(dice)):
            organisation, new = self._organisations.draw(set(organisations))
            if new:
                yield "Organisation", new
            organisations.append(organisation)
            parts.append(self._participation(len(parts), organisation))
        self._share(parts, total)
        project = self._project(identifier, parts)
        yield "Project", project
        yield "Grant", self._grant(number, identifier, total, project)
        for order in range(1, shapes.activities(dice) + 1):
            yield (
                "Activity",
                self._activity(f"{identifier}-activity-{order}", identifier, order, organisations),
            )
        for order in range(1, shapes.outputs(dice) + 1):
            yield "Output", self._output(f"{identifier}-output-{order}", identifier, project, organisations)

    def _project(self, identifier: str, participations: list[Fields]) -> Fields:
        dice = self._dice
        year, month, length = dice.randint(2014, 2026), dice.randint(1, 12), shapes.months(dice)
        fields: Fields = {
            "id": identifier,
            "title": self._texts(79, line, spread=0.4),
            "status": self._status(year, month, length),
            "participations": participations,
            "topics": sorted({shapes.TOPIC.draw(dice) for _ in range(dice.randint(0, 4))}),
        }
        if dice.random() < 0.967:
            fields["summary"] = self._texts(800, text, spread=0.45)
        if dice.random() < 0.9:
            fields["acronym"] = identifier.split("-", maxsplit=1)[0].upper()
        if dice.random() < 0.97:
            fields |= self._period(year, month, length)
        if dice.random() < 0.91:
            tags = LANGUAGES if dice.random() < 0.6 else ("en",)
            fields["keywords"] = {tag: self._keywords(tag) for tag in tags}
        if dice.random() < 0.1:
            fields["homepage"] = f"https://{identifier}.example/"
        if dice.random() < 0.05:
            fields["countries_stated"] = [shapes.COUNTRY.draw(dice)]
        return fields

    def _participation(self, index: int, organisation: int) -> Fields:
        role = shapes.ROLE.draw(self._dice) if index else "coordinator"
        part = {"id": f"p{index + 1}", "organisation": self._organisations.id(organisation), "role": role}
        if self._dice.random() < 0.975:
            part["country"] = self._organisations.country(organisation)
        return part

    def _share(self, participations: list[Fields], total: int) -> None:
        """Divide the sum among coordinator and partners; other roles get no share."""
        paid = [part for part in participations if part["role"] in ("coordinator", "partner")]
        if self._dice.random() < 0.9:
            for part, share in zip(paid, shapes.shares(self._dice, total, len(paid)), strict=True):
                part["amounts"] = [_amount("contribution", share)]

    def _grant(self, number: int, project: str, total: int, project_fields: Fields) -> Fields:
        dice = self._dice
        fields: Fields = {
            "id": f"grant-{number}",
            "number": f"{100_000 + number}-{project.split('-', maxsplit=1)[0].upper()}",
            "projects": [project],
            "amounts": [_amount("contribution", total)],
        }
        if dice.random() < 0.98:
            fields["programme"] = self._programmes.call()
        if dice.random() < 0.4:
            fields["amounts"].append(_amount("total-cost", int(total * (1 + dice.random()))))
        if "start" in project_fields and dice.random() < 0.7:
            fields["decided"] = str(int(project_fields["start"][:4]) - 1)
        return fields

    def _activity(self, identifier: str, project: str, order: int, organisations: list[int]) -> Fields:
        dice = self._dice
        fields: Fields = {
            "id": identifier,
            "title": self._texts(60, line),
            "kind": shapes.ACTIVITY_KIND.draw(dice),
            "projects": [project],
            "status": dice.choice(("held", "held", "planned")),
            "order": order,
        }
        if dice.random() < 0.7:
            fields["start"] = f"{dice.randint(2014, 2026)}-{dice.randint(1, 12):02}"
        if dice.random() < 0.5:
            fields["organisers"] = [self._organisations.id(dice.choice(organisations))]
        if dice.random() < 0.5:
            fields["places"] = [{"id": "main", "country": shapes.COUNTRY.draw(dice)}]
        if dice.random() < 0.4:
            fields["participants"] = int(dice.lognormvariate(3.5, 0.9))
        return fields

    def _output(
        self, identifier: str, project: str, project_fields: Fields, organisations: list[int]
    ) -> Fields:
        dice = self._dice
        fields: Fields = {
            "id": identifier,
            "title": self._texts(71, line),
            "kind": shapes.OUTPUT_KIND.draw(dice),
            "projects": [project],
            "status": "planned"
            if project_fields["status"] == "ongoing" and dice.random() < 0.6
            else "delivered",
            "languages": dice.choice((["en"], ["en"], ["lv", "en"], ["lv"])),
        }
        if dice.random() < 0.8:
            fields["date"] = f"{dice.randint(2014, 2026)}-{dice.randint(1, 12):02}"
        if dice.random() < 0.3:
            fields["creators"] = [self._organisations.id(dice.choice(organisations))]
        if dice.random() < 0.3:
            fields["url"] = f"https://outputs.example/{identifier}"
        return fields

    def _texts(self, median: float, write: Any, spread: float = 0.35) -> Fields:
        """Return a text in both languages, or in one of them."""
        tags = self._dice.choices((LANGUAGES, ("en",), ("lv",)), cum_weights=(90, 97, 100))[0]
        length = shapes.characters(self._dice, median, spread)
        return {tag: write(self._dice, tag, length) for tag in tags}

    def _keywords(self, tag: str) -> list[str]:
        return sorted({keyword(self._dice, tag) for _ in range(self._dice.randint(1, 8))})

    def _period(self, year: int, month: int, length: int) -> Fields:
        """Return start and end, to the day, month or year, or a duration instead of the end."""
        precision = self._dice.choices((10, 7, 4), cum_weights=(85, 95, 100))[0]
        months = year * 12 + month - 1 + length - 1
        last = f"{months // 12}-{months % 12 + 1:02}-28"
        fields: Fields = {"start": f"{year}-{month:02}-01"[:precision]}
        if self._dice.random() < 0.9:
            return fields | {"end": last[:precision]}
        return fields | {"duration": f"P{length}M"}

    def _status(self, year: int, month: int, length: int) -> str:
        if self._dice.random() < 0.024:
            return "terminated"
        months = year * 12 + month + length
        return "completed" if months < _CURRENT_MONTH[0] * 12 + _CURRENT_MONTH[1] else "ongoing"


def _amount(kind: str, cents: int) -> Fields:
    value = f"{cents // 100}.{cents % 100:02}"
    return {"id": kind, "kind": kind, "value": value, "currency": "EUR"}
