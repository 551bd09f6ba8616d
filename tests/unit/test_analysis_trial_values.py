"""Levels and effects of trials, from cells whose numbers can be added up by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from labsim.analysis.panel_values import panel_estimates, panel_value
from labsim.analysis.tables import TableError
from labsim.analysis.trial_summary import mean_estimates, saturation_estimates
from labsim.analysis.trial_values import OUTCOMES, SIDES, Choice, at_dose, level, span_of, value
from labsim.analysis.verdicts import asked_values, verdict_table
from labsim.config.trial_names import ESTIMATES, EVERYTHING

COUNTS = ("employed", "unemployed", "in_measure", "inactive", "long_term", "earnings", "exits", "at_risk",
          "found_work", "left_register", "sanctioned")  # fmt: skip


def row(world: str, arm: str, horizon: int, persons: int = 100, **counts: float) -> dict[str, object]:
    about = {"market": "", "trial": "course", "seed": 1, "world": world, "arm": arm, "duration": "under 6 months",
             "eligible": True, "horizon": horizon, "persons": persons, "share": 0.5}  # fmt: skip
    return (
        about
        | {name: counts.get(name, 0) for name in COUNTS}
        | {k: v for k, v in counts.items() if k not in COUNTS}
    )


def cells() -> pd.DataFrame:
    """Return two months of a trial: treated 20, 40 of 100 at work, without treatment 10, 20, controls 15, 30."""
    work = {("treated", "treated"): (20, 40), ("untreated", "treated"): (10, 20), ("treated", "control"): (15, 30),
            ("untreated", "control"): (16, 32)}  # fmt: skip
    rows = []
    for (world, arm), (first, second) in work.items():
        rows.append(row(world, arm, 0, unemployed=100))
        rows.append(row(world, arm, 1, employed=first, unemployed=100 - first, earnings=first * 2000.0, exits=first,
                        at_risk=100, found_work=first))  # fmt: skip
        rows.append(row(world, arm, 2, employed=second, unemployed=100 - second, earnings=second * 2000.0,
                        exits=second - first, at_risk=100 - first, found_work=second))  # fmt: skip
    for horizon, share in ((1, 12), (2, 24)):
        rows.append(row("treated", "untreated_elsewhere", horizon, employed=share, share=0.0))
    return pd.DataFrame(rows)


def of(outcome: str, first: int, last: int, **more: object) -> float:
    return float(value(cells(), Choice("course", outcome, first, last, **more)).loc[1])


def test_names_in_files_are_those_that_are_computed() -> None:
    assert tuple(OUTCOMES) == EVERYTHING
    assert set(ESTIMATES["clients"]) | set(ESTIMATES["saturation"]) == set(SIDES)


def test_truth_is_with_less_without_and_an_evaluator_compares_with_controls() -> None:
    assert of("employed", 2, 2) == pytest.approx(20.0)
    assert of("employed", 2, 2, estimate="difference") == pytest.approx(10.0)


def test_an_outcome_of_a_month_is_averaged_over_months_and_others_add_up() -> None:
    assert of("employed", 1, 2) == pytest.approx(15.0)
    assert of("earnings", 1, 2) == pytest.approx(300.0)
    assert of("months_in_work", 1, 2) == pytest.approx(0.3)
    assert of("months_jobless", 1, 2) == pytest.approx(-0.3)
    assert of("found_work", 1, 2) == pytest.approx(20.0)


def test_the_exit_rate_counts_exits_per_month_at_risk() -> None:
    with_it = level(cells(), Choice("course", "exit_rate", 1, 2), SIDES["truth"][0]).loc[1]
    assert with_it == pytest.approx(100 * (20 + 20) / (100 + 80))


def test_a_relative_effect_is_in_per_cent_of_the_side_without_treatment() -> None:
    assert of("employed", 2, 2, relative=True) == pytest.approx(100.0)


def test_saturation_compares_with_those_where_nobody_is_treated() -> None:
    assert of("employed", 2, 2, estimate="direct", share=0.5) == pytest.approx(40 - 24)
    assert of("employed", 2, 2, estimate="spill_over", share=0.5) == pytest.approx(30 - 24)
    assert of("employed", 2, 2, estimate="net", share=0.5) == pytest.approx(35 - 24)
    assert of("employed", 2, 2, estimate="truth_spill_over", share=0.5) == pytest.approx(-2.0)
    assert of("employed", 2, 2, estimate="truth_net", share=0.5) == pytest.approx(9.0)


def test_where_nobody_is_there_the_value_is_undefined() -> None:
    assert np.isnan(of("employed", 2, 2, duration="over 24 months"))


def test_an_unknown_outcome_or_estimate_is_told() -> None:
    with pytest.raises(TableError, match="known are employed"):
        of("happiness", 1, 2)
    with pytest.raises(TableError, match="known are truth"):
        of("employed", 1, 2, estimate="guess")


def test_a_dose_response_is_read_between_the_doses_and_not_beyond() -> None:
    strict = cells()
    dosed = strict.assign(sanctioned=np.where(strict["world"] == "treated", 20, 0))
    choice, dose = Choice("course", "employed", 2, 2), Choice("course", "sanctioned", 2, 2)
    assert at_dose(dosed, choice, ["course"], dose, (1.0, 11.0)).loc[1] == pytest.approx(10.0)
    assert np.isnan(at_dose(dosed, choice, ["course"], dose, (1.0, 30.0)).loc[1])


def test_spans_are_one_month_or_two_ends() -> None:
    assert span_of("12") == (12, 12)
    assert span_of("13..24") == (13, 24)


def about(**asked: object) -> dict[str, object]:
    entry = {"finding": "x", "what": "x", "treatment": "course", "outcome": "employed", "months": "2",
             "estimate": "truth", "market": "", "duration": "", "share": None, "relative": False, "dose": None,
             "less": None, "times": 1.0, "after_end": False, "note": "",
             "published": {"value": 10.0, "low": 0.0, "high": 30.0, "unit": "points", "sure": "SEEN",
                           "source": "s"}}  # fmt: skip
    return {
        "treatments": {"course": "Course"},
        "lengths": {"course": 1},
        "rules": [],
        "against": [entry | asked],
    }


def asked(**changes: object) -> float:
    told = about(**changes)
    return float(asked_values(cells(), None, told["against"][0], told).loc[1])


def test_what_is_asked_may_be_a_difference_times_a_factor_after_the_end() -> None:
    assert asked() == pytest.approx(20.0)
    assert asked(times=0.5) == pytest.approx(10.0)
    assert asked(less={"months": "1", "treatment": None}) == pytest.approx(10.0)
    assert asked(months="1", after_end=True) == pytest.approx(20.0)
    assert asked(treatment="all") == pytest.approx(20.0)


def test_the_table_of_verdicts_has_a_row_for_each_finding() -> None:
    many = pd.concat([cells().assign(seed=seed) for seed in range(5)], ignore_index=True)
    table = verdict_table(many, None, about())
    assert table["verdict"].tolist() == ["agrees"]
    assert table["seeds"].tolist() == [5]


def test_slopes_over_the_shares_belong_to_the_estimates_of_a_saturation_design() -> None:
    both = [cells(), cells().assign(share=lambda t: t["share"].where(t["share"] == 0.0, 1.0))]
    full = both[1][both[1]["share"] > 0.0].assign(employed=lambda t: 2 * t["employed"])
    table = pd.concat([both[0], full], ignore_index=True)
    told = {"shares": [0.0, 0.5, 1.0], "markets": {"": 1.0}, "treatments": {"course": ""},
            "outcomes": {"employed": {}}, "horizons": [2]}  # fmt: skip
    found = saturation_estimates(table, told)
    slope = found[found["estimate"] == "slope_direct"]["value"].iloc[0]
    assert slope == pytest.approx((40.0 - 20.0) / 0.5)
    means = mean_estimates(found).set_index(["estimate", "share"])
    assert means.loc[("direct", 0.5), "bias"] == pytest.approx(16.0 - 20.0)


def test_a_panel_gives_the_truth_by_time_since_each_units_own_start() -> None:
    rows = []
    for unit, start in enumerate((1, 3, 0, 0)):
        for month in range(-1, 5):
            effect = 2.0 if start and month >= start else 0.0
            rows += [
                {"market": "", "trial": "law", "seed": 1, "world": world, "unit": unit, "month": month,
                 "indicator": "job_finding_rate", "start": start, "value": 10.0 + unit + month + more}
                for world, more in (("treated", effect), ("untreated", 0.0))
            ]  # fmt: skip
    panel, choice = pd.DataFrame(rows), Choice("law", "job_finding_rate", 1, 2)
    assert panel_value(panel, choice).loc[1] == pytest.approx(2.0)
    base = np.mean([10 + 0 + 1.5, 10 + 1 + 3.5])
    assert panel_value(panel, replace(choice, relative=True)).loc[1] == pytest.approx(100 * 2 / base)
    for estimator in ("group_time", "two_way"):
        found = panel_estimates(panel, replace(choice, estimate=estimator))
        assert found["value"].iloc[0] == pytest.approx(2.0)
        assert found["se"].iloc[0] >= 0.0 or np.isnan(found["se"].iloc[0])
    with pytest.raises(TableError, match="known are after_only"):
        panel_estimates(panel, replace(choice, estimate="guess"))
