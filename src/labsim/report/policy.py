"""The sections of a report on policy itself: who pays, providers and local actors, whom measures reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from labsim.analysis.payers import (
    ACTIVE,
    ALL_PAYERS,
    cost_per_employment_month,
    in_order,
    payments_moved,
    per_resident,
)
from labsim.analysis.tables import WHOLE, TableError, has
from labsim.analysis.windows import Phase
from labsim.figures import money, payer_uses, reached, small_multiples, who_pays, words
from labsim.figures.theme import Setting
from labsim.report import page
from labsim.report.answers import Draw, Section
from labsim.report.exhibits import Exhibit
from labsim.report.reading import Results

COUNTED: Mapping[str, tuple[str, ...] | None] = {
    "all payments, benefits saved set against the cost": None,
    "measures, administration and coordination alone": ACTIVE,
}
"""Which payments a cost counts."""

COST_NOTE = (
    "Employment: months of employment more than under {baseline}, per 1,000 residents of working age; spending: EUR "
    "more per resident, both over the whole phase. Last column: the one divided by the other, with Fieller's 95 % "
    "interval (pairs of runs with the same seed; chance only). Below zero: more employment for less money. A dash: not "
    "defined, because the interval of the difference in employment covers zero. Taxes and contributions that come back "
    "are not modelled."
)
"""How to read the table of costs."""


def payments(results: Results, draw: Draw) -> Section | None:
    """Return who pays before, during and after a transition; None if the results have no accounts."""
    setting = results.setting()
    if results.accounts.empty or not has(results.indicators, "population", setting.municipality):
        return None
    tables = (results.accounts, results.indicators)
    html = draw(Exhibit(
        who_pays.who_pays(*tables, setting),
        who_pays.reading_aid(*tables, setting),
        who_pays.numbers(*tables, setting),
        width=330 * min(max(len(setting.others), 1), who_pays.ACROSS) + 60,
    ))  # fmt: skip
    if setting.others:
        caption = (
            f"Difference to {setting.baseline.letter} by payer in {setting.place}, {money.UNIT}: mean over the months "
            "of each phase, in brackets the 95 % interval over pairs with the same seed"
        )
        html += page.table(_moved(results, setting), caption)
    html += draw(Exhibit(
        payer_uses.payer_uses(*tables, setting),
        payer_uses.reading_aid(*tables, setting),
        payer_uses.numbers(*tables, setting),
        width=860,
    ))  # fmt: skip
    if setting.others and has(results.indicators, "employment"):
        for counted, uses in COUNTED.items():
            caption = f"What an additional month of employment costs, whole place: {counted}"
            html += page.table(_costs(results, setting, uses), caption)
        html += page.paragraph(COST_NOTE.format(baseline=setting.baseline.title), "note")
    return "Who pays", html


def institutions(results: Results, draw: Draw) -> Section | None:
    """Return providers, ties of local actors and whom measures reach, as far as the results have them."""
    html = "".join(draw(item) for item in _institutions(results, results.setting()))
    return ("Providers, local actors, and whom measures reach", html) if html else None


def _institutions(results: Results, setting: Setting) -> Iterator[Exhibit]:
    """Yield the figures that the results have the data for."""
    makers: tuple[Callable[[pd.DataFrame, Setting], Exhibit], ...] = (_reached, _providers, _local_actors)
    for make in makers:
        try:
            yield make(results.indicators, setting)
        except TableError:
            continue  # a run without institutions, or an older one


def _reached(indicators: pd.DataFrame, setting: Setting) -> Exhibit:
    return Exhibit(
        reached.reached(indicators, setting),
        reached.reading_aid(indicators, setting),
        reached.numbers(indicators, setting),
        width=980,
    )


def _providers(indicators: pd.DataFrame, setting: Setting) -> Exhibit:
    names, title = small_multiples.PROVIDERS, f"Providers of measures in {setting.place}"
    return Exhibit(
        small_multiples.small_multiples(title, indicators, setting, names, 4),
        f"{small_multiples.reading_aid(indicators, setting, names)} Capacity by field of work: people whom providers "
        "can serve at a time.",
        small_multiples.numbers(indicators, setting, names),
        width=940,
    )


def _local_actors(indicators: pd.DataFrame, setting: Setting) -> Exhibit:
    names, title = small_multiples.LOCAL_ACTORS, f"Ties and joint work of local actors in {setting.place}"
    return Exhibit(
        small_multiples.small_multiples(title, indicators, setting, names, 4),
        small_multiples.reading_aid(indicators, setting, names),
        small_multiples.numbers(indicators, setting, names),
        width=940,
    )


def _moved(results: Results, setting: Setting) -> pd.DataFrame:
    """Return what has moved from payer to payer as text: a row per scenario and payer, a column per phase."""
    spans = setting.phases(results.accounts["month"])
    texts: dict[tuple[str, str], dict[str, str]] = {}
    for by in (("payer",), ()):
        monthly = per_resident(results.accounts, results.indicators, setting.municipality, by)
        table = payments_moved(monthly, setting.baseline.name, spans)
        for name in in_order(table["indicator"].unique(), by):
            for row in table[table["indicator"] == name].to_dict("records"):
                found = words.signed_interval(row["mean"], row["low"], row["high"], money.DIFFERENCE_DIGITS)
                texts.setdefault((str(row["scenario"]), name), {})[str(row["phase"])] = found
    letters = {style.name: f"{style.letter} − {setting.baseline.letter}" for style in setting.others}
    order = list(letters)
    names = sorted(texts, key=lambda key: (order.index(key[0]), key[1] == ALL_PAYERS))
    return pd.DataFrame(
        {"Scenario": letters[scenario], "Payer": money.payer(name)}
        | {
            f"{words.plain(span.name)} ({span.dates})": texts[scenario, name].get(span.name, words.MISSING)
            for span in spans
        }
        for scenario, name in names
    )


def _costs(results: Results, setting: Setting, uses: tuple[str, ...] | None) -> pd.DataFrame:
    """Return what a month of employment more costs as text: a row per scenario and phase."""
    months = results.accounts["month"]
    spans = [*setting.affected(months)]
    if setting.change is not None:
        end = months.max() + pd.DateOffset(months=1)
        spans.append(Phase("From the start on", max(setting.change.start, months.min()), end))
    rows = []
    for style in setting.others:
        for span in spans:
            found = cost_per_employment_month(
                results.accounts, results.indicators, style.name, setting.baseline.name, span, uses, WHOLE
            )
            rows.append({
                "Scenario": f"{style.letter} − {setting.baseline.letter}",
                "When": f"{words.plain(span.name)} ({span.dates})",
                "Employment": _interval(found, "employment", 1, 1000.0),
                "Spending": _interval(found, "spending", 0),
                "EUR per month of employment": _cost(found),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _interval(found: Mapping[str, Any], name: str, digits: int, scale: float = 1.0) -> str:
    mean, low, high = (scale * float(found[f"{name}{edge}"]) for edge in ("", "_low", "_high"))
    return words.signed_interval(mean, low, high, digits)


def _cost(found: Mapping[str, Any]) -> str:
    """Return a cost with its interval; a dash where it is not defined, a word where employment is lost."""
    if not math.isfinite(found["value"]):
        return words.MISSING
    if found["employment"] < 0:
        return "less employment"
    value, low, high = (words.number(float(found[name]), 0) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"
