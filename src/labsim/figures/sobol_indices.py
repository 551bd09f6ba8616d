"""Sobol indices: which share of an outcome's variance a factor makes alone, and with all of its interactions."""

from __future__ import annotations

import math

import pandas as pd

from labsim.figures import rows, words
from labsim.figures.canvas import go
from labsim.figures.sweep_words import Sought
from labsim.figures.theme import MUTED, PALETTE, SHADE
from labsim.figures.tornado import separate_roles

ORDERS = {"first": (PALETTE[0], "circle", 0.17), "total": (PALETTE[1], "diamond", -0.17)}
"""Colour, symbol and shift within the row of the two indices."""


def sobol_indices(table: pd.DataFrame, sought: Sought, chance: float = math.nan) -> go.Figure:
    """Return a row per factor with its indices and their intervals; the last row is chance.

    Parameters
    ----------
    table
        factor, order ("first", "total" or only "first"), value, low, high.
    chance
        Share of the variance of the points' means that is chance between seeds, 0 to 1; NaN if one seed cannot tell.
    """
    order = sought.by_role(list(dict.fromkeys(_ranked(table)["factor"])))
    orders = [name for name in ORDERS if (table["order"] == name).any()]
    known = math.isfinite(chance)
    names = [sought.label(name) for name in order] + [sought.text("chance")] * known
    figure = rows.row_panels(sought.title("sobol"), names, [sought.text("share")], say=sought.say)
    if known:
        figure.add_vrect(x0=0, x1=chance, row=1, col=1, fillcolor=SHADE, layer="below", line_width=0,
                         exclude_empty_subplots=False)  # fmt: skip
        figure.add_bar(
            x=[round(chance, 6)], y=[len(order)], orientation="h", width=0.4, showlegend=False, row=1, col=1,
            marker={"color": MUTED}, hovertemplate=f"{sought.text('chance')}: %{{x:.3f}}<extra></extra>",
        )  # fmt: skip
    dots = []
    for name in orders:
        colour, symbol, shift = ORDERS[name]
        part = {str(row["factor"]): row for row in table[table["order"] == name].to_dict("records")}
        for place, factor in enumerate(order):
            row = part[factor]
            dots.append(rows.Dot(
                place, float(row["value"]), float(row["low"]), float(row["high"]), colour,
                f"{sought.label(factor)}, {sought.text(name)}", symbol, shift if len(orders) > 1 else 0.0,
            ))  # fmt: skip
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=sought.text(name), row=1, col=1,
            marker={"symbol": symbol, "size": 10, "color": colour},
        )  # fmt: skip
    rows.draw_dots(figure, dots, 1, 1, 2)
    separate_roles(figure, sought, order, columns=1)
    figure.update_layout(
        showlegend=True, height=figure.layout.height + 50, margin_b=figure.layout.margin.b + 50
    )
    return figure


def reading_aid(table: pd.DataFrame, sought: Sought, chance: float = math.nan) -> str:
    """Return how to read the figure."""
    total = (table["order"] == "total").any()
    known = math.isfinite(chance)
    if sought.language == "de":
        text = (
            "Anteil an der Varianz über alle Punkte des Versuchsplans, mit 95-%-Intervall. Blau: was ein Faktor allein"
            " erklärt; hohl: das Intervall enthält null."
        )
        text += " Orange: mit allen Wechselwirkungen; ohne diese sind beide gleich." if total else ""
        return text + (
            f" Grau: {100 * chance:.0f} % sind Zufall zwischen den Startzahlen; so groß kann ein totaler Index sein,"
            " hinter dem nichts steht." if known else " Mit nur einer Startzahl ist der Zufall nicht zu trennen."
        )  # fmt: skip
    text = (
        "Share of the variance over all points of the design, with its 95 % interval. Blue: what a factor explains"
        " alone; hollow: the interval covers zero."
    )
    text += " Orange: with all of its interactions; without any, both are alike." if total else ""
    return text + (
        f" Grey: {100 * chance:.0f} % is chance between seeds; a total index up to there may have nothing behind it."
        if known
        else " With a single seed, chance cannot be told from the factors."
    )


def numbers(table: pd.DataFrame, sought: Sought, chance: float = math.nan) -> pd.DataFrame:
    """Return the indices as text, one row per factor."""
    wide = {name: part.set_index("factor") for name, part in table.groupby("order", sort=False)}
    out = []
    for factor in dict.fromkeys(_ranked(table)["factor"]):
        row = {sought.say("Factor", "Faktor"): sought.label(str(factor))}
        for name in ORDERS:
            if name in wide:
                each = wide[name].loc[factor]
                row[words.plain(sought.text(name))] = sought.say.signed_interval(
                    each["value"], each["low"], each["high"], 2
                )
        out.append(row)
    if math.isfinite(chance):
        first, *others = list(out[0])[1:]
        out.append(
            {
                sought.say("Factor", "Faktor"): sought.text("chance"),
                first: sought.say.number(chance, 2),
                **dict.fromkeys(others, words.MISSING),
            }
        )
    return pd.DataFrame(out)


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the total index (of the first where there is no other), largest first."""
    last = "total" if (table["order"] == "total").any() else "first"
    return table[table["order"] == last].sort_values("value", ascending=False, kind="stable")
