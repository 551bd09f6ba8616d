"""The page that checks: what drives the comparison or turns it round, goals in conflict, assumptions, data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from dash import dcc, html

from labsim.analysis.turning import FEWEST, reversing, turned
from labsim.app import assumptions, pictures
from labsim.app.checking import Progress
from labsim.app.pages import parts
from labsim.app.words import word
from labsim.config import sources
from labsim.figures import turning, words
from labsim.figures.exhibit import Exhibit
from labsim.figures.theme import Setting
from labsim.report.limits import NOT_MODELLED, NOT_MODELLED_DE
from labsim.scenario import Scenario

VIEWS = ("turns", "goals", "beveridge", "limits")
RESULTS = Path("results")
"""Where `labsim validate` puts its folders, seen from where labsim was started."""


def shell(language: str) -> Any:
    """Return the page without its pictures; the buttons of the check stay while pictures change."""
    start = html.Button(
        word("turns_start", language), id="check-start", type="button", className="small strong"
    )
    stop = html.Button(
        word("turns_stop", language), id="check-stop", type="button", className="small", hidden=True
    )
    return html.Div(
        [
            dcc.Store(id="check-grown"),
            html.Div(parts.switch("check-view", VIEWS, VIEWS[0], "check", word("view", language), language),
                     className="switches"),
            html.Div([start, stop, html.Span(id="check-standing", role="status")], id="check-bar",
                     className="check-bar"),
            html.Div(word("no_pairs_yet", language), id="check-content"),
        ]
    )  # fmt: skip


def standing(progress: Progress, language: str) -> str:
    """Return how a check stands, in words."""
    if progress.state == "none":
        return ""
    facts = {
        "done": progress.done,
        "total": progress.total,
        "place": progress.place,
        "failure": progress.failure,
    }
    return word(f"check_{progress.state}", language, **facts)


def turns(
    found: pd.DataFrame, scenario: Scenario, shared: Setting, indicator: str, language: str
) -> Sequence[Any]:
    """Return which assumptions turn the comparison round, with the figure; before it was tried, how to."""
    tried = assumptions.tried(scenario, language)
    ends = len(list(assumptions.trials((scenario, scenario))))
    head = [
        html.H2(word("turns_question", language)),
        html.P(word("turns_about", language, factors=len(tried), runs=ends), className="note"),
    ]
    counts = found.groupby(["assumption", "end"]).size()
    if (
        not (counts[counts >= FEWEST].index.get_level_values("assumption") != "").any()
        or "" not in counts.index
    ):
        return head
    table = turned(found)
    when = shared.say.dates(pictures.last_year(scenario))
    given = (found, shared, indicator, tried, when)
    shown = Exhibit(turning.turning(*given), turning.reading_aid(*given), turning.numbers(*given), 560)
    return [
        head[0],
        *answer(table, tried, shared, indicator),
        parts.exhibit(f"turns-{indicator}", shown, language),
        html.P(word("turns_standing", language, seeds=len(assumptions.SEEDS)), className="note"),
    ]


def answer(
    table: pd.DataFrame, tried: Mapping[str, turning.Tried], shared: Setting, indicator: str
) -> Sequence[Any]:
    """Return the (at most three) assumptions that turn the comparison round, in words."""
    language, say = shared.language, shared.say
    if float(table["mean"].iloc[0]) == 0.0:
        return [html.P(word("turns_nothing", language), role="status")]
    few = reversing(table)
    done = table.loc[table["assumption"] != "", "assumption"].nunique()
    if few.empty:
        return [html.P(word("turns_none", language, factors=done), role="status")]
    digits = words.digits_of_difference(shared.unit(indicator))
    items = []
    for row in few.to_dict("records"):
        known = tried[str(row["assumption"])]
        said = word(
            "turns_one", language, label=known.label, value=known.at(str(row["end"]), shared),
            usual=known.at("", shared), mean=say.signed_interval(row["mean"], row["low"], row["high"], digits),
            unit=shared.difference_label(indicator),
        )  # fmt: skip
        items.append(html.Li(f"{said}; {word('turns_sure' if row['sure'] else 'turns_open', language)}."))
    return [html.P(word("turns_some", language), role="status"), html.Ol(items)]


def limits(scenario: Scenario, language: str) -> Sequence[Any]:
    """Return what stands behind the numbers: what is left out, how the place fits, and the source of every value."""
    found = sources(scenario)
    mere = sum(each.is_assumption for each in found)
    rows = pd.DataFrame(
        [(each.where, str(each.value), each.unit, each.source) for each in found],
        columns=[word(name, language) for name in ("key", "value", "unit", "source")],
    )
    left_out = NOT_MODELLED_DE if language == "de" else NOT_MODELLED
    people = word("scale", language, people=round(1 / scenario.scale))
    return [
        html.P(word("limits", language, scale=people)),
        html.H2(word("not_modelled", language)),
        html.Ul([_with_strong_start(item) for item in left_out], className="limits"),
        html.H2(word("validation", language)),
        *validation(scenario.place.place, language),
        html.H2(word("assumptions", language)),
        html.P(word("only_assumptions", language, count=mere), className="note"),
        html.Div(parts.table(rows, word("assumptions", language)), className="scroll tall", tabIndex=0, role="group",
                 **parts.named(word("assumptions", language))),
    ]  # fmt: skip


def _with_strong_start(item: str) -> Any:
    first, _, rest = item.partition(". ")
    return html.Li([html.Strong(first.rstrip(".") + "."), f" {rest}"] if rest else item)


def validation(place: str, language: str) -> Sequence[Any]:
    """Return how the place's history fits what was published, from the scorecard there is; else how to make one."""
    card = scorecard(place)
    if card is None:
        command = f"labsim validate {place}"
        return [html.P(word("validation_how", language, command=command), className="note")]
    folder, facts = card
    rows = [row for row in facts["targets"] if row["counts"]]
    lines = []
    for role in ("hold_out", "fit", "input"):
        part = [row for row in rows if row["role"] == role]
        if part:
            met = sum(row["inside"] is True for row in part)
            named = word(f"role_{role}", language)
            lines.append(html.Li(word("validation_met", language, met=met, of=len(part), role=named)))
    seeds = max((int(row["seeds"]) for row in rows), default=0)
    said = word("validation_from", language, folder=folder.name, seeds=seeds)
    return [html.Ul(lines), html.P(said, className="note")]


def scorecard(place: str) -> tuple[Path, dict[str, Any]] | None:
    """Return the newest scorecard of a place among the results, with its folder."""
    made = sorted(RESULTS.glob(f"{place}-scorecard*/scorecard.json"), key=lambda file: file.stat().st_mtime)
    for file in reversed(made):
        try:
            facts = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # being written, or damaged: an older one will do
        if isinstance(facts, dict) and isinstance(facts.get("targets"), list):
            return file.parent, facts
    return None
