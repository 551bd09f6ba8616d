"""Colours, dashes and letters: how a scenario, a state or a phase looks in every figure.

The colours are those of Okabe and Ito, told apart under the common forms of colour blindness. Two of them
are alike in grey print, so no line is told by its colour alone: each scenario also has a dash pattern and a
letter that stands at the end of its line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from labsim.analysis.tables import WHOLE
from labsim.analysis.windows import Phase, phases
from labsim.figures import words

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#C48700", "#499DCB")
"""Blue, vermilion, bluish green, reddish purple, orange, sky blue (Okabe and Ito 2008), in this order.

The last two are darkened until their contrast with white is 3, enough for a line.
"""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Line patterns, in the order of the palette."""

INK = "#222222"
MUTED = "#5F5F5F"
GRID = "#E4E4E4"
PAST = "#6B6B6B"
"""Text, secondary text, grid lines, and the history that all scenarios share."""

SHADE = "#F3EDDC"
"""Ground of the transition; light enough to print under lines."""

STATE_COLOURS: Mapping[str, str] = {
    "employed": "#332288",
    "in_measure": "#117733",
    "unemployed": "#CC6677",
    "inactive": "#DDCC77",
    "outside": "#AAAAAA",
}
"""One colour per state, best of four sets tried under simulated colour blindness; for areas, with labels."""

FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"


def contrast(colour: str) -> float:
    """Return the contrast of a colour (``"#rrggbb"``) with white (WCAG 2), from 1 to 21.

    >>> contrast("#000000")
    21.0
    """
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)) + 0.05)


def darkened(colour: str, least: float = 4.5) -> str:
    """Return a colour darkened until its contrast with white is at `least` 4.5, enough for type."""
    while contrast(colour) < least:
        colour = "#" + "".join(f"{round(0.96 * int(colour[i : i + 2], 16)):02X}" for i in (1, 3, 5))
    return colour


@dataclass(frozen=True)
class Style:
    """How one scenario looks: letter (A is the baseline, none for a single scenario), label, colour, dash."""

    name: str
    letter: str
    label: str
    colour: str
    dash: str

    @property
    def title(self) -> str:
        """Letter and label, for example ``"B  Local activation"``."""
        return f"{self.letter}  {self.label}".strip()

    @property
    def ink(self) -> str:
        """The colour for type: dark enough to be read on white, and white on it."""
        return darkened(self.colour)

    @property
    def short(self) -> str:
        """The letter, or the label of a scenario that has none."""
        return self.letter or self.label


def styles(names: Sequence[str], labels: Mapping[str, str] | None = None) -> tuple[Style, ...]:
    """Return a style for each scenario in `names`; the first is the baseline, A. One alone has no letter.

    At most six scenarios, because more lines cannot be told apart.
    """
    if len(names) > len(PALETTE):
        raise ValueError(f"a figure shows at most {len(PALETTE)} scenarios, not {len(names)}")
    known = labels or {}
    letters = "ABCDEF" if len(names) > 1 else [""]
    return tuple(
        Style(name, letter, known.get(name, name), colour, dash)
        for name, letter, colour, dash in zip(names, letters, PALETTE, DASHES, strict=False)
    )


@dataclass(frozen=True)
class Setting:
    """What the figures of one comparison share.

    ``styles`` (baseline first), ``indicators`` (name to unit and label, as in ``run.json``), the
    ``municipality`` whose values are shown ("all" is the whole place), the ``change``: the stretch of months
    in which people move from one regime to another (None if nothing changes), and the ``windows`` over which
    outcomes are compared (none: before, during and after the change).
    """

    styles: tuple[Style, ...]
    indicators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    municipality: str = WHOLE
    change: Phase | None = None
    windows: tuple[Phase, ...] = ()

    def phases(self, months: pd.Series[pd.Timestamp]) -> tuple[Phase, ...]:
        """Return the windows that lie within the observed `months`, or the phases of the change."""
        end = months.max() + pd.DateOffset(months=1)
        inside = tuple(span for span in self.windows if months.min() <= span.start and span.end <= end)
        return inside or phases(self.change, months)

    def affected(self, months: pd.Series[pd.Timestamp]) -> tuple[Phase, ...]:
        """Return the phases in which scenarios can differ: all but those that end before the change."""
        spans = self.phases(months)
        if self.change is None:
            return spans
        return tuple(span for span in spans if span.end > self.change.start)

    @property
    def baseline(self) -> Style:
        """The scenario that the others are compared with."""
        return self.styles[0]

    @property
    def others(self) -> tuple[Style, ...]:
        """The scenarios that are compared with the baseline; empty for a single scenario."""
        return self.styles[1:]

    @property
    def place(self) -> str:
        """The municipality in words."""
        return "the whole place" if self.municipality == WHOLE else self.municipality

    def label(self, indicator: str) -> str:
        """Return the indicator's name in words."""
        return self.indicators.get(indicator, {}).get("label") or words.plain(indicator)

    def unit(self, indicator: str) -> str:
        """Return the indicator's unit, empty if unknown."""
        return self.indicators.get(indicator, {}).get("unit", "")
