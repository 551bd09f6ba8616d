"""When there are enough replicates: known variance, the same decision after an interruption, and what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from labsim.analysis.intervals import t_quantile
from labsim.cli import app
from labsim.config.sweeps import load_sweep
from labsim.experiment.store import OutputError
from labsim.sweep.plan import Plan, extend_plan, make_plan, read_plan
from labsim.sweep.precision import Decision, further_seeds, more_replicates, until_precise

from .synthetic_sweep import SCENARIOS, outcomes_of, planned

DESIGN = "{kind: latin_hypercube, points: 12}"
STOP = "stop: {{outcome: employment_rate, window: late, half_width: {width}, batch: 4, most: {most}{more}}}\n"
CONTRAST = ", contrast: [path, at_once]"


def plan_with(folder: Path, width: float, *, most: int = 100, contrast: bool = True, seeds: int = 4) -> Plan:
    stop = STOP.format(width=width, most=most, more=CONTRAST if contrast else "")
    return planned(folder, DESIGN, body=SCENARIOS + stop, seeds=seeds)


def known(points: pd.DataFrame, scenario: str, seed: int) -> np.ndarray:
    """The difference of a seed is ±1 about 5 at every point (standard deviation about 1); levels differ much more."""
    difference = 5.0 + (1.0 if seed % 2 else -1.0)
    return np.full(len(points), 100.0 * seed + (difference if scenario == "path" else 0.0))


def half_width(seeds: int) -> float:
    values = [1.0 if seed % 2 else -1.0 for seed in range(1, seeds + 1)]
    return t_quantile(0.95, seeds - 1) * float(np.std(values, ddof=1)) / math.sqrt(seeds)


def decisions(plan: Plan) -> tuple[list[Decision], Plan]:
    """All decisions until the rule is met, with the plan as it is then."""
    seen: list[Decision] = []
    texts: list[str] = []
    decision, code = until_precise(
        plan.folder,
        lambda _: 0,
        lambda folder: outcomes_of(read_plan(folder), known, "employment_rate"),
        texts.append,
    )
    assert code == 0
    seen.append(decision)
    return seen, read_plan(plan.folder)


def test_known_variance_stops_within_the_batch_that_reaches_the_width(tmp_path: Path) -> None:
    wanted = 0.6
    reached = next(total for total in range(4, 100, 4) if half_width(total) <= wanted)
    (decision,), plan = decisions(plan_with(tmp_path, wanted))
    assert len(plan.seeds) == reached
    assert decision.stop
    assert decision.half_width == pytest.approx(half_width(reached))
    assert half_width(reached - 4) > wanted


def test_the_decision_after_an_interruption_is_the_same(tmp_path: Path) -> None:
    plan = plan_with(tmp_path, 0.6)
    once = more_replicates(plan, outcomes_of(plan, known))
    extended = extend_plan(plan, further_seeds(plan.seeds, once.next_total))
    everything = outcomes_of(extended, known)
    half_way = everything[everything["seed"] <= 6]  # two of the four new seeds are done
    waiting = more_replicates(extended, half_way)
    assert (waiting.stop, waiting.next_total) == (False, len(extended.seeds))
    assert "finish them first" in waiting.text
    shuffled = everything.sample(frac=1.0, random_state=1)
    assert more_replicates(extended, shuffled) == more_replicates(extended, everything)
    assert more_replicates(plan, everything) == once, "seeds that came later change no earlier decision"


def test_an_interruption_in_the_middle_adds_nothing_and_goes_on_later(tmp_path: Path) -> None:
    plan = plan_with(tmp_path, 0.6)
    codes = iter([0, 75])
    _, code = until_precise(
        plan.folder, lambda _: next(codes), lambda folder: outcomes_of(read_plan(folder), known)
    )
    half_way = read_plan(plan.folder)
    assert (code, len(half_way.seeds)) == (75, 8)
    (decision,), finished = decisions(half_way)
    (alone,), undisturbed = decisions(plan_with(_folder(tmp_path / "undisturbed"), 0.6))
    assert (decision, finished.seeds) == (alone, undisturbed.seeds)


def test_a_contrast_needs_far_fewer_replicates_than_a_level(tmp_path: Path) -> None:
    contrast = plan_with(_folder(tmp_path / "contrast"), 2.0)
    level = plan_with(_folder(tmp_path / "level"), 2.0, contrast=False)
    assert more_replicates(contrast, outcomes_of(contrast, known)).stop
    decision = more_replicates(level, outcomes_of(level, known))
    assert not decision.stop
    assert decision.half_width > 100


def test_it_stops_at_the_most_replicates_and_says_how_many_would_be_needed(tmp_path: Path) -> None:
    (decision,), plan = decisions(plan_with(tmp_path, 0.05, most=10))
    assert len(plan.seeds) == 10, "the last batch is cut to the most"
    assert decision.stop
    assert decision.half_width > 0.05
    assert "10 replicates are the most" in decision.text
    assert "are needed" in decision.text


def test_a_single_replicate_is_never_enough(tmp_path: Path) -> None:
    plan = plan_with(tmp_path, 1e9, seeds=1)
    decision = more_replicates(plan, outcomes_of(plan, known))
    assert (decision.stop, decision.next_total, decision.half_width) == (False, 5, math.inf)


def test_a_failed_run_takes_its_point_out_and_not_its_seed(tmp_path: Path) -> None:
    plan = plan_with(tmp_path, 0.6)
    table = outcomes_of(plan, known)
    lost = table.drop(table[(table["point"] == 3) & (table["seed"] == 2)].index)
    assert more_replicates(plan, lost) == more_replicates(plan, table)


def test_nothing_finished_is_waited_for(tmp_path: Path) -> None:
    plan = plan_with(tmp_path, 0.6)
    decision = more_replicates(plan, outcomes_of(plan, known).iloc[:0])
    assert (decision.stop, decision.next_total) == (False, 4)


def test_a_sweep_without_a_rule_says_what_to_write(tmp_path: Path) -> None:
    plan = planned(tmp_path, DESIGN)
    with pytest.raises(OutputError, match=r"stop: \{outcome"):
        more_replicates(plan, outcomes_of(plan, known))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


NOISY = """\
sweep: noisy
label: {{en: Noisy}}
runner: {runner}:noisy
design: {{kind: list}}
uncertainties: {{x: {{values: [1, 2]}}}}
points: [{{x: 1}}, {{x: 2}}]
outcomes: [y]
replicates: 2
stop: {{outcome: y, half_width: 0.9, batch: 3, most: 50}}
"""
RUNNER = '''\
def noisy(job, context):
    """Return x and a shift of the seed."""
    return {"y": job.values["x"] + (1.0 if job.seed % 2 else -1.0)}
'''


def test_run_goes_on_until_the_rule_of_the_file_is_met_and_does_nothing_afterwards(tmp_path: Path) -> None:
    (tmp_path / "noisy.py").write_text(RUNNER, encoding="utf-8")
    (tmp_path / "sweep.yaml").write_text(NOISY.format(runner=tmp_path / "noisy.py"), encoding="utf-8")
    folder = tmp_path / "run"
    make_plan(load_sweep(tmp_path / "sweep.yaml"), folder, pilot=0)
    wanted = next(total for total in range(2, 50, 3) if half_width(total) <= 0.9)
    call = ["sweep", "run", str(folder), "--engine", "in_process", "--quiet"]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    assert "narrow enough" in done.stdout
    assert f"{2 * wanted} runs done now" in done.stdout
    assert read_plan(folder).seeds == tuple(range(1, wanted + 1))
    again = CliRunner().invoke(app, ["sweep", "extend", str(folder), "--until-precise", "--json", *call[3:]])
    assert again.exit_code == 0, again.output
    facts = json.loads(again.stdout)
    assert (facts["done"], facts["precise"]["stop"], facts["precise"]["next_total"]) == (0, True, wanted)


def test_extend_asks_for_a_number_or_for_precision(tmp_path: Path) -> None:
    plan = plan_with(tmp_path, 0.6)
    done = CliRunner().invoke(app, ["sweep", "extend", str(plan.folder)])
    assert done.exit_code == 2
    assert "--until-precise" in done.output
