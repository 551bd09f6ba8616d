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
    table = phase_differences(indicators, setting, outcomes)
    spans = setting.affected(indicators["month"])
    pairs = int(table["pairs"].min())
    result = [
        f"All differences are means over {pairs} pair{'s' if pairs != 1 else ''} of runs with the same seed, "
        f"in {setting.place}; in brackets the 95 % interval of that mean."
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
    base = setting.baseline
    text = (
        f"{_when(span)}, {style.letter} ({style.label}) compared with {base.letter} ({base.label}): "
        f"{words.listing(clauses)}."
    )
    if {EMPLOYMENT, UNEMPLOYMENT} <= set(rows) and rows[UNEMPLOYMENT]["high"] < 0 >= rows[EMPLOYMENT]["low"]:
        text += (
            " Registered unemployment is lower here, but these runs do not show more employment: fewer "
            "registered can also mean more people in measures or out of the labour force."
        )
    return text


def _when(span: Phase) -> str:
    when = words.in_phase(span.name)
    return f"{when[:1].upper()}{when[1:]} ({span.dates})"


def difference(mean: float, low: float, high: float, setting: Setting, indicator: str) -> str:
    """Return one difference in words: "employment is 0.40 (0.20 to 0.60) percentage points higher".

    A difference whose interval includes zero is said to be open in its direction. NaN bounds: no interval.
    """
    unit = words.unit_of_difference(setting.unit(indicator))
    digits = words.digits_of_difference(setting.unit(indicator))
    name = f"{words.lower(setting.label(indicator))} is"
    if mean == low == high == 0:
        return f"{name} identical in every pair"
    direction = "higher" if mean > 0 else "lower"
    size = words.number(abs(mean), digits)
    if math.isnan(low):
        return f"{name} {size} {unit} {direction} (one pair, no interval)"
    if low <= 0 <= high:
        open_range = f"{words.signed(low, digits)} to {words.signed(high, digits)}"
        return f"{name} {size} {unit} {direction} ({open_range}: the direction is open)"
    near, far = sorted((abs(low), abs(high)))
    return f"{name} {size} ({words.number(near, digits)} to {words.number(far, digits)}) {unit} {direction}"


def single(indicators: pd.DataFrame, setting: Setting, outcomes: Sequence[str]) -> list[str]:
    """Return a sentence on the mean of every outcome in each phase of a single run."""
    rows = pick(indicators, outcomes, setting.municipality)
    spans = setting.phases(rows["month"])
    means = phase_means(rows, spans).set_index(["indicator", "phase"])["value"]
    result = []
    for name in outcomes:
        digits = words.digits_of_level(setting.unit(name))
        values = [words.number(float(means[name, span.name]), digits) for span in spans]
        parts = [
            f"{value} {words.in_phase(span.name)} ({span.dates})"
            for value, span in zip(values, spans, strict=True)
        ]
        result.append(
            f"{setting.label(name)} in {setting.place} ({setting.unit(name)}, mean over the months): "
            f"{words.listing(parts)}."
        )
    return [*result, "One run: nothing here tells chance from effect; a comparison over several seeds does."]


def against_published(indicators: pd.DataFrame, published: pd.DataFrame, setting: Setting) -> list[str]:
    """Return a sentence on how far the simulated unemployment rate is from the published annual values."""
    if not has(indicators, INDICATOR, setting.municipality):
        return []
    table = fit(indicators, published, INDICATOR, setting.municipality)
    parts = []
    for style in setting.styles:
        deviations = table.loc[table["scenario"] == style.name, "deviation"]
        if len(deviations):
            mean, root = float(deviations.mean()), root_mean_square(deviations)
            parts.append(
                f"{style.letter} {words.signed(mean)} (root mean square {words.number(root)})".strip()
            )
    if not parts:
        return []
    years = table["year"]
    return [
        f"Against the published annual {words.lower(setting.label(INDICATOR))} of {setting.place} "
        f"{years.min()}–{years.max()}, the simulated one deviates on average by, in percentage points: "
        f"{words.listing(parts)}. Only a scenario that follows what happened should be close."
    ]
