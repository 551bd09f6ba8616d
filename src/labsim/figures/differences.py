"""The lower panel: how much each scenario differs from the baseline, pair by pair.

Not a figure by itself; `trajectory` and `headline` draw with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from labsim.analysis.paired import paired_differences
from labsim.figures import words
from labsim.figures.canvas import go
from labsim.figures.levels import band, end_letters
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import INK, Setting

FEWEST_PAIRS = 3
"""Below this an interval (t with one degree of freedom: 12.7 standard errors) is too wide to draw."""


def covers(pairs: int, say: Speech = ENGLISH) -> str:
    """Return what the shaded area of a panel of differences stands for, in words."""
    if pairs < FEWEST_PAIRS:
        return say(
            f"Too few pairs ({pairs}) to draw an interval",
            f"Zu wenige Paare ({pairs}) für ein Intervall",
        )
    return say(
        f"Shaded: 95 % interval of the mean difference of {pairs} pairs with the same seeds (chance only)",
        f"Fläche: 95-%-Intervall der mittleren Differenz von {pairs} Paaren mit gleichen Startzahlen (nur Zufall)",
    )


@dataclass(frozen=True)
class Differences:
    """Monthly paired differences of one indicator, ready to draw; `digits` are the decimals shown."""

    table: pd.DataFrame
    digits: int

    @property
    def pairs(self) -> int:
        """The smallest number of pairs behind any month."""
        return int(self.table["pairs"].min())

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest value drawn; zero is always among them."""
        columns = ["mean", "low", "high"] if self.pairs >= FEWEST_PAIRS else ["mean"]
        values = self.table[columns].to_numpy()
        return min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))


def at_the_end(data: Differences, setting: Setting) -> str:
    """Return in how many pairs each scenario lies above the baseline in the last month, as a sentence."""
    last = data.table[data.table["month"] == data.table["month"].max()].set_index("scenario")
    base, parts = setting.baseline.letter, []
    for style in setting.others:
        if style.name in last.index:
            pairs = int(last["pairs"][style.name])
            above = round(float(last["share_positive"][style.name]) * pairs)
            parts.append(setting.say(
                f"{style.letter} is above {base} in {above} of {pairs} pairs",
                f"{style.letter} liegt in {above} von {pairs} Paaren über {base}",
            ))  # fmt: skip
    when = setting.say.month(pd.Timestamp(data.table["month"].max()))
    return setting.say(f"In {when} ", f"Im {when}: ") + "; ".join(parts) + "."


def differences(rows: pd.DataFrame, setting: Setting) -> Differences:
    """Return paired differences to the baseline; `rows` are one indicator, by scenario, seed and month."""
    table = paired_differences(rows, setting.baseline.name).sort_values("month")
    digits = words.digits_of_difference(setting.unit(str(rows["indicator"].iloc[0])))
    return Differences(table, digits)


def draw_differences(
    figure: go.Figure,
    data: Differences,
    setting: Setting,
    row: int,
    column: int,
    limits: tuple[float, float] | None = None,
) -> None:
    """Draw the mean paired difference of every scenario to the baseline, month by month, in one panel.

    `limits` fix the vertical range where several panels share a scale.
    """
    low, high = limits or data.limits
    span = (high - low) or 1.0
    figure.update_yaxes(range=[low - 0.08 * span, high + 0.08 * span], row=row, col=column)
    months = data.table["month"]
    figure.update_xaxes(range=[months.min(), months.max()], row=row, col=column)
    ends = []
    for style in setting.others:
        part = data.table[data.table["scenario"] == style.name]
        place = {"legendgroup": style.title, "row": row, "col": column}
        if data.pairs >= FEWEST_PAIRS:
            band(figure, part["month"], part["low"], part["high"], style.colour, 0.2, **place)
        figure.add_scatter(
            x=part["month"], y=part["mean"], mode="lines", showlegend=False,
            name=f"{style.letter} − {setting.baseline.letter}",
            line={"color": style.colour, "width": 2, "dash": style.dash},
            hovertemplate=f"%{{y:+.{data.digits}f}}", **place,
        )  # fmt: skip
        ends.append((style, float(part["mean"].iloc[-1])))
    figure.add_hline(y=0, row=row, col=column, line={"color": INK, "width": 1})
    end_letters(figure, months.max(), ends, row, column)


def annual_numbers(rows: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return annual means of each scenario, and their paired differences with 95 % intervals, as text.

    `rows` are the annual values of one indicator, by scenario, seed and year. One row per year.
    """
    say, unit = setting.say, setting.unit(str(rows["indicator"].iloc[0]))
    means = rows.groupby(["year", "scenario"], observed=True)["value"].mean().unstack("scenario")
    result = pd.DataFrame({say("Year", "Jahr"): means.index.astype(str)})
    for style in setting.styles:
        digits = words.digits_of_level(unit)
        result[style.short] = [say.number(value, digits) for value in means[style.name]]
    if not setting.others:
        return result.rename(columns={setting.baseline.short: f"{mean_title(say)} ({say.unit(unit)})"})
    table = paired_differences(rows, setting.baseline.name, "year").set_index(["scenario", "year"])
    for style in setting.others:
        part = table.loc[style.name].reindex(means.index)
        result[f"{style.letter} − {setting.baseline.letter} ({say('95 % interval', '95-%-Intervall')})"] = [
            say.signed_interval(mean, low, high, words.digits_of_difference(unit))
            for mean, low, high in zip(part["mean"], part["low"], part["high"], strict=True)
        ]
    return result


def mean_title(say: Speech) -> str:
    """Return the heading of a column of means."""
    return say("Mean", "Mittel")


def title(setting: Setting) -> str:
    """Return the heading of a panel of differences to the baseline."""
    return setting.say(f"Difference to {setting.baseline.letter}", f"Differenz zu {setting.baseline.letter}")
