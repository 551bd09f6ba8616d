"""Keyed randomness: a draw is a pure function of (seed, purpose, month, entity, index) and of nothing else.

Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"). Key: the
hashed seed. Counter: (entity low, entity high, month, purpose * 256 + index). One call gives four numbers in
[0, 1). No generator is passed around and none has a state: the same bits for any order of calls, number of
threads, processes, machines.

`draw4` runs as plain Python in the agents' methods and compiled inside kernels, with the same bits.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from statistics import NormalDist
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable
from numpy.typing import NDArray

from labsim.compiling import kernel

rule = register_jitable
"""A scalar rule: plain Python for the agents, compiled when a kernel calls it."""

row_rule = register_jitable(inline="always")
"""A rule that reads and writes rows of tables: inlined into kernels, since passing tables costs time."""

MASK = 0xFFFFFFFF
_M0, _M1 = 0xD2511F53, 0xCD9E8D57
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10
TO_UNIT = 2.0**-32


class Purpose(IntEnum):
    """What a draw is for: the model's list of random decisions. No number is ever given out anew."""

    BIRTH = 1
    """Sex, education and occupation of a person."""
    BIRTH_LEVELS = 2
    """Personal levels of human capital and employability."""
    INITIAL = 3
    """Age, status and elapsed durations of the people at the start of the burn-in."""
    INITIAL_JOB = 4
    """Workplace, employer and tenure of the employed at the start of the burn-in."""
    EMPLOYER = 5
    """Sector, rounding, wage premium and first demand of an employer."""
    DEMAND = 6
    """An employer's demand this month, the rounding of openings and layoffs, closure of a small one."""
    VACANCY = 7
    """What a new vacancy asks and pays, and whether it is registered."""
    WITHDRAW_VACANCY = 8
    """Whether an old vacancy is withdrawn."""
    LAYOFF = 9
    """The noise in last in, first out."""
    PARTICIPATION = 10
    """Leaving work for inactivity, and coming back to the register."""
    WITHDRAWAL = 11
    """Leaving the register without a job."""
    CASEWORK = 12
    """Whether a client is met, sanctioned, referred, and the error with which it is profiled."""
    PROFILING = 13
    """The error of a caseworker's estimate, and the lot that orders candidates."""
    PLACES = 14
    """Rounding the places that a budget pays for."""
    TICKET = 15
    """When a person or a municipality switches in a transition; drawn once a run."""
    REGISTRATION = 16
    """Whether an inactive recipient registers when the benefits are merged."""
    EFFORT = 17
    """In which rounds a person applies."""
    APPLICATION = 18
    """Cell, channel and slot of an application, and what the employer sees of the match."""
    REFERRAL = 19
    """Which registered vacancies the caseworker looks at, and what the employer sees of the match."""
    JOB_CLOCK = 21
    """The survival at which a job will end, drawn when it starts."""
    VOUCHER = 22
    """Whether a voucher is redeemed this month, and who comes first where places are short."""
    PROVIDER = 23
    """Rounding a municipality's places, and which provider a participant goes to."""
    TRIAL = 24
    """Who is treated in a randomised trial within the model; drawn once a trial."""
    PLACEMENT = 25
    """Whether an instrument brings a referral this month."""
    START_UP = 26
    """Whether a founder's business lasts, and with which small employer it is booked."""
    ORDER = 27
    """In which order measures choose their participants this month."""
    COHORT = 28
    """Whether somebody who reaches 65 has a successor, and whether a school leaver takes an empty row."""


def hashed_seed(seed: int) -> int:
    """Return a 64-bit key for a user's seed (neighbouring seeds give unrelated keys)."""
    return int.from_bytes(hashlib.blake2b(str(int(seed)).encode(), digest_size=8).digest(), "little")


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the four 32-bit words of Philox4x32-10 for a counter and a key of 32-bit words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & MASK, (p0 >> 32) ^ c3 ^ k1, p0 & MASK
        k0, k1 = (k0 + _W0) & MASK, (k1 + _W1) & MASK
    return c0, c1, c2, c3


def draw4(key: int, purpose: int, month: int, entity: int, index: int) -> tuple[float, float, float, float]:
    """Return four independent uniform numbers in [0, 1), with 32 bits each."""
    key, entity = int(key), int(entity)
    words = philox((entity & MASK, entity >> 32, int(month), purpose * 256 + index), (key & MASK, key >> 32))
    return words[0] * TO_UNIT, words[1] * TO_UNIT, words[2] * TO_UNIT, words[3] * TO_UNIT


def whole(x: Any) -> int:
    """Return an integer of 64 bits (a Python int outside kernels).

    Small unsigned ones would wrap when subtracted.
    """
    return int(x)


def real(x: Any) -> float:
    """Return a float of 64 bits, so that plain Python and compiled code round alike."""
    return float(x)


@overload(whole, inline="always")
def _whole_compiled(x: Any) -> Any:
    def compiled(x: Any) -> Any:
        return np.int64(x)

    return compiled


@overload(real, inline="always")
def _real_compiled(x: Any) -> Any:
    def compiled(x: Any) -> Any:
        return np.float64(x)

    return compiled


@register_jitable(forceinline=True)
def _words(key: Any, purpose: Any, month: Any, entity: Any, index: Any) -> Any:
    """Return the four words of `philox` in unsigned 64-bit arithmetic (kernels only)."""
    m0, m1, mask = np.uint64(_M0), np.uint64(_M1), np.uint64(MASK)
    w0, w1, half = np.uint64(_W0), np.uint64(_W1), np.uint64(32)
    c0 = np.uint64(entity) & mask
    c1 = np.uint64(entity) >> half
    c2 = np.uint64(month)
    c3 = np.uint64(purpose * 256 + index)
    k0 = np.uint64(key) & mask
    k1 = np.uint64(key) >> half
    for _ in range(10):
        p0 = m0 * c0
        p1 = m1 * c2
        c0 = (p1 >> half) ^ c1 ^ k0
        c1 = p1 & mask
        c2 = (p0 >> half) ^ c3 ^ k1
        c3 = p0 & mask
        k0 = (k0 + w0) & mask
        k1 = (k1 + w1) & mask
    return c0, c1, c2, c3


@overload(draw4, inline="never")
def _draw4_compiled(key: Any, purpose: Any, month: Any, entity: Any, index: Any) -> Any:
    """Give kernels the same function on unsigned 64-bit numbers."""

    def compiled(key: Any, purpose: Any, month: Any, entity: Any, index: Any) -> Any:
        c0, c1, c2, c3 = _words(key, purpose, month, entity, index)
        return (
            types.float64(c0) * TO_UNIT,
            types.float64(c1) * TO_UNIT,
            types.float64(c2) * TO_UNIT,
            types.float64(c3) * TO_UNIT,
        )

    return compiled


BLOCK = 512
"""Rows that share 128 calls when every row needs one number: see `row_draw`."""


def row_draw(key: int, purpose: int, month: int, row: int) -> float:
    """Return one uniform number for a row: a quarter of the cost of `draw4` if all rows are filled in order.

    Rows come in blocks of 512; row j of a block uses word (j // 128) of the call with entity
    (128 * block + j % 128).
    """
    words = draw4(key, purpose, month, (row >> 9) * 128 + (row & 127), 0)
    return words[(row >> 7) & 3]


@kernel
def fill_block(block: Any, key: Any, purpose: Any, month: Any, words: Any) -> None:
    """Write the words of `row_draw` for the 512 rows of a block to the first row of ``words`` (4, 512) uint32."""
    for j in range(128):
        c0, c1, c2, c3 = _words(key, purpose, month, block * 128 + j, 0)
        words[0, j] = np.uint32(c0)
        words[0, 128 + j] = np.uint32(c1)
        words[0, 256 + j] = np.uint32(c2)
        words[0, 384 + j] = np.uint32(c3)


@kernel
def fill_list(
    entities: Any, lo: Any, hi: Any, key: Any, purpose: Any, month: Any, index: Any, words: Any
) -> None:
    """Write the words of `draw4` for entities lo..hi of a list, at most 512, to ``words`` (4, 512) uint32."""
    if lo < 0:
        return  # never: but LLVM vectorises the loop because it knows
    for j in range(hi - lo):
        c0, c1, c2, c3 = _words(key, purpose, month, entities[lo + j], index)
        words[0, j] = np.uint32(c0)
        words[1, j] = np.uint32(c1)
        words[2, j] = np.uint32(c2)
        words[3, j] = np.uint32(c3)


@kernel
def _fill(key: Any, purpose: Any, month: Any, entities: Any, index: Any, out: Any) -> None:
    for j in range(entities.size):
        out[j, 0], out[j, 1], out[j, 2], out[j, 3] = draw4(key, purpose, month, entities[j], index)


def uniforms(
    seed_key: int, purpose: Purpose, month: int, entities: NDArray[Any], index: int = 0
) -> NDArray[np.float64]:
    """Return four uniform numbers for each entity, shape (n, 4): the same as `draw4` one by one."""
    out = np.empty((entities.size, 4))
    _fill(np.uint64(seed_key), int(purpose), int(month), entities.astype(np.int64), int(index), out)
    return out


def name_number(name: str) -> int:
    """Return a 32-bit number for a name, so that draws do not depend on an order in a list."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")


# Tables instead of exp, log and quantiles: mathematical libraries differ in the last bit between machines.
# Entries are rounded to 12 digits, which makes them the same everywhere.
_NORMAL_STEPS = 4096
NORMAL_TABLE = np.array(
    [round(NormalDist().inv_cdf((i + 0.5) / (_NORMAL_STEPS + 1)), 12) for i in range(_NORMAL_STEPS + 1)]
)
_EXP_STEPS = 64.0
_EXP_LIMIT = 4.0
EXP_TABLE = np.array(
    [float(f"{np.exp(i / _EXP_STEPS - _EXP_LIMIT):.12e}") for i in range(int(8 * _EXP_STEPS) + 2)]
)


@rule
def normal(u: float) -> float:
    """Return the standard normal quantile of u in [0, 1): linear between 4,097 points (within 3.6 SD)."""
    x = u * 4096.0
    i = whole(x)
    below, above = NORMAL_TABLE[i], NORMAL_TABLE[i + 1]
    return below + (above - below) * (x - i)  # type: ignore[no-any-return]  # numpy scalar


@rule
def exponential(x: float) -> float:
    """Return exp(x) to about 1e-9, for x cut to -4..4, from a table and a short series."""
    x = min(max(x, -4.0), 4.0)
    i = whole((x + 4.0) * 64.0)
    r = x + 4.0 - i / 64.0
    series = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0)))
    return EXP_TABLE[i] * series  # type: ignore[no-any-return]  # numpy scalar
