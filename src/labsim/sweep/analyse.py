"""What a collected sweep found, as tidy tables: indices, tornado, interactions, surfaces, and chance.

Reads the plan and ``outcomes.parquet``; writes ``analysis/*.parquet`` and ``analysis/analysis.json``, of which the page
is made (`labsim.report.sweep`). Nothing is run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from labsim import __version__
from labsim.analysis import sensitivity
from labsim.analysis.elementary import elementary_effects
from labsim.analysis.responses import Balanced, Question, balanced, noise, questions, response, told_apart
from labsim.analysis.sensitivity import Sample
from labsim.analysis.tables import TableError
from labsim.analysis.variance_indices import block_size, sobol_indices
from labsim.config.errors import suggestion
from labsim.config.factors import declared
from labsim.experiment.store import OutputError
from labsim.sweep.plan import Plan, read_plan

FOLDER, FILE, OUTCOMES = "analysis", "analysis.json", "outcomes.parquet"
TABLES = ("indices", "effects", "tornado", "interactions", "surfaces", "summary", "remarks")
STRONGEST = 3
"""Factors of whose pairs a surface is drawn."""

KEY = list(Question._fields)


class AnalysisError(TableError):
    """A folder that cannot be analysed, or a question that cannot be asked of it; the message says why."""


@dataclass(frozen=True)
class Asked:
    """Which part of a sweep is to be analysed; empty fields mean all.

    contrast : a scenario and what it is compared with, or one scenario (compared with the baseline)
    scenario : a scenario of which the level is asked, instead of a contrast
    """

    outcome: str = ""
    window: str = ""
    contrast: tuple[str, ...] = ()
    scenario: str = ""


@dataclass(frozen=True)
class Findings:
    """What was found.

    folder : of the sweep
    about  : plan, design, factors, versions and counts as plain values (the content of ``analysis.json``)
    tables : by name (`TABLES`); each has the columns outcome, window, scenario, minus ("" for a level) first
    """

    folder: Path
    about: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]


def analyse(folder: str | Path, asked: Asked | None = None) -> Findings:
    """Analyse the collected results in a sweep's folder, and write the tables beside them.

    Raises `AnalysisError` (a `TableError`) if nothing is collected, or nothing answers the question.
    """
    place = Path(folder)
    plan = read_plan(place)
    facts, points = plan.facts, plan.points
    names = [str(each["name"]) for each in facts["factors"]]
    if not names:
        raise AnalysisError(
            f"{place}: this sweep varies no factor, so there is nothing that could move its outcomes"
        )
    outcomes = _outcomes(place)
    wanted: list[Question] = []
    unanswered: list[TableError] = []  # such as differences to a scenario that does not have the outcome
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    for question in _questions(facts, asked or Asked()):
        try:
            answers = list(_answered(facts, points, outcomes, question))
        except TableError as error:
            unanswered.append(error)
            continue
        wanted.append(question)
        for name, table in answers:
            found[name].append(_keyed(table, question))
    if not wanted:
        raise unanswered[0]
    tables = {name: pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=KEY)
              for name, parts in found.items()}  # fmt: skip
    about = _about(plan, outcomes, wanted) | {"unanswered": [str(error) for error in unanswered]}
    _write(place / FOLDER, about, tables)
    return Findings(place, about, tables)


def _answered(
    facts: Mapping[str, Any], points: pd.DataFrame, outcomes: pd.DataFrame, question: Question
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the tables of one question; what its design or its runs do not allow is a remark, not an end."""
    found = balanced(response(outcomes, question))
    chance = noise(found)
    yield "summary", _summary(facts, question, found, chance._asdict())
    names = [str(each["name"]) for each in facts["factors"]]
    x = points.set_index("point").loc[found.points, names].to_numpy(np.float64)
    remarks = []
    if found.lost:
        remarks.append(f"{found.lost} points are left out, because runs of theirs are missing")
    try:
        sample = Sample.of(names, x, found.means, _blocks(facts, found.points))
        yield from _of_any_design(facts, sample)
    except TableError as error:
        remarks.append(str(error))
    try:
        yield from _of_its_design(facts, found, x, remarks)
    except TableError as error:
        remarks.append(str(error))
    yield "remarks", pd.DataFrame({"remark": remarks}, dtype=object)


def _of_any_design(facts: Mapping[str, Any], sample: Sample) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield what the points of any design say."""
    falls = sensitivity.tornado(sample)
    yield "tornado", falls
    alone = sensitivity.first_order(sample)
    kind = facts["design"]["kind"]
    if kind == "morris":
        return  # a few trajectories fill no cells
    if kind != "saltelli":
        yield "indices", alone.assign(order="first").drop(columns="bins")
        yield "effects", sensitivity.regression(sample).assign(measure="regression")
    pairs = sensitivity.interactions(sample) if len(sample.names) > 1 else pd.DataFrame()
    if not (kind == "saltelli" and facts["design"].get("second_order", True)) and len(pairs):
        yield "interactions", pairs
    for factor, other in combinations(_strongest(alone, pairs)[:STRONGEST], 2):
        yield "surfaces", sensitivity.response_surface(sample, factor, other)


def _strongest(alone: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    """Return the factors by what they do alone and in pairs, largest first."""
    size = dict(zip(alone["factor"], alone["value"].clip(lower=0.0), strict=True))
    for row in pairs.to_dict("records"):
        for name in (row["factor"], row["other"]):
            size[name] += max(float(row["value"]), 0.0) / 2
    return sorted(size, key=lambda name: -size[name])


def _of_its_design(
    facts: Mapping[str, Any], found: Balanced, x: np.ndarray, remarks: list[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield what Saltelli's or Morris's design says."""
    names = [str(each["name"]) for each in facts["factors"]]
    kind = facts["design"]["kind"]
    if kind == "saltelli":
        second = bool(facts["design"].get("second_order", True))
        indices = sobol_indices(names, found.points, found.means, second_order=second)
        if indices.lost:
            remarks.append(
                f"{indices.lost} blocks of the design are left out of the Sobol indices, not being whole"
            )
        yield "indices", indices.table
        yield "interactions", indices.pairs
    elif kind == "morris":
        ranges = {str(each["name"]): (float(each["low"]), float(each["high"])) for each in facts["factors"]}
        yield "effects", elementary_effects(ranges, found.points, x, found.means).assign(measure="screening")


def _blocks(facts: Mapping[str, Any], points: np.ndarray) -> np.ndarray:
    """Return the block of the design that each point belongs to."""
    kind, count = facts["design"]["kind"], len(facts["factors"])
    if kind == "saltelli":
        return points // block_size(count, second_order=bool(facts["design"].get("second_order", True)))
    return points // (count + 1) if kind == "morris" else points


def _summary(
    facts: Mapping[str, Any], question: Question, found: Balanced, chance: Mapping[str, float]
) -> pd.DataFrame:
    """Return one row: what the response is over the design, and how much of it is chance."""
    means = found.means
    below, above = told_apart(found)
    low, middle, high = np.quantile(means, [0.05, 0.5, 0.95])
    months = _months(facts, question.window)
    return pd.DataFrame([{
        "mean": float(means.mean()), "sd": float(means.std(ddof=1)) if len(means) > 1 else np.nan,
        "low": float(low), "median": float(middle), "high": float(high),
        "least": float(means.min()), "most": float(means.max()),
        "share_positive": float((means > 0).mean()), "clearly_below": below, "clearly_above": above,
        "months": months, "sum": float(means.mean()) * months if months else np.nan,
        "runs": int(found.values.size), "lost": found.lost, **chance,
    }])  # fmt: skip


def _months(facts: Mapping[str, Any], window: str) -> int:
    """Return how many months a window has; 0 for a sweep over a function."""
    return next(
        (
            each["last"] - each["first"] + 1
            for each in facts["windows"]
            if each["name"] == window and each["start"]
        ),
        0,
    )


def _questions(facts: Mapping[str, Any], asked: Asked) -> list[Question]:
    """Return what is asked, after checking every name."""
    outcomes = [str(each["name"]) for each in facts["outcomes"]]
    windows = [str(each["name"]) for each in facts["windows"]] or [""]
    scenarios = [str(name) for name in facts["scenarios"]] or [""]
    baseline = str(facts["baseline"] or scenarios[0])
    for what, name, known in (
        ("outcome", asked.outcome, outcomes), ("window", asked.window, windows),
        *(("scenario", name, scenarios) for name in (asked.scenario, *asked.contrast)),
    ):  # fmt: skip
        if name and name not in known:
            raise AnalysisError(f"this sweep has no {what} '{name}'; {suggestion(name, known)}")
    chosen = ([asked.outcome] if asked.outcome else outcomes, [asked.window] if asked.window else windows)
    if asked.scenario:
        return [Question(o, w, asked.scenario) for o in chosen[0] for w in chosen[1]]
    if asked.contrast:
        scenario, minus = (*asked.contrast, baseline)[:2]
        if scenario == minus:
            raise AnalysisError(
                f"a contrast is between two scenarios, and '{scenario}' is the baseline; name another"
            )
        return [Question(o, w, scenario, minus) for o in chosen[0] for w in chosen[1]]
    return questions(chosen[0], chosen[1], scenarios, baseline)


def _bounds(plan: Plan) -> list[str]:
    """Return of each factor in words where its bounds come from."""
    told = []
    for each in plan.facts["factors"]:
        note = f": {each['note']}" if each["note"] else ""
        if not plan.facts["scenarios"]:
            told.append(f"as written in the sweep's file{note}")
            continue
        known = declared(str(each["name"]), plan.scenarios)
        is_whole = not each["values"] and (known.low, known.high) == (each["low"], each["high"])
        told.append("all that is declared" + note if is_whole else f"assumption of this sweep{note}")
    return told


def _outcomes(folder: Path) -> pd.DataFrame:
    columns = ["scenario", "point", "seed", "window", "outcome", "value"]
    for file in (folder / OUTCOMES, folder / "collected" / OUTCOMES):
        if file.exists():
            try:
                table = pq.read_table(file, columns=columns).to_pandas()
            except (OSError, ValueError) as error:
                raise AnalysisError(
                    f"{file}: cannot be read ({error}); labsim sweep collect {folder} writes it anew"
                ) from None
            texts: pd.DataFrame = table.astype({"scenario": str, "window": str, "outcome": str})
            return texts
    raise AnalysisError(f"{folder}: nothing is collected yet; first: labsim sweep collect {folder}")


def _keyed(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return a table with the question's columns in front."""
    keys = pd.DataFrame(
        {name: [value] * len(table) for name, value in question._asdict().items()}, dtype=object
    )
    return pd.concat([keys, table.reset_index(drop=True)], axis=1)


def _about(plan: Plan, outcomes: pd.DataFrame, wanted: Sequence[Question]) -> dict[str, Any]:
    """Return the plan's facts with what was analysed."""
    factors = [
        {**each, "bounds": told} for each, told in zip(plan.facts["factors"], _bounds(plan), strict=True)
    ]
    runs = len(outcomes[["scenario", "point", "seed"]].drop_duplicates())
    return {
        **plan.facts, "factors": factors, "questions": [question._asdict() for question in wanted],
        "runs_collected": runs, "seeds_collected": sorted(int(seed) for seed in outcomes["seed"].unique()),
        "analysed_with": __version__,
    }  # fmt: skip


def _write(folder: Path, about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
    """Write everything, each file whole or not at all."""

    def aside(target: Path) -> Path:
        return target.with_name(f".{target.name}.{os.getpid()}.part")

    try:
        folder.mkdir(exist_ok=True)
        for name, table in tables.items():
            target = folder / f"{name}.parquet"
            table.to_parquet(aside(target), index=False)
            aside(target).replace(target)
        target = folder / FILE
        aside(target).write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
        aside(target).replace(target)
    except OSError as error:
        raise OutputError(
            folder, f"cannot be written ({error.strerror})", "free some room, or make it writable"
        ) from None
