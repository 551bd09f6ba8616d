"""Virtual studies: what a place's parameters imply where the history cannot show it.

Each study is a small market with the place's parameters, its first regime and a demand of its own making:

cycle      demand goes up and down by 6 % in six years, municipalities differ in tightness: the Beveridge path, matching
           elasticities estimated as from published data, and how much of unemployment comes from the inflow
selection  demand is flat: how much of the fall of the exit rate with duration is selection
commuters  the history itself: residents of the place proper who work outside it, at the end of given years

They measure, and give one value per seed and measure. What was computed once is read from its file.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.beveridge import signed_area
from labsim.analysis.study_measures import COMMUTERS, COMMUTERS_OUT, CYCLE, SELECTION, measure
from labsim.analysis.tables import WHOLE
from labsim.calibration import selection
from labsim.calibration.levels import flat
from labsim.codes import EMPLOYED
from labsim.experiment.cache import BurnInCache
from labsim.experiment.engines import Task, execute
from labsim.experiment.keys import run_key
from labsim.experiment.run import at_start
from labsim.experiment.store import write_json
from labsim.model import LabourMarket, Process
from labsim.policy.transition import Timeline
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

Floats = NDArray[np.float64]
Values = dict[str, float]

PERIOD, DEPTH = 72, 0.06
"""The cycle of demand: months, and how far it goes up and down, as a share."""

MONTHS = 180
"""Months that a study records: two and a half cycles."""

SPREAD = 0.08
"""How far the municipalities of the cycle differ in jobs per head, as a share to either side."""

QUARTER = 3


def market(scenario: Scenario, persons: int, months: int = MONTHS) -> Scenario:
    """Return a scenario of the same place and parameters with about `persons` agents, flat demand and no transition."""
    people = sum(each.population_of_working_age for each in scenario.place.municipalities)
    initial = scenario.timeline.initial
    longest = scenario.model_copy(
        update={
            "end": max(scenario.end, _end(scenario.start, months)),
            "timeline": Timeline(initial=initial),
            "regimes": {initial: scenario.regimes[initial]},
            "governance": (),
        }
    )
    return flat(longest, months, min(1.0, persons / people))


def with_demand(model: LabourMarket, path: Floats) -> LabourMarket:
    """Give a model a path of demand relative to the start, shape (months,) or (months, m); return it."""
    wide = path[:, np.newaxis] if path.ndim == 1 else path
    shape = (len(path), model.world.municipalities)
    model.world.growth_path = np.round(np.broadcast_to(wide, shape), 12).copy()
    return model


def cycle(months: int, period: int = PERIOD, depth: float = DEPTH) -> Floats:
    """Return demand relative to the start: up and down from normal, starting upwards."""
    return np.asarray(1.0 + depth * np.sin(2 * np.pi * np.arange(months) / period))


def of_different_tightness(scenario: Scenario, spread: float = SPREAD) -> Scenario:
    """Return a market whose municipalities differ in jobs per head by up to `spread`, whatever their size.

    Neighbours in the order of size get the same difference with opposite signs, the largest one those that are nearest
    to each other in size, so that tightness hardly goes with size: otherwise an estimate of returns to scale would
    mistake the one for the other.
    """
    municipalities = list(scenario.place.municipalities)
    sizes = [math.log(each.population_of_working_age) for each in municipalities]
    by_size = sorted(range(len(sizes)), key=lambda m: sizes[m])
    pairs = list(zip(by_size[::2], by_size[1::2], strict=False))
    pairs.sort(key=lambda pair: sizes[pair[1]] - sizes[pair[0]])
    default, with_size = scenario.parameters.demand.jobs_per_head, 0.0
    for (small, large), step in zip(pairs, np.linspace(spread, 0.0, len(pairs), endpoint=False), strict=True):
        up = float(step) if with_size < 0 else -float(step)  # of the larger one: against what has gone before
        with_size += up * (sizes[large] - sizes[small])
        for m, change in ((large, up), (small, -up)):
            jobs = (municipalities[m].jobs_per_head or default) * (1 + change)
            municipalities[m] = municipalities[m].model_copy(update={"jobs_per_head": jobs})
    place = scenario.place.model_copy(update={"municipalities": tuple(municipalities)})
    return scenario.model_copy(update={"place": place})


def observations(model: LabourMarket) -> pd.DataFrame:
    """Return log hires from unemployment, log unemployed and log vacancies by municipality and quarter.

    Quarters in which one of them is 0 in a municipality are left out, as a regression of logs leaves them out.
    """
    results = model.results
    flows = results.flows
    hires = flows[(flows["source"] == "unemployed") & (flows["target"] == "employed")]
    table = results.indicators[results.indicators["group"] == WHOLE]
    wide = table[table["indicator"].isin(["unemployed", "vacancies"])].pivot_table(
        index=["municipality", "month"], columns="indicator", values="value"
    )
    wide["hires"] = hires.set_index(["municipality", "month"])["persons"]
    wide = wide.drop(index=WHOLE, level=0).reset_index()
    wide["quarter"] = wide["month"].dt.to_period("Q")
    sums = wide.groupby(["municipality", "quarter"])[["hires", "unemployed", "vacancies"]].sum()
    return pd.DataFrame(np.log(sums[(sums > 0).all(axis=1)]))


def elasticities(data: pd.DataFrame) -> tuple[float, float]:
    """Return the elasticities of hires with respect to the unemployed and to vacancies (least squares, pooled)."""
    design = np.column_stack([np.ones(len(data)), data["unemployed"], data["vacancies"]])
    (_, on_u, on_v), *_ = np.linalg.lstsq(design, data["hires"].to_numpy(), rcond=None)
    return float(on_u), float(on_v)


def beveridge(model: LabourMarket, period: int = PERIOD) -> tuple[float, float]:
    """Return the correlation of unemployment and vacancy rate, and the area of the loop over whole cycles.

    The area is in squared percentage points, above 0 if the path turns counter-clockwise.
    """
    u, v = (_monthly(model, name).to_numpy() for name in ("unemployment_rate", "vacancy_rate"))
    first = period // 4
    whole = slice(first, first + (len(u) - first) // period * period)
    return float(np.corrcoef(u, v)[0, 1]), signed_area(u[whole], v[whole])


def inflow_share(model: LabourMarket) -> float:
    """Return how much of the quarterly changes of unemployment comes from separations, not from job finding, %.

    The steady state of a market with two states, s / (s + f): its log changes are split into those of s and of f
    (Fujita and Ramey 2009), each by its covariance with the whole.
    """
    s, f = (
        _monthly(model, name).to_numpy().reshape(-1, QUARTER).mean(axis=1)
        for name in ("separation_rate", "job_finding_rate")
    )
    steady = s / (s + f)
    weight = 1.0 - steady[1:]
    by_inflow, by_outflow = weight * np.diff(np.log(s)), -weight * np.diff(np.log(f))
    change = by_inflow + by_outflow
    parts = [float(np.cov(change, part)[0, 1]) for part in (by_inflow, by_outflow)]
    return 100.0 * parts[0] / sum(parts)


def study_cycle(start: Callable[[Scenario], LabourMarket], scenario: Scenario, persons: int) -> Values:
    """Return what a market with a cycle of demand shows."""
    model = with_demand(start(of_different_tightness(market(scenario, persons))), cycle(MONTHS)).run()
    on_u, on_v = elasticities(observations(model))
    correlation, area = beveridge(model)
    return {
        "beveridge_correlation": correlation,
        "beveridge_area": area,
        "elasticity_unemployed": on_u,
        "elasticity_vacancies": on_v,
        "inflow_share": inflow_share(model),
    }


def study_selection(start: Callable[[Scenario], LabourMarket], scenario: Scenario, persons: int) -> Values:
    """Return how much of the fall of the exit rate with duration is selection, %."""

    def model_of(processes: tuple[Process, ...]) -> LabourMarket:
        model = start(market(scenario, persons))
        model.processes = processes
        return model

    _, left = selection.dependence_share(model_of, parse_month(scenario.start))
    return {"selection_share": 100.0 * (1.0 - left)}


def study_commuters(
    start: Callable[[Scenario], LabourMarket], scenario: Scenario, persons: int, years: Sequence[int]
) -> Values:
    """Return the residents of the place proper who work in a municipality outside it, persons, at the end of years."""
    people = sum(each.population_of_working_age for each in scenario.place.municipalities)
    scale = min(1.0, persons / people)
    model = start(scenario.model_copy(update={"scale": scale}))
    outside = np.array([each.outside for each in scenario.place.municipalities])
    found: Values = {}
    for year in sorted(years):
        model.run(parse_month(f"{year}-12") + 1)
        p, e = model.world.persons, model.world.employers
        rows = np.flatnonzero((p.status == EMPLOYED) & ~outside[p.municipality])
        found[f"{COMMUTERS_OUT}{year}"] = float(outside[e.municipality[p.employer[rows]]].sum()) / scale
    return found


class Study(NamedTuple):
    """One run of one study: its name, seed and size, and the years that the study of commuters looks at."""

    name: str
    seed: int
    persons: int
    years: tuple[int, ...] = ()


def study_of(name: str) -> str:
    """Return the study that gives a measure; raises LookupError if there is none."""
    found = measure(name)
    if found is None:
        raise LookupError(f"no study gives '{name}'")
    return found.study


def studies_for(measures: Iterable[str], seeds: Sequence[int], persons: int) -> tuple[Study, ...]:
    """Return the runs that give the measures."""
    wanted = list(dict.fromkeys(measures))
    years = tuple(int(each.removeprefix(COMMUTERS_OUT)) for each in wanted if study_of(each) == COMMUTERS)
    names = dict.fromkeys(study_of(each) for each in wanted)
    return tuple(
        Study(name, seed, persons, years if name == COMMUTERS else ()) for name in names for seed in seeds
    )


def conduct(study: Study, scenario: Scenario, cache: BurnInCache | None, tick: Callable[[], None]) -> Values:
    """Return what one run of a study measures."""

    def start(each: Scenario) -> LabourMarket:
        return at_start(each, study.seed, threads=1, engine="kernels", cache=cache, tick=tick)

    if study.name == CYCLE:
        return study_cycle(start, scenario, study.persons)
    if study.name == SELECTION:
        return study_selection(start, scenario, study.persons)
    return study_commuters(start, scenario, study.persons, study.years)


def study_task(
    study: Study, scenario: Scenario, key: str, file: Path, root: Path | None, *, tick: Callable[[], None]
) -> None:
    """Conduct a study and write what it measures (a task for `engines`)."""
    cache = None if root is None else BurnInCache(root)
    values = conduct(study, scenario, cache, tick)
    write_json(file, {"key": key, "values": {name: it for name, it in values.items() if np.isfinite(it)}})


def run_studies(
    measures: Mapping[str, str],
    scenario: Scenario,
    seeds: Sequence[int],
    persons: int,
    folder: Path,
    workers: int,
    cache: BurnInCache | None = None,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return what studies measure, as values of targets, and the tracebacks of studies that failed.

    Parameters
    ----------
    measures
        The measure of each target, by the target's name.
    scenario
        The history, with the place's parameters.
    folder
        Where results are kept, one small JSON file a run; a run with the same key is not done again.

    Returns
    -------
    Columns target, seed, value.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = cache.folder.parent if cache is not None and cache.usable else None
    runs = {
        each: folder / f"{each.name}-seed{each.seed}.json"
        for each in studies_for(measures.values(), seeds, persons)
    }
    keys = {each: _key(each, scenario) for each in runs}
    tasks = {
        f"study {each.name}, seed {each.seed}": Task(
            f"study {each.name}, seed {each.seed}", study_task, (each, scenario, keys[each], file, root)
        )
        for each, file in runs.items()
        if _kept(file, keys[each]) is None
    }
    failures = {
        done.task.name: done.error
        for done in (execute(list(tasks.values()), workers, lambda _: None) if tasks else ())
        if done.error is not None
    }
    found = {each: _kept(file, keys[each]) or {} for each, file in runs.items()}
    rows = [
        (target, each.seed, found[each][asked])
        for target, asked in measures.items()
        for each in runs
        if asked in found[each]
    ]
    return pd.DataFrame(rows, columns=["target", "seed", "value"]), failures


def _kept(file: Path, key: str) -> Values | None:
    """Return what a run of a study measured, if its file is there for this very run."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["key"] != key:
            return None
        return {str(name): float(value) for name, value in content["values"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _key(study: Study, scenario: Scenario) -> str:
    text = json.dumps([list(study), run_key(scenario, study.seed)])
    code = b"".join(Path(file).read_bytes() for file in (__file__, selection.__file__))
    return hashlib.sha256(text.encode() + code).hexdigest()


def _monthly(model: LabourMarket, indicator: str) -> pd.Series[float]:
    table = model.results.indicators
    rows = table[
        (table["indicator"] == indicator) & (table["municipality"] == WHOLE) & (table["group"] == WHOLE)
    ]
    return rows.set_index("month")["value"]


def _end(start: str, months: int) -> str:
    return format_month(parse_month(start) + months - 1)
