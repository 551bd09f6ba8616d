"""The scorecard: bands, distances, what counts, and the loss of a fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from labsim.analysis.scorecard import (
    Published,
    counted,
    in_bands,
    loss,
    needed,
    published_values,
    score,
    values,
)
from labsim.analysis.scorecard_paths import paths


def target(name: str, **keys: Any) -> dict[str, Any]:
    plain = {
        "target": name, "label": {"en": name, "de": f"{name} (de)"}, "statistic": "mean", "indicators": ("rate",),
        "per": (), "on": (), "study": "", "municipality": "all", "municipalities": ("North",), "group": "all",
        "period": "2000-01..2000-12", "before": None, "series": "", "breaks": False, "value": 10.0, "half": 2.0,
        "percent": None, "low": None, "high": None, "why": "", "role": "hold_out", "weight": 1.0, "sure": "SEEN",
        "source": "somebody", "unit": "%", "note": "", "misses": "",
    }  # fmt: skip
    return plain | keys


def found(**by_target: list[float]) -> pd.DataFrame:
    rows = [(name, seed, v) for name, each in by_target.items() for seed, v in enumerate(each, start=1)]
    return pd.DataFrame(rows, columns=["target", "seed", "value"])


def row(table: pd.DataFrame, name: str) -> pd.Series:
    return table.set_index("target").loc[name]


class TestInside:
    def test_the_mean_over_the_seeds_decides_and_the_interval_is_told_beside_it(self) -> None:
        a = row(score(found(a=[11.0, 12.0, 13.0]), [target("a")]), "a")
        assert a["model"] == pytest.approx(12.0)
        assert a["inside"] is True
        assert a["model_low"] < 12.0 < a["model_high"]
        b = row(score(found(a=[12.4, 12.5, 12.6]), [target("a")]), "a")
        assert (b["inside"], b["overlaps"]) == (False, False)
        c = row(score(found(a=[11.0, 14.0, 14.0]), [target("a")]), "a")
        assert (c["inside"], c["overlaps"]) == (False, True)

    def test_a_target_without_a_value_is_undefined_and_counted_as_not_inside(self) -> None:
        table = score(found(a=[10.0]), [target("a"), target("b")])
        assert row(table, "b")["inside"] is None
        assert counted(table)["hold_out"] == (1, 2)

    def test_a_figure_from_memory_is_shown_and_never_counted(self) -> None:
        table = score(found(a=[10.0], b=[10.0]), [target("a"), target("b", sure="MEMORY")])
        assert row(table, "b")["inside"] is True
        assert not row(table, "b")["counts"]
        assert counted(table) == {"fit": (0, 0), "hold_out": (1, 1), "input": (0, 0)}

    def test_of_a_sign_only_the_sign_is_tested(self) -> None:
        sign = {"value": None, "half": None, "high": 0.0, "sure": "SIGN"}
        table = score(found(a=[-1e-6], b=[0.2]), [target("a", **sign), target("b", **sign)])
        assert row(table, "a")["inside"] is True
        assert row(table, "b")["inside"] is False
        assert table["bands"].isna().all()
        assert np.isnan(row(table, "a")["published"])

    def test_one_run_has_no_interval(self) -> None:
        a = row(score(found(a=[9.0]), [target("a")]), "a")
        assert (a["model_low"], a["model_high"], a["seeds"]) == (9.0, 9.0, 1)


class TestBands:
    @pytest.mark.parametrize(
        ("keys", "low", "high"),
        [
            ({"half": 2.0}, 8.0, 12.0),
            ({"half": None, "percent": 25.0}, 7.5, 12.5),
            ({"half": None, "low": 9.0, "high": 10.5}, 9.0, 10.5),
            ({"half": None, "low": 9.0}, 9.0, np.inf),
        ],
    )
    def test_a_band_is_half_a_width_a_percentage_or_two_ends(
        self, keys: dict[str, Any], low: float, high: float
    ) -> None:
        known = row(published_values([target("a", **keys)]), "a")
        assert (known["low"], known["high"]) == (low, high)

    def test_distances_in_bands_are_one_at_the_edge(self) -> None:
        assert in_bands(12.0, 10.0, 8.0, 12.0) == 1.0
        assert in_bands(8.0, 10.0, 8.0, 12.0) == -1.0
        assert in_bands(1.5, 0.0, -np.inf, 1.5) == 1.0
        assert in_bands(0.8, 1.0, 0.9, np.inf) == -2.0
        assert np.isnan(in_bands(0.3, np.nan, -np.inf, 0.0))

    def test_the_published_value_of_a_series_is_the_statistic_of_what_was_published(self) -> None:
        points = tuple({"series": "rate", "municipality": m, "date": "2000", "value": v, "flag": ""}
                       for m, v in (("North", 9.0), ("South", 15.0)))  # fmt: skip
        known = Published(points, {"North": {2000: 2.0}, "South": {2000: 1.0}})
        targets = [target("whole", series="rate", value=None),
                   target("spread", statistic="spread", series="rate", value=None,
                          municipalities=("North", "South")),
                   target("error", statistic="mean_absolute_error", series="rate", value=None, half=None, high=1.5,
                          municipalities=("North", "South"))]  # fmt: skip
        table = published_values(targets, known).set_index("target")["published"]
        assert table.to_dict() == {"whole": 11.0, "spread": 3.0, "error": 0.0}


class TestLoss:
    def test_it_is_the_weighted_mean_of_squared_distances_of_the_fits_alone(self) -> None:
        targets = [target("a", role="fit", weight=3.0), target("b", role="fit"), target("c")]
        table = score(found(a=[12.0], b=[14.0], c=[99.0]), targets)
        assert loss(table) == pytest.approx((3 * 1.0 + 1 * 4.0) / 4)

    def test_a_fit_without_a_value_makes_it_infinite_and_no_fit_at_all_is_an_error(self) -> None:
        assert loss(score(found(b=[1.0]), [target("a", role="fit")])) == np.inf
        with pytest.raises(ValueError, match="nothing to fit"):
            loss(score(found(a=[10.0]), [target("a")]))


class TestValues:
    @pytest.fixture
    def indicators(self) -> pd.DataFrame:
        months = pd.date_range("2000-01-01", "2001-12-01", freq="MS")
        parts = [
            pd.DataFrame({"month": months, "municipality": m, "group": g, "indicator": "rate", "value": v + seed,
                          "seed": seed})
            for m, g, v in (("all", "all", 10.0), ("North", "all", 8.0), ("all", "youth", 20.0))
            for seed in (1, 2)
        ]  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    def test_there_is_a_value_for_each_target_and_seed_and_none_for_studies(
        self, indicators: pd.DataFrame
    ) -> None:
        targets = [target("a"), target("young", group="youth"), target("s", statistic="study", study="x"),
                   target("d", statistic="early_exits", indicators=())]  # fmt: skip
        table = values(indicators, targets).set_index(["target", "seed"])["value"]
        assert table["a"].to_dict() == {1: 11.0, 2: 12.0}
        assert table["young"].to_dict() == {1: 21.0, 2: 22.0}
        assert "s" not in table.index
        assert table["d"].isna().all()

    def test_a_single_run_needs_no_column_of_seeds(self, indicators: pd.DataFrame) -> None:
        one = indicators[indicators["seed"] == 1].drop(columns="seed")
        assert values(one, [target("a")])["value"].tolist() == [11.0]

    def test_what_is_needed_is_enough(self) -> None:
        targets = [target("a"), target("spread", statistic="spread", municipalities=("North",)),
                   target("part", per=("people",), group="youth"), target("late", statistic="late_exits")]  # fmt: skip
        assert needed(targets) == {
            "indicator": ("rate", "people"), "municipality": ("all", "North"), "group": ("all", "youth"),
            "tables": ("indicators", "durations"),
        }  # fmt: skip

    def test_paths_stand_beside_each_other_with_their_flags(self, indicators: pd.DataFrame) -> None:
        points = tuple({"series": "rate", "municipality": "North", "date": d, "value": v, "flag": f}
                       for d, v, f in (("2000", 9.0, ""), ("2001", 9.5, "break")))  # fmt: skip
        table = paths(indicators, Published(points, {"North": {2000: 1.0}}), ("North",), ("rate",))
        north = table[table["municipality"] == "North"].set_index("year")
        assert north["published"].to_dict() == {2000: 9.0, 2001: 9.5}
        assert north["flag"].to_dict() == {2000: "", 2001: "break"}
        assert north["model"].to_dict() == {2000: 9.5, 2001: 9.5}
        assert (north["seeds"] == 2).all()
