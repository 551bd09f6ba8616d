"""Individual gains and losses: months in work of the same person in two worlds, averaged over replicates.

A single pair says little about a single person: one changed hire shifts a whole chain of others, so that people whom a
policy never touched gain or lose by chance. Two things are honest: means over groups of people and over replicates,
and shares of winners and losers beside those of a placebo, a perturbation without effect.

Groups are cells of traits that people had before the scenarios parted, so they are the same people in both worlds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from labsim.analysis.contrasts import mean_over_seeds
from labsim.analysis.outcomes import OWN, Outcome, register
from labsim.analysis.tables import WHOLE, TableError, require

TRAITS: Mapping[str, tuple[str, ...]] = {
    "position": (
        "employed", "in_measure", "out_under_3", "out_3_to_11", "out_12_to_23", "out_24_or_more", "inactive",
    ),
    "education": ("no_vocational", "vocational", "tertiary"),
    "age": ("youth", "prime", "older"),
}  # fmt: skip
"""The cells of each trait, in the order of the codes in a table of persons. "out" counts months since the last job of
people registered as unemployed."""

EVERYBODY = "everybody"
"""The trait of the cell that holds all persons."""

JOINT = "joint"
"""The trait of cells that combine all traits: their names are joined by " / "."""

GAIN = register(Outcome(
    "months_in_work", "months per person", "Months in work gained", "Gewonnene Monate in Arbeit",
    "Months in employment within the window less those of the same person under the baseline, mean over the persons of"
    " a cell.", OWN,
))  # fmt: skip
GAINED = register(Outcome(
    "share_gained", "% of persons", "Gained", "Anteil mit Gewinn",
    "Persons who are in work for more months than under the baseline, by the threshold at least; chance included, so"
    " read it beside the placebo.", OWN,
))  # fmt: skip
LOST = register(Outcome(
    "share_lost", "% of persons", "Lost", "Anteil mit Verlust",
    "Persons who are in work for fewer months than under the baseline, by the threshold at least; chance included, so"
    " read it beside the placebo.", OWN,
))  # fmt: skip


def cells(scenario: pd.DataFrame, baseline: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return gains and losses of one pair of runs, by cells of traits.

    Parameters
    ----------
    scenario, baseline
        One row per person: ``person`` (row in the model), ``months`` in employment within the window, and codes of
        the `TRAITS`. Cells are those of the baseline; persons that only one of the two has are left out.
    threshold
        Months from which a difference counts as a gain or a loss.

    Returns
    -------
    One row per cell with people in it: ``trait``, ``cell``, ``persons``, ``months`` (mean difference, months per
    person), ``gained`` and ``lost`` (persons).
    """
    for table in (scenario, baseline):
        require(table, ("person", "months", *TRAITS), "the table of persons")
    both = baseline.merge(scenario[["person", "months"]], on="person", suffixes=("_before", ""))
    if both.empty:
        raise TableError("the two runs have no person in common")
    difference = both["months"].astype(np.int64) - both["months_before"].astype(np.int64)
    names = {
        trait: pd.Series(np.array(labels, dtype=object)[both[trait].to_numpy()])
        for trait, labels in TRAITS.items()
    }
    people = pd.DataFrame({
        "difference": difference.to_numpy(),
        "gained": (difference >= threshold).to_numpy(),
        "lost": (difference <= -threshold).to_numpy(),
        EVERYBODY: WHOLE,
        **names,
        JOINT: names["position"] + " / " + names["education"] + " / " + names["age"],
    })  # fmt: skip
    parts = []
    for trait in (EVERYBODY, *TRAITS, JOINT):
        grouped = people.groupby(trait, observed=True)
        part = grouped.agg(
            persons=("difference", "size"), months=("difference", "mean"), gained=("gained", "sum"),
            lost=("lost", "sum"),
        )  # fmt: skip
        parts.append(part.rename_axis("cell").reset_index().assign(trait=trait))
    table = pd.concat(parts, ignore_index=True)
    return table[["trait", "cell", "persons", "months", "gained", "lost"]]


def gains(table: pd.DataFrame, placebo: str) -> pd.DataFrame:
    """Return gains and losses over all replicates beside the placebo.

    Parameters
    ----------
    table
        `cells` of all pairs, with the columns ``scenario`` and ``seed``.
    placebo
        Name of the scenario that is a perturbation without effect.

    Returns
    -------
    One row per scenario (the placebo too), trait, cell and outcome (`GAIN`, `GAINED`, `LOST`): ``mean``, ``sd``,
    ``se``, ``low``, ``high`` (95 %) over the seeds, ``pairs``, ``persons`` (mean over seeds), and ``beyond``,
    ``beyond_low``, ``beyond_high``: the difference to the placebo, seed by seed (NaN for the placebo itself).
    """
    require(
        table,
        ("scenario", "seed", "trait", "cell", "persons", "months", "gained", "lost"),
        "the table of gains",
    )
    values = {
        GAIN.name: table["months"],
        GAINED.name: 100.0 * table["gained"] / table["persons"],
        LOST.name: 100.0 * table["lost"] / table["persons"],
    }
    keys = ["scenario", "seed", "trait", "cell", "persons"]
    long = pd.concat(
        [table[keys].assign(outcome=name, value=value) for name, value in values.items()], ignore_index=True
    )
    by = ["scenario", "trait", "cell", "outcome"]
    result = mean_over_seeds(long, by)
    people = long.groupby(by, sort=False, observed=True)["persons"].mean().reset_index()
    result = result.merge(people, on=by, validate="one_to_one")
    other = long[long["scenario"] == placebo]
    if other.empty:
        raise TableError(f"there are no runs of the placebo {placebo!r}")
    same = ["seed", "trait", "cell", "outcome"]
    paired = long[long["scenario"] != placebo].merge(
        other[[*same, "value"]], on=same, suffixes=("", "_placebo")
    )
    paired["value"] -= paired.pop("value_placebo")
    beyond = mean_over_seeds(paired, by)[[*by, "mean", "low", "high"]]
    beyond.columns = pd.Index([*by, "beyond", "beyond_low", "beyond_high"])
    return result.merge(beyond, on=by, how="left", validate="one_to_one")
