"""The organisations of a generated network: whoever took part in many projects takes part in more."""

import random
from array import array
from typing import Any

from tests.bench import network_shapes as shapes
from tests.bench.network_words import line

Fields = dict[str, Any]

# A Pitman-Yor process; with these, of 119,000 participations' organisations 63 % occur once.
_STRENGTH = 900

_DISCOUNT = 0.63

_LOCALITIES = {
    "LV": ("Riga", "Ogre", "Talsi", "Cēsis", "Daugavpils", "Liepāja", "Kuldīga"),
    "EE": ("Tartu", "Pärnu", "Tallinn"), "LT": ("Kaunas", "Šiauliai", "Vilnius"), "DE": ("Köln", "Leipzig", "Bremen"),
    "ES": ("Málaga", "Bilbao", "León"), "IT": ("Torino", "Bari", "Forlì"), "FR": ("Orléans", "Lille", "Nîmes"),
    "DK": ("Aarhus", "Odense", "Køge"), "SE": ("Malmö", "Umeå", "Falun"), "PT": ("Braga", "Évora", "Porto"),
    "PL": ("Łódź", "Gdańsk", "Lublin"), "GR": ("Patras", "Volos"), "NL": ("Utrecht", "Delft", "Zwolle"),
}  # fmt: skip

_ELSEWHERE = ("North", "South", "East", "West", "Upper", "Lower", "New", "Old")

_WORK = (
    "Craft", "Farm", "Youth", "Bread", "Wool", "Garden", "Repair", "Music", "Water", "Forest", "Learning", "Care",
    "Coast", "Village", "Data", "Energy", "Theatre", "Sport", "Culture", "Trade", "Food", "Housing", "Heritage",
)  # fmt: skip

_BODIES = {
    "company": ("Company", "Works"), "social-enterprise": ("Cooperative", "Workshop"), "association": ("Association",),
    "foundation": ("Foundation",), "non-profit-organisation": ("Centre",), "research-institute": ("Institute",),
    "university": ("University",), "municipality": ("Municipality",), "public-body": ("Agency",),
    "regional-authority": ("Region",),
}  # fmt: skip


class Organisations:
    """The organisations so far, and who takes part the next time."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._ids: list[str] = []
        self._countries: list[str] = []
        self._times = array("I")
        self._past = array("I")
        """Whose each participation so far was."""

    def one(self, besides: set[int]) -> tuple[int, Fields | None]:
        """Return the number of one that takes part, none of some others, and what it is if it is new."""
        new_ones = _STRENGTH + _DISCOUNT * len(self._ids)
        if self._dice.random() * (_STRENGTH + len(self._past)) >= new_ones:
            for _ in range(5):
                number = self._past[int(self._dice.random() * len(self._past))]
                if number not in besides and self._dice.random() * self._times[number] >= _DISCOUNT:
                    self._note(number)
                    return number, None
        fields = self._new()
        self._note(len(self._ids) - 1)
        return len(self._ids) - 1, fields

    def id(self, number: int) -> str:
        """Return the id of an organisation."""
        return self._ids[number]

    def country(self, number: int) -> str:
        """Return the country of an organisation."""
        return self._countries[number]

    def _note(self, number: int) -> None:
        self._past.append(number)
        self._times[number] += 1

    def _new(self) -> Fields:
        dice, number = self._dice, len(self._ids) + 1
        country, kind = shapes.COUNTRY.one(dice), shapes.KIND.one(dice)
        locality = dice.choice(_LOCALITIES.get(country, _ELSEWHERE))
        work, body = dice.choice(_WORK), dice.choice(_BODIES[kind])
        identifier = f"{work}-{body}-{number}".lower()
        self._ids.append(identifier)
        self._countries.append(country)
        self._times.append(0)
        fields: Fields = {
            "id": identifier,
            "name": {"en": f"{locality} {work} {body} {number}"},
            "kind": kind,
            "place": {"locality": {"und": locality}, "country": country},
        }
        if dice.random() < 0.3:
            fields["name"]["lv"] = f"{locality}, {line(dice, 'lv', 24).lower()} {number}"
        if dice.random() < 0.98:
            fields["country"] = country
        if dice.random() < 0.58:
            fields["acronym"] = f"{locality[0]}{work[0]}{body[0]}{number % 1000}".upper()
        if dice.random() < 0.2:
            fields["homepage"] = f"https://www.{identifier}.example/"
        if dice.random() < 0.785:
            notation = f"{country}{100_000_000 + number}"
            fields["identifiers"] = [{"id": "vat", "scheme": "vat", "notation": notation}]
        return fields
