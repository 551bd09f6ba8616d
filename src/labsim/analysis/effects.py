"""What a treatment did: effects by horizon, deadweight, displacement, lock-in, cost of a month in work.

Everything is computed seed by seed from the ``cells`` of randomised trials (one row per trial, seed, world, arm,
municipality, duration, eligible and horizon, with counts of persons) and then averaged, with t-intervals over the
seeds. Columns named in ``by`` (``duration``, ``municipality``, ``eligible``) are kept apart, all others are summed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from labsim.analysis.contrasts import mean_over_seeds
from labsim.analysis.intervals import LEVEL, t_quantile
from labsim.analysis.outcomes import OWN, Outcome, register
from labsim.analysis.tables import TableError, require

KEYS = ("trial", "seed", "world", "arm", "horizon")
STATES = ("employed", "unemployed", "in_measure", "inactive")
COUNTS = ("persons", *STATES, "employed_in_both", "months_employed", "spending")
POINTS, GAIN = "percentage points", "% of the gain of the treated"
UNTREATED = ("control", "untreated_here", "untreated_elsewhere")


NAIVE = register(Outcome(
    "naive_effect", POINTS, "Effect, treated against controls", "Effekt, Teilnehmende gegen Vergleichsgruppe",
    "Employed among the treated less employed among the controls, both in the world with the treatment, by months since"
    " the start: what an evaluation by random assignment finds.",
    "estimand of field experiments such as Crépon, Duflo, Gurgand, Rathelot & Zamora 2013",
))  # fmt: skip
TRUE = register(Outcome(
    "true_effect", POINTS, "Effect, treated with and without treatment", "Effekt, Teilnehmende mit und ohne Maßnahme",
    "Employed among the treated less employed among the same people in the world without the treatment, by months since"
    " the start.", OWN,
))  # fmt: skip
CONTROL = register(Outcome(
    "control_effect", POINTS, "Effect on the controls", "Effekt auf die Vergleichsgruppe",
    "Employed among the controls (eligible, not drawn) less employed among the same people in the world without the"
    " treatment, by months since the start: below zero where the treated take their jobs.",
    "Crépon, Duflo, Gurgand, Rathelot & Zamora 2013: untreated in treated areas",
))  # fmt: skip
EVERYBODY = register(Outcome(
    "equilibrium_effect", POINTS, "Effect on everybody", "Effekt auf alle",
    "Employed among all people less employed among the same people in the world without the treatment, by months since"
    " the start.", OWN,
))  # fmt: skip
DEADWEIGHT = register(Outcome(
    "deadweight", "% of the treated in work", "Deadweight", "Mitnahme",
    "Of the treated who work at the horizon, those who work then in the world without the treatment too.",
    "Spermann & Strotmann 2006: recipients who would have worked anyway",
))  # fmt: skip
DISPLACED_HERE = register(Outcome(
    "displaced_here", GAIN, "Displaced, same municipality", "Verdrängung am Ort",
    "Months in work that untreated people in municipalities with treated people lose up to the horizon, per month that"
    " the treated gain.", "Crépon, Duflo, Gurgand, Rathelot & Zamora 2013: untreated in treated areas",
))  # fmt: skip
DISPLACED_ELSEWHERE = register(Outcome(
    "displaced_elsewhere", GAIN, "Displaced, elsewhere", "Verdrängung anderswo",
    "Months in work that people in municipalities where nobody is treated lose up to the horizon, per month that the"
    " treated gain.", OWN,
))  # fmt: skip
NET = register(Outcome(
    "net_gain", GAIN, "Net gain of everybody", "Nettogewinn aller",
    "Months in work that all people together gain up to the horizon, per month that the treated gain: 100 less what is"
    " displaced.", OWN,
))  # fmt: skip
LOCK_IN = register(Outcome(
    "lock_in", POINTS, "Lock-in", "Einsperreffekt",
    "The lowest true effect while the measure lasts; zero or above means none.", OWN,
))  # fmt: skip
MONTHS = register(Outcome(
    "additional_months_in_work", "months per treated person", "Additional months in work",
    "Zusätzliche Monate in Arbeit",
    "Months in work up to the horizon of the treated, less those of the controls (naive) or of the same people in the"
    " world without the treatment (true).", OWN,
))  # fmt: skip
COST = register(Outcome(
    "cost_per_month_in_work", "EUR per month in work", "Cost per additional month in work",
    "Kosten je zusätzlichem Monat in Arbeit",
    "Spending on the treatment up to the horizon per additional month in work, of the treated (direct) or of everybody"
    " (net); no value where nothing is gained. Benefits saved are not subtracted.", OWN,
))  # fmt: skip


def _summed(cells: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the counts by trial, seed, world, arm, horizon and the columns ``by``."""
    require(cells, (*KEYS, *by, *COUNTS), "the table of a trial")
    keys = ["trial", "seed", "world", "arm", *by, "horizon"]
    return cells.groupby(keys, sort=False, observed=True)[list(COUNTS)].sum().reset_index()


def _side(summed: pd.DataFrame, world: str, arms: Iterable[str], by: Sequence[str]) -> pd.DataFrame:
    """Return the counts of some arms in one world, indexed by trial, seed, ``by`` and horizon."""
    keys = ["trial", "seed", *by, "horizon"]
    rows = summed[(summed["world"] == world) & summed["arm"].isin(list(arms))]
    return rows.groupby(keys, sort=False, observed=True)[list(COUNTS)].sum()


def _over_seeds(values: pd.Series[float], level: float) -> pd.DataFrame:
    """Return mean, sd, se, low, high and pairs of values indexed by trial, seed and more, over the seeds."""
    names = [str(name) for name in values.index.names if name != "seed"]
    return mean_over_seeds(values.rename("value").reset_index(), names, level)


def _ratio(parts: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the ratio of means over seeds of ``over`` / ``under``, with its interval (linearised); NaN below zero.

    A ratio of sums, not a mean of ratios, since one seed's denominator may be near zero.
    """
    names = [name for name in parts.index.names if name != "seed"]
    rows = []
    for key, part in parts.groupby(names, sort=False, observed=True):
        over, under = part["over"].to_numpy(np.float64), part["under"].to_numpy(np.float64)
        n, base = over.size, float(under.mean())
        ratio = float(over.mean()) / base if base > 0.0 else np.nan
        spread = float(np.std(over - ratio * under, ddof=1)) if n > 1 else np.nan
        se = spread / (np.sqrt(n) * base) if base > 0.0 else np.nan
        half = t_quantile(level, n - 1) * se if n > 1 else np.nan
        labels = dict(zip(names, key if isinstance(key, tuple) else (key,), strict=True))
        rows.append(labels | {"mean": ratio, "se": se, "low": ratio - half, "high": ratio + half, "pairs": n})
    return pd.DataFrame(rows)


def _rate(counts: pd.DataFrame, state: str) -> pd.Series[float]:
    """Return the share in a state in per cent; NaN where nobody is left."""
    return 100.0 * counts[state] / counts["persons"].where(counts["persons"] > 0)


def _compared(summed: pd.DataFrame, estimate: str, by: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the two sides of an estimate: (with, without)."""
    if estimate == "naive":
        return _side(summed, "treated", ["treated"], by), _side(summed, "treated", ["control"], by)
    arms = {"true": ["treated"], "control": ["control"], "everybody": ["treated", *UNTREATED]}
    if estimate not in arms:
        raise TableError(f"there is no estimate '{estimate}'; known are naive, {', '.join(arms)}")
    return _side(summed, "treated", arms[estimate], by), _side(summed, "untreated", arms[estimate], by)


def effects(
    cells: pd.DataFrame,
    estimate: str = "true",
    by: Sequence[str] = (),
    of: str = "employed",
    level: float = LEVEL,
) -> pd.DataFrame:
    """Return effects by trial, ``by`` and horizon, percentage points: mean, sd, se, low, high, pairs (seeds).

    ``estimate``: naive (treated less controls, in the treated world), true (the treated in both worlds), control (the
    controls in both worlds), everybody (all people in both worlds). ``of``: the state whose share is compared
    (employed, unemployed, in_measure, inactive).
    """
    if of not in STATES:
        raise TableError(f"there is no state '{of}'; known are {', '.join(STATES)}")
    with_it, without = _compared(_summed(cells, by), estimate, by)
    return _over_seeds(_rate(with_it, of) - _rate(without, of), level)


def mean_effects(
    cells: pd.DataFrame,
    first: int,
    last: int,
    estimate: str = "true",
    by: Sequence[str] = (),
    level: float = LEVEL,
) -> pd.DataFrame:
    """Return effects on employment averaged over the horizons first..last, percentage points (see `effects`).

    Averaging over months within each seed first makes the interval shorter than that of a single month.
    """
    kept = cells[(cells["horizon"] >= first) & (cells["horizon"] <= last)]
    with_it, without = _compared(_summed(kept, by), estimate, by)
    monthly = (_rate(with_it, "employed") - _rate(without, "employed")).dropna()
    kinds = [name for name in monthly.index.names if name != "horizon"]
    return _over_seeds(monthly.groupby(kinds, sort=False, observed=True).mean(), level)


def months_of_work(
    cells: pd.DataFrame,
    within: Sequence[int] = (12, 24, 60),
    estimate: str = "true",
    by: Sequence[str] = (),
    level: float = LEVEL,
) -> pd.DataFrame:
    """Return additional months in work per person within so many months since the start (see `effects`)."""
    kept = cells[cells["horizon"].isin(list(within))]
    with_it, without = _compared(_summed(kept, by), estimate, by)
    sides = [
        side["months_employed"] / side["persons"].where(side["persons"] > 0) for side in (with_it, without)
    ]
    return _over_seeds(sides[0] - sides[1], level)


def lock_in(
    cells: pd.DataFrame, months: Mapping[str, int], by: Sequence[str] = (), level: float = LEVEL
) -> pd.DataFrame:
    """Return the lowest true effect while the measure lasts, percentage points, and the horizon where it is reached.

    ``months``: length of the measure by trial; others are left out.
    """
    table = effects(cells, "true", by, level=level)
    length = table["trial"].map(dict(months))
    during = table[(table["horizon"] >= 1) & (table["horizon"] <= length)]
    lowest = during.groupby(["trial", *by], sort=False, observed=True)["mean"].idxmin()
    return during.loc[lowest].reset_index(drop=True)


def deadweight(cells: pd.DataFrame, by: Sequence[str] = (), level: float = LEVEL) -> pd.DataFrame:
    """Return the share of the treated in work who would work anyway, % by horizon (0 at the draw has nobody)."""
    treated = _side(_summed(cells, by), "treated", ["treated"], by)
    parts = pd.DataFrame({"over": 100.0 * treated["employed_in_both"], "under": treated["employed"]})
    at_work = parts.groupby([n for n in parts.index.names if n != "seed"], sort=False, observed=True)
    return _ratio(parts[at_work["under"].transform("sum") > 0], level)


def _gained(cells: pd.DataFrame, arms: Iterable[str]) -> pd.Series[float]:
    """Return months in work gained by some arms up to each horizon, by trial, seed and horizon.

    Months are counted while people are followed; arms without anybody gain 0.
    """
    summed = _summed(cells, ())
    gains = []
    everywhere = _side(summed, "treated", ["treated", *UNTREATED], ()).index
    for world in ("treated", "untreated"):
        at_work = _side(summed, world, arms, ())["employed"].reindex(everywhere, fill_value=0)
        later = at_work.where(at_work.index.get_level_values("horizon") > 0, 0).sort_index()
        gains.append(later.groupby(["trial", "seed"], sort=False, observed=True).cumsum())
    return (gains[0] - gains[1]).astype(np.float64)


def displacement(cells: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Return what others lose per month in work that the treated gain, in % up to each horizon.

    ``who``: displaced_here (untreated in municipalities with treated people), displaced_elsewhere, net_gain (of
    everybody). NaN where the treated gain nothing.
    """
    direct = _gained(cells, ["treated"])
    shares = {
        "displaced_here": -_gained(cells, ["control", "untreated_here"]),
        "displaced_elsewhere": -_gained(cells, ["untreated_elsewhere"]),
        "net_gain": _gained(cells, ["treated", *UNTREATED]),
    }
    later = direct.index.get_level_values("horizon") > 0
    tables = [
        _ratio(pd.DataFrame({"over": 100.0 * part[later], "under": direct[later]}), level).assign(who=who)
        for who, part in shares.items()
    ]
    return pd.concat(tables, ignore_index=True)


def cost_per_month(
    cells: pd.DataFrame, within: Sequence[int] = (12, 24, 60), level: float = LEVEL
) -> pd.DataFrame:
    """Return the spending per additional month in work, EUR: direct (of the treated) and net (of everybody).

    NaN where nothing is gained, or nothing spent (a sanction).
    """
    spent = _side(_summed(cells, ()), "treated", ["treated"], ())["spending"].sort_index()
    gains = {"direct": _gained(cells, ["treated"]), "net": _gained(cells, ["treated", *UNTREATED])}
    kept = spent.index.get_level_values("horizon").isin(list(within))
    tables = [
        _ratio(pd.DataFrame({"over": spent[kept], "under": gain[kept]}), level).assign(gain=name)
        for name, gain in gains.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    numbers = ["mean", "se", "low", "high"]
    table[numbers] = table[numbers].mask(table["mean"] == 0.0)
    return table
