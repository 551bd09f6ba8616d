"""How many targets of a scorecard are inside their bands, by role."""

from __future__ import annotations

import pandas as pd

from labsim.figures.canvas import go, panels
from labsim.figures.scorecard_bands import INSIDE_COLOUR, OUTSIDE_COLOUR, counts
from labsim.figures.theme import MUTED

COLOURS = {"inside": INSIDE_COLOUR, "outside": OUTSIDE_COLOUR, "no value": MUTED}


def scorecard_shares(table: pd.DataFrame) -> go.Figure:
    """Return a bar per role: how many targets are inside, outside, and without a value; not those from memory."""
    found = counts(table)
    figure = panels("Targets inside their bands", [30 * len(found) + 20], legend=True, right=30)
    for name, colour in COLOURS.items():
        if not found[name].any():
            continue
        figure.add_bar(
            x=found[name], y=found["role"], orientation="h", name=name, marker_color=colour,
            text=[str(value) if value else "" for value in found[name]], textposition="inside",
            textfont_color="white", insidetextanchor="middle", hovertemplate="%{y}: %{x} " + name + "<extra></extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", margin_l=120, hovermode="closest", legend_traceorder="normal")
    figure.update_xaxes(title_text="targets", showgrid=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, ticks="")
    return figure


def reading_aid(table: pd.DataFrame) -> str:
    """Return how to read the figure."""
    memory = int((~table["counts"].astype(bool)).sum())
    rest = f" {memory} from memory are left out." if memory else ""
    return (
        "Calibrated targets were used to set parameters, held-out ones were not. Inputs (the rates of the start, and "
        f"whatever includes calibrated years) test nothing.{rest}"
    )


def numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the counts as text."""
    found = counts(table).rename(columns={"role": "Role"})
    return found.rename(columns={name: name.capitalize() for name in COLOURS}).astype(str)
