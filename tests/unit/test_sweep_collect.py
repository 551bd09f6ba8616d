"""Collecting a sweep: every planned run once, verified, the same whatever happened on the way."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labsim.experiment.store import OutputError
from labsim.sweep import blocks, collected
from labsim.sweep import collect as collecting
from labsim.sweep.collect import collect, recover
from labsim.sweep.copies import Disagreement
from labsim.sweep.jobs import Job, digests_of
from labsim.sweep.shards import read_footer
from labsim.sweep.store import Store

from . import finished_runs
from .finished_runs import damage, finished, planned


def do(folder: Path, jobs: Sequence[Job], size: int = 5, months: int = 12) -> list[Path]:
    """Write the results of jobs to a store, some at a time."""
    runs = [finished(int(number), of=job, months=months) for number, job in enumerate(jobs)]
    return [Store(folder).write(runs[i : i + size]) for i in range(0, len(runs), size)]


def panels(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "collected")


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of every collected file."""
    files = [*(folder / "collected").rglob("*.parquet"), folder / "outcomes.parquet"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_planned_run_is_collected_once_with_its_factors(tmp_path: Path) -> None:
    jobs = planned(tmp_path)
    do(tmp_path, jobs)
    found = collect(tmp_path)
    assert (found.planned, found.runs, found.missing, found.duplicates) == (24, 24, (), 0)
    table = panels(tmp_path)
    assert list(table.columns) == [
        "run_key", "point", "seed", "month", *finished_runs.OUTCOMES, *finished_runs.FACTORS, "scenario"
    ]  # fmt: skip
    assert len(table) == 24 * 12
    for number, job in enumerate(jobs):
        rows = table[(table.scenario == job.scenario) & (table.point == job.point) & (table.seed == job.seed)]
        assert set(rows.run_key) == {job.key}
        for name, values in finished(number).panel.items():
            assert rows[name].to_numpy().tobytes() == values.tobytes()
        for name in finished_runs.FACTORS:
            assert set(rows[name]) == {job.values[name]}


def test_outcomes_are_the_means_over_the_months_of_each_window(tmp_path: Path) -> None:
    jobs = planned(tmp_path)
    runs = [finished(number, of=job) for number, job in enumerate(jobs)]
    panel = dict(runs[5].panel)
    panel["vacancies"] = panel["vacancies"].copy()
    panel["vacancies"][:5] = np.nan
    panel["unemployment_rate"] = np.full(12, np.nan)
    runs[5] = runs[5]._replace(panel=panel, digest=finished_runs.digest_of(panel))
    Store(tmp_path).write(runs)
    collect(tmp_path)
    tidy = pd.read_parquet(tmp_path / "outcomes.parquet")
    assert list(tidy.columns) == [
        "scenario", "point", "seed", "window", "outcome", "value", *finished_runs.FACTORS
    ]  # fmt: skip
    assert len(tidy) == 24 * 2 * 2
    index = tidy.set_index(["scenario", "point", "seed", "window", "outcome"]).value
    for run in runs:
        where = (run.job.scenario, run.job.point, run.job.seed)
        for name, first, last in finished_runs.WINDOWS:
            inside = (run.panel["month"] >= first) & (run.panel["month"] <= last)
            for outcome in finished_runs.OUTCOMES:
                months = pd.Series(run.panel[outcome][inside])
                assert index[(*where, name, outcome)] == pytest.approx(months.mean(), nan_ok=True, rel=1e-14)
    assert index[
        (runs[5].job.scenario, runs[5].job.point, runs[5].job.seed, "early", "vacancies")
    ] == pytest.approx(panel["vacancies"][5])


def test_files_are_the_same_bit_for_bit_in_whatever_order_and_shards_runs_were_done(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    jobs = planned(one)
    do(one, jobs)
    collect(one)
    again = planned(two, parts=3)
    runs = [finished(number, of=job, host=f"node{number}") for number, job in enumerate(again)]
    runs = [*runs[::-3], *runs[::-2], *runs[::2]]  # another order, and some of them twice
    for i in range(0, len(runs), 7):
        Store(two).write(list({run.job.key: run for run in runs[i : i + 7]}.values()))
    found = collect(two)
    assert found.duplicates > 0
    assert contents(one) == contents(two)
    first, second = (json.loads((each / "collected" / "_MANIFEST.json").read_text()) for each in (one, two))
    assert first["content"] == second["content"]


def test_batches_and_files_of_any_size_hold_the_same_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = planned(tmp_path, points=5, seeds=6)
    do(tmp_path, jobs, size=3)
    collect(tmp_path)
    whole = panels(tmp_path)
    monkeypatch.setattr(collecting, "MOST_RUNS", 4)
    monkeypatch.setattr(blocks, "KEPT_BYTES", 1000)
    monkeypatch.setattr(collected, "LARGEST", 9000)
    found = collect(tmp_path)
    assert found.files > 4
    pd.testing.assert_frame_equal(
        panels(tmp_path).sort_values(["scenario", "seed", "point", "month"], ignore_index=True),
        whole.sort_values(["scenario", "seed", "point", "month"], ignore_index=True),
    )


def test_runs_of_different_length_are_collected_and_averaged_as_those_of_one_length(tmp_path: Path) -> None:
    jobs = planned(tmp_path)
    months = [12 if number % 3 else 7 for number in range(len(jobs))]
    runs = [finished(number, of=each, months=months[number]) for number, each in enumerate(jobs)]
    Store(tmp_path).write(runs[::2])
    Store(tmp_path).write(runs[1::2])
    collect(tmp_path)
    table = pd.read_parquet(tmp_path / "collected")
    for run, length in zip(runs, months, strict=True):
        mine = table[table["run_key"] == run.job.key]
        assert len(mine) == length
        assert mine["vacancies"].to_numpy().tobytes() == run.panel["vacancies"].tobytes()
    late = pd.read_parquet(tmp_path / "outcomes.parquet").query("outcome == 'vacancies' and window == 'late'")
    found = {(row.scenario, row.point, row.seed): row.value for row in late.itertuples()}
    for run in runs:
        known = run.panel["vacancies"][6:12]
        where = (run.job.scenario, run.job.point, run.job.seed)
        assert found[where] == pytest.approx(known.mean(), rel=1e-14)


def test_digests_of_panels_below_each_other_are_those_of_each() -> None:
    runs = [finished(number, months=months) for number, months in enumerate((12, 1, 240, 0, 12))]
    panels = {name: np.concatenate([run.panel[name] for run in runs]) for name in runs[0].panel}
    assert list(digests_of(panels, [12, 1, 240, 0, 12])) == [run.digest for run in runs]


def test_more_replicates_leave_the_rows_of_the_old_ones_as_they_were(tmp_path: Path) -> None:
    jobs = planned(tmp_path, seeds=2)
    do(tmp_path, jobs)
    collect(tmp_path)
    before = panels(tmp_path)
    more = planned(tmp_path, seeds=3, parts=3)
    assert more[: len(jobs)] == jobs
    Store(tmp_path).write([finished(number, of=more[number]) for number in range(len(jobs), len(more))])
    assert collect(tmp_path).runs == len(more)
    after = panels(tmp_path)
    pd.testing.assert_frame_equal(after[after.seed <= 2].reset_index(drop=True), before)


def test_rows_that_are_the_same_run_are_all_collected(tmp_path: Path) -> None:
    jobs = planned(tmp_path, scenarios=("base",), points=2, seeds=2)
    import pyarrow.parquet as pq

    file = tmp_path / "plan" / "runs-0.parquet"
    table = pq.ParquetFile(file).read()
    keys = table.column("run_key").to_pylist()
    keys[1] = keys[0]  # the lever at point 1 is one that the scenario does not have
    pq.write_table(table.set_column(0, table.schema.field(0), [keys]), file)
    do(tmp_path, [jobs[0], jobs[2], jobs[3]])
    found = collect(tmp_path)
    assert (found.runs, found.missing) == (4, ())
    table = panels(tmp_path)
    assert (
        table[(table.seed == 1) & (table.point == 0)].vacancies.tolist()
        == table[(table.seed == 1) & (table.point == 1)].vacancies.tolist()
    )
    collect(tmp_path, prune=True)
    assert collect(tmp_path).runs == 4


@pytest.mark.parametrize("how", [*finished_runs.AT_ONCE, *finished_runs.IN_THE_PAGES])
def test_a_bad_file_is_set_aside_named_and_its_runs_are_missing(tmp_path: Path, how: str) -> None:
    jobs = planned(tmp_path)
    shards = do(tmp_path, jobs, months=240)
    damage(shards[1], how)
    found = collect(tmp_path)
    assert found.missing == tuple(job.key for job in jobs[5:10])
    (bad,) = found.bad
    assert bad.runs == found.missing
    note = json.loads((tmp_path / "quarantine" / f"{shards[1].name}.note.json").read_text())
    assert note["runs"] == list(found.missing)
    manifest = json.loads((tmp_path / "collected" / "_MANIFEST.json").read_text())
    assert (manifest["runs"], manifest["missing"]) == (19, 5)
    Store(tmp_path).write([finished(number, of=jobs[number], months=240) for number in range(5, 10)])
    assert collect(tmp_path).missing == ()


def test_a_second_copy_takes_the_place_of_one_in_a_bad_file(tmp_path: Path) -> None:
    jobs = planned(tmp_path)
    shards = do(tmp_path, jobs, months=240)
    Store(tmp_path).write([finished(number, of=jobs[number], months=240) for number in range(5, 10)])
    damage(shards[1], "one byte flipped")
    found = collect(tmp_path)
    assert (found.runs, len(found.bad), found.missing) == (24, 1, ())


def test_copies_that_differ_stop_it_with_run_machines_and_files_named(tmp_path: Path) -> None:
    jobs = planned(tmp_path)
    first = do(tmp_path, jobs)
    collect(tmp_path)
    before = contents(tmp_path)
    twisted = finished(7, of=jobs[7], twist=1e-12, host="node2")
    second = Store(tmp_path).write([twisted])
    with pytest.raises(Disagreement) as caught:
        collect(tmp_path)
    said = str(caught.value)
    for part in (
        jobs[7].key,
        "node1",
        "node2",
        first[1].name,
        second.name,
        finished(7).digest,
        twisted.digest,
    ):
        assert part in said
    assert contents(tmp_path) == before


def test_every_collected_file_and_the_manifest_say_where_they_come_from(tmp_path: Path) -> None:
    do(tmp_path, planned(tmp_path))
    collect(tmp_path)
    manifest = json.loads((tmp_path / "collected" / "_MANIFEST.json").read_text())
    wanted = {"labsim", "code", "versions", "host", "sweep", "config"}
    assert wanted <= manifest.keys()
    for each in manifest["files"]:
        path = tmp_path / each["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == each["sha256"]
        assert path.stat().st_size == each["bytes"]
        about = read_footer(path).about
        assert {name: about[name] for name in wanted} == {name: manifest[name] for name in wanted}
    assert {each["file"] for each in manifest["files"]} == contents(tmp_path).keys()


def test_pandas_polars_and_duckdb_read_the_collected_runs_in_one_line(tmp_path: Path) -> None:
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    do(tmp_path, planned(tmp_path))
    collect(tmp_path)
    expected = panels(tmp_path).groupby("scenario", observed=True).vacancies.mean()
    pattern = f"{tmp_path}/collected/**/*.parquet"
    lazy = polars.scan_parquet(pattern).group_by("scenario").agg(polars.col("vacancies").mean())
    assert dict(lazy.collect().rows()) == pytest.approx(expected.to_dict())
    rows = duckdb.sql(f"select scenario, avg(vacancies) from '{pattern}' group by scenario").fetchall()
    assert dict(rows) == pytest.approx(expected.to_dict())


def test_a_sweep_over_a_function_is_collected_without_folders_of_scenarios(tmp_path: Path) -> None:
    jobs = planned(tmp_path, scenarios=())
    do(tmp_path, jobs, months=1)
    collect(tmp_path)
    assert (tmp_path / "collected" / "part-0.parquet").is_file()
    assert len(panels(tmp_path)) == len(jobs) == 12


def test_pruned_shards_are_still_done_and_collected_again_as_they_were(tmp_path: Path) -> None:
    jobs = planned(tmp_path)
    do(tmp_path, jobs)
    Store(tmp_path).write([finished(99)])  # a run of some other sweep
    assert collect(tmp_path, prune=True).pruned == 5
    before = contents(tmp_path)
    store = Store(tmp_path)
    assert len(list((tmp_path / "shards").rglob("*.parquet"))) == 1
    assert store.done().keys() == {job.key for job in jobs} | {finished(99).job.key}
    assert (
        store.read([jobs[20].key]).column("vacancies").to_pylist() == finished(20).panel["vacancies"].tolist()
    )
    assert sum(table.num_rows for table in store.receipts()) == 25
    collect(tmp_path, prune=True)
    assert contents(tmp_path) == before


def test_shards_that_others_may_need_are_not_pruned(tmp_path: Path) -> None:
    jobs = planned(tmp_path / "sweep", store="../shared")
    do(tmp_path / "shared", jobs)
    with pytest.raises(OutputError, match="is shared with other sweeps"):
        collect(tmp_path / "sweep", prune=True)
    assert collect(tmp_path / "sweep").runs == 24


def test_a_collect_that_was_killed_leaves_the_old_files_or_the_new_ones(tmp_path: Path) -> None:
    do(tmp_path, planned(tmp_path))
    collect(tmp_path, prune=True)  # now the collected files are all there is
    before = contents(tmp_path)
    (tmp_path / "collected").rename(tmp_path / "collected.old")
    assert len(Store(tmp_path).done()) == 24
    recover(tmp_path)
    assert contents(tmp_path) == before
    shutil.copytree(tmp_path / "collected", tmp_path / "collected.old")
    (tmp_path / "collected.new").mkdir()
    (tmp_path / "collected.new" / "owner.json").write_text(
        json.dumps({"host": os.uname().nodename, "pid": 0})
    )
    assert collect(tmp_path).runs == 24
    assert contents(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("collected")) == [
        "collected"
    ]


def test_two_collects_at_once_do_not_meet(tmp_path: Path) -> None:
    do(tmp_path, planned(tmp_path))
    (tmp_path / "collected.new").mkdir()
    owner = {"host": os.uname().nodename, "pid": os.getpid()}
    (tmp_path / "collected.new" / "owner.json").write_text(json.dumps(owner))
    with pytest.raises(OutputError, match=f"is being written by process {os.getpid()}"):
        collect(tmp_path)
    assert (tmp_path / "collected.new").is_dir()


def test_a_sweep_without_a_finished_run_says_so(tmp_path: Path) -> None:
    planned(tmp_path)
    with pytest.raises(OutputError, match="has no finished run"):
        collect(tmp_path)
    assert not (tmp_path / "collected").exists()
