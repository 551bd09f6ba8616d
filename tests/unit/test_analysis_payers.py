"""Who pays, and what a month of employment more costs: against the definitions, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labsim.analysis.payers import (
    ACTIVE,
    ALL_PAYERS,
    NO_PAIRS,
    OPEN,
    cost_per_employment_month,
    in_order,
    payments_by_phase,
    payments_moved,
    payments_moved_by_year,
    per_resident,
    ratio_of_means,
)
from labsim.analysis.tables import TableError
from labsim.analysis.windows import Phase

from .synthetic_policy import BOOKS, MOVES, policy_tables

BEFORE = Phase("before", pd.Timestamp("2000-01"), pd.Timestamp("2003-01"))
AFTER = Phase("after", pd.Timestamp("2003-01"), pd.Timestamp("2007-01"))
BASE = "status_quo_ante"


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    return policy_tables()


def books(euros: dict[tuple[str, int, str, str], float], months: int = 2) -> pd.DataFrame:
    """Accounts of the whole place, equal in every month, by (scenario, seed, payer, use)."""
    return pd.DataFrame(
        {"scenario": scenario, "seed": seed, "month": month, "municipality": "all", "payer": payer, "use": use,
         "euros": amount}
        for (scenario, seed, payer, use), amount in euros.items()
        for month in pd.date_range("2003-01", periods=months, freq="MS")
    )  # fmt: skip


def people(
    employed: dict[tuple[str, int], float], population: float = 100.0, months: int = 2
) -> pd.DataFrame:
    return pd.DataFrame(
        {"scenario": scenario, "seed": seed, "month": month, "municipality": "all", "group": "all",
         "indicator": name, "value": value}
        for (scenario, seed), at_work in employed.items()
        for month in pd.date_range("2003-01", periods=months, freq="MS")
        for name, value in (("population", population), ("employment", at_work))
    )  # fmt: skip


TWO_MONTHS = Phase("both", pd.Timestamp("2003-01"), pd.Timestamp("2003-03"))


def test_payments_are_euros_per_resident_and_payers_without_a_row_pay_nothing() -> None:
    accounts = books({("a", 1, "federal", "measures"): 300.0, ("b", 1, "state", "measures"): 50.0})
    table = per_resident(accounts, people({("a", 1): 60.0, ("b", 1): 60.0}))
    found = table.set_index(["scenario", "indicator", "month"])["value"].unstack("month")
    assert found.loc[("a", "federal")].tolist() == [3.0, 3.0]
    assert found.loc[("a", "state")].tolist() == [0.0, 0.0]
    assert found.loc[("b", "state")].tolist() == [0.5, 0.5]
    assert list(dict.fromkeys(table["indicator"])) == ["federal", "state"]


def test_a_month_without_any_payment_counts_as_zero() -> None:
    accounts = books({("a", 1, "federal", "measures"): 300.0}, months=1)
    table = per_resident(accounts, people({("a", 1): 60.0}))
    assert table["value"].tolist() == [3.0, 0.0]


def test_payers_and_uses_add_up_to_the_whole(made: dict[str, pd.DataFrame]) -> None:
    tables = (made["accounts"], made["indicators"], "Dortmund")
    run = ["scenario", "seed", "month"]
    whole = per_resident(*tables, by=()).set_index(run)["value"].sort_index()
    for by in (("payer",), ("use",), ("payer", "use")):
        parts = per_resident(*tables, by=by).groupby(run)["value"].sum().sort_index()
        np.testing.assert_allclose(parts, whole, atol=1e-9)
    assert set(per_resident(*tables, by=())["indicator"]) == {ALL_PAYERS}


def test_names_stand_in_a_fixed_order_and_unknown_ones_last() -> None:
    assert in_order(["somebody", "municipality", "insurance"], ("payer",)) == [
        "insurance",
        "municipality",
        "somebody",
    ]
    flows = ["federal > measures", "insurance > measures", "insurance > insurance_benefit"]
    assert in_order(flows, ("payer", "use")) == [flows[2], flows[1], flows[0]]


def test_accounts_are_not_summed_by_anything_else(made: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(TableError, match="not by seed"):
        per_resident(made["accounts"], made["indicators"], by=("seed",))
    with pytest.raises(TableError, match="no accounts of municipality 'Bochum'"):
        per_resident(made["accounts"], made["indicators"], "Bochum")


def test_payments_before_the_reform_are_the_same_and_then_move_as_the_reform_moves_them(
    made: dict[str, pd.DataFrame],
) -> None:
    table = per_resident(made["accounts"], made["indicators"])
    moved = payments_moved(table, BASE, (BEFORE, AFTER)).set_index(["scenario", "indicator", "phase"])
    for scenario, moves in MOVES.items():
        if scenario == BASE:
            continue
        for payer in ("insurance", "federal", "state", "municipality"):
            before, after = (moved.loc[(scenario, payer, phase)] for phase in ("before", "after"))
            assert (before[["mean", "low", "high"]] == 0).all()
            expected = sum(euros for (who, _), euros in moves.items() if who == payer)
            assert after["mean"] == pytest.approx(expected, abs=0.05 * abs(expected) + 1e-9)
            assert after["low"] <= after["mean"] <= after["high"]


def test_means_by_phase_have_intervals_over_the_seeds(made: dict[str, pd.DataFrame]) -> None:
    table = per_resident(made["accounts"], made["indicators"])
    means = payments_by_phase(table, (BEFORE,)).set_index(["scenario", "indicator"])
    own = table[
        (table["month"] >= BEFORE.start) & (table["month"] < BEFORE.end) & (table["scenario"] == BASE)
    ]
    by_hand = own[own["indicator"] == "municipality"].groupby("seed")["value"].mean()
    row = means.loc[(BASE, "municipality")]
    assert row["mean"] == pytest.approx(by_hand.mean())
    assert row["pairs"] == 4
    assert row["high"] - row["mean"] == pytest.approx(3.182446 * by_hand.std() / 2)
    assert row["mean"] == pytest.approx(BOOKS["municipality", "basic_income"], rel=0.02)


def test_years_are_compared_pair_by_pair(made: dict[str, pd.DataFrame]) -> None:
    table = per_resident(made["accounts"], made["indicators"])
    yearly = payments_moved_by_year(table, BASE).set_index(["scenario", "indicator", "year"])
    assert yearly.loc[("demand_and_support", "federal", 2002), "mean"] == 0
    assert yearly.loc[("demand_and_support", "federal", 2004), "mean"] == pytest.approx(50, rel=0.05)


class TestRatioOfMeans:
    def test_its_interval_holds_the_ratios_that_the_pairs_do_not_rule_out(self) -> None:
        over, under = np.array([9.0, 12.0, 15.0, 11.0]), np.array([3.1, 3.9, 5.2, 4.0])
        ratio = ratio_of_means(over, under)
        assert ratio.value == pytest.approx(over.mean() / under.mean())
        for edge in (ratio.low, ratio.high):
            rest = over - edge * under
            t = abs(rest.mean()) / (rest.std(ddof=1) / 2)
            assert t == pytest.approx(3.182446, rel=1e-5)

    def test_pairs_in_fixed_proportion_have_no_spread(self) -> None:
        ratio = ratio_of_means(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]) + 100)
        assert ratio.low < ratio.value < ratio.high
        exact = ratio_of_means(2 * np.array([10.0, 11.0, 12.0]), np.array([10.0, 11.0, 12.0]))
        assert exact == pytest.approx((2.0, 2.0, 2.0))

    def test_it_is_not_defined_where_the_lower_mean_may_be_zero_or_pairs_are_too_few(self) -> None:
        for over, under in (([1.0, 2.0, 3.0], [-1.0, 0.5, 1.0]), ([1.0], [1.0]), ([1.0, 2.0], [0.0, 0.0])):
            assert np.isnan(ratio_of_means(np.array(over), np.array(under))).all()


class TestCostOfAMonthInEmployment:
    ACCOUNTS = books({
        ("a", 1, "federal", "measures"): 1000.0, ("a", 1, "federal", "basic_income"): 5000.0,
        ("a", 2, "federal", "measures"): 1000.0, ("a", 2, "federal", "basic_income"): 5200.0,
        ("b", 1, "federal", "measures"): 1500.0, ("b", 1, "federal", "basic_income"): 4900.0,
        ("b", 2, "federal", "measures"): 1500.0, ("b", 2, "federal", "basic_income"): 5100.0,
    })  # fmt: skip
    PEOPLE = people({("a", 1): 60.0, ("a", 2): 61.0, ("b", 1): 62.0, ("b", 2): 63.0})

    def cost(self, accounts: pd.DataFrame, indicators: pd.DataFrame, **settings: object) -> dict[str, object]:
        return cost_per_employment_month(accounts, indicators, "b", "a", TWO_MONTHS, **settings)

    def test_it_is_the_difference_in_spending_over_the_difference_in_months_of_employment(self) -> None:
        found = self.cost(self.ACCOUNTS, self.PEOPLE)
        assert found["value"] == pytest.approx((500 - 100) / 2)
        assert found["spending"] == pytest.approx(2 * 400 / 100)
        assert found["employment"] == pytest.approx(2 * 2 / 100)
        assert found["case"] == "more employment, dearer"
        assert found["pairs"] == 2

    def test_without_benefits_the_saving_is_not_counted(self) -> None:
        assert self.cost(self.ACCOUNTS, self.PEOPLE, uses=ACTIVE)["value"] == pytest.approx(500 / 2)

    def test_it_is_not_defined_where_the_interval_of_employment_covers_zero(self) -> None:
        found = self.cost(
            self.ACCOUNTS, people({("a", 1): 60.0, ("a", 2): 61.0, ("b", 1): 63.0, ("b", 2): 60.5})
        )
        assert np.isnan([found[name] for name in ("value", "low", "high")]).all()
        assert found["case"] == OPEN
        assert found["employment_low"] < 0 < found["employment_high"]

    def test_fewer_months_for_less_money_are_told_apart_from_more_months(self) -> None:
        fewer = people({("a", 1): 64.0, ("a", 2): 65.0, ("b", 1): 62.0, ("b", 2): 63.0})
        assert self.cost(self.ACCOUNTS, fewer)["case"] == "less employment, dearer"

    def test_one_pair_has_no_cost(self) -> None:
        one = (table[table["seed"] == 1] for table in (self.ACCOUNTS, self.PEOPLE))
        found = self.cost(*one)
        assert found["case"] == NO_PAIRS
        assert np.isnan(found["value"])

    def test_other_scenarios_in_the_tables_change_nothing(self) -> None:
        more = pd.concat([self.ACCOUNTS, books({("c", 1, "state", "measures"): 9e9})])
        assert self.cost(more, pd.concat([self.PEOPLE, people({("c", 1): 1.0})])) == self.cost(
            self.ACCOUNTS, self.PEOPLE
        )

    def test_a_scenario_without_runs_is_named(self) -> None:
        with pytest.raises(TableError, match="no runs of 'z'"):
            cost_per_employment_month(self.ACCOUNTS, self.PEOPLE, "z", "a", TWO_MONTHS)
