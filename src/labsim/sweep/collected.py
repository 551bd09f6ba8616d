"""Writing what was collected: a folder per scenario with files of many runs, and the tidy table of outcomes.

The files are shards, too: footers name the runs and their digests, so that a pruned store still knows them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from labsim.experiment.store import OutputError
from labsim.sweep.blocks import Arrays
from labsim.sweep.footers import COLLECTED
from labsim.sweep.shards import MONTH, RUN_KEY, flush_folder, footer_facts, layout

LARGEST = 256 * 10**6
"""Bytes of a collected file after which the next one begins."""

OUTCOMES = "outcomes.parquet"
POINT, SEED, SCENARIO = "point", "seed", "scenario"


class Window(NamedTuple):
    """A span of months, first and last within it, by the numbers that the column ``month`` holds."""

    name: str
    first: int
    last: int


class Runs(NamedTuple):
    """Runs of one scenario: arrays of one value per run, and their panels below each other.

    scenario          : its name
    key, digest       : of each run
    point, seed, rows : of each run
    panels            : columns of the panels, run after run
    """

    scenario: str
    key: Sequence[str]
    digest: Sequence[str]
    point: NDArray[Any]
    seed: NDArray[Any]
    rows: NDArray[np.int64]
    panels: Arrays


class Collector:
    """Writes runs, batch by batch, to files below a folder that is not there yet.

    Parameters
    ----------
    folder
        Where to write; the table of outcomes goes there, too.
    about
        Provenance for every file's metadata.
    points
        Column ``point`` (0, 1 ...) and a column for each factor.
    windows
        Over which the table of outcomes averages.
    """

    def __init__(
        self, folder: Path, about: Mapping[str, Any], points: pd.DataFrame, windows: Sequence[Window]
    ) -> None:
        self.folder, self._about, self._windows = folder, about, windows
        factors = [str(name) for name in points.columns if name != POINT]
        self._factors = {name: points[name].to_numpy(np.float64) for name in factors}
        self._files: dict[str, _File] = {}
        self._tidy: pq.ParquetWriter | None = None
        self._stack = ExitStack()
        self.written: list[Path] = []

    def __enter__(self) -> Collector:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, runs: Runs) -> None:
        """Write runs of one scenario as a row group of their own."""
        clash = sorted(set(self._factors) & {RUN_KEY, POINT, SEED, SCENARIO, *runs.panels})
        if clash:
            raise OutputError(
                self.folder, f"a factor and an outcome are both called {clash[0]}", "rename one"
            )
        file = self._files.get(runs.scenario)
        if file is None or file.size() > LARGEST:
            number = 0 if file is None else file.number + 1
            self._finish(runs.scenario)
            part = f"scenario={quote(runs.scenario, safe='')}" if runs.scenario else ""
            path = self.folder / COLLECTED / part / f"part-{number}.parquet"
            about = {**self._about, SCENARIO: runs.scenario, "columns": list(runs.panels)}
            file = self._files[runs.scenario] = _File(path, number, about)
            self._stack.callback(file.close)
        file.write(self._table(runs), runs)
        self._write_tidy(tidy(runs, self._windows), runs)

    def finish(self) -> None:
        """Close all files and flush them to the disk; their paths are in `written`."""
        for scenario in list(self._files):
            self._finish(scenario)
        if self._tidy is not None:
            self._tidy.close()
            self._tidy = None
            _flush(self.folder / OUTCOMES)

    def _finish(self, scenario: str) -> None:
        file = self._files.pop(scenario, None)
        if file is not None:
            file.close(complete=True)
            self.written.append(file.path)

    def _table(self, runs: Runs) -> pa.Table:
        """Return the rows of a collected file: run_key, point, seed, month, outcomes, factors, scenario."""
        number = pa.array(np.repeat(np.arange(len(runs.key)), runs.rows))
        columns: dict[str, Any] = {RUN_KEY: pa.array(runs.key, pa.string()).take(number)}
        columns[POINT] = pa.array(np.repeat(runs.point.astype(np.int32), runs.rows))
        columns[SEED] = pa.array(np.repeat(runs.seed.astype(np.int64), runs.rows))
        columns |= {name: pa.array(values) for name, values in runs.panels.items()}
        columns |= {name: np.repeat(values[runs.point], runs.rows) for name, values in self._factors.items()}
        zeros = pa.array(np.zeros(int(runs.rows.sum()), np.int32))  # as pyarrow reads the name of a folder
        columns[SCENARIO] = pa.DictionaryArray.from_arrays(zeros, pa.array([runs.scenario], pa.string()))
        return pa.table(columns)

    def _write_tidy(self, values: NDArray[np.float64], runs: Runs) -> None:
        """Write (runs, windows, outcomes) values as rows: scenario, point, seed, window, outcome, value, factors."""
        names = [name for name in runs.panels if name != MONTH]
        n, w, o = values.shape
        of_run = np.repeat(np.arange(n), w * o)
        table = pa.table(
            {
                SCENARIO: _repeated([runs.scenario], np.zeros(n * w * o, np.int32)),
                POINT: runs.point.astype(np.int32)[of_run],
                SEED: runs.seed.astype(np.int64)[of_run],
                "window": _repeated(
                    [each.name for each in self._windows], np.tile(np.repeat(np.arange(w), o), n)
                ),
                "outcome": _repeated(names, np.tile(np.arange(o), n * w)),
                "value": values.ravel(),
            }
            | {name: column[runs.point][of_run] for name, column in self._factors.items()}
        )
        if self._tidy is None:
            self._tidy = self._stack.enter_context(
                pq.ParquetWriter(self.folder / OUTCOMES, table.schema, **layout(table.schema, ("value",)))
            )
            self._tidy.add_key_value_metadata(footer_facts(self._about, [], [], [], []))
        self._tidy.write_table(table, row_group_size=table.num_rows)


class _File:
    """One collected file while it is being written."""

    def __init__(self, path: Path, number: int, about: Mapping[str, Any]) -> None:
        self.path, self.number, self._about = path, number, about
        self._writer: pq.ParquetWriter | None = None
        self._said: tuple[list[str], list[str], list[int], list[int]] = ([], [], [], [])

    def size(self) -> int:
        return self.path.stat().st_size

    def write(self, table: pa.Table, runs: Runs) -> None:
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(
                self.path, table.schema, **layout(table.schema, tuple(runs.panels))
            )
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        keys, digests, rows, groups = self._said
        keys.extend(runs.key)
        digests.extend(runs.digest)
        rows.extend(runs.rows.tolist())
        groups.append(len(runs.key))

    def close(self, *, complete: bool = False) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            if complete:
                writer.add_key_value_metadata(footer_facts(self._about, *self._said))
            writer.close()
        if complete:
            _flush(self.path)


def tidy(runs: Runs, windows: Sequence[Window]) -> NDArray[np.float64]:
    """Return (runs, windows, outcomes) means over the months of each window that have a value; NaN if none has.

    Months are added one after the other, so that the bits don't depend on how many runs are averaged at once.
    """
    names = [name for name in runs.panels if name != MONTH]
    found = np.full((len(runs.rows), len(windows), len(names)), np.nan)
    first = np.cumsum(runs.rows) - runs.rows
    month = runs.panels[MONTH]
    for alike in _alike(runs.rows, first, month):
        length = int(runs.rows[alike[0]])
        numbers = month[first[alike[0]] :][:length]
        inside = [np.flatnonzero((numbers >= each.first) & (numbers <= each.last)) for each in windows]
        places = None if len(alike) == len(runs.rows) else first[alike][:, None] + np.arange(length)
        for o, name in enumerate(names):
            column = runs.panels[name]
            table = column.reshape(-1, length) if places is None else column[places]
            by_month = np.ascontiguousarray(table.T)  # month, run
            for w, months in enumerate(inside):
                found[alike, w, o] = _means(by_month, months)
    return found


def _alike(rows: NDArray[np.int64], first: NDArray[np.int64], month: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Return groups of runs that have the same months, as places of runs."""
    groups: list[NDArray[np.int64]] = []
    for length in np.unique(rows):
        mine = np.flatnonzero(rows == length)
        if length:
            months = month[first[mine][:, None] + np.arange(length)]
            same = (months == months[0]).all()
            groups += [mine] if same else [mine[i : i + 1] for i in range(len(mine))]
    return groups


def _means(values: NDArray[np.float64], months: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (runs,) means of (months, runs) values over some of the months."""
    total = np.zeros(values.shape[1])
    known = np.zeros(total.shape, np.int64)
    gaps = bool(np.isnan(values).any())
    for month in months.tolist():
        if gaps:
            there = ~np.isnan(values[month])
            np.add(total, values[month], out=total, where=there)
            known += there
        else:
            total += values[month]
            known += 1
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float64] = np.divide(
            total, known, out=np.full(total.shape, np.nan), where=known > 0
        )
    return means


def _repeated(names: Sequence[str], which: NDArray[Any]) -> Any:
    return pa.array(names, pa.string()).take(pa.array(which))


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    flush_folder(path.parent)
