"""Damaged worlds: whatever comes, an answer in words within ten seconds, and the server goes on."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from web import client
from worlds import random_world

SOON = 10.0


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The bytes of a small sound world."""
    place = tmp_path_factory.mktemp("world") / "world.nc"
    random_world(np.random.default_rng(3), 2, 2, tariffs=True).save(place)
    return place.read_bytes()


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    return client(tmp_path_factory.mktemp("server"))


EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.one_of(st.binary(min_size=1, max_size=8), st.just(b"\xff" * 8), st.just(b"\0" * 64)),
    ),
    min_size=1,
    max_size=6,
)
CUTS = st.one_of(st.just(1.0), st.floats(0.01, 1))


def damaged(content, edits, cut):
    """The file with some bytes written over, and cut short."""
    made = bytearray(content)
    for place, new in edits:
        at = int(place * len(made))
        made[at : at + len(new)] = new
    return bytes(made[: max(1, int(cut * len(made)))])


def refused_or_taken(web, content):
    """Send it; an answer in words comes soon, and the server still answers."""
    begun = time.monotonic()
    answer = web.post(
        "/upload", files=[("files", ("world.nc", content))], headers={"accept": "text/html"}
    )
    assert time.monotonic() - begun < SOON
    assert answer.status_code in (200, 422)
    assert ("What is wrong" in answer.text) == (answer.status_code == 422)
    assert web.get("/upload").status_code == 200


@settings(max_examples=6, suppress_health_check=list(HealthCheck), database=None)
@given(edits=EDITS, cut=CUTS)
def test_a_damaged_world_is_refused_in_words(web, world, edits, cut):
    refused_or_taken(web, damaged(world, edits, cut))


@pytest.mark.slow
@settings(max_examples=120, suppress_health_check=list(HealthCheck), database=None)
@given(edits=EDITS, cut=CUTS)
def test_many_damaged_worlds_are_refused_in_words(web, world, edits, cut):
    refused_or_taken(web, damaged(world, edits, cut))


@pytest.mark.parametrize(
    "content",
    [b"\0", b"\x89HDF\r\n\x1a\n" + b"\xff" * 300, b"CDF\x01" + b"\xff" * 64, b"not a world at all"],
    ids=["zero", "header", "classic", "text"],
)
def test_what_is_no_world_is_refused_in_words(web, content):
    refused_or_taken(web, content)


def test_a_world_that_claims_more_numbers_than_memory_holds(tmp_path, web):
    import h5py

    place = tmp_path / "huge.nc"
    with h5py.File(place, "w") as file:
        shape = (50_000, 50_000, 50)
        file.create_dataset("trade_share", shape, "f8", chunks=(1000, 1000, 1), compression=9)
    answer = web.post(
        "/upload",
        files=[("files", ("world.nc", place.read_bytes()))],
        headers={"accept": "text/html"},
    )
    assert answer.status_code == 422
    assert "more than the 60,000,000 that are taken here" in answer.text
