"""Comparing scenarios from Python: runs in the background, tidy tables as the answer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from labsim.analysis import annual_means, findings, paired_differences, pick, trace
from labsim.analysis.individuals import gains
from labsim.config import Experiment
from labsim.experiment import store
from labsim.experiment.cache import BurnInCache
from labsim.experiment.campaign import run_experiment
from labsim.experiment.headline import headline
from labsim.experiment.plan import plan_from
from labsim.experiment.progress import Watcher
from labsim.scenario import Scenario

if TYPE_CHECKING:
    from labsim.plots import Plots


@dataclass(frozen=True, repr=False)
class Comparison:
    """Scenarios over the same seeds, as tidy tables.

    indicators : scenario, seed, month, municipality, group, indicator, value
    flows      : scenario, seed, month, municipality, source, target, persons
    durations  : scenario, seed, year, group, months, at_risk, to_job, to_inactive
    accounts   : scenario, seed, month, municipality, payer, use, euros
    runs       : the run.json of the first seed of each scenario (units of the indicators among it)
    failures   : scenario, seed, traceback of the runs that failed
    about      : the content of experiment.json: what was asked
    people     : gains and losses by cells of traits, if the experiment asks for individuals

    The tables also hold the scenarios that were made for an answer (parts of a decomposition, a placebo); `scenarios`
    are those that the experiment names.
    """

    name: str
    baseline: str
    scenarios: tuple[str, ...]
    seeds: tuple[int, ...]
    indicators: pd.DataFrame
    flows: pd.DataFrame
    durations: pd.DataFrame
    accounts: pd.DataFrame
    runs: dict[str, dict[str, Any]]
    failures: tuple[dict[str, Any], ...] = ()
    about: dict[str, Any] = field(default_factory=dict)
    people: pd.DataFrame = field(default_factory=pd.DataFrame)

    def differences(
        self,
        indicator: str | Sequence[str],
        baseline: str | None = None,
        *,
        municipality: str = "all",
        group: str = "all",
        period: str = "month",
    ) -> pd.DataFrame:
        """Return mean paired differences to the baseline with 95 % intervals, in the indicator's unit.

        Parameters
        ----------
        baseline
            Name of the scenario to compare with; default: the comparison's own.
        period
            ``"month"``, or ``"year"`` for means of complete years.

        Returns
        -------
        One row per scenario, indicator and period: mean, low, high, se, sd, pairs, share_positive, value,
        value_baseline.
        """
        rows = pick(self.indicators, indicator, municipality, group)
        if period == "year":
            rows = annual_means(rows)
        elif period != "month":
            raise ValueError(f"period is {period!r}, but must be 'month' or 'year'")
        return paired_differences(rows, baseline or self.baseline, period)

    def headline(self) -> pd.DataFrame:
        """Return the paired differences of the main indicators in the last complete year, whole place."""
        return headline(self.indicators[self.indicators["scenario"].isin(self.scenarios)], self.baseline)

    def precision(self) -> pd.DataFrame:
        """Return half-widths of intervals and how many replicates the wanted precision needs, by outcome and phase."""
        return findings.precision_table(self.indicators, self.about)

    def predictions(self) -> pd.DataFrame:
        """Return what was expected, what came, and whether it came true."""
        return findings.prediction_table(self.indicators, self.about)

    def decomposition(self, scenario: str) -> pd.DataFrame:
        """Return the parts of a scenario's effect, their sum, the whole and the interaction, by outcome and phase."""
        for asked in self.about.get("decompositions", ()):
            if asked["scenario"] == scenario:
                return findings.decomposition_table(self.indicators, self.about, asked)
        raise ValueError(f"the experiment does not take '{scenario}' apart; name it under decompose")

    def transitions(self) -> pd.DataFrame:
        """Return cost, scar and time to target of every scenario against the ideal one."""
        return findings.transition_table(self.indicators, self.about)

    def record(self) -> pd.DataFrame:
        """Return the model's values beside the published ones that the experiment names: `analysis.trace.trace`."""
        return trace.trace(self.indicators, self.about.get("record", ()))

    def gains(self) -> pd.DataFrame:
        """Return individual gains and losses over all replicates, by cells of traits, beside the placebo."""
        asked = self.about.get("individuals")
        if asked is None:
            raise ValueError("the experiment does not follow persons; name a window under individuals")
        return gains(self.people, str(asked["placebo"]))

    @property
    def plot(self) -> Plots:
        """The figures of the comparison: ``comparison.plot.fan("employment_rate")``; see `labsim.plots.Plots`."""
        from labsim.plots import of_comparison

        return of_comparison(self)

    def __repr__(self) -> str:
        others = ", ".join(name for name in self.scenarios if name != self.baseline)
        return f"Comparison({others} against {self.baseline}, {len(self.seeds)} seeds)"

    def _repr_html_(self) -> str:
        """Return the headline as a small table for notebooks."""
        return f"<p>{escape(repr(self))}</p>" + self.headline().to_html(
            index=False, float_format="{:.3g}".format
        )


def compare(
    scenarios: Sequence[Scenario | str] | Experiment | Path | str,
    *,
    seeds: int | Iterable[int] | None = None,
    scale: float | None = None,
    workers: int | None = None,
    baseline: str | None = None,
    progress: Watcher | None = None,
    cache: BurnInCache | None = None,
) -> Comparison:
    """Run scenarios over the same seeds, on all cores, and return their tables.

    Parameters
    ----------
    scenarios
        Scenarios (objects, names or files), or one experiment (object, name or file).
    seeds
        1 to n, or a list; default: the experiment's, or 1 to 10.
    scale
        Agents per person, instead of each scenario's own.
    workers
        Processes; default: all cores. Any number gives the same bits.
    baseline
        Name of the scenario to compare with; default: the experiment's, or the first.
    progress
        Called with a `Progress` as the work goes on.
    """
    plan = plan_from(scenarios, baseline)
    with tempfile.TemporaryDirectory(prefix="labsim-") as scratch:
        folder = run_experiment(plan, Path(scratch) / "experiment", seeds=seeds, scale=scale, workers=workers,
                                progress=progress, cache=cache)  # fmt: skip
        return read_comparison(folder)


def read_comparison(folder: Path) -> Comparison:
    """Return the tables of an experiment's folder."""
    facts = store.read_json(folder / store.EXPERIMENT_FILE)
    if facts is None:
        raise store.OutputError(
            folder, "holds no finished experiment", "name a folder that `labsim compare` has written"
        )
    failed = store.read_json(folder / store.FAILURES_FILE) or {}
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in store.TABLES}
    people = folder / store.GAINS_FILE
    return Comparison(
        name=facts["name"],
        baseline=facts["baseline"],
        scenarios=tuple(findings.named(facts)),
        seeds=tuple(facts["seeds"]),
        runs=facts["runs"],
        failures=tuple(failed.get("failures", ())),
        about=facts,
        people=pd.read_parquet(people) if people.is_file() else pd.DataFrame(),
        **tables,
    )
