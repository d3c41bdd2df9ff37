"""Tests of zstd frames: the same bytes however they are made, and damage that is found."""

import pytest
import zstandard

from api.store.zstd_frame import (
    DamagedDocumentError,
    compress,
    compressed_parts,
    content_length,
    decompress,
)

BODY = b'{"title":{"en":"A network of incubators","lv":"Inkubatoru t\xc4\xabkls"},"id":"network"}' * 9


@pytest.mark.parametrize(
    "body",
    [b"", b"x", BODY, BODY * 10_000, b"x" * 50_000_000],
    ids=["empty", "byte", "short", "long", "dense"],
)
def test_a_frame_states_the_length_of_its_body_and_has_the_same_bytes_in_parts(body):
    frame = compress(body)
    assert frame == b"".join(compressed_parts(body))
    assert content_length(frame) == len(body)
    assert decompress(frame) == body


def test_a_frame_can_be_sent_with_a_window_that_every_client_allows():
    """RFC 9659: at most 8 MB."""
    body = b"".join(str(number).encode() for number in range(3_000_000))
    assert zstandard.get_frame_parameters(compress(body)).window_size <= 2**23 < len(body)


def test_a_damaged_frame_is_never_another_body():
    frame = compress(BODY)
    for index in range(len(frame)):
        damaged = bytearray(frame)
        damaged[index] ^= 1 << index % 8
        try:
            body = decompress(bytes(damaged))
        except DamagedDocumentError:
            continue
        assert body == BODY


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        BODY,
        compress(BODY)[:-1],
        compress(BODY) + b"x",
        # A frame without a stated length, and one that states a terabyte.
        zstandard.ZstdCompressor(write_content_size=False).compress(BODY),
        b"\x28\xb5\x2f\xfd\xe0" + (2**40).to_bytes(8, "little") + compress(BODY)[7:],
    ],
    ids=["empty", "plain", "cut", "longer", "without-length", "terabyte"],
)
def test_what_is_no_whole_frame_is_not_decompressed(damaged):
    with pytest.raises(DamagedDocumentError):
        decompress(damaged)
