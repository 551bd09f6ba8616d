"""Under which assumptions a comparison turns round: the paired difference with each assumption at its ends.

One assumption is moved at a time, all others stay; every value is a difference B - A of one pair of runs with one seed.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from labsim.analysis.intervals import t_half_width
from labsim.analysis.tables import TableError, require

AS_IT_IS, LOW, HIGH = "as_it_is", "low", "high"
"""Where an assumption stands: as the comparison has it, or at the lowest or the highest value held possible."""

COLUMNS = ("assumption", "end", "seed", "value")
FEWEST = 2
"""Pairs below which nothing is said of an end."""


def turned(table: pd.DataFrame) -> pd.DataFrame:
    """Return mean, interval and direction of the difference at every end of every assumption.

    Parameters
    ----------
    table
        assumption (that of the comparison as it is: ""), end (`AS_IT_IS`, `LOW`, `HIGH`), seed, value (B - A).

    Returns
    -------
    assumption, end, mean, low, high (95 % t-interval over the pairs, chance only), pairs, turns (whether the mean has
    the opposite sign of that of the comparison as it is), sure (turns, and the interval leaves out zero). First the
    comparison as it is; then the assumptions, those that turn it furthest first. Ends with fewer than two pairs are
    left out.
    """
    require(table, COLUMNS, "the table of tried assumptions")
    grouped = table.groupby(["assumption", "end"], sort=False)["value"]
    found = grouped.agg(["mean", "std", "count"]).reset_index()
    found = found[found["count"] >= FEWEST]
    base = found[found["end"] == AS_IT_IS]
    if base.empty:
        raise TableError("the comparison as it is has not been simulated yet")
    half = t_half_width(found["std"].to_numpy(), found["count"].to_numpy())
    mean = found["mean"].to_numpy()
    sign = float(np.sign(base["mean"].iloc[0]))
    turns = (np.sign(mean) == -sign) & (sign != 0.0)
    sure = turns & (np.abs(mean) > half)
    out = pd.DataFrame(
        {"assumption": found["assumption"], "end": found["end"], "mean": mean, "low": mean - half, "high": mean + half,
         "pairs": found["count"], "turns": turns, "sure": sure, "how_far": -sign * mean}
    )  # fmt: skip
    furthest = out.groupby("assumption")["how_far"].transform("max").where(out["assumption"] != "", math.inf)
    order = {AS_IT_IS: 0, LOW: 1, HIGH: 2}
    out = out.assign(furthest=furthest, place=out["end"].map(order))
    out = out.sort_values(["furthest", "assumption", "place"], ascending=[False, True, True], kind="stable")
    return out.drop(columns=["furthest", "place", "how_far"]).reset_index(drop=True)


def reversing(found: pd.DataFrame, most: int = 3) -> pd.DataFrame:
    """Return the ends that turn the comparison round, the furthest of each assumption, at most `most` assumptions."""
    there = found[found["turns"]]
    furthest = there.assign(size=there["mean"].abs()).sort_values("size", ascending=False, kind="stable")
    return furthest.drop_duplicates("assumption").drop(columns="size").head(most).reset_index(drop=True)
