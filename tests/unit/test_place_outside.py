"""A municipality outside the place proper is simulated like any other, and left out of what "all" means."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from labsim.codes import OUTSIDE
from labsim.indicators.registry import load_indicators
from labsim.model import LabourMarket
from labsim.results import Results
from labsim.scenario import Scenario

UPPER, LOWER = "Upper Toytown", "Lower Toytown"
OF_THE_WHOLE = {"segregation"}


def with_outside(scenario: Scenario, *names: str) -> Scenario:
    towns = tuple(
        each.model_copy(update={"outside": each.name in names}) for each in scenario.place.municipalities
    )
    return scenario.model_copy(
        update={"place": scenario.place.model_copy(update={"municipalities": towns, "employees": ()})}
    )


@pytest.fixture(scope="module")
def runs(toytown: Callable[..., Scenario]) -> tuple[LabourMarket, LabourMarket]:
    """Return a run with both towns inside, and the same with the lower one outside."""
    scenario = toytown(scale=0.1, burn_in=3)
    inside, outside = (with_outside(scenario, *names) for names in ((), (LOWER,)))
    return LabourMarket(inside, seed=1).run(), LabourMarket(outside, seed=1).run()


@pytest.fixture(scope="module")
def results(runs: tuple[LabourMarket, LabourMarket]) -> tuple[Results, Results]:
    return runs[0].results, runs[1].results


def of(table: pd.DataFrame, municipality: str) -> pd.DataFrame:
    keep = table["municipality"] == municipality
    return table[keep].drop(columns="municipality").reset_index(drop=True)


def test_nobody_lives_or_works_otherwise_because_a_town_is_outside(
    runs: tuple[LabourMarket, LabourMarket], results: tuple[Results, Results]
) -> None:
    assert runs[0].digest() == runs[1].digest()
    for name in (UPPER, LOWER):
        one, other = (of(each.indicators, name) for each in results)
        alike = ~one["indicator"].isin(OF_THE_WHOLE)
        pd.testing.assert_frame_equal(one[alike], other[alike])


def test_the_place_is_the_only_town_inside(results: tuple[Results, Results]) -> None:
    table = results[1].indicators
    whole, upper = of(table, "all"), of(table, UPPER)
    alike = ~whole["indicator"].isin(OF_THE_WHOLE)
    pd.testing.assert_frame_equal(whole[alike], upper[alike])


@pytest.mark.parametrize("name", ["flows", "accounts"])
def test_flows_and_payments_of_the_place_are_those_of_the_town_inside(
    name: str, results: tuple[Results, Results]
) -> None:
    table = getattr(results[1], name)
    pd.testing.assert_frame_equal(of(table, "all"), of(table, UPPER))
    before = getattr(results[0], name)
    assert not of(before, "all").equals(of(before, UPPER))


def test_shares_between_municipalities_are_those_of_the_place_proper(
    runs: tuple[LabourMarket, LabourMarket],
) -> None:
    segregation = load_indicators()["segregation"].function
    assert (segregation(runs[0].recorder.view()) > 0.0).any()
    assert (segregation(runs[1].recorder.view()) == 0.0).all(), "one town alone is not segregated"


def test_stocks_of_every_town_follow_their_flows_outside_too(
    runs: tuple[LabourMarket, LabourMarket],
) -> None:
    recorded = runs[1].recorder.view()
    stocks = recorded.census[:, :, :, :OUTSIDE].sum(axis=2)
    net = recorded.flows.sum(axis=2)[..., :OUTSIDE] - recorded.flows.sum(axis=3)[..., :OUTSIDE]
    assert (np.diff(stocks, axis=0) == net[1:]).all()


def test_totals_add_up_exactly_as_before_where_every_town_is_inside(
    runs: tuple[LabourMarket, LabourMarket],
) -> None:
    recorded = runs[0].recorder.view()
    values = np.arange(30).reshape(5, 2, 3) * 0.1
    assert (recorded.with_total(values)[:, -1] == values.sum(axis=1)).all()
    assert (recorded.with_mean(values[..., 0])[:, -1] == values[..., 0].mean(axis=1)).all()
