"""From a results folder to tables and facts: an experiment's folder, or that of a single run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from labsim.analysis.beveridge import RATES
from labsim.analysis.published import published_table
from labsim.analysis.tables import WHOLE
from labsim.analysis.windows import Phase, transition
from labsim.figures.headline import HEADLINE
from labsim.figures.phase_table import OUTCOMES
from labsim.figures.theme import PALETTE, Setting, styles
from labsim.figures.words import plain

TRAJECTORIES = ("employment_rate", "job_finding_rate", "long_term_share", "in_measure")
"""Indicators that the report shows month by month with their paired difference."""


class ReportError(ValueError):
    """A folder holds no results that a report could be made of; the message says what is missing or wrong."""


@dataclass(frozen=True)
class Results:
    """The results of one folder, ready for a report.

    ``names`` are the scenarios, baseline first; ``labels`` and ``runs`` (their ``run.json``) go by these
    names. The three tables have the columns scenario and seed, also for a single run. ``left_out`` are
    scenarios of the experiment that the report does not show, because more lines than colours cannot be told
    apart.
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
        return Setting(styles(self.names, self.labels), indicators, chosen, self.change)

    @property
    def focus(self) -> str:
        """The municipality with most published values among those simulated, else the whole place."""
        return _focus(self.published, set(self.indicators["municipality"]))


def read_results(folder: Path) -> Results:
    """Return the results in `folder`, which has an ``experiment.json`` or a ``run.json``."""
    if (folder / "experiment.json").is_file():
        return _read_experiment(folder)
    if (folder / "run.json").is_file():
        return _read_run(folder)
    raise ReportError(
        f"{folder} is no results folder: it has neither experiment.json (of `labsim compare`) "
        "nor run.json (of `labsim run`)"
    )


def _read_run(folder: Path) -> Results:
    run = _json(folder / "run.json")
    name = str(run.get("scenario", folder.name))
    label = _label(run.get("label"), name)
    published = _published([run])
    tables = _tables(folder, published, {"scenario": name, "seed": int(run.get("seed", 0))}, [name])
    seeds = (int(run.get("seed", 0)),)
    return Results(label, "", (name,), {name: label}, seeds, {name: run}, *tables, published)


def _read_experiment(folder: Path) -> Results:
    about = _json(folder / "experiment.json")
    runs = about.get("runs", {})
    labels = {}
    for entry in about.get("scenarios", ()):
        known = entry if isinstance(entry, Mapping) else {"name": entry}
        name = str(known["name"])
        labels[name] = _label(known.get("label"), _label(runs.get(name, {}).get("label"), name))
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
    tables = _tables(folder, published, {}, shown)
    return Results(
        title=_label(about.get("label"), plain(str(about.get("name", folder.name)))),
        question=str(about.get("question", "")),
        names=tuple(shown),
        labels={name: labels[name] for name in shown},
        seeds=tuple(int(seed) for seed in about.get("seeds", ())),
        runs={name: runs[name] for name in shown},
        indicators=tables[0],
        flows=tables[1],
        durations=tables[2],
        published=published,
        left_out=tuple(names[len(PALETTE) :]),
    )


def _published(runs: Any) -> pd.DataFrame:
    """Return the published values of all `runs`, each once."""
    targets = {
        json.dumps(target, sort_keys=True): target for run in runs for target in run.get("targets", ())
    }
    return published_table(targets.values())


def _focus(published: pd.DataFrame, municipalities: set[str]) -> str:
    counts = published.loc[published["municipality"].isin(municipalities), "municipality"].value_counts()
    return WHOLE if counts.empty else str(counts.index[0])


def _tables(
    folder: Path, published: pd.DataFrame, ids: Mapping[str, Any], names: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return indicators, flows and durations; only what a report shows is read, since tables can be large."""
    wanted = sorted({*HEADLINE, *RATES, *OUTCOMES, *TRAJECTORIES})
    places = [WHOLE, *published["municipality"].unique()]
    only = [("scenario", "in", list(names))] if not ids else []
    indicators = _parquet(
        folder / "indicators.parquet", [("indicator", "in", wanted), ("municipality", "in", places), *only]
    )
    flows = _parquet(folder / "flows.parquet", only)
    durations = _parquet(folder / "durations.parquet", only)
    if indicators.empty:
        raise ReportError(f"{folder / 'indicators.parquet'} has none of the indicators of a report")
    absent = sorted(set(names) - set(indicators["scenario"])) if not ids else []
    if absent:
        raise ReportError(
            f"{folder / 'indicators.parquet'} has no values of the scenario {', '.join(absent)}"
        )
    return indicators.assign(**ids), flows.assign(**ids), durations.assign(**ids)


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


def _label(label: object, otherwise: str) -> str:
    """Return an English label: of a text as it is, of a mapping by language its "en", else `otherwise`."""
    if isinstance(label, Mapping):
        label = label.get("en")
    return str(label) if label else otherwise
