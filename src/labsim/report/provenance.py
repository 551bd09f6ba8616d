"""Where the numbers come from: runs, versions, seeds, and every assumption that went in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from labsim.figures.speech import ENGLISH, Speech
from labsim.report.reading import Results

FACTS = {
    "place": ("Place", "Ort"),
    "persons": ("Persons simulated", "Simulierte Personen"),
    "scale": ("Scale (1 = one agent per person)", "Maßstab (1 = ein Agent je Person)"),
    "burn_in": ("Months of burn-in before the first month", "Vorlauf vor dem ersten Monat (Monate)"),
    "start": ("First month", "Erster Monat"),
    "end": ("Last month", "Letzter Monat"),
    "engine": ("Engine", "Rechenwerk"),
    "version": ("labsim version", "Version von labsim"),
    "commit": ("Commit", "Commit"),
    "key": ("Key of the configuration", "Schlüssel der Einstellungen"),
    "digest": ("Digest of the final state (first seed)", "Prüfsumme des Endzustands (erste Startzahl)"),
    "seconds": ("Seconds per run (first seed)", "Sekunden je Lauf (erste Startzahl)"),
}
"""What ``run.json`` tells about a run, in words: English and German."""


def facts(results: Results) -> pd.DataFrame:
    """Return what is known about the runs, one row per fact; where scenarios differ, by letter."""
    say = results.say
    rows = [(say("Seeds", "Startzahlen"), _seeds(results.seeds, say))]
    for name, title in FACTS.items():
        rows.append((say(*title), _by_scenario(results, [run.get(name) for run in _runs(results)])))
    for group, title in (("platform", ("Platform", "Rechner")), ("versions", ("Versions", "Versionen"))):
        texts = [", ".join(f"{k} {v}" for k, v in (run.get(group) or {}).items()) for run in _runs(results)]
        rows.append((say(*title), _by_scenario(results, texts)))
    return pd.DataFrame(rows, columns=[say("Fact", "Angabe"), say("Value", "Wert")])


def _runs(results: Results) -> list[Any]:
    return [results.runs[name] for name in results.names]


def _by_scenario(results: Results, values: Sequence[Any]) -> str:
    """Return one text if all scenarios agree, else the values by letter."""
    say = results.say
    unknown = say("not recorded", "nicht aufgezeichnet")
    texts = [unknown if value in {None, ""} else _text(value, say) for value in values]
    if len(set(texts)) == 1:
        return texts[0]
    letters = [style.short for style in results.setting().styles]
    return "; ".join(f"{letter}: {text}" for letter, text in zip(letters, texts, strict=True))


def _text(value: Any, say: Speech) -> str:
    """Return a value as text; large whole numbers with the sign for thousands."""
    if isinstance(value, int):
        return say.number(value, 0)
    return say.decimal(str(value)) if isinstance(value, float) else str(value)


def _seeds(seeds: Sequence[int], say: Speech = ENGLISH) -> str:
    """Return the seeds, a run of neighbours as "first to last".

    >>> _seeds([1, 2, 3, 7]), _seeds([5])
    ('1 to 3, 7 (4 replicates)', '5 (1 replicate)')
    """
    parts: list[list[int]] = []
    for seed in sorted(seeds):
        if parts and seed == parts[-1][-1] + 1:
            parts[-1].append(seed)
        else:
            parts.append([seed])
    to = say("to", "bis")
    texts = [f"{part[0]} {to} {part[-1]}" if len(part) > 1 else str(part[0]) for part in parts]
    return f"{', '.join(texts)} ({say.replicates(len(seeds))})"


def assumptions(results: Results) -> pd.DataFrame:
    """Return every value without a source, once, with the letters of the scenarios that use it."""
    used: dict[tuple[str, str, str, str], list[str]] = {}
    for style in results.setting().styles:
        for entry in results.runs[style.name].get("assumptions", ()):
            where, meaning, value, unit = (
                str(entry.get(name, "")) for name in ("where", "meaning", "value", "unit")
            )
            used.setdefault((where, meaning, value, unit), []).append(style.short)
    say = results.say
    every = say("all", "alle")
    rows = [(*entry, every if len(letters) == len(results.names) else ", ".join(letters))
            for entry, letters in used.items()]  # fmt: skip
    scenarios = say("Scenarios", "Szenarien")
    columns = [
        say("Where", "Wo"),
        say("Meaning", "Bedeutung"),
        say("Value", "Wert"),
        say("Unit", "Einheit"),
        scenarios,
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table if results.compared else table.drop(columns=scenarios)
