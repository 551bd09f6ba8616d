"""The Beveridge path and published values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsim.analysis import annual_path, fit, loop_measures, published_table, root_mean_square, signed_area

from .synthetic import tables, targets


def circle(turns: float = 1.0, points: int = 720) -> tuple[np.ndarray, np.ndarray]:
    angle = turns * np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.cos(angle), np.sin(angle)


def test_a_counter_clockwise_circle_has_the_area_pi() -> None:
    assert signed_area(*circle()) == pytest.approx(np.pi, rel=1e-4)


def test_the_same_way_back_has_the_negative_area() -> None:
    x, y = circle()
    assert signed_area(x[::-1], y[::-1]) == pytest.approx(-np.pi, rel=1e-4)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20))
def test_a_path_along_a_line_has_no_area(values: list[float]) -> None:
    x = np.array(values)
    assert signed_area(x, 2 - x / 3) == pytest.approx(0, abs=1e-8)


def test_vacancies_that_lead_unemployment_turn_counter_clockwise() -> None:
    phase = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    path = pd.DataFrame(
        {"year": range(12), "unemployment_rate": 10 - np.sin(phase - 0.5), "vacancy_rate": 2 + np.sin(phase)}
    )
    measures = loop_measures(path).iloc[0]
    assert measures["signed_area"] > 0
    assert measures["correlation"] == pytest.approx(-np.cos(0.5))


@pytest.mark.parametrize("rates", [([10, 11], [2, 1]), ([10, 10, 10], [1, 2, 3])])
def test_a_path_too_short_or_flat_has_no_correlation(rates: tuple[list[float], list[float]]) -> None:
    path = pd.DataFrame(
        {"year": range(len(rates[0])), "unemployment_rate": rates[0], "vacancy_rate": rates[1]}
    )
    assert np.isnan(loop_measures(path)["correlation"].iloc[0])


def test_the_path_is_the_mean_over_seeds_of_annual_means() -> None:
    indicators = tables(["status_quo_ante"], seeds=2, months=24)["indicators"]
    path = annual_path(indicators, "Dortmund").set_index("year")
    rows = indicators[
        (indicators["indicator"] == "vacancy_rate") & (indicators["municipality"] == "Dortmund")
    ]
    assert path.loc[1998, "vacancy_rate"] == pytest.approx(rows[rows["month"] < "1999"]["value"].mean())
    assert list(path.index) == [1998, 1999]


def test_published_values_stand_in_the_middle_of_their_year_or_at_their_month() -> None:
    both = [{"series": "x", "municipality": "m", "date": date, "value": 1} for date in ("2003", "2005-11")]
    table = published_table(both)
    assert table["when"].tolist() == [pd.Timestamp("2003-07-01"), pd.Timestamp("2005-11-01")]
    assert table["annual"].tolist() == [True, False]


def test_no_published_values_make_an_empty_table_with_all_columns() -> None:
    assert {"series", "when", "year", "source"} <= set(published_table([]).columns)


def test_the_deviation_is_simulated_minus_published() -> None:
    indicators = tables(["status_quo_ante"], seeds=2, months=24)["indicators"]
    table = fit(indicators, published_table(targets()), "unemployment_rate", "Dortmund").set_index("year")
    assert list(table.index) == [1998, 1999]
    assert table.loc[1998, "published"] == 15.8
    assert table["deviation"].to_numpy() == pytest.approx(
        (table["simulated"] - table["published"]).to_numpy()
    )
    assert root_mean_square(pd.Series([3.0, -4.0])) == pytest.approx(np.sqrt(12.5))
