"""Looking at a run for the pictures of people and of local actors: what results of a run do not keep.

Off by default: `follow` simulates a few seeds again and looks at the model between months; it changes nothing in it.
Who is followed is settled by the persons' numbers before anything differs, so it is the same people in every scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim import codes
from labsim.config import load
from labsim.experiment import store
from labsim.experiment.cache import BurnInCache
from labsim.experiment.passages import passage
from labsim.experiment.run import simulate
from labsim.model import LabourMarket
from labsim.scenario import Scenario
from labsim.state.network import CORE, CORE_TIES, PARTNERS_OF_PROVIDERS
from labsim.state.tables import FIELDS, Persons
from labsim.units import format_month, parse_month

STATES = ("employed", "in_measure", "short", "long", "inactive")
"""The states that people are followed through; short and long divide the unemployed at twelve registered months."""

BIN = 0.02
"""Width of a bin of employability (share)."""

SAMPLE = 200
"""Persons followed month by month, unless another number is asked."""

FOLDER = "followed"
TABLES = ("paths", "lives", "spread", "ties", "actors")

EVERYBODY = "all"
GROUPS = (EVERYBODY, "youth", "older", "near", "far")
"""Whom to follow, as they are at the start: everybody, those under 25, from 50, and by employability: the upper and the
lower half of those without a job."""

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Follow:
    """What to look at: three months ("YYYY-MM") at whose end states and ties are taken, how many lives, and whose.

    ``group`` is one of `GROUPS`; membership is settled at the start, so it is the same people in every scenario.
    ``actors`` says whether local actors are looked at, too.
    """

    dates: tuple[str, str, str]
    sample: int = SAMPLE
    group: str = EVERYBODY
    actors: bool = True

    @property
    def months(self) -> tuple[pd.Timestamp, ...]:
        """The three months as the figures want them."""
        return tuple(pd.Timestamp(date) for date in self.dates)


def dates_for(scenarios: Iterable[Scenario]) -> tuple[str, str, str]:
    """Return three months of scenarios: the last before any of them changes, a year into or the end of it, the last.

    Where nothing changes: the first, middle and last month.
    """
    every = list(scenarios)
    first, last = (
        max(parse_month(each.start) for each in every),
        min(parse_month(each.end) for each in every),
    )
    spans = [span for span in map(passage, every) if span is not None and first < span[0] <= last]
    middle = (first + last) // 2
    if spans:
        first = min(start for start, _ in spans) - 1
        after = max(max(end for _, end in spans) - 1, first + 12)
        middle = after if after < last else (first + last) // 2
    return format_month(first), format_month(middle), format_month(last)


class Follower:
    """Looks at a model once a month and keeps what the pictures of people and local actors need."""

    def __init__(self, wanted: Follow) -> None:
        self._wanted = wanted
        self._dates = tuple(map(parse_month, wanted.dates))
        self._taken: dict[int, tuple[Codes, NDArray[np.int64]]] = {}
        self._rows = np.zeros(0, np.int64)
        self._inside = np.zeros(0, bool)
        self._born = np.zeros(0, np.int64)
        self._lives: list[tuple[int, Codes]] = []
        self._spread: list[pd.DataFrame] = []
        self._ties: list[tuple[Any, ...]] = []
        self._actors: list[tuple[Any, ...]] = []

    def look(self, model: LabourMarket, states: Codes | None = None) -> None:
        """Look at a model between two months; to be called before the first month and after every one.

        ``states`` are everybody's (`states_of`), if they are known already.
        """
        persons, done = model.world.persons, model.month - 1
        if not self._inside.size:
            place = model.scenario.place
            proper = np.array([not each.outside for each in place.municipalities])
            self._inside = proper[persons.municipality] & members(persons, self._wanted.group)
            self._born = persons.age.astype(np.int64) - model.month
            self._rows = self._sample(persons, model.end_month - model.month + 1)
            return
        states = states_of(persons) if states is None else states
        self._lives.append((done, states[self._rows]))
        if done in self._dates:
            self._taken[done] = states, persons.age.astype(np.int64)
            if self._wanted.actors:
                self._look_at_actors(model, done)
        if format_month(done).endswith("-12"):
            inside = self._inside
            if self._wanted.group != EVERYBODY:  # in a row that somebody left another person may live by now
                inside = inside & (persons.age.astype(np.int64) - model.month == self._born)
            self._spread.append(_spread(states, persons.employability, inside, done))

    def _sample(self, persons: Persons, months: int) -> NDArray[np.int64]:
        """Return the persons to follow: evenly spaced numbers of those who stay of working age to the end."""
        stays = np.flatnonzero(self._inside & (persons.age.astype(np.int64) + months < codes.EXIT_AGE))
        count = min(self._wanted.sample, stays.size)
        if not count:
            return stays[:0]
        return stays[(np.arange(count) * stays.size) // count]

    def _look_at_actors(self, model: LabourMarket, month: int) -> None:
        """Note strengths of ties and capacities of fields of every municipality proper."""
        world, when = model.world, pd.Timestamp(format_month(month))
        per_field = world.parameters.providers.per_field
        shape = (world.municipalities, len(FIELDS), per_field)
        capacity = world.providers.capacity.reshape(shape)
        alive = capacity > 0.0
        of_core = len(CORE_TIES)
        for m, municipality in enumerate(world.place.municipalities):
            if municipality.outside:
                continue
            edges, here = world.memory.edges[m], (when, municipality.name)
            for (one, other), strength in zip(CORE_TIES, edges.tolist(), strict=False):
                self._ties.append((*here, one, other, strength))
            outer = edges[of_core:].reshape(len(PARTNERS_OF_PROVIDERS), len(FIELDS), per_field)
            for k, partner in enumerate(PARTNERS_OF_PROVIDERS):
                sums = (outer[k] * alive[m]).sum(axis=1)
                means = np.round(sums / np.maximum(alive[m].sum(axis=1), 1), 12)
                for field, mean in zip(FIELDS, means.tolist(), strict=True):
                    self._ties.append((*here, partner, field, mean))
            places = [*([float("nan")] * len(CORE)), *np.round(capacity[m].sum(axis=1), 12).tolist()]
            for actor, place in zip([*CORE, *FIELDS], places, strict=True):
                self._actors.append((*here, actor, place))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return what was seen.

        Returns
        -------
        paths : first, second, third (states at the end of the three months), persons; without those who left the
            working age in between
        lives : person (row in the model), month, state (at its end) of the sample
        spread : year, state (at its end), low (lower edge of a bin of employability), persons
        ties : month, municipality, source, target, strength (0 to 1; of a field the mean of its living providers)
        actors : month, municipality, actor, capacity (places; NaN for the core)
        """
        return {
            "paths": self._paths(),
            "lives": self._lives_table(),
            "spread": pd.concat(self._spread, ignore_index=True) if self._spread else _spread_columns(),
            "ties": pd.DataFrame(
                self._ties, columns=["month", "municipality", "source", "target", "strength"]
            ),
            "actors": pd.DataFrame(self._actors, columns=["month", "municipality", "actor", "capacity"]),
        }

    def _paths(self) -> pd.DataFrame:
        states, ages = zip(*(self._taken[date] for date in self._dates), strict=True)
        apart = [later - self._dates[0] for later in self._dates]
        same = self._inside.copy()
        if self._wanted.group != EVERYBODY:
            same &= ages[0] - (self._dates[0] + 1) == self._born
        for age, months in zip(ages, apart, strict=True):
            same &= age == ages[0] + months
        count = len(STATES)
        key = (states[0][same].astype(np.int64) * count + states[1][same]) * count + states[2][same]
        persons = np.bincount(key, minlength=count**3)
        found = np.flatnonzero(persons)
        names = np.array(STATES)
        return pd.DataFrame(
            {
                "first": names[found // count**2],
                "second": names[found // count % count],
                "third": names[found % count],
                "persons": persons[found].astype(np.int64),
            }
        )

    def _lives_table(self) -> pd.DataFrame:
        names = np.array(STATES)
        people = self._rows.size
        months = [pd.Timestamp(format_month(month)) for month, _ in self._lives]
        return pd.DataFrame(
            {
                "person": np.tile(self._rows.astype(np.int32), len(months)),
                "month": np.repeat(np.array(months, "datetime64[us]"), people),
                "state": names[np.concatenate([states for _, states in self._lives])],
            }
        )


def states_of(persons: Persons) -> Codes:
    """Return everybody's state as a place in `STATES`, shape (i,)."""
    long = persons.months_registered >= codes.LONG_TERM_MONTHS
    states = _STATE[persons.status]
    states[(persons.status == codes.UNEMPLOYED) & long] = STATES.index("long")
    return states


_STATE = np.full(256, STATES.index("inactive"), np.uint8)
_STATE[[codes.EMPLOYED, codes.IN_MEASURE, codes.UNEMPLOYED]] = [
    STATES.index(name) for name in ("employed", "in_measure", "short")
]


def members(persons: Persons, group: str) -> NDArray[np.bool_]:
    """Return who is of a group of `GROUPS` now, shape (i,)."""
    if group == "youth":
        return np.asarray(persons.age < codes.YOUTH_UNTIL, np.bool_)
    if group == "older":
        return np.asarray(persons.age >= codes.OLDER_FROM, np.bool_)
    if group in {"near", "far"}:
        without = np.isin(persons.status, (codes.UNEMPLOYED, codes.IN_MEASURE))
        if without.any():
            upper = persons.employability >= np.median(persons.employability[without])
            without &= upper if group == "near" else ~upper
        return without
    return np.ones(persons.age.shape, bool)


def _spread(
    states: Codes, employability: NDArray[np.float32], inside: NDArray[np.bool_], month: int
) -> pd.DataFrame:
    """Return persons by state and bin of employability at the end of a year; empty bins are left out."""
    bins = round(1 / BIN)
    place = np.clip((employability.astype(np.float64) / BIN).astype(np.int64), 0, bins - 1)
    persons = np.bincount((states.astype(np.int64) * bins + place)[inside], minlength=len(STATES) * bins)
    found = np.flatnonzero(persons)
    return pd.DataFrame(
        {
            "year": int(format_month(month)[:4]),
            "state": np.array(STATES)[found // bins],
            "low": np.round(found % bins * BIN, 9),
            "persons": persons[found].astype(np.int64),
        }
    )


def _spread_columns() -> pd.DataFrame:
    return pd.DataFrame({"year": [], "state": [], "low": [], "persons": []})


def follow(
    scenarios: Sequence[Scenario | str] | Mapping[str, Scenario],
    *,
    seeds: int | Iterable[int] = 1,
    scale: float | None = None,
    wanted: Follow | None = None,
    cache: BurnInCache | None = None,
) -> tuple[dict[str, pd.DataFrame], Follow]:
    """Simulate scenarios over a few seeds, one after the other, and return the tables of people and local actors.

    Parameters
    ----------
    scenarios
        Scenarios (objects, names or files), the baseline first; a mapping gives them other names.
    seeds
        1 to n, or a list. One or two are enough for single lives; shares want as many as there is time for.
    wanted
        What to look at; default: 200 lives and the dates of `dates_for`.

    Returns
    -------
    The tables of `Follower.tables` with the columns scenario and seed first, by name, and what was looked at.
    """
    if not isinstance(scenarios, Mapping):
        loaded = [load(each) if isinstance(each, str) else each for each in scenarios]
        scenarios = {each.scenario: each for each in loaded}
    if scale is not None:
        scenarios = {name: each.model_copy(update={"scale": scale}) for name, each in scenarios.items()}
    wanted = wanted or Follow(dates_for(scenarios.values()))
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    for name, scenario in scenarios.items():
        for seed in range(1, seeds + 1) if isinstance(seeds, int) else seeds:
            follower = Follower(wanted)
            simulate(
                scenario,
                seed,
                threads=1,
                engine="kernels",
                cache=cache,
                tick=lambda: None,
                look=follower.look,
            )
            for kind, table in follower.tables().items():
                table.insert(0, "seed", seed)
                table.insert(0, "scenario", name)
                parts[kind].append(table)
    return {kind: pd.concat(tables, ignore_index=True) for kind, tables in parts.items()}, wanted


def follow_again(
    folder: Path, *, seeds: int = 1, wanted: Follow | None = None, cache: BurnInCache | None = None
) -> Path:
    """Follow people in the first seeds of a finished run or experiment again, and keep the tables beside its results.

    Raises `OutputError` if the folder holds no finished result. Returns the folder of the tables.
    """
    about = store.read_json(folder / store.EXPERIMENT_FILE)
    run = store.read_json(folder / store.RUN_FILE)
    of: object
    if about is not None:
        of = about.get("keys")
        names = [about["baseline"], *(each["name"] for each in about["scenarios"])]
        runs = {name: about["runs"][name] for name in dict.fromkeys(names)}
        numbers = [int(seed) for seed in about["seeds"]][:seeds]
    elif run is not None:
        of = run.get("key")
        runs, numbers = {str(run["scenario"]): run}, [int(run["seed"])]
    else:
        raise store.OutputError(
            folder,
            "holds no finished result",
            "name a folder that `labsim run` or `labsim compare` has written",
        )
    scenarios = {name: Scenario.model_validate(each["config"]) for name, each in runs.items()}
    tables, looked = follow(scenarios, seeds=numbers, wanted=wanted, cache=cache)
    target = folder / FOLDER
    target.mkdir(exist_ok=True)
    for name, table in tables.items():
        store.write_table(target / f"{name}.parquet", table)
    store.write_json(
        target / f"{FOLDER}.json",
        {"dates": list(looked.dates), "sample": looked.sample, "seeds": numbers, "of": of},
    )
    return target
