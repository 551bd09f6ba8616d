"""A sweep over a simulated town gives the same bits on this machine, by a job array and by Dask over two nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsim.config.sweeps import load_sweep
from labsim.sweep.batch_jobs import queue_state
from labsim.sweep.engines import engine_function
from labsim.sweep.plan import Plan, make_plan
from labsim.sweep.run import run
from labsim.sweep.worker import store_of

from .naps import Looker, profile

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
TOWN = """
sweep: town
label: {en: A tiny sweep in an invented town}
scenarios:
  - toytown
  - {scenario: as_it_was, based_on: toytown, label: {en: As it was}, transitions: []}
baseline: as_it_was
scale: 0.005
start: 2001-12
end: 2002-05
burn_in: 3
design: {kind: latin_hypercube, points: 4, seed: 1}
uncertainties:
  demand.level: {low: 0.9, high: 1.1}
outcomes: [unemployment_rate, employment_rate]
replicates: 2
run: {chunk_seconds: 2, flush_seconds: 5}
"""


def planned_town(folder: Path) -> Plan:
    """Plan the sweep in a folder of its own; two groups, four runs, make a chunk."""
    folder.mkdir(parents=True)
    file = folder / "town.yaml"
    file.write_text(TOWN, encoding="utf-8")
    return make_plan(load_sweep(file), folder / "sweep", pilot=0)


def digests(plan: Plan) -> dict[str, str]:
    """Return the digest of each finished run, by its key."""
    return {key: entry.digest for key, entry in store_of(plan).done().items()}


def test_array_and_dask_over_two_nodes_give_the_bits_of_this_machine(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("towns")
    here = planned_town(folder / "here")
    assert run(here.folder, engine="local", workers=1).exit_code == 0
    wanted = digests(here)
    assert len(wanted) == 16
    for engine in ("slurm-array", "dask-slurm"):
        plan = planned_town(folder / engine)
        settings = profile(
            plan.folder, engine, jobs=2, memory_per_core="2GB", environment={"NUMBA_CPU_NAME": "host"}
        )
        receipts = list(engine_function(engine)(plan, range(plan.facts["chunks"]), settings, Looker()))
        assert sum(each.done for each in receipts) == 16
        assert digests(plan) == wanted, engine
        state = queue_state(plan.folder)
        if engine == "slurm-array":  # jobs of Dask are cancelled at the end, and closed in the notes
            assert {each.details.partition("on ")[2][:2] for each in state.jobs} == {"n1", "n2"}
