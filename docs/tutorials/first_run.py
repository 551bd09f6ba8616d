"""A first run: a small town, its people, and what a change of policy does to it.

Run it in labsim's environment: ``python docs/tutorials/first_run.py``. It takes about half a minute, and a minute more
the first time, when labsim compiles. Toytown is invented: nothing that comes out is a finding.
"""

from __future__ import annotations

import numpy as np

import labsim
from labsim import codes


def look_at_people() -> None:
    """Run a market of 4,000 people and look at it from above and from near."""
    scenario = labsim.load("toytown", scale=0.2)  # configs/scenarios/toytown.yaml; one agent for five persons
    model = labsim.LabourMarket(scenario, seed=1)
    model.burn_in()  # five years in which stocks and flows settle; nothing is recorded yet
    model.step()  # the first month of the scenario

    print(
        f"{len(model.job_seekers)} job seekers, {len(model.employers)} employers, {len(model.vacancies)} vacancies"
    )

    # All people at once: agent sets speak Mesa's language, and read columns.
    unemployed = model.job_seekers.select(where=lambda p: p.status == codes.UNEMPLOYED)
    print(
        f"{len(unemployed)} are unemployed, on average for {unemployed.agg('months_out', np.mean):.0f} months"
    )

    # One of them: a thin view of a row, with the rules of the model as plain methods.
    person = unemployed[0]
    print(
        f"one of them is {person.age // 12}, sends {person.expected_applications():.1f} applications a month,"
    )
    print(f"and would work for {person.reservation_wage():.0f} EUR a month")

    model.run()
    table = model.results.indicators  # tidy: month, municipality, group, indicator, value
    whole = table[(table.municipality == "all") & (table.group == "all")]
    yearly = whole.assign(year=whole.month.dt.year).pivot_table(
        index="year", columns="indicator", values="value"
    )
    print(yearly[["employment_rate", "underemployment_rate", "unemployment_rate"]].round(1).to_string())


def compare_policies() -> None:
    """Run the town with and without its change of policy, three times with the same luck."""
    reform = labsim.load("toytown")  # local activation from 2002 on
    timeline = reform.timeline.model_copy(update={"transitions": ()})
    nothing = reform.model_copy(update={"scenario": "nothing_changes", "timeline": timeline})
    comparison = labsim.compare([nothing, reform], seeds=3, scale=0.1, workers=1)
    rows = comparison.differences(["employment_rate", "unemployment_rate"], period="year")
    print(f"\n{comparison}, percentage points with 95 % intervals")
    print(rows[["indicator", "year", "mean", "low", "high"]].round(2).to_string(index=False))


if __name__ == "__main__":
    look_at_people()
    compare_policies()
