"""Writing the report of a results folder as one HTML file."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

from labsim.analysis.tables import WHOLE, TableError, has
from labsim.figures.phase_table import phase_table
from labsim.figures.theme import Setting
from labsim.figures.words import GROUPS
from labsim.report import answers, page, policy, record
from labsim.report.aside import write_page
from labsim.report.exhibits import Exhibit, exhibits
from labsim.report.limits import NOT_MODELLED, of_the_place
from labsim.report.provenance import assumptions, facts
from labsim.report.reading import ReportError, Results, read_results
from labsim.report.summary import sentences
from labsim.report.transitions import transitions

FRAME = (
    "A simulation to think with, not a forecast. Intervals and bands show chance only, not how uncertain the "
    "assumptions are."
)

GROUP_OUTCOMES = ("employment_rate", "underemployment_rate", "unemployment_rate", "job_finding_rate")
"""Outcomes compared group by group."""


def write_report(folder: Path, out: Path | None = None) -> Path:
    """Write the report of the results in `folder` and return its path (by default ``folder/report.html``).

    `folder` is an experiment's (with ``experiment.json``) or a single run's (with ``run.json``). The file
    needs nothing else: one copy of plotly.js is inside, and it loads nothing from outside. It appears under
    its name only when complete; equal results give equal bytes. Beside it stands ``trace.csv`` if the experiment
    names published values. Raises `ReportError` if the folder holds no complete results.
    """
    target = folder / "report.html" if out is None else out
    results = read_results(folder)
    try:
        html = render(results)
    except TableError as error:
        raise ReportError(f"{folder}: {error}") from error
    write_page(target, html)
    record.write_trace(results, target.parent)
    return target


def render(results: Results) -> str:
    """Return the report as HTML."""
    setting = results.setting()
    numbers = count(1)

    def draw(item: Exhibit) -> str:
        return page.exhibit(item, next(numbers))

    verdicts = answers.verdicts(results)
    summary = sentences(results.indicators, results.published, setting)
    summary += [each for each in (verdicts, record.in_short(results)) if each]
    sections: list[answers.Section | None] = [
        ("In short", page.bullets(summary, "summary")),
        answers.expected(results),
        ("Scenarios" if results.compared else "Timeline", _scenarios(results, setting)),
    ]
    if results.compared:
        sections.append(("Before, during and after", _differences(results, setting)))
    sections += [
        answers.all_scenarios(results, draw),
        answers.replicates(results),
        ("Figures", _figures(results, draw)),
        policy.payments(results, draw),
        policy.institutions(results, draw),
        *answers.parts(results, draw),
        transitions(results, draw),
        answers.people(results, draw),
        record.against_record(results),
        ("How this was made", page.table(facts(results), "Runs, versions and seeds")),
        ("Assumptions", _assumptions(results)),
        ("What is not modelled", page.bullets(NOT_MODELLED)),
    ]
    head = page.paragraph(results.question, "question") if results.question else ""
    return page.page(
        results.title,
        head + "".join(page.paragraph(note, "frame") for note in _notes(results)),
        [section for section in sections if section is not None],
        "Made by labsim. This file is complete in itself and loads nothing from outside.",
    )


def _figures(results: Results, draw: answers.Draw) -> str:
    """Return the figures that every report has, as far as the results have the data."""
    shown, omitted = exhibits(results)
    figures = "".join(draw(item) for item in shown)
    if omitted:
        figures += page.paragraph("Not shown, because the results lack the data:", "note")
        figures += page.bullets(omitted)
    return figures


def _notes(results: Results) -> list[str]:
    """Return what a reader must know before the first number."""
    notes = [FRAME]
    scale = float(results.runs[results.names[0]].get("scale") or 1)
    if scale != 1:
        people = f"{1 / scale:,.0f}" if scale < 1 else f"{1 / scale:.2g}"
        notes.append(
            f"Simulated at a scale of {scale:g}: one simulated person stands for {people} people. Numbers of "
            "persons, vacancies and euros are of the simulated ones; rates need no correction."
        )
    notes += of_the_place(results.runs[results.names[0]])
    notes += [
        f"Notice on {style.label}: {notice}."
        for style in results.setting().styles
        for notice in results.runs[style.name].get("notices", ())
    ]
    if results.failures:
        notes.append(f"{results.failures} runs failed and are missing from everything below.")
    return notes


def _scenarios(results: Results, setting: Setting) -> str:
    note = ""
    if results.left_out:
        left_out = ", ".join(results.left_out)
        note = page.paragraph(
            f"Not shown, since a figure holds six scenarios at most: {left_out}. All of them stand side by side under "
            "'All scenarios'.",
            "note",
        )
    return page.scenarios(results, setting) + note


def _differences(results: Results, setting: Setting) -> str:
    """Return the tables of paired differences: focus, then the whole place and each group if known."""
    parts = [page.scroll(phase_table(results.indicators, setting), "Differences by phase")]
    if setting.municipality != WHOLE and (results.indicators["municipality"] == WHOLE).any():
        whole = phase_table(results.indicators, results.setting(WHOLE))
        parts.append(_folded("The same for the whole place, neighbours included", whole))
    for scenario, baseline in results.pairs:
        chosen = {style.name: style for style in setting.styles}
        pair = replace(setting, styles=(chosen[baseline], chosen[scenario]))
        title = f"{chosen[scenario].title} compared with {chosen[baseline].title}"
        parts.append(_folded(title, phase_table(results.indicators, pair)))
    for group in GROUPS:
        present = [
            name for name in GROUP_OUTCOMES if has(results.indicators, name, setting.municipality, group)
        ]
        if group != WHOLE and present:
            inner = phase_table(results.indicators, setting, present, group)
            parts.append(_folded(f"The same for: {GROUPS[group].lower()}", inner))
    return "".join(parts)


def _folded(title: str, table: str) -> str:
    return f"<details><summary>{page.text(title)}</summary>{page.scroll(table, title)}</details>"


def _assumptions(results: Results) -> str:
    table = assumptions(results)
    if table.empty:
        return page.paragraph("Every value in these runs has a source.")
    intro = (
        f"{len(table)} values have no published source. They are starting values of the model, and other "
        "plausible values may change the results."
    )
    inner = page.table(table, "Values without a source")
    return page.paragraph(intro) + f"<details><summary>List of assumptions</summary>{inner}</details>"
