"""The page of a scorecard: what was published, what the model gives, what is missed and why, in one HTML file."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from labsim.analysis.scorecard import FIT, HOLD_OUT, INPUT, MEMORY, SIGN
from labsim.analysis.tables import TableError
from labsim.figures import district_paths, district_scatter, scorecard_bands, scorecard_shares, words
from labsim.figures.scorecard_bands import ROLE_NAMES
from labsim.report import page
from labsim.report.aside import write_page
from labsim.report.exhibits import Exhibit
from labsim.report.reading import ReportError

FILE, TABLE, PATHS, REPORT = "scorecard.json", "scorecard.parquet", "paths.parquet", "scorecard.html"

FRAME = (
    "Targets, bands and roles were written down before any fit was run. Intervals show chance only, not how uncertain "
    "the parameters are."
)

SURE = {
    "SEEN": "read in the source",
    "SEEN-2nd": "second hand",
    "DERIVED": "computed from figures read",
    SIGN: "only the sign was seen",
    MEMORY: "from memory, unverified; not counted",
    "fictional": "invented, as the place is",
}
"""How sure a published figure is, in words."""

SAMPLE = {FIT: "in", HOLD_OUT: "out", INPUT: "in (input)"}
"""Whether a target was in the sample that parameters were fitted to, or is where the model starts."""

SECTION = {FIT: "Calibrated targets", HOLD_OUT: "Held-out targets", INPUT: "Inputs and what includes them"}


def write_scorecard(folder: Path) -> Path:
    """Write ``scorecard.html`` from the tables in `folder` and return its path.

    The file needs nothing else: one copy of plotly.js is inside, and it loads nothing from outside. Equal results give
    equal bytes. Raises `ReportError` if the folder holds no complete scorecard.
    """
    try:
        about = json.loads((folder / FILE).read_text(encoding="utf-8"))
        table, paths = pd.read_parquet(folder / TABLE), pd.read_parquet(folder / PATHS)
    except (OSError, ValueError) as error:
        raise ReportError(f"{folder}: holds no complete scorecard ({error})") from error
    html = render(about, table, paths)
    target = folder / REPORT
    return write_page(target, html)


def render(about: Mapping[str, Any], table: pd.DataFrame, paths: pd.DataFrame) -> str:
    """Return the page as HTML."""
    numbers = count(1)
    figures = dict.fromkeys(("shares", *SECTION, "municipalities"), "")
    for name, make in _makers(table, paths):
        try:
            figures[name] += page.exhibit(make(), next(numbers))
        except TableError:
            continue
    sections = [("In short", _in_short(about, table) + figures["shares"])]
    for role, title in SECTION.items():
        part = table[table["role"] == role]
        if not part.empty:
            sections.append((title, figures[role] + _table(part, title)))
    if figures["municipalities"]:
        sections.append(("Municipalities", figures["municipalities"]))
    sections += [("What is missed", _missed(table)), ("Where it comes from", _provenance(about, table))]
    place = about["label"]["en"]
    head = page.paragraph(f"{about['scenario_label']['en']}, {about['start']} to {about['end']}.", "question")
    head += page.paragraph(FRAME, "frame")
    return page.page(f"Scorecard: {place}", head, sections, _foot(about))


def _makers(table: pd.DataFrame, paths: pd.DataFrame) -> Iterator[tuple[str, Any]]:
    """Yield in which section each figure stands and how it is made, in the order of the page."""
    yield "shares", partial(_exhibit, scorecard_shares.scorecard_shares, scorecard_shares, (table,), 420)
    for role in SECTION:
        if not scorecard_bands.drawable(table, role).empty:
            yield (
                role,
                partial(_exhibit, scorecard_bands.scorecard_bands, scorecard_bands, (table, role), 760),
            )
    yield (
        "municipalities",
        partial(_exhibit, district_scatter.district_scatter, district_scatter, (paths,), 820),
    )
    for series in district_paths.TITLES:
        yield (
            "municipalities",
            partial(_exhibit, district_paths.district_paths, district_paths, (paths, series), 820),
        )


def _exhibit(draw: Any, module: Any, arguments: tuple[Any, ...], width: int) -> Exhibit:
    return Exhibit(draw(*arguments), module.reading_aid(*arguments), module.numbers(*arguments), width=width)


def _in_short(about: Mapping[str, Any], table: pd.DataFrame) -> str:
    counted = about["counted"]
    lines = [
        f"{name}: {counted[role][0]} of {counted[role][1]} targets inside their bands{_percent(counted[role])}."
        for role, name in ((FIT, "Calibrated"), (HOLD_OUT, "Held out"))
        if counted[role][1]
    ]
    signs = table[(table["sure"] == SIGN) & table["counts"].astype(bool)]
    if len(signs):
        right = int((signs["inside"] == True).sum())  # noqa: E712 - None is neither
        lines.append(
            f"Of {len(signs)} targets only the sign was seen; the model has the right one in {right}."
        )
    memory = int((~table["counts"].astype(bool)).sum())
    if memory:
        lines.append(f"{memory} figures are from memory, unverified: they are shown and never counted.")
    if about["failures"]:
        names = words.listing([str(each["what"]) for each in about["failures"]])
        lines.append(f"Failed, so that targets may lack a value: {names}.")
    return page.bullets(lines, "summary") + page.paragraph(str(about["inside_means"]), "note")


def _percent(pair: list[int]) -> str:
    return f" ({100 * pair[0] / pair[1]:.0f} %)" if pair[1] else ""


def _table(part: pd.DataFrame, caption: str) -> str:
    rows = [
        {
            "Target": row["label"],
            "Unit": row["unit"],
            "Published": published(row),
            "Band": band(row).replace(" ", "\N{NO-BREAK SPACE}"),
            "Model (95 % interval)": _model(row),
            "Distance": words.signed(row["distance"], _digits(row)),
            "Inside? (interval overlaps?)": f"{verdict(row)} ({_yes(row['overlaps'])})",
            "Sample": SAMPLE[str(row["role"])],
            "How sure": SURE.get(str(row["sure"]), str(row["sure"])),
        }
        for row in part.to_dict("records")
    ]
    notes = [f"{row['label']}: {row['note']}" for row in part.to_dict("records") if row["note"]]
    sources = [f"{row['label']}: {row['source']}" for row in part.to_dict("records")]
    why = dict.fromkeys(f"{band(row)} {row['unit']}: {row['why']}" for row in part.to_dict("records"))
    html = page.table(pd.DataFrame(rows), caption)
    html += f"<details><summary>Where each figure was published</summary>{page.bullets(sources, 'note')}</details>"
    html += f"<details><summary>Why the bands are as wide as they are</summary>{page.bullets(why, 'note')}</details>"
    if notes:
        html += f"<details><summary>What to know about single targets</summary>{page.bullets(notes, 'note')}</details>"
    return html


def _missed(table: pd.DataFrame) -> str:
    """Return what lies outside its band or has no value, with the likely reason."""
    missed = table[(table["inside"] != True) & (table["role"] != INPUT)]  # noqa: E712 - None is neither
    if missed.empty:
        return page.paragraph("Nothing: every target is inside its band.")
    lines = []
    for row in missed.to_dict("records"):
        what = (
            "has no value"
            if row["inside"] is None
            else f"model {_value(row, 'model')}, band {band(row)} {row['unit']}"
        )
        reason = row["misses"] or "No reason has been found yet."
        counted = "" if row["counts"] else " Not counted (from memory)."
        lines.append(f"{row['label']} ({ROLE_NAMES[str(row['role'])]}): {what}. {reason}{counted}")
    return page.bullets(lines)


def _provenance(about: Mapping[str, Any], table: pd.DataFrame) -> str:
    studies = about["studies"]
    rows = [
        ("Place", f"{about['label']['en']}: {about['place_source']}"),
        ("Scenario", about["scenario"]),
        ("Seeds", ", ".join(map(str, about["seeds"]))),
        ("Scale (1 = one agent per person)", f"{about['scale']:g}"),
        (
            "Virtual studies",
            f"{studies['persons']:,} agents, up to {studies['seeds']} seeds" if studies else "none",
        ),
        ("labsim version", about["version"]),
        ("Commit", about["commit"] or "not recorded"),
        ("Platform", ", ".join(f"{key} {value}" for key, value in about["platform"].items())),
        ("Versions", ", ".join(f"{key} {value}" for key, value in about["versions"].items())),
    ]
    sources = table.groupby("source", sort=False)["label"].size()
    listed = pd.DataFrame({"Source": list(sources.index), "Targets": [str(each) for each in sources]})
    return page.table(pd.DataFrame(rows, columns=["Fact", "Value"]), "Runs") + page.table(
        listed, "Sources of what was published"
    )


def _foot(about: Mapping[str, Any]) -> str:
    return page.text(f"labsim {about['version']}. {about['summary']}.")


def published(row: Mapping[Any, Any]) -> str:
    """Return the published value in words: a number, a range, or a sign."""
    if math.isfinite(float(row["published"])):
        return words.number(row["published"], _digits(row))
    if row["sure"] == SIGN:
        return "above 0" if math.isfinite(float(row["low"])) else "below 0"
    return band(row)


def band(row: Mapping[Any, Any]) -> str:
    """Return the band in words.

    >>> band({"low": 1.0, "high": 2.0, "published": 1.5}), band({"low": 0.9, "high": float("inf"), "published": 1.0})
    ('1.00 to 2.00', 'at least 0.90')
    """
    low, high = float(row["low"]), float(row["high"])
    texts = [words.number(each, _digits(row)) for each in (low, high)]
    if math.isfinite(low) and math.isfinite(high):
        return f"{texts[0]} to {texts[1]}"
    return f"at least {texts[0]}" if math.isfinite(low) else f"at most {texts[1]}"


def verdict(row: Mapping[Any, Any]) -> str:
    """Return whether a target is met, or that it is not counted."""
    text = _yes(row["inside"])
    return text if row["counts"] else f"{text} (not counted)"


def _yes(value: Any) -> str:
    return words.MISSING if value is None or pd.isna(value) else "yes" if value else "no"


def _model(row: Mapping[Any, Any]) -> str:
    if not math.isfinite(float(row["model"])):
        return "no value"
    if row["seeds"] < 2:
        return f"{_value(row, 'model')} (one run)"
    return f"{_value(row, 'model')} ({_value(row, 'model_low')} to {_value(row, 'model_high')})"


def _value(row: Mapping[Any, Any], name: str) -> str:
    return words.number(float(row[name]), _digits(row))


def _digits(row: Mapping[Any, Any]) -> int:
    """Return how many decimals the values of a row are shown with, by the size of what was published."""
    sizes = [
        abs(float(row[name])) for name in ("published", "low", "high") if math.isfinite(float(row[name]))
    ]
    size = max(sizes, default=0.0)
    return 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 0.2 or size == 0 else 3
