"""What is kept of answers: so many bytes, the last ones, and nothing of another version."""

import gc
import os
import tracemalloc

import pytest

from api.http.content_coding import encode_headers, encode_response, negotiate_coding
from api.response_cache import LruResponses

MANY = 1_000_000 if os.environ.get("TEST_LONG") else 20_000

ROOM = 2_000_000

HEADERS = encode_headers(
    {"content-type": "application/json", "cache-control": "no-cache", "vary": "Accept, Accept-Encoding"}
)


def key(number: int) -> tuple:
    return f"/projects/project-{number}", "", b"*/*", negotiate_coding(b"gzip")


def answer(number: int, length: int = 1500):
    link = b'<https://data.example.org/projects/project-%d.ttl>; rel="alternate"' % number
    return encode_response(f"{number:032x}", (*HEADERS, (b"link", link)), os.urandom(length))


@pytest.fixture
def kept() -> LruResponses:
    return LruResponses(ROOM)


def test_what_was_kept_is_given_for_the_same_question_and_the_same_version(kept):
    kept.put((1, 1), key(1), answer(1))
    assert kept.get((1, 1), key(1)) == kept.get((1, 1), key(1)) is not None
    assert kept.get((1, 1), key(2)) is None
    for version in ((1, 2), (2, 1), (1, 0)):
        assert kept.get(version, key(1)) is None


def test_a_new_answer_takes_the_place_of_that_of_another_version(kept):
    for version in range(3 * ROOM // 1500):
        kept.put(version, key(1), answer(version))
        assert kept.get(version, key(1))[0] == f'"{version:032x}"'.encode()
    assert kept.size < 4_000


def test_the_longest_unused_goes_first(kept):
    many = 2 * ROOM // 1500
    kept.put(1, key(-1), answer(-1))
    for number in range(many):
        kept.put(1, key(number), answer(number))
        assert kept.get(1, key(-1))
    there = [number for number in range(many) if kept.get(1, key(number))]
    assert len(there) > many // 4
    assert there == [*range(many - len(there), many)]
    assert there[0] > 0


def test_one_answer_takes_no_more_than_its_part_of_the_room(kept):
    kept.put(1, key(1), answer(1, ROOM // 16))
    assert kept.get(1, key(1)) is None
    kept.put(1, key(1), answer(1, ROOM // 20))
    assert kept.get(1, key(1))


def test_however_much_is_asked_the_room_is_not_exceeded_and_counted_right(kept):
    tracemalloc.start()
    try:
        for number in range(MANY):
            kept.put(number // 5000, key(number), answer(number, number % 2500))
            assert kept.size <= ROOM
        gc.collect()
        assert kept.size > ROOM / 2
        # What else this test has made is some kilobytes.
        assert tracemalloc.get_traced_memory()[0] < ROOM * 1.05
    finally:
        tracemalloc.stop()


def test_the_garbage_collector_has_nothing_to_look_at(kept):
    for number in range(500):
        kept.put((1, 1), key(number), answer(number))
    gc.collect()
    before = len(gc.get_objects())
    for number in range(500):
        kept.put((1, 2), key(number + 500), answer(number))
    gc.collect()
    gc.collect()
    assert len(gc.get_objects()) - before < 50
