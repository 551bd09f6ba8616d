"""What levers are called in both languages, and every text of the explorer's page."""

from __future__ import annotations

from collections.abc import Mapping

from labsim.figures import words

LEVERS: Mapping[str, tuple[str, str]] = {
    "transition.start": ("Start of the transition", "Beginn des Übergangs"),
    "transition.months": ("Length of the transition", "Länge des Übergangs"),
    "transition.gap": ("Gap between old and new budgets", "Lücke zwischen alten und neuen Mitteln"),
    "transition.overlap": ("Overlap of old and new budgets", "Überlappung alter und neuer Mittel"),
    "transition.bridging": ("Old budgets and contracts bridged", "Überbrückte Mittel und Verträge"),
    "transition.bridging_months": ("Longest bridging", "Längste Überbrückung"),
    "transition.announcement": ("Announced beforehand", "Vorher angekündigt"),
    "transition.pilot_months": ("Pilots ahead", "Vorlauf der Modellkommunen"),
    "transition.reorganisation": ("Capacity lost to reorganising", "Kapazität, die der Umbau kostet"),
    "transition.reorganisation_months": ("Length of the reorganisation", "Dauer des Umbaus"),
    "transition.reorganisation_ties": ("Ties lost to reorganising", "Kontakte, die der Umbau kostet"),
    "transition.shape": ("Shape of the transition", "Verlauf des Übergangs"),
    "transition.unit": ("Who changes together", "Wer gemeinsam wechselt"),
    "demand.level": ("Demand for labour", "Arbeitsnachfrage"),
    "demand.growth": ("Growth of demand", "Wachstum der Nachfrage"),
    "providers.growth": ("How fast providers can grow", "Wie schnell Träger wachsen können"),
    "providers.reserves": ("Reserves of providers", "Rücklagen der Träger"),
    "search.rounds": ("Applications a month", "Bewerbungen im Monat"),
}
"""Factors that sweeps vary most, in words: English and German."""

UNITS_DE: Mapping[str, str] = {
    "months": "Monate", "month": "Monat", "ratio": "Verhältnis", "share": "Anteil", "EUR": "EUR",
    "per month": "je Monat", "share per month": "Anteil je Monat", "years": "Jahre", "number": "Anzahl",
    "EUR per month": "EUR je Monat", "days": "Tage", "persons": "Personen",
}  # fmt: skip
"""Units of factors in German."""

CHOICES_DE: Mapping[str, str] = {
    "True": "ja", "False": "nein", "step": "auf einmal", "linear": "gleichmäßig", "logistic": "S-Kurve",
    "person": "Person", "municipality": "Kommune", "new_spell": "neue Arbeitslosigkeit",
}  # fmt: skip
"""Values of choices in German."""

CHOICES_EN: Mapping[str, str] = {"True": "yes", "False": "no"}


def lever_name(name: str, label: str = "") -> dict[str, str]:
    """Return what a factor is called in both languages: by its own label, else as known here, else in plain words.

    >>> lever_name("transition.gap")["de"], lever_name("a.b_c")["en"], lever_name("x", "Mine")
    ('Lücke zwischen alten und neuen Mitteln', 'B c (a.b_c)', {'en': 'Mine', 'de': 'Mine'})
    """
    if label:
        return {"en": label, "de": label}
    if name in LEVERS:
        english, german = LEVERS[name]
        return {"en": english, "de": german}
    plain = words.plain(name.rpartition(".")[2])
    told = f"{plain} ({name})" if "." in name else plain
    return {"en": told, "de": told}


WORDS: Mapping[str, tuple[str, str]] = {
    "skip": ("Skip to the picture", "Zum Bild springen"),
    "language": ("Language", "Sprache"),
    "frame": (
        "A simulation to think with, not a forecast. Nothing is simulated here: the page holds finished runs.",
        "Ein Denkwerkzeug, keine Prognose. Hier wird nichts simuliert: Die Seite enthält fertige Läufe.",
    ),
    "outcome": ("Outcome", "Ergebnis"),
    "window": ("Averaged over", "Gemittelt über"),
    "levers": ("Levers: what policy sets", "Hebel: was die Politik setzt"),
    "uncertainties": ("Assumptions: what is not known", "Annahmen: was niemand genau weiß"),
    "reset": ("All levers back", "Alle Hebel zurück"),
    "snap": ("To the nearest simulated point", "Zum nächsten simulierten Punkt"),
    "fit": ("Fit the axes", "Achsen anpassen"),
    "simulated": (
        "Simulated: {seeds} runs per scenario at exactly these levers.",
        "Simuliert: {seeds} Läufe je Szenario bei genau diesen Hebeln.",
    ),
    "between": (
        "Approximation: interpolated between simulated points ({points}). {error}",
        "Näherung: zwischen simulierten Punkten interpoliert ({points}). {error}",
    ),
    "left_out": (
        "A simulated point that is left out is missed by {level} typically, in the difference by {difference}.",
        "Einen weggelassenen simulierten Punkt verfehlt sie typisch um {level}, in der Differenz um {difference}.",
    ),
    "under": ("less than {value}", "weniger als {value}"),
    "two_levels": (
        "With two points per lever the straight line between them is an assumption.",
        "Bei zwei Punkten je Hebel ist die Gerade dazwischen eine Annahme.",
    ),
    "surface": (
        "Approximation: a {degree} surface fitted to {points} simulated points ({seeds} runs each). {error}",
        "Näherung: eine {degree} Fläche durch {points} simulierte Punkte (je {seeds} Läufe). {error}",
    ),
    "quadratic": ("quadratic", "quadratische"),
    "linear": ("linear", "lineare"),
    "missing": (
        "At this point runs are missing: nothing is drawn. Move a lever.",
        "An diesem Punkt fehlen Läufe: Es wird nichts gezeichnet. Bewegen Sie einen Hebel.",
    ),
    "points_of": ("{lever}: {values}", "{lever}: {values}"),
    "simulated_values": ("simulated: {values}", "simuliert: {values}"),
    "difference": ("Difference to {base}", "Differenz zu {base}"),
    "past": ("All scenarios alike", "Alle Szenarien gleich"),
    "median_bands": (
        "Line: median; shaded: {bands} of {seeds} runs",
        "Linie: Median; Flächen: {bands} von {seeds} Läufen",
    ),
    "mean_line": (
        "Line: mean of {seeds} runs, too few for a band",
        "Linie: Mittel von {seeds} Läufen, zu wenige für ein Band",
    ),
    "middle": ("middle {share} %", "die mittleren {share} %"),
    "and": ("and", "und"),
    "interval": (
        "Shaded below: 95 % interval of the mean difference of {seeds} pairs with the same seeds.",
        "Fläche unten: 95-%-Intervall der mittleren Differenz von {seeds} Paaren mit gleichen Startzahlen.",
    ),
    "no_interval": ("Too few pairs ({seeds}) for an interval.", "Zu wenige Paare ({seeds}) für ein Intervall."),
    "chance": (
        "Bands and intervals show chance only, not how uncertain the assumptions are.",
        "Bänder und Intervalle zeigen nur den Zufall, nicht wie unsicher die Annahmen sind.",
    ),
    "aid": ("How to read it", "So liest man das Bild"),
    "aid_text": (
        "Above: each scenario. Grey: the past that all share. Below: how much higher or lower a scenario is than "
        "{base} when both have the same luck.",
        "Oben: jedes Szenario. Grau: die Vergangenheit, die alle teilen. Unten: um wie viel höher oder niedriger ein "
        "Szenario liegt als {base}, wenn beide das gleiche Glück haben.",
    ),
    "sentence": (
        "{when}: {outcome} is {size} {unit} {direction} with {name} than with {base} ({range}).",
        "{when}: {outcome} ist mit {name} um {size} {unit} {direction} als mit {base} ({range}).",
    ),
    "higher": ("higher", "höher"),
    "lower": ("lower", "niedriger"),
    "open": ("{low} to {high}: the direction is open", "{low} bis {high}: die Richtung ist offen"),
    "range": ("95 % interval {low} to {high}", "95-%-Intervall {low} bis {high}"),
    "one_pair": ("too few pairs for an interval", "zu wenige Paare für ein Intervall"),
    "same": (
        "{when}: no difference between {name} and {base}.",
        "{when}: kein Unterschied zwischen {name} und {base}.",
    ),
    "pairs_above": (
        "{letter} is above in {count} of {seeds} pairs.",
        "{letter} liegt in {count} von {seeds} Paaren höher.",
    ),
    "pairs_about": (
        "{letter} is above in about {count} of {seeds} pairs.",
        "{letter} liegt in etwa {count} von {seeds} Paaren höher.",
    ),
    "table": ("The picture's numbers as a table", "Die Zahlen des Bildes als Tabelle"),
    "csv": ("Save the numbers (CSV)", "Zahlen speichern (CSV)"),
    "month": ("Month", "Monat"),
    "year": ("Year", "Jahr"),
    "median": ("median", "Median"),
    "mean": ("mean", "Mittel"),
    "to": ("to", "bis"),
    "settings": ("Set here", "Hier eingestellt"),
    "about": ("Where it comes from", "Woher es kommt"),
    "baseline": ("baseline", "Vergleichsfall"),
    "scenario": ("Scenario", "Szenario"),
    "sweep": ("Sweep", "Versuchsreihe"),
    "design": ("Design", "Versuchsplan"),
    "seeds": ("Seeds", "Startzahlen"),
    "made": ("Planned", "Geplant"),
    "code": ("Code", "Code"),
    "versions": ("Versions", "Versionen"),
    "every": ("Months drawn", "Gezeichnete Monate"),
    "every_month": ("every {step}th", "jeder {step}."),
    "fixed": ("Not varied", "Nicht variiert"),
    "clamped": (
        "The address asked for {what}, which is outside the range: the nearest value is taken.",
        "Die Adresse wollte {what}; das liegt außerhalb des Bereichs: Der nächste Wert gilt.",
    ),
    "unknown": (
        "The address names {what}, which this page does not have.",
        "Die Adresse nennt {what}; das hat diese Seite nicht.",
    ),
    "foot": (
        "Made by labsim. This file is complete in itself and loads nothing from outside.",
        "Erzeugt von labsim. Diese Datei ist in sich vollständig und lädt nichts nach.",
    ),
    "full_grid": ("full grid", "vollständiges Gitter"),
    "list": ("list of points", "Liste von Punkten"),
    "saltelli": ("Saltelli's design", "Versuchsplan nach Saltelli"),
    "morris": ("Morris's trajectories", "Pfade nach Morris"),
    "latin_hypercube": ("Latin hypercube", "Lateinischer Hyperwürfel"),
    "sobol": ("Sobol sequence", "Sobol-Folge"),
    "value": ("Value", "Wert"),
    "what": ("What", "Was"),
}  # fmt: skip
"""Every text of the page: English and German."""
