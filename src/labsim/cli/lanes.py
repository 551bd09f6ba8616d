"""A timeline as text: one lane per regime, as dense as the share of people under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from labsim.experiment.timeline import shares
from labsim.policy.transition import Timeline
from labsim.units import MONTHS_PER_YEAR, format_month, parse_month

SHADES, PLAIN_SHADES = " ░▒▓█", " .-=#"
WIDTH = 60


def lanes(
    timeline: Timeline,
    start: str,
    end: str,
    *,
    held: Callable[[int], Mapping[str, float]] | None = None,
    width: int = WIDTH,
    plain: bool = False,
) -> list[str]:
    """Return the lines of the picture: the years, a lane per regime, a sentence per transition.

    Parameters
    ----------
    start, end
        First and last month, "YYYY-MM".
    held
        What returns the share of people under each regime at the end of a month number; default: as if all
        municipalities began together.
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
    columns = [held(month) if held is not None else shares(timeline, month) for month in months]
    lines = [f"{'':{margin}}  {_years(months)}".rstrip()]
    for name in names:
        lane = "".join(_shade(each[name], shades) for each in columns)
        lines.append(f"{name:{margin}}  {lane}".rstrip())
    return [*lines, *sentences(timeline, start, plain=plain)]


def sentences(timeline: Timeline, start: str, *, plain: bool = False) -> list[str]:
    """Return one sentence for the first regime and one for each transition."""
    arrow = "->" if plain else "→"
    said = [f"{start}: {timeline.initial} in force"]
    for it in timeline.transitions:
        text = f"{it.start}: {it.before} {arrow} {it.after}, "
        text += "at once" if it.months == 1 else f"{it.shape} until {format_month(it.last_month)}"
        text += f", by {it.unit.replace('_', ' ')}"
        if it.only:
            text += f", only in {', '.join(it.only)}"
        if it.first:
            text += f", first {', '.join(it.first)}"
        if it.pilot_months:
            text += f", the others {it.pilot_months} months later"
        said.append(text)
    return said


def told(steps: Sequence[Mapping[str, Any]], *, plain: bool = False) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield a title and rows (group, what, when and how much) for each transition of a resolved timeline.

    ``steps`` are the entries of `labsim.experiment.resolved.steps`.
    """
    arrow = "->" if plain else "→"
    for number in dict.fromkeys(step["transition"] for step in steps):
        here = [step for step in steps if step["transition"] == number]
        title = f"transition {number}: {here[0]['from']} {arrow} {here[0]['to']}"
        yield title, [[step["group"], *row] for step in here for row in _facts(step)]


def _facts(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what happens to one group in one transition, in words."""
    if step["announced"] is not None:
        yield "announced", step["announced"]
    yield "begins", ", ".join(step["starts"]) + (" (the order is drawn by lot)" if step["by_lot"] else "")
    moved = ", ".join(f"{month} {_percent(share)}" for month, share in step["under_new_rules"].items())
    yield "under the new rules", moved + (" (as their spells end)" if step["unit"] == "new_spell" else "")
    yield "budgets", _budgets(step)
    if (bridging := step["bridging"]) is not None:
        yield "contracts", f"{_percent(bridging['share'])} go on until {bridging['until']} at the latest"
    if (busy := step["reorganisation"]) is not None:
        lost = f"{_percent(busy['capacity'])} of their capacity until {busy['until']}"
        yield "reorganisation", f"agencies lose {lost}, and {_percent(busy['ties'])} of their ties"
    yield "old rules", f"kept by {'; '.join(step['keeps_old_rules']) or 'nobody'}"


def _budgets(step: Mapping[str, Any]) -> str:
    """Return what happens to budgets, in words."""
    gap, overlap = step["gap"], step["overlap"]
    if gap is not None:
        return (
            f"old ones end at once, new ones begin {gap['months']} months later (none until {gap['until']})"
        )
    if overlap is not None:
        return f"old ones go on beside the new ones until {overlap['until']}"
    return "go with the people"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


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
