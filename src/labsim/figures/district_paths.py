"""Published and simulated paths of every municipality, a small panel each."""

from __future__ import annotations

import math

import pandas as pd

from labsim.analysis.tables import WHOLE, TableError
from labsim.figures import levels, words
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import INK, MUTED, PALETTE

COLUMNS = 4
TITLES = {
    "unemployment_rate": (
        "Unemployment of every municipality, simulated and published",
        "Arbeitslosigkeit in jeder Kommune, simuliert und veröffentlicht",
    ),
    "long_term_share": (
        "Long-term share of every municipality, simulated and published",
        "Anteil der Langzeitarbeitslosen in jeder Kommune, simuliert und veröffentlicht",
    ),
}
UNITS = {"unemployment_rate": "% of the labour force", "long_term_share": "% of the unemployed"}


def district_paths(paths: pd.DataFrame, indicator: str, say: Speech = ENGLISH) -> go.Figure:
    """Return a panel per municipality, the place as a whole first: annual means, published and simulated.

    Line: mean of the model over the replicates, shaded its 95 % interval (chance only). Diamonds: published; hollow
    where the figures are flagged as a level break. All panels have one scale.
    """
    data = shown(paths, indicator)
    names = list(dict.fromkeys(data["municipality"]))
    columns = min(COLUMNS, len(names))
    heights = [120] * math.ceil(len(names) / columns)
    figure = panels(say(*TITLES[indicator]), heights, columns, gap=46, title_lines=1, right=20,
                    horizontal_spacing=0.12 / columns, shared_yaxes=True, say=say)  # fmt: skip
    for number, name in enumerate(names):
        _draw(figure, data[data["municipality"] == name], number // columns + 1, number % columns + 1,
              first=number == 0, say=say)  # fmt: skip
        panel_title(figure, number // columns + 1, number % columns + 1, f"<b>{_name(name, say)}</b>")
    for spare in range(len(names), len(heights) * columns):
        for update in (figure.update_xaxes, figure.update_yaxes):
            update(visible=False, row=spare // columns + 1, col=spare % columns + 1)
    edges = data[["published", "low", "high", "model"]]
    low, high = float(edges.min().min()), float(edges.max().max())
    figure.update_yaxes(range=[max(0.0, low - 0.08 * (high - low)), high + 0.08 * (high - low)], nticks=4)
    figure.update_xaxes(nticks=4, tickformat="d")
    return figure


def shown(paths: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Return the rows of one series, of municipalities of which something was published."""
    rows = paths[paths["indicator"] == indicator]
    known = rows.groupby("municipality", observed=True)["published"].count()
    rows = rows[rows["municipality"].isin(list(known[known > 0].index))]
    if rows.empty:
        raise TableError(f"nothing was published of {indicator}")
    return rows.reset_index(drop=True)


def reading_aid(paths: pd.DataFrame, indicator: str, say: Speech = ENGLISH) -> str:
    """Return how to read the figure."""
    seeds = int(shown(paths, indicator)["seeds"].max())
    return say(
        f"Annual means, {UNITS[indicator]}. Line: the model, mean of {words.number(seeds, 0)} "
        f"{'replicate' if seeds == 1 else 'replicates'}; shaded: 95 % interval of that mean (chance only). Diamonds: "
        "published; hollow: a level break, not comparable with the years before. Broken figures are left out.",
        f"Jahresmittel, {say.unit(UNITS[indicator])}. Linie: das Modell, Mittel von {seeds} "
        f"{'Lauf' if seeds == 1 else 'Läufen'}; Fläche: "
        "95-%-Intervall dieses Mittels (nur Zufall). Rauten: veröffentlicht; hohl: ein Sprung der Reihe, mit den "
        "Jahren davor nicht vergleichbar. Gebrochene Zahlen fehlen.",
    )


def numbers(paths: pd.DataFrame, indicator: str, say: Speech = ENGLISH) -> pd.DataFrame:
    """Return published and simulated annual means as text, one row per municipality and year with a published value."""
    rows = shown(paths, indicator).dropna(subset=["published"])
    return pd.DataFrame(
        {
            say("Municipality", "Kommune"): [_name(name, say) for name in rows["municipality"]],
            say("Year", "Jahr"): rows["year"].astype(str),
            say("Published (%)", "Veröffentlicht (%)"): [say.number(value) for value in rows["published"]],
            say("Model (%)", "Modell (%)"): [say.number(value) for value in rows["model"]],
            say("Model − published (points)", "Modell − veröffentlicht (Prozentpunkte)"): [
                say.signed(v) for v in rows["model"] - rows["published"]
            ],
            say("Flag", "Vermerk"): [str(flag) or words.MISSING for flag in rows["flag"]],
        }
    )


def _draw(figure: go.Figure, rows: pd.DataFrame, row: int, column: int, *, first: bool, say: Speech) -> None:
    place = {"row": row, "col": column}
    if rows["low"].notna().any():
        levels.band(figure, rows["year"], rows["low"].round(3), rows["high"].round(3), PALETTE[0], 0.18,
                    legendgroup="model", **place)  # fmt: skip
    figure.add_scatter(
        x=rows["year"], y=rows["model"].round(3), mode="lines", name=say("model", "Modell"), legendgroup="model",
        showlegend=first,
        line={"color": PALETTE[0], "width": 2}, hovertemplate="%{y:.1f}", **place,
    )  # fmt: skip
    known = rows.dropna(subset=["published"])
    broken = (known["flag"] != "").to_numpy()
    figure.add_scatter(
        x=known["year"], y=known["published"], mode="markers",
        name=say("published", "veröffentlicht"), legendgroup="published",
        showlegend=first, hovertemplate="%{y:.1f}",
        marker={"symbol": "diamond", "size": 6, "color": ["white" if each else INK for each in broken],
                "line": {"color": [MUTED if each else INK for each in broken], "width": 1.2}}, **place,
    )  # fmt: skip


def _name(municipality: str, say: Speech) -> str:
    return say("The whole place", "Das ganze Gebiet") if municipality == WHOLE else municipality
