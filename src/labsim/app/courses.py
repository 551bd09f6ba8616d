"""The picture of the comparison page: the fan of A, B and perhaps C, and under it the paired difference to A.

It is drawn as `labsim.figures.trajectory` is, into ranges that stay when a lever moves, with the previous result in
light grey, and an approximation dashed where the simulation has not come yet.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from labsim.analysis.tables import WHOLE, annual_means, pick
from labsim.app import pictures
from labsim.app.simulating import SHOWN
from labsim.app.words import word
from labsim.figures import differences, levels
from labsim.figures.canvas import go, panel_title, panels, shade_transition
from labsim.figures.theme import Setting
from labsim.indicators.registry import metadata
from labsim.scenario import Scenario
from labsim.units import month_starts

GHOST = "#B4B4B4"
FEW = 10
"""Pairs from which the range of an axis is settled: below, single runs reach further than any band."""

Limits = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One value a month, from the first recorded month on: a course, and its difference to A."""

    level: np.ndarray
    difference: np.ndarray


@dataclass(frozen=True)
class Look:
    """How the picture is asked for: narrow (a telephone), big (presenter mode), fitted to the data alone."""

    narrow: bool = False
    big: bool = False
    fitted: bool = False


@dataclass
class Ranges:
    """The ranges of the axes, by indicator: all browsers see the same, and a lever's step does not change them.

    They are settled by the first comparison that has ten pairs, and widen if something leaves them.
    """

    levels: dict[str, Limits] = field(default_factory=dict)
    differences: dict[str, Limits] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def settle(self, name: str, level: Limits, difference: Limits, *, sure: bool) -> tuple[Limits, Limits]:
        """Return the two ranges of an indicator, wide enough for these values; keep them if the values are sure."""
        with self.lock:
            wide = _widened(self.levels.get(name), level), _widened(self.differences.get(name), difference)
            if sure:
                self.levels[name], self.differences[name] = wide
            return wide


def _widened(known: Limits | None, needed: Limits) -> Limits:
    """Return a range that holds what is needed: the known one if it does, else with some room beyond."""
    if known is not None and known[0] <= needed[0] and needed[1] <= known[1]:
        return known
    low, high = needed if known is None else (min(known[0], needed[0]), max(known[1], needed[1]))
    span = (high - low) or abs(high) or 1.0
    step = 10.0 ** math.floor(math.log10(span)) / 4
    room = 0.12 * span
    lowest = 0.0 if low >= 0.0 else low - room
    return math.floor(max(lowest, low - room) / step) * step, math.ceil((high + room) / step) * step


def setting(scenarios: Sequence[Scenario], labels: Sequence[str], language: str) -> Setting:
    """Return what the parts of the picture share, for the whole place; measures are called as the room calls them."""
    known = metadata()
    for name in SHOWN:
        known[name] |= {"label": word(f"kpi_{name}", "en"), "label_de": word(f"kpi_{name}", "de")}
    return pictures.setting(scenarios, labels, language, known=known)


def line(table: pd.DataFrame) -> Line:
    """Return the median course of B and its mean paired difference to A, from a tidy table of one indicator."""
    wide = table.pivot(index="seed", columns=["scenario", "month"], values="value")
    b, a = wide["b"].to_numpy(), wide["a"].to_numpy()
    return Line(np.nanmedian(b, axis=0), np.nanmean(b - a, axis=0))


class Compared(NamedTuple):
    """What the picture of finished pairs shows of one indicator: the scenarios, and how far they are apart."""

    name: str
    levels: levels.Levels
    differences: differences.Differences


def compared(table: pd.DataFrame, shared: Setting, name: str) -> Compared:
    """Return what the picture shows, `table` being the finished pairs' values of one indicator."""
    picked = pick(table, name, WHOLE, WHOLE)
    return Compared(name, levels.levels(picked, shared), differences.differences(picked, shared))


def comparison(
    of: Compared,
    shared: Setting,
    ranges: Ranges,
    look: Look,
    *,
    ghost: Line | None = None,
    preview: Line | None = None,
) -> go.Figure:
    """Return the picture of finished pairs."""
    name, data, apart = of
    figure = _frame(shared, name, look)
    level, difference = _needed(data, apart)
    sure = data.replicates >= FEW
    free = look.fitted or not (sure or name in ranges.levels)
    fixed = None if free else ranges.settle(name, level, difference, sure=sure)
    shade_transition(figure, shared, 1, 1, named=True)
    shade_transition(figure, shared, 2, 1)
    levels.draw_levels(figure, data, shared, 1, 1, legend=False, include=() if fixed is None else fixed[0])
    if fixed is None:
        differences.draw_differences(figure, apart, shared, 2, 1)
    else:
        figure.update_yaxes(range=list(fixed[0]), row=1, col=1)
        differences.draw_differences(figure, apart, shared, 2, 1, limits=fixed[1])
    months = np.sort(data.summary["month"].unique())
    if ghost is not None:
        _beside(figure, months, ghost, word("ghost", shared.language), {"color": GHOST, "width": 2})
    if preview is not None:
        dashed = {"color": shared.styles[1].colour, "width": 2, "dash": "2px 6px"}
        _beside(figure, months, preview, word("preview_name", shared.language), dashed)
    figure.update_layout(meta={"n": int(data.replicates)})
    figure.update_annotations(font_size=figure.layout.font.size)
    return figure


def approximation(
    shared: Setting, name: str, ranges: Ranges, look: Look, start: str, a: np.ndarray, preview: Line
) -> go.Figure:
    """Return the picture before the first pair: A and B as approximated, dashed, without any band."""
    months = month_starts(start, len(a))
    figure = _frame(shared, name, look)
    both = np.concatenate([a, preview.level])
    spread = preview.difference
    needed = (float(np.nanmin(both)), float(np.nanmax(both)))
    fixed = ranges.settle(name, needed, (min(0.0, float(np.nanmin(spread))), max(0.0, float(np.nanmax(spread)))),
                          sure=False)  # fmt: skip
    shade_transition(figure, shared, 1, 1, named=True)
    shade_transition(figure, shared, 2, 1)
    for style, values in zip(shared.styles, (a, preview.level), strict=False):
        figure.add_scatter(
            x=months, y=values, mode="lines", name=f"{style.letter} ({word('preview_name', shared.language)})",
            line={"color": style.colour, "width": 2, "dash": "2px 6px"}, hovertemplate="%{y:.1f}", row=1, col=1,
        )  # fmt: skip
    figure.add_scatter(
        x=months, y=spread, mode="lines", name=f"B − A ({word('preview_name', shared.language)})",
        line={"color": shared.styles[1].colour, "width": 2, "dash": "2px 6px"}, hovertemplate="%{y:+.2f}",
        row=2, col=1,
    )  # fmt: skip
    figure.add_hline(y=0, row=2, col=1, line={"color": "#222222", "width": 1})
    for row, limits in enumerate(fixed, start=1):
        figure.update_yaxes(range=list(limits), row=row, col=1)
        figure.update_xaxes(range=[months.min(), months.max()], row=row, col=1)
    ends = [
        (style, float(values[-1])) for style, values in zip(shared.styles, (a, preview.level), strict=False)
    ]
    levels.end_letters(figure, months.max(), ends, 1, 1)
    figure.update_layout(meta={"n": 0})
    figure.update_annotations(font_size=figure.layout.font.size)
    return figure


def _frame(shared: Setting, name: str, look: Look) -> go.Figure:
    """Return two empty panels on one time axis with their titles, fitted to the page."""
    upper, lower, gap = (178, 88, 68 if look.narrow else 50) if not look.big else (170, 84, 64)
    figure = panels("", [upper, lower], gap=gap, right=26, shared_xaxes=True, legend=False, say=shared.say)
    size = 20 if look.big else 14
    unit, apart = shared.unit_label(name), shared.difference_label(name)
    if look.narrow:
        unit, apart = f"<br>{unit}", f"<br>{apart}"
    panel_title(figure, 1, 1, f"<b>{shared.label(name)}</b>  {unit}")
    panel_title(figure, 2, 1, f"<b>{differences.title(shared)}</b>  {apart}")
    top = (30 if look.big else 24) + (18 if look.narrow else 0)
    figure.update_layout(
        title=None, height=upper + lower + gap + top + 30, autosize=True, dragmode=False, uirevision="same",
        margin={"l": 58 if look.big else 48, "r": 26, "t": top, "b": 30}, font_size=size,
        hoverlabel_font_size=size,
    )  # fmt: skip
    figure.update_xaxes(hoverformat="%b %Y", showticklabels=True, nticks=4 if look.narrow else 8)
    figure.update_yaxes(nticks=5, row=1, col=1)
    figure.update_yaxes(nticks=4, row=2, col=1)
    return figure


def _beside(figure: go.Figure, months: np.ndarray, drawn: Line, name: str, style: dict[str, Any]) -> None:
    """Draw a course and its difference beside the fans, under everything else that is drawn."""
    for row, values in enumerate((drawn.level, drawn.difference), start=1):
        figure.add_scatter(
            x=months, y=values[: len(months)], mode="lines", name=name, line=style, showlegend=False,
            hovertemplate=f"%{{y:{'+.2f' if row == 2 else '.1f'}}}", row=row, col=1,
        )  # fmt: skip


def _needed(data: levels.Levels, apart: differences.Differences) -> tuple[Limits, Limits]:
    """Return what the axes must hold: nine runs in ten, or with few runs the means, and the intervals."""
    if data.replicates >= FEW:
        grouped = data.rows.groupby(["scenario", "month"], observed=True)["value"]
        low, high = float(grouped.quantile(0.05).min()), float(grouped.quantile(0.95).max())
        return (low, high), apart.limits
    means = data.summary["mean"]
    zero = apart.table["mean"]
    return (float(means.min()), float(means.max())), (
        min(0.0, float(zero.min())),
        max(0.0, float(zero.max())),
    )


def numbers(table: pd.DataFrame, shared: Setting, name: str) -> pd.DataFrame:
    """Return the numbers that the picture draws, one row per month: middle and bands of each scenario, differences.

    Columns: month, then for each letter ``A``, ``A low_50`` ..., ``A high_90`` as far as the runs carry them, and for
    each but A ``B−A``, ``B−A low``, ``B−A high``; in the indicator's unit.
    """
    picked = pick(table, name, WHOLE, WHOLE)
    data, apart = levels.levels(picked, shared), differences.differences(picked, shared)
    months = np.sort(data.summary["month"].unique())
    found = pd.DataFrame({"month": months})
    for style in shared.styles:
        part = data.summary[data.summary["scenario"] == style.name].set_index("month").reindex(months)
        found[style.letter] = part[data.centre].to_numpy()
        for share in data.shown:
            for edge in ("low", "high"):
                column = f"{edge}_{round(100 * share)}"
                found[f"{style.letter} {column}"] = part[column].to_numpy()
    for style in shared.others:
        part = apart.table[apart.table["scenario"] == style.name].set_index("month").reindex(months)
        found[f"{style.letter}−A"] = part["mean"].to_numpy()
        if apart.pairs >= differences.FEWEST_PAIRS:
            found[f"{style.letter}−A low"], found[f"{style.letter}−A high"] = (
                part["low"].array,
                part["high"].array,
            )
    return found


def in_words(found: pd.DataFrame, shared: Setting, name: str) -> dict[str, list[Any]]:
    """Return the numbers of the picture as a table of text: names of the columns, and rows."""
    say, language = shared.say, shared.language
    digits = 1 if shared.unit(name) != "EUR" else 0
    columns, cells = [word("month", language)], [[say.month(pd.Timestamp(each)) for each in found["month"]]]

    def ranges(low: str, high: str, show: Any) -> list[str]:
        return [word("range", language, low=show(a), high=show(b))
                for a, b in zip(found[low], found[high], strict=True)]  # fmt: skip

    for style in shared.styles:
        letter = style.letter
        carried = [share for share in (50, 90) if f"{letter} low_{share}" in found]
        columns.append(word("middle" if carried else "mean_of", language, letter=letter))
        cells.append([say.number(each, digits) for each in found[letter]])
        for share in carried:
            columns.append(word("band_of", language, letter=letter, share=share))
            cells.append(ranges(f"{letter} low_{share}", f"{letter} high_{share}",
                                lambda each: say.number(each, digits)))  # fmt: skip
    for style in shared.others:
        letter = f"{style.letter}−A"
        columns.append(word("difference_of", language, letter=style.letter))
        cells.append([say.signed(each, digits + 1) for each in found[letter]])
        if f"{letter} low" in found:
            columns.append(word("interval_of", language, letter=style.letter))
            cells.append(ranges(f"{letter} low", f"{letter} high", lambda each: say.signed(each, digits + 1)))
    return {"columns": columns, "rows": [list(each) for each in zip(*cells, strict=True)]}


def by_year(table: pd.DataFrame, shared: Setting, name: str) -> dict[str, list[Any]]:
    """Return annual means and paired differences as a table of text."""
    made = differences.annual_numbers(annual_means(pick(table, name, WHOLE, WHOLE)), shared)
    return {"columns": list(map(str, made.columns)), "rows": made.astype(str).to_numpy().tolist()}
