"""A sweep, what moved its outcome, and scenario discovery: the corner of the unknown in which a gap does harm.

Run it in labsim's environment: ``python docs/tutorials/sweeps_and_discovery.py``. It takes about half a minute. The
last part needs the EMA Workbench (``pip install ema-workbench``). Toytown is invented: nothing that comes out is a
finding.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import pandas as pd

from labsim.config.sweeps import load_sweep
from labsim.sweep.analyse import analyse
from labsim.sweep.collect import collect
from labsim.sweep.plan import make_plan
from labsim.sweep.run import run

SWEEP = """\
sweep: gap_in_toytown
label: {en: A gap in toytown}
scenarios:
  - {scenario: at_once, based_on: toytown, label: {en: At once}}
  - {scenario: gap, based_on: toytown, label: {en: With a gap}}
baseline: at_once
scale: 0.02                               # one agent for fifty persons
start: 2001-12
end: 2002-12
burn_in: 6
design: {kind: latin_hypercube, points: 40, seed: 1}
uncertainties:                            # what is not known: parameters of behaviour, by path
  demand.level: {low: 0.9, high: 1.1}
  providers.growth: {low: 0.02, high: 0.3}
levers:                                   # what policy sets: here a field of the transition, in one scenario only
  transition.gap: {low: 0, high: 12, scenarios: [gap]}
outcomes: [unemployment_rate, provider_capacity]
windows:
  - {window: late, start: 2002-07, end: 2002-12}
replicates: 1
"""


def sweep_it(folder: Path) -> Path:
    """Plan, run and collect the sweep; return its folder. A second call would find everything done."""
    file = folder / "sweep.yaml"
    file.write_text(SWEEP, encoding="utf-8")
    place = folder / "results"
    plan = make_plan(load_sweep(file), place, pilot=0)  # a pilot would time a few runs first
    print(f"{plan.facts['points']} points, {plan.facts['runs']} runs")
    done = run(place, engine="in_process")  # "local" takes all cores; on a cluster: a profile
    print(f"done {done.done}, failed {done.failed}")
    collect(place)
    return place


def what_moved_it(folder: Path) -> None:
    """Print what one factor does to the difference between the scenarios, the others averaged."""
    found = analyse(folder)  # the tables lie in results/analysis, too
    tornado = found.tables["tornado"]
    capacity = tornado[tornado["outcome"] == "provider_capacity"]
    print(
        "\nplaces per 1,000 that the gap costs or brings, from the lowest to the highest tenth of a factor:"
    )
    for row in capacity.to_dict("records"):
        print(f"{row['factor']:<18} {row['effect']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})")


def discover(folder: Path) -> None:
    """Let PRIM find the corner of the space in which the gap costs most places."""
    # EMA's two tables: experiments (a row per run, a column per factor) and an outcome. Both from one tidy table.
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    factors = ["demand.level", "providers.growth", "transition.gap"]
    capacity = outcomes[outcomes["outcome"] == "provider_capacity"]
    wide = capacity.pivot_table(
        index=["point", "seed", *factors], columns="scenario", values="value", observed=True
    )
    lost = (wide["at_once"] - wide["gap"]).reset_index(name="lost")
    worst = lost["lost"] > lost["lost"].quantile(0.7)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the workbench says which of its extras are missing, and pandas what it uses
        from ema_workbench.analysis import prim

        box = prim.Prim(lost[factors], worst.to_numpy(), peel_alpha=0.1).find_box()
    steps = (
        box.peeling_trajectory
    )  # from the whole space to a small box; the first that is dense enough will do
    chosen = steps[steps["density"] >= min(0.8, steps["density"].max())].iloc[0]

    print(f"\nthe gap costs most places ({worst.sum()} of {len(lost)} points) where:")
    limits = box.box_lims[int(chosen["id"])]
    for name in factors:
        low, high = limits[name]
        if (low, high) != (lost[name].min(), lost[name].max()):
            print(f"{name:<18} {low:.3g} to {high:.3g}")
    print(f"coverage {chosen['coverage']:.2f}, density {chosen['density']:.2f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        results = sweep_it(Path(place))
        what_moved_it(results)
        discover(results)
