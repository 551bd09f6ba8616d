"""Municipalities in a few years, published against simulated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from labsim.analysis.tables import WHOLE, TableError
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import MUTED, PALETTE, SHADE

SHOWN = 3
"""How many years are drawn: the first, the last, and those in between."""

TOLERANCE = 1.5
"""Percentage points to either side of the diagonal that are shaded."""


def district_scatter(
    paths: pd.DataFrame, indicator: str = "unemployment_rate", say: Speech = ENGLISH
) -> go.Figure:
    """Return a panel per year: published rate to the right, simulated rate upwards, a dot per municipality.

    On the diagonal the two agree; shaded: 1.5 percentage points to either side. Means over the replicates.
    """
    data = points(paths, indicator)
    years = list(dict.fromkeys(data["year"]))
    figure = panels(say("Municipalities, published and simulated unemployment",
                        "Kommunen, veröffentlichte und simulierte Arbeitslosigkeit"), [280], len(years), title_lines=2,
                    legend=False, right=30, horizontal_spacing=0.07, say=say)  # fmt: skip
    edges = data[["published", "model"]].to_numpy(np.float64)
    low, high = float(np.floor(edges.min() - 1)), float(np.ceil(edges.max() + 1))
    for column, year in enumerate(years, start=1):
        part = data[data["year"] == year]
        band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "row": 1, "col": column}
        figure.add_scatter(x=[low, high], y=[low - TOLERANCE, high - TOLERANCE], **band)
        figure.add_scatter(
            x=[low, high], y=[low + TOLERANCE, high + TOLERANCE], fill="tonexty", fillcolor=SHADE, **band
        )
        figure.add_scatter(x=[low, high], y=[low, high], mode="lines", line={"color": MUTED, "width": 1},
                           hoverinfo="skip", row=1, col=column)  # fmt: skip
        figure.add_scatter(
            x=part["published"], y=part["model"].round(3), mode="markers", text=part["municipality"],
            marker={"size": 8, "color": PALETTE[0], "opacity": 0.8}, row=1, col=column,
            hovertemplate=say("%{text}: published %{x:.1f}, model %{y:.1f}",
                              "%{text}: veröffentlicht %{x:.1f}, Modell %{y:.1f}") + "<extra></extra>",
        )  # fmt: skip
        panel_title(
            figure,
            1,
            column,
            f"<b>{year}</b><br>{say('model', 'Modell')}, {say.unit('% of the labour force')}",
        )
    figure.update_xaxes(
        range=[low, high], showgrid=True, title_text=say("published, %", "veröffentlicht, %"), nticks=6
    )
    figure.update_yaxes(range=[low, high], nticks=6)
    figure.update_layout(hovermode="closest", margin_b=56)
    return figure


def points(paths: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Return the municipalities in the years drawn: published and simulated."""
    rows = paths[(paths["indicator"] == indicator) & (paths["municipality"] != WHOLE)]
    rows = rows.dropna(subset=["published", "model"])
    years = sorted({int(year) for year in rows["year"]})
    if not years:
        raise TableError(f"nothing was published of {indicator} in any municipality")
    chosen = [years[round(k)] for k in np.linspace(0, len(years) - 1, min(SHOWN, len(years)))]
    return rows[rows["year"].isin(chosen)].sort_values(["year", "municipality"]).reset_index(drop=True)


def reading_aid(paths: pd.DataFrame, indicator: str = "unemployment_rate", say: Speech = ENGLISH) -> str:
    """Return how to read the figure."""
    count = points(paths, indicator)["municipality"].nunique()
    return say(
        f"A dot per municipality ({count}), annual means, model: mean over the replicates. On the line the two agree; "
        f"shaded: {TOLERANCE:g} percentage points to either side. The first year is the start of the data.",
        f"Ein Punkt je Kommune ({count}), Jahresmittel, Modell: Mittel über die Läufe. Auf der Linie stimmen beide "
        f"überein; getönt: {say.short(TOLERANCE)} Prozentpunkte zu beiden Seiten. Das erste Jahr ist der Anfang der "
        "Daten.",
    )


def numbers(paths: pd.DataFrame, indicator: str = "unemployment_rate", say: Speech = ENGLISH) -> pd.DataFrame:
    """Return what is drawn as text."""
    rows = points(paths, indicator)
    return pd.DataFrame(
        {
            say("Municipality", "Kommune"): rows["municipality"],
            say("Year", "Jahr"): rows["year"].astype(str),
            say("Published (%)", "Veröffentlicht (%)"): [say.number(value) for value in rows["published"]],
            say("Model (%)", "Modell (%)"): [say.number(value) for value in rows["model"]],
        }
    )
