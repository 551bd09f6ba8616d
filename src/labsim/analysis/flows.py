"""Flows between states: averages per month, and whether flows and stocks agree.

States are employed, in_measure, unemployed, inactive and outside (before 16, from 65). A flow from employed
to employed is a move from job to job. Every flow is a number of persons within one month.
"""

from __future__ import annotations

import pandas as pd

from labsim.analysis.tables import WHOLE, TableError, require

STATES = ("employed", "in_measure", "unemployed", "inactive", "outside")
"""The states in the order in which tables and figures show them."""

STOCKS = {
    "employed": "employment",
    "in_measure": "in_measure",
    "unemployed": "unemployed",
    "inactive": "inactive",
}
"""The indicator that counts the people in a state at the end of the month ("outside" is not counted)."""


def whole_place(flows: pd.DataFrame) -> pd.DataFrame:
    """Return the flows of the whole place: rows of municipality "all" if there are any, else the sum."""
    require(flows, ("month", "municipality", "source", "target", "persons"), "the table of flows")
    if (flows["municipality"] == WHOLE).any():
        return flows[flows["municipality"] == WHOLE]
    keys = [column for column in flows.columns if column not in {"municipality", "persons"}]
    return flows.groupby(keys, sort=False, observed=True)["persons"].sum().reset_index()


def average_flows(flows: pd.DataFrame, per: str | None = None) -> pd.DataFrame:
    """Return average monthly flows, in persons per month, over months and replicates.

    One row per scenario (if the table has that column), `per` (``"year"``, another column, or None for
    everything together), source and target. A flow that does not occur in a month counts as zero in it.
    """
    table = whole_place(flows)
    if per == "year":
        table = table.assign(year=table["month"].dt.year)
    keys = [column for column in ("scenario", per) if column and column in table.columns]
    observed = [column for column in ("seed", "month") if column in table.columns]
    total = table.groupby([*keys, "source", "target"], observed=True)["persons"].sum().reset_index()
    months = table[[*keys, *observed]].drop_duplicates()
    if keys:
        counts = months.groupby(keys, observed=True).size().rename("months").reset_index()
        total = total.merge(counts, on=keys, validate="many_to_one")
    else:
        total["months"] = len(months)
    total["persons"] = total["persons"] / total["months"]
    return total.drop(columns="months")


def closure(flows: pd.DataFrame, indicators: pd.DataFrame) -> pd.DataFrame:
    """Return, for each month and state, the change of the stock against the sum of its flows.

    Columns: scenario and seed (if the tables have them), month, municipality, state, ``change`` (stock at
    the end of the month minus stock at the end of the month before), ``net_flow`` (inflows minus outflows in
    the month),
    ``gap`` = change - net_flow, all in persons. In a correct run every gap is zero. The first month has no
    change and is left out.
    """
    require(flows, ("month", "municipality", "source", "target", "persons"), "the table of flows")
    require(indicators, ("month", "municipality", "group", "indicator", "value"), "the table of indicators")
    ids = [column for column in ("scenario", "seed") if column in flows.columns]
    place = [*ids, "municipality"]
    names = {indicator: state for state, indicator in STOCKS.items()}
    stocks = indicators[(indicators["group"] == WHOLE) & indicators["indicator"].isin(names)]
    if stocks.empty:
        raise TableError(f"the table of indicators has none of the stocks {', '.join(names)} of everybody")
    stocks = stocks.assign(state=stocks["indicator"].map(names)).sort_values("month")
    stocks["change"] = stocks.groupby([*place, "state"], observed=True)["value"].diff()
    stocks = stocks.dropna(subset=["change"])
    moves = flows[flows["source"] != flows["target"]]
    keys = [*place, "month"]
    inflow = (
        moves.rename(columns={"target": "state"}).groupby([*keys, "state"], observed=True)["persons"].sum()
    )
    outflow = (
        moves.rename(columns={"source": "state"}).groupby([*keys, "state"], observed=True)["persons"].sum()
    )
    net = inflow.sub(outflow, fill_value=0).rename("net_flow").reset_index()
    result = stocks[[*keys, "state", "change"]].merge(net, on=[*keys, "state"], how="left")
    result["net_flow"] = result["net_flow"].fillna(0)
    result["gap"] = result["change"] - result["net_flow"]
    return result.sort_values([*keys, "state"]).reset_index(drop=True)
