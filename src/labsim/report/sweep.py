"""The page of a sweep: what moved its outcomes, how sure that is, and what was run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from labsim.analysis.responses import Question
from labsim.figures import words
from labsim.figures.speech import Language
from labsim.figures.sweep_words import Sought
from labsim.plots.sweeps import FILE, FOLDER, KEY, TABLES, SweepPlots, rows_of, sought_of
from labsim.report import page
from labsim.report.reading import ReportError, english

REPORT = "sweep.html"
MOST = 8
"""Questions whose figures the page shows; the tables have all of them."""

FRAME = (
    "What a model does over the ranges of its factors is a statement about the model. An index says how much of the"
    " variance over these ranges a factor makes; with other ranges it would be another."
)
INTERVALS = (
    "95 %: bootstrap over the design's blocks (Sobol indices), t (Morris), grouped jackknife (all others)"
)
DESIGNS = {
    "saltelli": "Saltelli's design for Sobol indices",
    "morris": "Morris's trajectories",
    "latin_hypercube": "Latin hypercube",
    "sobol": "Sobol sequence",
    "full_grid": "full grid",
    "list": "list of points",
}


def write_sweep(folder: Path, language: Language = "en") -> Path:
    """Write ``sweep.html`` from the tables in ``folder/analysis``, one file that loads nothing; return its path.

    `language` ("en" or "de") is that of the figures. Raises `ReportError` if the folder holds no analysis.
    """
    try:
        about = json.loads((folder / FOLDER / FILE).read_text(encoding="utf-8"))
        tables = {name: pd.read_parquet(folder / FOLDER / f"{name}.parquet") for name in TABLES}
    except (OSError, ValueError) as error:
        raise ReportError(f"{folder}: holds no analysis of a sweep ({error})") from error
    target = folder / REPORT
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        aside.write_text(render(about, tables, language), encoding="utf-8")
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return target


def render(about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], language: Language = "en") -> str:
    """Return the page as HTML."""
    plots = SweepPlots(about, tables, language)
    asked = [Question(**each) for each in about["questions"]]
    numbers = count(1)
    sections = [("In short", page.bullets(list(_in_short(about, tables, asked)), "summary"))]
    sections.append(("All answers as a table", page.table(findings(about, tables), "Over the whole design")))
    for question in asked[:MOST]:
        sought = sought_of(about, question, language)
        html = "".join(page.exhibit(item, next(numbers), language) for item in plots.of_question(question))
        sections.append((sought.what, _remarks(tables, question) + html))
    if len(asked) > MOST:
        left = f"The figures of {len(asked) - MOST} more questions are left out; ask for one with --outcome, --window."
        sections.append(("Not shown", page.paragraph(left, "note")))
    sections.append(("Factors", page.table(_factors(about), "What was varied, and between which bounds")))
    sections.append(("How this was made", page.table(_facts(about), "Design, runs, seeds and versions")))
    head = page.paragraph(str(about["question"]), "question") if about.get("question") else ""
    return page.page(
        english(about.get("label"), words.plain(str(about["sweep"]))), head + page.paragraph(FRAME, "frame"), sections,
        "Made by labsim. This file is complete in itself and loads nothing from outside.",
    )  # fmt: skip


def findings(about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return what was found as a table of texts, one row per question."""
    rows = []
    for row in tables["summary"].to_dict("records"):
        question = Question(*(str(row[key]) for key in KEY))
        sought = sought_of(about, question)
        digits = sought.digits(pd.DataFrame([row]), "low", "high") + 1
        strongest = _strongest(tables, question, sought)
        rows.append({
            "Question": sought.what,
            "Unit": sought.unit or words.MISSING,
            "Mean": words.number(row["mean"], digits),
            "5 % to 95 % of the points": f"{words.number(row['low'], digits)} to {words.number(row['high'], digits)}",
            "Points clearly below, above zero": _clear(row) if question.minus else words.MISSING,
            "Sum over the window": words.number(row["sum"], 1) if row["months"] and question.minus else words.MISSING,
            "Strongest": "; ".join(strongest) or words.MISSING,
            "Chance": words.MISSING if pd.isna(row["share"]) else f"{100 * row['share']:.0f} %",
            "Points × seeds": f"{row['points']} × {row['seeds']}",
        })  # fmt: skip
    return pd.DataFrame(rows)


def _clear(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["clearly_below"]):
        return "one seed cannot tell"
    return f"{100 * row['clearly_below']:.0f} %, {100 * row['clearly_above']:.0f} %"


def _strongest(
    tables: Mapping[str, pd.DataFrame], question: Question, sought: Sought, most: int = 3
) -> list[str]:
    """Return the strongest factors of a question with their index or effect."""
    indices, effects = rows_of(tables["indices"], question), rows_of(tables["effects"], question)
    if len(indices):
        order = "total" if (indices["order"] == "total").any() else "first"
        top = indices[indices["order"] == order].sort_values("value", ascending=False).head(most)
        named = zip(top["factor"], top["value"], top["low"], top["high"], strict=True)
        return [
            f"{sought.label(n)} {words.number(v, 2)} ({words.number(a, 2)} to {words.number(b, 2)})"
            for n, v, a, b in named
        ]
    if len(effects) and "mu_star" in effects:
        top = effects.dropna(subset=["mu_star"]).sort_values("mu_star", ascending=False).head(most)
        return [f"{sought.label(n)} {v:.3g}" for n, v in zip(top["factor"], top["mu_star"], strict=True)]
    return []


def _in_short(
    about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], asked: Sequence[Question]
) -> Iterator[str]:
    """Yield one sentence per question, then what holds for all."""
    for question in asked[:MOST]:
        sought = sought_of(about, question)
        row = rows_of(tables["summary"], question).iloc[0]
        digits = sought.digits(pd.DataFrame([row]), "low", "high") + 1
        ends = (
            f"{words.number(row['low'], digits)} to {words.number(row['high'], digits)} {sought.unit}".strip()
        )
        falls = rows_of(tables["tornado"], question)
        text = f"{sought.what}: {words.number(row['mean'], digits)} on average, {ends} in the middle 90 % of points"
        if question.minus and not pd.isna(row["clearly_below"]):
            text += f"; clearly below zero at {100 * row['clearly_below']:.0f} %"
            text += f", above at {100 * row['clearly_above']:.0f} % of them"
        sure = falls[(falls["low"] > 0) | (falls["high"] < 0)] if len(falls) else falls
        if len(sure):
            top = sure.iloc[0]
            text += f". Largest clear change: {sought.label(top['factor'])}, {words.signed(top['effect'], digits)}"
        elif len(falls):
            text += ". No factor moves it clearly from one end of its range to the other"
        yield text + "."
    share = tables["summary"]["share"].max() if len(tables["summary"]) else float("nan")
    if pd.isna(share):
        yield "Every point has one seed, so chance cannot be told from the factors: sweep extend adds replicates."
    elif share > 0.5:
        yield f"Up to {100 * share:.0f} % of the variance between points is chance: small indices mean nothing there."


def _remarks(tables: Mapping[str, pd.DataFrame], question: Question) -> str:
    remarks = rows_of(tables["remarks"], question)
    return (
        page.bullets([f"{words.plain(str(each))}." for each in remarks["remark"]], "note")
        if len(remarks)
        else ""
    )


def _factors(about: Mapping[str, Any]) -> pd.DataFrame:
    rows = [
        {
            "Factor": str(each["name"]),
            "What it is": str(each.get("meaning") or each.get("label") or words.MISSING),
            "Role": str(each["role"]),
            "Varied over": _range(each),
            "Unit": str(each.get("unit") or words.MISSING),
            "Bounds": str(each.get("bounds") or "as written in the sweep's file: assumption"),
            "Felt by": ", ".join(_scenario(about, str(s)) for s in each.get("scenarios") or ())
            or "all scenarios",
        }
        for each in about["factors"]
    ]
    return pd.DataFrame(rows)


def _range(factor: Mapping[str, Any]) -> str:
    if factor["values"]:
        return ", ".join(map(str, factor["values"]))
    return f"{factor['low']:g} to {factor['high']:g}"


def _facts(about: Mapping[str, Any]) -> pd.DataFrame:
    design = about["design"]
    second = ", second order" if design["kind"] == "saltelli" and design.get("second_order", True) else ""
    seeds = about["seeds_collected"]
    shown = (
        ", ".join(map(str, seeds)) if len(seeds) <= 12 else f"{len(seeds)}, from {seeds[0]} to {seeds[-1]}"
    )
    scenarios = [_scenario(about, str(name)) for name in about["scenarios"]]
    outcomes = [
        f"{_label(each, each['name'])} ({each.get('unit') or 'no unit'})" for each in about["outcomes"]
    ]
    kind = DESIGNS.get(design["kind"], design["kind"])
    file, keys = about["file"], about["keys"]
    rows = [
        ("Design", f"{kind}{second}: {about['points']:,} points, seed {design['seed']}"),
        ("Scenarios", "; ".join(scenarios) or "a function of the factors"),
        ("Windows", "; ".join(_window(each) for each in about["windows"] if each["start"]) or words.MISSING),
        ("Outcomes", "; ".join(outcomes)),
        ("Runs collected", f"{about['runs_collected']:,}"),
        ("Seeds", shown),
        ("Intervals", INTERVALS),
        ("Planned", f"{about['made']}, from {file['name'] or words.MISSING} (digest {file['digest'][:16]})"),
        ("Code", str(keys.get("code") or "; ".join(map(str, keys.get("runner", []))) or words.MISSING)),
        ("Versions", _versions(about)),
    ]
    return pd.DataFrame(rows, columns=["Fact", "Value"])


def _versions(about: Mapping[str, Any]) -> str:
    versions = about.get("versions") or {}
    planned = ", ".join(f"{name} {value}" for name, value in versions.items())
    return "; ".join([*([planned] if planned else []), f"analysed with labsim {about['analysed_with']}"])


def _window(each: Mapping[str, Any]) -> str:
    return f"{_label(each, each['name'])} ({each['start']} to {each['end']})"


def _label(entry: Mapping[str, Any], name: object) -> str:
    return english(entry.get("label"), words.plain(str(name)))


def _scenario(about: Mapping[str, Any], name: str) -> str:
    return english(about["scenarios"].get(name), words.plain(name))
