"""A new transition: the same two regimes joined by three paths, in Python and in YAML.

A transition says how one passes from a rule book to another: when, together with whom, and what happens to budgets,
providers and agencies on the way. Here the town goes over at once, with a gap of a year between the old money and the
new, and with a gap that is bridged. Run it in labsim's environment; it takes about ten seconds. Toytown is invented,
and this is one seed: nothing that comes out is a finding.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

import labsim
from labsim.policy.transition import Timeline, Transition
from labsim.results import Results

BRIDGED = """
scenario: bridged
label: {en: A gap that is bridged, de: Überbrückte Lücke}
based_on: toytown
transitions:
  - before: status_quo_ante
    after: local_activation
    start: 2002-01
    grandfathered: people_in_measures  # who is in a measure keeps the old rules until it ends
    gap: 12  # months without new budgets
    bridging: 0.85  # part of the old budgets that goes on until the new measures have reached their size
    bridging_months: 24  # at most
"""


def in_python(town: labsim.Scenario, name: str, gap: int) -> labsim.Scenario:
    """Return the town with a passage of its own."""
    step = Transition(before="status_quo_ante", after="local_activation", start="2002-01", gap=gap)
    timeline = Timeline(initial="status_quo_ante", transitions=(step,))
    return town.model_copy(update={"scenario": name, "timeline": timeline})


def in_yaml(text: str, **settings: float) -> labsim.Scenario:
    """Return the scenario of a file, as `labsim run FILE` would read it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bridged.yaml"
        file.write_text(text, encoding="utf-8")
        return labsim.load(file, **settings)


def yearly(results: Results, indicator: str) -> pd.Series:
    """Return an indicator's yearly means, whole place."""
    table = results.indicators
    rows = table[(table.indicator == indicator) & (table.municipality == "all") & (table.group == "all")]
    return rows.groupby(rows.month.dt.year).value.mean()


def who_pays(results: Results) -> pd.DataFrame:
    """Return euros a month by payer, whole place: the year before, the first year of the passage, and the third."""
    accounts = results.accounts[results.accounts.municipality == "all"]
    by_year = accounts.groupby([accounts.month.dt.year, "payer"]).euros.sum().unstack("payer", fill_value=0.0)
    return (by_year / 12.0).loc[[2001, 2002, 2004]]


def main() -> None:
    """Run the three paths with the same luck, and look at institutions, people and money."""
    settings = {"scale": 0.1, "burn_in": 24}  # 2,000 people, and two years to settle: few, but quick
    town = labsim.load("toytown", **settings)
    paths = [in_python(town, "at_once", gap=0), in_python(town, "gap", gap=12), in_yaml(BRIDGED, **settings)]
    models = {path.scenario: labsim.LabourMarket(path, seed=1).run() for path in paths}

    for indicator in ("provider_capacity", "provider_competence", "tie_strength", "underemployment_rate"):
        table = pd.DataFrame({name: yearly(model.results, indicator) for name, model in models.items()})
        print(f"{indicator}\n{table.round(2).to_string()}\n")
    for name, model in models.items():
        print(f"who pays, EUR a month: {name}\n{who_pays(model.results).round(0).to_string()}\n")

    network = models["gap"].networks[0]  # networkx: actors of the first municipality, ties with their weight
    tie = network.edges["agency", "municipality"]["weight"]
    print(f"{len(network)} local actors; agency and municipality are tied by {tie:.2f}")


if __name__ == "__main__":
    main()
