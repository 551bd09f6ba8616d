"""One indicator over time, and right under it the paired difference to the baseline."""

from __future__ import annotations

import pandas as pd

from labsim.analysis.tables import WHOLE, annual_means, pick
from labsim.figures import differences, levels
from labsim.figures.canvas import go, panel_title, panels, shade_transition
from labsim.figures.theme import Setting


def trajectory(
    indicators: pd.DataFrame,
    setting: Setting,
    indicator: str,
    group: str = WHOLE,
    published: pd.DataFrame | None = None,
) -> go.Figure:
    """Return the course of one indicator in each scenario, with the paired difference on the same time axis.

    Upper panel: the indicator in its own unit; middle 50 % (from 10 replicates) and 90 % (from 50) of the
    replicates around the median, or with fewer every replicate thin and the mean thick. The past that all
    scenarios share is grey. Lower panel: mean difference to the baseline within the same seed (percentage
    points for rates), with the 95 % interval of that mean. The two are one figure on purpose: overlapping
    bands above hide differences that are clear below. A single scenario has the upper panel only. Bands and
    intervals cover chance, not uncertainty about parameters. Diamonds are values of the same indicator in
    `published`, annual means in the middle of their year.
    """
    rows = pick(indicators, indicator, setting.municipality, group)
    data = levels.levels(rows, setting)
    compared = bool(setting.others)
    name, unit = setting.label(indicator), setting.unit_label(indicator)
    figure = panels(
        f"{name} {setting.where}", [300, 170] if compared else [300],
        gap=76, title_lines=2, shared_xaxes=True, legend=compared or levels.has_runs(data, setting), say=setting.say,
    )  # fmt: skip
    shade_transition(figure, setting, 1, 1, named=True)
    points = None
    if published is not None and group == WHOLE:
        points = levels.published_points(published, data, setting, indicator)
    include = [] if points is None else points["value"].tolist()
    levels.draw_levels(figure, data, setting, 1, 1, include=include, runs=True)

    if points is not None and not points.empty:
        levels.draw_published(figure, points, 1, 1, setting.say("Published", "Veröffentlicht"))
        figure.update_layout(showlegend=True)
    panel_title(figure, 1, 1, f"<b>{name}</b><br>{unit}")
    if compared:
        shade_transition(figure, setting, 2, 1)
        differences.draw_differences(figure, differences.differences(rows, setting), setting, 2, 1)
        panel_title(
            figure, 2, 1,
            f"<b>{differences.title(setting)}</b><br>{setting.difference_label(indicator)}",
        )  # fmt: skip
        figure.update_xaxes(showticklabels=True, row=1, col=1)
    figure.update_xaxes(hoverformat="%b %Y")
    return figure


def reading_aid(indicators: pd.DataFrame, setting: Setting, indicator: str, group: str = WHOLE) -> str:
    """Return how to read the figure and what its bands cover."""
    rows = pick(indicators, indicator, setting.municipality, group)
    apart = differences.differences(rows, setting) if setting.others else None
    return read(levels.levels(rows, setting), apart, setting)


def read(data: levels.Levels, apart: differences.Differences | None, setting: Setting) -> str:
    """Return how to read levels and the differences under them, if there are any."""
    above = f"{levels.covers(data.replicates, setting)}."
    if levels.has_runs(data, setting):
        above += setting.say(
            " A click on “Single runs” lays some of the runs over them.",
            " Ein Klick auf „Einzelne Läufe“ legt einige der Läufe darüber.",
        )
    if apart is None:
        return above
    base, say = setting.baseline.letter, setting.say
    covered, end = differences.covers(apart.pairs, say), differences.at_the_end(apart, setting)
    return say(
        f"Above: each scenario. {above} Below: how much higher (above zero) or lower a scenario is than {base} when "
        f"both have the same luck. {covered}. {end}",
        f"Oben: jedes Szenario. {above} Unten: um wie viel höher (über null) oder niedriger ein Szenario liegt als "
        f"{base}, wenn beide das gleiche Glück haben. {covered}. {end}",
    )


def numbers(indicators: pd.DataFrame, setting: Setting, indicator: str, group: str = WHOLE) -> pd.DataFrame:
    """Return annual means and paired differences with intervals, as text, one row per complete year."""
    rows = pick(indicators, indicator, setting.municipality, group)
    return differences.annual_numbers(annual_means(rows), setting)
