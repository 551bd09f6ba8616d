"""Every text of the app in German and English, by key."""

from __future__ import annotations

from collections.abc import Mapping

from labsim.app.words_pages import PAGES
from labsim.app.words_protocol import PROTOCOL
from labsim.app.words_room import ROOM
from labsim.units import parse_month

WORDS: Mapping[str, tuple[str, str]] = {
    **PAGES, **ROOM, **PROTOCOL,
    "title": ("labsim · Werkstatt", "labsim · workshop"),
    "place": ("Dortmund und Umland, 2002–2007", "Dortmund and surroundings, 2002–2007"),
    "skip": ("Zum Bild springen", "Skip to the picture"),
    "language": ("Sprache", "Language"),
    "presenter": ("Vortragsmodus", "Presenter mode"),
    "levers": ("Hebel für B", "Levers of B"),
    "lane": ("Übergang", "Transition"),
    "reset": ("Alle Hebel zurück", "Reset all levers"),
    "page_start": ("1 Start", "1 Start"),
    "page_levers": ("2 Übergang", "2 Transition"),
    "page_compare": ("3 Vergleich", "3 Comparison"),
    "page_people": ("4 Menschen", "4 People"),
    "page_places": ("5 Orte, Geld", "5 Places, money"),
    "page_check": ("6 Prüfen", "6 Check"),
    "pages": ("Seiten", "Pages"),
    "story_a": ("A, zum Vergleich", "A, to compare with"),
    "story_b": ("B, Geschichte", "B, story"),
    "story_stays": ("Fordern und Fördern", "Demand and support"),
    "story_hard_cut": ("Lokale Aktivierung, harter Schnitt", "Local activation, hard cut"),
    "story_secured": ("Lokale Aktivierung, gesichert", "Local activation, secured"),
    "story_regional": ("Regionalbudget", "Regional budget"),
    "story_stays_text": (
        "Die Reformen, wie sie kamen: 2003 die Agentur, 2005 die Zusammenlegung.",
        "The reforms as they came: the agency in 2003, the benefit merger in 2005.",
    ),
    "story_hard_cut_text": (
        "Der Dortmunder Vorschlag von 2003, aber die alten Mittel enden ein Jahr vor den neuen.",
        "Dortmund's proposal of 2003, but the old money ends a year before the new begins.",
    ),
    "story_secured_text": (
        "Derselbe Vorschlag, angekündigt, mit Modellkommune, überlappenden Mitteln und gesicherten Trägern.",
        "The same proposal, announced, with a pilot, overlapping budgets and providers kept.",
    ),
    "story_regional_text": (
        "Die Reformen, und dazu ein Regionalbudget nach Brandenburger Vorbild.",
        "The reforms, and on top of them a regional budget as in Brandenburg.",
    ),
    "order": ("Reihenfolge", "Order"),
    "order_together": ("zugleich", "together"),
    "order_cut_first": ("erst kürzen", "cut first"),
    "order_build_first": ("erst aufbauen", "build first"),
    "start": ("Beginn", "Start"),
    "length": ("Dauer", "Length"),
    "gap": ("Lücke/Überlappung", "Gap/overlap"),
    "bridging": ("Träger absichern", "Keep providers"),
    "demand": ("Fordern", "Demand"),
    "support": ("Fördern", "Support"),
    "local": ("Lokales Budget", "Local budget"),
    "federal_cut": ("Kürzung Bund", "Federal cut"),
    "start_help": ("erster Monat des Übergangs", "first month of the transition"),
    "length_help": ("bis alle unter den neuen Regeln sind", "until everybody is under the new rules"),
    "gap_help": (
        "Monate zwischen dem Ende der alten und dem Beginn der neuen Mittel; bei „erst aufbauen“ laufen beide so lange",
        "months between the end of the old and the start of the new money; with “build first” both run that long",
    ),
    "bridging_help": (
        "Teil der alten Trägerverträge, der weiterläuft, bis die neuen Maßnahmen stehen",
        "part of the old provider contracts that goes on until the new measures have grown",
    ),
    "demand_help": ("Sanktion je Gespräch im neuen Regime", "sanction per meeting under the new regime"),
    "support_help": (
        "Mittel für Maßnahmen je arbeitsloser Person und Monat",
        "money for measures per unemployed person and month",
    ),
    "local_help": (
        "eigene Mittel der Kommune je arbeitsloser Person und Monat, soweit ihr Haushalt reicht",
        "the municipality's own money per unemployed person and month, as far as its means go",
    ),
    "federal_cut_help": (
        "Kürzung der Maßnahmen, die die Agentur bezahlt",
        "cut of the measures that the agency pays for",
    ),
    "unit_months": ("Monate", "months"),
    "unit_month": ("Monat", "month"),
    "unit_EUR": ("Euro", "euros"),
    "unit_%": ("%", "%"),
    "today": ("in der Geschichte: {value}", "in the story: {value}"),
    "run": ("Neu rechnen", "Run again"),
    "cancel": ("Abbrechen", "Cancel"),
    "picture": ("Bild", "Picture"),
    "table": ("Tabelle", "Table"),
    "how_to_read": ("So liest man das Bild", "How to read the picture"),
    "kpi": ("Was wird verglichen?", "What is compared?"),
    "kpi_job_finding_rate": ("Vermittlungschance", "Chance of a job"),
    "kpi_social_participation": ("Soziale Teilhabe", "Social participation"),
    "kpi_long_term_share": ("Langzeitarbeitslose", "Long-term unemployed"),
    "kpi_provider_capacity": ("Trägerkapazität", "Provider capacity"),
    "kpi_public_spending": ("Kosten", "Cost"),
    "kpi_unemployment_rate": ("Arbeitslosigkeit", "Unemployment"),
    "waiting": ("Sie sind an {place}. Stelle der Warteschlange.", "You are number {place} in line."),
    "running": ("{done} von {pairs} Paaren gerechnet", "{done} of {pairs} pairs simulated"),
    "first_coming": ("Die ersten Läufe kommen gleich.", "The first runs are about to come."),
    "done": ("Fertig: {pairs} Paare.", "Finished: {pairs} pairs."),
    "cancelled": (
        "Abgebrochen; {done} von {pairs} Paaren sind gezeigt.",
        "Cancelled; {done} of {pairs} pairs are shown.",
    ),
    "failed": (
        "Ein Lauf ist gescheitert ({failure}); {done} Paare sind gezeigt.",
        "A run failed ({failure}); {done} pairs are shown.",
    ),
    "too_long": (
        "Die Zeit ist um; {done} von {pairs} Paaren sind gezeigt.",
        "Time is up; {done} of {pairs} pairs are shown.",
    ),
    "provisional": ("vorläufig", "provisional"),
    "final": ("fertig", "final"),
    "lost": (
        "Keine Verbindung zu labsim auf diesem Rechner. Die Seite versucht es weiter; was Sie eingestellt haben, steht"
        " in der Adresse.",
        "No connection to labsim on this machine. The page keeps trying; what you set stands in the address.",
    ),
    "adjusted": (
        "Aus der Adresse angepasst: {what}.",
        "Put right from the address: {what}.",
    ),
    "impossible": ("So lässt es sich nicht einstellen: {why}", "This cannot be set: {why}"),
    "sentence": (
        "In {share} von {pairs} Läufen {what} im letzten Jahr mit B {direction}. Im Mittel {mean}.",
        "In {share} of {pairs} runs, {what} {direction} with B in the last year. On average {mean}.",
    ),
    "interval": (" (95-%-Intervall {low} bis {high})", " (95 % interval {low} to {high})"),
    "higher": ("höher", "higher"),
    "lower": ("niedriger", "lower"),
    "same": (
        "A und B sind gleich: In jedem Lauf ist der Unterschied genau null.",
        "A and B are the same: in every run the difference is exactly zero.",
    ),
    "about": (
        "Was wäre, wenn eine Stadt ihre Arbeitsmarktpolitik ändert, und was macht der Weg dorthin aus?"
        " Sie stellen ein, das Modell rechnet Person für Person, zweimal mit demselben Glück: einmal mit A, einmal mit"
        " B. Gezeigt wird, was sich unterscheidet.",
        "What if a city changes its labour market policy, and what does the way there matter? You set the levers, the"
        " model simulates person by person, twice with the same luck: once with A, once with B. Shown is what differs.",
    ),
    "frame": (
        "Ein Denkwerkzeug, keine Prognose. Viele Werte sind Annahmen; Seite 6 sagt, welche.",
        "A tool to think with, no forecast. Many values are assumptions; page 6 says which.",
    ),
    "choose": ("Damit beginnen", "Begin with it"),
    "people_note": (
        "Aus den ersten {pairs} Paaren mit allen Tabellen.",
        "From the first {pairs} pairs, with all tables.",
    ),
    "nothing_yet": (
        "Noch kein Lauf. Auf Seite 3 wird gerechnet.",
        "No run yet. Page 3 is where the simulation runs.",
    ),
    "assumptions": ("Annahmen und Quellen von B", "Assumptions and sources of B"),
    "limits": (
        "Das Modell kennt {scale}. Bänder zeigen Zufall, keine Unsicherheit über Parameter.",
        "The model knows {scale}. Bands show chance, not uncertainty about parameters.",
    ),
    "scale": ("einen Agenten je {people} Menschen", "one agent per {people} people"),
    "key": ("Größe", "Quantity"),
    "value": ("Wert", "Value"),
    "unit": ("Einheit", "Unit"),
    "source": ("Quelle", "Source"),
    "lane_name": ("Welche Regeln wann gelten", "Which rules hold when"),
    "chart_name": ("Verlauf von A und B, darunter der Unterschied", "Course of A and B, below it the difference"),
}  # fmt: skip


def word(key: str, language: str, **values: object) -> str:
    """Return a text in a language ("de" or "en"), with its values put in.

    >>> word("done", "de", pairs=100)
    'Fertig: 100 Paare.'
    """
    text = WORDS[key][0 if language == "de" else 1]
    return text.format(**values) if values else text


def month_in_words(month: str, language: str) -> str:
    """Return a month ("YYYY-MM") as people write it.

    >>> month_in_words("2003-01", "de")
    '1/2003'
    """
    number = parse_month(month)
    return f"{number % 12 + 1}/{number // 12}" if language == "de" else month
