"""Tests of the typed decoder: for any document its verdict and its record are those of the validator."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from schema import MODEL
from schema.validation.errors import InvalidRecordError
from schema.validation.record_codec import decode_and_explain, decode_typed_record
from schema.validation.typed_decoder import decode_typed
from tests.bench.network import lines
from tests.support.generators.network import commits
from tests.support.generators.records import random_record

KEYS = [(entity, f"{entity.lower()}-{n}") for n in range(4) for entity in MODEL.by_name]

VALUES: list[Any] = [
    *(None, "", " x", "x\n", "é", "e\u0301", "a\r\nb", "\u202e", 0, 1, -1, 1.0, 10**30, True, False),
    *([], {}, [1], ["a", "a"], {"en": "x"}, {"lv": "y", "en": "x"}, {"en": "x", "lv": "y"}, {"xx-a": "x"}),
    *(
        {"de": ["x", "x"]},
        {"id": "x"},
        "2017",
        "2017-13",
        "[2018,2017]",
        "2020-02-30",
        "P0Y",
        "LV",
        "lv",
        "qq",
    ),
    *("http://[", "https://example.org/é", "99999999999999.99", "-1", "Project", [[[[[]]]]]),
]


def verdict(decode: Callable[..., Any], data: bytes) -> Any:
    """Return the bytes of a record, which have the order of languages too, or its errors."""
    try:
        record = decode(MODEL, data)
    except InvalidRecordError as error:
        return [(fault.code, fault.pointer, fault.limits) for fault in error.faults]
    return type(record), msgspec.json.encode(record)


def mutated(rng: random.Random, document: Any) -> Any:
    """Return a document with one random value, at any depth, replaced, repeated, removed or renamed."""
    if isinstance(document, dict) and document:
        name = rng.choice([*document])
        others = {key: value for key, value in document.items() if key != name}
        match rng.randrange(8):
            case 0:
                return others
            case 1:
                return {**others, rng.choice(("uri", "type", "label", "und", "start", "end")): document[name]}
            case 2:
                return {**others, name: document[name]}
            case _:
                return document | {name: mutated(rng, document[name])}
    if isinstance(document, list) and document:
        index = rng.randrange(len(document))
        if rng.random() < 0.3:
            return [*document, document[index]]
        return [*document[:index], mutated(rng, document[index]), *document[index + 1 :]]
    return rng.choice(VALUES)


def good_documents(rng: random.Random) -> Iterator[dict[str, Any]]:
    for key in KEYS * 3:
        record = random_record(rng, key, "Word", KEYS, links=0.7)
        yield {"type": key[0], **msgspec.to_builtins(record)}
    for action in commits(3, 30)[0]:
        yield {"type": action.key[0], **msgspec.to_builtins(action.record)}
    yield from map(json.loads, lines(20))


def test_good_and_bad_documents_have_the_verdict_and_the_record_of_the_validator():
    rng, refused = random.Random(17), 0  # noqa: S311 - the same documents each time
    for document in good_documents(rng):
        bad = mutated(rng, document)
        for data in (document, bad, mutated(rng, bad)):
            for encoded in (msgspec.json.encode(data), json.dumps(data, indent=1).encode()):
                expected = verdict(decode_and_explain, encoded)
                assert verdict(decode_typed_record, encoded) == expected, encoded
                refused += isinstance(expected, list)
    assert refused > 1_000


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"Grant","id":"a","name":{"en":"x"},"type":"Project"}',
        b'{"id":"a","title":{"en":"x"}}',
        b'{"type":"Project","id":"a","title":{"en":"\xff"}}',
        b'{"type":"Project","id":"a","title":{"en":"\\ud800"}}',
        b'{"type":"Project","id":"a","title":{"en":"x","en":"y"}}',
        b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b',"type":"Project"}',
        b'{"type":"Project","id":"a","title":{"en":"' + b"x" * 1_000_000 + b'"}}',
        b'["type"]',
        b"",
    ],
)
def test_unusual_texts_have_the_verdict_of_the_validator(data):
    assert verdict(decode_typed_record, data) == verdict(decode_and_explain, data)


def test_nearly_all_records_of_a_network_are_decoded_without_the_validator():
    decoded = [decode_typed(MODEL, line) is not None for line in lines(100)]
    assert sum(decoded) > 0.95 * len(decoded)
