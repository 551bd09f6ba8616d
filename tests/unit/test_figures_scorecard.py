"""Pictures of a scorecard: what they draw, and that a figure from memory looks different."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labsim.analysis.scorecard import in_bands
from labsim.analysis.tables import TableError
from labsim.figures import district_paths, district_scatter, scorecard_bands, scorecard_shares


def table() -> pd.DataFrame:
    rows = [
        ("a", "fit", 10.0, 8.0, 12.0, 11.0, "SEEN", True),
        ("b", "fit", 10.0, 8.0, 12.0, 30.0, "SEEN", True),
        ("c", "hold_out", 0.0, -np.inf, 1.5, 1.0, "SEEN", True),
        ("d", "hold_out", 6.0, 5.0, 7.0, 6.5, "MEMORY", False),
        ("e", "hold_out", np.nan, 0.0, np.inf, 3.0, "SIGN", True),
        ("f", "hold_out", 10.0, 8.0, 12.0, np.nan, "SEEN", True),
    ]
    columns = ["label", "role", "published", "low", "high", "model", "sure", "counts"]
    frame = pd.DataFrame(rows, columns=columns).assign(unit="%", target=[row[0] for row in rows])
    frame["model_low"], frame["model_high"] = frame["model"] - 0.5, frame["model"] + 0.5
    frame["bands"] = [in_bands(m, p, lo, hi) for m, p, lo, hi in
                      frame[["model", "published", "low", "high"]].itertuples(index=False)]  # fmt: skip
    inside = [None if np.isnan(m) else bool(lo <= m <= hi) for m, lo, hi in
              frame[["model", "low", "high"]].itertuples(index=False)]  # fmt: skip
    return frame.assign(inside=pd.Series(inside, dtype=object))


def paths() -> pd.DataFrame:
    rows = [
        ("unemployment_rate", place, year, published, flag, model, model - 0.2, model + 0.2, 3)
        for place, base in (("all", 10.0), ("North", 8.0), ("South", 14.0))
        for year, published, flag, model in (
            (2000, base, "", base + 1), (2001, base + 1, "break", base), (2002, np.nan, "", base),
            (2003, base, "", base - 1),
        )
    ]  # fmt: skip
    columns = ["indicator", "municipality", "year", "published", "flag", "model", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns)


class TestBands:
    def test_every_target_with_a_distance_has_a_dot_and_a_sign_or_an_undefined_one_has_none(self) -> None:
        names = [
            t.name for t in scorecard_bands.scorecard_bands(table(), "hold_out").data if t.mode == "markers"
        ]
        assert names == ["c", "d"]

    def test_what_is_far_off_is_an_arrow_at_the_edge(self) -> None:
        dots = {
            t.name: t for t in scorecard_bands.scorecard_bands(table(), "fit").data if t.mode == "markers"
        }
        assert (dots["b"].x[0], dots["b"].marker.symbol) == (scorecard_bands.FARTHEST, "triangle-right")
        assert (dots["a"].x[0], dots["a"].marker.symbol) == (0.5, "circle")

    def test_a_figure_from_memory_is_hollow_and_an_outsider_has_another_colour(self) -> None:
        dots = {t.name: t for role in ("fit", "hold_out")
                for t in scorecard_bands.scorecard_bands(table(), role).data if t.mode == "markers"}  # fmt: skip
        assert dots["d"].marker.color == "white"
        assert dots["a"].marker.color == scorecard_bands.INSIDE_COLOUR
        assert dots["b"].marker.color == scorecard_bands.OUTSIDE_COLOUR

    def test_the_band_is_shaded_between_minus_one_and_one(self) -> None:
        shapes = scorecard_bands.scorecard_bands(table(), "fit").layout.shapes
        assert [(shape.x0, shape.x1) for shape in shapes] == [(-1, 1), (0, 0)]

    def test_numbers_and_reading_aid_tell_what_is_left_out(self) -> None:
        assert scorecard_bands.numbers(table(), "hold_out")["Counted"].tolist() == ["yes", "no, from memory"]
        assert "2 without a distance" in scorecard_bands.reading_aid(table(), "hold_out")


class TestShares:
    def test_counts_leave_memory_out_and_show_what_has_no_value(self) -> None:
        found = scorecard_bands.counts(table()).set_index("role")
        assert found.loc["held out"].tolist() == [2, 0, 1]
        assert found.loc["calibrated"].tolist() == [1, 1, 0]
        figure = scorecard_shares.scorecard_shares(table())
        assert [bar.name for bar in figure.data] == ["inside", "outside", "no value"]
        assert scorecard_shares.numbers(table()).iloc[1].tolist() == ["held out", "2", "0", "1"]
        assert "1 from memory" in scorecard_shares.reading_aid(table())


class TestMunicipalities:
    def test_there_is_a_panel_for_each_and_a_break_is_hollow(self) -> None:
        figure = district_paths.district_paths(paths(), "unemployment_rate")
        lines = [t for t in figure.data if t.name == "model"]
        diamonds = [t for t in figure.data if t.name == "published"]
        assert len(lines) == len(diamonds) == 3
        assert list(diamonds[0].x) == [2000, 2001, 2003]
        assert [colour == "white" for colour in diamonds[0].marker.color] == [False, True, False]
        assert sum(bool(t.showlegend) for t in lines) == 1

    def test_the_table_has_a_row_for_each_published_value(self) -> None:
        rows = district_paths.numbers(paths(), "unemployment_rate")
        assert len(rows) == 9
        assert rows["Model − published (points)"].tolist()[:2] == ["+1.0", "−1.0"]

    def test_the_scatter_shows_the_first_a_middle_and_the_last_year_without_the_whole(self) -> None:
        found = district_scatter.points(paths(), "unemployment_rate")
        assert found["year"].drop_duplicates().tolist() == [2000, 2001, 2003]
        assert set(found["municipality"]) == {"North", "South"}
        figure = district_scatter.district_scatter(paths())
        dots = [t for t in figure.data if t.mode == "markers"]
        assert [list(t.x) for t in dots] == [[8.0, 14.0], [9.0, 15.0], [8.0, 14.0]]
        assert list(dots[0].y) == [9.0, 15.0]

    def test_a_series_of_which_nothing_was_published_has_no_picture(self) -> None:
        nothing = paths().assign(published=np.nan)
        with pytest.raises(TableError, match="nothing was published"):
            district_paths.district_paths(nothing, "unemployment_rate")
        with pytest.raises(TableError, match="nothing was published"):
            district_scatter.district_scatter(nothing)
