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
from labsim.analysis.tables import WHOLE, TableError, has, pick
from labsim.analysis.windows import Phase
from labsim.figures import money, payer_uses, reached, small_multiples, who_pays, words
from labsim.figures.speech import Speech
from labsim.figures.theme import Setting
from labsim.report import page
from labsim.report.answers import Draw, Section
from labsim.report.exhibits import Exhibit
from labsim.report.reading import Results

COUNTED: Mapping[tuple[str, str], tuple[str, ...] | None] = {
    (
        "all payments, benefits saved set against the cost",
        "alle Zahlungen, gesparte Leistungen gegen die Kosten gerechnet",
    ): None,
    (
        "measures, administration and coordination alone",
        "nur Maßnahmen, Verwaltung und Koordination",
    ): ACTIVE,
}
"""Which payments a cost counts, in both languages."""

COST_NOTE = (
    "Employment: months of employment more than under {baseline}, per 1,000 residents of working age; spending: EUR "
    "more per resident, both over the whole phase. Last column: the one divided by the other, with Fieller's 95 % "
    "interval (pairs of runs with the same seed; chance only). Below zero: more employment for less money. A dash: not "
    "defined, because the interval of the difference in employment covers zero. Taxes and contributions that come back "
    "are not modelled.",
    "Beschäftigung: Monate Beschäftigung mehr als unter {baseline}, je 1.000 Personen im Erwerbsalter; Ausgaben: EUR "
    "mehr je Person, beides über die ganze Phase. Letzte Spalte: das eine geteilt durch das andere, mit Fiellers "
    "95-%-Intervall (Paare von Läufen mit gleicher Startzahl; nur Zufall). Unter null: mehr Beschäftigung für weniger "
    "Geld. Ein Strich: nicht definiert, weil das Intervall der Differenz in der Beschäftigung die Null enthält. "
    "Steuern und Beiträge, die zurückfließen, sind nicht modelliert.",
)
"""How to read the table of costs, in both languages."""


def payments(results: Results, draw: Draw) -> Section | None:
    """Return who pays before, during and after a transition; None if the results have no accounts."""
    setting, say = results.setting(), results.say
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
        base, unit = setting.baseline.letter, say.unit(money.UNIT)
        caption = say(
            f"Difference to {base} by payer in {setting.place}, {unit}: mean over the months of each phase, in "
            "brackets the 95 % interval over pairs with the same seed",
            f"Differenz zu {base} nach Zahlern {setting.where}, {unit}: Mittel über die Monate jeder Phase, in "
            "Klammern das 95-%-Intervall über Paare mit gleicher Startzahl",
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
            caption = say(
                f"What an additional month of employment costs, whole place: {counted[0]}",
                f"Was ein zusätzlicher Monat Beschäftigung kostet, ganzes Gebiet: {counted[1]}",
            )
            html += page.table(_costs(results, setting, uses), caption)
        html += page.paragraph(say(*COST_NOTE).format(baseline=setting.baseline.title), "note")
    return say("Who pays", "Wer zahlt"), html


def institutions(results: Results, draw: Draw) -> Section | None:
    """Return providers, ties of local actors and whom measures reach, as far as the results have them."""
    html = "".join(draw(item) for item in _institutions(results, results.setting()))
    heading = results.say(
        "Providers, local actors, and whom measures reach",
        "Träger, Akteure vor Ort, und wen Maßnahmen erreichen",
    )
    return (heading, html) if html else None


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
    names, say = small_multiples.PROVIDERS, setting.say
    title = f"{say('Providers of measures', 'Träger von Maßnahmen')} {setting.where}"
    fields = say(
        "Capacity by field of work: people whom providers can serve at a time.",
        "Kapazität nach Arbeitsfeld: Menschen, die Träger gleichzeitig betreuen können.",
    )
    return Exhibit(
        small_multiples.small_multiples(title, indicators, setting, names, 4),
        f"{small_multiples.reading_aid(indicators, setting, names)} {fields}",
        small_multiples.numbers(indicators, setting, names),
        width=940,
    )


def _local_actors(indicators: pd.DataFrame, setting: Setting) -> Exhibit:
    names = small_multiples.LOCAL_ACTORS
    what = setting.say(
        "Ties and joint work of local actors", "Beziehungen und gemeinsame Arbeit der Akteure vor Ort"
    )
    title = f"{what} {setting.where}"
    return Exhibit(
        small_multiples.small_multiples(title, indicators, setting, names, 4),
        small_multiples.reading_aid(indicators, setting, names),
        small_multiples.numbers(indicators, setting, names),
        width=940,
    )


def _moved(results: Results, setting: Setting) -> pd.DataFrame:
    """Return what has moved from payer to payer as text: a row per scenario and payer, a column per phase."""
    spans, say = setting.phases(results.accounts["month"]), results.say
    texts: dict[tuple[str, str], dict[str, str]] = {}
    for by in (("payer",), ()):
        monthly = per_resident(results.accounts, results.indicators, setting.municipality, by)
        table = payments_moved(monthly, setting.baseline.name, spans)
        for name in in_order(table["indicator"].unique(), by):
            for row in table[table["indicator"] == name].to_dict("records"):
                found = say.signed_interval(row["mean"], row["low"], row["high"], money.DIFFERENCE_DIGITS)
                texts.setdefault((str(row["scenario"]), name), {})[str(row["phase"])] = found
    letters = {style.name: f"{style.letter} − {setting.baseline.letter}" for style in setting.others}
    order = list(letters)
    names = sorted(texts, key=lambda key: (order.index(key[0]), key[1] == ALL_PAYERS))
    return pd.DataFrame(
        {say("Scenario", "Szenario"): letters[scenario], say("Payer", "Zahler"): money.payer(name, say)}
        | {f"{say.span(span)}": texts[scenario, name].get(span.name, words.MISSING) for span in spans}
        for scenario, name in names
    )


def _costs(results: Results, setting: Setting, uses: tuple[str, ...] | None) -> pd.DataFrame:
    """Return what a month of employment more costs as text: a row per scenario and phase."""
    months, say = results.accounts["month"], results.say
    spans = [*setting.affected(months)]
    if setting.change is not None:
        end = months.max() + pd.DateOffset(months=1)
        spans.append(
            Phase(say("From the start on", "Vom Beginn an"), max(setting.change.start, months.min()), end)
        )
    accounts = results.accounts[results.accounts["municipality"] == WHOLE]
    indicators = pick(results.indicators, ["employment", "population"], WHOLE)
    rows = []
    for style in setting.others:
        for span in spans:
            found = cost_per_employment_month(
                accounts, indicators, style.name, setting.baseline.name, span, uses, WHOLE
            )
            rows.append({
                say("Scenario", "Szenario"): f"{style.letter} − {setting.baseline.letter}",
                say("When", "Wann"): f"{say.span(span)}",
                say("Employment", "Beschäftigung"): _interval(found, "employment", 1, say, 1000.0),
                say("Spending", "Ausgaben"): _interval(found, "spending", 0, say),
                say("EUR per month of employment", "EUR je Monat Beschäftigung"): _cost(found, say),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _interval(found: Mapping[str, Any], name: str, digits: int, say: Speech, scale: float = 1.0) -> str:
    mean, low, high = (scale * float(found[f"{name}{edge}"]) for edge in ("", "_low", "_high"))
    return say.signed_interval(mean, low, high, digits)


def _cost(found: Mapping[str, Any], say: Speech) -> str:
    """Return a cost with its interval; a dash where it is not defined, a word where employment is lost."""
    if not math.isfinite(found["value"]):
        return words.MISSING
    if found["employment"] < 0:
        return say("less employment", "weniger Beschäftigung")
    value, low, high = (say.number(float(found[name]), 0) for name in ("value", "low", "high"))
    return f"{value} ({low} {say('to', 'bis')} {high})"
