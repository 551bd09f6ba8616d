"""What holds for every figure, of results and of sweeps, in both languages: units, aids, colours, bands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.synthetic_sweep import collected, luck, outcomes_of, planned
from typer.testing import CliRunner

from labsim.analysis.tables import TableError
from labsim.cli import app
from labsim.figures import speech, theme, trajectory
from labsim.figures.exhibit import Exhibit
from labsim.plots import SWEEP_CATALOGUE, SweepPlots, of_sweep
from labsim.sweep.analyse import analyse

UNIT = "% of population of working age"
INDICATORS = {"employment_rate": {"unit": UNIT, "label": "Employment", "label_de": "Beschäftigung"}}
ENGLISH = re.compile(
    r"\b(the|of|and|with|mean|points?|each|share|factor|interval|alone|together|lowest|to)\b"
)


def rows(seeds: int) -> pd.DataFrame:
    """Two scenarios that part in the seventh of 24 months."""
    generator = np.random.Generator(np.random.PCG64(seeds))
    months = pd.date_range("2003-01-01", periods=24, freq="MS")
    parts = []
    for seed in range(1, seeds + 1):
        common = 60 + generator.normal(size=24)
        for scenario, gain in (("stays", 0.0), ("moves", 0.5)):
            value = common + gain * (np.arange(24) >= 6)
            parts.append(pd.DataFrame({"scenario": scenario, "seed": seed, "month": months, "value": value}))
    return pd.concat(parts).assign(indicator="employment_rate", municipality="all", group="all")


def setting(language: speech.Language, names: tuple[str, ...] = ("stays", "moves")) -> theme.Setting:
    return theme.Setting(theme.styles(names), INDICATORS, language=language)


def areas(figure: Any) -> list[Any]:
    """The bands of the upper panel."""
    return [trace for trace in figure.data if trace.fill == "toself" and trace.yaxis == "y"]


@pytest.mark.parametrize("language", speech.LANGUAGES)
@pytest.mark.parametrize(("seeds", "shares"), [(9, ()), (10, (50,)), (49, (50,)), (50, (50, 90))])
def test_a_band_is_drawn_and_named_only_where_the_replicates_carry_it(
    seeds: int, shares: tuple[int, ...], language: speech.Language
) -> None:
    table = rows(seeds)
    figure = trajectory.trajectory(table, setting(language), "employment_rate")
    aid = trajectory.reading_aid(table, setting(language), "employment_rate")
    assert len(areas(figure)) == 3 * len(shares)  # the common past and two scenarios
    named = {int(each) for each in re.findall(r"(?:middle|mittleren) (\d+) %", aid)}
    assert named == set(shares)
    assert (("mean" if language == "en" else "Mittel") in aid) or shares


@pytest.mark.parametrize("language", speech.LANGUAGES)
def test_single_runs_are_hidden_until_the_legend_is_clicked(language: speech.Language) -> None:
    table = rows(60)
    figure = trajectory.trajectory(table, setting(language), "employment_rate")
    runs = [trace for trace in figure.data if trace.legendgroup == "runs"]
    assert {trace.visible for trace in runs} == {"legendonly"}
    assert [trace.name for trace in runs if trace.showlegend] == [
        "Single runs (12 of 60)" if language == "en" else "Einzelne Läufe (12 von 60)"
    ]
    own = [value for value in runs[0].y if value is not None]
    wanted = table[(table["scenario"] == "stays") & (table["seed"] <= 12) & (table["month"] >= "2003-06-01")]
    np.testing.assert_allclose(own, wanted.sort_values(["seed", "month"])["value"], atol=5e-5)
    aid = trajectory.reading_aid(table, setting(language), "employment_rate")
    assert ("Single runs" if language == "en" else "Einzelne Läufe") in aid


def test_without_bands_there_is_no_switch_for_single_runs_since_they_are_drawn() -> None:
    figure = trajectory.trajectory(rows(9), setting("en"), "employment_rate")
    assert [trace for trace in figure.data if trace.legendgroup == "runs"] == []


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that is analysed: bridging helps, providers' growth helps more, chance is small."""
    plan = planned(tmp_path_factory.mktemp("sweep"), "{kind: latin_hypercube, points: 48, seed: 1}")

    def response(points: pd.DataFrame, scenario: str, seed: int) -> np.ndarray:
        gain = 2 * points["transition.bridging"] + 9 * points["providers.growth"]
        return np.asarray(60 + gain * (scenario == "path") + 0.1 * luck(seed, len(points), scenario))

    folder = collected(plan, outcomes_of(plan, response))
    analyse(folder)
    return folder


def every(plots: SweepPlots) -> Iterator[tuple[str, Exhibit]]:
    for name, each in plots.exhibits():
        assert isinstance(each, Exhibit), each
        yield name, each


@pytest.mark.parametrize("language", speech.LANGUAGES)
def test_every_figure_of_a_sweep_has_a_title_an_aid_a_table_and_its_language(
    sweep: Path, language: speech.Language
) -> None:
    found = dict(every(of_sweep(sweep, language)))
    assert set(found) == set(SWEEP_CATALOGUE)
    for name, exhibit in found.items():
        assert len(exhibit.heading) > 8, name
        assert len(exhibit.aid) > 60, name
        assert len(exhibit.numbers), name
        assert re.search(r"%|percentage points|Prozentpunkte|variance|Varianz|[Cc]orrelation|[Kk]orrelation",
                         " ".join([exhibit.aid, *map(str, exhibit.numbers.columns)])), name  # fmt: skip
        if language == "de":
            spoken = [exhibit.aid, *map(str, exhibit.numbers.columns)]
            assert [text for text in spoken if ENGLISH.search(text)] == [], name
            assert exhibit.figure.layout.separators == ",.", name


def test_a_figure_of_a_sweep_is_had_by_name_and_question(sweep: Path) -> None:
    plots = of_sweep(sweep)
    asked = ("employment_rate", "late", "path", "at_once")
    assert plots.tornado(*asked).to_json() == plots.exhibit("tornado", *asked).figure.to_json()
    assert "Employment" in plots.exhibit("sobol", "employment_rate").heading.title()
    assert plots.show("de").exhibit("surface").heading != plots.exhibit("surface").heading
    with pytest.raises(ValueError, match="there is no figure 'fan' of a sweep; there are sobol, tornado"):
        plots.exhibit("fan")
    with pytest.raises(
        TableError, match="the analysis has no answer on wages; it has: unemployment_rate, late"
    ):
        plots.exhibit("tornado", "wages")


def test_a_sweep_that_is_not_analysed_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"holds no analysis of a sweep .*; first: labsim sweep analyse"):
        of_sweep(tmp_path)


def test_the_command_line_lists_the_figures_of_a_sweep_in_both_languages(sweep: Path) -> None:
    for language, word in (("en", "sobol: Where the variance"), ("de", "sobol: Woher die Varianz")):
        result = CliRunner().invoke(app, ["figures", str(sweep), "--list", "--lang", language])
        assert result.exit_code == 0
        assert word in result.output
