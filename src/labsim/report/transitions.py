"""The section of a report on what the transitions cost, what they leave behind, and how long they take."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from labsim.analysis import findings
from labsim.analysis.outcomes import OUTCOMES
from labsim.analysis.transition_metrics import CATCH_UP, COST, SCARS, TIME
from labsim.figures import paired_metrics, words
from labsim.figures.paired_metrics import Measure
from labsim.figures.rows import HOLLOW
from labsim.report import page
from labsim.report.answers import Draw, Section
from labsim.report.exhibits import Exhibit
from labsim.report.reading import Results

Measures = list[Measure]


def transitions(results: Results, draw: Draw) -> Section | None:
    """Return cost, scars and times of all scenarios against the ideal one; None if no ideal is named."""
    table = findings.transition_table(results.asked, results.about)
    if table.empty:
        return None
    ideal = results.all_labels[str(results.about["ideal"])]
    table = table.assign(
        measure=[
            f"{name} {horizon}" for name, horizon in zip(table["outcome"], table["horizon"], strict=True)
        ]
    )
    html = page.paragraph(
        f"Every scenario against the ideal, immediate change ({ideal}), pair by pair, in the whole place.",
        "note",
    )
    costs, scars = (
        _of(table, [each.name for each in COST.values()]),
        _of(table, [each.name for each in SCARS.values()]),
    )
    if costs:
        html += draw(_exhibit(
            results, table, costs, f"Person-months lost per 1,000 persons of working age, against {ideal}",
            "Person-months of employment lost, and of underemployment added, from the start of the transition over the "
            f"months named, with 95 % intervals (chance only). Above zero: dearer than the ideal. {HOLLOW}",
        ))  # fmt: skip
    if scars:
        html += draw(_exhibit(
            results, table, scars, f"What is left after the transition, against {ideal} (percentage points)",
            "Difference to the ideal in a year that begins so many months after the end of the scenario's own "
            "transition, with 95 % intervals (chance only). A difference that is clear of zero is a scar at this "
            f"horizon, and nothing is said beyond the last one. {HOLLOW}",
        ))  # fmt: skip
    html += page.table(_times(results, table), "Time to target and time to catch up, months from the start")
    html += page.bullets(_cautions(results), "note")
    inner = page.bullets(_definitions(table), "note")
    html += f"<details><summary>How these are measured</summary>{inner}</details>"
    return "What the transition costs", html


def _cautions(results: Results) -> Iterator[str]:
    """Yield what must be known to read the numbers of this experiment."""
    yield "A mean of times is given only if every pair arrives; the mean of those that do would be too short."
    if len(results.seeds) == 1:
        yield "One pair has no interval: nothing here tells chance from effect."
    ideal = str(results.about["ideal"])
    last = {name: _last_regime(results, name) for name in findings.named(results.about)}
    others = [results.all_labels[name] for name, regime in last.items() if regime != last[ideal]]
    if others:
        yield (
            f"{words.listing(others)} {'ends' if len(others) == 1 else 'end'} in another regime than the ideal: there "
            "the numbers compare regimes too, not the passage alone."
        )


def _last_regime(results: Results, name: str) -> str:
    """Return the regime with which a scenario's timeline ends."""
    timeline = results.about.get("runs", {}).get(name, {}).get("timeline", ())
    return str(timeline[-1]["to"]) if timeline else ""


def _of(table: pd.DataFrame, outcomes: list[str]) -> Measures:
    """Return a measure for each of the outcomes at every horizon it has, outcome by outcome."""
    found: Measures = []
    for name in outcomes:
        is_cost = name in {each.name for each in COST.values()}
        heading = words.plain(OUTCOMES[name].label.rpartition(" in ")[2])
        for horizon in sorted({int(each) for each in table.loc[table["outcome"] == name, "horizon"]}):
            when = f"over {horizon} months" if is_cost else f"{horizon} months after"
            unit = "person-months per 1,000" if is_cost else OUTCOMES[name].unit
            found.append(Measure(f"{name} {horizon}", heading, unit, 1 if is_cost else 2, when))
    return found


def _exhibit(results: Results, table: pd.DataFrame, measures: Measures, title: str, aid: str) -> Exhibit:
    styles = {style.name: style for style in results.setting().styles}
    labels = {name: results.all_labels[name] for name in findings.named(results.about)}
    labels.pop(str(results.about["ideal"]))
    rows = table[table["measure"].isin([measure.name for measure in measures])]
    figure = paired_metrics.paired_metrics(title, rows, measures, styles, labels, blocks=2)
    columns = len(measures) // 2
    return Exhibit(
        figure, aid, paired_metrics.numbers(rows, measures, styles, labels), width=250 + 210 * columns
    )


def _times(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    """Return the times as text, a row per scenario."""
    styles = {style.name: style.title for style in results.setting().styles}
    rows = []
    for name in findings.named(results.about):
        part = table[(table["scenario"] == name) & table["outcome"].isin([TIME.name, CATCH_UP.name])]
        if part.empty:
            continue
        found = {str(row["outcome"]): row for row in part.to_dict("records")}
        row = {"Scenario": styles.get(name, results.all_labels[name])}
        for outcome, short in ((TIME, "Target"), (CATCH_UP, "Catching up")):
            it = found.get(outcome.name)
            texts = [words.MISSING] * 3
            if it is not None:
                arrived = f"{int(it['reached'])} of {int(it['pairs'])} pairs"
                texts = [arrived, _months(it["median"]), _mean(it["mean"], it["low"], it["high"])]
            row |= {
                f"{short}: {what}": text
                for what, text in zip(("arrived", "median", "mean"), texts, strict=True)
            }
        rows.append(row)
    return pd.DataFrame(rows)


def _months(value: float) -> str:
    return "never" if math.isinf(value) else words.number(value, 0)


def _mean(mean: float, low: float, high: float) -> str:
    if not math.isfinite(mean):
        return words.MISSING
    if not math.isfinite(low):
        return f"{words.number(mean)} (one pair)"
    return f"{words.number(mean)} ({words.number(low)} to {words.number(high)})"


def _definitions(table: pd.DataFrame) -> Iterator[str]:
    """Yield what each outcome of the section means."""
    for name in dict.fromkeys(table["outcome"]):
        outcome = OUTCOMES[str(name)]
        yield f"{outcome.label} ({outcome.unit}): {outcome.definition} Source: {outcome.source}."
