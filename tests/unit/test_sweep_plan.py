"""Plans: keys by content, rows and chunks, what a plan refuses, what more replicates keep, and what it costs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from labsim.cli import app
from labsim.config.factors import Factor
from labsim.config.sweeps import Design, Sweep, load_sweep
from labsim.experiment.store import OutputError
from labsim.sweep import keys as keys_module
from labsim.sweep.changes import refuse_stale, stale
from labsim.sweep.estimate import Estimate
from labsim.sweep.keys import Keys
from labsim.sweep.pilot import pilot
from labsim.sweep.plan import Plan, extend_plan, make_plan, read_plan
from labsim.sweep.rows import PointError

from .rights import public_folder, without_rights

__all__ = ["public_folder"]  # a fixture

HERE = Path(__file__).parent / "sweeps"
AT_1 = {"demand.level": 1.0, "transition.gap": 2.0}


@pytest.fixture(scope="module")
def toy() -> Sweep:
    return load_sweep(HERE / "toy.yaml")


@pytest.fixture(scope="module")
def square() -> Sweep:
    return load_sweep(HERE / "square.yaml")


def rows(plan: Plan) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plan.runs().to_pylist()
    return found


class TestKeys:
    def test_say_the_same_of_the_same(self, toy: Sweep) -> None:
        assert Keys(toy).of_point("toytown", AT_1) == Keys(toy).of_point("toytown", dict(AT_1))

    @pytest.mark.parametrize(
        ("what", "change"),
        [
            ("a value", lambda it: (it, AT_1 | {"demand.level": 1.01})),
            ("a lever", lambda it: (it, AT_1 | {"transition.gap": 1.0})),
            ("the scale", lambda it: (scenarios(it, scale=0.006), AT_1)),
            ("the months", lambda it: (scenarios(it, end="2002-04"), AT_1)),
            ("the burn-in", lambda it: (scenarios(it, burn_in=2), AT_1)),
            ("the outcomes", lambda it: (replace(it, outcomes=it.outcomes[:1]), AT_1)),
            ("what is kept", lambda it: (replace(it, record="yearly"), AT_1)),
        ],
    )
    def test_differ_with(self, toy: Sweep, what: str, change: Callable[[Sweep], Any]) -> None:
        other, values = change(toy)
        assert Keys(other).of_point("toytown", values) != Keys(toy).of_point("toytown", AT_1), what

    def test_differ_with_the_code(self, toy: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
        before = Keys(toy).of_point("toytown", AT_1)
        for name in ("code_id", "recording_id"):
            with monkeypatch.context() as patch:
                patch.setattr(keys_module, name, lambda: "other")
                assert Keys(toy).of_point("toytown", AT_1) != before

    def test_do_not_depend_on_names_labels_and_questions(self, toy: Sweep) -> None:
        before = toy.scenarios["toytown"]
        regimes = {
            f"{name}_x": regime.model_copy(update={"regime": f"{name}_x", "source": "elsewhere"})
            for name, regime in before.regimes.items()
        }
        timeline = before.timeline.model_copy(update={
            "initial": f"{before.timeline.initial}_x",
            "transitions": tuple(
                each.model_copy(update={"before": f"{each.before}_x", "after": f"{each.after}_x"})
                for each in before.timeline.transitions
            ),
        })  # fmt: skip
        renamed = before.model_copy(
            update={"scenario": "other", "question": "?", "regimes": regimes, "timeline": timeline}
        )
        assert Keys(toy).content(renamed) == Keys(toy).content(before)

    def test_runs_with_equal_keys_have_equal_bits(self, toy: Sweep, tmp_path: Path) -> None:
        from labsim.sweep.record import run_job

        plan = make_plan(toy, tmp_path / "one", pilot=0)
        same = [
            each for each in rows(plan) if each["scenario"] == "toytown_status_quo" and each["seed"] == 1
        ][:2]
        assert same[0]["run_key"] == same[1]["run_key"]
        job = plan.jobs_of([same[0]["run_key"]])[0]
        digests = {run_job(plan, job._replace(point=each["point"], values=plan.values(each["point"]))).digest
                   for each in same}  # fmt: skip
        assert len(digests) == 1

    def test_of_scenarios_that_start_alike_name_one_burn_in(self, toy: Sweep) -> None:
        keys = Keys(toy)
        one, other = (keys.of_point(name, AT_1)[1] for name in toy.scenarios)
        assert one == other
        assert keys.of_point("toytown", AT_1 | {"demand.level": 1.01})[1] != one


def scenarios(sweep: Sweep, **update: Any) -> Sweep:
    return replace(
        sweep, scenarios={name: each.model_copy(update=update) for name, each in sweep.scenarios.items()}
    )


class TestAPlan:
    def test_has_a_row_for_every_scenario_point_and_seed(self, toy: Sweep, tmp_path: Path) -> None:
        plan = make_plan(toy, tmp_path, pilot=0)
        found = rows(plan)
        assert len(found) == plan.facts["rows"] == 12
        assert {(each["scenario"], each["point"], each["seed"]) for each in found} == {
            (name, point, seed) for name in toy.scenarios for point in range(3) for seed in (1, 2)
        }
        assert [each["chunk"] for each in found] == sorted(each["chunk"] for each in found)
        assert len({each["run_key"] for each in found}) == plan.facts["runs"] == 10

    def test_lists_a_run_that_says_the_same_in_the_chunk_of_the_first(
        self, toy: Sweep, tmp_path: Path
    ) -> None:
        plan = make_plan(toy, tmp_path, pilot=0, chunk_seconds=0.1)
        chunks: dict[str, set[int]] = {}
        for each in rows(plan):
            chunks.setdefault(each["run_key"], set()).add(each["chunk"])
        assert all(len(found) == 1 for found in chunks.values())
        jobs = plan.chunks(range(plan.facts["chunks"]))
        assert len(jobs) == len({job.key for job in jobs}) == plan.facts["runs"]

    def test_keeps_all_scenarios_of_a_point_and_seed_together(self, toy: Sweep, tmp_path: Path) -> None:
        plan = make_plan(toy, tmp_path, pilot=0, chunk_seconds=0.1)
        first = plan.chunks([0])
        assert {job.scenario for job in first} == set(toy.scenarios)
        assert {(job.point, job.seed) for job in first} == {(0, 1)}

    def test_gives_back_scenarios_and_values_as_they_are_run(self, toy: Sweep, tmp_path: Path) -> None:
        plan = read_plan(make_plan(toy, tmp_path, pilot=0).folder)
        scenario = plan.sweep_scenario("toytown", 2)
        assert (scenario.parameters.demand.level, scenario.timeline.transitions[0].gap) == (1.05, 2)
        assert plan.written_values(2) == {"demand.level": 1.05, "transition.gap": 2}
        assert Keys(plan.sweep()).shared() == Keys(toy).shared()

    def test_of_the_same_sweep_has_the_same_keys_however_it_is_cut(
        self, square: Sweep, tmp_path: Path
    ) -> None:
        factor = Factor("x", "uncertainty", "real", 0.0, 1.0)
        larger = replace(square, design=Design("sobol", 256), factors=(factor,))
        one = make_plan(larger, tmp_path / "a", pilot=0)
        other = make_plan(larger, tmp_path / "b", pilot=0, chunk_seconds=0.1)
        assert one.facts["chunks"] < other.facts["chunks"]
        names = ("run_key", "point", "seed")
        assert [[each[name] for name in names] for each in rows(one)] == [
            [each[name] for name in names] for each in rows(other)
        ]

    def test_of_a_larger_sweep_keeps_the_keys_of_the_smaller(self, square: Sweep, tmp_path: Path) -> None:
        factor = Factor("x", "uncertainty", "real", 0.0, 1.0)
        small, large = (
            replace(square, design=Design("sobol", n), factors=(factor,), seeds=seeds)
            for n, seeds in ((8, (1, 2)), (32, (1, 2, 3)))
        )
        keys = [{each["run_key"] for each in rows(make_plan(it, tmp_path / str(i), pilot=0))}
                for i, it in enumerate((small, large))]  # fmt: skip
        assert keys[0] < keys[1]

    def test_names_the_store_relative_to_its_folder(self, square: Sweep, tmp_path: Path) -> None:
        plan = make_plan(square, tmp_path / "a", store=tmp_path / "shared", pilot=0)
        assert plan.facts["store"] == "../shared"
        (tmp_path / "a").rename(tmp_path / "b")
        assert read_plan(tmp_path / "b").store_folder == tmp_path / "shared"

    def test_refuses_points_whose_values_cannot_stand_together(self, toy: Sweep, tmp_path: Path) -> None:
        factors = tuple(
            Factor(f"transition.{name}", "lever", "whole", 0, 3, (0, 3)) for name in ("gap", "overlap")
        )
        wrong = replace(toy, factors=factors, design=Design("full_grid", 4))
        with pytest.raises(PointError, match=r"point 3 .*gap 3, .*overlap 3.* 'toytown'.*negative overlap"):
            make_plan(wrong, tmp_path, pilot=0)
        assert not list(tmp_path.glob("plan*"))


class TestMoreReplicates:
    def test_are_appended_and_change_nothing_that_was_there(self, toy: Sweep, tmp_path: Path) -> None:
        before = make_plan(toy, tmp_path, pilot=0)
        files = {file: file.read_bytes() for file in (tmp_path / "plan").iterdir()}
        after = extend_plan(before, [2, 3, 4])
        assert after.seeds == (1, 2, 3, 4)
        assert {file: file.read_bytes() for file in files} == files
        assert rows(after)[: len(rows(before))] == rows(before)
        new = rows(after)[len(rows(before)) :]
        assert {each["seed"] for each in new} == {3, 4}
        assert {each["replicate"] for each in new} == {3, 4}
        assert min(each["chunk"] for each in new) == before.facts["chunks"]
        assert after.facts["runs"] == 20
        assert len(after.chunks(range(after.facts["chunks"]))) == 20
        assert len(after.chunks([before.facts["chunks"]])) > 0

    def test_have_the_keys_that_a_larger_plan_would_have_given_them(self, toy: Sweep, tmp_path: Path) -> None:
        extended = extend_plan(make_plan(toy, tmp_path / "a", pilot=0), [3])
        larger = make_plan(replace(toy, seeds=(1, 2, 3)), tmp_path / "b", pilot=0)
        assert {each["run_key"] for each in rows(extended)} == {each["run_key"] for each in rows(larger)}

    def test_are_refused_beyond_the_limit(self, square: Sweep, tmp_path: Path) -> None:
        small = replace(square, run=replace(square.run, limit_runs=12))
        with pytest.raises(OutputError, match="its limit is 12"):
            extend_plan(make_plan(small, tmp_path, pilot=0), [3])

    def test_are_refused_with_other_code(
        self, toy: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan = make_plan(toy, tmp_path, pilot=0)
        assert stale(plan) == []
        monkeypatch.setattr(keys_module, "code_id", lambda: "other")
        assert stale(plan) == ["the source code of the model has changed"]
        with pytest.raises(OutputError, match="source code of the model has changed; use the code"):
            extend_plan(plan, [3])
        with pytest.raises(OutputError, match="plan anew into another folder"):
            refuse_stale(plan)


class TestFoldersThatAreRefused:
    def test_one_with_a_plan(self, square: Sweep, tmp_path: Path) -> None:
        make_plan(square, tmp_path, pilot=0)
        with pytest.raises(OutputError, match="a plan is never overwritten"):
            make_plan(square, tmp_path, pilot=0)

    def test_one_with_something_else(self, square: Sweep, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
        with pytest.raises(OutputError, match=r"holds thesis\.tex already"):
            make_plan(square, tmp_path, pilot=0)

    def test_one_without_permission(self, square: Sweep, public_folder: Path) -> None:
        with (
            without_rights(public_folder),
            pytest.raises(OutputError, match=r"cannot be written \(Permission"),
        ):
            make_plan(square, public_folder / "x", pilot=0)
        assert not list(public_folder.iterdir())

    def test_one_that_is_a_file(self, square: Sweep, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("", encoding="utf-8")
        with pytest.raises(OutputError, match="is a file"):
            make_plan(square, tmp_path / "file", pilot=0)

    def test_one_without_a_plan(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"is no folder of a sweep .*labsim sweep plan FILE"):
            read_plan(tmp_path)

    def test_one_of_another_format(self, square: Sweep, tmp_path: Path) -> None:
        file = make_plan(square, tmp_path, pilot=0).folder / "plan" / "plan.json"
        facts = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(facts | {"format": 99}), encoding="utf-8")
        with pytest.raises(OutputError, match=r"holds a plan of format 99, made by labsim .*reads format 1"):
            read_plan(tmp_path)
        file.write_text("{", encoding="utf-8")
        with pytest.raises(OutputError, match="is damaged"):
            read_plan(tmp_path)


class TestTheEstimate:
    def test_adds_runs_burn_ins_and_the_reading_of_kept_ones(self) -> None:
        found = Estimate(4, 2.0, 3.0, 0.5, 5.0, 6.0, 100.0, 50.0, runs=10, burn_ins=4, groups=5)
        assert found.core_seconds == 10 * 2.0 + 4 * 3.0 + 6 * 0.5
        assert found.bytes == 10 * 200.0

    def test_keeps_no_burn_in_that_is_made_as_quickly_as_it_is_read(self) -> None:
        def found(burn_in: float, runs: int) -> Estimate:
            return Estimate(4, 2.0, burn_in, 0.5, 5.0, 6.0, 100.0, 50.0, runs=runs, burn_ins=10, groups=10)

        assert [found(each, 20).sharing_pays for each in (0.5, 0.9, 1.1)] == [False, False, True]
        assert [found(each, 1000).sharing_pays for each in (0.5, 0.6)] == [False, True]
        assert found(0.9, 20).core_seconds == 20 * 2.9

    def test_makes_chunks_of_the_wanted_length_but_leaves_something_for_all_workers(self) -> None:
        long = Estimate(4, 2.0, 0.0, 0.0, 2.0, 2.0, 0.0, 0.0, runs=100_000, burn_ins=0, groups=100_000)
        assert long.groups_per_chunk(60.0) == 30
        small = replace(long, runs=100, groups=100)
        assert 100 / small.groups_per_chunk(60.0) >= 50

    def test_says_what_went_wrong_and_goes_on(self, square: Sweep, tmp_path: Path) -> None:
        (tmp_path / "f.py").write_text(
            "import os\n\n\ndef f(job, context):\n    x = job.values['x']\n    if x == 4.0:\n        os._exit(3)\n"
            "    if x == 2.0:\n        raise ValueError('two')\n    print('chatter')\n"
            "    return {'square': x, 'shifted': x}\n",
            encoding="utf-8",
        )
        wrong = replace(square, runner=f"{tmp_path / 'f.py'}:f")
        found = make_plan(wrong, tmp_path / "plan", pilot=5).facts["estimate"]
        assert found["pilots"] >= 2
        assert any("ValueError('two')" in each for each in found["wrong"])
        assert any("exit code 3" in each for each in found["wrong"])

    def test_ends_a_pilot_that_hangs(self, square: Sweep, tmp_path: Path) -> None:
        (tmp_path / "f.py").write_text(
            "import time\n\n\ndef f(job, context):\n    time.sleep(600)\n", encoding="utf-8"
        )
        hanging = replace(square, runner=f"{tmp_path / 'f.py'}:f")
        job = make_plan(square, tmp_path / "plan", pilot=0).chunks([0])[0]
        began = time.monotonic()
        found = pilot(hanging, [job], shared=False, longest=1.0)
        assert time.monotonic() - began < 60.0
        assert "was ended after 1 seconds; 0 of 1 runs were timed" in found.wrong[-1]

    def test_is_within_30_percent_of_the_true_cost(self, toy: Sweep, tmp_path: Path) -> None:
        from labsim.experiment.cache import BurnInCache
        from labsim.sweep.record import context_of, run_job

        larger = replace(scenarios(toy, scale=0.02, burn_in=12, end="2003-12"), seeds=(1, 2))

        def true_cost(plan: Plan, folder: Path) -> float:
            context = replace(context_of(plan, None, lambda: None), cache=BurnInCache(folder))
            jobs = plan.chunks(range(plan.facts["chunks"]))
            run_job(plan, jobs[-1])  # warm
            start = time.process_time()
            for job in jobs:
                run_job(plan, job, context=context)
            return time.process_time() - start

        ratios = []
        for attempt in range(3):  # a noisy machine may spoil one
            plan = make_plan(larger, tmp_path / f"plan{attempt}", pilot=6)
            estimate = Estimate(**{**plan.facts["estimate"], "wrong": ()})
            ratios.append(estimate.core_seconds / true_cost(plan, tmp_path / f"cache{attempt}"))
            if 0.7 <= ratios[-1] <= 1.3:
                return
        pytest.fail(f"estimate / true cost: {ratios}")


class TestTheCommand:
    def test_plans_then_says_that_it_is_planned_then_refuses_an_edited_file(self, tmp_path: Path) -> None:
        file, out = tmp_path / "square.yaml", tmp_path / "out"
        text = (HERE / "square.yaml").read_text(encoding="utf-8")
        file.write_text(
            text.replace("../sweep_functions.py", str(HERE.parent / "sweep_functions.py")), encoding="utf-8"
        )
        command = ["sweep", "plan", str(file), "--out", str(out), "--pilot", "0"]
        first = CliRunner().invoke(app, command)
        assert first.exit_code == 0, first.output
        assert "5 points x 2 replicates = 10 runs" in first.stdout
        assert "all 10 runs are new" in first.stdout
        again = CliRunner().invoke(app, command)
        assert again.exit_code == 0
        assert "holds this plan already" in again.stderr
        file.write_text(
            file.read_text(encoding="utf-8").replace("replicates: 2", "replicates: 3"), encoding="utf-8"
        )
        edited = CliRunner().invoke(app, command)
        assert edited.exit_code == 2
        assert "-replicates: 2\n+replicates: 3" in edited.stderr
        assert f"--out {out}-2 --store {out}" in edited.stderr
        assert len(rows(read_plan(out))) == 10

    def test_extends_to_the_replicates_that_are_wanted(self, square: Sweep, tmp_path: Path) -> None:
        make_plan(square, tmp_path, pilot=0)
        done = CliRunner().invoke(app, ["sweep", "extend", str(tmp_path), "--replicates", "5", "--json"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["added"] == 15
        assert read_plan(tmp_path).seeds == (1, 2, 3, 4, 5)
        less = CliRunner().invoke(app, ["sweep", "extend", str(tmp_path), "--replicates", "5"])
        assert less.exit_code == 2
        assert "has 5 replicates already" in less.stderr

    def test_says_why_finished_runs_would_not_count_after_a_change_of_the_code(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        command = ["sweep", "plan", str(HERE / "toy.yaml"), "--out", str(tmp_path), "--pilot", "0"]
        assert CliRunner().invoke(app, command).exit_code == 0
        monkeypatch.setattr(keys_module, "code_id", lambda: "other")
        refused = CliRunner().invoke(app, command)
        assert refused.exit_code == 2
        assert (
            "the source code of the model has changed; its 0 finished runs would not count" in refused.stderr
        )
