"""From payers to uses, before, during and after a transition: one diagram per scenario and phase, on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from labsim.analysis.payers import JOINT, PAYERS, USES, per_resident
from labsim.analysis.tables import TableError
from labsim.analysis.windows import Phase, phase_means, phases
from labsim.figures import money
from labsim.figures.canvas import go, panels
from labsim.figures.speech import Speech
from labsim.figures.theme import INK, Setting, Style

HEIGHT = 230
"""Height in pixels of the tallest diagram."""

GAP = 15.0
"""Pixels between two payers, or two uses."""

MOST_PHASES = 3
"""Diagrams in a row."""

LEAST = 0.05
"""Payments below this (EUR per resident and month) are not drawn; the table has them."""


def payer_uses(accounts: pd.DataFrame, indicators: pd.DataFrame, setting: Setting) -> go.Figure:
    """Return Sankey diagrams of payments from payers to uses: a row per scenario, a column per phase.

    Unit: EUR per resident of working age and month, mean over the months of the phase and the replicates. All
    diagrams share one scale: equal thickness is equal money. Means, no bands.
    """
    say, table = setting.say, _average(accounts, indicators, setting)
    spans = _spans(accounts, setting)
    totals = table.groupby(["scenario", "phase"], observed=True)["value"].sum()
    rows, columns = len(setting.styles), len(spans)
    figure = panels(
        f"{say('From payers to uses', 'Von den Zahlenden zu den Zwecken')} {setting.where}",
        [HEIGHT] * rows, columns, gap=62, title_lines=2, right=12, say=say,
        legend=False, horizontal_spacing=0.05, specs=[[{"type": "domain"}] * columns for _ in range(rows)],
    )  # fmt: skip
    names = [len(table[kind].unique()) for kind in ("payer", "use")]
    spare = GAP * (max(names) - 1)
    scale = (HEIGHT - spare) / float(totals.max())
    inner = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    for row, style in enumerate(setting.styles, start=1):
        for column, span in enumerate(spans, start=1):
            part = table[(table["scenario"] == style.name) & (table["phase"] == span.name)]
            figure.add_trace(_sankey(part, scale, say), row=row, col=column)
            domain = figure.data[-1].domain
            used = float(part["value"].sum()) * scale + spare
            domain.y = (max(domain.y[1] - used / inner, 0.0), domain.y[1])  # rounding may fall below the edge
            _heading(figure, domain, style, span, float(totals[style.name, span.name]), say)
    figure.update_layout(margin={"l": 12}, hovermode="closest", font={"size": 12})
    return figure


def reading_aid(accounts: pd.DataFrame, indicators: pd.DataFrame, setting: Setting) -> str:
    """Return how to read the figure and what it averages."""
    seeds = accounts["seed"].nunique()
    affected = setting.affected(accounts["month"])
    names = [span.name for span in _spans(accounts, setting) if span not in affected]
    table = _average(accounts, indicators, setting, least=0.0)
    earlier = table[table["phase"].isin(names)]
    grouped = earlier.groupby(["phase", "payer", "use"], observed=True)["value"]
    spread = grouped.agg(["min", "max", "size"])
    equal = (spread["min"] == spread["max"]) & (spread["size"] == len(setting.styles))
    say = setting.say
    same = setting.others and len(earlier) and bool(equal.all())
    alike = say(
        " Before the transition all scenarios are alike.", " Vor dem Übergang sind alle Szenarien gleich."
    )
    alike = alike if same else ""
    return say(
        f"Left: who pays, right: what for; EUR per resident of working age and month {setting.where}, mean over the "
        f"months of each phase and {say.replicates(seeds)}. All diagrams share one scale: equal thickness is equal "
        f"money.{alike}",
        f"Links: wer zahlt, rechts: wofür; EUR je Person im Erwerbsalter und Monat {setting.where}, Mittel über die "
        f"Monate jeder Phase und {say.replicates(seeds)}. Alle Bilder haben einen Maßstab: gleiche Dicke ist gleich "
        f"viel Geld.{alike}",
    )


def numbers(accounts: pd.DataFrame, indicators: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return the payments as text, one row per payer, use and phase, one column per scenario."""
    say, table = setting.say, _average(accounts, indicators, setting, least=0.0)
    wide = table.pivot_table(
        index=["phase", "payer", "use"], columns="scenario", values="value", observed=True
    ).fillna(0.0)
    spans = {span.name: span for span in _spans(accounts, setting)}
    phases_in_order = list(spans)
    order = sorted(wide.index, key=lambda key: (
        phases_in_order.index(key[0]), _place(key[1], PAYERS), _place(key[2], USES)))  # fmt: skip
    wide = wide.reindex(order)
    result = pd.DataFrame({
        say("When", "Wann"): [say.span(spans[name]) for name, _, _ in order],
        say("Payer", "Wer zahlt"): [money.payer(name, say) for _, name, _ in order],
        say("Use", "Wofür"): [money.use(name, say) for _, _, name in order],
    })  # fmt: skip
    for style in setting.styles:
        result[f"{style.short} ({say.unit(money.UNIT)})"] = [
            say.number(value, money.DIFFERENCE_DIGITS) for value in wide[style.name]
        ]
    return result


def _spans(accounts: pd.DataFrame, setting: Setting) -> tuple[Phase, ...]:
    """Return the experiment's windows if they fit beside each other, else the phases of the transition."""
    spans = setting.phases(accounts["month"])
    return spans if len(spans) <= MOST_PHASES else phases(setting.change, accounts["month"])


def _average(
    accounts: pd.DataFrame, indicators: pd.DataFrame, setting: Setting, least: float = LEAST
) -> pd.DataFrame:
    """Return mean payments of at least `least` by scenario, phase, payer and use."""
    names = [style.name for style in setting.styles]
    paid, people = (table[table["scenario"].isin(names)] for table in (accounts, indicators))
    monthly = per_resident(paid, people, setting.municipality, ("payer", "use"))
    means = phase_means(monthly, _spans(accounts, setting))
    table = (
        means.groupby(["scenario", "phase", "indicator"], sort=False, observed=True)["value"]
        .mean()
        .reset_index()
    )
    split = table["indicator"].str.split(JOINT, n=1, expand=True, regex=False)
    table = table.assign(payer=split[0], use=split[1])
    shown = table[(table["value"] >= least) & (table["value"] > 0)]
    if shown.empty:
        raise TableError("nobody pays anything")
    return shown


def _sankey(part: pd.DataFrame, scale: float, say: Speech) -> go.Sankey:
    """Return one diagram, `scale` pixels per EUR; payers left, uses right, in their order."""
    total = float(part["value"].sum()) * scale
    nodes: list[tuple[str, str]] = []
    sums: list[float] = []
    centres: list[float] = []
    for kind, known in (("payer", PAYERS), ("use", USES)):
        amounts = part.groupby(kind, observed=True)["value"].sum()
        names = _ordered(amounts.index.tolist(), known)
        whole = total + GAP * (len(names) - 1)
        below = 0.0
        for name in names:
            height = float(amounts[name]) * scale
            nodes.append((kind, name))
            sums.append(float(amounts[name]))
            centres.append(min(max((below + height / 2) / whole, 1e-4), 1 - 1e-4))
            below += height + GAP
    index = {node: number for number, node in enumerate(nodes)}
    texts = [money.payer(name, say) if kind == "payer" else money.use(name, say) for kind, name in nodes]
    return go.Sankey(
        arrangement="fixed",
        node={
            "label": [f"{text} {say.number(amount)}" for text, amount in zip(texts, sums, strict=True)],
            "x": [1e-4 if kind == "payer" else 1 - 1e-4 for kind, _ in nodes], "y": centres,
            "color": [money.colour(name) if kind == "payer" else money.OTHER for kind, name in nodes],
            "pad": GAP, "thickness": 10, "line": {"width": 0.5, "color": "#444444"},
            "hovertemplate": f"%{{label}} {say.unit('EUR per resident and month')}<extra></extra>",
        },
        link=_links(part, index, say),
        valueformat=",.1f",
    )  # fmt: skip


def _links(part: pd.DataFrame, index: Mapping[tuple[str, str], int], say: Speech) -> dict[str, object]:
    """Return the links, coloured by who pays, in the order of payers and uses."""
    rows = part.assign(
        s=[index["payer", name] for name in part["payer"]], t=[index["use", name] for name in part["use"]]
    ).sort_values(["s", "t"])
    return {
        "source": rows["s"].tolist(),
        "target": rows["t"].tolist(),
        "value": rows["value"].round(4).tolist(),
        "color": [money.pale(money.colour(name), 0.35) for name in rows["payer"]],
        "customdata": [
            f"{money.payer(payer, say)} → {money.use(use, say)}"
            for payer, use in zip(rows["payer"], rows["use"], strict=True)
        ],
        "hovertemplate": f"%{{customdata}}: %{{value}} {say.unit('EUR per resident and month')}<extra></extra>",
    }


def _heading(figure: go.Figure, domain: Any, style: Style, span: Phase, total: float, say: Speech) -> None:
    """Write scenario, phase and sum above a diagram."""
    figure.add_annotation(
        text=f"<b>{style.title}</b><br>{say.phase(span.name)}, {say.dates(span)}: {say.number(total)} EUR",
        x=domain.x[0], y=domain.y[1], xref="paper", yref="paper", xanchor="left", yanchor="bottom", yshift=6,
        showarrow=False, align="left", font={"color": style.ink if style.letter else INK},
    )  # fmt: skip


def _ordered(names: Sequence[str], known: Sequence[str]) -> list[str]:
    return sorted(map(str, names), key=lambda name: _place(name, known))


def _place(name: str, known: Sequence[str]) -> tuple[int, str]:
    """Return where a name stands: in the order known, the others after it by name."""
    return known.index(name) if name in known else len(known), name
