"""How many targets of a scorecard are inside their bands, by role."""

from __future__ import annotations

import pandas as pd

from labsim.figures import words
from labsim.figures.canvas import go, panels
from labsim.figures.scorecard_bands import INSIDE_COLOUR, OUTSIDE_COLOUR, ROLE_NAMES, ROLE_NAMES_DE, counts
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import MUTED

NAMES_DE = {"inside": "darin", "outside": "außerhalb", "no value": "kein Wert"}
COLOURS = {"inside": INSIDE_COLOUR, "outside": OUTSIDE_COLOUR, "no value": MUTED}


def scorecard_shares(table: pd.DataFrame, say: Speech = ENGLISH) -> go.Figure:
    """Return a bar per role: how many targets are inside, outside, and without a value; not those from memory."""
    found = counts(table)
    figure = panels(
        say("Targets inside their bands", "Ziele in ihren Bändern"),
        [30 * len(found) + 20],
        legend=True,
        right=30,
        say=say,
    )
    for name, colour in COLOURS.items():
        if not found[name].any():
            continue
        figure.add_bar(
            x=found[name], y=[_role(each, say) for each in found["role"]], orientation="h",
            name=say(name, NAMES_DE[name]), marker_color=colour,
            text=[str(value) if value else "" for value in found[name]], textposition="inside",
            textfont_color="white", insidetextanchor="middle",
            hovertemplate=f"%{{y}}: %{{x}} {say(name, NAMES_DE[name])}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", margin_l=120, hovermode="closest", legend_traceorder="normal")
    figure.update_xaxes(title_text=say("targets (number)", "Ziele (Anzahl)"), showgrid=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, ticks="")
    return figure


def reading_aid(table: pd.DataFrame, say: Speech = ENGLISH) -> str:
    """Return how to read the figure."""
    memory = int((~table["counts"].astype(bool)).sum())
    left_out = say(f" {memory} from memory are left out.", f" {memory} aus dem Gedächtnis fehlen.")
    rest = left_out if memory else ""
    return say(
        "Calibrated targets were used to set parameters, held-out ones were not. Inputs (the rates of the start, and "
        f"whatever includes calibrated years) test nothing.{rest}",
        "Nach angepassten Zielen wurden Parameter gesetzt, nach zurückgehaltenen nicht. Eingaben (die Quoten des "
        f"Anfangs, und was angepasste Jahre enthält) prüfen nichts.{rest}",
    )


def numbers(table: pd.DataFrame, say: Speech = ENGLISH) -> pd.DataFrame:
    """Return the counts as text."""
    found = counts(table)
    found["role"] = [_role(each, say) for each in found["role"]]
    headings = {name: words.plain(say(name, NAMES_DE[name])) for name in COLOURS}
    return found.rename(columns={"role": say("Role", "Rolle")} | headings).astype(str)


def _role(name: str, say: Speech) -> str:
    """Return a role, given in English, in the language of the figure."""
    roles = {english: ROLE_NAMES_DE[role] for role, english in ROLE_NAMES.items()}
    return say(name, roles.get(name, name))
