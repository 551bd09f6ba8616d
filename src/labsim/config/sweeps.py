"""Sweeps from their files: scenarios x a design over factors x replicates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labsim.config.documents import Document, KeyPath, Line
from labsim.config.errors import quoted, suggestion
from labsim.config.experiments import read_seeds
from labsim.config.factors import Factor, at_point, reason, touched
from labsim.config.library import Library, by_name
from labsim.config.problems import validated
from labsim.config.runners import SCENARIO_RUNNER
from labsim.config.scenarios import NAME_OR_GROUP, read_scenario
from labsim.config.sweep_factors import read_factors
from labsim.config.sweep_forms import KINDS_OF_DESIGN, SweepForm
from labsim.config.sweep_outcomes import (
    Outcome,
    Span,
    Stop,
    empty_columns,
    read_outcomes,
    read_stop,
    read_windows,
    runner_of,
)
from labsim.config.sweep_points import read_rows
from labsim.parameters import Parameters
from labsim.scenario import Scenario
from labsim.state.place import Label

__all__ = ["KINDS_OF_DESIGN", "Design", "Factor", "Outcome", "RunSettings", "Span", "Stop", "Sweep",
           "load_sweep", "read_sweep"]  # fmt: skip

DEFAULT_SEEDS = (1,)
MORRIS_LEVELS = 4


@dataclass(frozen=True)
class Design:
    """Which points are run.

    kind         : full_grid, list, latin_hypercube, sobol, saltelli, morris
    points       : points, base points (saltelli) or trajectories (morris); of a grid or list: all of them
    seed         : of the design
    second_order : saltelli: whether interactions of pairs can be had
    levels       : levels of the grid of morris and full_grid
    rows         : of a list: the numbers of each point, in the order of the factors
    """

    kind: str
    points: int
    seed: int = 1
    second_order: bool = True
    levels: int | None = None
    rows: tuple[tuple[float, ...], ...] = ()

    def size(self, factors: tuple[Factor, ...]) -> int:
        """Return how many points the design has."""
        k = len(factors)
        if self.kind == "full_grid":
            size = 1
            for each in factors:
                size *= len(each.values) or each.levels or self.levels or 1
            return size
        if self.kind == "list":
            return len(self.rows)
        if self.kind == "saltelli":
            return self.points * (2 * k + 2 if self.second_order else k + 2)
        return self.points * (k + 1) if self.kind == "morris" else self.points


@dataclass(frozen=True)
class RunSettings:
    """How the runs are done; nothing here changes a result. Times in seconds.

    time_limit : "10x median" (of the runs so far), a number of seconds as text, or "none"
    """

    chunk_seconds: float = 60.0
    flush_seconds: float = 120.0
    runs_per_shard: int = 500
    retries: int = 2
    time_limit: str = "10x median"
    memory_limit_gb: float | None = None
    limit_runs: int = 1_000_000

    def seconds(self, median: float | None) -> float | None:
        """Return the time limit of a run when runs take `median` seconds so far (None: none is known), or None.

        >>> RunSettings().seconds(2.0), RunSettings().seconds(None), RunSettings(time_limit="90").seconds(None)
        (60.0, None, 90.0)
        """
        if self.time_limit == "none":
            return None
        times, _, of_median = self.time_limit.partition("x")
        if not of_median:
            return float(times)
        return None if median is None else max(float(times) * median, LEAST_TIME_LIMIT)


LEAST_TIME_LIMIT = 60.0
"""Seconds below which no multiple of the median ends a run: short runs differ by more than their length."""


@dataclass(frozen=True)
class Sweep:
    """A sweep as its file declares it, checked.

    scenarios : by name, in the order of the file; {} in a sweep over a function
    baseline  : name of the scenario that paired differences are taken to
    runner    : the function that does a run, as module:function or file.py:function
    text      : the file as written
    """

    name: str
    label: Label
    question: str
    scenarios: dict[str, Scenario]
    baseline: str
    runner: str
    design: Design
    factors: tuple[Factor, ...]
    outcomes: tuple[Outcome, ...]
    windows: tuple[Span, ...]
    seeds: tuple[int, ...]
    stop: Stop | None
    record: str
    run: RunSettings
    text: str = ""
    file: Path | None = None

    @property
    def is_function(self) -> bool:
        """Whether it is a sweep over a function, without scenarios."""
        return not self.scenarios

    @property
    def scenario_names(self) -> tuple[str, ...]:
        """Names of the scenarios; one, "", in a sweep over a function."""
        return tuple(self.scenarios) or ("",)

    @property
    def size(self) -> int:
        """Number of runs: points x scenarios x seeds."""
        return self.design.size(self.factors) * len(self.scenario_names) * len(self.seeds)

    def notices(self) -> tuple[str, ...]:
        """Return what is allowed but probably not meant, and how numbers are rounded: one sentence each."""
        said = [f"{name}: {notice}" for name, each in self.scenarios.items() for notice in each.notices()]
        kind, points = self.design.kind, self.design.points
        if kind in {"sobol", "saltelli"} and points & (points - 1):
            next_power = 2 ** points.bit_length()
            said.append(
                f"design.points is {points}: {kind} is balanced only for powers of 2, such as {next_power}"
            )
        whole = [each.name for each in self.factors if each.kind == "whole" and each.is_range]
        if whole and kind not in {"list", "full_grid"}:
            said.append(f"{', '.join(whole)}: the design's numbers are rounded to whole ones")
        for factor in self.factors:
            chosen = factor.scenarios or tuple(self.scenarios)
            rest = [
                name
                for name, it in self.scenarios.items()
                if name not in chosen or not touched(factor.name, it)
            ]
            if rest:
                said.append(f"{factor.name} changes nothing in {', '.join(rest)}")
        return (*said, *empty_columns(self.outcomes, self.scenarios))

    def scenario_at(self, scenario: str, values: Mapping[str, float]) -> Scenario:
        """Return a scenario with the factors set to the numbers of a point."""
        return at_point(self.scenarios[scenario], self.factors, values)


def load_sweep(name: str | Path, *, limit_runs: int | None = None) -> Sweep:
    """Return a sweep by name or path (of its folder or its file), with its scenarios, factors and outcomes checked.

    `limit_runs`: instead of the file's own limit.
    """
    library = Library()
    return read_sweep(library, library.document(by_name("sweep", name)), limit_runs=limit_runs)


def read_sweep(library: Library, document: Document, *, limit_runs: int | None = None) -> Sweep:
    """Return the sweep in a document, with all its scenarios."""
    form = validated(SweepForm, document)
    one_of = [key for key in ("scenarios", "regimes", "runner") if getattr(form, key)]
    if len(one_of) != 1:
        right = "write scenarios, regimes, or runner (a function)"
        path: KeyPath = (one_of[1],) if one_of else ("sweep",)
        wrong = f"is given besides {one_of[0]}" if one_of else "has nothing to run"
        raise document.error(path, wrong, right if not one_of else f"{right}, one of them")
    scenarios = _scenarios(library, document, form)
    seeds = _seeds(document, form)
    runner = runner_of(document, form) if form.runner else SCENARIO_RUNNER
    factors = read_factors(document, form, scenarios)
    baseline = _baseline(document, form, scenarios)
    outcomes = read_outcomes(document, form, scenarios)
    windows = read_windows(document, form, scenarios)
    sweep = Sweep(
        form.sweep,
        form.label,
        form.question,
        scenarios,
        baseline,
        runner,
        _design(document, form, factors),
        factors,
        outcomes,
        windows,
        seeds,
        read_stop(document, form, outcomes, windows, scenarios, len(seeds)),
        form.record,
        _run(document, form, limit_runs),
        document.file.read_text(encoding="utf-8-sig"),
        document.file,
    )
    _check_size(document, sweep)
    return sweep


def _scenarios(library: Library, document: Document, form: SweepForm) -> dict[str, Scenario]:
    """Return the scenarios by name, with what the sweep says of all of them."""
    found: dict[str, Scenario] = {}
    if form.regimes is not None:
        for i, name in enumerate(form.regimes.names):
            path: KeyPath = ("regimes", "names", i)
            if name in found:
                raise document.error(path, f"is '{name}' once more", "each regime may stand once")
            found[name] = _of_regime(library, document, form.regimes.based_on, name, path)
        if not found:
            raise document.error(("regimes", "names"), "is empty", "name at least one regime")
    for i, item in enumerate(form.scenarios):
        path = ("scenarios", i)
        if isinstance(item, str):
            file = library.refer("scenario", item, document, path)
            scenario = read_scenario(library, library.document(file), item)
        elif isinstance(item, dict):
            scenario = read_scenario(library, document.part(path))
        else:
            raise document.error(path, f"is {quoted(item)}", NAME_OR_GROUP)
        if scenario.scenario in found:
            right = "scenarios of a sweep must have different names"
            raise document.error(path, f"is '{scenario.scenario}' once more", right)
        found[scenario.scenario] = scenario
    return _sharing({name: _overridden(document, form, each) for name, each in found.items()})


def _sharing(scenarios: dict[str, Scenario]) -> dict[str, Scenario]:
    """Return the scenarios with equal parameters as one object, so that what is made of them is made once."""
    known: list[Parameters] = []
    out = {}
    for name, scenario in scenarios.items():
        same = next((each for each in known if each == scenario.parameters), None)
        if same is None:
            known.append(scenario.parameters)
        out[name] = scenario if same is None else scenario.model_copy(update={"parameters": same})
    return out


def _of_regime(library: Library, document: Document, base: str, regime: str, path: KeyPath) -> Scenario:
    """Return the scenario in which one regime is in force from the beginning to the end."""
    library.refer("scenario", base, document, ("regimes", "based_on"))
    library.refer("regime", regime, document, path)
    told = {"scenario": regime, "based_on": base, "initial": regime, "transitions": []}
    line = document.where(path)
    lines: dict[KeyPath, Line] = {(): line, **{(key,): line for key in told}}
    scenario = read_scenario(library, Document(document.file, dict(told), lines))
    label = scenario.regimes[scenario.timeline.initial].label
    return scenario.model_copy(update={"scenario": regime, "label": label})


def _overridden(document: Document, form: SweepForm, scenario: Scenario) -> Scenario:
    """Return a scenario with the scale and the months that the sweep sets for all."""
    told = {
        key: value
        for key in ("scale", "start", "end", "burn_in")
        if (value := getattr(form, key)) is not None
    }
    if not told:
        return scenario
    try:
        Scenario.model_validate(dict(scenario) | told)
    except ValueError as error:
        key = next(iter(told))
        right = f"scenario '{scenario.scenario}' does not bear it ({reason(error)})"
        raise document.error((key,), f"is {quoted(told[key])}", right) from None
    return scenario.model_copy(update=told)


def _seeds(document: Document, form: SweepForm) -> tuple[int, ...]:
    if form.seeds is not None and form.replicates is not None:
        raise document.error(("seeds",), "is given besides replicates", "write one of them")
    if form.seeds is not None:
        return read_seeds(document, form.seeds)
    return DEFAULT_SEEDS if form.replicates is None else tuple(range(1, form.replicates + 1))


def _baseline(document: Document, form: SweepForm, scenarios: Mapping[str, Scenario]) -> str:
    if form.baseline is None:
        return next(iter(scenarios), "")
    if form.baseline not in scenarios:
        right = (
            suggestion(form.baseline, scenarios) if scenarios else "a function has no baseline: leave it out"
        )
        wrong = f"is '{form.baseline}', which is no scenario of this sweep"
        raise document.error(("baseline",), wrong, right)
    return form.baseline


def _design(document: Document, form: SweepForm, factors: tuple[Factor, ...]) -> Design:
    """Return the design, after checking that it can be made of these factors."""
    asked, kind = form.design, form.design.kind
    path: KeyPath = ("design", "points")
    needs_points = kind not in {"full_grid", "list"}
    if needs_points and asked.points is None:
        raise document.error(path, "missing", f"say how many: the design {kind} needs it")
    if not needs_points and asked.points is not None:
        said = "the values of its factors" if kind == "full_grid" else "the rows under points"
        raise document.error(
            path, f"is {asked.points}", f"the design {kind} has as many points as {said} make"
        )
    if form.points is not None and kind != "list":
        raise document.error(
            ("points",), "lists points", f"only the design list has a list, and this is {kind}"
        )
    if not factors and kind not in {"list", "full_grid"}:
        raise document.error(("design", "kind"), f"is {kind}", "it needs uncertainties or levers to vary")
    if asked.levels is not None and kind == "morris" and asked.levels % 2:
        raise document.error(
            ("design", "levels"), f"is {asked.levels}", "morris needs an even number of levels"
        )
    if asked.levels is not None and kind not in {"morris", "full_grid"}:
        raise document.error(("design", "levels"), f"is {asked.levels}", f"the design {kind} has no levels")
    for each in factors:
        _suits(document, each, form)
    rows = read_rows(document, form.points, factors) if kind == "list" else ()
    levels = asked.levels or (MORRIS_LEVELS if kind == "morris" else None)
    design = Design(kind, asked.points or 0, asked.seed, asked.second_order, levels, rows)
    return design if needs_points else Design(kind, design.size(factors), asked.seed, True, levels, rows)


def _suits(document: Document, factor: Factor, form: SweepForm) -> None:
    """Refuse a factor that the design cannot vary."""
    kind = form.design.kind
    group = "uncertainties" if factor.role == "uncertainty" else "levers"
    path: KeyPath = (group, factor.name)
    if kind in {"saltelli", "morris"} and not factor.is_range:
        wrong = f"is a list of {len(factor.values)} values"
        right = (
            f"the design {kind} varies ranges only: write low and high, or take latin_hypercube or full_grid"
        )
        raise document.error((*path, "values"), wrong, right)
    if kind == "full_grid" and factor.is_range and factor.levels is None and form.design.levels is None:
        right = "a full grid needs values, or levels (how many evenly spaced values)"
        raise document.error(path, f"is a range from {factor.low:g} to {factor.high:g}", right)
    if kind != "full_grid" and factor.levels is not None:
        raise document.error((*path, "levels"), f"is {factor.levels}", f"the design {kind} has no levels")
    levels = factor.levels or form.design.levels
    if kind == "full_grid" and factor.is_range and factor.kind == "whole" and levels is not None:
        most = int(factor.high - factor.low) + 1
        if levels > most:
            where = (*path, "levels") if factor.levels is not None else ("design", "levels")
            right = f"{factor.name} has only {most} whole numbers from {factor.low:g} to {factor.high:g}"
            raise document.error(where, f"is {levels}", right)


def _run(document: Document, form: SweepForm, limit_runs: int | None) -> RunSettings:
    text = form.run.time_limit.strip().lower()
    times, _, rest = text.replace(" ", "").partition("x")
    right = "it must be seconds (600), a multiple of the median (10x median), or none"
    try:
        is_right = text == "none" or (
            float(times) > 0.0 and rest in {"", "median"} and ("x" in text) == bool(rest)
        )
    except ValueError:
        is_right = False
    if not is_right:
        raise document.error(("run", "time_limit"), f"is '{form.run.time_limit}'", right)
    settings = {name: getattr(form.run, name) for name in RunSettings.__dataclass_fields__}
    return RunSettings(**settings | {"time_limit": text, "limit_runs": limit_runs or form.run.limit_runs})


def _check_size(document: Document, sweep: Sweep) -> None:
    """Refuse a sweep of more runs than the file says it may have."""
    points, names, seeds = sweep.design.size(sweep.factors), len(sweep.scenario_names), len(sweep.seeds)
    if points == 0:
        raise document.error(("points",), "is empty", "a list needs at least one point")
    if sweep.size > sweep.run.limit_runs:
        wrong = f"has {points:,} points x {names} scenarios x {seeds} replicates = {sweep.size:,} runs"
        right = f"the limit is {sweep.run.limit_runs:,}: take fewer, or raise run.limit_runs"
        raise document.error(("design",), wrong, right)
