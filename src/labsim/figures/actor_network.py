"""Who works with whom: the network of local actors at three dates, scenario by scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pandas as pd

from labsim.analysis.tables import WHOLE, TableError, require
from labsim.figures.canvas import go, panels
from labsim.figures.speech import Speech
from labsim.figures.theme import INK, MUTED, Setting

TIES = ("scenario", "seed", "month", "municipality", "source", "target", "strength")
ACTORS = ("scenario", "seed", "month", "municipality", "actor", "capacity")

NAMES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "agency": ("Agency", "Agentur"),
    "municipality": ("Municipality", "Kommune"),
    "chambers": ("Chambers", "Kammern"),
    "unions": ("Unions", "Gewerkschaften"),
    "employers": ("Employers", "Betriebe"),
    "short_training": ("Short training", "Kurzkurse"),
    "training": ("Training", "Weiterbildung"),
    "work": ("Work", "Beschäftigung"),
    "linked": ("Linked work", "Verbundene Arbeit"),
    "counselling": ("Counselling", "Beratung"),
    "placement": ("Placement", "Vermittlung"),
})  # fmt: skip
"""Actors in both languages: five of the core, and the fields of work of providers."""

CORE = ("agency", "municipality", "chambers", "unions", "employers")
FIELDS = ("short_training", "training", "work", "linked", "counselling", "placement")

CLASSES: Mapping[str, tuple[float, float, str, str]] = MappingProxyType({
    "weak": (1.0, 0.05, "dot", "#8C8C8C"),
    "medium": (1.8, 1 / 3, "dash", "#5F5F5F"),
    "strong": (3.6, 2 / 3, "solid", "#222222"),
})  # fmt: skip
"""Width in pixels, smallest strength, dash and colour of a class of ties; weaker ones are not drawn."""

PLACES: Mapping[str, tuple[float, float]] = MappingProxyType({
    "agency": (-1.05, 0.15),
    "municipality": (1.05, 0.15),
    "employers": (-0.68, 0.78),
    "chambers": (0.0, 1.06),
    "unions": (0.68, 0.78),
})  # fmt: skip
"""Where the core stands."""

HEIGHT, MOST_DATES = 280, 3
LARGEST = 30.0
"""Diameter in pixels of the field with the largest capacity."""


def actor_network(
    ties: pd.DataFrame, actors: pd.DataFrame, setting: Setting, dates: Sequence[pd.Timestamp]
) -> go.Figure:
    """Return the network of local actors: a row per scenario, a column per date; every actor keeps its place.

    Parameters
    ----------
    ties
        scenario, seed, month, municipality, source, target (actors, of `NAMES`), strength (0 to 1; mean over the living
        providers of a field, 0 without any): `labsim.experiment.followed` makes it.
    actors
        scenario, seed, month, municipality, actor, capacity (places of a field's providers; NaN for the core).
    dates
        Up to three months.

    Lines: mean strength over the replicates in three classes, told by width and dash. Circles: fields of work of
    providers, the area in proportion to their capacity; hollow without any. Squares: the others, all alike. Positions
    mean nothing. The whole place is the mean over its municipalities.
    """
    strength, capacity = _means(ties, actors, setting, dates)
    say, columns = setting.say, len(dates)
    figure = panels(
        say("Local actors and their ties", "Lokale Akteure und ihre Verbindungen") + f" {setting.where}",
        [HEIGHT] * len(setting.styles), columns, gap=44, title_lines=1, right=12, horizontal_spacing=0.02, say=say,
    )  # fmt: skip
    largest = float(capacity["capacity"].max())
    for row, style in enumerate(setting.styles, start=1):
        for column, when in enumerate(dates, start=1):
            keep = [
                (table["scenario"] == style.name) & (table["month"] == when) for table in (strength, capacity)
            ]
            place = {"row": row, "col": column}
            _ties(figure, strength[keep[0]], say, row == column == 1, place)
            _actors(figure, capacity[keep[1]].set_index("actor")["capacity"], largest, say, place)
            heading = f"<b>{style.title}</b>, {say.month(when)}" if setting.others else say.month(when)
            figure.add_annotation(
                text=heading, xref="x domain", yref="y domain", x=0, y=1, xanchor="left", yanchor="bottom", yshift=4,
                showarrow=False, font={"color": style.ink if style.letter else INK, "size": 12}, **place,
            )  # fmt: skip
    figure.update_xaxes(visible=False, range=[-1.75, 1.75])
    figure.update_yaxes(visible=False, range=[-1.4, 1.36])
    figure.update_layout(hovermode="closest", margin_l=12)
    return figure


def reading_aid(
    ties: pd.DataFrame, actors: pd.DataFrame, setting: Setting, dates: Sequence[pd.Timestamp]
) -> str:
    """Return how to read the figure and what it averages."""
    say, seeds = setting.say, ties["seed"].nunique()
    strength, _ = _means(ties, actors, setting, dates)
    whole = say(
        " The whole place is the mean over its municipalities.",
        " Das ganze Gebiet ist das Mittel der Kommunen.",
    )
    return say(
        f"Ties of strength 0 to 1, mean of {say.replicates(seeds)}: thin dotted up to 1/3, dashed up to 2/3, thick "
        "above; below 0.05 none is drawn. Circles: fields of work of providers, the area grows with their places; "
        "hollow: no provider left. Squares are all of one size, and positions mean nothing: every actor stays where it "
        f"is. {len(strength[['source', 'target']].drop_duplicates())} ties are modelled.",
        f"Verbindungen der Stärke 0 bis 1, Mittel über {say.replicates(seeds)}: dünn gepunktet bis 1/3, gestrichelt "
        "bis 2/3, darüber dick; unter 0,05 ist keine gezeichnet. Kreise: Arbeitsfelder der Träger, die Fläche wächst "
        "mit ihren Plätzen; hohl: kein Träger mehr. Quadrate sind alle gleich groß, und die Lage bedeutet nichts: Alle "
        f"bleiben, wo sie sind. Modelliert sind {len(strength[['source', 'target']].drop_duplicates())} Verbindungen.",
    ) + (whole if setting.municipality == WHOLE else "")


def numbers(
    ties: pd.DataFrame, actors: pd.DataFrame, setting: Setting, dates: Sequence[pd.Timestamp]
) -> pd.DataFrame:
    """Return strengths of ties and capacities of fields as text, a row per tie or field, a column per picture."""
    say = setting.say
    strength, capacity = _means(ties, actors, setting, dates)
    rows: list[dict[str, str]] = []
    pairs = strength[["source", "target"]].drop_duplicates().itertuples(index=False, name=None)
    what, unit = say("What", "Was"), say("Unit", "Einheit")
    for source, target in pairs:
        own = strength[(strength["source"] == source) & (strength["target"] == target)]
        row = {
            what: f"{name(source, say)} – {name(target, say)}",
            unit: say("strength, 0 to 1", "Stärke, 0 bis 1"),
        }
        rows.append(row | _cells(own, "strength", 2, setting, dates))
    for actor in FIELDS:
        own = capacity[capacity["actor"] == actor]
        if len(own):
            row = {what: name(actor, say), unit: say("places", "Plätze")}
            rows.append(row | _cells(own, "capacity", 1, setting, dates))
    return pd.DataFrame(rows)


def _cells(
    own: pd.DataFrame, value: str, digits: int, setting: Setting, dates: Sequence[pd.Timestamp]
) -> dict[str, str]:
    known = own.set_index(["scenario", "month"])[value]
    return {
        f"{style.short} {setting.say.month(when)}": setting.say.number(
            float(known.get((style.name, when), math.nan)), digits
        )
        for style in setting.styles
        for when in dates
    }


def name(actor: str, say: Speech) -> str:
    """Return an actor in words."""
    return say(*NAMES[actor]) if actor in NAMES else actor


def _means(
    ties: pd.DataFrame, actors: pd.DataFrame, setting: Setting, dates: Sequence[pd.Timestamp]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return mean strength and capacity by scenario and date, over replicates (and municipalities)."""
    require(ties, TIES, "the table of ties")
    require(actors, ACTORS, "the table of actors")
    if not 0 < len(dates) <= MOST_DATES:
        raise TableError(f"the network is shown at one to {MOST_DATES} dates, not {len(dates)}")
    names = [style.name for style in setting.styles]
    found = []
    for table, value, by in ((ties, "strength", ["source", "target"]), (actors, "capacity", ["actor"])):
        keep = table["scenario"].isin(names) & table["month"].isin(list(dates))
        if setting.municipality != WHOLE:
            keep &= table["municipality"] == setting.municipality
        shown = table[keep]
        missing = {(each, when) for each in names for when in dates} - set(
            shown[["scenario", "month"]].itertuples(index=False, name=None)
        )
        if missing:
            scenario, when = min(missing)
            raise TableError(f"no network of {scenario} in {when:%Y-%m} {setting.where}")
        grouped = shown.groupby(["scenario", "month", *by], sort=False, observed=True)[value]
        found.append(grouped.mean().round(12).reset_index())
    return found[0], found[1]


def _position(actor: str) -> tuple[float, float]:
    """Return where an actor stands: agency and municipality at the sides, the others above, fields of work below."""
    if actor in CORE:
        return PLACES[actor]
    place = FIELDS.index(actor)
    return -1.3 + 2.6 * place / (len(FIELDS) - 1), (-0.45, -1.1)[place % 2]


def _ties(figure: go.Figure, part: pd.DataFrame, say: Speech, legend: bool, place: Mapping[str, int]) -> None:
    """Draw ties by class, one trace each: width cannot vary within a trace."""
    labels = {
        "weak": say("weak tie (to 1/3)", "schwach (bis 1/3)"),
        "medium": say("medium (to 2/3)", "mittel (bis 2/3)"),
        "strong": say("strong (above 2/3)", "stark (über 2/3)"),
    }
    for kind, (width, least, dash, colour) in CLASSES.items():
        most = min((low for _, low, _, _ in CLASSES.values() if low > least), default=math.inf)
        own = part[(part["strength"] >= least) & (part["strength"] < most)]
        x: list[float | None] = []
        y: list[float | None] = []
        for source, target in zip(own["source"], own["target"], strict=True):
            (x0, y0), (x1, y1) = _position(source), _position(target)
            x += [x0, x1, None]
            y += [y0, y1, None]
        figure.add_scatter(
            x=x or [None], y=y or [None], mode="lines", name=labels[kind], legendgroup=kind, showlegend=legend,
            line={"width": width, "dash": dash, "color": colour}, hoverinfo="skip", **place,
        )  # fmt: skip
    middles = [
        tuple((one + other) / 2 for one, other in zip(_position(source), _position(target), strict=True))
        for source, target in zip(part["source"], part["target"], strict=True)
    ]
    figure.add_scatter(
        x=[x for x, _ in middles], y=[y for _, y in middles], mode="markers", showlegend=False,
        marker={"size": 9, "opacity": 0}, **place,
        text=[f"{name(source, say)} – {name(target, say)}: {say.number(value, 2)}" for source, target, value in
              zip(part["source"], part["target"], part["strength"], strict=True)],
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip


def _actors(
    figure: go.Figure, capacity: pd.Series[float], largest: float, say: Speech, place: Mapping[str, int]
) -> None:
    """Draw the actors over their ties, with their names."""
    for actor in (*CORE, *FIELDS):
        if actor not in capacity.index:
            continue
        x, y = _position(actor)
        places = float(capacity[actor])
        is_field = actor in FIELDS
        size = max(7.0, LARGEST * math.sqrt(max(places, 0.0) / largest)) if is_field and largest > 0 else 13.0
        text = f": {say.number(places)} {say('places', 'Plätze')}" if is_field else ""
        figure.add_scatter(
            x=[x], y=[y], mode="markers", showlegend=False, **place,
            marker={"size": size, "symbol": "circle" if is_field else "square",
                    "color": "white" if is_field and not places > 0 else ("#C9B27C" if is_field else INK),
                    "line": {"color": INK, "width": 1.2}},
            hovertemplate=f"{name(actor, say)}{text}<extra></extra>",
        )  # fmt: skip
        above = not is_field
        figure.add_annotation(
            text=name(actor, say), x=x, y=y, yshift=(size / 2 + 8) * (1 if above else -1), showarrow=False,
            font={"size": 11, "color": INK if not is_field else MUTED}, bgcolor="rgba(255,255,255,0.75)", borderpad=0,
            **place,
        )  # fmt: skip
