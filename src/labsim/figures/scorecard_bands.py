"""Targets of a scorecard in one picture: how far the model is from what was published, in widths of the band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from labsim.analysis.scorecard import FIT, HOLD_OUT, INPUT, MEMORY, in_bands
from labsim.figures import rows, words
from labsim.figures.canvas import go, panels
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import GRID, MUTED, PALETTE, SHADE

TITLES = {
    FIT: (
        "Calibrated targets: distance from what was published",
        "Angepasste Ziele: Abstand vom Veröffentlichten",
    ),
    HOLD_OUT: (
        "Held-out targets: distance from what was published",
        "Zurückgehaltene Ziele: Abstand vom Veröffentlichten",
    ),
    INPUT: ("Inputs: distance from what was published", "Eingaben: Abstand vom Veröffentlichten"),
}
ROLE_NAMES = {FIT: "calibrated", HOLD_OUT: "held out", INPUT: "input, no test"}
"""The roles in words."""

ROLE_NAMES_DE = {FIT: "angepasst", HOLD_OUT: "zurückgehalten", INPUT: "Eingabe, keine Prüfung"}

INSIDE_COLOUR, OUTSIDE_COLOUR = PALETTE[0], PALETTE[1]
FARTHEST = 4.0
"""Half-widths of the band at which a point is drawn as an arrow at the edge."""

ROW = 24
"""Height of a row in pixels."""


def scorecard_bands(table: pd.DataFrame, role: str, say: Speech = ENGLISH) -> go.Figure:
    """Return a row per target of one role: model's mean and 95 % interval, in half-widths of the target's band.

    The band is the shaded stretch from -1 to 1, what was published lies at 0 (for a bound such as "at most 1.5" at the
    perfect value). Filled dots are inside; hollow ones are from memory and not counted; arrows lie farther out than the
    picture. Targets of which only a sign is known have no distance and are left out.
    """
    shown = drawable(table, role)
    figure = panels(say(*TITLES[role]), [ROW * max(len(shown), 1) + 10], title_lines=1, legend=False, right=30,
                    say=say)  # fmt: skip
    names = [_short(str(label)) for label in shown["label"]]
    longest = max((len(name) for name in names), default=1)
    figure.update_layout(margin_l=round(rows.CHARACTER * longest) + 20, hovermode="closest")
    figure.update_yaxes(range=[len(shown) - 0.4, -0.6], tickvals=list(range(len(shown))), ticktext=names,
                        showgrid=False, ticks="", linecolor="rgba(0,0,0,0)")  # fmt: skip
    figure.update_xaxes(range=[-FARTHEST - 0.25, FARTHEST + 0.25], showgrid=True, dtick=1, gridcolor=GRID,
                        title_text=say("half-widths of the band", "halbe Breiten des Bandes"))  # fmt: skip
    here: dict[str, Any] = {"row": 1, "col": 1, "exclude_empty_subplots": False}
    figure.add_vrect(x0=-1, x1=1, fillcolor=SHADE, layer="below", line_width=0, **here)
    figure.add_vline(x=0, line={"color": MUTED, "width": 1}, **here)
    for place, row in enumerate(shown.to_dict("records")):
        _draw(figure, place, row, say)
    return figure


def drawable(table: pd.DataFrame, role: str) -> pd.DataFrame:
    """Return the rows of one role that have a distance in widths of the band."""
    return table[(table["role"] == role) & table["bands"].notna()].reset_index(drop=True)


def reading_aid(table: pd.DataFrame, role: str, say: Speech = ENGLISH) -> str:
    """Return how to read the figure."""
    left_out = int(((table["role"] == role) & table["bands"].isna()).sum())
    rest = (
        say(
            f" {left_out} without a distance (a sign alone, or no value) stand in the table.",
            f" {left_out} ohne Abstand (nur ein Vorzeichen, oder kein Wert) stehen in der Tabelle.",
        )
        if left_out
        else ""
    )
    return say(
        "Shaded: the band that counts as met, one unit to either side of what was published. Dots: mean of the model "
        "over the replicates, with its 95 % interval (chance only). Blue inside, vermilion outside, hollow: from "
        f"memory and not counted; an arrow lies farther out than {FARTHEST:g}.{rest}",
        "Getönt: das Band, das als getroffen gilt, eine Einheit zu beiden Seiten des Veröffentlichten. Punkte: Mittel "
        "des Modells über die Läufe, mit seinem 95-%-Intervall (nur Zufall). Blau darin, orange außerhalb, hohl: aus "
        f"dem Gedächtnis und nicht gezählt; ein Pfeil liegt weiter draußen als {FARTHEST:g}.{rest}",
    )


def numbers(table: pd.DataFrame, role: str, say: Speech = ENGLISH) -> pd.DataFrame:
    """Return the distances as text, one row per target drawn."""
    shown, yes = drawable(table, role), say("yes", "ja")
    inside = {True: yes, False: say("no", "nein"), None: words.MISSING}
    return pd.DataFrame(
        {
            say("Target", "Ziel"): shown["label"],
            say("Distance (half-widths)", "Abstand (halbe Breiten)"): [
                say.signed(value, 2) for value in shown["bands"]
            ],
            say("Inside", "Darin"): [inside[value] for value in shown["inside"]],
            say("Counted", "Gezählt"): [
                yes if value else say("no, from memory", "nein, aus dem Gedächtnis")
                for value in shown["counts"]
            ],
        }
    )


def _draw(figure: go.Figure, place: int, row: dict[Any, Any], say: Speech) -> None:
    """Draw one target: interval and dot, or an arrow at the edge."""
    colour = INSIDE_COLOUR if row["inside"] else OUTSIDE_COLOUR
    value, low, high = (
        in_bands(float(row[name]), float(row["published"]), float(row["low"]), float(row["high"]))
        for name in ("model", "model_low", "model_high")
    )
    ends = [min(max(each, -FARTHEST), FARTHEST) for each in (low, high)]
    if all(map(math.isfinite, ends)) and ends[0] < ends[1]:
        figure.add_scatter(
            x=ends, y=[place, place], mode="lines", line={"color": colour, "width": 2.2}, hoverinfo="skip"
        )
    far = abs(value) > FARTHEST
    symbol = ("triangle-right" if value > 0 else "triangle-left") if far else "circle"
    hollow = row["sure"] == MEMORY
    figure.add_scatter(
        x=[min(max(value, -FARTHEST), FARTHEST)], y=[place], mode="markers", name=str(row["label"]),
        marker={"symbol": symbol, "size": 10, "color": "white" if hollow else colour,
                "line": {"color": colour, "width": 2}},
        hovertemplate=f"{row['label']}: {say('model', 'Modell')} {say.decimal(f'{float(row["model"]):.3g}')}, "
        f"{say('published', 'veröffentlicht')} {_known(row, say)} {say.unit(row['unit'])} ({say.signed(value, 2)})"
        "<extra></extra>",
    )  # fmt: skip


def _known(row: dict[Any, Any], say: Speech) -> str:
    """Return the published value, or the range that was published."""
    if math.isfinite(float(row["published"])):
        return say.decimal(f"{float(row['published']):.4g}")
    return say.decimal(f"{float(row['low']):.4g} {say('to', 'bis')} {float(row['high']):.4g}")


def _short(label: str, longest: int = 66) -> str:
    return label if len(label) <= longest else f"{label[: longest - 1]}…"


def counts(table: pd.DataFrame, order: Sequence[str] = (FIT, HOLD_OUT, INPUT)) -> pd.DataFrame:
    """Return by role, for rows that count: inside, outside, and without a value."""
    rows_ = []
    for role in order:
        part = table[(table["role"] == role) & table["counts"].astype(bool)]
        inside = int((part["inside"] == True).sum())  # noqa: E712 - None is neither
        unknown = int(part["inside"].isna().sum())
        rows_.append((ROLE_NAMES[role], inside, len(part) - inside - unknown, unknown))
    return pd.DataFrame(rows_, columns=["role", "inside", "outside", "no value"])
