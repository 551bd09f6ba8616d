"""A timeline: the share of people under each regime, and what happens to budgets, agencies and who decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from labsim.analysis.tables import TableError, require
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import INK, MUTED, PALETTE, SHADE, darkened
from labsim.figures.words import plain

AREA = 110
"""Height in pixels of the area of shares."""

LANE = 24
"""Height in pixels of a lane under it."""

GAP = 8
"""Pixels between the area and the lanes."""

CHARACTER, BOLD = 7.0, 8.2
"""Width of a character of a text in a lane, and of a regime's name, in pixels (generous)."""

WIDTH = 900
"""Width in pixels for which labels are placed."""

LANES: Mapping[str, tuple[str, str]] = {
    "announcement": ("Announcement", "Ankündigung"),
    "gap": ("Gap", "Lücke"),
    "overlap": ("Overlap", "Überlappung"),
    "bridging": ("Bridging", "Überbrückung"),
    "reorganisation": ("Reorganisation", "Umbau"),
    "governance": ("Governance", "Zuständigkeit"),
}
"""What may happen besides people switching, in the order of the lanes, in both languages."""

SHARES = ("group", "month", "regime", "share")
SPANS = ("group", "what", "start", "end", "text")


def timeline(
    shares: pd.DataFrame,
    spans: pd.DataFrame,
    title: str,
    labels: Mapping[str, str] | None = None,
    say: Speech = ENGLISH,
) -> go.Figure:
    """Return the picture of a timeline, one panel for each group of municipalities.

    `shares` has the columns group, month (first of the month), regime and share (0..1, at the end of the month);
    `spans` has group, what (one of `LANES`), start, end (first month after it) and text. `labels` are the names of
    regimes in words; `say` is the language (title, texts and labels are given in it). Each panel: above, the share of
    people under each regime; below, a lane for each other thing that happens in the group.
    """
    require(shares, SHARES, "the table of shares")
    require(spans, SPANS, "the table of spans")
    regimes = list(dict.fromkeys(shares["regime"]))
    if len(regimes) > len(PALETTE):
        raise TableError(f"a timeline shows at most {len(PALETTE)} regimes, not {len(regimes)}")
    colours = dict(zip(regimes, PALETTE, strict=False))
    names = {regime: (labels or {}).get(regime, plain(regime)) for regime in regimes}
    groups = list(dict.fromkeys(shares["group"]))
    lanes = {group: _lanes(spans, group) for group in groups}
    figure = panels(
        title, [AREA + GAP + LANE * len(lanes[group]) for group in groups], gap=62, right=16, say=say,
    )  # fmt: skip
    for row, group in enumerate(groups, start=1):
        here = shares[shares["group"] == group]
        _areas(figure, here, colours, names, row)
        _names_in_areas(figure, here, colours, names, row)
        for lane, what in enumerate(lanes[group], start=1):
            mine = spans[(spans["group"] == group) & (spans["what"] == what)]
            _bars(figure, mine, _height(lane), here["month"], row, say)
        ticks = {1.0: "100 %", 0.5: "50 %", 0.0: "0 %"}
        ticks |= {_height(lane): say(*LANES[what]) for lane, what in enumerate(lanes[group], start=1)}
        figure.update_yaxes(
            tickvals=list(ticks), ticktext=list(ticks.values()), range=[_height(len(lanes[group]) + 0.5), 1.0],
            showgrid=False, row=row, col=1,
        )  # fmt: skip
        panel_title(figure, row, 1, f"<b>{plain(group)}</b>, {say('share of people', 'Anteil der Menschen')}")
    figure.update_layout(barmode="overlay", hovermode="closest", margin={"l": 112})
    figure.update_xaxes(showticklabels=True, range=_whole(shares["month"]), hoverformat="%b %Y")
    return figure


def reading_aid(*, by_lot: bool = False, say: Speech = ENGLISH) -> str:
    """Return how to read the figure; `by_lot`: whether a lot draws the order of some municipalities."""
    lot = say(
        "; where a lot draws the order, from the first municipality's beginning to the last one's end",
        "; wo das Los die Reihenfolge zieht, vom Beginn der ersten Kommune bis zum Ende der letzten",
    )
    return say(
        "Coloured: the share of people who may be under each regime at the end of each month. Below: what happens "
        f"besides people switching{lot if by_lot else ''}.",
        "Farbig: der Anteil der Menschen, die am Ende jedes Monats unter jedem Regime stehen können. Darunter: was "
        f"außer dem Wechsel geschieht{lot if by_lot else ''}.",
    )


def numbers(spans: pd.DataFrame, say: Speech = ENGLISH) -> pd.DataFrame:
    """Return the stretches as a table of texts: who, what, first month, last month, how much."""
    rows = spans.sort_values(["group", "start"], kind="stable")
    last = rows["end"] - pd.DateOffset(months=1)
    return pd.DataFrame(
        {
            say("Municipalities", "Kommunen"): rows["group"].map(plain),
            say("What", "Was"): [
                say(*LANES[what]) if what in LANES else plain(what) for what in rows["what"]
            ],
            say("From", "Von"): rows["start"].dt.strftime("%Y-%m"),
            say("Until", "Bis"): last.dt.strftime("%Y-%m"),
            "": rows["text"],
        }
    )


def _lanes(spans: pd.DataFrame, group: str) -> list[str]:
    happens = set(spans.loc[spans["group"] == group, "what"])
    unknown = sorted(happens - set(LANES))
    if unknown:
        raise TableError(f"a timeline has no lane for '{unknown[0]}'; it has {', '.join(LANES)}")
    return [what for what in LANES if what in happens]


def _areas(
    figure: go.Figure, shares: pd.DataFrame, colours: Mapping[str, str], names: Mapping[str, str], row: int
) -> None:
    """Draw the areas, the last month to its end; the first panel's stand in the legend."""
    for regime, colour in colours.items():
        mine = shares[shares["regime"] == regime]
        months = [*mine["month"], mine["month"].max() + pd.DateOffset(months=1)]
        figure.add_trace(
            go.Scatter(
                x=months, y=[*mine["share"], mine["share"].iloc[-1]], stackgroup=f"row {row}", name=names[regime],
                line={"width": 0, "shape": "hv"}, fillcolor=_tint(colour), showlegend=row == 1, legendgroup=regime,
                hovertemplate=f"{names[regime]}, %{{x|%b %Y}}: %{{y:.0%}}<extra></extra>",
            ),
            row=row, col=1,
        )  # fmt: skip


def _names_in_areas(
    figure: go.Figure, shares: pd.DataFrame, colours: Mapping[str, str], names: Mapping[str, str], row: int
) -> None:
    """Write each regime's name where most people are under it; slanted names would be hard to read, so none is."""
    wide = shares.pivot_table(index="month", columns="regime", values="share").fillna(0.0)
    first, end = wide.index[0], wide.index[-1] + pd.DateOffset(months=1)
    for regime, (start, stop) in _reigns(wide):
        room = WIDTH * (stop - start) / (end - first)
        text = _wrapped(names[regime], room)
        if text is not None:
            figure.add_annotation(
                text=f"<b>{text}</b>", x=start + (stop - start) / 2, y=0.5, row=row, col=1, showarrow=False,
                font={"color": darkened(colours[regime], 7.0), "size": 12},
            )  # fmt: skip


def _reigns(wide: pd.DataFrame) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield (regime, (start, end)) of each stretch in which most people are under one regime."""
    most = wide.idxmax(axis=1)
    blocks = (most != most.shift()).cumsum()
    for _, block in most.groupby(blocks):
        yield str(block.iloc[0]), (block.index[0], block.index[-1] + pd.DateOffset(months=1))


def _wrapped(name: str, room: float) -> str | None:
    """Return a name in as many lines as it needs to fit into `room` pixels, None if a word is wider."""
    lines: list[str] = []
    for word in name.split():
        if lines and BOLD * len(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    fits = all(BOLD * len(line) <= room for line in lines) and len(lines) <= 4
    return "<br>".join(lines) if fits else None


def _height(lane: float) -> float:
    """Return where the middle of a lane (from 1) is, in units of the area's height below 0."""
    return -(GAP + LANE * (lane - 0.5)) / AREA


def _bars(figure: go.Figure, spans: pd.DataFrame, height: float, months: Any, row: int, say: Speech) -> None:
    """Draw the stretches of one lane, each with its text inside, beside it, or left to the pointer."""
    first, end = months.min(), months.max() + pd.DateOffset(months=1)
    rows: list[Any] = list(spans.sort_values("start").itertuples(index=False))
    bars = [(max(each.start, first), min(each.end, end), each) for each in rows]
    free = first
    for number, (begin, until, each) in enumerate(bars):
        following = bars[number + 1][0] if number + 1 < len(bars) else end
        what, begun = say(*LANES[each.what]), say.month(each.start)
        last = say.month(each.end - pd.DateOffset(months=1))
        figure.add_trace(
            go.Bar(
                x=[(until - begin) / pd.Timedelta(milliseconds=1)], base=[begin], y=[height], orientation="h",
                width=0.8 * LANE / AREA, showlegend=False, name=what,
                marker={"color": SHADE, "line": {"color": MUTED, "width": 1}},
                hovertemplate=f"{what}: {each.text}<br>{begun} {say('to', 'bis')} {last}<extra></extra>",
            ),
            row=row, col=1,
        )  # fmt: skip
        needed = (end - first) * (CHARACTER * len(each.text) / WIDTH)
        places = ((begin, "left", 5, until - begin), (until, "left", 5, following - until),
                  (begin, "right", -5, begin - free))  # fmt: skip
        place = next((place for place in places if place[3] >= needed), None)
        free = until
        if place is not None:
            figure.add_annotation(
                text=each.text, x=place[0], y=height, xanchor=place[1], xshift=place[2], row=row, col=1,
                showarrow=False, font={"size": 11, "color": INK},
            )  # fmt: skip
            free = max(until, place[0] + needed) if place[1] == "left" else until


def _whole(months: Any) -> list[str]:
    return [months.min().isoformat(), (months.max() + pd.DateOffset(months=1)).isoformat()]


def _tint(colour: str) -> str:
    """Return a colour mixed with white, light enough for type on it."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - 0.35 * (255 - part)):02X}" for part in parts)
