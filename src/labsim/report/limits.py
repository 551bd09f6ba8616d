"""What the model leaves out, in words for readers of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labsim.figures.speech import ENGLISH, Speech

NOT_MODELLED = (
    "A forecast. The model compares policies under stated assumptions; it does not say what will happen.",
    "Uncertainty about parameters. Bands and intervals show chance only: other plausible values of the "
    "assumptions listed above could move all results, and are not covered.",
    "The rest of the economy. Demand for labour follows a given series. What a policy costs or pays out does "
    "not come back as demand or prices; of taxes, only a municipality's revenue follows local employment.",
    "Public budgets as a whole. The accounts hold benefits, measures, administration and meetings of local actors; "
    "contributions and taxes that employment brings in are not counted, so a cost per month of employment is no "
    "balance of what a policy is worth. Pensions, housing law and financial equalisation between states are left out.",
    "Politics. Who decides, and how well agencies, municipalities, the state and providers work together, follows the "
    "rules of governance that are written down for a regime; parties, courts and persons do not appear.",
    "Moving house. People commute to neighbouring municipalities, but nobody moves in or out of the place.",
    "Households, health, care, debts and informal work, other than as fixed differences between people.",
    "Why providers and local networks recover as fast as they do. Their capacity and ties are modelled, but no "
    "published source says how quickly they come back: that is an assumption, to be varied before a lasting scar "
    "is claimed or denied.",
    "The fate of a single person. One pair of runs says little about one person after a year, because a "
    "changed hire shifts a whole chain of others.",
)
"""Each entry is one item of the report's list; the first sentence names what is left out."""

NOT_MODELLED_DE = (
    "Eine Prognose. Das Modell vergleicht Politik unter genannten Annahmen; es sagt nicht, was geschehen wird.",
    "Unsicherheit über Parameter. Bänder und Intervalle zeigen nur den Zufall: Andere plausible Werte der "
    "genannten Annahmen könnten alle Ergebnisse verschieben und sind darin nicht enthalten.",
    "Die übrige Wirtschaft. Die Nachfrage nach Arbeit folgt einer gegebenen Reihe. Was eine Politik kostet oder "
    "auszahlt, kommt nicht als Nachfrage oder Preise zurück; von den Steuern folgen nur die Einnahmen einer "
    "Kommune der Beschäftigung am Ort.",
    "Öffentliche Haushalte als Ganzes. Gebucht werden Leistungen, Maßnahmen, Verwaltung und Treffen der Akteure "
    "vor Ort; Beiträge und Steuern, die Beschäftigung einbringt, nicht. Kosten je Monat Beschäftigung sind daher "
    "keine Bilanz dessen, was eine Politik wert ist. Renten, Wohnrecht und Länderfinanzausgleich fehlen.",
    "Politik. Wer entscheidet und wie gut Agenturen, Kommunen, Land und Träger zusammenarbeiten, folgt den "
    "Regeln, die für ein Regime aufgeschrieben sind; Parteien, Gerichte und Personen kommen nicht vor.",
    "Umzüge. Menschen pendeln in Nachbarkommunen, aber niemand zieht zu oder weg.",
    "Haushalte, Gesundheit, Pflege, Schulden und informelle Arbeit, außer als feste Unterschiede zwischen "
    "Menschen.",
    "Warum Träger und Netze vor Ort so schnell wieder wachsen, wie sie es tun. Ihre Kapazität und ihre "
    "Beziehungen sind modelliert, aber keine veröffentlichte Quelle sagt, wie schnell sie zurückkommen: Das ist "
    "eine Annahme und muss variiert werden, bevor jemand eine bleibende Narbe behauptet oder bestreitet.",
    "Das Schicksal eines einzelnen Menschen. Ein Paar von Läufen sagt nach einem Jahr wenig über eine Person, "
    "weil eine andere Einstellung eine ganze Kette weiterer verschiebt.",
)
"""The same in German, item by item."""


def of_the_place(run: Mapping[str, Any], say: Speech = ENGLISH) -> list[str]:
    """Return what a reader must know of the place of a run (``run.json``): synthetic districts, and those outside."""
    place = run.get("config", {}).get("place", {})
    municipalities = place.get("municipalities", ()) if isinstance(place, Mapping) else ()
    drawn = sum(bool(each.get("synthetic")) for each in municipalities)
    outside = [str(each["name"]) for each in municipalities if each.get("outside")]
    notes = []
    if drawn:
        notes.append(say(
            f"{drawn} of the {len(municipalities)} districts are synthetic: drawn from published national distributions"
            " and a gravity model of commuting. No result about one of them is a result about a real district.",
            f"{drawn} der {len(municipalities)} Kreise sind synthetisch: aus veröffentlichten nationalen Verteilungen "
            "und einem Gravitationsmodell des Pendelns gezogen. Kein Ergebnis über einen von ihnen ist eines über "
            "einen wirklichen Kreis.",
        ))  # fmt: skip
    if outside:
        notes.append(say(
            f"{', '.join(outside)}: simulated, since people commute there, but not of the place proper; totals leave it"
            " out (times out of work are counted everywhere).",
            f"{', '.join(outside)}: simuliert, weil Menschen dorthin pendeln, aber nicht Teil des Gebiets; Summen "
            "lassen es weg (Zeiten ohne Arbeit sind überall gezählt).",
        ))  # fmt: skip
    return notes
