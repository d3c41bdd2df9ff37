"""The answers to questions, told slowly and plainly from the JSON documents alone.

What is served from tables and indexes is held against this: it goes through every document for every
question, and shares with the code that answers no more than the declarations of the fields.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from schema import MODEL
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind, date_bounds
from schema.declaration.shapes import Field
from tests.support.oracle.search import rank, searched, terms, words
from tests.support.oracle.values import CODES, RANGES, Body, Documents, listed

Question = Sequence[tuple[str, str]]
"""Parameters with their values, in the order in which they stand in a query."""

Test = Callable[[Body], bool]

LANGUAGES = ("lv", "en")

IN_LISTS = {"any", "has", "missing", "missing_lang", "id", *(name for one in CODES.values() for name in one)}
"""Parameters in which commas and repetition mean the same: that each value is enough."""

OF_AUTHORITIES = {iri: code for table in AUTHORITY_TABLES.values() for code, iri in table.iris.items()}


class BruteForce:
    """All public documents, and the answers that they give; `changes` says which was the last of each."""

    def __init__(self, documents: Documents, changes: Mapping[tuple[str, str], int]) -> None:
        self.documents = documents
        self.changes = changes
        self._kept: dict[tuple[str, str, str], set[str]] = {}
        self._searched: dict[tuple[str, str], tuple[str, str, str]] = {}

    def ask(self, entity: str, question: Question) -> list[str]:
        """Return the ids of all records that fit a question, in its order."""
        given: dict[str, list[str]] = defaultdict(list)
        for name, value in question:
            given[name] += value.split(",") if name in IN_LISTS else [value]
        tests = self._tests(entity, given)
        found = [body for body in self.documents[entity].values() if all(test(body) for test in tests)]
        keys = given["sort"][0].split(",") if "sort" in given else []
        is_down = bool(keys) and keys[-1].startswith("-")
        found.sort(key=lambda body: body["id"].encode(), reverse=is_down)
        if "q" in given and keys in (["modified"], ["-modified"]):
            # What is found by words is in the order of the changes themselves, within a second too.
            found.sort(key=lambda body: self.changes[entity, body["id"]], reverse=is_down)
        if wanted := given.get("q"):
            found = self._ranked(entity, terms(wanted[0]), found, is_order=not keys)
        for key in reversed(keys):
            found = _sorted(entity, found, key)
        return [body["id"] for body in found]

    def codes(self, entity: str, name: str, body: Body) -> set[str]:
        """Return the codes that a document has for a parameter."""
        key = (entity, name, body["id"])
        if key not in self._kept:
            own = {"id": lambda _, one: {one["id"]}}
            self._kept[key] = {**own, **CODES[entity]}[name](self.documents, body)
        return self._kept[key]

    def _tests(self, entity: str, given: Mapping[str, list[str]]) -> list[Test]:
        """Return what a document has to stand, all of it."""
        found = [test for name, values in given.items() for test in self._of(entity, name, values)]
        limits = {name: Decimal(given[name][0]) for name in ("amount_from", "amount_to") if name in given}
        return [*found, _of_amount(code_of(given["currency"][0]), limits)] if limits else found

    def _of(self, entity: str, name: str, values: list[str]) -> list[Test]:
        """Return what one parameter asks for; an amount is asked for by several together."""
        if name == "id" or name in CODES[entity]:
            return [self._of_codes(entity, name, values)]
        if name.removesuffix("_from").removesuffix("_to") in RANGES[entity]:
            return [_of_range(name, values[0])]
        match name:
            case "any":
                return [self._of_any(entity, values)]
            case "has" | "missing":
                return [_of_fields(values, is_there=name == "has")]
            case "missing_lang":
                return [_of_languages(entity, values)]
            case "updated_since":
                return [_of_moment(values[0])]
            case _:
                return []

    def _of_codes(self, entity: str, name: str, values: list[str]) -> Test:
        wanted = {code_of(value) for value in values if not value.startswith("-")}
        refused = {code_of(value[1:]) for value in values if value.startswith("-")}

        def test(body: Body) -> bool:
            has = self.codes(entity, name, body)
            return not has & refused and (not wanted or bool(has & wanted))

        return test

    def _of_any(self, entity: str, values: list[str]) -> Test:
        pairs = [one.split(":", 1) for one in values]
        return lambda body: any(code_of(code) in self.codes(entity, name, body) for name, code in pairs)

    def _ranked(self, entity: str, wanted: list[str], bodies: list[Body], *, is_order: bool) -> list[Body]:
        ranks = {body["id"]: rank(wanted, self._words(entity, body)) for body in bodies}
        found = [body for body in bodies if ranks[body["id"]] is not None]
        return sorted(found, key=lambda body: ranks[body["id"]]) if is_order else found

    def _words(self, entity: str, body: Body) -> tuple[str, str, str]:
        key = (entity, body["id"])
        if key not in self._searched:
            self._searched[key] = searched(entity, body)
        return self._searched[key]


def code_of(value: str) -> str:
    """Return the code that a value stands for, which may be an IRI of it."""
    if not value.startswith(("http://", "https://")):
        return value
    return OF_AUTHORITIES.get(value) or value.removesuffix("#this").rpartition("/")[2]


def sort_keys(entity: str) -> list[str]:
    """Return what lists of an entity can be sorted by."""
    return ["id", "created", "modified", *(one.name for one in MODEL.by_name[entity].fields if _sorts(one))]


def _sorts(field: Field) -> bool:
    if field.is_list or field.derived or field.name == "id":
        return False
    is_label = field.kind is Kind.TEXT and field.visibility and field.name in ("title", "name")
    return is_label or field.kind in (Kind.STRING, Kind.PARTIAL_DATE, Kind.INTEGER)


def _sorted(entity: str, bodies: list[Body], key: str) -> list[Body]:
    """Return documents in the order of one key, and otherwise as they were; unknown last."""
    values = {body["id"]: _sort_value(entity, key.removeprefix("-"), body) for body in bodies}
    known = [body for body in bodies if values[body["id"]] is not None]
    unknown = [body for body in bodies if values[body["id"]] is None]
    return sorted(known, key=lambda body: values[body["id"]], reverse=key.startswith("-")) + unknown


def _sort_value(entity: str, name: str, body: Body) -> bytes | int | None:
    if name in ("created", "modified"):
        return body["record"][name].encode()
    if name not in body:
        return None
    value = body[name]
    if name == "id":
        return value.encode()
    kind = next(field.kind for field in MODEL.by_name[entity].fields if field.name == name)
    match kind:
        case Kind.INTEGER:
            return value
        case Kind.PARTIAL_DATE:
            return body[f"{name}_earliest"].encode()
        case Kind.TEXT:
            tag = next((tag for tag in LANGUAGES if tag in value), min(value))
            return " ".join(words(value[tag])).encode()
        case _:
            return " ".join(words(value)).encode()


def _of_range(name: str, value: str) -> Test:
    field, _, side = name.rpartition("_")
    first, last = (day.isoformat() for day in date_bounds(value))
    if side == "from":
        return lambda body: field in body and body[f"{field}_latest"] >= first
    return lambda body: field in body and body[f"{field}_earliest"] <= last


def _of_amount(currency: str, limits: Mapping[str, Decimal]) -> Test:
    least, most = limits.get("amount_from", Decimal(0)), limits.get("amount_to", Decimal("Infinity"))
    return lambda body: any(
        amount["currency"]["id"] == currency and least <= Decimal(amount["value"]) <= most
        for amount in listed(body, "amounts")
    )


def _of_fields(names: list[str], *, is_there: bool) -> Test:
    return lambda body: any((name in body) is is_there for name in names)


def _of_languages(entity: str, tags: list[str]) -> Test:
    stated = [one for one in MODEL.by_name[entity].stated_fields if one.kind in (Kind.TEXT, Kind.TEXTS)]
    return lambda body: any(one.name in body and tag not in body[one.name] for one in stated for tag in tags)


def _of_moment(value: str) -> Test:
    since = value if "T" in value else f"{value}T00:00:00Z"
    return lambda body: body["record"]["modified"] >= since
