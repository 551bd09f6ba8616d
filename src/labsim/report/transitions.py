"""The section of a report on what the transitions cost, what they leave behind, and how long they take."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import pandas as pd

from labsim.analysis import findings
from labsim.analysis.outcomes import OUTCOMES, OWN
from labsim.analysis.transition_metrics import CATCH_UP, COST, SCARS, TIME, TOLERANCE
from labsim.figures import paired_metrics, words
from labsim.figures.paired_metrics import Measure
from labsim.figures.rows import HOLLOW, HOLLOW_DE
from labsim.figures.speech import Speech
from labsim.report import page
from labsim.report.answers import Draw, Section
from labsim.report.exhibits import Exhibit
from labsim.report.reading import Results

Measures = list[Measure]

_NEAR = f"{TOLERANCE:g}".replace(".", ",") + " Prozentpunkten (Annahme)"

DEFINITIONS_DE = {
    COST["employment"].name: (
        "Verlorene Monate Beschäftigung gegenüber dem idealen Szenario, zusammengezählt vom Beginn des Übergangs bis "
        "zum genannten Zeitpunkt (unter 0: gewonnen)."
    ),
    COST["underemployment"].name: (
        "Monate in Arbeitslosigkeit oder Maßnahmen mehr als im idealen Szenario, zusammengezählt vom Beginn des "
        "Übergangs bis zum genannten Zeitpunkt (unter 0: weniger)."
    ),
    SCARS["employment_rate"].name: (
        "Beschäftigungsquote minus die des idealen Szenarios, Mittel über zwölf Monate, die so lange nach dem Ende "
        "des Übergangs beginnen."
    ),
    SCARS["underemployment_rate"].name: (
        "Unterbeschäftigungsquote minus die des idealen Szenarios, Mittel über zwölf Monate, die so lange nach dem "
        "Ende des Übergangs beginnen."
    ),
    TIME.name: (
        "Monate vom Beginn des Übergangs, bis die Beschäftigungsquote (Mittel von zwölf Monaten) bis auf "
        f"{_NEAR} beim späten Niveau des idealen Szenarios bleibt; kein Wert, wenn sie das nie tut."
    ),
    CATCH_UP.name: (
        "Monate vom Beginn des Übergangs, bis die Beschäftigungsquote (Mittel von zwölf Monaten) bis auf "
        f"{_NEAR} bei der des idealen Szenarios im selben Monat bleibt; kein Wert, wenn sie das nie tut."
    ),
}
"""What the outcomes of the section mean, in German."""


def transitions(results: Results, draw: Draw) -> Section | None:
    """Return cost, scars and times of all scenarios against the ideal one; None if no ideal is named."""
    table = findings.transition_table(results.asked, results.about)
    if table.empty:
        return None
    ideal, say = results.all_labels[str(results.about["ideal"])], results.say
    table = table.assign(
        measure=[
            f"{name} {horizon}" for name, horizon in zip(table["outcome"], table["horizon"], strict=True)
        ]
    )
    html = page.paragraph(
        say(
            f"Every scenario against the ideal, immediate change ({ideal}), pair by pair, in the whole place.",
            f"Jedes Szenario gegen den idealen, sofortigen Wechsel ({ideal}), Paar für Paar, im ganzen Gebiet.",
        ),
        "note",
    )
    costs = _of(table, [each.name for each in COST.values()], say)
    scars = _of(table, [each.name for each in SCARS.values()], say)
    if costs:
        title = say(
            f"Person-months lost per 1,000 persons of working age, against {ideal}",
            f"Verlorene Personenmonate je 1.000 Personen im Erwerbsalter, gegen {ideal}",
        )
        html += draw(_exhibit(results, table, costs, title, say(
            "Person-months of employment lost, and of underemployment added, from the start of the transition over the "
            f"months named, with 95 % intervals (chance only). Above zero: dearer than the ideal. {HOLLOW}",
            "Verlorene Personenmonate Beschäftigung und zusätzliche Personenmonate Unterbeschäftigung, vom Beginn des "
            "Übergangs über die genannten Monate, mit 95-%-Intervallen (nur Zufall). Über null: teurer als das Ideal. "
            f"{HOLLOW_DE}",
        )))  # fmt: skip
    if scars:
        title = say(
            f"What is left after the transition, against {ideal} (percentage points)",
            f"Was nach dem Übergang bleibt, gegen {ideal} (Prozentpunkte)",
        )
        html += draw(_exhibit(results, table, scars, title, say(
            "Difference to the ideal in a year that begins so many months after the end of the scenario's own "
            "transition, with 95 % intervals (chance only). A difference that is clear of zero is a scar at this "
            f"horizon, and nothing is said beyond the last one. {HOLLOW}",
            "Differenz zum Ideal in einem Jahr, das so viele Monate nach dem Ende des eigenen Übergangs beginnt, mit "
            "95-%-Intervallen (nur Zufall). Eine Differenz, die sich von null abhebt, ist eine Narbe zu diesem "
            f"Zeitpunkt; über den letzten hinaus ist nichts gesagt. {HOLLOW_DE}",
        )))  # fmt: skip
    caption = say(
        "Time to target and time to catch up, months from the start",
        "Zeit bis zum Ziel und bis zum Aufholen, Monate ab Beginn",
    )
    html += page.table(_times(results, table), caption)
    html += page.bullets(_cautions(results), "note")
    inner = page.bullets(_definitions(table, say), "note")
    measured = say("How these are measured", "Wie das gemessen wird")
    html += f"<details><summary>{measured}</summary>{inner}</details>"
    return say("What the transition costs", "Was der Übergang kostet"), html


def _cautions(results: Results) -> Iterator[str]:
    """Yield what must be known to read the numbers of this experiment."""
    say = results.say
    yield say(
        "A mean of times is given only if every pair arrives; the mean of those that do would be too short.",
        "Ein Mittel von Zeiten steht nur da, wenn jedes Paar ankommt; das Mittel derer, die ankommen, wäre zu kurz.",
    )
    if len(results.seeds) == 1:
        yield say(
            "One pair has no interval: nothing here tells chance from effect.",
            "Ein Paar hat kein Intervall: Nichts hier trennt Zufall von Wirkung.",
        )
    ideal = str(results.about["ideal"])
    last = {name: _last_regime(results, name) for name in findings.named(results.about)}
    others = [results.all_labels[name] for name, regime in last.items() if regime != last[ideal]]
    if others:
        one = len(others) == 1
        yield say(
            f"{say.listing(others)} {'ends' if one else 'end'} in another regime than the ideal: there the numbers "
            "compare regimes too, not the passage alone.",
            f"{say.listing(others)} {'endet' if one else 'enden'} in einem anderen Regime als das Ideal: Dort "
            "vergleichen die Zahlen auch Regime, nicht nur den Weg.",
        )


def _last_regime(results: Results, name: str) -> str:
    """Return the regime with which a scenario's timeline ends."""
    timeline = results.about.get("runs", {}).get(name, {}).get("timeline", ())
    return str(timeline[-1]["to"]) if timeline else ""


def _of(table: pd.DataFrame, outcomes: list[str], say: Speech) -> Measures:
    """Return a measure for each of the outcomes at every horizon it has, outcome by outcome."""
    found: Measures = []
    for name in outcomes:
        is_cost = name in {each.name for each in COST.values()}
        known = OUTCOMES[name]
        heading = words.plain(
            say(known.label.rpartition(" in ")[2], re.split(r" in (?:der )?", known.label_de)[-1])
        )
        for horizon in sorted({int(each) for each in table.loc[table["outcome"] == name, "horizon"]}):
            when = say(f"{horizon} months after", f"{horizon} Monate danach")
            unit = say.unit(known.unit)
            if is_cost:
                when = say(f"over {horizon} months", f"über {horizon} Monate")
                unit = say("person-months per 1,000", "Personenmonate je 1.000")
            found.append(Measure(f"{name} {horizon}", heading, unit, 1 if is_cost else 2, when))
    return found


def _exhibit(results: Results, table: pd.DataFrame, measures: Measures, title: str, aid: str) -> Exhibit:
    styles, say = {style.name: style for style in results.setting().styles}, results.say
    labels = {name: results.all_labels[name] for name in findings.named(results.about)}
    labels.pop(str(results.about["ideal"]))
    rows = table[table["measure"].isin([measure.name for measure in measures])]
    figure = paired_metrics.paired_metrics(title, rows, measures, styles, labels, blocks=2, say=say)
    columns = len(measures) // 2
    numbers = paired_metrics.numbers(rows, measures, styles, labels, say)
    return Exhibit(figure, aid, numbers, width=250 + 210 * columns)


def _times(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    """Return the times as text, a row per scenario."""
    styles, say = {style.name: style.title for style in results.setting().styles}, results.say
    kinds = ((TIME, say("Target", "Ziel")), (CATCH_UP, say("Catching up", "Aufholen")))
    columns = (say("arrived", "angekommen"), say("median", "Median"), say("mean", "Mittel"))
    rows = []
    for name in findings.named(results.about):
        part = table[(table["scenario"] == name) & table["outcome"].isin([TIME.name, CATCH_UP.name])]
        if part.empty:
            continue
        found = {str(row["outcome"]): row for row in part.to_dict("records")}
        row = {say("Scenario", "Szenario"): styles.get(name, results.all_labels[name])}
        for outcome, short in kinds:
            it = found.get(outcome.name)
            texts = [words.MISSING] * 3
            if it is not None:
                reached, pairs = int(it["reached"]), int(it["pairs"])
                arrived = say(f"{reached} of {pairs} pairs", f"{reached} von {pairs} Paaren")
                texts = [arrived, _months(it["median"], say), _mean(it["mean"], it["low"], it["high"], say)]
            row |= {f"{short}: {what}": text for what, text in zip(columns, texts, strict=True)}
        rows.append(row)
    return pd.DataFrame(rows)


def _months(value: float, say: Speech) -> str:
    return say("never", "nie") if math.isinf(value) else say.number(value, 0)


def _mean(mean: float, low: float, high: float, say: Speech) -> str:
    if not math.isfinite(mean):
        return words.MISSING
    if not math.isfinite(low):
        return f"{say.number(mean)} ({say('one pair', 'ein Paar')})"
    return f"{say.number(mean)} ({say.number(low)} {say('to', 'bis')} {say.number(high)})"


def _definitions(table: pd.DataFrame, say: Speech) -> Iterator[str]:
    """Yield what each outcome of the section means."""
    for name in dict.fromkeys(table["outcome"]):
        outcome = OUTCOMES[str(name)]
        told = say(outcome.definition, DEFINITIONS_DE.get(str(name), outcome.definition))
        source = say(outcome.source, "Definition von labsim" if outcome.source == OWN else outcome.source)
        name_of, unit = say(outcome.label, outcome.label_de), say.unit(outcome.unit)
        yield f"{name_of} ({unit}): {told} {say('Source', 'Quelle')}: {source}."
