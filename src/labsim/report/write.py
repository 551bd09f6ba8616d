"""Writing the report of a results folder as one HTML file."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

from labsim.analysis.tables import WHOLE, TableError, has
from labsim.figures.phase_table import phase_table
from labsim.figures.speech import Language
from labsim.figures.theme import Setting
from labsim.figures.words import GROUPS
from labsim.report import answers, page, policy, record, winners
from labsim.report.aside import write_page
from labsim.report.exhibits import Exhibit, exhibits
from labsim.report.limits import NOT_MODELLED, NOT_MODELLED_DE, of_the_place
from labsim.report.provenance import assumptions, facts
from labsim.report.reading import ReportError, Results, read_results
from labsim.report.summary import sentences
from labsim.report.transitions import transitions

FRAME = (
    "A simulation to think with, not a forecast. Intervals and bands show chance only, not how uncertain the "
    "assumptions are.",
    "Eine Simulation zum Nachdenken, keine Prognose. Intervalle und Bänder zeigen nur den Zufall, nicht wie unsicher "
    "die Annahmen sind.",
)

GROUP_OUTCOMES = ("employment_rate", "underemployment_rate", "unemployment_rate", "job_finding_rate")
"""Outcomes compared group by group."""


def write_report(folder: Path, out: Path | None = None, language: Language = "en") -> Path:
    """Write the report of the results in `folder` and return its path (by default ``folder/report.html``).

    `folder` is an experiment's (with ``experiment.json``) or a single run's (with ``run.json``). The file
    needs nothing else: one copy of plotly.js is inside, and it loads nothing from outside. It appears under
    its name only when complete; equal results give equal bytes. Beside it stands ``trace.csv`` if the experiment
    names published values. Raises `ReportError` if the folder holds no complete results.
    """
    target = folder / "report.html" if out is None else out
    results = read_results(folder, language)
    try:
        html = render(results)
    except TableError as error:
        raise ReportError(f"{folder}: {error}") from error
    write_page(target, html)
    record.write_trace(results, target.parent)
    return target


def render(results: Results) -> str:
    """Return the report as HTML, in the language of the results."""
    setting, say = results.setting(), results.say
    numbers = count(1)

    def draw(item: Exhibit) -> str:
        return page.exhibit(item, next(numbers), results.language)

    verdicts = answers.verdicts(results)
    summary = sentences(results.indicators, results.published, setting)
    summary += [each for each in (verdicts, record.in_short(results)) if each]
    timelines = say("Scenarios", "Szenarien") if results.compared else say("Timeline", "Zeitablauf")
    sections: list[answers.Section | None] = [
        (say("In short", "Kurz gesagt"), page.bullets(summary, "summary")),
        answers.expected(results),
        (timelines, _scenarios(results, setting)),
    ]
    if results.compared:
        phases = say("Before, during and after", "Vorher, währenddessen und danach")
        sections.append((phases, _differences(results, setting)))
    left_out = NOT_MODELLED_DE if results.language == "de" else NOT_MODELLED
    sections += [
        answers.all_scenarios(results, draw),
        answers.replicates(results),
        (say("Figures", "Bilder"), _figures(results, draw)),
        policy.payments(results, draw),
        policy.institutions(results, draw),
        *answers.parts(results, draw),
        transitions(results, draw),
        winners.people(results, draw),
        record.against_record(results),
        (
            say("How this was made", "Wie das entstanden ist"),
            page.table(facts(results), say("Runs, versions and seeds", "Läufe, Versionen und Startzahlen")),
        ),
        (say("Assumptions", "Annahmen"), _assumptions(results)),
        (say("What is not modelled", "Was nicht modelliert ist"), page.bullets(left_out)),
    ]
    head = page.paragraph(results.question, "question") if results.question else ""
    return page.page(
        results.title,
        head + "".join(page.paragraph(note, "frame") for note in _notes(results)),
        [section for section in sections if section is not None],
        say(
            "Made by labsim. This file is complete in itself and loads nothing from outside.",
            "Erzeugt von labsim. Diese Datei ist in sich vollständig und lädt nichts nach.",
        ),
        results.language,
    )


def _figures(results: Results, draw: answers.Draw) -> str:
    """Return the figures that every report has, as far as the results have the data."""
    shown, omitted = exhibits(results)
    figures = "".join(draw(item) for item in shown)
    if omitted:
        figures += page.paragraph(results.say("Not shown, because the results lack the data:",
                                      "Nicht gezeigt, weil die Ergebnisse die Daten nicht haben:"), "note")  # fmt: skip
        figures += page.bullets(omitted)
    return figures


def _notes(results: Results) -> list[str]:
    """Return what a reader must know before the first number."""
    say = results.say
    notes = [say(*FRAME)]
    scale = float(results.runs[results.names[0]].get("scale") or 1)
    if scale != 1:
        people = say.number(1 / scale, 0) if scale < 1 else say.decimal(f"{1 / scale:.2g}")
        notes.append(say(
            f"Simulated at a scale of {say.short(scale)}: one simulated person stands for {people} people. Numbers of "
            "persons, vacancies and euros are of the simulated ones; rates need no correction.",
            f"Simuliert im Maßstab {say.short(scale)}: Eine simulierte Person steht für {people} Menschen. Zahlen von "
            "Personen, Stellen und Euro sind die der simulierten; Quoten brauchen keine Umrechnung.",
        ))  # fmt: skip
    notes += of_the_place(results.runs[results.names[0]], say)
    notes += [
        f"{say('Notice on', 'Hinweis zu')} {style.label}: {notice}."
        for style in results.setting().styles
        for notice in results.runs[style.name].get("notices", ())
    ]
    if results.failures:
        notes.append(say(
            f"{results.failures} runs failed and are missing from everything below.",
            f"{results.failures} Läufe sind gescheitert und fehlen in allem, was folgt.",
        ))  # fmt: skip
    return notes


def _scenarios(results: Results, setting: Setting) -> str:
    note = ""
    if results.left_out:
        left_out = ", ".join(results.all_labels.get(name, name) for name in results.left_out)
        note = page.paragraph(
            results.say(
                f"Not shown, since a figure holds six scenarios at most: {left_out}. All of them stand side by side "
                "under 'All scenarios'.",
                f"Nicht gezeigt, weil ein Bild höchstens sechs Szenarien fasst: {left_out}. Alle stehen nebeneinander "
                "unter „Alle Szenarien“.",
            ),
            "note",
        )
    return page.scenarios(results, setting) + note


def _differences(results: Results, setting: Setting) -> str:
    """Return the tables of paired differences: focus, then the whole place and each group if known."""
    say = results.say
    by_phase = say("Differences by phase", "Differenzen nach Phasen")
    parts = [page.scroll(phase_table(results.indicators, setting), by_phase)]
    if setting.municipality != WHOLE and (results.indicators["municipality"] == WHOLE).any():
        whole = phase_table(results.indicators, results.setting(WHOLE))
        parts.append(_folded(say("The same for the whole place, neighbours included",
                                 "Dasselbe für das ganze Gebiet, mit den Nachbarn"), whole))  # fmt: skip
    for scenario, baseline in results.pairs:
        chosen = {style.name: style for style in setting.styles}
        pair = replace(setting, styles=(chosen[baseline], chosen[scenario]))
        versus = say("compared with", "im Vergleich zu")
        title = f"{chosen[scenario].title} {versus} {chosen[baseline].title}"
        parts.append(_folded(title, phase_table(results.indicators, pair)))
    for group in GROUPS:
        present = [
            name for name in GROUP_OUTCOMES if has(results.indicators, name, setting.municipality, group)
        ]
        if group != WHOLE and present:
            inner = phase_table(results.indicators, setting, present, group)
            who = say(GROUPS[group].lower(), say.group(group))
            parts.append(_folded(f"{say('The same for', 'Dasselbe für')}: {who}", inner))
    return "".join(parts)


def _folded(title: str, table: str) -> str:
    return f"<details><summary>{page.text(title)}</summary>{page.scroll(table, title)}</details>"


def _assumptions(results: Results) -> str:
    table, say = assumptions(results), results.say
    if table.empty:
        return page.paragraph(say(
            "Every value in these runs has a source.", "Jeder Wert in diesen Läufen hat eine Quelle.",
        ))  # fmt: skip
    intro = say(
        f"{len(table)} values have no published source. They are starting values of the model, and other "
        "plausible values may change the results.",
        f"{len(table)} Werte haben keine veröffentlichte Quelle. Sie sind Anfangswerte des Modells, und andere "
        "plausible Werte können die Ergebnisse ändern. Die Bedeutungen stehen da, wie die Dateien des Modells sie "
        "nennen: auf Englisch.",
    )
    inner = page.table(
        table, say("Values without a source", "Werte ohne Quelle"), english=say.language != "en"
    )
    title = say("List of assumptions", "Liste der Annahmen")
    return page.paragraph(intro) + f"<details><summary>{title}</summary>{inner}</details>"
