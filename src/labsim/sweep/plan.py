"""Plans: a sweep expanded into runs with keys, written to a folder once and never changed.

``sweep.yaml`` is the file as written; ``plan/`` holds it once more, to show what was edited, and ``plan.json``, the
scenarios, the points and the runs. More replicates are appended as files of their own. Whether a run is done, only
the store knows.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from labsim.config.factors import at_point, factor_from
from labsim.config.sweeps import Sweep
from labsim.experiment.store import OutputError
from labsim.scenario import Scenario
from labsim.sweep.design import expand
from labsim.sweep.estimate import estimated
from labsim.sweep.jobs import Job
from labsim.sweep.keys import Keys
from labsim.sweep.plan_facts import (
    FORMAT,
    PLAN_FILE,
    PLAN_FOLDER,
    SWEEP_FILE,
    facts_of,
    for_people,
    now,
    sweep_of,
    with_extensions,
)
from labsim.sweep.rows import SCHEMA, Content, contents, write_rows
from labsim.sweep.store import FOLDERS

__all__ = ["DEFAULT_PILOT", "PLAN_FILE", "PLAN_FOLDER", "SWEEP_FILE", "Plan", "check_folder", "extend_plan",
           "make_plan", "read_plan"]  # fmt: skip

SCENARIOS, POINTS, RUNS = "scenarios.pkl", "points.parquet", "runs"
DEFAULT_PILOT = 8


class Plan:
    """A plan in its folder.

    Attributes
    ----------
    folder
        The sweep's folder.
    facts
        plan.json, with what was appended: seeds, rows, runs (different keys), chunks.
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        self.folder = folder
        self.facts: dict[str, Any] = dict(facts)
        self._factors = tuple(factor_from(each) for each in facts["factors"])

    @property
    def name(self) -> str:
        """The sweep's name."""
        return str(self.facts["sweep"])

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds, those of later extensions last."""
        return tuple(self.facts["seeds"])

    @property
    def store_folder(self) -> Path:
        """The folder of the store."""
        return (self.folder / str(self.facts["store"])).resolve()

    @cached_property
    def points(self) -> pd.DataFrame:
        """The points: column ``point``, and a float64 column for each factor."""
        return pd.read_parquet(self.folder / PLAN_FOLDER / POINTS, partitioning=None)

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios by name, as they are before a point's values are set; {} in a sweep over a function."""
        content = (self.folder / PLAN_FOLDER / SCENARIOS).read_bytes()
        found: dict[str, Scenario] = pickle.loads(content)  # noqa: S301 - written by `make_plan`
        return found

    @cached_property
    def _values(self) -> tuple[tuple[str, ...], Any]:
        names = tuple(each.name for each in self._factors)
        return names, self.points[list(names)].to_numpy(np.float64)

    def values(self, point: int) -> dict[str, float]:
        """Return the factors at a point, by name, as numbers of the design."""
        names, table = self._values
        return dict(zip(names, table[point].tolist(), strict=True))

    def written_values(self, point: int) -> dict[str, Any]:
        """Return the factors at a point, by name, as they are set: choices as their values."""
        values = self.values(point)
        return {each.name: each.written(values[each.name]) for each in self._factors}

    def sweep_scenario(self, name: str, point: int) -> Scenario:
        """Return a scenario with the values of a point."""
        return at_point(self.scenarios[name], self._factors, self.values(point))

    def runs(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows: run_key, scenario, point, replicate, seed, chunk (sorted); or some of these columns.

        Rows that say the same (a lever that a scenario lacks) share a key: one run, listed more than once.
        """
        chosen = None if columns is None else list(columns)
        return pa.concat_tables(
            [pq.read_table(file, columns=chosen, partitioning=None) for file in self._files()]
        )

    def chunks(self, numbers: Iterable[int]) -> list[Job]:
        """Return the jobs of some chunks, each key once, in the order of the plan."""
        wanted = sorted(set(numbers))
        if not wanted:
            return []
        tables = [
            pq.read_table(file, filters=[("chunk", "in", wanted)], partitioning=None)
            for file, (first, last) in zip(self._files(), self._spans(), strict=True)
            if wanted[0] <= last and first <= wanted[-1]
        ]
        return list(self._jobs(pa.concat_tables(tables))) if tables else []

    def jobs_of(self, keys: Iterable[str]) -> list[Job]:
        """Return the jobs with these keys, each once, in the order of the plan."""
        wanted = pa.array(sorted(set(keys)), pa.string())
        tables = [pq.read_table(file, filters=pa.compute.is_in(pa.compute.field("run_key"), wanted), partitioning=None)
                  for file in self._files()]  # fmt: skip
        return list(self._jobs(pa.concat_tables(tables)))

    def sweep(self) -> Sweep:
        """Return the sweep that was planned, as plan.json has it."""
        return sweep_of(self.facts, self.scenarios, self.folder)

    def _jobs(self, table: pa.Table) -> Iterator[Job]:
        seen: set[str] = set()
        for row in table.select([field.name for field in SCHEMA]).to_pylist():
            key = row["run_key"]
            if key not in seen:
                seen.add(key)
                point = row["point"]
                yield Job(key, row["scenario"], point, row["seed"], row["chunk"], self.values(point))

    def _files(self) -> list[Path]:
        return [self.folder / PLAN_FOLDER / part["file"] for part in self.facts["parts"]]

    def _spans(self) -> list[tuple[int, int]]:
        """Return first and last chunk of each file."""
        return [
            (part["first_chunk"], part["first_chunk"] + part["chunks"] - 1) for part in self.facts["parts"]
        ]


def make_plan(
    sweep: Sweep, folder: str | os.PathLike[str], *, store: str | os.PathLike[str] | None = None,
    pilot: int = DEFAULT_PILOT, chunk_seconds: float | None = None, tell: Callable[[str], None] | None = None,
) -> Plan:  # fmt: skip
    """Expand a sweep, time a few of its runs, write the plan to `folder` and return it. Nothing else is run.

    Parameters
    ----------
    store
        Folder of the store; default: `folder` itself. Sweeps with one store share the runs that they have in common.
    pilot
        Runs that are timed first; 0: none, and the size of chunks is guessed.
    chunk_seconds
        Instead of the sweep's own.
    tell
        Receives a line before something that takes time.

    Raises
    ------
    OutputError
        `folder` holds a plan already, or something else, or cannot be written.
    PointError
        The values of a point cannot stand together.
    """
    target = Path(folder).absolute()
    check_folder(target)
    keys, points = Keys(sweep), expand(sweep)
    content = contents(sweep, points, keys)
    estimate = estimated(sweep, points, content, pilot, tell)
    seconds = sweep.run.chunk_seconds if chunk_seconds is None else chunk_seconds
    groups = estimate.groups_per_chunk(seconds)
    facts = facts_of(
        sweep, keys, content, estimate, target, target if store is None else Path(store).absolute()
    )
    return _write(target, sweep, points, content, facts | {"groups_per_chunk": groups})


def read_plan(folder: str | os.PathLike[str]) -> Plan:
    """Return the plan in a folder; raises OutputError if there is none, or one of another format."""
    root = Path(folder).absolute()
    file = root / PLAN_FOLDER / PLAN_FILE
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        right = "plan a sweep first: labsim sweep plan FILE --out FOLDER"
        raise OutputError(root, "is no folder of a sweep (it has no plan/plan.json)", right) from None
    except OSError as error:
        raise OutputError(file, f"cannot be read ({error.strerror})", "check the permissions") from None
    except ValueError:
        right = "plan the sweep anew into another folder, with the same --store"
        raise OutputError(file, "is damaged", right) from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        found = facts.get("format") if isinstance(facts, dict) else None
        right = f"this labsim reads format {FORMAT}; use the version that planned it, or plan anew into another folder"
        made = (
            facts.get("versions", {}).get("labsim", "another version")
            if isinstance(facts, dict)
            else "another"
        )
        raise OutputError(root, f"holds a plan of format {found}, made by labsim {made}", right)
    return Plan(root, with_extensions(root, facts))


def extend_plan(plan: Plan, seeds: Iterable[int]) -> Plan:
    """Append runs with further seeds to a plan; return it anew. Rows, keys and chunks that are there stay as they are.

    Seeds that the plan has already are left out; OutputError if the code has changed since.
    """
    new = [seed for seed in dict.fromkeys(seeds) if seed not in set(plan.seeds)]
    if not new:
        return plan
    from labsim.sweep.changes import refuse_stale

    refuse_stale(plan)
    sweep = plan.sweep()
    size = plan.facts["points"] * len(sweep.scenario_names) * (len(plan.seeds) + len(new))
    if size > sweep.run.limit_runs:
        wrong = f"would have {size:,} runs with {len(new)} more replicates, and its limit is {sweep.run.limit_runs:,}"
        raise OutputError(plan.folder, wrong, "take fewer, or plan it with a higher run.limit_runs")
    content = contents(sweep, plan.points, Keys(sweep))
    part = len(plan.facts["parts"]) + 1
    name = f"{RUNS}-{part:04d}.parquet"
    inside = plan.folder / PLAN_FOLDER
    first = plan.facts["chunks"]
    try:
        temporary = inside / f".{name}.{os.getpid()}"
        written = write_rows(temporary, sweep, content, new, groups_per_chunk=plan.facts["groups_per_chunk"],
                             first_chunk=first, first_replicate=len(plan.seeds) + 1)  # fmt: skip
        temporary.replace(inside / name)
        _write_json(inside / f"extension-{part:04d}.json", {
            "format": FORMAT, "made": now(), "seeds": new, "rows": written.rows, "runs": written.runs,
            "chunks": written.chunks, "part": {"file": name, "first_chunk": first, "chunks": written.chunks},
        })  # fmt: skip
    except OSError as error:
        raise _unwritable(plan.folder, error) from error
    return read_plan(plan.folder)


def check_folder(folder: Path) -> None:
    """Refuse a folder for a new plan that holds one already, or something else, or cannot be written."""
    if (folder / PLAN_FOLDER).exists():
        raise OutputError(folder, "holds a plan already, and a plan is never overwritten",
                          "go on with it (labsim sweep run), or take another folder (--out)")  # fmt: skip
    if folder.exists() and not folder.is_dir():
        raise OutputError(folder, "is a file", "name a folder")
    try:
        there = sorted(each.name for each in folder.iterdir()) if folder.exists() else []
        strange = [name for name in there if name not in FOLDERS and not name.startswith(".plan-")]
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from None
    if strange:
        raise OutputError(folder, f"holds {strange[0]} already", "take an empty folder, or a new one (--out)")


def _write(folder: Path, sweep: Sweep, points: pd.DataFrame, content: Content, facts: dict[str, Any]) -> Plan:
    """Write everything aside, then rename it to its place."""
    try:
        aside = Path(tempfile.mkdtemp(prefix=".plan-", dir=folder))
        try:
            aside.chmod(0o755)
            points.to_parquet(aside / POINTS, index=False, compression="zstd")
            (aside / SCENARIOS).write_bytes(pickle.dumps(sweep.scenarios))
            _write_json(aside / "scenarios.json", for_people(sweep))
            (aside / SWEEP_FILE).write_text(sweep.text, encoding="utf-8")
            name = f"{RUNS}.parquet"
            written = write_rows(
                aside / name, sweep, content, sweep.seeds, groups_per_chunk=facts["groups_per_chunk"]
            )
            parts = [{"file": name, "first_chunk": 0, "chunks": written.chunks}]
            numbers = {"rows": written.rows, "runs": written.runs, "chunks": written.chunks, "parts": parts}
            _write_json(aside / PLAN_FILE, facts | numbers)
            (folder / SWEEP_FILE).write_text(sweep.text, encoding="utf-8")
            aside.rename(folder / PLAN_FOLDER)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
    except OSError as error:
        raise _unwritable(folder, error) from error
    return read_plan(folder)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        folder, f"cannot be written ({error.strerror or error})", "choose another folder with --out"
    )
