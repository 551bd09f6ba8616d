"""Effects of factors from a screening (Morris) or a regression: a row per factor, a panel per measure."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from labsim.figures import rows, words
from labsim.figures.canvas import go
from labsim.figures.sweep_words import Sought
from labsim.figures.theme import PALETTE
from labsim.figures.tornado import separate_roles

SCREENING: Mapping[str, tuple[str, str]] = {"mu_star": ("low", "high"), "sigma": ("", "")}
REGRESSION: Mapping[str, tuple[str, str]] = {
    "coefficient": ("low", "high"),
    "rank": ("rank_low", "rank_high"),
}
"""The measures of a table with the columns of their intervals (none: no interval is known)."""


def measures_of(table: pd.DataFrame) -> Mapping[str, tuple[str, str]]:
    """Return which measures a table has."""
    return SCREENING if "mu_star" in table.columns else REGRESSION


def factor_effects(table: pd.DataFrame, sought: Sought) -> go.Figure:
    """Return a row per factor, and a panel with dots and intervals per measure.

    ``table``: factor and mu_star, sigma (`analysis.elementary`), or coefficient, rank (`analysis.sensitivity`).
    """
    measures = measures_of(table)
    order = sought.by_role(list(table["factor"]))
    table = table.set_index("factor").loc[order].reset_index()
    unit = f"<br>{sought.unit}" if sought.unit and measures is SCREENING else ""
    titles = [sought.text(name) + unit for name in measures]
    figure = rows.row_panels(
        sought.title("effects"), [sought.label(name) for name in order], titles, say=sought.say
    )
    digits = sought.digits(table, *measures) + 1
    for column, (name, (low, high)) in enumerate(measures.items(), 1):
        dots = [
            rows.Dot(place, float(row[name]), *_ends(row, low, high, float(row[name])), PALETTE[0],
                     sought.label(str(row["factor"])))
            for place, row in enumerate(table.to_dict("records"))
        ]  # fmt: skip
        rows.draw_dots(figure, dots, 1, column, digits)
    separate_roles(figure, sought, order, columns=len(measures))
    return figure


def reading_aid(table: pd.DataFrame, sought: Sought) -> str:
    """Return how to read the figure."""
    german = sought.language == "de"
    if measures_of(table) is SCREENING:
        count = int(table["trajectories"].iloc[0])
        if german:
            return (
                f"Aus {count} Pfaden durch den Versuchsplan: links die mittlere absolute Wirkung, wenn ein Faktor"
                " seinen ganzen Bereich durchläuft (95-%-Intervall), rechts die Streuung dieser Wirkungen."
                " Große Streuung: Wechselwirkung oder Krümmung."
            )
        return (
            f"From {count} trajectories through the design: left the mean absolute effect of taking a factor over its"
            " whole range (95 % interval), right the spread of these effects. A large spread means interaction or"
            " curvature."
        )
    explained = 100 * float(table["explained"].iloc[0])
    if german:
        return (
            "Standardabweichungen des Ergebnisses je Standardabweichung eines Faktors, alle Faktoren zusammen (links),"
            " und Rangkorrelation (rechts), mit 95-%-Intervallen."
            f" Gerade Linien erklären {explained:.0f} % der Varianz."
        )
    return (
        "Standard deviations of the outcome per standard deviation of a factor, all factors together (left), and rank"
        f" correlation (right), with 95 % intervals. {rows.HOLLOW} Straight lines explain {explained:.0f} % of the"
        " variance: the less, the less these numbers say."
    )


def numbers(table: pd.DataFrame, sought: Sought) -> pd.DataFrame:
    """Return the effects as text, one row per factor."""
    measures = measures_of(table)
    digits = sought.digits(table, *measures) + 1
    out = []
    for row in table.to_dict("records"):
        cells = {sought.say("Factor", "Faktor"): sought.label(str(row["factor"]))}
        for name, (low, high) in measures.items():
            cells[words.plain(sought.text(name))] = (
                sought.say.signed_interval(row[name], row[low], row[high], digits)
                if low
                else sought.say.number(row[name], digits)
            )
        out.append(cells)
    return pd.DataFrame(out)


def _ends(row: Mapping[object, float], low: str, high: str, value: float) -> tuple[float, float]:
    """Return the interval of a measure; a value without one is drawn filled, as its own interval."""
    if not low:
        return (value, value) if value else (math.nan, math.nan)
    return float(row[low]), float(row[high])
