"""Whom measures reach: shares among entrants and among the unemployed, by phase."""

from __future__ import annotations

import pandas as pd
import pytest

from labsim.analysis.reach import ENTRANTS, GAP, UNEMPLOYED, reach
from labsim.analysis.tables import TableError
from labsim.analysis.windows import Phase

from .synthetic_policy import REACH, SHARES, policy_tables

BEFORE = Phase("before", pd.Timestamp("2000-01"), pd.Timestamp("2003-01"))
AFTER = Phase("after", pd.Timestamp("2003-01"), pd.Timestamp("2007-01"))


@pytest.fixture(scope="module")
def indicators() -> pd.DataFrame:
    return policy_tables()["indicators"]


def test_shares_are_those_of_entrants_and_of_the_unemployed(indicators: pd.DataFrame) -> None:
    found = reach(indicators, (BEFORE, AFTER)).set_index(["scenario", "phase", "measure", "who"])["mean"]
    for scenario, gap in REACH.items():
        for group, share in SHARES.items():
            for phase, tilt in (("before", 0.0), ("after", gap)):
                among = found[scenario, phase, group, UNEMPLOYED]
                assert among == pytest.approx(100 * share)
                assert found[scenario, phase, group, ENTRANTS] == pytest.approx(among * (1 - 0.5 * tilt))
        assert found[scenario, "after", GAP, ENTRANTS] == pytest.approx(gap, abs=0.01)


def test_the_share_of_a_phase_is_a_ratio_of_sums_not_a_mean_of_shares() -> None:
    months = pd.date_range("2003-01", periods=2, freq="MS")
    rows = [
        {"scenario": "a", "seed": 1, "month": month, "municipality": "all", "group": group, "indicator": name,
         "value": value}
        for name, counts in {
            "entries": {"all": (1.0, 99.0), "youth": (1.0, 0.0), "long_term": (0, 0), "low_skilled": (0, 0)},
            "unemployed": {"all": (50.0, 50.0), "youth": (5, 5), "long_term": (0, 0), "low_skilled": (0, 0)},
            "creaming": {"all": (0.0, 0.2)},
        }.items()
        for group, values in counts.items()
        for month, value in zip(months, values, strict=True)
    ]  # fmt: skip
    found = reach(pd.DataFrame(rows), (Phase("p", months[0], pd.Timestamp("2003-03")),))
    means = found.set_index(["measure", "who"])["mean"]
    assert means["youth", ENTRANTS] == 1.0
    assert means["youth", UNEMPLOYED] == 10.0
    assert means[GAP, ENTRANTS] == pytest.approx(0.1)


def test_a_phase_in_which_nobody_begins_a_measure_has_no_share(indicators: pd.DataFrame) -> None:
    none = indicators.assign(value=indicators["value"].mask(indicators["indicator"] == "entries", 0.0))
    found = reach(none, (AFTER,))
    assert set(found.loc[found["measure"] != GAP, "who"]) == {UNEMPLOYED}


def test_what_is_missing_is_named(indicators: pd.DataFrame) -> None:
    with pytest.raises(TableError, match="no values of creaming, entries"):
        reach(indicators[~indicators["indicator"].isin(["entries", "creaming"])], (AFTER,))
    with pytest.raises(TableError, match="'entries' has no values of the group youth"):
        reach(indicators[(indicators["group"] != "youth") | (indicators["indicator"] != "entries")], (AFTER,))
