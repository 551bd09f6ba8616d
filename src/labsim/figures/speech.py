"""The two languages of the figures: numbers, units, dates and names in words, English or German.

A figure takes its language from its setting and says every text in both, side by side: ``say("Lines", "Linien")``.
Numbers follow the language: a comma for thousands and a point for decimals in English, the other way in German.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast

import pandas as pd

from labsim.analysis.windows import Phase
from labsim.figures import words

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "de")

UNITS_DE: Mapping[str, str] = MappingProxyType({
    "%": "%",
    "% of hires": "% der Einstellungen",
    "% of the money set aside": "% der bereitgestellten Mittel",
    "places per 1,000 residents of working age": "Plätze je 1.000 Personen im Erwerbsalter",
    "% of profiled clients": "% der eingestuften Kundinnen und Kunden",
    "log points": "Logarithmuspunkte",
    "share (0 to 1)": "Anteil (0 bis 1)",
    "persons": "Personen",
    "person-months": "Personenmonate",
    "% of the population of working age": "% der Bevölkerung im Erwerbsalter",
    "% of population of working age": "% der Bevölkerung im Erwerbsalter",
    "persons per month": "Personen je Monat",
    "% of participants": "% der Teilnehmenden",
    "% of the unemployed per month": "% der Arbeitslosen je Monat",
    "% of unemployed per month": "% der Arbeitslosen je Monat",
    "% of the employed per month": "% der Beschäftigten je Monat",
    "jobs per 1,000 residents of working age": "Stellen je 1.000 Personen im Erwerbsalter",
    "% of the unemployed": "% der Arbeitslosen",
    "% of registered unemployed": "% der registrierten Arbeitslosen",
    "EUR per month": "EUR je Monat",
    "EUR per resident of working age and month": "EUR je Person im Erwerbsalter und Monat",
    "EUR per resident and month": "EUR je Person und Monat",
    "% of the registered unemployed and participants": "% der registrierten Arbeitslosen und Teilnehmenden",
    "% of capacity": "% der Kapazität",
    "% of entrants": "% der Eintritte",
    "% of offers": "% der Angebote",
    "registered vacancies per unemployed": "gemeldete Stellen je arbeitslose Person",
    "number": "Anzahl",
    "% of the inactive per month": "% der Nichterwerbspersonen je Monat",
    "per 100 unemployed and month": "je 100 Arbeitslose und Monat",
    "index (0 to 1)": "Index (0 bis 1)",
    "index (0 to 100)": "Index (0 bis 100)",
    "vacancies per unemployed": "offene Stellen je arbeitslose Person",
    "% of the labour force and participants": "% der Erwerbspersonen und Teilnehmenden",
    "% of labour force with measures": "% der Erwerbspersonen und Teilnehmenden",
    "% of the labour force": "% der Erwerbspersonen",
    "% of labour force": "% der Erwerbspersonen",
    "days": "Tage",
    "months": "Monate",
    "% of vacancies per month": "% der offenen Stellen je Monat",
    "% of jobs": "% der Stellen",
    "% of jobs, filled and vacant": "% der besetzten und offenen Stellen",
    "% of vouchers that ended": "% der abgelaufenen Gutscheine",
    "percentage points": "Prozentpunkte",
    "ratio": "Verhältnis",
    "share": "Anteil",
    "share per month": "Anteil je Monat",
    "per month": "je Monat",
    "month": "Monat",
    "years": "Jahre",
})  # fmt: skip
"""Units in German; those of every indicator of labsim are here."""

GROUPS_DE: Mapping[str, str] = MappingProxyType({
    "all": "Alle",
    "youth": "Unter 25",
    "older": "50 und älter",
    "low_skilled": "Ohne Berufsausbildung",
    "long_term": "Langzeitarbeitslose",
})  # fmt: skip

STATES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "employed": ("Employed", "Beschäftigt"),
    "in_measure": ("In a measure", "In Maßnahme"),
    "short": ("Unemployed under a year", "Unter 1 Jahr arbeitslos"),
    "long": ("Unemployed a year or more", "1 Jahr und länger arbeitslos"),
    "unemployed": ("Unemployed", "Arbeitslos"),
    "inactive": ("Inactive", "Nicht erwerbstätig"),
    "outside": ("Outside", "Außerhalb"),
})  # fmt: skip
"""The states in both languages; short and long divide the unemployed at twelve months."""

PHASES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "before": ("Before", "Vorher"),
    "during": ("During", "Währenddessen"),
    "after": ("After", "Danach"),
    "whole run": ("Whole run", "Ganzer Lauf"),
})  # fmt: skip

MONTHS_DE = ("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

CELLS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "all": ("Everybody", "Alle"),
    "employed": ("Employed", "Beschäftigt"),
    "in_measure": ("In a measure", "In Maßnahme"),
    "out_under_3": ("Out of work, under 3 months", "Ohne Arbeit, unter 3 Monate"),
    "out_3_to_11": ("Out of work, 3 to 11 months", "Ohne Arbeit, 3 bis 11 Monate"),
    "out_12_to_23": ("Out of work, 12 to 23 months", "Ohne Arbeit, 12 bis 23 Monate"),
    "out_24_or_more": ("Out of work, 24 months or more", "Ohne Arbeit, 24 Monate und länger"),
    "inactive": ("Inactive", "Nicht erwerbstätig"),
    "no_vocational": ("No vocational training", "Ohne Berufsausbildung"),
    "vocational": ("Vocational training", "Mit Berufsausbildung"),
    "tertiary": ("Tertiary education", "Mit Hochschulabschluss"),
    "youth": ("Under 25", "Unter 25"),
    "prime": ("25 to 49", "25 bis 49"),
    "older": ("50 and older", "50 und älter"),
})  # fmt: skip
"""Groups of people by what they were before, in both languages."""

_SWAP = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Speech:
    """One language: call it with a text in English and in German and it gives the one that is spoken."""

    language: Language = "en"

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ValueError(f"figures speak {' and '.join(LANGUAGES)}, not {self.language!r}")

    def __call__(self, english: str, german: str) -> str:
        """Return the text in this language.

        >>> Speech("de")("Lines", "Linien")
        'Linien'
        """
        return german if self.language == "de" else english

    @property
    def separators(self) -> str:
        """Decimal sign and thousands sign, as Plotly wants them."""
        return self(".,", ",.")

    def _swapped(self, text: str) -> str:
        return text.translate(_SWAP) if self.language == "de" else text

    def number(self, value: float, digits: int = 1) -> str:
        """Return a number as text.

        >>> Speech("de").number(-1234.56)
        '−1.234,6'
        """
        return self._swapped(words.number(value, digits))

    def short(self, value: float) -> str:
        """Return a number as it was written, without digits that say nothing.

        >>> Speech("de").short(0.5), Speech("en").short(-12.0)
        ('0,5', '−12')
        """
        return self._swapped(f"{value:g}").replace("-", "−")

    def decimal(self, text: str) -> str:
        """Return a number that is written in English as it is written in this language."""
        return self._swapped(text)

    def signed(self, value: float, digits: int = 1) -> str:
        """Return a difference as text, with its sign in front unless it rounds to zero."""
        return self._swapped(words.signed(value, digits))

    def signed_interval(self, mean: float, low: float, high: float, digits: int = 1) -> str:
        """Return a mean difference with its interval.

        >>> Speech("de").signed_interval(0.4, 0.2, 0.6)
        '+0,4 (+0,2 bis +0,6)'
        """
        text = self._swapped(words.signed_interval(mean, low, high, digits))
        for english, german in (
            (" to ", " bis "),
            ("one pair", "ein Paar"),
            ("identical", "kein Unterschied"),
        ):
            text = text.replace(english, self(english, german))
        return text

    def unit(self, unit: str) -> str:
        """Return a unit (in English, as tables have it) in this language; an unknown one as it is."""
        return UNITS_DE.get(unit, unit) if self.language == "de" else unit

    def unit_of_difference(self, unit: str) -> str:
        """Return the unit of a difference between two values of `unit` (in English)."""
        return self.unit(words.unit_of_difference(unit))

    def group(self, name: str) -> str:
        """Return a group of people in words."""
        known = GROUPS_DE if self.language == "de" else words.GROUPS
        return known.get(name, words.plain(name))

    def state(self, name: str) -> str:
        """Return a state in words."""
        return self(*STATES[name]) if name in STATES else words.plain(name)

    def phase(self, name: str) -> str:
        """Return the name of a phase as a heading; windows of an experiment are named as they are.

        >>> Speech("de").phase("before"), Speech("en").phase("crisis")
        ('Vorher', 'Crisis')
        """
        return self(*PHASES[name]) if name in PHASES else words.plain(name)

    def in_phase(self, name: str) -> str:
        """Return when a phase is, for a title."""
        if self.language == "en":
            return words.in_phase(name)
        known = {
            "before": "vor dem Übergang",
            "during": "während des Übergangs",
            "after": "nach dem Übergang",
            "whole run": "über den ganzen Lauf",
        }
        return known.get(name, name)

    def dates(self, span: Phase) -> str:
        """Return first and last month of a phase, or years where they are full."""
        return span.dates.replace(" to ", self(" to ", " bis "))

    def span(self, span: Phase) -> str:
        """Return the name of a span of months with its dates, once where they are the same.

        >>> year = Phase("2007", pd.Timestamp("2007-01-01"), pd.Timestamp("2008-01-01"))
        >>> Speech("en").span(year), Speech("en").span(Phase("after", year.start, year.end))
        ('2007', 'After (2007)')
        """
        name, dates = self.phase(span.name), self.dates(span)
        return name if name == dates else f"{name} ({dates})"

    def month(self, when: pd.Timestamp) -> str:
        """Return a month, short: ``"Mar 2003"``."""
        return f"{self(MONTHS_EN[when.month - 1], MONTHS_DE[when.month - 1])} {when.year}"

    def lower(self, label: str) -> str:
        """Return a label for the middle of a sentence; German nouns keep their capital."""
        return words.lower(label) if self.language == "en" else label

    def listing(self, items: Sequence[str]) -> str:
        """Return items as a list in a sentence."""
        joined = words.listing(items)
        if self.language == "en" or len(items) < 2:
            return joined
        return f"{', '.join(items[:-1])} und {items[-1]}"

    def replicates(self, count: int) -> str:
        """Return a number of replicates in words."""
        if count == 1:
            return self("1 replicate", "1 Lauf")
        return self(f"{count} replicates", f"{count} Läufe")


def speech(language: str) -> Speech:
    """Return the language of this code ("en" or "de"); raises ValueError for another."""
    return Speech(cast("Language", language))


ENGLISH = Speech()
"""The language of texts that are not told which."""
