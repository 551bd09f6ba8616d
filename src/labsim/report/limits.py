"""What the model leaves out, in words for readers of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NOT_MODELLED = (
    "A forecast. The model compares policies under stated assumptions; it does not say what will happen.",
    "Uncertainty about parameters. Bands and intervals show chance only: other plausible values of the "
    "assumptions listed above could move all results, and are not covered.",
    "The rest of the economy. Demand for labour follows a given series. What a policy costs or pays out does "
    "not come back as demand or prices; of taxes, only a municipality's revenue follows local employment.",
    "Public budgets as a whole. The accounts hold benefits, measures, administration and meetings of local actors; "
    "contributions and taxes that employment brings in are not counted, so a cost per month of employment is no "
    "balance of what a policy is worth. Pensions, housing law and financial equalisation between states are left out.",
    "Politics. Who decides, and how well agencies, municipalities, the state and providers work together, follows the "
    "rules of governance that are written down for a regime; parties, courts and persons do not appear.",
    "Moving house. People commute to neighbouring municipalities, but nobody moves in or out of the place.",
    "Households, health, care, debts and informal work, other than as fixed differences between people.",
    "Why providers and local networks recover as fast as they do. Their capacity and ties are modelled, but no "
    "published source says how quickly they come back: that is an assumption, to be varied before a lasting scar "
    "is claimed or denied.",
    "The fate of a single person. One pair of runs says little about one person after a year, because a "
    "changed hire shifts a whole chain of others.",
)
"""Each entry is one item of the report's list; the first sentence names what is left out."""


def of_the_place(run: Mapping[str, Any]) -> list[str]:
    """Return what a reader must know of the place of a run (``run.json``): synthetic districts, and those outside."""
    place = run.get("config", {}).get("place", {})
    municipalities = place.get("municipalities", ()) if isinstance(place, Mapping) else ()
    drawn = sum(bool(each.get("synthetic")) for each in municipalities)
    outside = [str(each["name"]) for each in municipalities if each.get("outside")]
    notes = []
    if drawn:
        notes.append(
            f"{drawn} of the {len(municipalities)} districts are synthetic: drawn from published national distributions"
            " and a gravity model of commuting. No result about one of them is a result about a real district."
        )
    if outside:
        notes.append(
            f"{', '.join(outside)}: simulated, since people commute there, but not of the place proper; totals leave it"
            " out (times out of work are counted everywhere)."
        )
    return notes
