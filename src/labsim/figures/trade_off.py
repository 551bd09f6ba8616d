"""What one goal costs in another: every scenario's difference to the baseline on two goals, with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from labsim.analysis.paired import paired_differences
from labsim.analysis.payers import ALL_PAYERS, per_resident
from labsim.analysis.tables import WHOLE, TableError, has, pick
from labsim.analysis.windows import Phase, phase_means
from labsim.figures import labels, money, words
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.differences import FEWEST_PAIRS
from labsim.figures.theme import INK, MUTED, Setting, Style

WIDTH, HEIGHT = 560.0, 380
"""Size in pixels of the smallest panel for which labels are placed."""


@dataclass(frozen=True)
class Goal:
    """One axis: an indicator (or `ALL_PAYERS`, spending) and which direction is wanted."""

    indicator: str
    better: Literal["higher", "lower"] = "higher"

    @property
    def sign(self) -> int:
        """1 if more is wanted, −1 if less."""
        return 1 if self.better == "higher" else -1

    def label(self, setting: Setting) -> str:
        """Return the goal's name in words."""
        if self.indicator == ALL_PAYERS:
            return setting.say("Spending of all payers", "Ausgaben aller Zahlenden")
        return setting.label(self.indicator)

    def unit(self, setting: Setting) -> str:
        """Return the unit of a difference in words."""
        if self.indicator == ALL_PAYERS:
            return setting.say.unit(money.UNIT)
        return setting.difference_label(self.indicator)

    def digits(self, setting: Setting) -> int:
        """Return how many decimals a difference is shown with."""
        if self.indicator == ALL_PAYERS:
            return money.DIFFERENCE_DIGITS
        return words.digits_of_difference(setting.unit(self.indicator))

    def wish(self, setting: Setting) -> str:
        """Return which direction is wanted, in words."""
        if self.better == "higher":
            return setting.say("more is wanted", "mehr ist erwünscht")
        return setting.say("less is wanted", "weniger ist erwünscht")


COST_AND_WORK = (Goal(ALL_PAYERS, "lower"), Goal("employment_rate"))
"""Spending against employment."""


def with_spending(
    indicators: pd.DataFrame, accounts: pd.DataFrame, municipality: str = WHOLE
) -> pd.DataFrame:
    """Return the indicators with the spending of all payers as one more (EUR per resident of working age and month)."""
    spending = per_resident(accounts, indicators, municipality, ())
    return pd.concat([indicators, spending[list(indicators.columns)]], ignore_index=True)


def trade_off(
    indicators: pd.DataFrame, setting: Setting, span: Phase, goals: tuple[Goal, Goal] = COST_AND_WORK
) -> go.Figure:
    """Return a point per scenario: its mean paired difference to the baseline on two goals within a span of months.

    Horizontal: the first goal, vertical: the second, in the units of their differences; the baseline is the cross at
    zero. Lines through a point: 95 % intervals of the mean over the pairs (from three on; chance only). Filled
    diamonds: no other scenario is better on both goals (by the means); open circles: another one is. The dotted
    line joins the diamonds; where intervals overlap, chance could change their order.
    """
    table = _table(indicators, setting, span, goals)
    say = setting.say
    figure = panels(
        f"{goals[1].label(setting)} {say('against', 'gegen')} {say.lower(goals[0].label(setting))}, "
        f"{say.span(span)}",
        [HEIGHT], title_lines=2, legend=False, say=say,
    )  # fmt: skip
    ranges = [_range(table, axis) for axis in ("x", "y")]
    front = table[table["front"]].sort_values("x")
    if len(front) > 1:
        shape: Literal["hv", "vh"] = "hv" if goals[0].better == "lower" else "vh"
        figure.add_scatter(
            x=front["x"], y=front["y"], mode="lines", row=1, col=1, hoverinfo="skip", showlegend=False,
            line={"color": MUTED, "width": 1.2, "dash": "dot", "shape": shape},
        )  # fmt: skip
    for zero in (figure.add_vline, figure.add_hline):
        zero(**{"x" if zero == figure.add_vline else "y": 0}, row=1, col=1, line={"color": INK, "width": 0.8})
    known = {style.name: style for style in setting.styles}
    for row in table.to_dict("records"):
        _point(figure, row, known[str(row["scenario"])], setting, goals)
    unnamed = _names(figure, table, known, ranges)
    figure.for_each_trace(lambda trace: trace.update(showlegend=True), lambda trace: trace.name in unnamed)
    figure.update_xaxes(
        range=ranges[0], showgrid=True,
        title={"text": f"<b>{goals[0].label(setting)}</b>, {goals[0].unit(setting)}<br>({goals[0].wish(setting)})",
               "font": {"size": 13}, "standoff": 6},
    )  # fmt: skip
    figure.update_yaxes(range=ranges[1])
    panel_title(
        figure, 1, 1,
        f"<b>{goals[1].label(setting)}</b> ({goals[1].wish(setting)})<br>"
        f"{say('difference to', 'Differenz zu')} {setting.baseline.letter}, {goals[1].unit(setting)}",
    )  # fmt: skip
    below = 86 if unnamed else 46
    figure.update_layout(
        hovermode="closest",
        showlegend=bool(unnamed),
        margin_b=30 + below,
        height=figure.layout.height + below,
    )
    return figure


def reading_aid(
    indicators: pd.DataFrame, setting: Setting, span: Phase, goals: tuple[Goal, Goal] = COST_AND_WORK
) -> str:
    """Return how to read the figure and what its intervals cover."""
    table, say, base = _table(indicators, setting, span, goals), setting.say, setting.baseline.letter
    pairs = int(table.loc[table["scenario"] != setting.baseline.name, "pairs"].min())
    interval = say(
        f"Lines: 95 % interval of the mean of {pairs} pairs with the same seeds (chance only)",
        f"Linien: 95-%-Intervall des Mittels von {pairs} Paaren mit gleichen Startzahlen (nur Zufall)",
    )
    few = say(f"{pairs} pairs are too few for an interval", f"{pairs} Paare sind zu wenige für ein Intervall")
    return say(
        f"Each scenario's difference to {base} (the cross at zero) in {say.dates(span)} {setting.where}. Filled "
        "diamonds: no other scenario is better on both goals; open circles: another one is. "
        f"{interval if pairs >= FEWEST_PAIRS else few}; where they overlap, chance could change the order. Who pays is "
        "not seen here, only the sum.",
        f"Differenz jedes Szenarios zu {base} (Kreuz bei null) in {say.dates(span)} {setting.where}. Gefüllte Rauten: "
        "Kein anderes Szenario ist bei beiden Zielen besser; offene Kreise: Ein anderes ist es. "
        f"{interval if pairs >= FEWEST_PAIRS else few}; wo sie sich überschneiden, könnte der Zufall die Reihenfolge "
        "ändern. Wer zahlt, ist hier nicht zu sehen, nur die Summe.",
    )


def numbers(
    indicators: pd.DataFrame, setting: Setting, span: Phase, goals: tuple[Goal, Goal] = COST_AND_WORK
) -> pd.DataFrame:
    """Return the differences with 95 % intervals as text, a row per scenario."""
    say, table = setting.say, _table(indicators, setting, span, goals)
    known = {style.name: style for style in setting.styles}
    rows = []
    for row in table.to_dict("records"):
        line = {say("Scenario", "Szenario"): known[str(row["scenario"])].title}
        for axis, goal in zip("xy", goals, strict=True):
            heading = f"{goal.label(setting)} ({goal.unit(setting)})"
            line[heading] = say.signed_interval(
                row[axis], row[f"{axis}_low"], row[f"{axis}_high"], goal.digits(setting)
            )
        better = say("no", "nein") if row["front"] else say("yes", "ja")
        rows.append(line | {say("Another is better on both", "Ein anderes ist bei beiden besser"): better})
    return pd.DataFrame(rows)


def _table(indicators: pd.DataFrame, setting: Setting, span: Phase, goals: tuple[Goal, Goal]) -> pd.DataFrame:
    """Return x, y and their intervals by scenario, baseline at zero, and whether it stands on the front."""
    if not setting.others:
        raise TableError("goals are weighed between scenarios; there is only one")
    found: dict[str, dict[str, float]] = {style.name: {"pairs": math.inf} for style in setting.others}
    for axis, goal in zip("xy", goals, strict=True):
        if not has(indicators, goal.indicator, setting.municipality):
            raise TableError(f"no values of {goal.indicator} in {setting.municipality}")
        rows = pick(indicators, goal.indicator, setting.municipality)
        means = phase_means(rows[rows["scenario"].isin([*found, setting.baseline.name])], (span,))
        if means.empty:
            raise TableError(f"no values of {goal.indicator} in {span.dates}")
        table = paired_differences(means, setting.baseline.name, "phase").set_index("scenario")
        for name, row in found.items():
            mean, low, high, pairs = (
                float(table[column][name]) for column in ("mean", "low", "high", "pairs")
            )
            row.update({axis: mean, f"{axis}_low": low, f"{axis}_high": high})
            row["pairs"] = min(row["pairs"], pairs)
    zero = dict.fromkeys(("x", "y", "x_low", "x_high", "y_low", "y_high"), 0.0)
    rows_of = [{"scenario": setting.baseline.name, "pairs": math.nan, **zero}]
    rows_of += [{"scenario": name, **row} for name, row in found.items()]
    table = pd.DataFrame(rows_of)
    wanted = table[["x", "y"]].to_numpy() * [goals[0].sign, goals[1].sign]
    table["front"] = [
        not any((other >= own).all() and (other > own).any() for other in wanted) for own in wanted
    ]
    return table


def _range(table: pd.DataFrame, axis: str) -> list[float]:
    """Return the range of an axis around all points and intervals, with room for names."""
    carried = table["pairs"].min() >= FEWEST_PAIRS
    values = table[[axis, f"{axis}_low", f"{axis}_high"] if carried else [axis]].to_numpy()
    values = values[~pd.isna(values)]
    low, high = float(values.min()), float(values.max())
    span = (high - low) or 1.0
    return [low - 0.12 * span, high + 0.12 * span]


def _point(
    figure: go.Figure, row: Mapping[Any, Any], style: Style, setting: Setting, goals: tuple[Goal, Goal]
) -> None:
    """Draw a scenario's point with its intervals; the baseline is a cross."""
    is_baseline = style is setting.baseline
    error = {} if is_baseline else {
        f"error_{axis}": {
            "type": "data", "symmetric": False, "array": [row[f"{axis}_high"] - row[axis]],
            "arrayminus": [row[axis] - row[f"{axis}_low"]], "color": style.colour, "thickness": 1.6, "width": 0,
            "visible": bool(row["pairs"] >= FEWEST_PAIRS),
        }
        for axis in "xy"
    }  # fmt: skip
    texts = [
        f"{goal.label(setting)}: "
        + setting.say.signed_interval(
            row[axis], row[f"{axis}_low"], row[f"{axis}_high"], goal.digits(setting)
        )
        for axis, goal in zip("xy", goals, strict=True)
    ]
    symbol = "cross" if is_baseline else ("diamond" if row["front"] else "circle")
    figure.add_scatter(
        x=[row["x"]], y=[row["y"]], mode="markers", name=style.title, showlegend=False, row=1, col=1,
        marker={"symbol": symbol, "size": 13, "color": style.colour if row["front"] else "white",
                "line": {"color": style.colour, "width": 2}},
        hovertemplate=f"<b>{style.title}</b><br>{'<br>'.join(texts)}<extra></extra>", **error,
    )  # fmt: skip


def _names(
    figure: go.Figure, table: pd.DataFrame, known: dict[str, Style], ranges: list[list[float]]
) -> set[str]:
    """Write names beside the points, apart from each other; where there is no room the letter alone.

    Returns the names for which there was none.
    """
    unnamed = set()
    points = [
        tuple(
            (row[axis] - low) / (high - low) * size
            for axis, (low, high), size in zip("xy", ranges, (WIDTH, HEIGHT), strict=True)
        )
        for row in table.to_dict("records")
    ]
    places = [(float(x), float(y)) for x, y in points]
    styles = [known[str(name)] for name in table["scenario"]]
    lines = [
        (x + right, y + up)
        for x, y in places
        for far in range(-120, 121, 6)
        for right, up in ((far, 0), (0, far))
    ]
    shifts = labels.around_points(places, [style.title for style in styles], places, lines)
    short = labels.around_points(places, [style.letter for style in styles], places, lines)
    for row, style, (x, _), long, letter in zip(
        table.to_dict("records"), styles, places, shifts, short, strict=True
    ):
        half = labels.CHARACTER * len(style.title) / 2
        shift, text = letter or (0.0, 16.0), style.letter
        if long is not None and half < x + long[0] < WIDTH - half:
            shift, text = long, style.title
        else:
            unnamed.add(style.title)
        figure.add_annotation(
            x=row["x"], y=row["y"], text=f"<b>{text}</b>", row=1, col=1,
            xshift=shift[0], yshift=shift[1], showarrow=False, font={"size": 12, "color": style.ink},
        )  # fmt: skip
    return unnamed
