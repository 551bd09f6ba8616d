"""Which target responds to which parameter: elementary effects of a Morris screening as a heat map."""

from __future__ import annotations

import pandas as pd

from labsim.figures import rows, words
from labsim.figures.canvas import go, panels
from labsim.figures.speech import ENGLISH, Speech

TITLE = (
    "Screening: how far each parameter moves each target over its whole prior",
    "Vorprüfung: wie weit jeder Parameter jedes Ziel über seinen ganzen Vorbereich bewegt",
)
ROW = 26
FARTHEST = 4.0


def screening(effects: pd.DataFrame, say: Speech = ENGLISH) -> go.Figure:
    """Return a row per parameter, a column per target: mean effect, in half-widths of the target's band.

    ``effects``: parameter, target, effect (signed mean), mu_star, sigma.
    """
    table = _wide(effects, "effect")
    figure = panels(say(*TITLE), [ROW * len(table) + 10], legend=False, right=90, say=say)
    text = [[say.signed(value) for value in row] for row in table.to_numpy()]
    figure.add_heatmap(
        z=table.to_numpy().round(3), x=[words.plain(name) for name in table.columns], y=list(table.index), text=text,
        texttemplate="%{text}", textfont={"size": 11}, zmin=-FARTHEST, zmax=FARTHEST, colorscale="RdBu",
        reversescale=True,
        hovertemplate=f"%{{y}} → %{{x}}: %{{z:+.2f}} {say('half-widths', 'halbe Breiten')}<extra></extra>",
        colorbar={"title": {"text": say("half-widths<br>of the band", "halbe Breiten<br>des Bandes")}, "thickness": 12},
    )  # fmt: skip
    longest = max(len(name) for name in table.index)
    figure.update_layout(margin_l=round(rows.CHARACTER * longest) + 20, margin_b=150, hovermode="closest")
    figure.update_layout(height=figure.layout.height + 130)
    figure.update_yaxes(autorange="reversed", ticks="")
    figure.update_xaxes(tickangle=-40, ticks="")
    return figure


def reading_aid(effects: pd.DataFrame, say: Speech = ENGLISH) -> str:  # noqa: ARG001 - as with every figure
    """Return how to read the figure."""
    return say(
        "Mean effect of taking a parameter from one end of its prior to the other, other parameters at random places, "
        "in half-widths of the target's band: beyond ±1 the parameter alone takes the target out of its band. Effects "
        "of less than half a half-width on every target mean that the fit cannot tell the parameter.",
        "Mittlere Wirkung davon, einen Parameter von einem Ende seines Vorbereichs zum anderen zu führen, die anderen "
        "an zufälligen Stellen, in halben Breiten des Zielbands: Jenseits von ±1 bringt der Parameter allein das Ziel "
        "aus seinem Band. Wirkungen unter einer halben halben Breite auf jedes Ziel heißen, dass die Anpassung den "
        "Parameter nicht bestimmen kann.",
    )


def numbers(effects: pd.DataFrame, say: Speech = ENGLISH) -> pd.DataFrame:
    """Return mean absolute effects with their spread as text, one row per parameter and target."""
    return pd.DataFrame(
        {
            "Parameter": effects["parameter"],
            say("Target", "Ziel"): effects["target"],
            say("Effect (half-widths)", "Wirkung (halbe Breiten)"): [
                say.signed(v, 2) for v in effects["effect"]
            ],
            say("Mean absolute effect", "Mittlere absolute Wirkung"): [
                say.number(v, 2) for v in effects["mu_star"]
            ],
            say("Spread over the trajectories", "Streuung über die Pfade"): [
                say.number(v, 2) for v in effects["sigma"]
            ],
        }
    )


def _wide(effects: pd.DataFrame, column: str) -> pd.DataFrame:
    order = list(dict.fromkeys(effects["parameter"])), list(dict.fromkeys(effects["target"]))
    return effects.pivot_table(index="parameter", columns="target", values=column).reindex(
        index=order[0], columns=order[1]
    )
