"""The simulated registered unemployment rate against the published one."""

from __future__ import annotations

import pandas as pd

from labsim.analysis.published import BREAK, fit
from labsim.analysis.tables import pick
from labsim.figures import levels
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
    how = setting.say("simulated and published", "simuliert und veröffentlicht")
    figure = panels(f"{name} {setting.where}, {how}", [340], title_lines=2, say=setting.say)
    shade_transition(figure, setting, 1, 1, named=True)
    levels.draw_levels(figure, data, setting, 1, 1, include=points["value"].tolist())
    levels.draw_published(figure, points, 1, 1, setting.say("Published", "Veröffentlicht"))
    panel_title(figure, 1, 1, f"<b>{name}</b><br>{setting.unit_label(INDICATOR)}")
    figure.update_xaxes(hoverformat="%b %Y")
    return figure


def reading_aid(indicators: pd.DataFrame, published: pd.DataFrame, setting: Setting) -> str:
    """Return how to read the figure and what its bands cover."""
    data = levels.levels(pick(indicators, INDICATOR, setting.municipality), setting)
    points = levels.published_points(published, data, setting, INDICATOR)
    count = len(points)
    say, covered = setting.say, levels.covers(data.replicates, setting)
    values = say(
        "1 published value" if count == 1 else f"{count} published values",
        "1 veröffentlichter Wert" if count == 1 else f"{count} veröffentlichte Werte",
    )
    crossed = say(
        "; crossed: a break, not comparable with those before",
        "; mit Kreuz: ein Bruch, mit den Werten davor nicht vergleichbar",
    )
    crossed = crossed if (points["flag"] == BREAK).any() else ""
    return say(
        f"Diamonds: {values} (annual means in mid-year{crossed}). They describe what happened; a scenario that "
        f"departs from history need not meet them after it departs. {covered}.",
        f"Rauten: {values} (Jahresmittel in der Jahresmitte{crossed}). Sie sagen, was geschehen ist; ein Szenario, "
        f"das davon abweicht, muss sie danach nicht mehr treffen. {covered}.",
    )


def numbers(indicators: pd.DataFrame, published: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return published and simulated annual means and the deviations in points, as text, by year."""
    table = fit(indicators, published, INDICATOR, setting.municipality)
    wide = table.pivot_table(index="year", columns="scenario", values=["simulated", "deviation"])
    given = table.groupby("year")["published"].first()
    say = setting.say
    result = pd.DataFrame({say("Year", "Jahr"): given.index.astype(str)})
    result[say("Published (%)", "Veröffentlicht (%)")] = [say.number(value) for value in given]
    for style in setting.styles:
        simulated = wide["simulated"][style.name].reindex(given.index)
        deviation = wide["deviation"][style.name].reindex(given.index)
        result[f"{style.short} (%)"] = [say.number(value) for value in simulated]
        apart = say("published (points)", "veröffentlicht (Punkte)")
        result[f"{style.short} − {apart}"] = [say.signed(value) for value in deviation]
    return result
