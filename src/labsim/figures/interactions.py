"""Interactions: which share of an outcome's variance two factors make together, beyond what each does alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from labsim.figures import rows
from labsim.figures.canvas import go, panels
from labsim.figures.sweep_words import Sought

CELL = 46


def interactions(table: pd.DataFrame, sought: Sought) -> go.Figure:
    """Return the matrix of second-order shares; numbers in brackets have an interval that covers zero.

    ``table``: factor, other, value, low, high.
    """
    order = sought.by_role(list(dict.fromkeys([*table["factor"], *table["other"]])))
    lines, columns = order[1:], order[:-1]  # the lower triangle without its diagonal
    values = np.full((len(lines), len(columns)), np.nan)
    text = [["" for _ in columns] for _ in lines]
    said = [["" for _ in columns] for _ in lines]
    for row in table.to_dict("records"):
        column, below = sorted((order.index(str(row["factor"])), order.index(str(row["other"]))))
        line = below - 1
        values[line, column] = round(float(row["value"]), 4)
        shown = sought.say.number(float(row["value"]), 2)
        sure = row["low"] > 0 or row["high"] < 0
        text[line][column] = f"<b>{shown}</b>" if sure else f"({shown})"
        said[line][column] = sought.say.signed_interval(row["value"], row["low"], row["high"], 2)
    labels = [sought.label(name) for name in order]
    longest = max(len(label) for label in labels)
    figure = panels(sought.title("interactions"), [CELL * len(lines)], legend=False, right=90, say=sought.say)
    largest = max(float(np.nanmax(np.abs(values))), 0.01) if np.isfinite(values).any() else 1.0
    figure.add_heatmap(
        z=values, x=labels[:-1], y=labels[1:], text=text, texttemplate="%{text}", textfont={"size": 12}, zmin=-largest,
        zmax=largest, colorscale="PuOr", reversescale=True, customdata=said, hoverongaps=False, xgap=1, ygap=1,
        hovertemplate="%{y} × %{x}: %{customdata}<extra></extra>",
        colorbar={"title": {"text": sought.text("pair").replace(" der ", " der<br>").replace(" of ", " of<br>")},
                  "thickness": 12},
    )  # fmt: skip
    below = round(0.62 * rows.CHARACTER * longest) + 20
    figure.update_layout(margin_l=round(rows.CHARACTER * longest) + 20, margin_b=below, hovermode="closest",
                         height=figure.layout.height + below)  # fmt: skip
    figure.update_yaxes(autorange="reversed", ticks="", showgrid=False)
    figure.update_xaxes(tickangle=-40, ticks="")
    return figure


def reading_aid(table: pd.DataFrame, sought: Sought) -> str:
    """Return how to read the figure."""
    clear = int(((table["low"] > 0) | (table["high"] < 0)).sum())
    if sought.language == "de":
        return (
            "Anteil an der Varianz, den zwei Faktoren gemeinsam erklären, über das hinaus, was jeder allein erklärt. In"
            f" Klammern: das 95-%-Intervall enthält null. {clear} von {len(table)} Paaren sind klar; bei vielen Paaren"
            " ist etwa eines von zwanzig zufällig darunter."
        )
    return (
        "Share of the variance that two factors explain together, beyond what each explains alone. In brackets: the"
        f" 95 % interval covers zero. {clear} of {len(table)} pairs are clear; among many pairs about one in twenty is"
        " so by chance."
    )


def numbers(table: pd.DataFrame, sought: Sought) -> pd.DataFrame:
    """Return the shares as text, one row per pair."""
    say = sought.say
    share = say("Share of the variance (95 % interval)", "Anteil an der Varianz (95-%-Intervall)")
    return pd.DataFrame([
        {
            say("Factor", "Faktor"): sought.label(str(row["factor"])),
            say("With", "Mit"): sought.label(str(row["other"])),
            share: say.signed_interval(row["value"], row["low"], row["high"], 2),
        }
        for row in table.to_dict("records")
    ])  # fmt: skip
