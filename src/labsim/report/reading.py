"""From a results folder to tables and facts: an experiment's folder, or that of a single run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from labsim.analysis import findings
from labsim.analysis.beveridge import RATES
from labsim.analysis.published import published_table
from labsim.analysis.tables import WHOLE
from labsim.analysis.windows import Phase, transition
from labsim.figures import small_multiples
from labsim.figures.headline import HEADLINE
from labsim.figures.phase_table import OUTCOMES
from labsim.figures.speech import Language, Speech
from labsim.figures.theme import PALETTE, Setting, styles
from labsim.figures.words import plain

TRAJECTORIES = ("employment_rate", "job_finding_rate", "long_term_share", "in_measure")
"""Indicators that the report shows month by month with their paired difference."""

POLICY = (
    "population", "employment", "entries", "unemployed", "creaming",
    *small_multiples.PROVIDERS, *small_multiples.LOCAL_ACTORS,
)  # fmt: skip
"""Indicators of the sections on policy."""


class ReportError(ValueError):
    """A folder holds no results that a report could be made of; the message says what is missing or wrong."""


@dataclass(frozen=True)
class Results:
    """The results of one folder, ready for a report.

    ``names`` are the scenarios, baseline first; ``labels`` and ``runs`` (their ``run.json``) go by these
    names. The three tables have the columns scenario and seed, also for a single run. ``left_out`` are
    scenarios that the report does not show, because more lines than colours cannot be told apart.
    ``outcomes`` are the indicators shown month by month, ``windows`` the spans over which outcomes are
    compared (none: before, during and after the transition), ``pairs`` further comparisons (scenario, its
    baseline), ``failures`` the number of runs that failed. What an experiment asked besides stands in ``about`` (the
    content of its ``experiment.json``), with the indicators that the answers need, of all its scenarios, in ``asked``,
    individual gains and losses in ``people``, and the labels of all scenarios in ``all_labels``. ``accounts`` are the
    payments; empty if the folder has none. ``language`` is that of the report and of all labels here.
    """

    title: str
    question: str
    names: tuple[str, ...]
    labels: Mapping[str, str]
    seeds: tuple[int, ...]
    runs: Mapping[str, Mapping[str, Any]]
    indicators: pd.DataFrame
    flows: pd.DataFrame
    durations: pd.DataFrame
    published: pd.DataFrame
    left_out: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = TRAJECTORIES
    windows: tuple[Phase, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    failures: int = 0
    about: Mapping[str, Any] = field(default_factory=dict)
    asked: pd.DataFrame = field(default_factory=pd.DataFrame)
    people: pd.DataFrame = field(default_factory=pd.DataFrame)
    accounts: pd.DataFrame = field(default_factory=pd.DataFrame)
    all_labels: Mapping[str, str] = field(default_factory=dict)
    language: Language = "en"

    @property
    def compared(self) -> bool:
        """Whether there is more than one scenario."""
        return len(self.names) > 1

    @property
    def change(self) -> Phase | None:
        """The months from the first start to the last end of a transition in any scenario."""
        return transition([self.runs[name].get("timeline", ()) for name in self.names])

    def setting(self, municipality: str | None = None) -> Setting:
        """Return what the figures share, by default for the municipality that has published values."""
        chosen = self.focus if municipality is None else municipality
        indicators: dict[str, Any] = {}
        for run in self.runs.values():
            indicators |= run.get("indicators", {})
        drawn = styles(self.names, self.labels)
        return Setting(drawn, indicators, chosen, self.change, self.windows, self.language)

    @property
    def say(self) -> Speech:
        """The language of every text: ``results.say(english, german)``."""
        return Speech(self.language)

    def span_name(self, name: str) -> str:
        """Return what a span of the answers is called in this language; they name windows in English."""
        for window in self.about.get("windows", ()):
            if name in {str(window.get("window")), english(window.get("label"), "")}:
                return spoken(window.get("label"), name, self.language)
        return name

    def when(self, span: Phase) -> str:
        """Return when a span is, as a heading: "After (2005–2008)"."""
        return f"{self.say.phase(self.span_name(span.name))} ({self.say.dates(span)})"

    @cached_property
    def focus(self) -> str:
        """The municipality that the place is named after, else that with most published values, else all."""
        first = self.runs[self.names[0]]
        names = {str(first.get("place", "")).casefold(), english(first.get("place_label"), "").casefold()}
        return _focus(self.published, set(self.indicators["municipality"].unique()), names)


def read_results(folder: Path, language: Language = "en") -> Results:
    """Return the results in `folder`, which has an ``experiment.json`` or a ``run.json``, with labels in a language."""
    if (folder / "experiment.json").is_file():
        return _read_experiment(folder, language)
    if (folder / "run.json").is_file():
        return _read_run(folder, language)
    raise ReportError(
        f"{folder} is no results folder: it has neither experiment.json (of `labsim compare`) "
        "nor run.json (of `labsim run`)"
    )


def _read_run(folder: Path, language: Language) -> Results:
    run = _json(folder / "run.json")
    name, seed = str(run.get("scenario", folder.name)), int(run.get("seed", 0))
    label = spoken(run.get("label"), name, language)
    published = _published([run])
    ids = {"scenario": name, "seed": seed}
    tables = _tables(folder, _places(published, run), ids, [name], TRAJECTORIES)
    question = str(run.get("question") or "")
    accounts = _accounts(folder, _places(published, run), [name], ids)
    return Results(
        label, question, (name,), {name: label}, (seed,), {name: run}, *tables, published, accounts=accounts,
        language=language,
    )  # fmt: skip


def _read_experiment(folder: Path, language: Language) -> Results:
    about = _json(folder / "experiment.json")
    runs, every = about.get("runs", {}), _labels(about, language)
    labels = {name: every[name] for name in named(about)}
    baseline = str(about.get("baseline", next(iter(labels), "")))
    if baseline not in labels:
        raise ReportError(
            f"{folder / 'experiment.json'}: the baseline {baseline!r} is none of the scenarios "
            f"({', '.join(labels) or 'there are none'})"
        )
    names = [baseline, *(name for name in labels if name != baseline)]
    missing = [name for name in names if name not in runs]
    if missing:
        raise ReportError(f"{folder / 'experiment.json'}: no run of {', '.join(missing)} under `runs`")
    shown = names[: len(PALETTE)]
    published = _published(runs[name] for name in shown)
    outcomes = tuple(dict.fromkeys((*about.get("outcomes", ()), *TRAJECTORIES)))
    tables = _tables(folder, _places(published, runs[baseline]), {}, shown, outcomes)
    return Results(
        spoken(about.get("label"), plain(str(about.get("name", folder.name))), language),
        str(about.get("question") or ""),
        tuple(shown),
        {name: labels[name] for name in shown},
        tuple(int(seed) for seed in about.get("seeds", ())),
        {name: runs[name] for name in shown},
        *tables,
        published,
        left_out=tuple(names[len(PALETTE) :]),
        outcomes=outcomes,
        windows=tuple(_window(window, language) for window in about.get("windows", ())),
        pairs=_pairs(about, baseline, shown),
        failures=int(about.get("failures", 0)),
        about=about,
        asked=_asked(folder, about, left_out=len(names) > len(shown)),
        people=_parquet(folder / "gains.parquet", []) if about.get("individuals") else pd.DataFrame(),
        accounts=_accounts(folder, _places(published, runs[baseline]), shown, {}),
        all_labels=every,
        language=language,
    )


def _labels(about: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Return the label of each scenario of an experiment, by name, in its order."""
    labels = {}
    for entry in about.get("scenarios", ()):
        known = entry if isinstance(entry, Mapping) else {"name": entry}
        name = str(known["name"])
        of_run = spoken(about.get("runs", {}).get(name, {}).get("label"), name, language)
        labels[name] = spoken(known.get("label"), of_run, language)
    return labels


def named(about: Mapping[str, Any]) -> list[str]:
    """Return the names of the scenarios that an experiment names; entries may be plain names."""
    entries = [each if isinstance(each, Mapping) else {"name": each} for each in about.get("scenarios", ())]
    return findings.named({"scenarios": entries})


def _asked(folder: Path, about: Mapping[str, Any], *, left_out: bool) -> pd.DataFrame:
    """Return the indicators that the answers need, of all scenarios (and the outcomes, if some are not drawn)."""
    wanted = {*findings.needed_indicators(about), *(findings.outcomes(about) if left_out else ())}
    if not wanted:
        return pd.DataFrame()
    places = list(findings.needed_municipalities(about))
    only = [("indicator", "in", sorted(wanted)), ("municipality", "in", places)]
    return _parquet(folder / "indicators.parquet", only)


def _window(window: Mapping[str, Any], language: Language) -> Phase:
    """Return a window of experiment.json, whose start and end are months that both belong to it."""
    end = pd.Timestamp(str(window["end"])) + pd.DateOffset(months=1)
    name = spoken(window.get("label"), plain(str(window.get("window", ""))), language)
    return Phase(name, pd.Timestamp(str(window["start"])), end)


def _pairs(about: Mapping[str, Any], baseline: str, shown: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the comparisons asked for whose baseline is not that of the experiment."""
    asked = [(str(pair["scenario"]), str(pair["baseline"])) for pair in about.get("comparisons", ())]
    return tuple(pair for pair in asked if pair[1] != baseline and set(pair) <= set(shown))


def _places(published: pd.DataFrame, run: Mapping[str, Any]) -> list[str]:
    """Return the municipalities that may be the focus: with published values, or named like the place."""
    named = [english(run.get("place_label"), ""), str(run.get("place", "")).title()]
    return [*published["municipality"].unique(), *filter(None, named)]


def _published(runs: Any) -> pd.DataFrame:
    """Return the published values of all `runs`, each once."""
    targets = {
        json.dumps(target, sort_keys=True): target for run in runs for target in run.get("targets", ())
    }
    return published_table(targets.values())


def _focus(published: pd.DataFrame, municipalities: set[str], names: set[str]) -> str:
    namesake = [each for each in sorted(municipalities) if each.casefold() in names]
    counts = published.loc[published["municipality"].isin(municipalities), "municipality"].value_counts()
    whole = [WHOLE] if (published["municipality"] == WHOLE).any() else []
    return next(iter([*namesake, *whole, *map(str, counts.index), WHOLE]))


def _tables(
    folder: Path,
    places: Iterable[str],
    ids: Mapping[str, Any],
    names: Sequence[str],
    outcomes: Sequence[str],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return indicators, flows and durations; only what a report shows is read, since tables can be large."""
    wanted = sorted({*HEADLINE, *RATES, *OUTCOMES, *POLICY, *outcomes})
    only = [("scenario", "in", list(names))] if not ids else []
    indicators = _parquet(
        folder / "indicators.parquet",
        [("indicator", "in", wanted), ("municipality", "in", sorted({WHOLE, *places})), *only],
    )
    flows = _parquet(folder / "flows.parquet", only)
    durations = _parquet(folder / "durations.parquet", only)
    if indicators.empty:
        raise ReportError(f"{folder / 'indicators.parquet'} has none of the indicators of a report")
    absent = sorted(set(names) - set(indicators["scenario"].unique())) if not ids else []
    if absent:
        raise ReportError(
            f"{folder / 'indicators.parquet'} has no values of the scenario {', '.join(absent)}"
        )
    return indicators.assign(**ids), flows.assign(**ids), durations.assign(**ids)


def _accounts(
    folder: Path, places: Iterable[str], names: Sequence[str], ids: Mapping[str, Any]
) -> pd.DataFrame:
    """Return the payments of the scenarios shown; empty if the folder has none."""
    path = folder / "accounts.parquet"
    if not path.is_file():
        return pd.DataFrame()
    only = [("scenario", "in", list(names))] if not ids else []
    return _parquet(path, [("municipality", "in", sorted({WHOLE, *places})), *only]).assign(**ids)


def _parquet(path: Path, filters: list[tuple[str, str, Any]]) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, filters=filters or None)
    except FileNotFoundError:
        raise ReportError(f"{path.parent} lacks {path.name}: the run or experiment is not complete") from None
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read as a results table: {error}") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ReportError(f"{path}, line {error.lineno}: no valid JSON ({error.msg})") from error
    if not isinstance(content, dict):
        raise ReportError(f"{path} holds a {type(content).__name__}, not an object with named entries")
    return content


def english(label: object, otherwise: str) -> str:
    """Return an English label: of a text as it is, of a mapping by language its "en", else `otherwise`."""
    return spoken(label, otherwise, "en")


def spoken(label: object, otherwise: str, language: str) -> str:
    """Return a label in a language, else in English: of a text as it is, of a mapping by language, else `otherwise`."""
    if isinstance(label, Mapping):
        label = label.get(language) or label.get("en")
    return str(label) if label else otherwise
