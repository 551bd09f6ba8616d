"""The explorer to take along: one page with live levers over the runs that were made ahead for a story."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from labsim.app import emulator, levers
from labsim.app.exporting import ExportFailed
from labsim.app.levers import LEVERS, Choices
from labsim.app.simulating import SHOWN, Run
from labsim.app.words import word
from labsim.experiment.keys import run_key
from labsim.figures.speech import speech
from labsim.indicators.registry import metadata
from labsim.report.explorer import ExplorerError, Lever, Outcome, of_tables, write_explorer
from labsim.units import month_starts

Load = Callable[[str, int], Run | None]
"""Gives the kept run of a scenario's key and a seed, None if there is none."""

UNITS = {"EUR": "EUR", "%": "%", "months": "months", "month": "months"}
ASIDE = {"gap", "test"}
"""Points of the design that an explorer leaves out: an order is no number, and tests have seeds of their own."""


def explorer(choices: Choices, load: Load) -> bytes:
    """Return the explorer of B's story against A's, from runs that are kept; raises ExportFailed if they are not."""
    language = choices.language
    a, story = levers.scenario_of(choices.a), choices.story_b
    points = [each for each in emulator.design(story) if each.lever not in ASIDE]
    seeds = list(emulator.SEEDS)
    base = [load(run_key(a, 0), seed) for seed in seeds]
    runs = [[load(run_key(levers.scenario_of(each.setting), 0), seed) for seed in seeds] for each in points]
    if any(run is None for row in (base, *runs) for run in row):
        raise ExportFailed(word("no_explorer", language))
    tables = [_table("b", number, row) for number, row in enumerate(runs)]
    tables += [_table("a", number, base) for number in range(len(points))]
    known = metadata()
    labels = {"a": _both(f"story_{choices.a.story}", "A: "), "b": _both(f"story_{story}", "B: ")}
    stored = of_tables(
        pd.concat(tables, ignore_index=True),
        pd.DataFrame([{"point": number, **each.setting.values} for number, each in enumerate(points)]),
        [Lever(name, _both(name), UNITS[each.unit]) for name, each in LEVERS.items() if name != "gap"],
        [Outcome(name, _both(f"kpi_{name}"), known[name]["unit"]) for name in SHOWN],
        labels,
        title={"en": word("explorer_title", "en"), "de": word("explorer_title", "de")},
        question=word("explorer_question", language),
    )
    spoken = speech(language).language
    with tempfile.TemporaryDirectory(prefix="labsim-explorer-") as folder:
        try:
            return write_explorer(stored, Path(folder) / "explorer.html", spoken).read_bytes()
        except ExplorerError as error:
            raise ExportFailed(str(error)) from error


def _both(key: str, before: str = "") -> dict[str, str]:
    return {language: before + word(key, language) for language in ("en", "de")}


def _table(scenario: str, point: int, runs: list[Run | None]) -> pd.DataFrame:
    """Return the runs of one point as tidy rows."""
    there = [run for run in runs if run is not None]
    months = len(there[0].series[SHOWN[0]])
    when = month_starts(levers.START, months)
    return pd.DataFrame(
        {"scenario": scenario, "point": point, "seed": np.repeat([run.seed for run in there], months),
         "month": np.tile(when.to_numpy(), len(there))}
        | {name: np.concatenate([run.series[name] for run in there]) for name in SHOWN}
    )  # fmt: skip
