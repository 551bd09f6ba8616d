"""`labsim explorer`: one HTML file with live levers over a stored design; no server, nothing loaded from outside."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from plotly.offline import get_plotlyjs

from labsim.figures import words
from labsim.figures.canvas import config
from labsim.figures.speech import LANGUAGES, Language, Speech
from labsim.figures.theme import FONT, PAST, Style, styles
from labsim.report import explorer_blocks as blocks
from labsim.report.aside import write_page
from labsim.report.explorer_blocks import Design, Runs
from labsim.report.explorer_names import CHOICES_DE, CHOICES_EN, UNITS_DE, WORDS
from labsim.report.explorer_page import page
from labsim.report.explorer_stored import (
    CHOICE,
    ExplorerError,
    Label,
    Lever,
    Outcome,
    Span,
    Stored,
    of_tables,
    read_stored,
)

__all__ = [
    "ExplorerError",
    "Lever",
    "Outcome",
    "Span",
    "Stored",
    "of_tables",
    "read_stored",
    "write_explorer",
]

SCRIPT = "explorer.js"
"""The JavaScript of the page, beside this file."""

MOST_BYTES = 8_000_000
"""The largest file."""

THINNED = (1, 2, 3, 6, 12)
"""Every how manieth month is kept, until the file is small enough."""

LAST_MONTHS = 12
"""Over these last months outcomes are averaged where the design names no span."""


def write_explorer(
    source: Path | Stored,
    out: Path,
    language: Language = "de",
    *,
    outcomes: Iterable[str] = (),
    names: Mapping[str, Label] | None = None,
    most_bytes: int = MOST_BYTES,
) -> Path:
    """Write the explorer of a stored design to `out`, all or nothing, and return its path.

    Parameters
    ----------
    source
        Folder of a sweep that is collected, or a design given as tables (`of_tables`).
    language
        The language in which the page opens; it can be switched there.
    outcomes
        Only these outcomes, by name; none: all.
    names
        Labels by language of indicators, by name, where the plan knows English only.
    most_bytes
        If the file would be larger, only every second, third, sixth or twelfth month is kept.

    Raises `ExplorerError` if the folder is no collected sweep, compares nothing or varies nothing.
    """
    stored = source if isinstance(source, Stored) else read_stored(source, names)
    if len(stored.names) < 2:
        raise ExplorerError("an explorer compares two or more scenarios, and here is one only")
    chosen = list(outcomes)
    known = [each.name for each in stored.outcomes]
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise ExplorerError(f"there is no outcome '{unknown[0]}'; there are {', '.join(known)}")
    if chosen:
        stored = replace(stored, outcomes=tuple(each for each in stored.outcomes if each.name in chosen))
    return write_page(out, render(stored, language, most_bytes))


def render(stored: Stored, language: Language = "de", most_bytes: int = MOST_BYTES) -> str:
    """Return the page as HTML."""
    design = blocks.design_of(stored)
    stored = replace(stored, spans=stored.spans or _last_months(stored))
    drawn = styles(stored.names, {name: label["en"] for name, label in stored.labels.items()})
    reckoned = list(blocks.every(stored, design))
    script = files("labsim.report").joinpath(SCRIPT).read_text(encoding="utf-8")
    plotly = get_plotlyjs()
    for step in THINNED:
        data = _shared(stored, design, reckoned[0][1], drawn, language, step)
        data["outcomes"] = [_outcome(stored, design, each, step) for each in reckoned]
        html = page(data, script, plotly)
        if len(html.encode("utf-8")) <= most_bytes:
            return html
    raise ExplorerError(
        f"{len(design.points)} points, {len(stored.names)} scenarios and {len(stored.outcomes)} outcomes do not fit "
        f"into {most_bytes / 1e6:.0f} MB; name fewer with --outcome"
    )


def _last_months(stored: Stored) -> tuple[Span, ...]:
    """Return the last year of the runs as a span."""
    months = stored.read(stored.names[0], stored.outcomes[0].name)[2]
    kept = months[-1:] if stored.yearly else months[-LAST_MONTHS:]
    return (Span({"en": "At the end", "de": "Am Ende"}, kept[0], kept[-1]),)


Reckoned = tuple[str, Runs, dict[str, np.ndarray], dict[str, np.ndarray]]


def _outcome(stored: Stored, design: Design, reckoned: Reckoned, step: int) -> dict[str, Any]:
    """Return what the page needs of one outcome, with every `step`-th month."""
    name, runs, above, below = reckoned
    about = next(each for each in stored.outcomes if each.name == name)
    kept = _columns(len(runs.months), len(stored.spans), step)
    statistics = blocks.level_statistics(len(runs.seeds), len(stored.names))
    of_pairs = blocks.difference_statistics(len(runs.seeds))
    levels = [
        blocks.pack(above[each][..., kept], design, statistics, around_zero=False) for each in stored.names
    ]
    pairs = [
        blocks.pack(below[each][..., kept], design, of_pairs, around_zero=True) for each in stored.names[1:]
    ]
    errors = [max((block.error for block in part), key=_finite_first) for part in (levels, pairs)]
    return {
        "name": name,
        "label": dict(about.label),
        "unit": {each: Speech(each).unit(about.unit) for each in LANGUAGES},
        "difference_unit": {each: Speech(each).unit_of_difference(about.unit) for each in LANGUAGES},
        "digits": words.digits_of_level(about.unit),
        "difference_digits": words.digits_of_difference(about.unit),
        "levels": [block.kept for block in levels],
        "differences": [block.kept for block in pairs],
        "range": _range([block.limits for block in levels], 0.1),
        "difference_range": _range([(0.0, 0.0), *(block.limits for block in pairs)], 0.08),
        "level_error": errors[0] if math.isfinite(errors[0]) else None,
        "difference_error": errors[1] if math.isfinite(errors[1]) else None,
    }


def _finite_first(value: float) -> float:
    return value if math.isfinite(value) else -1.0


def _columns(months: int, spans: int, step: int) -> list[int]:
    """Return the columns to keep: every `step`-th month, the last among them, and all spans."""
    return [*range((months - 1) % step, months, step), *range(months, months + spans)]


def _range(limits: Sequence[tuple[float, float]], above: float) -> list[float]:
    """Return the range of an axis on which nothing at any point is cut off."""
    low, high = min(each[0] for each in limits), max(each[1] for each in limits)
    span = (high - low) or max(abs(high), 1.0) * 0.1
    return [low - 0.06 * span, high + above * span]


def _shared(
    stored: Stored, design: Design, runs: Runs, drawn: Sequence[Style], language: Language, step: int
) -> dict[str, Any]:
    """Return what all outcomes share: levers, scenarios, months, texts."""
    months = [runs.months[i] for i in _columns(len(runs.months), 0, step)]
    return {
        "lang": language,
        "title": dict(stored.title),
        "question": stored.question,
        "words": {key: list(texts) for key, texts in WORDS.items()},
        "levers": [_lever(lever, values, design) for lever, values in zip(design.levers, design.values, strict=True)],
        "surface": None if design.surface is None else design.surface.as_json() | {"degree": design.surface.degree},
        "points": len(design.points),
        "seeds": len(runs.seeds),
        "months": [f"{month:%Y-%m-%d}" for month in months],
        "columns": len(months) + len(stored.spans),
        "yearly": stored.yearly,
        "spans": [_span(span, yearly=stored.yearly) for span in stored.spans],
        "styles": [
            {"letter": style.letter, "label": dict(stored.labels[style.name]), "title": style.title,
             "colour": style.colour, "ink": style.ink, "dash": style.dash}
            for style in drawn
        ],
        "past": PAST,
        "font": FONT,
        "config": {each: config(each if each != "en" else None) for each in LANGUAGES},
        "facts": _facts(stored, design, runs, drawn, step),
    }  # fmt: skip


def _lever(lever: Lever, values: np.ndarray, design: Design) -> dict[str, Any]:
    """Return what the page needs of one lever; it starts at the value in the middle of the simulated ones."""
    found = blocks.stops(lever, values, lattice=design.surface is None)
    kept = [float(value) for value in np.round(values, 10)]
    middle = kept[(len(kept) - 1) // 2] if design.surface is None else found[len(found) // 2]
    start = min(range(len(found)), key=lambda i: abs(found[i] - middle))
    choices = [{"en": CHOICES_EN.get(each, each), "de": CHOICES_DE.get(each, each)} for each in lever.choices]
    return {
        "name": lever.name, "label": dict(lever.label), "role": lever.role, "stops": found, "start": start,
        "unit": {"en": lever.unit, "de": UNITS_DE.get(lever.unit, Speech("de").unit(lever.unit))},
        "values": kept if design.surface is None else [],
        "choices": choices if lever.kind == CHOICE else [],
        "digits": _digits(found),
    }  # fmt: skip


def _digits(values: Sequence[float]) -> int:
    """Return how many decimals tell the stops of a lever apart.

    >>> _digits([0.0, 1.0, 2.0]), _digits([0.9, 0.925, 0.95])
    (0, 3)
    """
    for digits in range(5):
        if all(abs(value - round(value, digits)) < 1e-9 for value in values):
            return digits
    nearest = min(b - a for a, b in pairwise(values))
    return max(0, min(4, 1 - math.floor(math.log10(nearest))))


def _span(span: Span, *, yearly: bool) -> dict[str, Any]:
    said = {each: f"{span.first:%Y-%m} {Speech(each)('to', 'bis')} {span.last:%Y-%m}" for each in LANGUAGES}
    if yearly or (span.first.month == 1 and span.last.month == 12):
        years = "–".join(str(year) for year in dict.fromkeys((span.first.year, span.last.year)))
        said = dict.fromkeys(LANGUAGES, years)
    return {"label": {each: words.plain(text) for each, text in span.label.items()}, "dates": said}


def _facts(
    stored: Stored, design: Design, runs: Runs, drawn: Sequence[Style], step: int
) -> list[tuple[str, dict[str, str]]]:
    """Return where the numbers come from, as rows (key of a word, text by language)."""

    def both(text: str) -> dict[str, str]:
        return dict.fromkeys(LANGUAGES, text)

    def scenario(style: Style) -> dict[str, str]:
        ends = {
            each: f" ({WORDS['baseline'][each == 'de']})" if style is drawn[0] else "" for each in LANGUAGES
        }
        return {each: f"{style.letter}: {stored.labels[style.name][each]}{ends[each]}" for each in LANGUAGES}

    rows = [("scenario", scenario(style)) for style in drawn]
    if stored.design in WORDS:
        kinds = WORDS[stored.design]
        rows.append(("design", {each: f"{kinds[each == 'de']}, {len(design.points)} {Speech(each)('points', 'Punkte')}"
                                for each in LANGUAGES}))  # fmt: skip
    rows.append(("seeds", both(f"{runs.seeds.min()}–{runs.seeds.max()} ({len(runs.seeds)})")))
    for lever, value in design.fixed:
        text = lever.choices[int(value)] if lever.choices else f"{value:g} {lever.unit}".strip()
        rows.append(("fixed", {each: f"{lever.label[each]}: {text}" for each in LANGUAGES}))
    if step > 1:
        rows.append(
            ("every", {each: WORDS["every_month"][each == "de"].format(step=step) for each in LANGUAGES})
        )
    return rows + [(key, both(text)) for key, text in stored.facts]
