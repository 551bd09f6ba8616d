"""Who pays, year by year: each scenario beside the baseline, and under it what has moved from payer to payer."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from labsim.analysis.paired import paired_differences
from labsim.analysis.payers import ALL_PAYERS, in_order, payments_moved_by_year, per_resident
from labsim.analysis.tables import TableError, annual_means
from labsim.analysis.windows import Phase
from labsim.figures import differences, money
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.differences import FEWEST_PAIRS
from labsim.figures.levels import band
from labsim.figures.speech import Speech
from labsim.figures.theme import INK, MUTED, SHADE, Setting, Style

ACROSS = 3
"""Scenarios beside each other."""

BAR, APART = 0.38, 0.2
"""Width of a bar, and how far the two of a year stand from its middle, in years."""

PALE = 0.45
"""How dense the bars of the baseline are filled."""


def who_pays(accounts: pd.DataFrame, indicators: pd.DataFrame, setting: Setting) -> go.Figure:
    """Return stacked bars of payments by payer and year, and the paired difference of each payer below.

    Unit: EUR per resident of working age and month, annual means over the replicates. Above: the baseline pale and
    the scenario full, side by side. Below: mean paired difference to the baseline within the same seed, with its 95 %
    interval (from three pairs). All scenarios share both scales. A single scenario has the upper panel only.
    """
    say, yearly = setting.say, _yearly(accounts, indicators, setting)
    payers = _payers(yearly)
    shown = setting.others or setting.styles
    columns = min(len(shown), ACROSS)
    blocks = math.ceil(len(shown) / columns)
    compared = bool(setting.others)
    figure = panels(
        f"{say('Who pays', 'Wer zahlt')} {setting.where}", ([260, 200] if compared else [280]) * blocks, columns,
        gap=70, title_lines=2, right=16, horizontal_spacing=0.06, say=say,
    )  # fmt: skip
    stacks = {style.name: _stack(yearly, style, payers) for style in setting.styles}
    top = 1.12 * max(float(stack.sum(axis=1).max()) for stack in stacks.values())
    moved = payments_moved_by_year(_monthly(accounts, indicators, setting), setting.baseline.name)
    unit = say("EUR per resident and month", "EUR je Person und Monat")
    for number, style in enumerate(shown):
        row, column = (2 if compared else 1) * (number // columns) + 1, number % columns + 1
        pair = [setting.baseline, style] if compared else [style]
        _bars(figure, stacks, payers, pair, row, column, top, say, legend=number == 0)
        _shade(figure, setting.change, row, column)
        panel_title(figure, row, column, f"<b>{style.title}</b><br>{unit}")
        if compared:
            part = moved[moved["scenario"] == style.name]
            _lines(figure, part, payers, row + 1, column, _limits(moved), say)
            _shade(figure, setting.change, row + 1, column)
            heading = f"<b>{style.letter} − {setting.baseline.letter} {say('by payer', 'nach Zahlenden')}</b>"
            panel_title(figure, row + 1, column, f"{heading}<br>{unit}")
    years = sorted(yearly["year"].unique())
    figure.update_xaxes(range=[years[0] - 0.6, years[-1] + 0.6], nticks=6, tickformat="d")
    figure.update_layout(barmode="stack", hovermode="closest")
    return figure


def reading_aid(accounts: pd.DataFrame, indicators: pd.DataFrame, setting: Setting) -> str:
    """Return how to read the figure and what its bands cover."""
    say = setting.say
    base = say(
        f"Annual means {setting.where}, EUR per resident of working age and month: benefits, measures, "
        "administration and coordination, whoever of them pays.",
        f"Jahresmittel {setting.where}, EUR je Person im Erwerbsalter und Monat: Leistungen, Maßnahmen, Verwaltung "
        "und Koordination, wer auch immer sie zahlt.",
    )
    if not setting.others:
        return base
    pairs = _yearly(accounts, indicators, setting)["seed"].nunique()
    interval, letter = differences.covers(pairs, say), setting.baseline.letter
    return say(
        f"{base} Above: pale {letter}, full the scenario. Below: what each payer spends more (above zero) or less than "
        f"under {letter}. {interval}. Taxes and contributions are not modelled.",
        f"{base} Oben: blass {letter}, kräftig das Szenario. Unten: was die Zahlenden mehr (über null) oder weniger "
        f"ausgeben als in {letter}. {interval}. Steuern und Beiträge sind nicht modelliert.",
    )


def numbers(accounts: pd.DataFrame, indicators: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return payments by payer and year, and their paired differences with 95 % intervals, as text."""
    say, parts = setting.say, []
    for by in (("payer",), ()):
        yearly = annual_means(_monthly(accounts, indicators, setting, by))
        means = (
            yearly.groupby(["indicator", "year", "scenario"], observed=True)["value"]
            .mean()
            .unstack("scenario")
        )
        means = means.reindex(in_order(yearly["indicator"].unique(), by), level="indicator")
        part = pd.DataFrame({
            say("Payer", "Wer zahlt"): [money.payer(name, say) for name, _ in means.index],
            say("Year", "Jahr"): [str(year) for _, year in means.index],
        })  # fmt: skip
        for style in setting.styles:
            part[style.short] = [say.number(value, money.LEVEL_DIGITS) for value in means[style.name]]
        if setting.others:
            interval = say("95 % interval", "95-%-Intervall")
            table = paired_differences(yearly, setting.baseline.name, "year")
            table = table.set_index(["scenario", "indicator", "year"])
            for style in setting.others:
                rows = table.loc[style.name].reindex(means.index)
                part[f"{style.letter} − {setting.baseline.letter} ({interval})"] = [
                    say.signed_interval(mean, low, high, money.DIFFERENCE_DIGITS)
                    for mean, low, high in zip(rows["mean"], rows["low"], rows["high"], strict=True)
                ]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _monthly(
    accounts: pd.DataFrame, indicators: pd.DataFrame, setting: Setting, by: tuple[str, ...] = ("payer",)
) -> pd.DataFrame:
    """Return payments of the scenarios shown, by month."""
    names = [style.name for style in setting.styles]
    paid, people = (table[table["scenario"].isin(names)] for table in (accounts, indicators))
    return per_resident(paid, people, setting.municipality, by)


def _yearly(accounts: pd.DataFrame, indicators: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    table = annual_means(_monthly(accounts, indicators, setting))
    if table.empty:
        raise TableError("there is no full year of accounts")
    return table


def _stack(yearly: pd.DataFrame, style: Style, payers: list[str]) -> pd.DataFrame:
    """Return one scenario's payments, mean over the seeds: a row per year, a column per payer."""
    own = yearly[yearly["scenario"] == style.name]
    wide = own.pivot_table(index="year", columns="indicator", values="value", aggfunc="mean", observed=True)
    return wide.reindex(columns=payers).fillna(0.0)


def _payers(yearly: pd.DataFrame) -> list[str]:
    """Return the payers that pay anything, in order."""
    paid = yearly.groupby("indicator", observed=True)["value"].sum()
    return in_order(paid[paid > 0].index, ("payer",))


def _bars(  # noqa: PLR0913 - what to draw, where, and in which language
    figure: go.Figure,
    stacks: Mapping[str, pd.DataFrame],
    payers: list[str],
    pair: list[Style],
    row: int,
    column: int,
    top: float,
    say: Speech,
    *,
    legend: bool,
) -> None:
    """Draw the stacks of one or two scenarios, the first one pale if there are two; letters over the last year."""
    for number, style in enumerate(pair):
        shift = 0.0 if len(pair) == 1 else (2 * number - 1) * APART
        is_pale = len(pair) == 2 and number == 0
        for name in payers:
            values = stacks[style.name][name]
            tone = money.colour(name)
            figure.add_bar(
                x=values.index.to_numpy() + shift, y=values.to_numpy().round(3),
                width=BAR if len(pair) == 2 else 2 * BAR, name=money.payer(name, say), legendgroup=name,
                showlegend=legend and not is_pale,
                marker={"color": money.pale(tone, PALE) if is_pale else tone,
                        "pattern": {"shape": money.PATTERNS.get(name, "\\"), "fgcolor": "white", "size": 6},
                        "line": {"color": "white", "width": 0.5}},
                hovertemplate=f"{style.short} {money.payer(name, say)} %{{customdata}}: %{{y:.1f}}<extra></extra>",
                customdata=values.index.to_numpy(), row=row, col=column,
            )  # fmt: skip
    if len(pair) == 2:
        sums = [stacks[style.name].sum(axis=1) for style in pair]
        for style, side in zip(pair, (-1, 1), strict=True):
            figure.add_annotation(
                text=f"<b>{style.letter}</b>", x=sums[0].index[-1], y=max(float(each.iloc[-1]) for each in sums),
                row=row, col=column, yanchor="bottom", xshift=6 * side, showarrow=False,
                font={"color": style.ink, "size": 12},
            )  # fmt: skip
    figure.update_yaxes(range=[0, top], row=row, col=column)


def _lines(
    figure: go.Figure,
    moved: pd.DataFrame,
    payers: list[str],
    row: int,
    column: int,
    limits: tuple[float, float],
    say: Speech,
) -> None:
    """Draw the paired difference of every payer with its interval."""
    figure.add_hline(y=0, row=row, col=column, line={"color": INK, "width": 1})
    for name in payers:
        part = moved[moved["indicator"] == name].sort_values("year")
        tone = money.colour(name)
        place = {"legendgroup": name, "row": row, "col": column}
        if int(part["pairs"].min()) >= FEWEST_PAIRS:
            band(figure, part["year"], part["low"].round(4), part["high"].round(4), tone, 0.2, **place)
        figure.add_scatter(
            x=part["year"], y=part["mean"].round(4), mode="lines+markers", name=money.payer(name, say),
            line={"color": tone, "width": 2, "dash": money.DASHES.get(name, "solid")}, marker={"size": 5},
            showlegend=False,
            hovertemplate=f"{money.payer(name, say)} %{{x}}: %{{y:+.2f}}<extra></extra>", **place,
        )  # fmt: skip
    figure.update_yaxes(range=list(limits), row=row, col=column)


def _limits(moved: pd.DataFrame) -> tuple[float, float]:
    """Return the common range of all differences, zero among them."""
    part = moved[moved["indicator"] != ALL_PAYERS]
    columns = ["mean", "low", "high"] if int(part["pairs"].min()) >= FEWEST_PAIRS else ["mean"]
    low, high = min(0.0, float(part[columns].min().min())), max(0.0, float(part[columns].max().max()))
    span = (high - low) or 1.0
    return low - 0.08 * span, high + 0.08 * span


def _shade(figure: go.Figure, change: Phase | None, row: int, column: int) -> None:
    """Shade the transition on an axis of years, on which a year reaches half a unit to either side."""
    if change is None:
        return
    start, end = (when.year + (when.month - 1) / 12 - 0.5 for when in (change.start, change.end))
    place = {"row": row, "col": column, "exclude_empty_subplots": False}
    if end > start:
        figure.add_vrect(x0=start, x1=end, fillcolor=SHADE, layer="below", line_width=0, **place)
    else:
        figure.add_vline(x=start, line={"color": MUTED, "width": 1, "dash": "dot"}, **place)
