"""What the experiment asked besides its runs, answered: the sections of a report that only some experiments have."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from labsim.analysis import findings
from labsim.analysis.individuals import EVERYBODY, GAIN, GAINED, JOINT, LOST, gains
from labsim.analysis.predictions import CAME_TRUE, OPEN, OTHERWISE
from labsim.analysis.tables import WHOLE
from labsim.figures import decomposition_bars, individual_gains, paired_metrics, words
from labsim.figures.theme import PALETTE, Setting
from labsim.report import page
from labsim.report.exhibits import Exhibit
from labsim.report.reading import Results

Section = tuple[str, str]
"""Heading and HTML."""

LATE = "They were written or changed when results were already there: read them as descriptions, not predictions."
"""Said of expectations that came after the results."""

SHORT_TABLE = 15
"""Rows up to which a table is shown without being asked for."""

Draw = Callable[[Exhibit], str]
"""Gives a figure its number and returns it as HTML."""


def expected(results: Results) -> Section | None:
    """Return what was expected and what came; None if nothing was."""
    table = findings.prediction_table(results.asked, results.about)
    if table.empty:
        return None
    setting, spans = results.setting(), dict(findings.windows(results.about))
    rows = []
    for row in table.to_dict("records"):
        unit = setting.unit(str(row["outcome"]))
        rows.append({
            "Outcome": f"{_outcome(row, setting)} ({words.unit_of_difference(unit)})",
            "Scenario": f"{_short(results, row['scenario'])} − {_short(results, row['baseline'])}",
            "When": spans[str(row["window"])].name,
            "Because": row["because"] or words.MISSING,
            "Expected": stated(row["expect"], float(row["margin"])),
            "What came": _interval(row, unit) if math.isfinite(row["mean"]) else "no values",
            "Verdict": row["verdict"],
        })  # fmt: skip
    note = (
        "As the experiment's file states it. A statement came true if the whole 95 % interval of the paired "
        "difference fits it, came out otherwise if none of it does, and is open if the interval covers both: more "
        "replicates may decide it."
    )
    key = _legend(results, [*table["scenario"], *table["baseline"]])
    late = page.paragraph(LATE, "frame") if results.about.get("expect_late") else ""
    return "What was expected, and what came", late + page.paragraph(note, "note") + key + page.table(
        pd.DataFrame(rows), "Expectations and paired differences, whole place unless said otherwise"
    )


def verdicts(results: Results) -> str | None:
    """Return in a sentence how many expectations came true; None if there were none."""
    table = findings.prediction_table(results.asked, results.about)
    if table.empty:
        return None
    counts = [(int((table["verdict"] == each).sum()), each) for each in (CAME_TRUE, OTHERWISE, OPEN)]
    said = words.listing([f"{count} {'is' if count == 1 else 'are'} open" if each == OPEN else f"{count} {each}"
                          for count, each in counts if count])  # fmt: skip
    what = "expectation" if len(table) == 1 else "expectations"
    late = f" {LATE}" if results.about.get("expect_late") else ""
    return f"Of {len(table)} {what} in the experiment's file, {said}.{late}"


def stated(expect: Any, margin: float = 0.0) -> str:
    """Return an expectation in words.

    >>> stated("rises"), stated({"between": [-1, 2]}), stated("no_change", 0.1)
    ('rises', 'between −1 and +2', 'no change (within 0.1)')
    """
    if expect == "no_change":
        return f"no change (within {margin:g})" if margin else "no change"
    if isinstance(expect, str):
        return expect
    ((kind, value),) = expect.items()
    numbers = [f"{each:+g}".replace("-", "−") for each in (value if kind == "between" else [value])]
    return f"{kind.replace('_', ' ')} {' and '.join(numbers)}"


def all_scenarios(results: Results, draw: Draw) -> Section | None:
    """Return every scenario against the baseline in one view, if there are more than the other figures hold."""
    if not results.left_out or results.asked.empty:
        return None
    setting, about = results.setting(), results.about
    outcomes = [name for name in findings.outcomes(about) if (results.asked["indicator"] == name).any()]
    table = findings.difference_table(results.asked, about, outcomes)
    phase = str(table["phase"].iloc[-1])
    late = table[table["phase"] == phase].assign(measure=lambda each: each["indicator"])
    units = {name: words.unit_of_difference(setting.unit(name)) for name in outcomes}
    measures = [
        paired_metrics.Measure(
            name, setting.label(name), unit, words.digits_of_difference(setting.unit(name))
        )
        for name, unit in units.items()
    ]
    styles = {style.name: style for style in setting.styles}
    labels = _main_labels(results)
    item = Exhibit(
        paired_metrics.paired_metrics(
            f"All scenarios against A, {words.in_phase(phase)}", late, measures, styles, labels
        ),
        paired_metrics.reading_aid(setting.baseline.title),
        paired_metrics.numbers(late, measures, styles, labels),
        width=760,
    )
    return "All scenarios", draw(item)


def replicates(results: Results) -> Section | None:
    """Return whether there are enough replicates for the precision that is wanted; None if none is."""
    table = findings.precision_table(results.asked, results.about)
    if table.empty:
        return None
    setting = results.setting()
    rows = []
    for row in table.to_dict("records"):
        unit = setting.unit(str(row["indicator"]))
        digits = words.digits_of_difference(unit)
        rows.append({
            "Scenario": _short(results, row["scenario"]),
            "Outcome": f"{setting.label(row['indicator'])} ({words.unit_of_difference(unit)})",
            "When": str(row["phase"]),
            "Difference": _interval(row, unit),
            "Half-width": words.number(row["half_width"], digits + 1),
            "Wanted": f"{row['wanted']:g}",
            "Have": words.number(row["pairs"], 0),
            "Need": words.number(row["needed"], 0),
        })  # fmt: skip
    note = (
        "Half the width of the 95 % interval, and how many replicates the wanted one needs at the spread seen. The "
        "spread is itself an estimate: from a handful of pairs the number needed may be off by half."
    )
    html = (
        page.paragraph(short_of(table)) + page.paragraph(note, "note") + _legend(results, table["scenario"])
    )
    caption = f"Precision of paired differences to {setting.baseline.short}, whole place"
    inner = page.table(pd.DataFrame(rows), caption)
    return "Are there enough replicates?", html + (
        inner if len(rows) <= SHORT_TABLE else _folded(caption, inner)
    )


def short_of(table: pd.DataFrame) -> str:
    """Return in a sentence whether the replicates suffice for the precision wanted."""
    short = table[~table["enough"]]
    have = int(table["pairs"].max())
    if short.empty:
        return f"The {have} replicates reach the wanted precision everywhere."
    if short["needed"].isna().all():
        return "One replicate has no interval; how many are needed can be said from two on."
    return (
        f"{len(short)} of {len(table)} differences are less precise than wanted: there are {have} replicates, and "
        f"{words.number(float(short['needed'].max()), 0)} are needed for all of them."
    )


def parts(results: Results, draw: Draw) -> Iterator[Section]:
    """Yield a section per scenario whose effect is taken apart."""
    setting = results.setting()
    for asked in results.about.get("decompositions", ()):
        name = str(asked["scenario"])
        table = findings.decomposition_table(results.asked, results.about, asked)
        spans = [span for span in findings.spans(results.about, results.asked["month"])
                 if (table["phase"] == span.name).any()]  # fmt: skip
        label = results.all_labels[name]
        last = table[table["phase"] == spans[-1].name]
        colour = next((style.colour for style in setting.styles if style.name == name), PALETTE[0])
        when = f"{words.in_phase(spans[-1].name)} ({spans[-1].dates})"
        item = Exhibit(
            decomposition_bars.decomposition_bars(
                last, setting, f"{label}: components one at a time, {when}", colour
            ),
            decomposition_bars.reading_aid(setting),
            decomposition_bars.numbers(last, setting),
            width=820,
        )
        html = page.bullets(_about_parts(last, setting, asked), "summary") + draw(item)
        for span in spans[:-1]:
            inner = decomposition_bars.numbers(table[table["phase"] == span.name], setting)
            heading = f"The same, {words.in_phase(span.name)} ({span.dates})"
            html += _folded(heading, page.table(inner, heading))
        yield f"What the effect of {label} consists of", html


def _about_parts(table: pd.DataFrame, setting: Setting, asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield sentences on a decomposition: do the parts add up, and what is missing from them."""
    for outcome in dict.fromkeys(table["indicator"]):
        rows = {str(row["part"]): row for row in table[table["indicator"] == outcome].to_dict("records")}
        unit = setting.unit(outcome)
        texts = {part: _interval(row, unit) for part, row in rows.items()}
        left = rows["interaction"]
        said = "whether the components interact is open" if _is_open(left) else "the components interact"
        if left["mean"] == left["low"] == left["high"] == 0:
            said = "the components do not interact"
        yield (
            f"{setting.label(outcome)}, {words.unit_of_difference(unit)}: the parts add up to {texts['sum']}; all "
            f"together {texts['together']}; {said} (together less sum: {texts['interaction']})."
        )
    if asked.get("unchanged"):
        names = words.listing([words.plain(name).lower() for name in asked["unchanged"]])
        yield f"Not switched on, because all regimes of this timeline agree in them: {names}."
    if asked.get("left_out"):
        names = words.listing([words.plain(name).lower() for name in asked["left_out"]])
        yield f"Not among the parts, although the regimes differ in them: {names}. The interaction holds them too."


def people(results: Results, draw: Draw) -> Section | None:
    """Return who gains and who loses, beside the placebo; None if persons were not followed."""
    asked = results.about.get("individuals")
    if not asked or results.people.empty:
        return None
    placebo, setting = str(asked["placebo"]), results.setting()
    table = gains(results.people, placebo)
    styles = [style for style in setting.others if (table["scenario"] == style.name).any()]
    span = dict(findings.windows(results.about))[str(asked["window"])]
    when = f"{words.in_phase(span.name)} ({span.dates})"
    item = Exhibit(
        individual_gains.individual_gains(table, styles, placebo),
        individual_gains.reading_aid(table, when, str(asked["diary"]["traits"])),
        individual_gains.numbers(table, styles, placebo),
        width=max(520, 330 * len(styles)),
    )
    warning = (
        "A single pair of runs says little about a single person: one changed hire shifts a whole chain of others, so "
        "people whom no policy touched gain and lose as well. Read only means over groups and replicates, and shares "
        "only beside those of the placebo."
    )
    said = [_shares(results, table, style.name, int(asked["months"]), placebo) for style in styles]
    said += list(_winning_cells(results, table, [style.name for style in styles], placebo))
    html = page.paragraph(warning, "frame") + page.bullets(said, "summary")
    return "Who gains, who loses", html + draw(item)


def _shares(results: Results, table: pd.DataFrame, name: str, months: int, placebo: str) -> str:
    """Return a sentence on the shares that gained and lost, beside the placebo."""
    everybody = table[table["trait"] == EVERYBODY]
    found = {(str(row["scenario"]), str(row["outcome"])): row for row in everybody.to_dict("records")}
    clauses = []
    for outcome, verb in ((GAINED, "gain"), (LOST, "lose")):
        own, luck = found[name, outcome.name], found[placebo, outcome.name]
        beyond = words.signed_interval(own["beyond"], own["beyond_low"], own["beyond_high"], 2)
        clauses.append(
            f"{words.number(own['mean'])} % {verb} {months} months or more (placebo {words.number(luck['mean'])} %; "
            f"beyond it {beyond} percentage points)"
        )
    gain = found[name, GAIN.name]
    mean = words.signed_interval(gain["mean"], gain["low"], gain["high"], 2)
    who = f"{_short(results, name)} ({results.all_labels[name]})"
    return f"{who}: {words.listing(clauses)}. Mean {mean} months per person."


def _winning_cells(results: Results, table: pd.DataFrame, names: list[str], placebo: str) -> Iterator[str]:
    """Yield a sentence on how many people live in small groups that gain, or lose, clearly of chance."""
    joint = table[(table["trait"] == JOINT) & (table["outcome"] == GAIN.name)]
    if joint["low"].isna().all():
        return
    texts = []
    for name in (*names, placebo):
        part = joint[joint["scenario"] == name]
        total = float(part["persons"].sum())
        up, down = (
            100 * float(part.loc[mask, "persons"].sum()) / total
            for mask in (part["low"] > 0, part["high"] < 0)
        )
        texts.append(f"{_short(results, name)} {words.number(up)} % and {words.number(down)} %")
    yield (
        "Averaged over the replicates in groups by position, education and age together, so many people are in "
        f"groups whose gain, or loss, is clear of chance (95 %): {words.listing(texts)}. With this many groups a few "
        "are so by luck: that is what the placebo shows."
    )


def _outcome(row: Mapping[Any, Any], setting: Setting) -> str:
    where = [row["municipality"]] if row["municipality"] != WHOLE else []
    who = (
        [words.GROUPS.get(str(row["group"]), words.plain(str(row["group"]))).lower()]
        if row["group"] != WHOLE
        else []
    )
    return ", ".join([setting.label(str(row["outcome"])), *who, *where])


def _interval(row: Mapping[Any, Any], unit: str) -> str:
    return words.signed_interval(row["mean"], row["low"], row["high"], words.digits_of_difference(unit))


def _is_open(row: Mapping[Any, Any]) -> bool:
    return not (math.isfinite(row["low"]) and (row["low"] > 0 or row["high"] < 0))


def _short(results: Results, name: object) -> str:
    """Return a scenario's letter, or the name of one that no figure draws."""
    style = next((each for each in results.setting().styles if each.name == name), None)
    if style is not None:
        return style.short
    if name == (results.about.get("individuals") or {}).get("placebo"):
        return individual_gains.PLACEBO
    return results.all_labels.get(str(name), str(name))


def _main_labels(results: Results) -> dict[str, str]:
    """Return the labels of the scenarios that the experiment names, in its order, without the baseline."""
    names = findings.named(results.about)
    return {name: results.all_labels[name] for name in names if name != results.names[0]}


def _legend(results: Results, names: Any) -> str:
    """Return what the letters used in a table stand for."""
    used = set(names)
    keys = [f"{style.letter}: {style.label}" for style in results.setting().styles if style.name in used]
    return page.paragraph("; ".join(keys), "note") if keys else ""


def _folded(title: str, html: str) -> str:
    return f"<details><summary>{page.text(title)}</summary>{html}</details>"
