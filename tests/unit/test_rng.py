"""Keyed randomness: the published generator, the same bits compiled and plain, true quantiles."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba import njit

from labsim.rng import (
    BLOCK,
    MASK,
    TO_UNIT,
    Purpose,
    draw4,
    exponential,
    fill_block,
    fill_list,
    hashed_seed,
    name_number,
    normal,
    philox,
    real,
    row_draw,
    uniforms,
    whole,
)

WORD = st.integers(0, MASK)
KEY = st.integers(0, 2**64 - 1)
ENTITY = st.integers(0, 2**63 - 1)
MONTH = st.integers(0, 40_000)
PURPOSE = st.sampled_from(Purpose)
PI = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((MASK,) * 4, (MASK, MASK), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (PI, (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
    ],
    ids=["zeros", "ones", "digits of pi"],
)
def test_philox_gives_the_known_answers_of_its_authors(
    counter: tuple[int, int, int, int], key: tuple[int, int], words: tuple[int, int, int, int]
) -> None:
    """Random123, file kat_vectors, philox 4x32, 10 rounds."""
    assert philox(counter, key) == words


def test_a_draw_is_philox_of_the_documented_counter_and_key() -> None:
    key, entity = (PI[1] << 32) | PI[0], (PI[3] << 32) | PI[2]
    words = philox((PI[2], PI[3], 24_000, 15 * 256 + 7), (PI[0], PI[1]))
    assert draw4(key, Purpose.TICKET, 24_000, entity, 7) == tuple(word / 2**32 for word in words)


@njit
def compiled_draw(key: Any, purpose: Any, month: Any, entity: Any, index: Any) -> Any:
    return draw4(key, purpose, month, entity, index)


@settings(max_examples=300)
@given(key=KEY, purpose=PURPOSE, month=MONTH, entity=ENTITY, index=st.integers(0, 255))
@example(key=0, purpose=Purpose.BIRTH, month=0, entity=0, index=0)
@example(key=2**64 - 1, purpose=max(Purpose), month=40_000, entity=2**63 - 1, index=255)
@example(key=2**63, purpose=Purpose.VACANCY, month=24_000, entity=(3_000_000 << 32) + 70_000, index=0)
@example(key=1, purpose=Purpose.TICKET, month=1, entity=2**32, index=1)
def test_compiled_and_plain_draws_have_the_same_bits(
    key: int, purpose: Purpose, month: int, entity: int, index: int
) -> None:
    plain = draw4(key, purpose, month, entity, index)
    assert compiled_draw(np.uint64(key), int(purpose), month, entity, index) == plain
    assert tuple(uniforms(key, purpose, month, np.array([entity]), index)[0].tolist()) == plain
    assert all(0.0 <= u < 1.0 and u * 2**32 == int(u * 2**32) for u in plain)


@settings(max_examples=50)
@given(key=KEY, purpose=PURPOSE, month=MONTH, entities=st.lists(ENTITY, max_size=20))
def test_draws_for_many_are_the_draws_one_by_one(
    key: int, purpose: Purpose, month: int, entities: list[int]
) -> None:
    together = uniforms(key, purpose, month, np.array(entities, np.int64), 3)
    assert together.shape == (len(entities), 4)
    assert together.tolist() == [list(draw4(key, purpose, month, entity, 3)) for entity in entities]


@settings(max_examples=20)
@given(key=KEY, purpose=PURPOSE, month=MONTH, block=st.integers(0, 3000))
def test_a_block_filled_together_holds_the_rows_drawn_one_by_one(
    key: int, purpose: Purpose, month: int, block: int
) -> None:
    words = np.zeros((4, BLOCK), np.uint32)
    fill_block(block, np.uint64(key), int(purpose), month, words)
    drawn = [row_draw(key, purpose, month, block * BLOCK + j) for j in range(0, BLOCK, 37)]
    assert [words[0, j] * TO_UNIT for j in range(0, BLOCK, 37)] == drawn
    assert not words[1:].any(), "one number a row"


@settings(max_examples=20)
@given(key=KEY, purpose=PURPOSE, month=MONTH, entities=st.lists(ENTITY, min_size=1, max_size=40))
def test_a_list_filled_together_holds_the_draws_one_by_one(
    key: int, purpose: Purpose, month: int, entities: list[int]
) -> None:
    words, lo = np.zeros((4, BLOCK), np.uint32), len(entities) // 2
    listed = np.array(entities, np.int64)
    fill_list(listed, lo, len(entities), np.uint64(key), int(purpose), month, 3, words)
    for j, entity in enumerate(entities[lo:]):
        assert (words[:, j] * TO_UNIT).tolist() == list(draw4(key, purpose, month, entity, 3))


def test_every_row_has_a_draw_of_its_own() -> None:
    drawn = [row_draw(hashed_seed(1), Purpose.EFFORT, 24_000, row) for row in range(4 * BLOCK)]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("argument", range(5))
def test_every_part_of_the_counter_and_the_key_matters(argument: int) -> None:
    base = [hashed_seed(1), Purpose.DEMAND, 24_000, 17, 0]
    drawn = set()
    for step in range(100):
        changed = list(base)
        changed[argument] += step
        drawn.update(draw4(*changed))
    assert len(drawn) == 400


def test_purposes_have_different_numbers_that_leave_room_for_the_index() -> None:
    numbers = [member.value for member in Purpose.__members__.values()]
    assert len(numbers) == len(set(numbers)), "two names for one number would share their luck"
    assert all(0 < number < 2**24 for number in numbers)


def test_neighbouring_seeds_give_unrelated_keys() -> None:
    keys = [hashed_seed(seed) for seed in range(-500, 500)]
    assert len(set(keys)) == 1000
    assert all(0 <= key < 2**64 for key in keys)
    distance = [(one ^ other).bit_count() for one, other in pairwise(keys)]
    assert min(distance) > 10, "of 64 bits"
    assert abs(np.mean(distance) - 32.0) < 5 * 4.0 / math.sqrt(999), "half of the bits, within 5 SD"


def test_draws_of_neighbouring_seeds_months_and_purposes_are_not_correlated() -> None:
    n = 20_000
    rows = np.arange(n)
    streams = [
        uniforms(hashed_seed(seed), purpose, month, rows)[:, 0]
        for seed in (1, 2)
        for purpose in (Purpose.EFFORT, Purpose.APPLICATION)
        for month in (24_000, 24_001)
    ]
    streams += [uniforms(hashed_seed(1), Purpose.EFFORT, 24_000, rows)[:, k] for k in (1, 2, 3)]
    correlation = np.corrcoef(streams) - np.eye(len(streams))
    assert np.abs(correlation).max() < 5.0 / math.sqrt(n), "within 5 SD"


def test_draws_are_uniform() -> None:
    n, bins = 40_000, 64
    drawn = uniforms(hashed_seed(3), Purpose.TICKET, 24_000, np.arange(n)).reshape(-1)
    expected = drawn.size / bins
    counted = np.bincount((drawn * bins).astype(int), minlength=bins)
    chi_square = float(((counted - expected) ** 2 / expected).sum())
    assert abs(chi_square - (bins - 1)) < 5 * math.sqrt(2 * (bins - 1)), "within 5 SD"


def test_the_seed_may_be_any_integer() -> None:
    assert hashed_seed(10**30) != hashed_seed(10**30 + 1)
    assert hashed_seed(-1) != hashed_seed(1)
    assert hashed_seed(np.int64(7)) == hashed_seed(7)


def test_names_have_numbers_of_32_bits_that_depend_on_nothing_else() -> None:
    names = ["short_course", "further_training", "job_creation", "wage_subsidy", ""]
    numbers = [name_number(name) for name in names]
    assert len(set(numbers)) == len(names)
    assert all(0 <= number <= MASK for number in numbers)
    assert numbers == [name_number(name) for name in names]


@njit
def compiled_quantiles(us: Any, xs: Any, normals: Any, exponentials: Any) -> None:
    for k in range(us.size):
        normals[k], exponentials[k] = normal(us[k]), exponential(xs[k])


def test_tables_give_the_same_bits_compiled_and_plain() -> None:
    us = np.concatenate([[0.0, 0.5, 1.0 - TO_UNIT], np.arange(0.0, 1.0, 0.00137)])
    xs = np.linspace(-5.0, 5.0, us.size)
    normals, exponentials = np.zeros(us.size), np.zeros(us.size)
    compiled_quantiles(us, xs, normals, exponentials)
    assert normals.tolist() == [real(normal(u)) for u in us.tolist()]
    assert exponentials.tolist() == [real(exponential(x)) for x in xs.tolist()]


def test_normal_numbers_are_the_quantiles_of_the_normal_law() -> None:
    """Linear between 4,097 points; the outermost ones stand for the tails beyond them."""
    for u in np.arange(0.001, 0.9991, 0.0007).tolist():
        assert normal(u) == pytest.approx(NormalDist().inv_cdf((4096.0 * u + 0.5) / 4097.0), abs=1e-3)
    assert normal(0.0) == pytest.approx(NormalDist().inv_cdf(0.5 / 4097.0), abs=1e-11)
    assert normal(1.0 - TO_UNIT) == pytest.approx(-normal(0.0), abs=1e-4)


def test_normal_numbers_are_symmetric_with_mean_0_and_variance_1() -> None:
    us = (np.arange(100_000) + 0.5) / 100_000
    drawn = np.array([normal(u) for u in us.tolist()])
    assert np.abs(drawn + drawn[::-1]).max() < 1e-9
    assert abs(drawn.mean()) < 1e-12
    assert abs(drawn.var() - 1.0) < 0.005, "the tails beyond 3.66 SD are cut"
    assert (np.diff(drawn) > 0).all()


def test_the_exponential_is_accurate_to_a_few_in_a_billion_and_cut_at_4() -> None:
    for x in np.linspace(-4.0, 4.0, 4001).tolist():
        assert exponential(x) == pytest.approx(math.exp(x), rel=4e-9)
    assert exponential(4.5) == exponential(4.0) == pytest.approx(math.exp(4.0))
    assert exponential(-9.0) == exponential(-4.0) == pytest.approx(math.exp(-4.0))


def test_whole_and_real_numbers_lose_their_narrow_types() -> None:
    assert whole(np.uint8(3)) - whole(np.uint8(5)) == -2
    assert isinstance(real(np.float32(0.1)), float)
    assert real(np.float32(0.1)) == float(np.float32(0.1))
