"""A figure with what belongs to it: its reading aid and its numbers as a table."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from labsim.figures.canvas import go


@dataclass(frozen=True)
class Exhibit:
    """A figure with its sentence and its numbers; below `width` pixels it is scrolled, not squeezed."""

    figure: go.Figure
    aid: str
    numbers: pd.DataFrame
    width: int = 300

    @property
    def heading(self) -> str:
        """The figure's title."""
        return str(self.figure.layout.title.text)
