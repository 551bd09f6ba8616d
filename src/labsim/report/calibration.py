"""The page of a calibration: fit target by target, what was learned of each parameter, what cannot be told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from labsim.figures import calibration_profiles, screening, words
from labsim.report import page
from labsim.report.aside import write_page
from labsim.report.exhibits import Exhibit
from labsim.report.reading import ReportError

FILE, REPORT = "calibration.json", "calibration.html"
FRAME = (
    "Fitted were only the targets below, chosen with their bands before the fit. How the fitted model does on "
    "everything else is the business of the scorecard (labsim validate)."
)


def write_calibration(folder: Path) -> Path:
    """Write ``calibration.html`` from the tables in `folder`, one file that loads nothing; return its path.

    Raises `ReportError` if the folder holds no finished calibration.
    """
    try:
        about = json.loads((folder / FILE).read_text(encoding="utf-8"))
        names = ("fit", "parameters", "profiles", "screening", "trials")
        tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}
        levels = folder / "levels.parquet"
        tables["levels"] = pd.read_parquet(levels) if levels.is_file() else pd.DataFrame()
    except (OSError, ValueError) as error:
        raise ReportError(f"{folder}: holds no finished calibration ({error})") from error
    target = folder / REPORT
    return write_page(target, render(about, tables))


def render(about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the page as HTML."""
    members = pd.DataFrame(about["members"])
    given = (tables["profiles"], tables["parameters"], members)
    curves = Exhibit(calibration_profiles.calibration_profiles(*given), calibration_profiles.reading_aid(*given),
                     calibration_profiles.numbers(*given), width=760)  # fmt: skip
    effects = tables["screening"]
    heat = Exhibit(
        screening.screening(effects), screening.reading_aid(effects), screening.numbers(effects), width=900
    )
    sections = [
        ("In short", page.bullets(_in_short(about, tables), "summary")),
        ("Fit target by target", page.table(_fit(about, tables["fit"]), "Calibrated targets")),
        ("What was learned of each parameter", page.exhibit(curves, 1)),
        (
            "Before the fit: what can be told apart",
            page.exhibit(heat, 2) + page.bullets(_identified(about), "note"),
        ),
        ("Levels of the municipalities", _levels(tables["levels"])),
        ("Where it comes from", page.table(_facts(about), "Runs")),
    ]
    head = page.paragraph(FRAME, "frame")
    return page.page(
        f"Calibration: {about['scenario']}", head, sections, page.text(f"labsim {about['version']}.")
    )


def _in_short(about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> list[str]:
    fit, parameters = tables["fit"], tables["parameters"]
    open_ones = [str(row["parameter"]) for row in parameters.to_dict("records") if row["learned"] < 0.2]
    lines = [
        f"{int(fit['inside'].sum())} of {len(fit)} calibrated targets are inside their bands at the best fit"
        f" (loss {about['loss']:.2f}; a target at the edge of its band adds 4 times its weight).",
        f"{len(tables['trials'])} evaluations of {about['seeds'].count(',') + 1} seeds each;"
        f" {len(about['members'])} parameter sets are accepted (loss up to {about['limit']:.2f}).",
    ]
    if open_ones:
        lines.append(f"The targets rule out less than a fifth of the prior of {words.listing(open_ones)}.")
    return lines


def _fit(about: Mapping[str, Any], fit: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "Target": row["label"],
            "Unit": row["unit"],
            "Published": words.number(row["published"], 2),
            "Band": f"± {words.number(row['half_width'], 2)}",
            "Best fit": words.number(row["model"], 2),
            "Ensemble": f"{words.number(row['members_low'], 2)} to {words.number(row['members_high'], 2)}",
            "Inside?": "yes" if row["inside"] else "no",
            "Weight": words.number(row["weight"], 1),
            "Error of the response surface": words.number(about["emulator_error"][row["target"]], 2),
        }
        for row in fit.to_dict("records")
    ]
    return pd.DataFrame(rows)


def _identified(about: Mapping[str, Any]) -> list[str]:
    lines = [f"No target responds to {name}: it stays as wide as its prior." for name in about["weak"]]
    lines += [
        f"{a} and {b} move all targets in the same pattern (cosine {cosine:+.2f}): only one direction is known."
        for a, b, cosine in about["alike"]
    ]
    return lines or ["Every parameter moves some target, and no two move all of them in the same pattern."]


def _levels(levels: pd.DataFrame) -> str:
    if levels.empty:
        return page.paragraph("The levels of the municipalities were left as they are.")
    deviation = levels.assign(square=(levels["simulated"] - levels["wanted"]) ** 2)
    by_round = deviation.groupby(["pass_", "round"])["square"].mean().reset_index()
    rows = [
        {
            "Pass": str(each["pass_"]),
            "Round": str(each["round"]),
            "Root mean square deviation (%)": words.number(100 * each["square"] ** 0.5),
        }
        for each in by_round.to_dict("records")
    ]
    note = (
        "Unemployment rates relative to the place, with flat demand, against those of the first year (an input). The"
        " round that came closest is kept."
    )
    return page.paragraph(note, "note") + page.table(pd.DataFrame(rows), "Rounds")


def _facts(about: Mapping[str, Any]) -> pd.DataFrame:
    rows = [
        ("Scenario", about["scenario"]),
        ("Scale (1 = one agent per person)", f"{about['scale']:g}"),
        ("Seeds of each evaluation", about["seeds"]),
        ("Targets and bands", about["scorecard"]),
        ("labsim version", about["version"]),
        ("Commit", about["commit"] or "not recorded"),
    ]
    return pd.DataFrame(rows, columns=["Fact", "Value"])
