"""Colours, dashes and letters: how a scenario, a state or a phase looks in every figure.

The colours are told apart under the common forms of colour blindness (`tests/unit/test_figures_palette.py` reckons it).
Some of them are alike in grey print, so no line is told by its colour alone: each scenario also has a dash pattern and
a letter that stands at the end of its line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from labsim.analysis.tables import WHOLE
from labsim.analysis.windows import Phase, phases
from labsim.figures import words
from labsim.figures.speech import Language, Speech

PALETTE = ("#0072B2", "#D55E00", "#882200", "#2222AA", "#8888EE", "#664466")
"""Blue and vermilion (Okabe and Ito 2008), brown, navy, lavender, plum, in this order.

The last four were sought so that the closest pair of the six is as far apart as can be (12, in OKLab times 100) for
protan, deutan and tritan eyes, with a contrast to white of 3, enough for a line.
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
    "short": "#DDCC77",
    "long": "#CC6677",
    "inactive": "#AAAAAA",
    "unemployed": "#CC6677",
    "outside": "#D8D8D8",
}
"""One colour per state in every figure, best of four sets tried under simulated colour blindness; for areas, with an
outline and labels. "unemployed" stands where short and long are not told apart, and never beside them."""

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
    outcomes are compared (none: before, during and after the change). ``language`` is that of every text, "en"
    or "de".
    """

    styles: tuple[Style, ...]
    indicators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    municipality: str = WHOLE
    change: Phase | None = None
    windows: tuple[Phase, ...] = ()
    language: Language = "en"

    @property
    def say(self) -> Speech:
        """The language of every text: ``setting.say(english, german)``."""
        return Speech(self.language)

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
        whole = self.say("the whole place", "das ganze Gebiet")
        return whole if self.municipality == WHOLE else self.municipality

    @property
    def where(self) -> str:
        """The municipality in words, with its preposition: ``"in Dortmund"``."""
        return self.everywhere if self.municipality == WHOLE else f"in {self.municipality}"

    @property
    def everywhere(self) -> str:
        """The whole place in words, with its preposition, for tables that know no municipalities."""
        return self.say("in the whole place", "im ganzen Gebiet")

    def label(self, indicator: str) -> str:
        """Return the indicator's name in words."""
        known = self.indicators.get(indicator, {})
        return known.get(self.say("label", "label_de")) or known.get("label") or words.plain(indicator)

    def unit(self, indicator: str) -> str:
        """Return the indicator's unit as the tables have it (in English), empty if unknown; for reckoning."""
        return self.indicators.get(indicator, {}).get("unit", "")

    def unit_label(self, indicator: str) -> str:
        """Return the indicator's unit in words, in the language of the figure."""
        return self.say.unit(self.unit(indicator))

    def difference_label(self, indicator: str) -> str:
        """Return the unit of a difference of the indicator in words."""
        return self.say.unit_of_difference(self.unit(indicator))
