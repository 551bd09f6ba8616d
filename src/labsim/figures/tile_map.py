"""Where it works: the difference to the baseline in every municipality, on tiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from plotly.colors import sample_colorscale

from labsim.analysis.paired import paired_differences
from labsim.analysis.tables import WHOLE, TableError
from labsim.analysis.windows import Phase, phase_means
from labsim.figures import words
from labsim.figures.canvas import go, panels
from labsim.figures.differences import FEWEST_PAIRS
from labsim.figures.rows import folded
from labsim.figures.theme import Setting, Style, contrast
from labsim.figures.tiles import Tile

SCALE = "PuOr"
"""Purple above zero, orange below; never red and green."""

SIDE, ACROSS = 104, 2
"""Height of a tile in pixels, maps in a row."""

READABLE = 4.58
"""Contrast with white from which type on a tile is white: there black has as much."""


def tile_map(
    indicators: pd.DataFrame, setting: Setting, indicator: str, span: Phase, tiles: Mapping[str, Tile]
) -> go.Figure:
    """Return a map per compared scenario: the paired difference to the baseline in every municipality, as tiles.

    Parameters
    ----------
    indicators
        The tidy table; rates, not totals, or large municipalities would seem to change most.
    span
        The months over which the indicator is averaged.
    tiles
        Row and column of each municipality (`labsim.figures.tiles`); others are not shown.

    Unit: that of a difference of the indicator (percentage points for rates). Colours are the same in all maps and pale
    at zero. Hatched: the 95 % interval of the mean difference covers zero (or there are fewer than three pairs).
    """
    table = _table(indicators, setting, indicator, span, tiles)
    say = setting.say
    rows, across = max(row for row, _ in tiles.values()) + 1, max(column for _, column in tiles.values()) + 1
    columns = min(len(setting.others), ACROSS)
    blocks = -(-len(setting.others) // columns)
    figure = panels(
        f"{setting.label(indicator)}: {say('difference to', 'Differenz zu')} {setting.baseline.letter}, "
        f"{say.span(span)}",
        [SIDE * rows] * blocks, columns, title_lines=2, right=16, legend=False, say=say, horizontal_spacing=0.06,
    )  # fmt: skip
    most = float(table["mean"].abs().max()) or 1.0
    digits = words.digits_of_difference(setting.unit(indicator))
    for number, style in enumerate(setting.others):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        own = table[table["scenario"] == style.name].to_dict("records")
        for found in own:
            _tile(figure, found, tiles[found["municipality"]], most, digits, setting, style, place)
        figure.update_xaxes(
            range=[-0.52, across - 0.48], visible=False, constrain="domain", constraintoward="left", **place
        )
        figure.update_yaxes(range=[rows - 0.48, -0.52], visible=False, constrain="domain", **place)
        _squared(figure, place)
        figure.add_annotation(
            text=f"<b>{style.title}</b><br>{setting.difference_label(indicator)}", xref="x domain", yref="y domain",
            x=0, y=1, xanchor="left", yanchor="bottom", yshift=6, showarrow=False, align="left", **place,
        )  # fmt: skip
    _colour_bar(figure, most, digits)
    figure.update_layout(hovermode="closest", margin={"l": 16, "b": 70}, height=figure.layout.height + 40)
    return figure


def reading_aid(
    indicators: pd.DataFrame, setting: Setting, indicator: str, span: Phase, tiles: Mapping[str, Tile]
) -> str:
    """Return how to read the figure and what hatching means."""
    say, table = setting.say, _table(indicators, setting, indicator, span, tiles)
    pairs, base = int(table["pairs"].min()), setting.baseline.letter
    unit = setting.difference_label(indicator)
    return say(
        f"Each tile is a municipality; near tiles are near places; sizes, shapes and directions mean nothing. Colour "
        f"and number: mean difference to {base} in {say.dates(span)} ({unit}, {pairs} pairs with the same seeds); "
        f"purple is higher than {base}, orange lower. Hatched: the 95 % interval covers zero, so the direction is open "
        "(chance only). Names may be shortened; the table has them in full.",
        "Jede Kachel ist eine Kommune; nahe Kacheln sind nahe Orte; Größe, Form und Richtung bedeuten nichts. Farbe "
        f"und Zahl: mittlere Differenz zu {base} in {say.dates(span)} ({unit}, {pairs} Paare mit gleichen "
        f"Startzahlen); violett ist höher als {base}, orange niedriger. Schraffiert: Das 95-%-Intervall umfasst null, "
        "die Richtung ist offen (nur Zufall). Namen können gekürzt sein; die Tabelle hat sie ganz.",
    )


def numbers(
    indicators: pd.DataFrame, setting: Setting, indicator: str, span: Phase, tiles: Mapping[str, Tile]
) -> pd.DataFrame:
    """Return the differences with 95 % intervals as text, a row per municipality, the largest first."""
    say, table = setting.say, _table(indicators, setting, indicator, span, tiles)
    digits = words.digits_of_difference(setting.unit(indicator))
    first = table[table["scenario"] == setting.others[0].name].sort_values("mean", ascending=False)
    result = pd.DataFrame({say("Municipality", "Kommune"): first["municipality"].tolist()})
    for style in setting.others:
        own = table[table["scenario"] == style.name].set_index("municipality").reindex(first["municipality"])
        heading = f"{style.letter} − {setting.baseline.letter} ({setting.difference_label(indicator)})"
        result[heading] = [
            say.signed_interval(row["mean"], row["low"], row["high"], digits)
            for row in own.to_dict("records")
        ]
    return result


def _table(
    indicators: pd.DataFrame, setting: Setting, indicator: str, span: Phase, tiles: Mapping[str, Tile]
) -> pd.DataFrame:
    """Return the paired differences within the span by scenario and municipality."""
    if not setting.others:
        raise TableError("a map of differences needs a scenario besides the baseline")
    keep = (indicators["indicator"] == indicator) & (indicators["group"] == WHOLE)
    keep &= indicators["municipality"].isin(list(tiles))
    keep &= indicators["scenario"].isin([style.name for style in setting.styles])
    inside = (indicators["month"] >= span.start) & (indicators["month"] < span.end)
    rows = indicators[keep & inside].dropna(subset=["value"])
    if rows.empty:
        raise TableError(f"no values of {indicator} in the municipalities in {span.dates}")
    return paired_differences(phase_means(rows, (span,)), setting.baseline.name, "phase")


def _tile(
    figure: go.Figure,
    row: Mapping[Any, Any],
    tile: Tile,
    most: float,
    digits: int,
    setting: Setting,
    style: Style,
    place: Mapping[str, int],
) -> None:
    """Draw one tile with its name and value."""
    say, mean, name = setting.say, float(row["mean"]), str(row["municipality"])
    colour = colour_of(mean, most)
    y, x = tile
    ink = type_on(colour)
    is_open = row["pairs"] < FEWEST_PAIRS or not (row["low"] > 0 or row["high"] < 0)
    text = say.signed_interval(mean, float(row["low"]), float(row["high"]), digits)
    left, right, top, bottom = x - 0.48, x + 0.48, y - 0.48, y + 0.48
    figure.add_scatter(
        x=[left, right, right, left, left], y=[top, top, bottom, bottom, top], mode="lines", fill="toself",
        line={"color": "white", "width": 1}, name=f"{style.letter} {name}", showlegend=False, hoveron="fills",
        text=f"{name}: {text}", hoverinfo="text", fillcolor=colour,
        fillpattern={
            "shape": "/" if is_open else "", "fgcolor": ink, "bgcolor": colour, "size": 7,
            "solidity": 0.2 if ink == "#FFFFFF" else 0.12, "fillmode": "overlay",
        }, **place,
    )  # fmt: skip
    shown = folded(_short(name), 14, 13)
    figure.add_annotation(
        text=f"{shown}<br><b>{say.signed(mean, digits)}</b>", x=x, y=y, showarrow=False,
        bgcolor=colour if is_open else None, borderpad=1,
        font={"size": 11, "color": ink}, **place,
    )  # fmt: skip


def _squared(figure: go.Figure, place: Mapping[str, int]) -> None:
    """Let tiles be a little wider than high, whatever the width of the page."""
    axes = figure.get_subplot(place["row"], place["col"])
    axes.yaxis.scaleanchor = axes.xaxis.plotly_name.removeprefix("layout.").replace("axis", "")
    axes.yaxis.scaleratio = 0.86


def colour_of(value: float, most: float) -> str:
    """Return the colour of a value on the diverging scale from −`most` to `most`, as ``"#rrggbb"``."""
    (found,) = sample_colorscale(SCALE, [0.5 + 0.5 * value / most])
    red, green, blue = (
        round(float(part)) for part in found.removeprefix("rgb(").removesuffix(")").split(",")
    )
    return f"#{red:02X}{green:02X}{blue:02X}"


def type_on(colour: str) -> str:
    """Return white or black, whichever can be read better on a colour (contrast of 4.5 at least).

    >>> type_on("#FFFFFF"), type_on("#222222")
    ('#000000', '#FFFFFF')
    """
    return "#FFFFFF" if contrast(colour) >= READABLE else "#000000"


def _short(name: str) -> str:
    """Return a name shortened to what fits into a tile.

    >>> _short("Brandenburg an der Havel"), _short("Frankfurt (Oder)"), _short("Dahme-Spreewald")
    ('Brandenburg', 'Frankfurt', 'Dahme-Spreewald')
    """
    return name.partition(" (")[0].partition(" an der ")[0].removeprefix("Landkreis ")


def _colour_bar(figure: go.Figure, most: float, digits: int) -> None:
    """Draw the scale of colours below."""
    figure.add_scatter(
        x=[None], y=[None], mode="markers", showlegend=False, hoverinfo="skip", row=1, col=1,
        marker={
            "color": [0.0], "cmin": -most, "cmax": most, "colorscale": SCALE, "showscale": True,
            "colorbar": {
                "orientation": "h", "thickness": 12, "lenmode": "pixels", "len": 300, "x": 0, "xanchor": "left",
                "y": 0, "yanchor": "top", "ypad": 14, "outlinewidth": 0, "tickformat": f"+.{digits}f",
                "tickvals": [-most, -most / 2, 0, most / 2, most],
            },
        },
    )  # fmt: skip
