"""What the pages besides the comparison show of finished pairs: figures of the catalogue, goals in conflict, rules.

Runs as the board keeps them in, figures out. The comparison's own picture is in `courses`, on the same tidy tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from labsim.analysis.tables import WHOLE
from labsim.analysis.windows import Phase, transition
from labsim.app.following import dates
from labsim.app.simulating import Run
from labsim.app.words import word
from labsim.experiment.timeline import shares, timeline
from labsim.figures import timeline as drawn
from labsim.figures import trade_off as conflict
from labsim.figures.exhibit import Exhibit
from labsim.figures.speech import speech
from labsim.figures.theme import Setting, styles
from labsim.indicators.registry import metadata
from labsim.plots import FOLLOWED_TABLES, Plots, Source
from labsim.scenario import Scenario
from labsim.units import month_starts, parse_month

NAMES = ("a", "b", "c")
"""What A, B and C are called in tables."""

A, B = NAMES[:2]
Pair = tuple[Run, Run]
YEAR = 12
GOALS = (conflict.Goal("public_spending", "lower"), conflict.Goal("social_participation"))
"""The two goals of the picture of goals in conflict."""


def setting(
    scenarios: Sequence[Scenario],
    labels: Sequence[str],
    language: str,
    *,
    names: Sequence[str] = NAMES,
    known: Mapping[str, Mapping[str, str]] | None = None,
) -> Setting:
    """Return what the figures of a comparison share, for the whole place.

    ``names`` are those of the scenarios in the tables (A first; more than there are scenarios do no harm), ``known``
    what is to be said of the indicators; default: what their registry says.
    """
    there = names[: len(scenarios)]
    drawn_as = styles(there, dict(zip(there, labels, strict=True)))
    change = transition([timeline(each) for each in scenarios])
    about = metadata() if known is None else known
    return Setting(drawn_as, about, WHOLE, change, language=speech(language).language)


def rows(runs: Mapping[str, Sequence[Run]], name: str, start: str) -> pd.DataFrame:
    """Return the tidy table of one indicator over the runs of each scenario."""
    frames = []
    for scenario, each in runs.items():
        if not each:
            continue
        values = np.stack([run.series[name] for run in each])
        count, months = values.shape
        frames.append(pd.DataFrame({
            "scenario": scenario, "seed": np.repeat([run.seed for run in each], months),
            "month": np.tile(month_starts(start, months).to_numpy(), count), "municipality": WHOLE, "group": WHOLE,
            "indicator": name, "value": values.ravel(),
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def full(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs of which all tables were kept."""
    return [pair for pair in pairs if pair[0].tables and pair[1].tables]


def plots(
    pairs: Sequence[Pair],
    scenarios: tuple[Scenario, Scenario],
    labels: tuple[str, str],
    language: str,
    group: str = WHOLE,
) -> Plots:
    """Return the figures of finished pairs with all tables, of a group of people where tables tell them apart."""
    tables = {name: _joined(pairs, name) for name in ("indicators", "flows", "durations", "accounts")}
    followed = {name: _joined(pairs, name) for name in FOLLOWED_TABLES}
    for name in ("paths", "lives", "spread"):
        followed[name] = followed[name][followed[name]["group"] == group].drop(columns="group")
    lasting = tables["durations"]
    if (lasting["group"] == group).any():
        tables["durations"] = lasting[lasting["group"].isin({WHOLE, group})] if group != WHOLE else lasting
    runs = {name: _about(each) for name, each in zip((A, B), scenarios, strict=True)}
    named = {name: {language: label} for name, label in zip((A, B), labels, strict=True)}
    months = tuple(pd.Timestamp(date) for date in dates(scenarios[0]))
    whole = (tables["indicators"], tables["flows"], tables["durations"], tables["accounts"])
    source = Source((A, B), *whole, runs=runs, labels=named, followed=followed, dates=months)
    return Plots(source, speech(language).language)


def _about(scenario: Scenario) -> dict[str, Any]:
    """Return what figures want to know of a scenario, as its run.json would say it."""
    place = scenario.place
    districts = [{"name": each.name, "outside": each.outside} for each in place.municipalities]
    config = {"place": {"municipalities": districts, "travel_minutes": place.travel_minutes}}
    return {"indicators": metadata(), "timeline": timeline(scenario), "config": config}


def last_year(scenario: Scenario) -> Phase:
    """Return the last twelve months of a scenario."""
    end = pd.Timestamp(scenario.end) + pd.DateOffset(months=1)
    return Phase(str(end.year - (end.month == 1)), end - pd.DateOffset(months=YEAR), end)


def trade_off(
    runs: Mapping[str, Sequence[Run]],
    scenarios: Mapping[str, Scenario],
    labels: Mapping[str, str],
    language: str,
) -> Exhibit:
    """Return what one goal costs in another for scenarios (A first), from the seeds that all of them have run."""
    seeds = set.intersection(*({run.seed for run in each} for each in runs.values()))
    names = tuple(runs)
    first = scenarios[names[0]]
    told = [labels[name] for name in names]
    shared = setting([scenarios[name] for name in names], told, language, names=names)
    common = {name: [run for run in made if run.seed in seeds] for name, made in runs.items()}
    table = pd.concat([rows(common, goal.indicator, first.start) for goal in GOALS], ignore_index=True)
    given = (table, shared, last_year(first), GOALS)
    return Exhibit(conflict.trade_off(*given), conflict.reading_aid(*given), conflict.numbers(*given), 560)


def _joined(pairs: Sequence[Pair], name: str) -> pd.DataFrame:
    frames: list[pd.DataFrame] = [
        run.tables[name].assign(scenario=scenario, seed=run.seed)
        for pair in pairs
        for scenario, run in zip((A, B), pair, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def lane(scenarios: tuple[Scenario, Scenario], shared: Setting) -> Any:
    """Return which rules hold when, in A and in B: shares of people by regime, and what happens besides."""
    held, spans = [], []
    names: dict[str, str] = {}
    for style, scenario in zip(shared.styles, scenarios, strict=True):
        german = shared.language == "de"
        names |= {name: each.label.de if german else each.label.en for name, each in scenario.regimes.items()}
        regimes = dict.fromkeys(name for each in scenarios for name in each.timeline.regimes)
        held += _shares(scenario, style.title, tuple(regimes))
        spans += _spans(scenario, style.title)
    title = word("lane_name", shared.language)
    return drawn.timeline(
        pd.DataFrame(held, columns=drawn.SHARES),
        pd.DataFrame(spans, columns=drawn.SPANS),
        title,
        names,
        shared.say,
    )


def _shares(
    scenario: Scenario, group: str, regimes: tuple[str, ...]
) -> list[tuple[str, pd.Timestamp, str, float]]:
    found = []
    for month in range(parse_month(scenario.start), parse_month(scenario.end) + 1):
        held = dict.fromkeys(regimes, 0.0) | shares(scenario.timeline, month)
        found += [(group, _stamp(month), name, value) for name, value in held.items()]
    return found


def _spans(scenario: Scenario, group: str) -> list[tuple[str, str, pd.Timestamp, pd.Timestamp, str]]:
    """Return what happens besides people switching, within the recorded months."""
    first, end = parse_month(scenario.start), parse_month(scenario.end) + 1
    found = []
    for each in scenario.timeline.transitions:
        begins = each.first_month
        lanes = (
            ("announcement", begins - each.announcement, begins, each.announcement, ""),
            ("gap", begins, begins + each.gap_months, each.gap_months, ""),
            ("overlap", begins, begins + each.overlap, max(each.overlap, 0), ""),
            ("bridging", begins, each.bridged_until, each.bridging, f"{100 * each.bridging:.0f} %"),
            ("reorganisation", begins, begins + each.reorganisation_months, each.reorganisation,
             f"−{100 * each.reorganisation:.0f} %"),
        )  # fmt: skip
        for what, start, stop, there, text in lanes:
            if there and max(start, first) < min(stop, end):
                found.append((group, what, _stamp(max(start, first)), _stamp(min(stop, end)), text))
    return found


def _stamp(month: int) -> pd.Timestamp:
    return pd.Timestamp(year=month // 12, month=month % 12 + 1, day=1)
