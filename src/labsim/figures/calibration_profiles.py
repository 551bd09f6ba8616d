"""What a calibration learned of every parameter: the best loss that can be reached at each value, and the ensemble."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from labsim.figures import words
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import INK, MUTED, PALETTE, SHADE

COLUMNS = 3
TITLE = (
    "Profiles: the best loss that can be reached at each value of a parameter",
    "Profile: der beste Verlust, der bei jedem Wert eines Parameters erreichbar ist",
)
LIMIT = 3.84
"""Rise of the loss up to which a value is held possible: 95 % of a likelihood ratio for one parameter."""
TOP = 16.0
SHORT = 26


def calibration_profiles(
    profiles: pd.DataFrame, parameters: pd.DataFrame, members: pd.DataFrame, say: Speech = ENGLISH
) -> go.Figure:
    """Return a panel per parameter over its whole prior.

    Parameters
    ----------
    profiles
        parameter, value, loss: the smallest loss with all other parameters chosen anew (emulated).
    parameters
        parameter, unit, best, low, high (values within the 95 % limit).
    members
        The ensemble: one row a member, one column a parameter.
    """
    names = list(parameters["parameter"])
    columns = min(COLUMNS, len(names))
    heights = [120] * math.ceil(len(names) / columns)
    figure = panels(
        say(*TITLE),
        heights,
        columns,
        gap=76,
        title_lines=2,
        right=20,
        horizontal_spacing=0.16 / columns,
        shared_yaxes=True,
        say=say,
    )
    for number, row in enumerate(parameters.to_dict("records")):
        at = {"row": number // columns + 1, "col": number % columns + 1}
        curve = profiles[profiles["parameter"] == row["parameter"]]
        rise = (curve["loss"] - curve["loss"].min()).clip(upper=TOP)
        figure.add_vrect(x0=row["low"], x1=row["high"], fillcolor=SHADE, layer="below", line_width=0, **at)
        figure.add_scatter(
            x=curve["value"].round(5), y=rise.round(3), mode="lines",
            name=say("loss above the smallest", "Verlust über dem kleinsten"),
            legendgroup="curve", showlegend=number == 0, line={"color": PALETTE[0], "width": 2},
            hovertemplate="%{y:.1f}", **at,
        )  # fmt: skip
        figure.add_scatter(
            x=members[row["parameter"]].round(5), y=[-1.0] * len(members), mode="markers",
            name=say("member of the ensemble", "Mitglied des Ensembles"), legendgroup="member", showlegend=number == 0,
            hovertemplate="%{x}",
            marker={"symbol": "line-ns-open", "size": 7, "color": MUTED}, **at,
        )  # fmt: skip
        figure.add_scatter(
            x=[row["best"]], y=[-1.0], mode="markers",
            name=say("best fit", "beste Anpassung"), legendgroup="best", showlegend=number == 0,
            marker={"symbol": "diamond", "size": 8, "color": INK}, hovertemplate="%{x}", **at,
        )  # fmt: skip
        panel_title(figure, at["row"], at["col"], f"<b>{row['parameter']}</b><br>{row['unit']}")
    for spare in range(len(names), len(heights) * columns):
        for update in (figure.update_xaxes, figure.update_yaxes):
            update(visible=False, row=spare // columns + 1, col=spare % columns + 1)
    figure.add_hline(y=LIMIT, line={"color": MUTED, "width": 1, "dash": "dot"})
    figure.update_yaxes(range=[-2.0, TOP], dtick=4)
    figure.update_xaxes(nticks=5)
    figure.update_layout(hovermode="closest")
    return figure


def reading_aid(
    profiles: pd.DataFrame,  # noqa: ARG001 - as with every figure
    parameters: pd.DataFrame,  # noqa: ARG001 - as with every figure
    members: pd.DataFrame,
    say: Speech = ENGLISH,
) -> str:
    """Return how to read the figure."""
    return say(
        "Each panel spans the prior of one parameter. Line: the smallest loss at each value, all other parameters "
        "chosen anew, less the smallest of all (from the response surface, cut at 16). Shaded: values below the dotted "
        f"line, held possible at 95 %. Strokes: the {len(members)} simulated members of the ensemble; diamond: the "
        "best of them. A flat line means that the targets say nothing about the parameter.",
        "Jedes Feld zeigt den Vorbereich eines Parameters. Linie: der kleinste Verlust bei jedem Wert, alle anderen "
        "Parameter neu gewählt, minus den kleinsten von allen (aus der Antwortfläche, bei 16 abgeschnitten). Fläche: "
        f"Werte unter der gepunkteten Linie, zu 95 % für möglich gehalten. Striche: die {len(members)} simulierten "
        "Mitglieder des Ensembles; Raute: das beste von ihnen. Eine flache Linie heißt, dass die Ziele nichts über den "
        "Parameter sagen.",
    )


def numbers(
    profiles: pd.DataFrame,  # noqa: ARG001 - as with every figure
    parameters: pd.DataFrame,
    members: pd.DataFrame,  # noqa: ARG001 - as with every figure
    say: Speech = ENGLISH,
) -> pd.DataFrame:
    """Return the parameters as a table of text."""

    def spans(low: str, high: str) -> list[str]:
        ends = zip(parameters[low], parameters[high], strict=True)
        return [f"{_text(a, say)} {say('to', 'bis')} {_text(b, say)}" for a, b in ends]

    return pd.DataFrame(
        {
            "Parameter": parameters["parameter"],
            say("Unit", "Einheit"): parameters["unit"],
            say("Best fit", "Beste Anpassung"): [_text(v, say) for v in parameters["best"]],
            say("95 % (profile)", "95 % (Profil)"): spans("low", "high"),
            say("Ensemble", "Ensemble"): spans("members_low", "members_high"),
            say("Prior", "Vorbereich"): spans("prior_low", "prior_high"),
            say("Ruled out of the prior", "Vom Vorbereich ausgeschlossen"): [
                f"{100 * v:.0f} %" for v in parameters["learned"]
            ],
            say("Remark", "Bemerkung"): [_remark(row, say) for row in parameters.to_dict("records")],
        }
    )


def _remark(row: Mapping[Any, Any], say: Speech) -> str:
    said = [say("no target responds to it", "kein Ziel reagiert darauf")] if row["weak"] else []
    said += [say(f"acts like {row['alike']}", f"wirkt wie {row['alike']}")] if row["alike"] else []
    return "; ".join(said) or words.MISSING


def _text(value: float, say: Speech) -> str:
    return say.decimal(f"{value:.4g}")
