"""A timeline as text: one lane per regime, as dense as the share of people under it."""

from __future__ import annotations

from labsim.policy.transition import Timeline
from labsim.units import MONTHS_PER_YEAR, format_month, parse_month

SHADES, PLAIN_SHADES = " ░▒▓█", " .-=#"
WIDTH = 60


def lanes(timeline: Timeline, start: str, end: str, *, width: int = WIDTH, plain: bool = False) -> list[str]:
    """Return the lines of the picture: the years, a lane per regime, a sentence per transition.

    Parameters
    ----------
    start, end
        First and last month, "YYYY-MM".
    width
        Length of a lane, in characters.
    plain
        Whether to use ASCII signs only.
    """
    first, last = parse_month(start), parse_month(end)
    months = [first + column * (last - first) // max(width - 1, 1) for column in range(width)]
    names = list(dict.fromkeys(timeline.regimes))
    margin = max(len(name) for name in names)
    shades = PLAIN_SHADES if plain else SHADES
    lines = [f"{'':{margin}}  {_years(months)}".rstrip()]
    for name in names:
        lane = "".join(_shade(shares(timeline, month)[name], shades) for month in months)
        lines.append(f"{name:{margin}}  {lane}".rstrip())
    return [*lines, *sentences(timeline, start, plain=plain)]


def shares(timeline: Timeline, month: int) -> dict[str, float]:
    """Return the share of people under each regime at the end of a month, by name; they add up to 1."""
    held = dict.fromkeys(timeline.regimes, 0.0)
    held[timeline.initial] = 1.0
    for transition in timeline.transitions:
        moved = held[transition.before] * transition.share(month)
        held[transition.before] -= moved
        held[transition.after] += moved
    return held


def sentences(timeline: Timeline, start: str, *, plain: bool = False) -> list[str]:
    """Return one sentence for the first regime and one for each transition."""
    arrow = "->" if plain else "→"
    said = [f"{start}: {timeline.initial} in force"]
    for it in timeline.transitions:
        text = f"{it.start}: {it.before} {arrow} {it.after}, "
        text += "at once" if it.months == 1 else f"{it.shape} until {format_month(it.last_month)}"
        text += f", by {it.unit.replace('_', ' ')}"
        if it.first:
            text += f", first {', '.join(it.first)}"
        said.append(text)
    return said


def _years(months: list[int]) -> str:
    """Return the scale: a year where it begins, as far as there is room."""
    line = [" "] * len(months)
    free = 0
    for column, month in enumerate(months):
        begins = column == 0 or month // MONTHS_PER_YEAR != months[column - 1] // MONTHS_PER_YEAR
        if begins and column >= free and column + 4 <= len(months):
            line[column : column + 4] = f"{month // MONTHS_PER_YEAR:04d}"
            free = column + 6
    return "".join(line)


def _shade(share: float, shades: str) -> str:
    if share <= 0.0:
        return shades[0]
    return shades[min(len(shades) - 1, 1 + int(share * (len(shades) - 1)))] if share < 1.0 else shades[-1]
