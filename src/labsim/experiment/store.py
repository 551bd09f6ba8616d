"""Results folders: written aside and renamed, so that a folder that exists is a result that is complete.

One run's folder holds ``indicators.parquet``, ``flows.parquet``, ``durations.parquet`` and ``run.json``; the
last is written last. Runs of an experiment that follows persons hold ``individuals.parquet`` too. An experiment's
folder holds the same tables over all runs (of the persons: ``gains.parquet``, by cells of traits),
``experiment.json`` and ``runs/``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import pandas as pd

RUN_FILE = "run.json"
EXPERIMENT_FILE = "experiment.json"
REPORT_FILE = "report.html"
TRACE_FILE = "trace.csv"
TABLES = ("indicators", "flows", "durations", "accounts")
INDIVIDUALS_FILE = "individuals.parquet"
GAINS_FILE = "gains.parquet"
RUNS = "runs"
FAILURES_FILE = "failures.json"
OURS = frozenset(
    {RUN_FILE, EXPERIMENT_FILE, REPORT_FILE, TRACE_FILE, FAILURES_FILE, INDIVIDUALS_FILE, GAINS_FILE, RUNS}
    | {f"{table}.parquet" for table in TABLES}
)
"""What labsim writes into a results folder; a folder with nothing else in it may be completed."""


class OutputError(Exception):
    """Results cannot go where they were asked to go.

    Parameters
    ----------
    path
        The folder or file in the way.
    wrong, right
        What is wrong, and what would be right.
    """

    def __init__(self, path: Path, wrong: str, right: str) -> None:
        super().__init__(f"{path}: {wrong}; {right}")
        self.path, self.wrong, self.right = path, wrong, right

    def __reduce__(self) -> tuple[type[OutputError], tuple[Path, str, str]]:
        return OutputError, (self.path, self.wrong, self.right)


class NothingFinished(RuntimeError):  # noqa: N818 - it says what happened
    """Every run of an experiment, or seed of a trial, failed; the folder holds failures.json and no tables."""


def folder_name(name: str) -> str:
    """Return a scenario's or experiment's name as the name of a folder.

    >>> folder_name("../more/jobs")
    '_more_jobs'
    """
    return re.sub(r"[/\\\0]", "_", name).lstrip(".") or "_"


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a JSON file, or None where there is no such file or no object in it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def holds_run(folder: Path, key: str, diary: Mapping[str, str] | None = None) -> bool:
    """Return whether `folder` holds the complete results of the run with this key, with its diary if one is asked."""
    if key_of(folder) != key:
        return False
    if diary is None:
        return True
    kept = (read_json(folder / RUN_FILE) or {}).get("individuals")
    return kept == dict(diary) and (folder / INDIVIDUALS_FILE).is_file()


def check_run_folder(folder: Path, key: str, *, overwrite: bool) -> None:
    """Raise `OutputError` unless the results of the run `key` may be written to `folder`."""
    check_free(folder, RUN_FILE, is_ours=key_of(folder) == key, overwrite=overwrite)
    check_writable(folder)


def check_experiment_folder(folder: Path, name: str, *, overwrite: bool) -> None:
    """Raise `OutputError` unless the experiment `name` may be written to, or continued in, `folder`."""
    found = read_json(folder / EXPERIMENT_FILE)
    is_ours = found is not None and found.get("name") == name
    check_free(folder, EXPERIMENT_FILE, is_ours=is_ours, overwrite=overwrite)
    check_writable(folder)


def key_of(folder: Path) -> str | None:
    """Return the key of the run whose complete results are in `folder`; None if there are none."""
    found = read_json(folder / RUN_FILE)
    if found is None or not all((folder / f"{table}.parquet").is_file() for table in TABLES):
        return None
    return str(found.get("key"))


def check_free(folder: Path, marker: str, *, is_ours: bool, overwrite: bool) -> None:
    """Raise `OutputError` if `folder` holds something that must not be touched."""
    if not folder.exists() or is_ours:
        return
    if not folder.is_dir():
        raise OutputError(folder, "is a file, but results need a folder", "name another one with --out")
    names = {path.name for path in folder.iterdir() if not path.name.endswith(".part")}
    if marker not in names:
        other = EXPERIMENT_FILE if marker == RUN_FILE else RUN_FILE
        if names <= OURS - {other}:
            return  # empty, or begun and not finished
        kind = "run" if marker == RUN_FILE else "experiment"
        raise OutputError(
            folder, f"holds files that are not the results of a labsim {kind}", "name a new folder with --out"
        )
    if not overwrite:
        raise OutputError(
            folder,
            f"holds the results of another run ({_described(folder / marker)})",
            "name another folder with --out, or replace them with --overwrite",
        )


def _described(marker: Path) -> str:
    found = read_json(marker)
    if found is None:
        return f"its {marker.name} cannot be read"
    if marker.name == EXPERIMENT_FILE:
        return f"experiment {found.get('name')}"
    what = f"{found.get('scenario')}, seed {found.get('seed')}, scale {found.get('scale')}"
    return f"{what}, labsim {found.get('version')}, key {str(found.get('key'))[:8]}"


def check_writable(folder: Path) -> None:
    """Find out before the simulation whether its results can be written."""
    parent = folder.parent
    above = next((path for path in (parent, *parent.parents) if path.exists()), None)
    if above is not None and not above.is_dir():
        raise OutputError(
            folder, f"cannot be written ({above} is a file)", "name a folder that can with --out"
        )
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=parent):
            pass
        if folder.is_dir():
            with tempfile.TemporaryFile(dir=folder):
                pass
    except OSError as error:
        raise OutputError(
            folder, f"cannot be written ({error.strerror or error})", "name a folder that can with --out"
        ) from error


@contextmanager
def written_aside(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside `folder`; when the block ends well its files take their place there.

    A new folder appears by one rename. In a folder that is there already ``run.json`` goes first, comes last.
    """
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        aside.chmod(0o777 & ~_umask())
        yield aside
        _take_the_place(aside, folder)
    except OSError as error:
        raise OutputError(
            folder,
            f"cannot be written ({error.strerror or error})",
            "make room or name another one with --out",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _take_the_place(aside: Path, folder: Path) -> None:
    if not folder.exists():
        aside.replace(folder)
        return
    for stale in (RUN_FILE, REPORT_FILE, INDIVIDUALS_FILE):
        (folder / stale).unlink(missing_ok=True)
    for file in sorted(aside.iterdir(), key=lambda path: path.name == RUN_FILE):
        file.replace(folder / file.name)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def write_run(folder: Path, tables: Mapping[str, pd.DataFrame], facts: Mapping[str, Any]) -> None:
    """Write one run's tables (``TABLES``, and individuals if there are any) and its run.json, all or nothing."""
    with written_aside(folder) as aside:
        for name, table in tables.items():
            write_table(aside / f"{name}.parquet", table)
        write_json(aside / RUN_FILE, facts)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet."""
    table.to_parquet(path, index=False, compression="zstd")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write an object as JSON, atomically; NaN and infinity are refused: other programs cannot read them."""
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Call `write` with a temporary path beside `path` and rename what it wrote to `path`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def keep_failures(folder: Path, what: str, failures: Mapping[tuple[str, int], str]) -> None:
    """Write failures.json: a row with traceback per failed (``what``, seed); without failures take the file away."""
    path = folder / FAILURES_FILE
    if not failures:
        path.unlink(missing_ok=True)
        return
    rows = [{what: name, "seed": seed, "traceback": text} for (name, seed), text in failures.items()]
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, {"failures": rows})


def combine(runs: Mapping[tuple[str, int], Path], folder: Path) -> None:
    """Write the tables of all runs to `folder`, with the columns scenario and seed first.

    Parameters
    ----------
    runs
        Results folder of each (scenario, seed); they are read one at a time.
    """
    for name in TABLES:
        replace_file(folder / f"{name}.parquet", partial(_append, runs, name))


def _append(runs: Mapping[tuple[str, int], Path], name: str, path: Path) -> None:
    writer: pq.ParquetWriter | None = None
    try:
        for (scenario, seed), run in runs.items():
            table = pq.read_table(run / f"{name}.parquet").replace_schema_metadata(None)
            table = table.add_column(0, "seed", pa.array([seed] * table.num_rows, pa.int64()))
            table = table.add_column(0, "scenario", pa.array([scenario] * table.num_rows, pa.string()))
            if writer is None:
                writer = pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table.cast(writer.schema))
    finally:
        if writer is not None:
            writer.close()
