"""What a comparison comes to: the difference of B to A in the last year, and its course in short, as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from labsim.analysis.intervals import LEVEL, t_quantile
from labsim.app.simulating import SHOWN, Run
from labsim.app.words import word
from labsim.figures.speech import speech
from labsim.figures.words import digits_of_difference
from labsim.indicators.registry import metadata

Direction = Literal["up", "same", "down"]
DIRECTIONS: tuple[Direction, ...] = ("up", "same", "down")
EXPECTED = SHOWN[:5]
"""The measures whose direction the room guesses first."""

LAST = 12
"""Months of the last year."""


@dataclass(frozen=True)
class Outcome:
    """Mean of B − A over the last year within a seed, its 95 % interval, pairs above zero, pairs."""

    mean: float
    low: float
    high: float
    above: int
    pairs: int

    @property
    def direction(self) -> Direction | None:
        """Up, down, or the same (the interval contains zero); None as long as there is no interval."""
        if self.pairs < 2:
            return "same" if self.mean == 0.0 and self.pairs else None
        if self.low <= 0.0 <= self.high:
            return "same"
        return "up" if self.mean > 0.0 else "down"


def outcome(pairs: Sequence[tuple[Run, Run]], name: str) -> Outcome:
    """Return the outcome of one measure over finished pairs; needs at least one."""
    apart = np.array(
        [np.nanmean(b.series[name][-LAST:]) - np.nanmean(a.series[name][-LAST:]) for a, b in pairs]
    )
    count, mean = len(apart), float(apart.mean())
    half = 0.0
    if count > 1:
        half = t_quantile(LEVEL, count - 1) * float(apart.std(ddof=1)) / count**0.5
    return Outcome(mean, mean - half, mean + half, int((apart > 0).sum()), count)


def kept(pairs: Sequence[tuple[Run, Run]]) -> dict[str, Any]:
    """Return what a protocol keeps of a comparison: by measure its outcome, and the course of A and B month by month.

    Courses are medians and the middle half of the runs, rounded to what a picture shows.
    """
    found: dict[str, Any] = {}
    for name in SHOWN:
        a, b = (np.stack([run.series[name] for run in runs]) for runs in zip(*pairs, strict=True))
        found[name] = {
            "outcome": {key: _rounded(value) for key, value in asdict(outcome(pairs, name)).items()},
            "a": _short(np.nanmedian(a, axis=0)),
            "b": _short(np.nanmedian(b, axis=0)),
            "low": _short(np.nanquantile(b, 0.25, axis=0)) if len(pairs) >= 10 else [],
            "high": _short(np.nanquantile(b, 0.75, axis=0)) if len(pairs) >= 10 else [],
        }
    return found


def size_in_words(found: Outcome, name: str, language: str) -> str:
    """Return mean and interval with the unit of the measure."""
    say = speech(language)
    unit = metadata()[name]["unit"]
    digits = digits_of_difference(unit)
    if found.mean == found.low == found.high == 0.0:
        return f"0 {say.unit_of_difference(unit)}"
    if found.pairs < 2:
        return f"{say.signed(found.mean, digits)} {say.unit_of_difference(unit)}"
    text = say.signed_interval(found.mean, found.low, found.high, digits)
    return f"{text} {say.unit_of_difference(unit)}"


def alike(pairs: Sequence[tuple[Run, Run]], name: str) -> bool:
    """Return whether A and B are the same in every month of every pair."""
    return all(np.array_equal(a.series[name], b.series[name], equal_nan=True) for a, b in pairs)


def sentence(pairs: Sequence[tuple[Run, Run]], name: str, language: str) -> str:
    """Return in words how often and how far B differs from A in the last year."""
    if alike(pairs, name):
        return word("same", language)
    found = outcome(pairs, name)
    higher = found.mean >= 0.0
    share = found.above if higher else found.pairs - found.above
    say = speech(language)
    about = metadata()[name]
    digits = digits_of_difference(about["unit"])
    mean = f"{say.signed(found.mean, digits)} {say.unit_of_difference(about['unit'])}"
    if found.pairs > 1:
        low, high = say.signed(found.low, digits), say.signed(found.high, digits)
        mean += word("interval", language, low=low, high=high)
    what = word(f"is_{name}", language)
    direction = word("higher" if higher else "lower", language)
    return word(
        "sentence", language, share=share, pairs=found.pairs, what=what, direction=direction, mean=mean
    )


def approximately(mean: float, error: float, name: str, language: str) -> str:
    """Return in words what an approximation says of the last year, with its typical error."""
    say = speech(language)
    unit = metadata()[name]["unit"]
    digits = digits_of_difference(unit)
    told = f"{say.signed(mean, digits)} {say.unit_of_difference(unit)}"
    what = word(f"kpi_{name}", language)
    return word("preview_sentence", language, what=what, mean=told, error=say.number(error, digits))


def agreement(expected: str, found: Outcome | None, language: str) -> str:
    """Return a guess beside its result in words; the guess alone as long as there is no result."""
    if expected not in DIRECTIONS:
        return word("expected_nothing", language)
    guess = word(f"expect_{expected}", language)
    direction = found.direction if found is not None else None
    if direction is None:
        return word("expected_waits", language, expected=guess)
    text = word("expected", language, expected=guess, found=word(f"found_{direction}", language))
    return f"{text} {word('expected_hit' if direction == expected else 'expected_missed', language)}"


def _short(values: np.ndarray) -> list[float | None]:
    return [_rounded(float(each)) if np.isfinite(each) else None for each in values]


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.4g}")
