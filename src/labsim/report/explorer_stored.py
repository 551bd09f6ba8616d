"""What an explorer is made of: a design whose runs are stored, read from a sweep's folder or given as tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.tables import TableError, require
from labsim.figures import words
from labsim.figures.theme import PALETTE
from labsim.report.explorer_names import lever_name
from labsim.report.reading import ReportError

Floats = NDArray[np.float64]
Label = Mapping[str, str]
"""A text by language ("en", "de")."""

LEVER, UNCERTAINTY = "lever", "uncertainty"
REAL, WHOLE_NUMBER, CHOICE = "real", "whole", "choice"


class ExplorerError(ReportError):
    """Runs of which no explorer can be made; the message says what is missing."""


@dataclass(frozen=True)
class Lever:
    """One dimension of the design.

    ``name`` is its column in the table of points, ``role`` "lever" (what policy sets) or "uncertainty" (what is not
    known), ``kind`` "real", "whole" or "choice" (its numbers count ``choices``), ``unit`` in English.
    """

    name: str
    label: Label
    unit: str = ""
    role: str = LEVER
    kind: str = REAL
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """One outcome: its column, what it is called, and its unit in English."""

    name: str
    label: Label
    unit: str


@dataclass(frozen=True)
class Span:
    """Months over which outcomes are averaged: first and last month belong to it."""

    label: Label
    first: pd.Timestamp
    last: pd.Timestamp


Panel = tuple[NDArray[np.int64], NDArray[np.int64], Sequence[pd.Timestamp], Floats]
"""Points (n,), seeds (r,), months, and values (n, r, months); NaN where a run is missing."""


@dataclass(frozen=True)
class Stored:
    """A design with its runs.

    ``names`` are the scenarios, baseline first; ``points`` has a column ``point`` and one for each lever; ``read``
    gives the panel of an outcome in a scenario. ``facts`` are rows (name, value) on where the runs come from.
    """

    title: Label
    question: str
    names: tuple[str, ...]
    labels: Mapping[str, Label]
    levers: tuple[Lever, ...]
    points: pd.DataFrame
    outcomes: tuple[Outcome, ...]
    read: Callable[[str, str], Panel]
    spans: tuple[Span, ...] = ()
    design: str = ""
    yearly: bool = False
    facts: tuple[tuple[str, str], ...] = field(default=())


def of_tables(
    runs: pd.DataFrame,
    points: pd.DataFrame,
    levers: Sequence[Lever],
    outcomes: Sequence[Outcome],
    labels: Mapping[str, Label],
    **said: Any,
) -> Stored:
    """Return a stored design of tidy tables.

    Parameters
    ----------
    runs
        Columns scenario, point, seed, month (timestamps), and one per outcome.
    points
        Column point, and one per lever.
    labels
        The scenarios by name, baseline first.
    said
        The other fields of `Stored`: title, question, spans, design, facts.

    Raises `ExplorerError` if a column is missing.
    """
    try:
        require(
            runs,
            ("scenario", "point", "seed", "month", *(each.name for each in outcomes)),
            "the table of runs",
        )
        require(points, ("point", *(each.name for each in levers)), "the table of points")
    except TableError as error:
        raise ExplorerError(str(error)) from None

    def read(scenario: str, outcome: str) -> Panel:
        return _panel(runs[runs["scenario"] == scenario], outcome)

    said = {"title": {"en": "Explorer", "de": "Erkundung"}, "question": ""} | said
    return Stored(
        names=tuple(labels), labels=labels, levers=tuple(levers), points=points, outcomes=tuple(outcomes), read=read,
        **said,
    )  # fmt: skip


def read_stored(folder: Path, names: Mapping[str, Label] | None = None) -> Stored:
    """Return the design in a sweep's folder that is collected.

    `names` are labels by language for indicators, by name, where the plan knows English only. Raises `ExplorerError`
    for a folder that is no sweep, is not collected, or compares nothing.
    """
    facts = _plan(folder)
    scenarios = [str(name) for name in facts["scenarios"]]
    if not scenarios:
        raise ExplorerError(
            f"{folder}: this sweep varies a function, not scenarios, so there is nothing to compare"
        )
    if len(scenarios) == 1:
        raise ExplorerError(
            f"{folder}: this sweep has one scenario only ({scenarios[0]}), and an explorer compares two or more; "
            "labsim sweep analyse says what moves the outcomes of one"
        )
    if not facts["factors"]:
        raise ExplorerError(f"{folder}: this sweep varies nothing, so an explorer would have no lever")
    baseline = str(facts["baseline"] or scenarios[0])
    ordered = (baseline, *(name for name in scenarios if name != baseline))[: len(PALETTE)]
    files = {name: _files(folder, name) for name in ordered}
    yearly = facts["record"] == "yearly"

    def read(scenario: str, outcome: str) -> Panel:
        columns = ["point", "seed", "month", outcome]
        try:
            table = pd.concat(
                [pd.read_parquet(file, columns=columns, partitioning=None) for file in files[scenario]]
            )
        except (OSError, ValueError, KeyError) as error:
            raise ExplorerError(
                f"{files[scenario][0].parent}: cannot be read ({error}); labsim sweep collect {folder} writes it anew"
            ) from None
        return _panel(table.assign(month=_months(table["month"], yearly=yearly)), outcome)

    return Stored(
        _label(facts["label"], str(facts["sweep"])), str(facts.get("question") or ""), ordered,
        {name: _label(facts["scenarios"][name], name) for name in ordered}, _levers(facts),
        pd.read_parquet(folder / "plan" / "points.parquet", partitioning=None),
        tuple(_outcome(each, names or {}) for each in facts["outcomes"]), read, _spans(facts),
        str(facts["design"]["kind"]), yearly, _provenance(facts),
    )  # fmt: skip


def _plan(folder: Path) -> dict[str, Any]:
    """Return plan.json of a sweep that is collected."""
    file = folder / "plan" / "plan.json"
    if not folder.is_dir():
        raise ExplorerError(f"{folder}: there is no such folder; name one that `labsim sweep plan` has made")
    if not file.is_file():
        raise ExplorerError(
            f"{folder}: this is no sweep (it lacks plan/plan.json); name a folder that `labsim sweep plan` has made"
        )
    try:
        facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExplorerError(f"{file}: cannot be read ({error})") from None
    if not (folder / "collected").is_dir():
        raise ExplorerError(f"{folder}: nothing is collected yet; first: labsim sweep collect {folder}")
    return facts


def _files(folder: Path, scenario: str) -> list[Path]:
    from urllib.parse import quote

    part = folder / "collected" / f"scenario={quote(scenario, safe='')}"
    found = sorted(part.glob("part-*.parquet"))
    if not found:
        raise ExplorerError(
            f"{folder}: no run of {scenario} is collected yet; first: labsim sweep collect {folder}"
        )
    return found


def _months(numbers: pd.Series[int], *, yearly: bool) -> pd.Series[pd.Timestamp]:
    """Return the first days of months (12 × year + month − 1), or of years."""
    year, month = (numbers, 1) if yearly else (numbers // 12, numbers % 12 + 1)
    return pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": 1}))


def _panel(table: pd.DataFrame, outcome: str) -> Panel:
    """Return (points, seeds, months) values of one outcome."""
    points, seeds = (np.sort(table[name].unique()).astype(np.int64) for name in ("point", "seed"))
    months = np.sort(table["month"].unique())
    values = np.full((len(points), len(seeds), len(months)), np.nan)
    places = tuple(
        np.searchsorted(known, table[name].to_numpy())
        for name, known in (("point", points), ("seed", seeds), ("month", months))
    )
    values[places] = table[outcome].to_numpy(np.float64)
    return points, seeds, [pd.Timestamp(month) for month in months], values


def _label(label: Any, name: str) -> Label:
    """Return a label in both languages, from one that may lack German or be a plain text."""
    if not isinstance(label, Mapping):
        label = {"en": str(label or "")}
    english = str(label.get("en") or words.plain(name))
    return {"en": english, "de": str(label.get("de") or english)}


def _levers(facts: Mapping[str, Any]) -> tuple[Lever, ...]:
    return tuple(
        Lever(
            str(each["name"]), lever_name(str(each["name"]), str(each["label"])), str(each["unit"]), str(each["role"]),
            str(each["kind"]), tuple(map(str, each["values"])) if each["kind"] == CHOICE else (),
        )
        for each in facts["factors"]
    )  # fmt: skip


def _outcome(each: Mapping[str, Any], names: Mapping[str, Label]) -> Outcome:
    """Return an outcome with its group and municipality in its label."""
    from labsim.analysis.tables import WHOLE
    from labsim.figures.speech import LANGUAGES, Speech

    english = _label(each["label"], str(each["indicator"]))
    label: dict[str, str] = {language: str(names.get(str(each["indicator"]), {}).get(language) or english[language])
             for language in LANGUAGES}  # fmt: skip
    for language in LANGUAGES:
        besides = [Speech(language).group(str(each["group"]))] if each["group"] != WHOLE else []
        besides += [str(each["municipality"])] if each["municipality"] != WHOLE else []
        label[language] = ", ".join([label[language], *besides])
    return Outcome(str(each["name"]), label, str(each["unit"]))


def _spans(facts: Mapping[str, Any]) -> tuple[Span, ...]:
    return tuple(
        Span(_label(each["label"], each["name"]), pd.Timestamp(str(each["start"])), pd.Timestamp(str(each["end"])))
        for each in facts["windows"]
        if each["start"]
    )  # fmt: skip


def _provenance(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return (
        ("sweep", f"{facts['sweep']} ({facts['file']['name']}, SHA-256 {str(facts['file']['digest'])[:12]})"),
        ("made", str(facts["made"])),
        ("code", str(facts["code"])[:12]),
        ("versions", versions),
    )
