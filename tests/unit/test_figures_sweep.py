"""What the figures of a sweep show, read back from the Plotly figures."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go
import pytest

from labsim.figures import factor_effects, interactions, response_surface, sobol_indices, tornado
from labsim.figures.sweep_words import LEVER, TEXTS, Named, Sought
from labsim.figures.theme import PALETTE

FACTORS = {
    "gap": Named("Gap", "months", LEVER),
    "growth": Named("Growth", "per month"),
    "unit": Named("Unit", choices=("person", "spell")),
}
SOUGHT = Sought("Rate of y, late", "percentage points", difference=True, factors=FACTORS)
GERMAN = Sought("Rate of y, late", "Prozentpunkte", difference=True, factors=FACTORS, language="de")

FALLS = pd.DataFrame(
    [
        ("growth", 0.03, 0.28, 0.5, 0.1, -0.4, -0.6, -0.2, 20),
        ("gap", 1.0, 23.0, 0.1, 0.3, 0.2, -0.1, 0.5, 20),
    ],
    columns=["factor", "low_value", "high_value", "at_low", "at_high", "effect", "low", "high", "points"],
)
INDICES = pd.DataFrame(
    [("growth", "first", 0.4, 0.2, 0.6), ("gap", "first", 0.0, -0.1, 0.1),
     ("growth", "total", 0.5, 0.3, 0.7), ("gap", "total", 0.6, 0.4, 0.8)],
    columns=["factor", "order", "value", "low", "high"],
)  # fmt: skip
PAIRS = pd.DataFrame(
    [
        ("growth", "gap", 0.3, 0.1, 0.5),
        ("growth", "unit", 0.05, -0.1, 0.2),
        ("gap", "unit", -0.02, -0.1, 0.05),
    ],
    columns=["factor", "other", "value", "low", "high"],
)
CELLS = pd.DataFrame(
    [("gap", "unit", 4.0, 0.0, 0.5, 0.1, 9), ("gap", "unit", 20.0, 0.0, -1.5, 0.2, 3),
     ("gap", "unit", 4.0, 1.0, 0.2, math.nan, 1), ("gap", "unit", 20.0, 1.0, math.nan, math.nan, 0)],
    columns=["factor", "other", "x", "y", "mean", "se", "points"],
)  # fmt: skip


def labels(figure: go.Figure) -> list[str]:
    return list(figure.layout.yaxis.ticktext)


def dots(figure: go.Figure, axis: str = "x") -> list[go.Scatter]:
    return [
        t
        for t in figure.data
        if t.type == "scatter" and t.mode == "markers" and t.xaxis == axis and t.x[0] is not None
    ]


def test_levers_stand_above_uncertainties_however_strong_these_are() -> None:
    for figure in (tornado.tornado(FALLS, SOUGHT, 0.25), sobol_indices.sobol_indices(INDICES, SOUGHT, 0.1)):
        assert labels(figure)[:2] == ["Gap", "Growth"]
        assert {"levers", "uncertainties"} <= {each.text for each in figure.layout.annotations}


def test_the_bars_of_the_tornado_start_at_the_mean_and_are_told_apart_without_colour() -> None:
    low, high = (trace for trace in tornado.tornado(FALLS, SOUGHT, 0.25).data if trace.type == "bar")
    assert list(low.x) == pytest.approx([-0.15, 0.25])
    assert list(high.x) == pytest.approx([0.05, -0.15])
    assert low.marker.pattern.shape != high.marker.pattern.shape
    assert low.customdata[0] == "Gap: 1 months"


def test_a_hollow_dot_has_an_interval_that_covers_zero() -> None:
    gap, growth = dots(tornado.tornado(FALLS, SOUGHT, 0.25), "x2")
    assert (gap.x[0], growth.x[0]) == (0.2, -0.4)
    assert gap.marker.color == "white"
    assert growth.marker.color != "white"


def test_both_indices_stand_in_the_row_of_their_factor_and_chance_has_its_own() -> None:
    figure = sobol_indices.sobol_indices(INDICES, SOUGHT, 0.13)
    assert labels(figure) == ["Gap", "Growth", "Chance (seeds)"]
    found = {(round(float(dot.y[0])), dot.marker.symbol): dot.x[0] for dot in dots(figure)}
    assert found == {(0, "circle"): 0.0, (1, "circle"): 0.4, (0, "diamond"): 0.6, (1, "diamond"): 0.5}
    (bar,) = (trace for trace in figure.data if trace.type == "bar")
    assert (bar.x[0], bar.y[0]) == (0.13, 2)
    assert len(set(PALETTE[:2])) == 2


def test_with_one_seed_there_is_no_row_of_chance() -> None:
    figure = sobol_indices.sobol_indices(INDICES, SOUGHT)
    assert labels(figure) == ["Gap", "Growth"]
    assert "single seed" in sobol_indices.reading_aid(INDICES, SOUGHT)
    assert "13 %" in sobol_indices.reading_aid(INDICES, SOUGHT, 0.13)


def test_interactions_are_the_lower_triangle_and_open_ones_stand_in_brackets() -> None:
    (heat,) = interactions.interactions(PAIRS, SOUGHT).data
    assert (list(heat.x), list(heat.y)) == (["Gap", "Growth"], ["Growth", "Unit"])
    assert heat.text[0][0] == "<b>0.30</b>"
    assert heat.text[1][1] == "(0.05)"
    assert math.isnan(heat.z[0][1])
    assert heat.zmin == -heat.zmax
    assert "1 of 3 pairs" in interactions.reading_aid(PAIRS, SOUGHT)


def test_a_surface_shows_the_number_of_points_and_nothing_where_there_is_none() -> None:
    (heat,) = response_surface.response_surface(CELLS, SOUGHT).data
    assert (list(heat.x), list(heat.y)) == (["4", "20"], ["person", "spell"])
    assert ">9<" in heat.text[0][0]
    assert heat.text[1][1] == ""
    assert (heat.zmin, heat.zmax) == (-1.5, 1.5), "differences are coloured around zero"
    (level,) = response_surface.response_surface(CELLS, Sought("Rate of y", "%", factors=FACTORS)).data
    assert level.zmin is None
    assert "13 in all, at least 0 in a cell" in response_surface.reading_aid(CELLS, SOUGHT)


def test_screenings_and_regressions_have_their_own_panels() -> None:
    screened = pd.DataFrame({"factor": ["growth", "gap"], "mu_star": [2.0, 1.0], "low": [1.0, -0.1], "high": [3.0, 2.1],
                             "sigma": [0.5, 0.0], "trajectories": 10})  # fmt: skip
    figure = factor_effects.factor_effects(screened, SOUGHT)
    assert [dot.x[0] for dot in dots(figure, "x2")] == [0.0, 0.5]
    assert "10 trajectories" in factor_effects.reading_aid(screened, SOUGHT)
    fitted = pd.DataFrame({"factor": ["gap"], "coefficient": [0.5], "low": [0.4], "high": [0.6], "rank": [0.45],
                           "rank_low": [0.3], "rank_high": [0.6], "explained": [0.27]})  # fmt: skip
    assert "27 %" in factor_effects.reading_aid(fitted, SOUGHT)
    assert (
        "regression coefficient" in factor_effects.factor_effects(fitted, SOUGHT).layout.annotations[0].text
    )


def test_every_text_is_there_in_both_languages_and_every_figure_can_be_german() -> None:
    assert set(TEXTS["en"]) == set(TEXTS["de"])
    assert "Zehntel" in tornado.tornado(FALLS, GERMAN, 0.25).layout.title.text
    assert labels(sobol_indices.sobol_indices(INDICES, GERMAN, 0.1))[-1] == "Zufall (Startzahlen)"
    for module, given in ((tornado, (FALLS, GERMAN, 0.25)), (sobol_indices, (INDICES, GERMAN, 0.1)),
                          (interactions, (PAIRS, GERMAN)), (response_surface, (CELLS, GERMAN))):  # fmt: skip
        aid = module.reading_aid(*given)
        assert "Mittel" in aid or "Anteil" in aid


def test_numbers_are_texts_with_true_minus_signs() -> None:
    table = tornado.numbers(FALLS, SOUGHT)
    assert table["Change (95 % interval)"].iloc[0] == "−0.400 (−0.600 to −0.200)"
    assert sobol_indices.numbers(INDICES, SOUGHT, 0.1)["Factor"].tolist() == [
        "Gap",
        "Growth",
        "Chance (seeds)",
    ]
    assert len(interactions.numbers(PAIRS, SOUGHT)) == 3
    assert response_surface.numbers(CELLS, SOUGHT)[f"Mean ({SOUGHT.unit})"].tolist() == [
        "0.50",
        "−1.50",
        "0.20",
        "–",
    ]
