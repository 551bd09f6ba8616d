"""Response surface: the mean of an outcome over cells of two factors, with the number of points in each cell."""

from __future__ import annotations

import numpy as np
import pandas as pd

from labsim.figures.canvas import go, panels
from labsim.figures.sweep_words import Sought

CELL = 48
LEVELS, DIFFERENCES = "Cividis", "RdBu"
"""Colour scales: of levels (told apart in grey, too), and of differences around zero."""


def response_surface(table: pd.DataFrame, sought: Sought) -> go.Figure:
    """Return a heat map of two factors: mean of the response, and below it the number of points.

    ``table``: factor, other, x, y, mean, se, points (`analysis.sensitivity.response_surface`), of one pair.
    """
    factor, other = (sought.factor(str(table[column].iloc[0])) for column in ("factor", "other"))
    digits, say = sought.digits(table, "mean"), sought.say
    mean, points, se = (
        table.pivot_table(index="y", columns="x", values=column, dropna=False)
        for column in ("mean", "points", "se")
    )
    text = [
        ["" if not n else f"{sought.say.number(value, digits)}<br><span style='font-size:9px'>{int(n)}</span>"
         for value, n in zip(*pair, strict=True)]
        for pair in zip(mean.to_numpy(), points.to_numpy(), strict=True)
    ]  # fmt: skip
    said = [
        [f"{say.number(value, digits + 1)} ± {say.number(1.96 * wide, digits + 1)}, {int(n)} {sought.text('runs')}"
         for value, wide, n in zip(*line, strict=True)]
        for line in zip(mean.to_numpy(), se.to_numpy(), points.fillna(0).to_numpy(), strict=True)
    ]  # fmt: skip
    figure = panels(sought.title("surface"), [CELL * len(mean)], legend=False, right=110, say=sought.say)
    axes = (
        [sought.say.decimal(factor.value(float(x))) for x in mean.columns.to_list()],
        [sought.say.decimal(other.value(float(y))) for y in mean.index.to_list()],
    )
    scale: dict[str, object] = {"colorscale": LEVELS}
    if sought.difference:
        farthest = float(np.nanmax(np.abs(mean.to_numpy()))) or 1.0
        scale = {"colorscale": DIFFERENCES, "reversescale": True, "zmin": -farthest, "zmax": farthest}
    figure.add_heatmap(
        z=mean.round(6).to_numpy(), x=axes[0], y=axes[1], text=text, texttemplate="%{text}", textfont={"size": 11},
        customdata=said, hoverongaps=False, xgap=1, ygap=1, **scale,
        hovertemplate="%{x}, %{y}: %{customdata}<extra></extra>",
        colorbar={"title": {"text": sought.unit.replace(" ", "<br>", 1)}, "thickness": 12},
    )  # fmt: skip
    figure.update_xaxes(
        title_text=_axis(factor.label, factor.unit), type="category", ticks="", title_standoff=6
    )
    figure.update_yaxes(title_text=_axis(other.label, other.unit), type="category", ticks="", showgrid=False)
    figure.update_layout(hovermode="closest", margin_l=90, margin_b=60, height=figure.layout.height + 40)
    return figure


def reading_aid(table: pd.DataFrame, sought: Sought) -> str:
    """Return how to read the figure."""
    total, fewest = int(table["points"].sum()), int(table["points"].min())
    if sought.language == "de":
        return (
            f"Mittel des Ergebnisses in Zellen zweier Faktoren, alle anderen gemittelt; klein darunter die Zahl der"
            f" Punkte ({total} insgesamt, mindestens {fewest} in einer Zelle). Wenige Punkte: das Mittel ist unsicher."
        )
    return (
        "Mean of the outcome in cells of two factors, all others averaged; small below it the number of points"
        f" ({total} in all, at least {fewest} in a cell). Few points: the mean is uncertain (± 95 % when hovered)."
    )


def numbers(table: pd.DataFrame, sought: Sought) -> pd.DataFrame:
    """Return the cells as text."""
    factor, other = (sought.factor(str(table[column].iloc[0])) for column in ("factor", "other"))
    digits = sought.digits(table, "mean") + 1
    return pd.DataFrame([
        {
            _axis(factor.label, factor.unit): sought.say.decimal(factor.value(row["x"])),
            _axis(other.label, other.unit): sought.say.decimal(other.value(row["y"])),
            sought.with_unit("Mean", "Mittel"): sought.say.number(row["mean"], digits),
            sought.with_unit("Standard error", "Standardfehler"): sought.say.number(row["se"], digits),
            sought.say("Points", "Punkte"): str(row["points"]),
        }
        for row in table.to_dict("records")
    ])  # fmt: skip


def _axis(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit else label
