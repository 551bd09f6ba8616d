"""The state of one run, and the tools that processes share: chunks over threads, rows that run in Python."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.codes import BASE_GROUPS, CENSUS_GROUPS, DURATIONS, MEASURES_OF, OUTSIDE, PAYERS, USES
from labsim.kernels.coefficients import Coefficients, Market, Openings, RegimeTables, Seekers
from labsim.parameters import Parameters
from labsim.rng import BLOCK
from labsim.state.place import Place
from labsim.state.tables import FIELDS, Channels, Employers, Persons, Providers, Vacancies

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass
class Counts:
    """What happened in one month, in whole persons and vacancies; g = base group, d = months since the last job."""

    flows: Ints  # (m, from, to) of codes.STATES
    vacancies: Ints  # (m, 3) opened, withdrawn, open before matching
    layoffs: Ints  # (m, 1)
    casework: Ints  # (m, 3) meetings, sanctions, referrals
    offers: Ints  # (m, 2) offers, refused
    hires: Ints  # (m, 8): see kernels.hiring.hire
    risk: Ints  # (g, d)
    to_job: Ints  # (g, d)
    to_inactive: Ints  # (g, d)
    census: Ints  # (m, group of the census, quantity) of kernels.census.MEASURES_OF
    entries: Ints  # (m, k, group of the census)
    reached: Ints  # (m, k, 3) entrants: long-term unemployed by the register, insured; sum of nearness in fixed point
    participants: Ints  # (m, k)
    vouchers: Ints  # (m, k, 3) issued, redeemed, lapsed
    followed: Ints  # (m, k, 2) participants looked at some months after the planned end, of them in work
    costs: Ints  # (m, k) cents, by measure
    budgets: Ints  # (m, k) cents set aside for entries
    uses: Ints  # (m, use) cents
    payments: Ints  # (m, payer, use) cents
    nearness: Ints  # (m, 2) of the unemployed: sum of skill + employability in fixed point, persons
    founders: Ints  # (m, 1) residents whose subsidised business lasts
    capacity: Floats  # (m, field, 3) places, places in use or ordered, competence times places
    network: Floats  # (m, 4) mean tie, joint activity, municipal room in EUR, jobs developed

    @classmethod
    def empty(cls, municipalities: int, measures: int) -> Counts:
        """Return counts of zero."""
        m, k = municipalities, max(measures, 1)
        shapes: list[tuple[int, ...]] = [(m, 5, 5), (m, 3), (m, 1), (m, 3), (m, 2), (m, 8)]
        shapes += [(BASE_GROUPS, DURATIONS)] * 3
        shapes += [(m, CENSUS_GROUPS, len(MEASURES_OF)), (m, k, CENSUS_GROUPS), (m, k, 3), (m, k), (m, k, 3)]
        shapes += [(m, k, 2), (m, k), (m, k), (m, len(USES)), (m, len(PAYERS), len(USES)), (m, 2), (m, 1)]
        made: list[NDArray[Any]] = [np.zeros(shape, np.int64) for shape in shapes]
        made += [np.zeros((m, len(FIELDS), 3)), np.zeros((m, 4))]
        return cls(*made)

    @property
    def spending(self) -> Floats:
        """Cost of each measure, EUR (m, k)."""
        return np.asarray(self.costs / 100.0)


@dataclass
class Memory:
    """What the market remembers from month to month, shape (m,) each; rounded to 12 digits."""

    unemployment: Floats  # smoothed share of the labour force
    nearness: Floats  # smoothed mean of skill + employability of the unemployed, log points
    filling: Floats  # smoothed share of open vacancies filled in a month
    caseworkers: Floats  # number
    ties: Floats  # 0..1, mean of the living ties
    edges: Floats  # (m, ties) 0..1
    voucher_demand: Floats  # (m, field) places that voucher holders asked for, smoothed
    record: (
        Floats  # (m, k) share of participants in work some months after the planned end, smoothed; -1 unknown
    )
    jobs: Floats  # (m, k) jobs opened by development and still funded
    lasting_jobs: Floats  # (m,) jobs opened by development that stay
    room: Floats  # municipal revenue less social spending, EUR a month, smoothed; -1 unknown
    room_at_start: Floats  # the same before the scenario starts
    municipal_benefits: Floats  # the municipality's share of this month's benefits, EUR
    established: Floats  # last transition whose new measures have reached their size, counted from 1; 0 none


@dataclass
class World:
    """Everything that changes during a run, and the numbers that behaviour reads."""

    key: int
    month: int
    place: Place
    parameters: Parameters
    persons: Persons
    employers: Employers
    vacancies: Vacancies
    channels: Channels
    coefficients: Coefficients
    regimes: RegimeTables
    providers: Providers
    closeness: Floats  # (c, c) weight of a cell as seen from a home cell, without its vacancies
    growth_path: Floats  # (months, m) demand relative to the start, from growth_start on
    growth_start: int
    cohort_path: (
        Floats  # (years, m) school leavers per person who reaches 65, from first_month's year on; or (0, m)
    )
    memory: Memory
    counts: Counts
    threads: int = 1
    scale: float = 1.0
    first_month: int = 0
    market: Market | None = None
    openings: Openings | None = None
    seekers: Seekers | None = None
    canonical_regime: Ints = field(
        default_factory=lambda: np.zeros(1, np.int64)
    )  # (r,) first with equal rules
    per_caseworker: Floats = field(default_factory=lambda: np.ones(1))  # (r,) clients per caseworker
    meetings_per_caseworker: Floats = field(default_factory=lambda: np.ones(1))  # (r,) per month
    joint_activity: Floats = field(default_factory=lambda: np.zeros(1))  # (r,)
    touched: Ints = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )  # rows whose channels are not neutral
    touched_measure: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # their measures last month
    followed: Ints = field(
        default_factory=lambda: np.zeros((3, 0), np.int64)
    )  # (3, n) row, measure, month in which to look whether the participant works
    passages: tuple[Any, ...] = ()  # transitions with their starts by municipality (policy's own)
    changes: dict[str, Any] = field(default_factory=dict)  # {municipality: [(month, change of governance)]}
    governance: list[Any] = field(default_factory=list)  # (m,) governance in force
    capacity_left: Floats = field(default_factory=lambda: np.ones(1))  # (m,) of agencies
    ties_left: Floats = field(default_factory=lambda: np.ones(1))  # (m,) of agencies, this month
    demand_shift: Floats = field(
        default_factory=lambda: np.zeros(1)
    )  # (m,) jobs added or crowded out by policy
    cohorts: Floats = field(
        default_factory=lambda: np.zeros((2, 0))
    )  # (2, m) chance of a successor at 65, chance that an empty row is filled, this month
    residents: Ints = field(default_factory=lambda: np.zeros((1, 4), np.int64))  # (m, status)
    placebo: int = -1
    needs: Ints = field(
        default_factory=lambda: np.zeros((1, 5), np.int64)
    )  # (m, 5) registered unemployed: all, youth, long-term, low-skilled, without support for a year
    record_response: Floats = field(default_factory=lambda: np.zeros(1))  # (r,)
    room_response: Floats = field(default_factory=lambda: np.zeros(1))  # (r,)
    cushioning: Floats = field(default_factory=lambda: np.zeros(1))  # (r,) EUR per person and month
    slot_mask: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    entry_regime: int = 0
    n_measures: int = 0
    clients: Ints = field(
        default_factory=lambda: np.zeros((0, 0), np.int64)
    )  # (m, r), a new table each month
    averages: dict[int, Any] = field(default_factory=dict)  # over clients; see state.institutions.base
    first_vacancy: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    people_in_python: int = 0  # bits of the methods that run in Python for somebody
    employers_in_python: int = 0
    agency_python: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    job_seeker: Callable[[int], Any] = lambda row: row
    employer: Callable[[int], Any] = lambda row: row
    agency: Callable[[int], Any] = lambda row: row
    municipality: Callable[[int], Any] = lambda row: row
    provider: Callable[[int], Any] = lambda row: row
    land: Any = None
    scratch: dict[str, NDArray[Any]] = field(default_factory=dict)
    pool: ThreadPoolExecutor | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle everything but the threads, which start again when needed."""
        return {**self.__dict__, "pool": None, "averages": {}}

    @property
    def municipalities(self) -> int:
        """Number of municipalities."""
        return len(self.place.municipalities)

    @property
    def occupations(self) -> int:
        """Number of occupations."""
        return len(self.place.occupations)

    @property
    def size(self) -> int:
        """Number of persons."""
        return int(self.persons.status.size)

    def new_counts(self) -> None:
        """Set this month's counts to zero."""
        self.counts = Counts.empty(self.municipalities, self.n_measures)

    def space(self, name: str, size: int, dtype: str) -> NDArray[Any]:
        """Return working space that is kept from month to month; its content is undefined."""
        kept = self.scratch.get(name)
        if kept is None or kept.size < size:
            kept = self.scratch[name] = np.zeros(max(size + size // 8, 1), dtype)
        return kept

    def over(self, n: int, work: Callable[..., Any], *totals: NDArray[Any]) -> list[tuple[int, Any]]:
        """Call ``work(lo, hi, *totals)`` for chunks of 0..n, one per thread; return [(lo, result)].

        Totals are integers, so the sum does not depend on the chunks.
        """
        if self.threads == 1 or n <= BLOCK:
            return [(0, work(0, n, *totals))]
        step = -(-n // (self.threads * BLOCK)) * BLOCK
        bounds = [(lo, min(lo + step, n)) for lo in range(0, n, step)]
        parts = [tuple(np.zeros_like(total) for total in totals) for _ in bounds]
        if self.pool is None:
            self.pool = ThreadPoolExecutor(self.threads)
        jobs = [self.pool.submit(work, lo, hi, *part) for (lo, hi), part in zip(bounds, parts, strict=True)]
        results = [(lo, job.result()) for (lo, _), job in zip(bounds, jobs, strict=True)]
        for part in parts:
            for total, piece in zip(totals, part, strict=True):
                np.add(total, piece, out=total)
        return results


def rows_in_python(world: World, table: str, method: int) -> list[int]:
    """Return the rows of persons or employers whose agents run a method in Python; an empty row has no agent."""
    somebody = world.people_in_python if table == "persons" else world.employers_in_python
    if not somebody & method:
        return []
    chosen = (getattr(world, table).python & method) != 0
    if table == "persons":
        chosen &= world.persons.status != OUTSIDE
    rows: list[int] = np.flatnonzero(chosen).tolist()
    return rows
