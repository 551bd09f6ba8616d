"""The simulated registered unemployment rate against the published one."""

from __future__ import annotations

import pandas as pd

from labsim.analysis.published import BREAK, fit
from labsim.analysis.tables import pick
from labsim.figures import levels, words
from labsim.figures.canvas import go, panel_title, panels, shade_transition
from labsim.figures.theme import Setting

INDICATOR = "unemployment_rate"


def unemployment_against_published(
    indicators: pd.DataFrame, published: pd.DataFrame, setting: Setting
) -> go.Figure:
    """Return the simulated registered unemployment rate of each scenario, published values as diamonds.

    Unit: % of the labour force. Lines and bands are monthly (median with the middle 50 % from 10 replicates
    and 90 % from 50; with fewer every replicate and the mean) and cover chance only. Diamonds are published
    values of the same municipality: annual means, drawn in the middle of their year, or monthly ones; the
    source appears on hovering. Published values describe the history that happened; a scenario that departs
    from it need not meet them.
    """
    data = levels.levels(pick(indicators, INDICATOR, setting.municipality), setting)
    points = levels.published_points(published, data, setting, INDICATOR)
    name = setting.label(INDICATOR)
    figure = panels(f"{name} in {setting.place}, simulated and published", [340], title_lines=2)
    shade_transition(figure, setting.change, 1, 1, named=True)
    levels.draw_levels(figure, data, setting, 1, 1, include=points["value"].tolist())
    levels.draw_published(figure, points, 1, 1)
    panel_title(figure, 1, 1, f"<b>{name}</b><br>{setting.unit(INDICATOR)}")
    figure.update_xaxes(hoverformat="%b %Y")
    return figure


def reading_aid(indicators: pd.DataFrame, published: pd.DataFrame, setting: Setting) -> str:
    """Return how to read the figure and what its bands cover."""
    data = levels.levels(pick(indicators, INDICATOR, setting.municipality), setting)
    points = levels.published_points(published, data, setting, INDICATOR)
    count = len(points)
    values = "1 published value" if count == 1 else f"{count} published values"
    crossed = (
        "; crossed: a break, not comparable with those before" if (points["flag"] == BREAK).any() else ""
    )
    return (
        f"Diamonds: {values} (annual means in mid-year{crossed}). They describe what happened; a scenario that "
        "departs from history need not meet them after it departs. "
        f"{levels.covers(data.replicates, setting)}."
    )


def numbers(indicators: pd.DataFrame, published: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return published and simulated annual means and the deviations in points, as text, by year."""
    table = fit(indicators, published, INDICATOR, setting.municipality)
    wide = table.pivot_table(index="year", columns="scenario", values=["simulated", "deviation"])
    given = table.groupby("year")["published"].first()
    result = pd.DataFrame({"Year": given.index.astype(str)})
    result["Published (%)"] = [words.number(value) for value in given]
    for style in setting.styles:
        simulated = wide["simulated"][style.name].reindex(given.index)
        deviation = wide["deviation"][style.name].reindex(given.index)
        result[f"{style.short} (%)"] = [words.number(value) for value in simulated]
        result[f"{style.short} − published (points)"] = [words.signed(value) for value in deviation]
    return result
