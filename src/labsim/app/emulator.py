"""What a setting will probably do, before it is simulated: from runs that were made ahead.

Of each story every lever was simulated at a few values, one at a time, with common seeds. The difference that a lever
makes is interpolated between them, and the levers' differences are added up. So what levers do together is missing;
how far that goes wrong has been measured at settings with several levers moved at once, which the design does not hold.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from labsim.app import levers
from labsim.app.levers import LEVERS, Choices, Setting
from labsim.app.simulating import SHOWN
from labsim.experiment.keys import run_key

if TYPE_CHECKING:
    from labsim.app.stored import Store

Floats = NDArray[np.float64]
SEEDS = range(1, 7)
"""Seeds of the design: enough, since differences of the same seed are taken."""

TESTED_WITH = range(7, 13)
"""Other seeds for the settings that the approximation is tested with, so that luck counts as an error."""

FEWEST = 3
"""Seeds that a point needs to be of use."""

EXACT_FROM = 10
"""Pairs from which a stored result is shown instead of an approximation."""

YEAR = 12
VALUES: dict[str, tuple[float, ...]] = {
    "length": (1, 12, 36),
    "bridging": (0, 50, 100),
    "demand": (0, 3, 10),
    "support": (0, 60, 120, 240),
    "local": (0, 10, 30),
    "federal_cut": (0, 40, 80),
}
"""Values at which each lever is simulated, besides the story's own."""

GAPS = (6, 12, 24)
TOGETHER = "together"
TESTS: tuple[dict[str, float | str], ...] = (
    {"length": 18, "demand": 5, "federal_cut": 25},
    {"support": 90, "local": 6, "order": "cut_first", "gap": 9},
    {"start": 0.4, "bridging": 30, "support": 160, "federal_cut": 55},
)
"""Settings that the approximation is tested with; "start" is a share of the story's months."""


@dataclass(frozen=True)
class Point:
    """A setting that is simulated ahead: which lever moves ("" the story itself, "test"), and the seeds."""

    setting: Setting
    lever: str
    seeds: range


@lru_cache(maxsize=len(levers.STORIES))
def design(story: str) -> tuple[Point, ...]:
    """Return the settings of a story that are simulated ahead: itself, one lever at a time, and the tests."""
    return tuple(each for each in _points(story) if _possible(each.setting))


def _points(story: str) -> Iterator[Point]:
    base = levers.today(story).b
    seeds = range(SEEDS.start, TESTED_WITH.stop)
    yield Point(base, "", seeds)
    low, high = levers.bounds(story, "start")
    for name, values in (VALUES | {"start": (low, round((low + high) / 2), high)}).items():
        for value in values:
            if value != base.values[name]:
                yield Point(_moved(base, {name: value}), name, SEEDS)
    for order, gap in (
        (TOGETHER, 0),
        *((order, gap) for order in ("cut_first", "build_first") for gap in GAPS),
    ):
        if _way(base) != (order, gap):
            yield Point(_moved(base, {"order": order, "gap": gap}), "gap", SEEDS)
    for test in TESTS:
        told = dict(test)
        if "start" in told:
            told["start"] = round(low + float(told["start"]) * (high - low))
        yield Point(_moved(base, told), "test", TESTED_WITH)


def _moved(base: Setting, told: Mapping[str, float | str]) -> Setting:
    values = {
        name: levers.fitted(base.story, name, float(value)) for name, value in told.items() if name in LEVERS
    }
    return Setting(base.story, str(told.get("order", base.order)), {**base.values, **values})


def _way(setting: Setting) -> tuple[str, float]:
    """Return order and months of the way into the last regime; without months, order says nothing."""
    gap = setting.values["gap"]
    return (TOGETHER, 0.0) if setting.order == TOGETHER or gap == 0 else (setting.order, gap)


def _possible(setting: Setting) -> bool:
    try:
        levers.scenario_of(setting)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Preview:
    """What A does and how B differs from it, on average, month by month, by indicator.

    ``kind`` says whether these very scenarios were simulated before ("stored", in ``pairs`` pairs) or the numbers are
    an approximation ("emulated"). ``error`` is the typical error of the difference, as the mean of the last twelve
    months, in the indicator's unit: the standard error, and of an approximation also the root mean square of what was
    wrong at the test settings.
    """

    kind: Literal["stored", "emulated"]
    a: Mapping[str, Floats]
    difference: Mapping[str, Floats]
    error: Mapping[str, float]
    pairs: int

    def level(self, name: str) -> Floats:
        """Return the course of B."""
        return self.a[name] + self.difference[name]


@dataclass
class Told:
    """What is known of a story: its mean course, each lever's differences to it, and how well they add up."""

    course: dict[str, Floats]
    by_seed: dict[int, Floats]  # {seed: (indicator, month)}
    grids: dict[str, list[tuple[float, Floats]]] = field(
        default_factory=dict
    )  # ascending values, (indicator, month)
    ways: dict[str, list[tuple[float, Floats]]] = field(
        default_factory=dict
    )  # the same by order, over the gap
    tests: list[tuple[Setting, Floats]] = field(default_factory=list)

    def shift(self, setting: Setting) -> Floats:
        """Return how a setting differs from the story, (indicator, month)."""
        base = levers.today(setting.story).b
        total = np.zeros_like(next(iter(self.by_seed.values())))
        for name, grid in self.grids.items():
            value = setting.values[name]
            if value != base.values[name]:
                total = total + _between(grid, value)
        if _way(setting) != _way(base):
            order, gap = _way(setting)
            grid = self.ways.get(order) or next(iter(self.ways.values()), [])
            total = total + (_between(grid, gap) if grid else 0.0)
        return total


def _between(grid: list[tuple[float, Floats]], value: float) -> Floats:
    """Return the difference at a value, linear between the two nearest values of the grid; beyond it, the outermost."""
    at = [each for each, _ in grid]
    k = int(np.searchsorted(at, value))
    if k == 0 or k == len(grid):
        return grid[min(k, len(grid) - 1)][1]
    (low, below), (high, above) = grid[k - 1], grid[k]
    return below + (above - below) * ((value - low) / (high - low))


class Emulator:
    """Previews from the runs of a store.

    What was prepared is read once, by `read`, which takes a second; until then there is no approximation.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told: dict[str, Told] = {}
        self._lock = threading.Lock()
        self._keys: dict[Any, str] = {}

    def read(self) -> int:
        """Read what has been prepared; return the number of stories that are ready."""
        told = {}
        for name in levers.STORIES:
            found = self._story(name)
            if found is not None:
                told[name] = found
        self._told = told
        return len(told)

    def read_in_the_background(self) -> None:
        """Read what has been prepared, while the room goes on."""
        threading.Thread(target=self.read, name="labsim-emulator", daemon=True).start()

    def preview(self, choices: Choices) -> Preview | None:
        """Return what is stored of A and B, else an approximation; None if their stories are not prepared."""
        try:
            a, b = self._key(choices.a), self._key(choices.b)
        except ValueError:
            return None
        common = sorted(self._store.seeds(a) & self._store.seeds(b))
        if len(common) >= EXACT_FROM:
            exact = self._exact(a, b, common)
            if exact is not None:
                return exact
        return self._emulated(choices)

    def _key(self, setting: Setting) -> str:
        """Return the key of a setting's scenario; the last few are remembered."""
        mark = (setting.story, setting.order, tuple(sorted(setting.values.items())))
        with self._lock:
            known = self._keys.get(mark)
        if known is None:
            known = run_key(levers.scenario_of(setting), 0)
            with self._lock:
                self._keys[mark] = known
                while len(self._keys) > 400:
                    self._keys.pop(next(iter(self._keys)))
        return known

    def _runs(self, key: str, seeds: Any) -> dict[int, Floats]:
        """Return what is shown of kept runs by seed, (indicator, month)."""
        found = {}
        for seed in seeds:
            run = self._store.load(key, seed, tables=False)
            if run is not None:
                found[seed] = np.stack([run.series[name] for name in SHOWN])
        return found

    def _exact(self, a: str, b: str, seeds: list[int]) -> Preview | None:
        ours = self._runs(a, seeds)
        theirs = ours if a == b else self._runs(b, seeds)
        common = sorted(ours.keys() & theirs.keys())
        if len(common) < EXACT_FROM:
            return None
        level = np.stack([ours[seed] for seed in common])
        apart = np.stack([theirs[seed] for seed in common]) - level
        last = apart[:, :, -YEAR:].mean(axis=2)
        error = last.std(axis=0, ddof=1) / np.sqrt(len(common))
        return _preview("stored", level.mean(axis=0), apart.mean(axis=0), error, len(common))

    def _story(self, name: str) -> Told | None:
        points = design(name)
        base = self._runs(self._key(points[0].setting), range(1, 101))
        if len(base) < FEWEST:
            return None
        mean = np.mean(list(base.values()), axis=0)
        told = Told(dict(zip(SHOWN, mean, strict=True)), base)
        usual, nothing = points[0].setting, np.zeros_like(mean)
        for point in points[1:]:
            runs = self._runs(self._key(point.setting), point.seeds)
            common = sorted(runs.keys() & base.keys())
            if len(common) < FEWEST:
                return None
            apart = np.mean([runs[seed] - base[seed] for seed in common], axis=0)
            if point.lever == "test":
                told.tests.append((point.setting, apart))
            elif point.lever == "gap":
                order, gap = _way(point.setting)
                for each in ("cut_first", "build_first") if order == TOGETHER else (order,):
                    told.ways.setdefault(each, []).append((gap, apart))
            else:
                told.grids.setdefault(point.lever, []).append((point.setting.values[point.lever], apart))
        for lever, grid in told.grids.items():
            grid.append((usual.values[lever], nothing))
        order, gap = _way(usual)
        for each in ("cut_first", "build_first") if order == TOGETHER else (order,):
            told.ways.setdefault(each, []).append((gap, nothing))
        for grid in (*told.grids.values(), *told.ways.values()):
            grid.sort(key=lambda each: each[0])
        return told

    def _emulated(self, choices: Choices) -> Preview | None:
        ours, theirs = self._told.get(choices.a.story), self._told.get(choices.b.story)
        if ours is None or theirs is None:
            return None
        common = sorted(ours.by_seed.keys() & theirs.by_seed.keys())
        if len(common) < FEWEST:
            return None
        shift = ours.shift(choices.a)
        level = np.mean([ours.by_seed[seed] for seed in common], axis=0) + shift
        between = np.stack([theirs.by_seed[seed] - ours.by_seed[seed] for seed in common])
        luck = between[:, :, -YEAR:].mean(axis=2).std(axis=0, ddof=1) / np.sqrt(len(common))
        error = np.sqrt(luck**2 + _tested(ours, choices.a) ** 2 + _tested(theirs, choices.b) ** 2)
        between = between.mean(axis=0)
        return _preview("emulated", level, between + theirs.shift(choices.b) - shift, error, len(common))


def _tested(told: Told, setting: Setting) -> Floats:
    """Return the typical error of a story's approximation, (indicator,): none where no lever has moved."""
    if not setting.moved or not told.tests:
        return np.zeros(len(SHOWN))
    wrong = [(told.shift(test) - found)[:, -YEAR:].mean(axis=1) for test, found in told.tests]
    return np.asarray(np.sqrt(np.mean(np.square(wrong), axis=0)))


def _preview(kind: Any, level: Floats, apart: Floats, error: Floats, pairs: int) -> Preview:
    return Preview(
        kind, dict(zip(SHOWN, level, strict=True)), dict(zip(SHOWN, apart, strict=True)),
        dict(zip(SHOWN, map(float, error), strict=True)), pairs,
    )  # fmt: skip


@lru_cache(maxsize=1)
def usual() -> Emulator:
    """Return the emulator of this process, over the usual store."""
    from labsim.app.stored import Store

    return Emulator(Store())


def preview(choices: Choices) -> Preview | None:
    """Return what is stored or can be approximated of a comparison, None if nothing has been prepared."""
    return usual().preview(choices)
