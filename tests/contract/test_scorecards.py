"""Every shipped scorecard: targets written down before the fit, hold-outs among them, nothing fitted from memory."""

from __future__ import annotations

from functools import cache

import pytest

from labsim.analysis.scorecard import needed, published_values
from labsim.analysis.statistics import STATISTICS
from labsim.config import Scorecard, available, load_scorecard

PLACES = sorted(available("scorecard"))
FICTIONAL = ("toytown",)


@cache
def card(place: str) -> Scorecard:
    return load_scorecard(place)


def test_the_places_that_were_asked_for_have_one() -> None:
    assert {"brandenburg", "dortmund", "germany", "toytown"} <= set(PLACES)


@pytest.mark.parametrize("place", PLACES)
class TestEveryScorecard:
    def test_hold_outs_outnumber_fits(self, place: str) -> None:
        assert len(card(place).of_role("hold_out")) > len(card(place).of_role("fit"))

    def test_names_are_unique_and_labels_are_in_both_languages(self, place: str) -> None:
        names = [each["target"] for each in card(place).targets]
        assert len(set(names)) == len(names)
        assert all(each["label"]["en"] and each["label"]["de"] for each in card(place).targets)

    def test_every_target_says_where_its_figure_is_from_how_sure_it_is_and_why_its_band(
        self, place: str
    ) -> None:
        for each in card(place).targets:
            assert each["source"].strip(), each["target"]
            assert each["why"].strip(), each["target"]
            assert each["unit"].strip(), each["target"]
            assert each["sure"] in {"SEEN", "SEEN-2nd", "DERIVED", "SIGN", "MEMORY", "fictional"}, each[
                "target"
            ]
            assert (each["sure"] == "fictional") <= (place in FICTIONAL)

    def test_nothing_is_fitted_to_a_figure_from_memory_or_to_a_sign(self, place: str) -> None:
        assert not [
            each["target"] for each in card(place).of_role("fit") if each["sure"] in {"MEMORY", "SIGN"}
        ]

    def test_every_target_has_a_value_to_be_met_and_every_fit_a_closed_band(self, place: str) -> None:
        table = published_values(card(place).targets, card(place).published).set_index("target")
        for each in card(place).targets:
            low, high = table.loc[each["target"], ["low", "high"]]
            assert low < high, each["target"]
            if each["role"] == "fit":
                assert float("-inf") < low < high < float("inf"), each["target"]

    def test_no_shipped_scorecard_writes_a_published_figure_that_stands_in_a_table(self, place: str) -> None:
        assert "figure:" not in card(place).file.read_text(encoding="utf-8")

    def test_what_it_needs_is_named(self, place: str) -> None:
        wanted = needed(card(place).targets)
        assert wanted["indicator"]
        assert set(wanted["municipality"]) <= {"all", *card(place).residents}


@pytest.mark.parametrize("place", ["brandenburg", "dortmund"])
def test_what_was_asked_for_is_held_out_or_shown(place: str) -> None:
    statistics = {each["statistic"] for each in card(place).targets}
    assert {"mean", "spread", "mean_absolute_error", "rank_correlation", "path_correlation", "early_exits",
            "short_to_long_job_finding", "becoming_long_term", "elasticity", "slope_on_growth", "relative",
            "study"} <= statistics  # fmt: skip
    assert statistics <= set(STATISTICS)
    studies = {each["study"] for each in card(place).targets if each["study"]}
    assert {"beveridge_area", "selection_share", "elasticity_unemployed", "elasticity_vacancies"} <= studies


@pytest.mark.parametrize("place", ["brandenburg", "dortmund"])
def test_the_matching_elasticities_are_from_memory_and_not_fitted(place: str) -> None:
    rows = [each for each in card(place).targets if each["target"].endswith("_memory")]
    assert rows
    assert {each["role"] for each in rows} == {"hold_out"}
    assert {each["sure"] for each in rows} == {"MEMORY"}
