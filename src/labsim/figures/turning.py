"""What drives a comparison and where it turns round: the paired difference with each assumption at its two ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from labsim.analysis.tables import TableError
from labsim.analysis.turning import AS_IT_IS, HIGH, LOW, turned
from labsim.figures import rows, words
from labsim.figures.canvas import go
from labsim.figures.theme import INK, MUTED, PALETTE, SHADE, Setting

ENDS: Mapping[str, tuple[str, str, float]] = {
    LOW: ("triangle-left", PALETTE[4], -0.17),
    HIGH: ("triangle-right", PALETTE[0], 0.17),
}
"""Symbol, colour and shift within the row of an end."""


UNITS: Mapping[str, tuple[float, str, str]] = {
    "share": (100.0, "%", "%"),
    "share per month": (100.0, "% a month", "% im Monat"),
    "per month": (100.0, "% a month", "% im Monat"),
    "ratio": (1.0, "times", "mal"),
    "log points per year": (100.0, "% less a year", "% weniger je Jahr"),
}
"""Units of parameters as people read them: factor, and the unit in both languages."""


@dataclass(frozen=True)
class Tried:
    """An assumption in words: its label, unit, and the values that it has and that were tried."""

    label: str
    unit: str
    value: float
    low: float
    high: float

    def at(self, end: str, setting: Setting) -> str:
        """Return the value at an end, with its unit."""
        number = {LOW: self.low, HIGH: self.high}.get(end, self.value)
        factor, english, german = UNITS.get(self.unit, (1.0, self.unit, setting.say.unit(self.unit)))
        text = f"{factor * number:.3g}"
        return f"{text.replace('.', ',') if setting.language == 'de' else text} {setting.say(english, german)}".strip()


def turning(
    table: pd.DataFrame, setting: Setting, indicator: str, tried: Mapping[str, Tried], when: str
) -> go.Figure:
    """Return a row per assumption: the mean paired difference with it at its lowest and at its highest value.

    Parameters
    ----------
    table
        assumption, end, seed, value (`labsim.analysis.turning.turned`).
    tried
        The assumptions in words, by name.
    when
        The months compared, in words.

    Lines: 95 % intervals of the mean over the pairs, chance only. The dashed line is the comparison as it is; where a
    triangle stands on the other side of zero, in the shaded half, the result turns round. Hollow: its interval covers
    zero.
    """
    found, say = _found(table, tried), setting.say
    base = float(found.loc[found["end"] == AS_IT_IS, "mean"].iloc[0])
    names = list(dict.fromkeys(found.loc[found["assumption"] != "", "assumption"]))
    digits = words.digits_of_difference(setting.unit(indicator))
    measure = f"<b>{setting.label(indicator)}</b>, {when}<br>B − A, {setting.difference_label(indicator)}"
    title = say("What drives the result, and where it turns round", "Was das Ergebnis treibt und wo es kippt")
    figure = rows.row_panels(title, [tried[name].label for name in names], [measure], say=say)
    limits = [0.0, *found["mean"], *found["low"], *found["high"]]
    span = (max(limits) - min(limits)) or 1.0
    low, high = min(limits) - 0.08 * span, max(limits) + 0.08 * span
    if base:
        figure.add_vrect(x0=low if base > 0 else 0, x1=0 if base > 0 else high, fillcolor=SHADE, layer="below",
                         line_width=0, exclude_empty_subplots=False, row=1, col=1)  # fmt: skip
    figure.add_vline(x=base, line={"color": MUTED, "width": 1.4, "dash": "dash"}, row=1, col=1,
                     exclude_empty_subplots=False)  # fmt: skip
    for row in found[found["assumption"] != ""].to_dict("records"):
        _mark(
            figure, row, names.index(str(row["assumption"])), tried[str(row["assumption"])], setting, digits
        )
    for end, text in ((LOW, say("lowest value tried", "kleinster Wert")),
                      (HIGH, say("highest value tried", "größter Wert"))):  # fmt: skip
        symbol, colour, _ = ENDS[end]
        figure.add_scatter(x=[None], y=[None], mode="markers", name=text, row=1, col=1,
                           marker={"symbol": symbol, "size": 11, "color": colour})  # fmt: skip
    figure.update_xaxes(range=[low, high])
    figure.update_layout(
        showlegend=True, height=figure.layout.height + 44, margin_b=figure.layout.margin.b + 44
    )
    return figure


def _found(table: pd.DataFrame, tried: Mapping[str, Tried]) -> pd.DataFrame:
    found = turned(table)
    found = found[found["assumption"].isin({"", *tried})]
    if not (found["assumption"] != "").any():
        raise TableError("no assumption has been tried yet")
    return found


def _mark(
    figure: go.Figure, row: Mapping[Any, Any], place: int, tried: Tried, setting: Setting, digits: int
) -> None:
    """Draw one end: its interval and its triangle, hollow where the interval covers zero."""
    end, mean, low, high = (str(row["end"]), *(float(str(row[key])) for key in ("mean", "low", "high")))
    symbol, colour, shift = ENDS[end]
    said = setting.say.signed_interval(mean, low, high, digits)
    figure.add_scatter(x=[low, high], y=[place + shift] * 2, mode="lines", line={"color": colour, "width": 2},
                       hoverinfo="skip", showlegend=False, row=1, col=1)  # fmt: skip
    figure.add_scatter(
        x=[mean], y=[place + shift], mode="markers", showlegend=False, row=1, col=1,
        marker={"symbol": symbol, "size": 11, "color": "white" if low <= 0 <= high else colour,
                "line": {"color": colour if low <= 0 <= high else INK, "width": 1.6}},
        hovertemplate=f"{tried.label}: {tried.at(end, setting)}: {said}<extra></extra>",
    )  # fmt: skip


def reading_aid(
    table: pd.DataFrame, setting: Setting, indicator: str, tried: Mapping[str, Tried], when: str
) -> str:
    """Return how to read the figure, which months it compares, and what it does not say."""
    found, say = _found(table, tried), setting.say
    pairs = int(found["pairs"].min())
    base = float(found.loc[found["end"] == AS_IT_IS, "mean"].iloc[0])
    digits = words.digits_of_difference(setting.unit(indicator))
    unit = setting.difference_label(indicator)
    return say(
        "Each row moves one assumption to the lowest and the highest value held possible; everything else stays. "
        f"Dashed: the comparison as it is ({say.signed(base, digits)} {unit}, {when}). A triangle on the shaded side "
        f"of zero turns it round; hollow: the interval covers zero. Lines: 95 % interval over {pairs} or more "
        "pairs with the same seeds, chance only. Two assumptions moved together may do more than each alone.",
        f"Jede Zeile setzt eine Annahme auf den kleinsten und den größten Wert, der für möglich gehalten wird; alles "
        f"andere bleibt. Gestrichelt: der Vergleich, wie er ist ({say.signed(base, digits)} {unit}, {when}). Ein "
        "Dreieck auf der getönten Seite der Null kehrt ihn um; hohl: Das Intervall umfasst null. Linien: "
        f"95-%-Intervall über {pairs} oder mehr Paare mit gleichen Startzahlen, nur Zufall. Zwei Annahmen zusammen "
        "können mehr bewirken als jede allein.",
    )


def numbers(
    table: pd.DataFrame, setting: Setting, indicator: str, tried: Mapping[str, Tried], when: str
) -> pd.DataFrame:
    """Return the differences with their intervals as text, a row per assumption and end."""
    found, say = _found(table, tried), setting.say
    digits = words.digits_of_difference(setting.unit(indicator))
    column = (
        f"B − A, {setting.difference_label(indicator)}, {when} ({say('95 % interval', '95-%-Intervall')})"
    )
    out = []
    for row in found.to_dict("records"):
        known = tried.get(str(row["assumption"]))
        out.append({
            say("Assumption", "Annahme"): say("as it is", "wie sie ist") if known is None else known.label,
            say("Value", "Wert"): words.MISSING if known is None else known.at(str(row["end"]), setting),
            column: say.signed_interval(row["mean"], row["low"], row["high"], digits),
            say("Pairs", "Paare"): str(row["pairs"]),
            say("Turns it round", "Kehrt um"): _turns(row, setting),
        })  # fmt: skip
    return pd.DataFrame(out)


def _turns(row: Mapping[Any, Any], setting: Setting) -> str:
    if row["end"] == AS_IT_IS:
        return words.MISSING
    if row["sure"]:
        return setting.say("yes", "ja")
    return setting.say("open", "offen") if row["turns"] else setting.say("no", "nein")
