"""The report of a trial as one HTML file: effects by horizon, estimators against the truth, and the verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from labsim.analysis import panel_values, trial_values
from labsim.analysis.contrasts import mean_over_seeds
from labsim.analysis.panel_values import ESTIMATORS, panel_estimates
from labsim.analysis.trial_summary import effect_paths, first_outcome, mean_estimates
from labsim.analysis.trial_values import OUTCOMES, Choice, span_of
from labsim.figures import words
from labsim.figures.trial_effects import Band, numbers, trial_effects
from labsim.report import page
from labsim.report.aside import write_page
from labsim.report.exhibits import Exhibit
from labsim.report.reading import ReportError

FRAME = (
    "A trial within a model: it tells what evaluators of this model would find, and what is true in it. A verdict of "
    "agreement says that the model does not contradict a finding, not that it is right."
)
MEANINGS = (
    "agrees: the interval over the seeds overlaps the published band, and the sign is right in at least 90 % of seeds.",
    "sign only: only the sign was published (or seen), and it is right in at least nine of ten seeds.",
    "disagrees: the interval lies outside the band, or the sign is wrong in at least nine of ten seeds.",
    "open: the interval is too wide to tell.",
    "not counted: the figure is from memory and unverified; it is shown so that it can be looked up.",
)
LINES = {
    "clients": ("truth", "difference"),
    "saturation": ("truth_direct", "truth_spill_over", "truth_net"),
    "municipalities": ("truth", *ESTIMATORS),
}
SURE = {"MEMORY": "from memory, unverified", "SIGN": "only the sign was seen"}


def write_trial_report(folder: Path, out: Path | None = None) -> Path:
    """Write the report of the trial in `folder` and return its path (by default ``folder/report.html``).

    Raises `ReportError` if the folder holds no complete results of a trial.
    """
    target = folder / "report.html" if out is None else out
    html = render(*_read(folder))
    return write_page(target, html)


def _read(folder: Path) -> tuple[Mapping[str, Any], pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return trial.json, the cells or the panel, estimates and verdicts."""
    try:
        about = json.loads((folder / "trial.json").read_text(encoding="utf-8"))
        name = "panel" if about["design"] == "municipalities" else "cells"
        tables = [pd.read_parquet(folder / f"{each}.parquet") for each in (name, "estimates", "verdicts")]
    except (OSError, ValueError, KeyError) as error:
        raise ReportError(f"{folder}: holds no complete results of a trial ({error})") from error
    return about, tables[0], tables[1], tables[2]


def render(
    about: Mapping[str, Any], table: pd.DataFrame, estimates: pd.DataFrame, verdicts: pd.DataFrame
) -> str:
    """Return the report as HTML."""
    figures = count(1)
    sections = [
        ("Verdicts", _verdicts(verdicts)),
        ("Effects over time", page.exhibit(_effects(about, table), next(figures))),
    ]
    if not estimates.empty:
        sections.append(("Estimators against the truth", _estimators(about, estimates)))
    sections.append(("How this was made", page.table(_facts(about), "Design, versions and seeds")))
    head = page.paragraph(str(about["question"]), "question") if about["question"] else ""
    notes = [FRAME]
    if about["failures"]:
        notes.append(f"{about['failures']} seeds failed and are missing from everything below.")
    return page.page(
        str(about["label"]["en"]),
        head + "".join(page.paragraph(note, "frame") for note in notes),
        sections,
        "Made by labsim. This file is complete in itself and loads nothing from outside.",
    )


def _verdicts(verdicts: pd.DataFrame) -> str:
    if verdicts.empty:
        return page.paragraph("The trial is held against no published finding.")
    rows = pd.DataFrame([_verdict(dict(row)) for _, row in verdicts.iterrows()])
    sources = [_source(row) for row in verdicts.to_dict("records")]
    return (
        page.table(rows, "What is published, and what the trial found")
        + _folded("What the verdicts mean", MEANINGS)
        + _folded("Where each finding was published", dict.fromkeys(sources))
    )


def _folded(title: str, lines: Iterable[str]) -> str:
    return f"<details><summary>{title}</summary>{page.bullets(lines, 'note')}</details>"


def _source(row: Mapping[Any, Any]) -> str:
    note = f" {row['note']}" if row["note"] else ""
    return f"{row['what']}, {words.plain(str(row['treatment']))}: {row['source']}.{note}"


def _verdict(row: Mapping[str, Any]) -> dict[str, str]:
    low, high = row["low"], row["high"]
    ends = [words.MISSING if _missing(each) else words.number(each, 2) for each in (low, high)]
    band = words.MISSING if ends == [words.MISSING] * 2 else f"{ends[0]} to {ends[1]}"
    right = row["right"]
    return {
        "what": str(row["what"]),
        "treatment": words.plain(str(row["treatment"])),
        "months": str(row["months"]).replace("..", " to "),
        "estimate": str(row["estimate"]).replace("_", " "),
        "unit": str(row["unit"]),
        "published": words.MISSING if _missing(row["published"]) else words.number(row["published"], 2),
        "band": band,
        "how sure": SURE.get(str(row["sure"]), str(row["sure"])),
        "model (95 % interval)": words.signed_interval(row["model"], row["model_low"], row["model_high"], 2),
        "sign right": words.MISSING if _missing(right) else f"{100 * right:.0f} % of {row['seeds']} seeds",
        "verdict": str(row["verdict"]),
    }


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def _effects(about: Mapping[str, Any], table: pd.DataFrame) -> Exhibit:
    """Return the figure of effects over time, with the published bands of its outcome."""
    design = str(about["design"])
    outcome = next(iter(about["outcomes"])) if design == "municipalities" else first_outcome(about)
    if design == "municipalities":
        unit, label = about["outcomes"][outcome]["unit"], about["outcomes"][outcome]["label"]
        paths, names = _panel_paths(about, table, outcome), panel_values.LABELS
    else:
        unit, label = OUTCOMES[outcome].unit, OUTCOMES[outcome].label
        paths, names = effect_paths(table, about, outcome, LINES[design]), trial_values.LABELS
    unit = "percentage points" if unit.startswith("%") else unit
    by = ["market", "trial", "share"]
    titles: dict[tuple[str, ...], str] = {}
    bands: dict[tuple[str, ...], list[Band]] = {}
    lengths: dict[tuple[str, ...], int] = {}
    for market, trial, share in dict.fromkeys(
        paths[by].astype({"share": str}).itertuples(index=False, name=None)
    ):
        key = (str(market), str(trial), str(share))
        parts = [about["treatments"][trial], *([str(market)] if market else [])]
        parts += [f"{100 * float(share):.0f} % treated"] if float(share) else []
        titles[key] = f"<b>{', '.join(parts)}</b><br>{label.lower()}, {unit}"
        bands[key] = [each["band"] for each in _bands(about, outcome) if _fits(about, each, market, trial)]
        lengths[key] = int(about["lengths"].get(trial, 0))
    lines = {name: names[name] for name in LINES[design]}
    figure = trial_effects(paths, titles, by, lines, f"Effect on: {label.lower()}", bands, lengths)
    aid = (
        "Effect by months since the start: the truth (the same people or municipalities with and without treatment) "
        "beside what evaluators find. Narrow areas: 95 % intervals over the seeds. Ground: months that the measure "
        "lasts (lock-in). Green boxes: published bands of this outcome."
    )
    shown = [h for h in about["horizons"] if h in set(paths["horizon"])]
    return Exhibit(figure, aid, numbers(paths, titles, by, lines, shown), width=640)


def _fits(about: Mapping[str, Any], each: Mapping[str, Any], market: str, trial: str) -> bool:
    one = len(about["markets"]) == 1
    return each["treatment"] == trial and (one or each["market"] == market)


def _bands(about: Mapping[str, Any], outcome: str) -> list[dict[str, Any]]:
    """Return published bands that belong to the lines of an outcome: plain levels, not differences or ratios."""
    out = []
    for asked in about["against"]:
        plain = (
            asked["less"] is None
            and asked["dose"] is None
            and not asked["relative"]
            and not asked["after_end"]
        )
        published = asked["published"]
        if not plain or asked["outcome"] != outcome or asked["duration"] or published["sure"] == "MEMORY":
            continue
        first, last = span_of(asked["months"])
        ends = [
            None if end is None else end / asked["times"] for end in (published["low"], published["high"])
        ]
        band = Band(first, last, ends[0], ends[1], str(asked["what"]))
        out.append({"treatment": asked["treatment"], "market": asked["market"], "band": band})
    return out


def _panel_paths(about: Mapping[str, Any], panel: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return effects averaged over the months up to each horizon, by estimator."""
    tables = []
    for market in about["markets"]:
        for trial in about["treatments"]:
            for horizon in range(3, int(about["follow_up"]) + 1, 3):
                for estimate in LINES["municipalities"]:
                    found = panel_estimates(panel, Choice(trial, outcome, 1, horizon, estimate, market))
                    tables.append(
                        found.assign(
                            market=market, trial=trial, share=0.0, estimate=estimate, horizon=horizon
                        )
                    )
    return mean_over_seeds(
        pd.concat(tables, ignore_index=True), ["market", "trial", "share", "estimate", "horizon"]
    )


def _estimators(about: Mapping[str, Any], estimates: pd.DataFrame) -> str:
    """Return a table of estimators by outcome and horizon, with their bias against the truth."""
    names = panel_values.LABELS if about["design"] == "municipalities" else trial_values.LABELS
    table = mean_estimates(estimates)
    several = len(about["markets"]) > 1
    rows = [
        {
            "outcome": about["outcomes"][row["outcome"]]["label"],
            **({"market": row["market"]} if several else {}),
            **(
                {"share treated": f"{100 * row['share']:.0f} %" if row["share"] else ""}
                if about["shares"]
                else {}
            ),
            "treatment": about["treatments"][row["trial"]],
            "months": str(row["horizon"]),
            "estimate": names[row["estimate"]],
            "mean (95 % interval)": words.signed_interval(row["mean"], row["low"], row["high"], 2),
            "s.e. of one seed": words.number(row["mean_se"], 2),
            "less the truth": words.MISSING
            if row["estimate"].startswith(("truth", "slope"))
            else words.signed(row["bias"], 2),
        }
        for row in table.to_dict("records")
    ]
    return page.table(pd.DataFrame(rows), "What evaluators find, and the truth")


def _facts(about: Mapping[str, Any]) -> pd.DataFrame:
    rows = [
        ("Design", f"{about['design']}, assigned by {about['assignment']}"),
        ("Scenario and place", f"{about['scenario']}, {about['place']}"),
        ("Municipalities", f"{about['municipalities']} ({about['copies']} copies of the place)"),
        ("Scale (1 = one agent per person)", f"{about['scale']:g}"),
        ("Start and follow-up", f"{about['month']}, {about['follow_up']} months"),
        ("Seeds", ", ".join(map(str, about["seeds"]))),
        ("labsim version", str(about["version"])),
        ("Commit", str(about["commit"])),
        ("Seconds (sum over seeds)", f"{about['seconds_of_seeds']:g}"),
    ]
    rows += [(words.plain(name), _pairs(about[name])) for name in ("platform", "versions")]
    return pd.DataFrame(rows, columns=["Fact", "Value"])


def _pairs(group: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in group.items())
