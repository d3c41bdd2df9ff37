"""Oracle of list queries: filters every document in turn, without tables or indexes.

It shares the declarations of the fields with the code under test, and nothing else.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from schema import MODEL
from schema.declaration.annotations import Visibility
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind, date_bounds
from schema.declaration.shapes import Field
from tests.support.oracle.filter_values import (
    CODES,
    RANGES,
    Body,
    Documents,
    link_target,
    objects,
    record_names,
)
from tests.support.oracle.search import Stems, Term, rank, search_groups, stems, terms, tokens
from tests.support.site import BASE

QueryPairs = Sequence[tuple[str, str]]
"""Parameters with their values, in the order of the query string."""

DocumentTest = Callable[[Body], bool]

LANGUAGES = ("lv", "en")

COMMA_PARAMETERS = {
    "any",
    "has",
    "missing",
    "missing_lang",
    "id",
    *(name for parameters in CODES.values() for name in parameters),
}
"""Parameters that accept several values, separated by commas or as repeated parameters."""

AUTHORITY_CODES = {iri: code for table in AUTHORITY_TABLES.values() for code, iri in table.iris.items()}


class UnknownNameError(LookupError):
    """A query names a record by something that no record has as its id, or that is the name of several."""


class BruteForce:
    """The expected results of queries.

    `documents` are all public documents; `changes` has the number of each record's first change, by
    entity and id. What queries have in common, such as the ids of the records with a code, is found by
    one look at every document and remembered.
    """

    def __init__(self, documents: Documents, changes: Mapping[tuple[str, str], int]) -> None:
        self.documents = documents
        self._codes: dict[tuple[str, str, str], set[str]] = {}
        self._ids: dict[tuple[str, str], dict[str, set[str]]] = {}
        self._sort_values: dict[tuple[str, str], dict[str, bytes | int | None]] = {}
        self._in_order = {
            entity: [bodies[key] for key in sorted(bodies, key=lambda key: changes[entity, key])]
            for entity, bodies in documents.items()
        }
        self._named: dict[str, dict[str, set[str]]] = {}
        self._searched_texts: dict[tuple[str, str], tuple[str, Stems, tuple[str, str, str]]] = {}

    def ask(self, entity: str, query: QueryPairs) -> list[str]:
        """Return the ids of all matching records, in the order of the query. Raise UnknownNameError."""
        parameters: dict[str, list[str]] = defaultdict(list)
        for name, value in query:
            parameters[name] += value.split(",") if name in COMMA_PARAMETERS else [value]
        bodies = self._in_order[entity]
        for test in self._tests(entity, parameters):
            bodies = [body for body in bodies if test(body)]
        keys = parameters["sort"][0].split(",") if "sort" in parameters else []
        is_descending = bool(keys) and keys[-1].startswith("-")
        bodies = bodies[::-1] if is_descending else bodies[:]
        if search := parameters.get("q"):
            bodies = self._ranked(entity, terms(search[0]), bodies, is_sorted=not keys)
        for key in reversed(keys):
            bodies = self._sorted(entity, bodies, key)
        return [body["id"] for body in bodies]

    def codes(self, entity: str, name: str, body: Body) -> set[str]:
        """Return the codes of a document for a parameter."""
        key = (entity, name, body["id"])
        if key not in self._codes:
            by_id = {"id": lambda _, document: {document["id"]}}
            self._codes[key] = {**by_id, **CODES[entity]}[name](self.documents, body)
        return self._codes[key]

    def _ids_by_code(self, entity: str, name: str) -> Mapping[str, set[str]]:
        """Return the ids of the documents that have each code for a parameter."""
        if (entity, name) not in self._ids:
            ids: dict[str, set[str]] = defaultdict(set)
            for body in self._in_order[entity]:
                for code in self.codes(entity, name, body):
                    ids[code].add(body["id"])
            self._ids[entity, name] = ids
        return self._ids[entity, name]

    def _sorted(self, entity: str, bodies: list[Body], key: str) -> list[Body]:
        """Return documents sorted by one key; the sort is stable, and missing values are last."""
        name = key.removeprefix("-")
        if (entity, name) not in self._sort_values:
            self._sort_values[entity, name] = {
                body["id"]: _sort_value(entity, name, body) for body in self._in_order[entity]
            }
        values = self._sort_values[entity, name]
        known = [body for body in bodies if values[body["id"]] is not None]
        unknown = [body for body in bodies if values[body["id"]] is None]
        return sorted(known, key=lambda body: values[body["id"]], reverse=key.startswith("-")) + unknown

    def _tests(self, entity: str, parameters: Mapping[str, list[str]]) -> list[DocumentTest]:
        """Return the tests that a matching document passes, all of them."""
        tests = [
            test
            for name, values in parameters.items()
            for test in self._parameter_tests(entity, name, values)
        ]
        limits = {
            name: Decimal(parameters[name][0]) for name in ("amount_from", "amount_to") if name in parameters
        }
        if limits:
            tests.append(_amount_test(code_of(parameters["currency"][0]), limits))
        return tests

    def _parameter_tests(self, entity: str, name: str, values: list[str]) -> list[DocumentTest]:
        """Return the tests of one parameter; those of amounts need several parameters."""
        if name == "id" or name in CODES[entity]:
            return [self._code_test(entity, name, values)]
        if name.removesuffix("_from").removesuffix("_to") in RANGES[entity]:
            return [_range_test(name, values[0])]
        match name:
            case "any":
                return [self._disjunction_test(entity, values)]
            case "has" | "missing":
                return [_presence_test(values, is_present=name == "has")]
            case "missing_lang":
                return [_language_test(entity, values)]
            case "updated_since":
                return [_modified_test(values[0])]
            case _:
                return []

    def _code_test(self, entity: str, name: str, values: list[str]) -> DocumentTest:
        required = {self.code_of(entity, name, value) for value in values if not value.startswith("-")}
        excluded = {self.code_of(entity, name, value[1:]) for value in values if value.startswith("-")}

        with_required = self._ids_with(entity, [(name, code) for code in required])
        with_excluded = self._ids_with(entity, [(name, code) for code in excluded])

        def test(body: Body) -> bool:
            return body["id"] not in with_excluded and (not required or body["id"] in with_required)

        return test

    def _disjunction_test(self, entity: str, values: list[str]) -> DocumentTest:
        pairs = [value.split(":", 1) for value in values]
        ids = self._ids_with(entity, [(name, self.code_of(entity, name, code)) for name, code in pairs])
        return lambda body: body["id"] in ids

    def code_of(self, entity: str, name: str, value: str) -> str:
        """Return the code of a value, or the id of the record that it names."""
        target = link_target(entity, name)
        if target is None:
            return code_of(value)
        identifier = value
        if value.startswith(f"{BASE}/{MODEL.by_name[target].collection}/"):
            identifier = code_of(value)
        if identifier in self.documents.get(target, {}):
            return identifier
        ids = self._ids_by_name(target).get(_folded(value), set())
        if len(ids) != 1:
            raise UnknownNameError(value)
        return next(iter(ids))

    def _ids_by_name(self, entity: str) -> Mapping[str, set[str]]:
        """Return the ids of the records of an entity by what may stand for them."""
        if entity not in self._named:
            names: dict[str, set[str]] = defaultdict(set)
            for body in self.documents.get(entity, {}).values():
                for name in record_names(body):
                    names[_folded(name)].add(body["id"])
            names.pop("", None)
            self._named[entity] = names
        return self._named[entity]

    def _ids_with(self, entity: str, pairs: Sequence[tuple[str, str]]) -> set[str]:
        """Return the ids of the documents with at least one of some codes, each of a parameter."""
        return {
            identifier for name, code in pairs for identifier in self._ids_by_code(entity, name).get(code, ())
        }

    def _ranked(self, entity: str, search: list[Term], bodies: list[Body], *, is_sorted: bool) -> list[Body]:
        """Return the documents that match a search, sorted by rank if `is_sorted`."""
        ranks = {body["id"]: rank(search, *self._texts(entity, body)) for body in bodies}
        matching = [body for body in bodies if ranks[body["id"]] is not None]
        return sorted(matching, key=lambda body: ranks[body["id"]]) if is_sorted else matching

    def _texts(self, entity: str, body: Body) -> tuple[str, Stems, tuple[str, str, str]]:
        """Return the searched text of a document, as a whole and in groups, with the stems of its words."""
        key = (entity, body["id"])
        if key not in self._searched_texts:
            groups = search_groups(entity, body)
            text = "\n".join(groups)
            self._searched_texts[key] = text, frozenset().union(*map(stems, text.split())), groups
        return self._searched_texts[key]


def code_of(value: str) -> str:
    """Return the code of a value, which may be a code or its IRI."""
    if not value.startswith(("http://", "https://")):
        return value
    return AUTHORITY_CODES.get(value) or value.removesuffix("#this").rpartition("/")[2]


def _folded(name: str) -> str:
    """Return a name without case, accents and punctuation; an IRI is left as it is."""
    return name if "://" in name else " ".join(tokens(name))


def sort_keys(entity: str) -> list[str]:
    """Return the sort keys of an entity."""
    fields = MODEL.by_name[entity].fields
    return ["id", "created", "modified", *(field.name for field in fields if _is_sortable(field))]


def _is_sortable(field: Field) -> bool:
    if field.is_list or field.derived or field.name == "id":
        return False
    is_label = field.kind is Kind.TEXT and field.visibility is Visibility.CARD
    return is_label or field.kind in (Kind.STRING, Kind.PARTIAL_DATE, Kind.INTEGER)


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
            return " ".join(tokens(value[tag])).encode()
        case _:
            return " ".join(tokens(value)).encode()


def _range_test(name: str, value: str) -> DocumentTest:
    field, _, end = name.rpartition("_")
    first, last = (day.isoformat() for day in date_bounds(value))
    if end == "from":
        return lambda body: field in body and body[f"{field}_latest"] >= first
    return lambda body: field in body and body[f"{field}_earliest"] <= last


def _amount_test(currency: str, limits: Mapping[str, Decimal]) -> DocumentTest:
    minimum = limits.get("amount_from", Decimal(0))
    maximum = limits.get("amount_to", Decimal("Infinity"))
    return lambda body: any(
        amount["currency"]["id"] == currency and minimum <= Decimal(amount["value"]) <= maximum
        for amount in objects(body, "amounts")
    )


def _presence_test(names: list[str], *, is_present: bool) -> DocumentTest:
    return lambda body: any((name in body) is is_present for name in names)


def _language_test(entity: str, tags: list[str]) -> DocumentTest:
    texts = [field for field in MODEL.by_name[entity].stated_fields if field.kind in (Kind.TEXT, Kind.TEXTS)]
    # Other names are not translated.
    fields = [field for field in texts if field.name != "aliases"]
    return lambda body: any(
        field.name in body and tag not in body[field.name] for field in fields for tag in tags
    )


def _modified_test(value: str) -> DocumentTest:
    since = value if "T" in value else f"{value}T00:00:00Z"
    return lambda body: body["record"]["modified"] >= since
