"""Flows: averages, and the books that must close."""

from __future__ import annotations

import pandas as pd
import pytest

from labsim.analysis import TableError, average_flows, closure, whole_place

from .synthetic import tables


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    return tables(["status_quo_ante", "local_activation"], seeds=2, months=24)


def test_every_change_of_a_stock_is_the_sum_of_its_flows(made: dict[str, pd.DataFrame]) -> None:
    books = closure(made["flows"], made["indicators"])
    assert (books["gap"] == 0).all()
    assert len(books) == 2 * 2 * 3 * 23 * 4  # scenarios, seeds, municipalities with the whole, months, states
    assert (books["change"] != 0).any()


def test_one_person_lost_shows_as_a_gap_in_that_month_and_state(made: dict[str, pd.DataFrame]) -> None:
    flows = made["flows"].copy()
    leak = flows.index[(flows["source"] == "unemployed") & (flows["target"] == "inactive")][5]
    flows.loc[leak, "persons"] -= 1
    books = closure(flows, made["indicators"])
    wrong = books[books["gap"] != 0]
    assert sorted(wrong["state"]) == ["inactive", "unemployed"]
    assert set(wrong["month"]) == {flows.loc[leak, "month"]}


def test_a_state_without_any_flow_in_a_month_has_a_net_flow_of_zero(made: dict[str, pd.DataFrame]) -> None:
    month = made["flows"]["month"].max()
    quiet = made["flows"][made["flows"]["month"] != month]
    books = closure(quiet, made["indicators"])
    last = books[books["month"] == month]
    assert (last["net_flow"] == 0).all()
    assert (last["gap"] == last["change"]).all()


def test_without_stocks_nothing_can_be_checked(made: dict[str, pd.DataFrame]) -> None:
    rates = made["indicators"][made["indicators"]["indicator"] == "unemployment_rate"]
    with pytest.raises(TableError, match="none of the stocks"):
        closure(made["flows"], rates)


def test_the_average_is_over_months_and_replicates() -> None:
    month = pd.to_datetime(["2003-01", "2003-01", "2003-02", "2004-01"])
    flows = pd.DataFrame(
        {"scenario": "a", "seed": [1, 2, 1, 1], "month": month, "municipality": "all", "source": "employed",
         "target": "unemployed", "persons": [10, 20, 30, 8]}
    )  # fmt: skip
    by_year = average_flows(flows, "year").set_index("year")["persons"]
    assert by_year.to_dict() == {2003: 20.0, 2004: 8.0}
    assert average_flows(flows)["persons"].tolist() == [17.0]


def test_a_flow_absent_in_a_month_counts_as_zero_there() -> None:
    flows = pd.DataFrame(
        {"month": pd.to_datetime(["2003-01", "2003-02"]), "municipality": "all", "source": "employed",
         "target": ["unemployed", "inactive"], "persons": [10, 4]}
    )  # fmt: skip
    assert average_flows(flows).set_index("target")["persons"].to_dict() == {
        "unemployed": 5.0,
        "inactive": 2.0,
    }


def test_without_rows_of_the_whole_place_municipalities_are_added_up(made: dict[str, pd.DataFrame]) -> None:
    flows = made["flows"]
    keys = ["scenario", "seed", "month", "source", "target"]
    given = whole_place(flows).set_index(keys)["persons"].sort_index()
    added = whole_place(flows[flows["municipality"] != "all"]).set_index(keys)["persons"].sort_index()
    pd.testing.assert_series_equal(given, added)
