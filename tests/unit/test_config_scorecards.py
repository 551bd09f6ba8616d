"""Reading a scorecard: what is completed, and that a figure is never both fitted and held out."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsim.config import ConfigError, load_scorecard
from labsim.config.overlaps import points_of
from labsim.config.scorecards import Scorecard

HEAD = "scorecard: toytown\nscenario: toytown\nscale: 0.05\nseeds: 2\ntargets:\n"


def written(folder: Path, *targets: str, more: str = "") -> Scorecard:
    file = folder / "scorecard.yaml"
    file.write_text(HEAD + "".join(targets) + more, encoding="utf-8")
    return load_scorecard(file)


def target(name: str = "rate", **keys: str) -> str:
    plain = {
        "label": "{en: Unemployment}", "statistic": "mean", "indicator": "unemployment_rate", "period": "2001..2002",
        "published": "series", "band": "{half: 1, why: invented}", "role": "hold_out",
    }  # fmt: skip
    lines = "".join(f"    {key}: {text}\n" for key, text in (plain | keys).items() if text)
    return f"  - target: {name}\n{lines}"


def test_a_period_is_completed_to_months_and_a_unit_taken_from_the_indicator(tmp_path: Path) -> None:
    (one,) = written(tmp_path, target()).targets
    assert one["period"] == "2001-01..2002-12"
    assert one["unit"] == "% of the labour force"
    assert one["series"] == "unemployment_rate"
    assert one["sure"] == "fictional"


def test_each_makes_a_target_of_every_municipality(tmp_path: Path) -> None:
    names = [each["target"] for each in written(tmp_path, target(municipality="each")).targets]
    assert names == ["rate[Upper Toytown]", "rate[Lower Toytown]"]


def test_a_band_is_named_written_out_or_that_of_the_finding(tmp_path: Path) -> None:
    share = {"indicator": "contact_share", "published": "{finding: hires_through_contacts}"}
    bands = "bands: {wide: {half: 3, why: as wide as that}}\n"
    card = written(tmp_path, target("a", band="wide"), target("b", **share, band=""), more=bands)
    assert (card.targets[0]["half"], card.targets[0]["why"]) == (3.0, "as wide as that")
    assert (card.targets[1]["low"], card.targets[1]["high"]) == (29.0, 32.0)
    assert card.targets[1]["sure"] == "SEEN-2nd"


def test_a_figure_of_ones_own_needs_source_unit_and_certainty(tmp_path: Path) -> None:
    (one,) = written(
        tmp_path, target(published='{figure: 11, unit: "%", source: my survey, sure: SEEN}')
    ).targets
    assert (one["value"], one["unit"], one["source"], one["series"]) == (11.0, "%", "my survey", "")


def test_several_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        written(
            tmp_path, target("a", role="fitt"), target("b", indicator="no_such"), target("c", weight="-2")
        )
    assert [problem.line for problem in caught.value.problems] == [30]  # the form first
    with pytest.raises(ConfigError) as caught:
        written(tmp_path, target("a", role="fitt"), target("b", indicator="no_such"))
    assert [problem.line for problem in caught.value.problems] == [13, 17]


class TestAFigureIsNeverBoth:
    def test_years_of_a_fit_cannot_be_held_out_not_even_of_one_municipality(self, tmp_path: Path) -> None:
        fit = target("fit", role="fit")
        for keys in ({"period": "2002..2003"}, {"municipality": "Upper Toytown", "period": "2002"},
                     {"statistic": "spread", "period": "2001"},
                     {"statistic": "change", "period": "2004", "before": "2002"}):  # fmt: skip
            with pytest.raises(ConfigError, match="a figure is never both"):
                written(tmp_path, fit, target("test", **keys))

    def test_other_years_other_series_and_inputs_may_stand_beside_a_fit(self, tmp_path: Path) -> None:
        card = written(
            tmp_path,
            target("fit", role="fit"),
            target("later", period="2003..2004"),
            target("other", indicator="long_term_share", period="2001"),
            target("shown", role="input", period="2000..2004"),
        )
        assert [len(card.of_role(role)) for role in ("fit", "hold_out", "input")] == [1, 2, 1]

    def test_a_finding_cannot_be_fitted_and_held_out(self, tmp_path: Path) -> None:
        share = {"indicator": "contact_share", "published": "{finding: hires_through_contacts}"}
        with pytest.raises(ConfigError, match="a figure is never both"):
            written(tmp_path, target("a", **share, role="fit"), target("b", **share))

    def test_the_rates_of_the_start_are_inputs(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="the place starts from the unemployment_rate"):
            written(tmp_path, target(period="2000..2001"))
        (one,) = written(tmp_path, target(period="2000..2001", role="input")).targets
        assert one["role"] == "input"

    def test_the_place_uses_the_figures_of_its_municipalities(self, tmp_path: Path) -> None:
        card = written(tmp_path, target(period="2001"))
        place, inside = card.scenario.place, tuple(card.residents)
        assert points_of(place, inside, card.targets[0]) == {
            ("unemployment_rate", "Upper Toytown", "2001"), ("unemployment_rate", "Lower Toytown", "2001"),
        }  # fmt: skip


def test_rows_of_a_record_become_inputs_and_hold_outs() -> None:
    card = load_scorecard("dortmund")
    rows = {each["target"]: each for each in card.targets}
    assert rows["entries_into_further_training_2003"]["role"] == "input"
    assert rows["entries_into_further_training_2007"]["role"] == "hold_out"
    assert rows["entries_into_one_euro_jobs_2006"]["statistic"] == "relative"
    assert not [name for name in rows if "regional_budget" in name]


def test_who_lives_outside_the_place_has_no_part_in_its_figures() -> None:
    card = load_scorecard("brandenburg")
    assert "Berlin" not in card.residents
    assert len(card.residents) == 18
    assert all("Berlin" not in each["municipalities"] for each in card.targets)
