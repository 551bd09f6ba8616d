"""What the experiment asked besides its runs, answered: the sections of a report that only some experiments have."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from labsim.analysis import findings
from labsim.analysis.predictions import CAME_TRUE, OPEN, OTHERWISE
from labsim.analysis.tables import WHOLE
from labsim.analysis.windows import Phase
from labsim.figures import decomposition_bars, individual_gains, paired_metrics, words
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import PALETTE, Setting
from labsim.report import page
from labsim.report.exhibits import Exhibit
from labsim.report.reading import Results

Section = tuple[str, str]
"""Heading and HTML."""

LATE = (
    "They were written or changed when results were already there: read them as descriptions, not predictions.",
    "Sie wurden geschrieben oder geändert, als schon Ergebnisse da waren: Sie sind Beschreibungen, keine Vorhersagen.",
)
"""Said of expectations that came after the results."""

VERDICTS = {CAME_TRUE: "eingetroffen", OTHERWISE: "anders gekommen", OPEN: "offen"}
STATEMENTS = {
    "rises": "steigt", "falls": "sinkt", "at_least": "mindestens", "at_most": "höchstens", "between": "zwischen",
}  # fmt: skip
"""Verdicts and statements in German."""

SHORT_TABLE = 15
"""Rows up to which a table is shown without being asked for."""

Draw = Callable[[Exhibit], str]
"""Gives a figure its number and returns it as HTML."""


def expected(results: Results) -> Section | None:
    """Return what was expected and what came; None if nothing was."""
    table = findings.prediction_table(results.asked, results.about)
    if table.empty:
        return None
    setting, spans, say = results.setting(), dict(findings.windows(results.about)), results.say
    rows = []
    for row in table.to_dict("records"):
        unit, verdict = setting.unit(str(row["outcome"])), str(row["verdict"])
        rows.append({
            say("Outcome", "Ergebnis"): f"{_outcome(row, setting)} ({say.unit_of_difference(unit)})",
            say("Scenario", "Szenario"): f"{short(results, row['scenario'])} − {short(results, row['baseline'])}",
            say("When", "Wann"): results.span_name(spans[str(row["window"])].name),
            say("Because", "Weil"): row["because"] or words.MISSING,
            say("Expected", "Erwartet"): stated(row["expect"], float(row["margin"]), say),
            say("What came", "Was kam"): (
                _interval(row, unit, say) if math.isfinite(row["mean"]) else say("no values", "keine Werte")
            ),
            say("Verdict", "Urteil"): say(verdict, VERDICTS.get(verdict, verdict)),
        })  # fmt: skip
    note = say(
        "As the experiment's file states it. A statement came true if the whole 95 % interval of the paired "
        "difference fits it, came out otherwise if none of it does, and is open if the interval covers both: more "
        "replicates may decide it.",
        "Wie es die Datei des Experiments sagt. Eine Aussage ist eingetroffen, wenn das ganze 95-%-Intervall der "
        "gepaarten Differenz zu ihr passt, anders gekommen, wenn nichts davon passt, und offen, wenn das Intervall "
        "beides enthält: Mehr Läufe können es entscheiden.",
    )
    key = _legend(results, [*table["scenario"], *table["baseline"]])
    late = page.paragraph(say(*LATE), "frame") if results.about.get("expect_late") else ""
    caption = say(
        "Expectations and paired differences, whole place unless said otherwise",
        "Erwartungen und gepaarte Differenzen, ganzes Gebiet, wenn nichts anderes dasteht",
    )
    heading = say("What was expected, and what came", "Was erwartet wurde, und was kam")
    return heading, late + page.paragraph(note, "note") + key + page.table(pd.DataFrame(rows), caption)


def verdicts(results: Results) -> str | None:
    """Return in a sentence how many expectations came true; None if there were none."""
    table, say = findings.prediction_table(results.asked, results.about), results.say
    if table.empty:
        return None
    counts = [(int((table["verdict"] == each).sum()), each) for each in (CAME_TRUE, OTHERWISE, OPEN)]
    english = [f"{count} {'is' if count == 1 else 'are'} open" if each == OPEN else f"{count} {each}"
               for count, each in counts if count]  # fmt: skip
    german = [f"{count} {VERDICTS[each]}" for count, each in counts if count]
    many = len(table) != 1
    late = f" {say(*LATE)}" if results.about.get("expect_late") else ""
    return (
        say(
            f"Of {len(table)} expectation{'s' if many else ''} in the experiment's file, {say.listing(english)}.",
            f"Von {len(table)} Erwartung{'en' if many else ''} in der Datei des Experiments: {say.listing(german)}.",
        )
        + late
    )


def stated(expect: Any, margin: float = 0.0, say: Speech = ENGLISH) -> str:
    """Return an expectation in words.

    >>> stated("rises"), stated({"between": [-1, 2]}), stated("no_change", 0.1)
    ('rises', 'between −1 and +2', 'no change (within 0.1)')
    """
    if expect == "no_change":
        within = say.short(margin)
        plain = say("no change", "keine Änderung")
        return f"{plain} ({say(f'within {within}', f'bis auf {within}')})" if margin else plain
    if isinstance(expect, str):
        return say(expect, STATEMENTS.get(expect, expect))
    ((kind, value),) = expect.items()
    numbers = [
        say.decimal(f"{each:+g}").replace("-", "−") for each in (value if kind == "between" else [value])
    ]
    return f"{say(kind.replace('_', ' '), STATEMENTS.get(kind, kind))} {say(' and ', ' und ').join(numbers)}"


def all_scenarios(results: Results, draw: Draw) -> Section | None:
    """Return every scenario against the baseline in one view, if there are more than the other figures hold."""
    if not results.left_out or results.asked.empty:
        return None
    setting, about, say = results.setting(), results.about, results.say
    outcomes = [name for name in findings.outcomes(about) if (results.asked["indicator"] == name).any()]
    table = findings.difference_table(results.asked, about, outcomes)
    phase = str(table["phase"].iloc[-1])
    late = table[table["phase"] == phase].assign(measure=lambda each: each["indicator"])
    units = {name: setting.unit(name) for name in outcomes}
    measures = [
        paired_metrics.Measure(
            name, setting.label(name), setting.difference_label(name), words.digits_of_difference(unit)
        )
        for name, unit in units.items()
    ]
    styles = {style.name: style for style in setting.styles}
    labels = _main_labels(results)
    item = Exhibit(
        paired_metrics.paired_metrics(
            say(f"All scenarios against A, {words.in_phase(phase)}",
                f"Alle Szenarien gegen A, {say.in_phase(results.span_name(phase))}"),
            late, measures, styles, labels, say=say,
        ),
        paired_metrics.reading_aid(setting.baseline.title, say),
        paired_metrics.numbers(late, measures, styles, labels, say),
        width=760,
    )  # fmt: skip
    return say("All scenarios", "Alle Szenarien"), draw(item)


def replicates(results: Results) -> Section | None:
    """Return whether there are enough replicates for the precision that is wanted; None if none is."""
    table = findings.precision_table(results.asked, results.about)
    if table.empty:
        return None
    setting, say = results.setting(), results.say
    rows = []
    for row in table.to_dict("records"):
        unit = setting.unit(str(row["indicator"]))
        digits = words.digits_of_difference(unit)
        rows.append({
            say("Scenario", "Szenario"): short(results, row["scenario"]),
            say("Outcome", "Ergebnis"): f"{setting.label(row['indicator'])} ({say.unit_of_difference(unit)})",
            say("When", "Wann"): say.phase(results.span_name(str(row["phase"]))),
            say("Difference", "Differenz"): _interval(row, unit, say),
            say("Half-width", "Halbe Breite"): say.number(row["half_width"], digits + 1),
            say("Wanted", "Gewünscht"): say.short(row["wanted"]),
            say("Have", "Läufe"): say.number(row["pairs"], 0),
            say("Need", "Nötig"): say.number(row["needed"], 0),
        })  # fmt: skip
    note = say(
        "Half the width of the 95 % interval, and how many replicates the wanted one needs at the spread seen. The "
        "spread is itself an estimate: from a handful of pairs the number needed may be off by half.",
        "Die halbe Breite des 95-%-Intervalls, und wie viele Läufe die gewünschte bei der gesehenen Streuung braucht. "
        "Die Streuung ist selbst geschätzt: Aus wenigen Paaren kann die nötige Zahl um die Hälfte danebenliegen.",
    )
    html = (
        page.paragraph(short_of(table, say))
        + page.paragraph(note, "note")
        + _legend(results, table["scenario"])
    )
    caption = say(
        f"Precision of paired differences to {setting.baseline.short}, whole place",
        f"Genauigkeit der gepaarten Differenzen zu {setting.baseline.short}, ganzes Gebiet",
    )
    inner = page.table(pd.DataFrame(rows), caption)
    return say("Are there enough replicates?", "Reichen die Läufe?"), html + (
        inner if len(rows) <= SHORT_TABLE else _folded(caption, inner)
    )


def short_of(table: pd.DataFrame, say: Speech = ENGLISH) -> str:
    """Return in a sentence whether the replicates suffice for the precision wanted."""
    short = table[~table["enough"]]
    have = int(table["pairs"].max())
    if short.empty:
        return say(
            f"The {have} replicates reach the wanted precision everywhere.",
            f"Die {have} Läufe erreichen überall die gewünschte Genauigkeit.",
        )
    if short["needed"].isna().all():
        return say(
            "One replicate has no interval; how many are needed can be said from two on.",
            "Ein Lauf hat kein Intervall; wie viele nötig sind, lässt sich ab zwei sagen.",
        )
    needed = say.number(float(short["needed"].max()), 0)
    return say(
        f"{len(short)} of {len(table)} differences are less precise than wanted: there are {have} replicates, and "
        f"{needed} are needed for all of them.",
        f"{len(short)} von {len(table)} Differenzen sind ungenauer als gewünscht: Es gibt {have} Läufe, und für alle "
        f"wären {needed} nötig.",
    )


def parts(results: Results, draw: Draw) -> Iterator[Section]:
    """Yield a section per scenario whose effect is taken apart."""
    setting, say = results.setting(), results.say
    for asked in results.about.get("decompositions", ()):
        name = str(asked["scenario"])
        table = findings.decomposition_table(results.asked, results.about, asked)
        spans = [span for span in findings.spans(results.about, results.asked["month"])
                 if (table["phase"] == span.name).any()]  # fmt: skip
        label = results.all_labels[name]
        last = table[table["phase"] == spans[-1].name]
        colour = next((style.colour for style in setting.styles if style.name == name), PALETTE[0])
        last_span = when(results, spans[-1])
        item = Exhibit(
            decomposition_bars.decomposition_bars(
                last,
                setting,
                say(
                    f"{label}: components one at a time, {last_span}",
                    f"{label}: Bestandteile einzeln, {last_span}",
                ),
                colour,
            ),
            decomposition_bars.reading_aid(setting),
            decomposition_bars.numbers(last, setting),
            width=820,
        )
        html = page.bullets(_about_parts(last, setting, asked), "summary") + draw(item)
        for span in spans[:-1]:
            inner = decomposition_bars.numbers(table[table["phase"] == span.name], setting)
            heading = f"{say('The same', 'Dasselbe')}, {when(results, span)}"
            html += _folded(heading, page.table(inner, heading))
        yield say(f"What the effect of {label} consists of", f"Woraus die Wirkung von {label} besteht"), html


def _about_parts(table: pd.DataFrame, setting: Setting, asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield sentences on a decomposition: do the parts add up, and what is missing from them."""
    say = setting.say
    for outcome in dict.fromkeys(table["indicator"]):
        rows = {str(row["part"]): row for row in table[table["indicator"] == outcome].to_dict("records")}
        unit = setting.unit(outcome)
        texts = {part: _interval(row, unit, say) for part, row in rows.items()}
        left = rows["interaction"]
        said = say("the components interact", "die Bestandteile wirken zusammen")
        if left["mean"] == left["low"] == left["high"] == 0:
            said = say("the components do not interact", "die Bestandteile wirken nicht zusammen")
        elif _is_open(left):
            said = say(
                "whether the components interact is open", "ob die Bestandteile zusammenwirken, ist offen"
            )
        yield say(
            f"{setting.label(outcome)}, {words.unit_of_difference(unit)}: the parts add up to {texts['sum']}; all "
            f"together {texts['together']}; {said} (together less sum: {texts['interaction']}).",
            f"{setting.label(outcome)}, {say.unit_of_difference(unit)}: Die Teile ergeben zusammengezählt "
            f"{texts['sum']}; alle zusammen {texts['together']}; {said} (zusammen minus Summe: "
            f"{texts['interaction']}).",
        )
    if asked.get("unchanged"):
        names = say.listing([say.lower(words.plain(name)) for name in asked["unchanged"]])
        yield say(
            f"Not switched on, because all regimes of this timeline agree in them: {names}.",
            f"Nicht eingeschaltet, weil alle Regime dieses Zeitablaufs darin übereinstimmen: {names}.",
        )
    if asked.get("left_out"):
        names = say.listing([say.lower(words.plain(name)) for name in asked["left_out"]])
        yield say(
            f"Not among the parts, although the regimes differ in them: {names}. The interaction holds them too.",
            f"Nicht unter den Teilen, obwohl sich die Regime darin unterscheiden: {names}. Die Wechselwirkung enthält "
            "auch sie.",
        )


def when(results: Results, span: Phase) -> str:
    """Return when a span is, for the middle of a sentence."""
    return f"{results.say.in_phase(results.span_name(span.name))} ({results.say.dates(span)})"


def _outcome(row: Mapping[Any, Any], setting: Setting) -> str:
    where = [row["municipality"]] if row["municipality"] != WHOLE else []
    group = setting.say.group(str(row["group"]))
    who = [setting.say(group.lower(), group)] if row["group"] != WHOLE else []
    return ", ".join([setting.label(str(row["outcome"])), *who, *where])


def _interval(row: Mapping[Any, Any], unit: str, say: Speech) -> str:
    return say.signed_interval(row["mean"], row["low"], row["high"], words.digits_of_difference(unit))


def _is_open(row: Mapping[Any, Any]) -> bool:
    return not (math.isfinite(row["low"]) and (row["low"] > 0 or row["high"] < 0))


def short(results: Results, name: object) -> str:
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
