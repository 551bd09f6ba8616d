"""Every figure of a result by name, for notebooks, reports and apps: ``comparison.plot.fan("employment_rate")``.

A `Plots` holds the tidy tables of scenarios and what the figures share; each method returns a Plotly figure. The same
figure with its reading aid and its numbers as a table: ``comparison.plot.exhibit("fan", "employment_rate")``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from labsim.analysis.published import published_table
from labsim.analysis.tables import WHOLE, TableError
from labsim.analysis.windows import Phase, transition
from labsim.figures import (
    actor_network,
    alluvial,
    beveridge,
    biographies,
    durations,
    frequency,
    headline,
    municipality_panels,
    payer_uses,
    ridgeline,
    state_flows,
    tile_map,
    tiles,
    trade_off,
    trajectory,
    who_pays,
    words,
)
from labsim.figures.canvas import go
from labsim.figures.exhibit import Exhibit
from labsim.figures.speech import Language
from labsim.figures.theme import PALETTE, Setting, styles

FOLLOWED = "followed"
"""Folder beside results with the tables of people and local actors (`labsim.experiment.followed`)."""

FOLLOWED_TABLES = ("paths", "lives", "spread", "ties", "actors")

INDICATOR = "employment_rate"
"""What figures of one indicator show unless they are told."""


@dataclass(frozen=True)
class Source:
    """The tables and facts that figures are drawn from.

    ``names`` are the scenarios, baseline first (at most six are drawn); ``indicators``, ``flows``, ``durations`` and
    ``accounts`` the tidy tables with the columns scenario and seed; ``runs`` the content of a run.json by scenario;
    ``labels`` a name by language for each scenario; ``windows`` the spans (name by language, start, first month after
    it) over which outcomes are compared. ``followed`` are the tables of people and local actors by name, ``dates`` the
    three months at which they were taken.
    """

    names: tuple[str, ...]
    indicators: pd.DataFrame
    flows: pd.DataFrame
    durations: pd.DataFrame
    accounts: pd.DataFrame
    runs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    windows: tuple[tuple[Mapping[str, str], str, str], ...] = ()
    followed: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    dates: tuple[pd.Timestamp, ...] = ()


class Plots:
    """The figures of a result.

    Parameters
    ----------
    source
        Tables and facts.
    language
        "en" or "de".
    municipality
        Whose values are shown; "all" is the whole place.
    """

    def __init__(self, source: Source, language: Language = "en", municipality: str = WHOLE) -> None:
        self._source, self._language, self._municipality = source, language, municipality

    def __repr__(self) -> str:
        return f"Plots({', '.join(self._source.names)}; {', '.join(CATALOGUE)})"

    def show(self, language: Language | None = None, municipality: str | None = None) -> Plots:
        """Return the same figures in another language, or of another municipality."""
        return Plots(self._source, language or self._language, municipality or self._municipality)

    def following(self, tables: Mapping[str, pd.DataFrame], dates: Sequence[pd.Timestamp]) -> Plots:
        """Return the same with the tables of people and local actors, and the three months of which they are."""
        source = replace(self._source, followed=dict(tables), dates=tuple(dates))
        return Plots(source, self._language, self._municipality)

    @cached_property
    def setting(self) -> Setting:
        """What the figures share."""
        source = self._source
        names = source.names[: len(PALETTE)]
        known: dict[str, Any] = {}
        for run in source.runs.values():
            known |= run.get("indicators", {})
        labels = {name: in_language(source.labels.get(name), self._language, name) for name in names}
        change = transition([source.runs.get(name, {}).get("timeline", ()) for name in names])
        windows = tuple(
            Phase(
                in_language(label, self._language, "?"),
                pd.Timestamp(start),
                pd.Timestamp(end) + pd.DateOffset(months=1),
            )
            for label, start, end in source.windows
        )
        return Setting(styles(names, labels), known, self._municipality, change, windows, self._language)

    @property
    def municipalities_known(self) -> list[str]:
        """The municipalities that can be shown, "all" first."""
        names = self._source.indicators["municipality"].unique()
        return [WHOLE, *sorted(str(name) for name in names if name != WHOLE)]

    def window(self, span: Phase | None = None) -> Phase:
        """Return the span over which outcomes are compared: the one given, or the last phase of the results."""
        return span or self.setting.phases(self._source.indicators["month"])[-1]

    @cached_property
    def tiles(self) -> dict[str, tiles.Tile]:
        """Tiles of the municipalities proper, by travel time between them."""
        run = next(iter(self._source.runs.values()), {})
        kept = run.get("config", {}).get("place")
        place = kept if isinstance(kept, Mapping) else {}
        every = place.get("municipalities", ())
        proper = [number for number, each in enumerate(every) if not each.get("outside")]
        if not proper or "travel_minutes" not in place:
            raise TableError("the results do not say how far the municipalities are from each other")
        minutes = place["travel_minutes"]
        return tiles.from_minutes(
            [str(every[i]["name"]) for i in proper], [[minutes[i][j] for j in proper] for i in proper]
        )

    def published(self) -> pd.DataFrame:
        """Return the published values that the runs name, each once."""
        found = {
            json.dumps(target, sort_keys=True): target
            for run in self._source.runs.values()
            for target in run.get("targets", ())
        }
        return published_table(found.values())

    def fan(self, indicator: str = INDICATOR, group: str = WHOLE) -> go.Figure:
        """Return an indicator over time with its band, and under it the paired difference to the baseline."""
        return self.exhibit("fan", indicator, group).figure

    def headline(self) -> go.Figure:
        """Return employment, underemployment and registered unemployment with their paired differences."""
        return self.exhibit("headline").figure

    def alluvial(self, cohort: Sequence[str] = alluvial.COHORT) -> go.Figure:
        """Return where people without work are at three dates."""
        return self.exhibit("alluvial", cohort).figure

    def flows(self, span: Phase | None = None) -> go.Figure:
        """Return the moves between states in an average month of a span."""
        return self.exhibit("flows", span).figure

    def beveridge(self) -> go.Figure:
        """Return unemployment against vacancies, year by year."""
        return self.exhibit("beveridge").figure

    def survival(self) -> go.Figure:
        """Return how long people stay out of work, and their exit rate to a job, by group."""
        return self.exhibit("survival").figure

    def employability(self, states: Sequence[str] = ridgeline.OUT_OF_WORK) -> go.Figure:
        """Return how employability is spread over people, year by year."""
        return self.exhibit("employability", states).figure

    def municipalities(self, indicator: str = INDICATOR) -> go.Figure:
        """Return an indicator in every municipality, a small panel each."""
        return self.exhibit("municipalities", indicator).figure

    def map(self, indicator: str = INDICATOR, span: Phase | None = None) -> go.Figure:
        """Return the difference to the baseline in every municipality, on tiles."""
        return self.exhibit("map", indicator, span).figure

    def who_pays(self) -> go.Figure:
        """Return payments by payer, year by year, and what has moved from payer to payer."""
        return self.exhibit("who_pays").figure

    def payer_uses(self) -> go.Figure:
        """Return payments from payers to uses before, during and after the transition."""
        return self.exhibit("payer_uses").figure

    def network(self) -> go.Figure:
        """Return the network of local actors at three dates."""
        return self.exhibit("network").figure

    def trade_off(
        self,
        goals: tuple[trade_off.Goal, trade_off.Goal] = trade_off.COST_AND_WORK,
        span: Phase | None = None,
    ) -> go.Figure:
        """Return the scenarios' differences to the baseline on two goals."""
        return self.exhibit("trade_off", goals, span).figure

    def biographies(self) -> go.Figure:
        """Return single lives, the same people in every scenario."""
        return self.exhibit("biographies").figure

    def frequency(self, indicator: str = INDICATOR, span: Phase | None = None) -> go.Figure:
        """Return in how many pairs of runs a scenario lies above the baseline, a dot each."""
        return self.exhibit("frequency", indicator, span).figure

    def exhibit(self, name: str, *arguments: Any) -> Exhibit:
        """Return a figure of the catalogue with its reading aid and its numbers; `arguments` as of its method.

        Raises `TableError` if the results lack what the figure needs.
        """
        if name not in CATALOGUE:
            raise ValueError(f"there is no figure {name!r}; there are {', '.join(CATALOGUE)}")
        module, make, width = CATALOGUE[name]
        tables = self._tables(name, *arguments)
        return Exhibit(
            getattr(module, make)(*tables),
            module.reading_aid(*self._without(name, "aid", tables)),
            module.numbers(*self._without(name, "numbers", tables)),
            width,
        )

    def exhibits(self) -> Iterator[tuple[str, Exhibit | TableError]]:
        """Yield each figure of the catalogue with its default arguments, or why the results do not allow it."""
        for name in CATALOGUE:
            try:
                yield name, self.exhibit(name)
            except TableError as error:
                yield name, error

    def _tables(self, name: str, *arguments: Any) -> tuple[Any, ...]:
        """Return what the functions of a figure are called with."""
        source, setting = self._source, self.setting
        if name in {"alluvial", "employability", "biographies", "network"}:
            return self._of_followed(name, *arguments)
        texts = [each for each in arguments if isinstance(each, str)]
        indicator = texts[0] if texts else INDICATOR
        span = next((each for each in arguments if isinstance(each, Phase)), None)
        goals = next((each for each in arguments if isinstance(each, tuple)), trade_off.COST_AND_WORK)
        makers: dict[str, Callable[[], tuple[Any, ...]]] = {
            "fan": lambda: (source.indicators, setting, indicator, *(texts[1:] or [WHOLE])),
            "municipalities": lambda: (source.indicators, setting, indicator),
            "map": lambda: (source.indicators, setting, indicator, self.window(span), self.tiles),
            "frequency": lambda: (source.indicators, setting, indicator, self.window(span)),
            "trade_off": lambda: (self._with_spending(), setting, self.window(span), goals),
            "who_pays": lambda: (source.accounts, source.indicators, setting),
            "payer_uses": lambda: (source.accounts, source.indicators, setting),
            "flows": lambda: (source.flows, setting, self.window(span)),
            "survival": lambda: (source.durations, setting),
        }
        return makers.get(name, lambda: (source.indicators, setting))()

    def _with_spending(self) -> pd.DataFrame:
        """Return the indicators with spending among them."""
        return trade_off.with_spending(
            self._source.indicators, self._source.accounts, self.setting.municipality
        )

    def _of_followed(self, name: str, *arguments: Any) -> tuple[Any, ...]:
        """Return what the functions of a figure of people or local actors are called with."""
        source, setting = self._source, self.setting
        kinds = {"alluvial": ("paths",), "employability": ("spread",), "biographies": ("lives",)}
        wanted = kinds.get(name, ("ties", "actors"))
        missing = [kind for kind in wanted if kind not in source.followed]
        if missing:
            raise TableError(
                "results do not keep single people and ties; follow them with `labsim figures DIR --people 1` or "
                "labsim.experiment.follow"
            )
        tables = [source.followed[kind] for kind in wanted]
        states = tuple(arguments[:1])
        if name in {"alluvial", "network"}:
            return (*tables, setting, source.dates, *(states if name == "alluvial" else ()))
        return (*tables, setting, *(states if name == "employability" else ()))

    def _without(self, name: str, what: str, tables: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments of a reading aid or table, which differ for the flows only: their aid needs no table."""
        return tables[1:] if (name, what) == ("flows", "aid") else tables


CATALOGUE: Mapping[str, tuple[Any, str, int]] = {
    "fan": (trajectory, "trajectory", 300),
    "headline": (headline, "headline", 860),
    "frequency": (frequency, "frequency", 330),
    "alluvial": (alluvial, "alluvial", 760),
    "flows": (state_flows, "state_flows", 660),
    "survival": (durations, "survival_and_exit", 760),
    "employability": (ridgeline, "ridgeline", 340),
    "biographies": (biographies, "biographies", 620),
    "beveridge": (beveridge, "beveridge_path", 620),
    "municipalities": (municipality_panels, "municipality_panels", 900),
    "map": (tile_map, "tile_map", 560),
    "who_pays": (who_pays, "who_pays", 390),
    "payer_uses": (payer_uses, "payer_uses", 860),
    "network": (actor_network, "actor_network", 1000),
    "trade_off": (trade_off, "trade_off", 560),
}
"""Name of a figure: its module, its function there, and the width in pixels below which it is scrolled."""


def of_comparison(comparison: Any) -> Plots:
    """Return the figures of a `labsim.experiment.Comparison` (whole place, English; `Plots.show` changes that)."""
    return Plots(Source(
        (comparison.baseline, *(name for name in comparison.scenarios if name != comparison.baseline)),
        comparison.indicators, comparison.flows, comparison.durations, comparison.accounts, comparison.runs,
        labels_of(comparison.about, comparison.runs), windows_of(comparison.about),
    ))  # fmt: skip


def of_folder(folder: Path, language: Language = "en", municipality: str = WHOLE) -> Plots:
    """Return the figures of a results folder of a run or an experiment.

    Raises `TableError` if the folder holds no finished result.
    """
    about = _json(folder / "experiment.json")
    run = _json(folder / "run.json")
    if not about and not run:
        raise TableError(f"{folder} holds neither experiment.json nor run.json, so it is no finished result")
    files = [folder / f"{name}.parquet" for name in ("indicators", "flows", "durations", "accounts")]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise TableError(f"{folder} lacks {missing[0]}: the result is not complete")
    tables = [pd.read_parquet(file) for file in files]
    if about:
        baseline = str(about["baseline"])
        names = (baseline, *(each["name"] for each in about["scenarios"] if each["name"] != baseline))
        runs = about["runs"]
    else:
        names, runs = (str(run["scenario"]),), {str(run["scenario"]): run}
        tables = [table.assign(scenario=names[0], seed=int(run["seed"])) for table in tables]
    followed = _json(folder / FOLLOWED / f"{FOLLOWED}.json")
    if followed.get("of") != (about.get("keys") if about else run.get("key")):
        followed = {}  # they belong to results that were there before
    people = {
        name: pd.read_parquet(folder / FOLLOWED / f"{name}.parquet") for name in FOLLOWED_TABLES if followed
    }
    dates = tuple(pd.Timestamp(str(date)) for date in followed.get("dates", ()))
    indicators, flows, durations, accounts = tables
    return Plots(
        Source(
            names, indicators, flows, durations, accounts, runs, labels_of(about, runs), windows_of(about), people,
            dates,
        ),
        language,
        municipality,
    )  # fmt: skip


def labels_of(
    about: Mapping[str, Any], runs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, str]]:
    """Return the label by language of each scenario, by name: of the experiment, else of its run."""
    found = {name: run["label"] for name, run in runs.items() if isinstance(run.get("label"), Mapping)}
    for each in about.get("scenarios", ()):
        if isinstance(each, Mapping) and isinstance(each.get("label"), Mapping):
            found[str(each["name"])] = each["label"]
    return found


def windows_of(about: Mapping[str, Any]) -> tuple[tuple[Mapping[str, str], str, str], ...]:
    """Return the windows of an experiment: label by language, first and last month."""
    return tuple(
        (each.get("label") or {"en": words.plain(str(each["window"]))}, str(each["start"]), str(each["end"]))
        for each in about.get("windows", ())
    )


def in_language(label: Mapping[str, str] | None, language: str, otherwise: str) -> str:
    """Return a label in a language, else in English, else `otherwise`."""
    known = label or {}
    return str(known.get(language) or known.get("en") or otherwise)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
