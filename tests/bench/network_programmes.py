"""The programmes of a generated network, a tree of four levels, with their funders and their source."""

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from tests.bench.network_words import line, text

Fields = dict[str, Any]

FUNDERS = 12

PROGRAMMES = 8

_SOURCE: Fields = {
    "id": "programme-table",
    "title": {"en": "Table of programmes"},
    "kind": "data-set",
    "language": "en",
}

_STRANDS = 4

_ACTIONS = 3

_CALLS = 3


class Programmes:
    """All programmes, and the calls of grants: the first calls have by far the most grants."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._records = [("Source", _SOURCE), *self._funders(), *self._tree()]
        self._calls = [fields["id"] for _, fields in self._records if fields.get("level") == "call"]
        self._weights = [*accumulate(1 / (rank + 5) for rank in range(len(self._calls)))]

    def records(self) -> list[tuple[str, Fields]]:
        """Return the source, the funders, then the programmes, parents before children."""
        return self._records

    def call(self) -> str:
        """Return the call of a grant."""
        return self._dice.choices(self._calls, cum_weights=self._weights)[0]

    def _funders(self) -> Iterator[tuple[str, Fields]]:
        for number in range(1, FUNDERS + 1):
            yield (
                "Organisation",
                {
                    "id": f"fund-{number}",
                    "name": {"lv": f"{number}. sadarbības fonds", "en": f"Cooperation fund {number}"},
                    "kind": "public-body",
                    "summary": {"en": text(self._dice, "en", 300)},
                },
            )

    def _tree(self) -> Iterator[tuple[str, Fields]]:
        for number in range(1, PROGRAMMES + 1):
            top = self._programme(f"programme-{number}", "programme", None)
            top |= {
                "funders": [f"fund-{number}"],
                "acknowledgement": {"lv": text(self._dice, "lv", 120), "en": text(self._dice, "en", 120)},
                "disclaimer": {"en": text(self._dice, "en", 250)},
                "start": "2014",
                "record": {"sources": [_SOURCE["id"]]},
            }
            yield "Programme", top
            yield from self._descendants(
                top["id"], ("strand", _STRANDS), ("action", _ACTIONS), ("call", _CALLS)
            )

    def _descendants(self, parent: str, *levels: tuple[str, int]) -> Iterator[tuple[str, Fields]]:
        (level, count), *lower_levels = levels
        for number in range(1, count + 1):
            fields = self._programme(f"{parent}-{level}-{number}", level, parent)
            if level == "strand" and self._dice.random() < 0.3:
                fields["funders"] = [f"fund-{self._dice.randint(PROGRAMMES + 1, FUNDERS)}"]
            yield "Programme", fields
            if lower_levels:
                yield from self._descendants(fields["id"], *lower_levels)

    def _programme(self, identifier: str, level: str, parent: str | None) -> Fields:
        name = {tag: line(self._dice, tag, 40) for tag in ("lv", "en")}
        fields = {"id": identifier, "name": name, "code": identifier.upper(), "level": level}
        return fields | {"parent": parent} if parent else fields
