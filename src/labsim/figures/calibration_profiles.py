"""What a calibration learned of every parameter: the best loss that can be reached at each value, and the ensemble."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from labsim.figures import words
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.theme import INK, MUTED, PALETTE, SHADE

COLUMNS = 3
TITLE = "Profiles: the best loss that can be reached at each value of a parameter"
LIMIT = 3.84
"""Rise of the loss up to which a value is held possible: 95 % of a likelihood ratio for one parameter."""
TOP = 16.0
SHORT = 26


def calibration_profiles(
    profiles: pd.DataFrame, parameters: pd.DataFrame, members: pd.DataFrame
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
        TITLE,
        heights,
        columns,
        gap=76,
        title_lines=2,
        right=20,
        horizontal_spacing=0.16 / columns,
        shared_yaxes=True,
    )
    for number, row in enumerate(parameters.to_dict("records")):
        at = {"row": number // columns + 1, "col": number % columns + 1}
        curve = profiles[profiles["parameter"] == row["parameter"]]
        rise = (curve["loss"] - curve["loss"].min()).clip(upper=TOP)
        figure.add_vrect(x0=row["low"], x1=row["high"], fillcolor=SHADE, layer="below", line_width=0, **at)
        figure.add_scatter(
            x=curve["value"].round(5), y=rise.round(3), mode="lines", name="loss above the smallest",
            legendgroup="curve", showlegend=number == 0, line={"color": PALETTE[0], "width": 2},
            hovertemplate="%{y:.1f}", **at,
        )  # fmt: skip
        figure.add_scatter(
            x=members[row["parameter"]].round(5), y=[-1.0] * len(members), mode="markers",
            name="member of the ensemble", legendgroup="member", showlegend=number == 0, hovertemplate="%{x}",
            marker={"symbol": "line-ns-open", "size": 7, "color": MUTED}, **at,
        )  # fmt: skip
        figure.add_scatter(
            x=[row["best"]], y=[-1.0], mode="markers", name="best fit", legendgroup="best", showlegend=number == 0,
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


def reading_aid(profiles: pd.DataFrame, parameters: pd.DataFrame, members: pd.DataFrame) -> str:  # noqa: ARG001 - as with every figure
    """Return how to read the figure."""
    return (
        "Each panel spans the prior of one parameter. Line: the smallest loss at each value, all other parameters "
        "chosen anew, less the smallest of all (from the response surface, cut at 16). Shaded: values below the dotted "
        f"line, held possible at 95 %. Strokes: the {len(members)} simulated members of the ensemble; diamond: the "
        "best of them. A flat line means that the targets say nothing about the parameter."
    )


def numbers(profiles: pd.DataFrame, parameters: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:  # noqa: ARG001 - as with every figure
    """Return the parameters as a table of text."""
    return pd.DataFrame(
        {
            "Parameter": parameters["parameter"],
            "Unit": parameters["unit"],
            "Best fit": [_text(v) for v in parameters["best"]],
            "95 % (profile)": [f"{_text(a)} to {_text(b)}" for a, b in
                               zip(parameters["low"], parameters["high"], strict=True)],
            "Ensemble": [f"{_text(a)} to {_text(b)}" for a, b in
                         zip(parameters["members_low"], parameters["members_high"], strict=True)],
            "Prior": [f"{_text(a)} to {_text(b)}" for a, b in
                      zip(parameters["prior_low"], parameters["prior_high"], strict=True)],
            "Ruled out of the prior": [f"{100 * v:.0f} %" for v in parameters["learned"]],
            "Remark": [_remark(row) for row in parameters.to_dict("records")],
        }
    )  # fmt: skip


def _remark(row: Mapping[Any, Any]) -> str:
    said = ["no target responds to it"] if row["weak"] else []
    said += [f"acts like {row['alike']}"] if row["alike"] else []
    return "; ".join(said) or words.MISSING


def _text(value: float) -> str:
    return f"{value:.4g}"
