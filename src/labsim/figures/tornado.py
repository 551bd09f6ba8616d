"""Tornado: what happens to an outcome when one factor goes from its lowest to its highest tenth, others averaged."""

from __future__ import annotations

import pandas as pd

from labsim.figures import rows, words
from labsim.figures.canvas import go
from labsim.figures.sweep_words import LEVER, Sought
from labsim.figures.theme import INK, MUTED, PALETTE

BAR = 0.36


def tornado(table: pd.DataFrame, sought: Sought, mean: float) -> go.Figure:
    """Return a row per factor: left the means at both ends of it, right the change with its interval.

    Parameters
    ----------
    table
        factor, low_value, high_value, at_low, at_high, effect, low, high, points (`analysis.sensitivity.tornado`).
    mean
        Mean of the response over the whole design: zero of the left panel.
    """
    order = sought.by_role(list(table["factor"]))
    table = table.set_index("factor").loc[order].reset_index()
    names = [sought.label(name) for name in order]
    unit = f"<br>{sought.unit}" if sought.unit else ""
    titles = [f"{sought.text('ends')}{unit}", f"{sought.text('change')}{unit}"]
    figure = rows.row_panels(sought.title("tornado"), names, titles, say=sought.say)
    digits = sought.digits(table, "effect") + 1
    places = list(range(len(order)))
    for column, value, key, colour, pattern, shift in (
        ("at_low", "low_value", "low_end", PALETTE[4], "/", -BAR / 2),
        ("at_high", "high_value", "high_end", PALETTE[0], "", BAR / 2),
    ):
        said = [f"{sought.label(name)}: {sought.value(name, number)} {sought.factor(name).unit}".strip()
                for name, number in zip(order, table[value], strict=True)]  # fmt: skip
        figure.add_bar(
            x=(table[column] - mean).round(6), y=[place + shift for place in places],
            orientation="h", width=BAR, name=sought.text(key), customdata=said, row=1, col=1,
            marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": "white", "size": 5}},
            hovertemplate=f"%{{customdata}}: %{{x:+.{digits}f}}<extra></extra>",
        )  # fmt: skip
    dots = [
        rows.Dot(place, float(row["effect"]), float(row["low"]), float(row["high"]), INK, names[place])
        for place, row in enumerate(table.to_dict("records"))
    ]
    rows.draw_dots(figure, dots, 1, 2, digits)
    separate_roles(figure, sought, order, columns=2)
    figure.update_layout(showlegend=True, height=figure.layout.height + 50, margin_b=figure.layout.margin.b + 50,
                         bargap=0.1)  # fmt: skip
    return figure


def separate_roles(figure: go.Figure, sought: Sought, order: list[str], columns: int) -> None:
    """Draw a line between levers and uncertainties, and name both at the right end."""
    levers = sum(sought.factor(name).role == LEVER for name in order)
    if not 0 < levers < len(order):
        return
    figure.update_layout(margin_r=108)
    for column in range(1, columns + 1):
        rows.separate(figure, [levers], 1, column)
    for y, shift, key in ((levers - 0.5, 8, "levers"), (levers - 0.5, -8, "uncertainties")):
        figure.add_annotation(
            text=sought.text(key), row=1, col=columns, xref="x domain", x=1.01, y=y, xanchor="left", yshift=shift,
            showarrow=False, font={"size": 11, "color": MUTED},
        )  # fmt: skip


def reading_aid(table: pd.DataFrame, sought: Sought, mean: float) -> str:
    """Return how to read the figure."""
    middle = f"{sought.say.number(mean, sought.digits(table, 'effect') + 1)} {sought.unit}".strip()
    if sought.language == "de":
        return (
            "Links: Mittel der Punkte im untersten (schraffiert) und obersten Zehntel eines Faktors, gegen das Mittel"
            f" über alle Punkte ({middle}). Rechts: der Unterschied beider Enden mit"
            " 95-%-Intervall; hohl: das Intervall enthält null. Alle anderen Faktoren sind gemittelt; was einer erst in"
            " der Mitte seines Bereichs oder mit anderen zusammen tut, ist hier nicht zu sehen."
        )
    return (
        "Left: mean of the points in the lowest (hatched) and the highest tenth of a factor, against the mean over all"
        f" points ({middle}). Right: the difference of the two ends with its 95 %"
        f" interval. {rows.HOLLOW} All other factors are averaged; what one does only in the middle of its range, or"
        " together with others, is not seen here."
    )


def numbers(table: pd.DataFrame, sought: Sought) -> pd.DataFrame:
    """Return the changes as text, one row per factor."""
    digits, say = sought.digits(table, "effect") + 1, sought.say
    lines = []
    for row in table.to_dict("records"):
        name = str(row["factor"])
        change = say.signed_interval(row["effect"], row["low"], row["high"], digits)
        lines.append({
            say("Factor", "Faktor"): sought.label(name),
            say("From", "Von"): sought.value(name, float(row["low_value"])),
            say("To", "Bis"): sought.value(name, float(row["high_value"])),
            say("Unit of the factor", "Einheit des Faktors"): sought.factor(name).unit or words.MISSING,
            say("Mean there", "Mittel dort"): sought.from_to(row["at_low"], row["at_high"], digits),
            say("Change (95 % interval)", "Änderung (95-%-Intervall)"): change,
            say("Points at an end", "Punkte an einem Ende"): str(row["points"]),
        })  # fmt: skip
    return pd.DataFrame(lines)
