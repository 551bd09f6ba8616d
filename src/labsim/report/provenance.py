"""Where the numbers come from: runs, versions, seeds, and every assumption that went in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from labsim.figures import words
from labsim.report.reading import Results

FACTS = {
    "place": "Place",
    "persons": "Persons simulated",
    "scale": "Scale (1 = one agent per person)",
    "burn_in": "Months of burn-in before the first month",
    "start": "First month",
    "end": "Last month",
    "engine": "Engine",
    "version": "labsim version",
    "commit": "Commit",
    "key": "Key of the configuration",
    "digest": "Digest of the final state (first seed)",
    "seconds": "Seconds per run (first seed)",
}
"""What ``run.json`` tells about a run, in words."""


def facts(results: Results) -> pd.DataFrame:
    """Return what is known about the runs, one row per fact; where scenarios differ, by letter."""
    rows = [("Seeds", _seeds(results.seeds))]
    for name, title in FACTS.items():
        rows.append((title, _by_scenario(results, [run.get(name) for run in _runs(results)])))
    for group, title in (("platform", "Platform"), ("versions", "Versions")):
        texts = [", ".join(f"{k} {v}" for k, v in (run.get(group) or {}).items()) for run in _runs(results)]
        rows.append((title, _by_scenario(results, texts)))
    return pd.DataFrame(rows, columns=["Fact", "Value"])


def _runs(results: Results) -> list[Any]:
    return [results.runs[name] for name in results.names]


def _by_scenario(results: Results, values: Sequence[Any]) -> str:
    """Return one text if all scenarios agree, else the values by letter."""
    texts = ["not recorded" if value in {None, ""} else _text(value) for value in values]
    if len(set(texts)) == 1:
        return texts[0]
    letters = [style.short for style in results.setting().styles]
    return "; ".join(f"{letter}: {text}" for letter, text in zip(letters, texts, strict=True))


def _text(value: Any) -> str:
    """Return a value as text; large whole numbers with commas."""
    return words.number(value, 0) if isinstance(value, int) else str(value)


def _seeds(seeds: Sequence[int]) -> str:
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
    texts = [f"{part[0]} to {part[-1]}" if len(part) > 1 else str(part[0]) for part in parts]
    return f"{', '.join(texts)} ({len(seeds)} replicate{'s' if len(seeds) != 1 else ''})"


def assumptions(results: Results) -> pd.DataFrame:
    """Return every value without a source, once, with the letters of the scenarios that use it."""
    used: dict[tuple[str, str, str, str], list[str]] = {}
    for style in results.setting().styles:
        for entry in results.runs[style.name].get("assumptions", ()):
            where, meaning, value, unit = (
                str(entry.get(name, "")) for name in ("where", "meaning", "value", "unit")
            )
            used.setdefault((where, meaning, value, unit), []).append(style.short)
    rows = [(*entry, "all" if len(letters) == len(results.names) else ", ".join(letters))
            for entry, letters in used.items()]  # fmt: skip
    table = pd.DataFrame(rows, columns=["Where", "Meaning", "Value", "Unit", "Scenarios"])
    return table if results.compared else table.drop(columns="Scenarios")
