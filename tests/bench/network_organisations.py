"""The organisations of a generated network: the more projects one has, the likelier it gets the next."""

import random
from array import array
from typing import Any

from tests.bench import network_shapes as shapes
from tests.bench.network_words import line

Fields = dict[str, Any]

# A Pitman-Yor process. With these parameters, of the organisations of 119,000 participations 63 % occur once.
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
    """The organisations so far, from which participants are drawn."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._ids: list[str] = []
        self._countries: list[str] = []
        self._counts = array("I")
        self._participants = array("I")
        """The organisation of each participation so far, by number."""

    def draw(self, excluded: set[int]) -> tuple[int, Fields | None]:
        """Return the number of an organisation that is not excluded, and its fields if it is new."""
        new_weight = _STRENGTH + _DISCOUNT * len(self._ids)
        if self._dice.random() * (_STRENGTH + len(self._participants)) >= new_weight:
            for _ in range(5):
                number = self._participants[int(self._dice.random() * len(self._participants))]
                if number not in excluded and self._dice.random() * self._counts[number] >= _DISCOUNT:
                    self._count(number)
                    return number, None
        fields = self._new()
        self._count(len(self._ids) - 1)
        return len(self._ids) - 1, fields

    def id(self, number: int) -> str:
        """Return the id of an organisation."""
        return self._ids[number]

    def country(self, number: int) -> str:
        """Return the country of an organisation."""
        return self._countries[number]

    def _count(self, number: int) -> None:
        self._participants.append(number)
        self._counts[number] += 1

    def _new(self) -> Fields:
        dice, number = self._dice, len(self._ids) + 1
        country, kind = shapes.COUNTRY.draw(dice), shapes.KIND.draw(dice)
        locality = dice.choice(_LOCALITIES.get(country, _ELSEWHERE))
        work, body = dice.choice(_WORK), dice.choice(_BODIES[kind])
        identifier = f"{work}-{body}-{number}".lower()
        self._ids.append(identifier)
        self._countries.append(country)
        self._counts.append(0)
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
