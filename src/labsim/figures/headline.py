"""The three headline rates side by side, so that none of them is read alone."""

from __future__ import annotations

import pandas as pd

from labsim.analysis.tables import annual_means, pick
from labsim.figures import differences, levels
from labsim.figures.canvas import go, panel_title, panels, shade_transition
from labsim.figures.theme import Setting

HEADLINE = ("employment_rate", "underemployment_rate", "unemployment_rate")
"""The indicators shown together. Registered unemployment alone can fall because people leave the register."""


def headline(indicators: pd.DataFrame, setting: Setting) -> go.Figure:
    """Return employment, underemployment and registered unemployment, each with its paired difference below.

    Upper row: the three rates in % of the base named in the title of each panel; median and bands, or paths
    and mean, as in `trajectory`. Lower row: mean paired difference to the baseline in percentage points with
    the 95 % interval of the mean, on one common scale, so that the three effects can be compared by eye.
    Bands and intervals cover chance, not uncertainty about parameters.
    """
    compared = bool(setting.others)
    series = [pick(indicators, indicator, setting.municipality) for indicator in HEADLINE]
    effects = [differences.differences(rows, setting) for rows in series] if compared else []
    figure = panels(
        setting.say(
            "Employment, underemployment and registered unemployment",
            "Beschäftigung, Unterbeschäftigung und registrierte Arbeitslosigkeit",
        ) + f" {setting.where}",
        [230, 170] if compared else [230], len(HEADLINE), gap=78, title_lines=2,
        horizontal_spacing=0.09, shared_xaxes=True, legend=compared, say=setting.say,
    )  # fmt: skip
    for column, rows in enumerate(series, start=1):
        data = levels.levels(rows, setting)
        shade_transition(figure, setting, 1, column, named=column == 1)
        levels.draw_levels(figure, data, setting, 1, column, legend=column == 1)
        panel_title(figure, 1, column, _two_lines(setting, HEADLINE[column - 1]))
    points = setting.say("percentage points", "Prozentpunkte")
    limits = [effect.limits for effect in effects]
    for column, effect in enumerate(effects, start=1):
        scale = (min(low for low, _ in limits), max(high for _, high in limits))
        shade_transition(figure, setting, 2, column)
        differences.draw_differences(figure, effect, setting, 2, column, scale)
        panel_title(figure, 2, column, f"<b>{differences.title(setting)}</b><br>{points}")
    figure.update_xaxes(hoverformat="%b %Y", nticks=5, showticklabels=True)
    return figure


def _two_lines(setting: Setting, indicator: str) -> str:
    return f"<b>{setting.label(indicator)}</b><br>{setting.unit_label(indicator)}"


def reading_aid(indicators: pd.DataFrame, setting: Setting) -> str:
    """Return how to read the figure and what its bands cover."""
    rows = pick(indicators, HEADLINE[0], setting.municipality)
    replicates = levels.levels(rows, setting).replicates
    say, covered = setting.say, levels.covers(replicates, setting)
    together = say(
        "Read the three together: registered unemployment also falls when people enter measures or leave the "
        f"labour force, and then employment does not rise with it. {covered}.",
        "Die drei gehören zusammen: Die registrierte Arbeitslosigkeit sinkt auch, wenn Menschen in Maßnahmen gehen "
        f"oder sich vom Arbeitsmarkt zurückziehen; dann steigt die Beschäftigung nicht mit. {covered}.",
    )
    if not setting.others:
        return together
    below = say("Below", "Unten")
    return (
        f"{together} {below}: {say.lower(differences.title(setting))}. {differences.covers(replicates, say)}."
    )


def numbers(indicators: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return annual means and paired differences of the three rates, as text, one row per rate and year."""
    mean, parts = f"{differences.mean_title(setting.say)} (", []
    for indicator in HEADLINE:
        rows = annual_means(pick(indicators, indicator, setting.municipality))
        part = differences.annual_numbers(rows, setting)
        part.insert(
            0, setting.say("Rate", "Quote"), f"{setting.label(indicator)} ({setting.unit_label(indicator)})"
        )
        parts.append(part.rename(columns=lambda name: name.split(" (")[0] if name.startswith(mean) else name))
    return pd.concat(parts, ignore_index=True)
