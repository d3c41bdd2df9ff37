"""Tests of the response cache's size limit: eviction, memory use, and entries of other data versions."""

import gc
import os
import tracemalloc

import pytest

from api.http.content_coding import encode_headers, encode_response, negotiate_coding
from api.response_cache import LruResponses

RESPONSES = 1_000_000 if os.environ.get("TEST_LONG") else 20_000

CAPACITY = 2_000_000

HEADERS = encode_headers(
    {"content-type": "application/json", "cache-control": "no-cache", "vary": "Accept, Accept-Encoding"}
)


def key(number: int) -> tuple:
    return f"/projects/project-{number}", "", b"*/*", negotiate_coding(b"gzip")


def encoded_response(number: int, length: int = 1500):
    link = b'<https://data.example.org/projects/project-%d.ttl>; rel="alternate"' % number
    return encode_response(f"{number:032x}", (*HEADERS, (b"link", link)), os.urandom(length))


@pytest.fixture
def cache() -> LruResponses:
    return LruResponses(CAPACITY)


def test_a_cached_response_is_returned_for_the_same_key_and_the_same_version(cache):
    cache.put((1, 1), key(1), encoded_response(1))
    assert cache.get((1, 1), key(1)) == cache.get((1, 1), key(1)) is not None
    assert cache.get((1, 1), key(2)) is None
    for version in ((1, 2), (2, 1), (1, 0)):
        assert cache.get(version, key(1)) is None


def test_a_new_response_replaces_that_of_another_version(cache):
    for version in range(3 * CAPACITY // 1500):
        cache.put(version, key(1), encoded_response(version))
        assert cache.get(version, key(1))[0] == f'"{version:032x}"'.encode()
    assert cache.size < 4_000


def test_the_least_recently_used_response_is_evicted_first(cache):
    count = 2 * CAPACITY // 1500
    cache.put(1, key(-1), encoded_response(-1))
    for number in range(count):
        cache.put(1, key(number), encoded_response(number))
        assert cache.get(1, key(-1))
    cached = [number for number in range(count) if cache.get(1, key(number))]
    assert len(cached) > count // 4
    assert cached == [*range(count - len(cached), count)]
    assert cached[0] > 0


def test_a_response_larger_than_its_share_of_the_capacity_is_not_cached(cache):
    cache.put(1, key(1), encoded_response(1, CAPACITY // 16))
    assert cache.get(1, key(1)) is None
    cache.put(1, key(1), encoded_response(1, CAPACITY // 20))
    assert cache.get(1, key(1))


def test_the_capacity_is_never_exceeded_and_the_size_is_counted_correctly(cache):
    tracemalloc.start()
    try:
        for number in range(RESPONSES):
            cache.put(number // 5000, key(number), encoded_response(number, number % 2500))
            assert cache.size <= CAPACITY
        gc.collect()
        assert cache.size > CAPACITY / 2
        # Other objects of this test take some kilobytes.
        assert tracemalloc.get_traced_memory()[0] < CAPACITY * 1.05
    finally:
        tracemalloc.stop()


def test_cached_responses_are_not_tracked_by_the_garbage_collector(cache):
    for number in range(500):
        cache.put((1, 1), key(number), encoded_response(number))
    gc.collect()
    before = len(gc.get_objects())
    for number in range(500):
        cache.put((1, 2), key(number + 500), encoded_response(number))
    gc.collect()
    gc.collect()
    assert len(gc.get_objects()) - before < 50
