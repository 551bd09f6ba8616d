"""Verdicts: a value of a trial against a published finding, and how sure the finding is.

agrees     the interval over the seeds overlaps the band, and the sign is right in at least nine of ten seeds
sign only  the sign is right in at least nine of ten seeds; no size was published
disagrees  the interval lies outside the band, or the sign is wrong in at least nine of ten seeds
open       neither: the interval is too wide, or there are fewer than four seeds
not counted  the finding is from memory
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from labsim.analysis.intervals import LEVEL, t_half_width
from labsim.analysis.panel_values import panel_value
from labsim.analysis.trial_values import Choice, Values, at_dose, condensed, span_of, value

AGREES, SIGN_ONLY, DISAGREES, OPEN, NOT_COUNTED = "agrees", "sign only", "disagrees", "open", "not counted"
VERDICTS = (AGREES, SIGN_ONLY, DISAGREES, OPEN, NOT_COUNTED)
RIGHT = 0.9
"""Part of the seeds in which the sign must be right."""
FEWEST_SEEDS = 4
"""Signs of fewer seeds say too little."""
SIGN, MEMORY, ALL = "SIGN", "MEMORY", "all"
WIDEST = 2.0
"""An interval wider than this many bands says nothing about agreement."""


def verdict(values: Sequence[float], finding: Mapping[str, Any], level: float = LEVEL) -> dict[str, Any]:
    """Return model, model_low, model_high, seeds, right (share of seeds with the right sign) and verdict.

    ``finding``: value, low, high (None where there is none) and sure.
    """
    known = np.array([each for each in values if math.isfinite(each)], np.float64)
    n = known.size
    mean = float(known.mean()) if n else math.nan
    half = float(t_half_width(known.std(ddof=1), n, level)) if n > 1 else math.nan
    sign = published_sign(finding)
    right = float((np.sign(known) == sign).mean()) if n and sign else math.nan
    wrong = float((np.sign(known) == -sign).mean()) if n and sign else math.nan
    found = {"model": mean, "model_low": mean - half, "model_high": mean + half, "seeds": n, "right": right}
    if finding.get("sure") == MEMORY:
        return found | {"verdict": NOT_COUNTED}
    if n < FEWEST_SEEDS:
        return found | {"verdict": OPEN}
    return found | {"verdict": _judged(mean - half, mean + half, right, wrong, finding)}


def published_sign(finding: Mapping[str, Any]) -> int:
    """Return the sign of a finding: of its value, else of its band; 0 if the band covers both without a value."""
    published, low, high = (finding.get(name) for name in ("value", "low", "high"))
    if published is not None:
        return int(np.sign(published))
    if low is not None and low >= 0.0:
        return 1
    return -1 if high is not None and high <= 0.0 else 0


def _judged(low: float, high: float, right: float, wrong: float, finding: Mapping[str, Any]) -> str:
    bottom = -math.inf if finding.get("low") is None else float(finding["low"])
    top = math.inf if finding.get("high") is None else float(finding["high"])
    is_sign = finding.get("sure") == SIGN and published_sign(finding) != 0
    if is_sign:
        return SIGN_ONLY if right >= RIGHT else DISAGREES if wrong >= RIGHT else OPEN
    if high < bottom or low > top:
        return DISAGREES
    if right < RIGHT:  # False where the finding has no sign: NaN
        return OPEN
    inside = bottom <= low and high <= top
    return AGREES if inside or high - low <= WIDEST * (top - bottom) else OPEN


def verdict_table(
    cells: pd.DataFrame | None, panel: pd.DataFrame | None, about: Mapping[str, Any]
) -> pd.DataFrame:
    """Return one row per finding that a trial is held against, in the order of its file.

    ``about`` is the content of trial.json. Columns: finding, what, treatment, outcome, months, estimate, unit,
    published, low, high, sure, source, model, model_low, model_high, seeds, right, verdict, note.
    """
    few = None if cells is None else condensed(cells)
    rows = [_row(few, panel, asked, about) for asked in about.get("against", ())]
    return pd.DataFrame(rows, columns=list(COLUMNS))


COLUMNS = (
    "finding", "what", "treatment", "outcome", "months", "estimate", "unit", "published", "low", "high", "sure",
    "source", "model", "model_low", "model_high", "seeds", "right", "verdict", "note",
)  # fmt: skip


def _row(
    cells: pd.DataFrame | None, panel: pd.DataFrame | None, asked: Mapping[str, Any], about: Mapping[str, Any]
) -> dict[str, Any]:
    finding = asked["published"]
    values = asked_values(cells, panel, asked, about)
    kept = {name: asked[name] for name in ("finding", "what", "treatment", "outcome", "months", "estimate")}
    published = {
        "unit": finding["unit"], "published": finding["value"], "low": finding["low"], "high": finding["high"],
        "sure": finding["sure"], "source": finding["source"],
    }  # fmt: skip
    return kept | published | verdict(values.tolist(), finding) | {"note": asked["note"]}


def asked_values(
    cells: pd.DataFrame | None, panel: pd.DataFrame | None, asked: Mapping[str, Any], about: Mapping[str, Any]
) -> Values[float]:
    """Return the value that is held against a finding, by seed, in the unit of the finding."""
    found = _plain_values(cells, panel, asked, about)
    less = asked["less"]
    if less is not None:
        changes = {name: it for name, it in less.items() if it is not None}
        found = found - _plain_values(cells, panel, {**asked, **changes}, about)
    return found * float(asked["times"])


def _plain_values(
    cells: pd.DataFrame | None, panel: pd.DataFrame | None, asked: Mapping[str, Any], about: Mapping[str, Any]
) -> Values[float]:
    """Return the value by seed without what is subtracted; of several treatments their mean."""
    first, last = span_of(asked["months"])
    choice = Choice(
        asked["treatment"], asked["outcome"], first, last, asked["estimate"], asked["market"], asked["duration"],
        asked["share"], asked["relative"],
    )  # fmt: skip
    if panel is not None:
        return panel_value(panel, choice)
    assert cells is not None
    if asked["dose"] is not None:
        dose = asked["dose"]
        amount = Choice("", dose["dose"], *span_of(dose["months"]))
        return at_dose(cells, choice, list(about["rules"]), amount, (float(dose["low"]), float(dose["high"])))
    names = list(about["treatments"]) if asked["treatment"] == ALL else [asked["treatment"]]
    parts = []
    for name in names:
        later = int(about["lengths"].get(name, 0)) if asked["after_end"] else 0
        parts.append(value(cells, replace(choice, treatment=name, first=first + later, last=last + later)))
    return pd.concat(parts, axis=1).mean(axis=1, skipna=False)
