"""Values of trials of clients: levels and effects by seed, as evaluators find them and as they truly are.

Everything is computed from ``cells`` (one row per market, trial, seed, world, arm, municipality, duration, eligible and
horizon, with counts of persons; in saturation designs also the ``share`` treated in the municipality). The month of the
draw is horizon 0; month 1 is the first one with the treatment.

Estimates. Of clients: ``truth`` is the treated with and without treatment, ``difference`` the treated less the
controls. Of saturation designs: ``direct`` (treated), ``spill_over`` (eligible, not treated) and ``net`` (all
eligible), each less the eligible where nobody is treated, as Crépon and others (2013) compare; with ``truth_`` in front
the same people with and without the treatment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from labsim.analysis.outcomes import OWN, Outcome, register
from labsim.analysis.tables import TableError, require

Values = pd.Series  # of float, indexed by seed
OF_ALL, MONEY, MONTHS, MONTHLY = "% of those followed", "EUR per month", "months", "% per month"
SUMMED = ("employed", "unemployed", "in_measure", "inactive", "long_term", "earnings", "exits", "at_risk",
          "found_work", "left_register", "sanctioned", "persons")  # fmt: skip


def _outcome(name: str, unit: str, label: str, label_de: str, definition: str) -> Outcome:
    return register(Outcome(f"followed_{name}", unit, label, label_de, definition, OWN))


STOCKS = {
    "employed": _outcome("employed", OF_ALL, "In work", "In Arbeit", "Those at work at the end of the month."),
    "unemployed": _outcome("unemployed", OF_ALL, "Registered unemployed", "Arbeitslos gemeldet",
                           "Those registered as unemployed at the end of the month."),
    "in_measure": _outcome("in_measure", OF_ALL, "In a measure", "In einer Maßnahme",
                           "Those in a measure that takes them off the register, at the end of the month."),
    "inactive": _outcome("inactive", OF_ALL, "Out of the labour force", "Nicht erwerbstätig",
                         "Those neither at work nor on the agency's books at the end of the month."),
    "long_term": _outcome("long_term", OF_ALL, "Long-term unemployed", "Langzeitarbeitslos",
                          "Those registered as unemployed for twelve months or longer."),
    "earnings": _outcome("earnings", MONEY, "Earnings", "Verdienst",
                         "Wages of those at work, mean over all who are followed; without wages that measures pay."),
}  # fmt: skip
"""Outcomes of a month; over several months their mean."""
SO_FAR = {
    "months_in_work": _outcome("months_in_work", MONTHS, "Months in work", "Monate in Arbeit",
                               "Months at work within the span, per person followed."),
    "months_jobless": _outcome("months_jobless", MONTHS, "Months without regular work", "Monate ohne reguläre Arbeit",
                               "Months unemployed or in a measure within the span, per person followed."),
    "exit_rate": _outcome("exit_rate", MONTHLY, "Exit to work", "Übergang in Arbeit",
                          "Of those on the agency's books in a month of the span, those at work a month later."),
    "found_work": _outcome("found_work", OF_ALL, "Found work", "Arbeit gefunden",
                           "Those who have been at work in at least one month since the draw."),
    "left_register": _outcome("left_register", OF_ALL, "Left the register", "Aus dem Register abgegangen",
                              "Those who have been neither unemployed nor in a measure in at least one month."),
    "sanctioned": _outcome("sanctioned", OF_ALL, "Sanctioned", "Sanktioniert",
                           "Those who have been sanctioned at least once since the draw."),
}  # fmt: skip
"""Outcomes of a span of months, or of the time since the draw."""
OUTCOMES: Mapping[str, Outcome] = STOCKS | SO_FAR

Side = tuple[str, tuple[str, ...], bool | None]
"""World, arms, and which municipalities: those of the share asked (True), those without any treated (False)."""
UNTREATED_EVERYWHERE = ("untreated_elsewhere",)
SIDES: Mapping[str, tuple[Side, Side]] = {
    "truth": (("treated", ("treated",), None), ("untreated", ("treated",), None)),
    "difference": (("treated", ("treated",), None), ("treated", ("control",), None)),
} | {
    f"{before}{name}": (
        ("treated", arms, True),
        ("untreated", arms, True) if before else ("treated", UNTREATED_EVERYWHERE, False),
    )
    for before in ("", "truth_")
    for name, arms in (
        ("direct", ("treated",)),
        ("spill_over", ("control",)),
        ("net", ("treated", "control")),
    )
}
"""The two sides of each estimate: with and without treatment."""
LABELS: Mapping[str, str] = {
    "truth": "Truth: the same people without treatment",
    "difference": "Treated less controls",
    "matching": "Matching on the propensity score",
    "direct": "Treated less untreated areas",
    "spill_over": "Untreated here less untreated areas",
    "net": "All eligible less untreated areas",
    "truth_direct": "Truth: the treated",
    "truth_spill_over": "Truth: the untreated beside them",
    "truth_net": "Truth: all eligible",
    "slope_direct": "Slope of the true direct effect, nobody to everybody treated",
    "slope_spill_over": "Slope of the true spill-over, nobody to everybody treated",
    "slope_net": "Slope of the true net effect, nobody to everybody treated",
}


@dataclass(frozen=True)
class Choice:
    """Which value of a trial: see the head of the module for outcomes and estimates.

    first, last : months since the start, the first month is 1
    market, duration, share : only these; empty (None) where there is nothing to choose
    relative    : in % of the side without treatment
    """

    treatment: str
    outcome: str
    first: int
    last: int
    estimate: str = "truth"
    market: str = ""
    duration: str = ""
    share: float | None = None
    relative: bool = False


def condensed(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the same cells without municipalities: all that values of trials need, in far fewer rows."""
    keys = ["market", "trial", "seed", "world", "arm", "duration", "eligible", "horizon"]
    keys += [name for name in ("share",) if name in cells]
    require(cells, (*keys, *SUMMED), "the cells")
    return cells.groupby(keys, observed=True, sort=False)[list(SUMMED)].sum().reset_index()


def span_of(text: str) -> tuple[int, int]:
    """Return first and last month of "13..24", or twice the same of "12"."""
    first, _, last = text.partition("..")
    return int(first), int(last or first)


def value(cells: pd.DataFrame, choice: Choice) -> Values[float]:
    """Return an effect by seed, in the unit of its outcome (percentage points for shares), or in %.

    NaN where there is nobody on one side.
    """
    if choice.estimate not in SIDES:
        raise TableError(f"there is no estimate '{choice.estimate}'; known are {', '.join(SIDES)}")
    with_it, without = (level(cells, choice, side) for side in SIDES[choice.estimate])
    effect = 100.0 * (with_it / without - 1.0) if choice.relative else with_it - without
    return effect.round(10)


def level(cells: pd.DataFrame, choice: Choice, side: Side) -> Values[float]:
    """Return an outcome of one side by seed, in its unit; NaN where there is nobody."""
    if choice.outcome not in OUTCOMES:
        raise TableError(f"there is no outcome '{choice.outcome}'; known are {', '.join(OUTCOMES)}")
    seeds = pd.Index(sorted(cells["seed"].unique()), name="seed")
    span = (0 if choice.outcome == "exit_rate" else choice.first, choice.last)
    rows = chosen(cells, choice, side)
    rows = rows[rows["horizon"].between(*span)]
    monthly = rows.groupby(["seed", "horizon"], observed=True)[list(SUMMED)].sum()
    return over_span(monthly, choice.outcome, choice.first).reindex(seeds)


def chosen(cells: pd.DataFrame, choice: Choice, side: Side) -> pd.DataFrame:
    """Return the rows of one side of a choice."""
    require(
        cells,
        ("market", "trial", "seed", "world", "arm", "duration", "eligible", "horizon", *SUMMED),
        "the cells",
    )
    world, arms, in_share = side
    keep = (
        (cells["trial"] == choice.treatment) & (cells["market"] == choice.market) & (cells["world"] == world)
    )
    keep &= cells["arm"].isin(list(arms)) & cells["eligible"]
    if choice.duration:
        keep &= cells["duration"] == choice.duration
    if in_share is not None:
        require(cells, ("share",), "the cells of a saturation design")
        keep &= cells["share"] == (choice.share if in_share else 0.0)
    return cells[keep]


def over_span(monthly: pd.DataFrame, outcome: str, first: int) -> Values[float]:
    """Return an outcome by seed from counts by seed and horizon."""
    persons = monthly["persons"].where(monthly["persons"] > 0)
    if outcome in STOCKS:
        each = monthly[outcome] / persons * (1.0 if outcome == "earnings" else 100.0)
        return each.groupby("seed").mean()
    if outcome in {"months_in_work", "months_jobless"}:
        who = ["employed"] if outcome == "months_in_work" else ["unemployed", "in_measure"]
        return (monthly[who].sum(axis=1) / persons).groupby("seed").sum(min_count=1)
    if outcome == "exit_rate":
        inside = monthly[monthly.index.get_level_values("horizon") >= first]
        total = inside[["exits", "at_risk"]].groupby("seed").sum()
        return 100.0 * total["exits"] / total["at_risk"].where(total["at_risk"] > 0)
    return (100.0 * monthly[outcome] / persons).groupby("seed").last()


def at_dose(
    cells: pd.DataFrame,
    choice: Choice,
    treatments: Sequence[str],
    dose: Choice,
    doses: tuple[float, float],
) -> Values[float]:
    """Return by how much the response differs between two doses, by seed: read from the curve over all treatments.

    The curve joins the points (dose of the treated, effect) of the treatments, and of the treated without treatment
    (their dose, no effect), by straight lines; NaN where it does not reach both doses.
    """
    points = []
    for name in treatments:
        of = replace(choice, treatment=name)
        amount = replace(dose, treatment=name, market=choice.market)
        points.append((level(cells, amount, SIDES["truth"][0]), value(cells, of)))
        if name == treatments[0]:
            nothing = level(cells, amount, SIDES["truth"][1])
            points.append((nothing, nothing * 0.0))
    x = pd.concat([point[0] for point in points], axis=1).to_numpy(np.float64)
    y = pd.concat([point[1] for point in points], axis=1).to_numpy(np.float64)
    out = []
    for xs, ys in zip(x, y, strict=True):
        order = np.argsort(xs, kind="stable")
        ends = np.interp(doses, xs[order], ys[order], left=np.nan, right=np.nan)
        out.append(float(ends[1] - ends[0]))
    return pd.Series(out, index=points[0][0].index).round(10)


def by_horizon(
    cells: pd.DataFrame, treatment: str, outcome: str, estimates: Sequence[str], market: str = "",
    share: float | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return effects by seed for every horizon: estimate, horizon, seed, value (outcomes of a month, or so far)."""
    last = int(cells["horizon"].max())
    tables = []
    for estimate in estimates:
        for h in range(1, last + 1):
            first = h if outcome in STOCKS else 1
            choice = Choice(treatment, outcome, first, h, estimate, market, share=share)
            values = value(cells, choice).rename("value").reset_index()
            tables.append(values.assign(estimate=estimate, horizon=h))
    return pd.concat(tables, ignore_index=True)
