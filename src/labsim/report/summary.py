"""The report in a few sentences, made from the tables: every number with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from labsim.analysis.published import fit, root_mean_square
from labsim.analysis.tables import has, pick
from labsim.analysis.windows import Phase, phase_means
from labsim.figures import words
from labsim.figures.headline import HEADLINE
from labsim.figures.phase_table import phase_differences
from labsim.figures.theme import Setting, Style
from labsim.figures.unemployment_against_published import INDICATOR

EMPLOYMENT, UNEMPLOYMENT = "employment_rate", "unemployment_rate"


def sentences(indicators: pd.DataFrame, published: pd.DataFrame, setting: Setting) -> list[str]:
    """Return the summary: a sentence per scenario and phase, or per rate, and one on published values."""
    shown = [name for name in HEADLINE if has(indicators, name, setting.municipality)]
    if not shown:
        return against_published(indicators, published, setting)
    describe = comparison if setting.others else single
    return describe(indicators, setting, shown) + against_published(indicators, published, setting)


def comparison(indicators: pd.DataFrame, setting: Setting, outcomes: Sequence[str]) -> list[str]:
    """Return a sentence per scenario for the months during and after the transition (or the whole run)."""
    table, say = phase_differences(indicators, setting, outcomes), setting.say
    spans = setting.affected(indicators["month"])
    pairs = int(table["pairs"].min())
    result = [
        say(
            f"All differences are means over {pairs} pair{'s' if pairs != 1 else ''} of runs with the same seed, "
            f"in {setting.place}; in brackets the 95 % interval of that mean.",
            f"Alle Differenzen sind Mittel über {pairs} Paar{'e' if pairs != 1 else ''} von Läufen mit gleicher "
            f"Startzahl, {setting.where}; in Klammern das 95-%-Intervall dieses Mittels.",
        )
    ]
    for style in setting.others:
        for span in spans:
            part = table[(table["scenario"] == style.name) & (table["phase"] == span.name)]
            result.append(_compared(part, style, span, setting))
    return result


def _compared(part: pd.DataFrame, style: Style, span: Phase, setting: Setting) -> str:
    """Return one sentence on one scenario in one phase; `part` has a row per outcome."""
    rows = {str(row["indicator"]): row for row in part.to_dict("records")}
    clauses = [difference(row["mean"], row["low"], row["high"], setting, name) for name, row in rows.items()]
    base, say = setting.baseline, setting.say
    pair = say(
        f"{style.letter} ({style.label}) compared with {base.letter} ({base.label})",
        f"{style.letter} ({style.label}) im Vergleich zu {base.letter} ({base.label})",
    )
    text = f"{_when(span, setting)}, {pair}: {say.listing(clauses)}."
    if {EMPLOYMENT, UNEMPLOYMENT} <= set(rows) and rows[UNEMPLOYMENT]["high"] < 0 >= rows[EMPLOYMENT]["low"]:
        text += say(
            " Registered unemployment is lower here, but these runs do not show more employment: fewer "
            "registered can also mean more people in measures or out of the labour force.",
            " Die registrierte Arbeitslosigkeit ist hier niedriger, aber diese Läufe zeigen nicht mehr Beschäftigung: "
            "Weniger Registrierte können auch mehr Menschen in Maßnahmen oder außerhalb des Arbeitsmarkts heißen.",
        )
    return text


def _when(span: Phase, setting: Setting) -> str:
    when = setting.say.in_phase(span.name)
    return f"{when[:1].upper()}{when[1:]} ({setting.say.dates(span)})"


def difference(mean: float, low: float, high: float, setting: Setting, indicator: str) -> str:
    """Return one difference in words: "employment is 0.40 (0.20 to 0.60) percentage points higher".

    A difference whose interval includes zero is said to be open in its direction. NaN bounds: no interval.
    """
    say, unit = setting.say, setting.difference_label(indicator)
    digits = words.digits_of_difference(setting.unit(indicator))
    name = say(f"{words.lower(setting.label(indicator))} is", setting.label(indicator))
    if mean == low == high == 0:
        return say(f"{name} identical in every pair", f"{name}: in jedem Paar gleich")
    direction = say("higher", "höher") if mean > 0 else say("lower", "niedriger")
    size, to = say.number(abs(mean), digits), say("to", "bis")
    name = say(name, f"{name} um")
    if math.isnan(low):
        return (
            f"{name} {size} {unit} {direction} ({say('one pair, no interval', 'ein Paar, kein Intervall')})"
        )
    if low <= 0 <= high:
        open_range = f"{say.signed(low, digits)} {to} {say.signed(high, digits)}"
        is_open = say("the direction is open", "die Richtung ist offen")
        return f"{name} {size} {unit} {direction} ({open_range}: {is_open})"
    near, far = sorted((abs(low), abs(high)))
    return f"{name} {size} ({say.number(near, digits)} {to} {say.number(far, digits)}) {unit} {direction}"


def single(indicators: pd.DataFrame, setting: Setting, outcomes: Sequence[str]) -> list[str]:
    """Return a sentence on the mean of every outcome in each phase of a single run."""
    rows, say = pick(indicators, outcomes, setting.municipality), setting.say
    spans = setting.phases(rows["month"])
    means = phase_means(rows, spans).set_index(["indicator", "phase"])["value"]
    result = []
    for name in outcomes:
        digits = words.digits_of_level(setting.unit(name))
        values = [say.number(float(means[name, span.name]), digits) for span in spans]
        parts = [
            f"{value} {say.in_phase(span.name)} ({say.dates(span)})"
            for value, span in zip(values, spans, strict=True)
        ]
        what = say(
            f"in {setting.place} ({setting.unit(name)}, mean over the months)",
            f"{setting.where} ({setting.unit_label(name)}, Mittel über die Monate)",
        )
        result.append(f"{setting.label(name)} {what}: {say.listing(parts)}.")
    caution = say(
        "One run: nothing here tells chance from effect; a comparison over several seeds does.",
        "Ein Lauf: Nichts hier trennt Zufall von Wirkung; das kann ein Vergleich über mehrere Startzahlen.",
    )
    return [*result, caution]


def against_published(indicators: pd.DataFrame, published: pd.DataFrame, setting: Setting) -> list[str]:
    """Return a sentence on how far the simulated unemployment rate is from the published annual values."""
    if not has(indicators, INDICATOR, setting.municipality):
        return []
    table, say = fit(indicators, published, INDICATOR, setting.municipality), setting.say
    parts = []
    for style in setting.styles:
        deviations = table.loc[table["scenario"] == style.name, "deviation"]
        if len(deviations):
            mean, root = float(deviations.mean()), root_mean_square(deviations)
            spread = say("root mean square", "quadratisches Mittel")
            parts.append(f"{style.letter} {say.signed(mean)} ({spread} {say.number(root)})".strip())
    if not parts:
        return []
    years, label = table["year"], setting.label(INDICATOR)
    return [
        say(
            f"Against the published annual {words.lower(label)} of {setting.place} "
            f"{years.min()}–{years.max()}, the simulated one deviates on average by, in percentage points: "
            f"{say.listing(parts)}. Only a scenario that follows what happened should be close.",
            f"{label} {setting.where} {years.min()}–{years.max()}: Von den veröffentlichten Jahreswerten weichen die "
            f"simulierten im Mittel ab um, in Prozentpunkten: {say.listing(parts)}. Nahe liegen sollte nur ein "
            "Szenario, das dem folgt, was geschehen ist.",
        )
    ]
