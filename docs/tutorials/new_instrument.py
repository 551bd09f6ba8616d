"""A new instrument, from outside labsim: intensive counselling of people who have been without work for a year.

An instrument says who may take part, what a place costs, and which channels it moves; money, places at providers,
choice of participants, counting and writing are the model's. This file is all it needs. To ship it, put the class into
``src/labsim/policy/instruments``, or into a package of your own with an entry point in the group
``labsim.instruments``; then regimes in YAML can name it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import pandas as pd

import labsim
from labsim.params import param
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.policy.transition import Timeline, Transition
from labsim.state.view import Seen


@register
class Counselling(Instrument):
    """Counselling that helps people to apply more, while they stay on the register."""

    name: ClassVar[str] = "counselling"
    label: ClassVar[str] = "Intensive counselling"
    label_de: ClassVar[str] = "Intensive Betreuung"
    lmp_class: ClassVar[int] = 1
    reference: ClassVar[str] = "invented for this tutorial"
    occupies: ClassVar[bool] = False  # participants stay registered
    field: ClassVar[str] = ""  # caseworkers do it; "counselling" would need providers with free places
    serves: ClassVar[str] = (
        "long_term"  # the need to which a municipality that chooses for itself would match it
    )

    cost: float = param(120.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0)
    months: int = param(8, "months", "length", low=1, high=60)
    min_months_unemployed: int = param(12, "months since the last job", "waiting period", low=0, high=120)
    more_effort: float = param(0.25, "share", "rise of search effort while taking part", low=0.0, high=2.0)

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield more applications."""
        yield Effect("search_effort", rows, 1.0 + self.more_effort)


def with_counselling(scenario: labsim.Scenario) -> labsim.Scenario:
    """Return the scenario with a step to a regime that has counselling besides everything else."""
    old = scenario.regimes[scenario.timeline.initial]
    instruments = old.instruments | {"counselling": Counselling(budget=30.0)}  # EUR per unemployed and month
    new = old.model_copy(update={"regime": "with_counselling", "instruments": instruments})
    step = Transition(before=old.regime, after=new.regime, start="2001-01")
    return scenario.model_copy(
        update={
            "regimes": {old.regime: old, new.regime: new},
            "timeline": Timeline(initial=old.regime, transitions=(step,)),
        }
    )


def main() -> None:
    """Compare the town with and without counselling: same seed, same luck.

    One seed in one invented town is no finding: where few vacancies are open, applications of some displace others'.
    """
    scenario = labsim.load("toytown", scale=0.2, burn_in=24)
    unchanged = scenario.model_copy(update={"timeline": Timeline(initial=scenario.timeline.initial)})
    without = labsim.LabourMarket(unchanged, seed=1).run().results.indicators
    model = labsim.LabourMarket(with_counselling(scenario), seed=1).run()
    for indicator in ("participants_counselling", "job_finding_rate", "employment_rate"):
        before, after = (value_of(table, indicator) for table in (without, model.results.indicators))
        print(f"{indicator:26} without {before:6.2f}   with {after:6.2f}")


def value_of(table: pd.DataFrame, indicator: str) -> float:
    """Return an indicator's mean from 2002 on, whole place; 0 if it was not recorded."""
    chosen = (table.indicator == indicator) & (table.municipality == "all") & (table.group == "all")
    values = table[chosen & (table.month >= "2002-01")].value
    return float(values.mean()) if len(values) else 0.0


if __name__ == "__main__":
    main()
