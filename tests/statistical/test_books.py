"""Check 16: every stock's change is the sum of its flows; registered unemployment never stands alone."""

import numpy as np
from setups import runs

from labsim.indicators.registry import load_indicators


def test_stocks_change_by_their_flows_in_every_month(check):
    largest = 0.0
    for model in runs("dortmund"):
        results = model.results
        table = results.indicators[results.indicators.group == "all"]
        for state, indicator in (
            ("employed", "employment"),
            ("unemployed", "unemployed"),
            ("in_measure", "in_measure"),
            ("inactive", "inactive"),
        ):
            stock = table[table.indicator == indicator].pivot(
                index="month", columns="municipality", values="value"
            )
            into = results.flows[results.flows.target == state].pivot_table(
                index="month", columns="municipality", values="persons", aggfunc="sum"
            )
            out = results.flows[results.flows.source == state].pivot_table(
                index="month", columns="municipality", values="persons", aggfunc="sum"
            )
            leak = (stock.diff() - (into - out)).iloc[1:]
            largest = max(largest, float(np.abs(leak.to_numpy()).max()))
    check("16", "largest gap between a stock's change and its flows", largest, 0.0, 0.0, "persons")
    population = table[table.indicator == "population"].groupby("municipality").value.nunique().max()
    check("16", "different sizes of a municipality's population", population, 1, 1)


def test_registered_unemployment_is_never_reported_without_employment(check):
    known = load_indicators()
    together = {"unemployment_rate", "employment_rate", "underemployment_rate"} <= set(known)
    check("16", "registered unemployment stands beside employment", float(together), 1, 1)
