"""Words, looks and places of labels."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsim.analysis import Phase
from labsim.figures import labels, theme, words
from labsim.figures.canvas import config

from .synthetic import EFFECTS, INDICATORS, LABELS


def test_the_configuration_has_no_button_that_uploads_data() -> None:
    assert config()["showSendToCloud"] is False
    assert config()["displaylogo"] is False
    assert config()["toImageButtonOptions"] == {"format": "svg"}
    assert "locale" not in config()
    assert config("de")["locale"] == "de"


def test_changing_one_configuration_changes_no_other() -> None:
    config()["showSendToCloud"] = True
    assert config()["showSendToCloud"] is False


def test_scenarios_differ_in_letter_colour_and_dash() -> None:
    six = theme.styles([str(number) for number in range(6)])
    for name in ("letter", "colour", "dash"):
        assert len({getattr(style, name) for style in six}) == 6


def test_a_seventh_scenario_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 6 scenarios, not 7"):
        theme.styles([str(number) for number in range(7)])


def test_a_single_scenario_has_no_letter() -> None:
    (only,) = theme.styles(["local_activation"], LABELS)
    assert (only.letter, only.title, only.short) == ("", "Local activation", "Local activation")


def test_every_line_stands_out_from_white_and_type_is_legible() -> None:
    for colour in (*theme.PALETTE, theme.PAST):
        assert theme.contrast(colour) >= 3
    for style in theme.styles(list("abcdef")):
        assert theme.contrast(style.ink) >= 4.5


def test_a_setting_names_what_it_knows_and_spells_out_the_rest() -> None:
    setting = theme.Setting(theme.styles(list(EFFECTS), LABELS), INDICATORS)
    assert setting.baseline.letter == "A"
    assert [style.letter for style in setting.others] == ["B", "C"]
    assert setting.label("vacancy_rate") == "Vacancy rate"
    assert (setting.label("mean_wage"), setting.unit("mean_wage")) == ("Mean wage", "")
    assert setting.place == "the whole place"


def test_windows_of_the_experiment_take_the_place_of_phases() -> None:
    months = pd.Series(pd.date_range("2000-01", "2009-12", freq="MS"))
    crisis = Phase("Crisis", pd.Timestamp("2008-01"), pd.Timestamp("2010-01"))
    outside = Phase("Later", pd.Timestamp("2015-01"), pd.Timestamp("2016-01"))
    early = Phase("Early", pd.Timestamp("2000-01"), pd.Timestamp("2002-01"))
    change = Phase("during", pd.Timestamp("2003-01"), pd.Timestamp("2005-01"))
    setting = theme.Setting(theme.styles(["a"]), change=change, windows=(early, crisis, outside))
    assert setting.phases(months) == (early, crisis)
    assert setting.affected(months) == (crisis,)
    assert [span.name for span in theme.Setting(theme.styles(["a"])).affected(months)] == ["whole run"]


@pytest.mark.parametrize(
    ("unit", "difference", "digits"),
    [("% of labour force", "percentage points", 2), ("persons", "persons", 0),
     ("EUR per month", "EUR per month", 0), ("log points", "log points", 2)],
)  # fmt: skip
def test_a_difference_of_percentages_is_in_percentage_points(unit: str, difference: str, digits: int) -> None:
    assert words.unit_of_difference(unit) == difference
    assert words.digits_of_difference(unit) == digits


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_a_number_in_words_reads_back_as_the_number(value: float, digits: int) -> None:
    text = words.number(value, digits)
    assert "-" not in text
    assert float(text.replace("−", "-").replace(",", "")) == pytest.approx(value, abs=0.51 * 10**-digits)
    assert words.signed(value, digits).lstrip("+") == text


positions = st.lists(st.floats(0, 1000), min_size=1, max_size=6)


@settings(max_examples=200)
@given(positions, st.floats(1, 50))
def test_spread_labels_keep_their_order_and_their_distance(wishes: list[float], gap: float) -> None:
    places = labels.spread(wishes, gap)
    in_order = [place for _, place in sorted(zip(wishes, places, strict=True))]
    assert all(other - one >= gap - 1e-6 for one, other in pairwise(in_order))
    assert sum(places) == pytest.approx(sum(wishes))  # least squares: the mean stays


@given(positions)
def test_labels_far_enough_apart_stay_where_they_are(wishes: list[float]) -> None:
    apart = [1000.0 * number + wish / 100 for number, wish in enumerate(wishes)]
    assert labels.spread(apart, 20.0) == pytest.approx(apart)


@given(positions)
def test_labels_stay_inside_the_panel(wishes: list[float]) -> None:
    places = sorted(labels.spread(wishes, 17.0, 0.0, 1000.0))
    assert places[0] >= -1e-9
    assert places[-1] <= 1000 + 1e-9
    assert all(other - one >= 17 - 1e-6 for one, other in pairwise(places))


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 200)), min_size=1, max_size=20))
def test_no_label_covers_another_label_or_a_point(points: list[tuple[float, float]]) -> None:
    shifts = labels.around_points(points, ["2003"] * len(points), points)
    width, boxes = 4 * labels.CHARACTER, []
    for (x, y), shift in zip(points, shifts, strict=True):
        if shift is not None:
            boxes.append((x + shift[0] - width / 2, y + shift[1] - labels.LINE / 2))
    for i, (left, bottom) in enumerate(boxes):
        for other_left, other_bottom in boxes[:i]:
            assert abs(left - other_left) >= width - 1e-6 or abs(bottom - other_bottom) >= labels.LINE - 1e-6
        assert not any(
            left + 1e-6 < x < left + width - 1e-6 and bottom + 1e-6 < y < bottom + labels.LINE - 1e-6
            for x, y in points
        )


def test_a_label_prefers_the_side_where_it_covers_no_line() -> None:
    line = [(float(x), 8.0) for x in range(100)]
    (shift,) = labels.around_points([(50.0, 0.0)], ["2003"], [(50.0, 0.0)], line)
    assert shift is not None
    assert shift[1] < 0
