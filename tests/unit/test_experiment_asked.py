"""What an experiment asks besides its runs: which scenarios are made for it, what is kept, what is read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labsim.analysis.decomposition import INTERACTION, PASSAGE, SUM, WHOLE_EFFECT
from labsim.analysis.individuals import TRAITS
from labsim.config import Experiment, load
from labsim.config.components import differing
from labsim.config.loader import load_experiment
from labsim.experiment import campaign, run
from labsim.experiment.cache import BurnInCache
from labsim.experiment.campaign import run_experiment, run_folder
from labsim.experiment.comparison import compare, read_comparison
from labsim.experiment.individuals import Diary, Keeper, traits
from labsim.experiment.passages import passage
from labsim.experiment.plan import plan_from, plan_of, rebased
from labsim.units import format_month, parse_month

from .questions import write_questions
from .toy_market import PERSONS, ToyMarket


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_questions(tmp_path)


@pytest.fixture
def experiment(file: Path) -> Experiment:
    return load_experiment(file)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LabourMarket", ToyMarket)
    monkeypatch.setattr("labsim.model.LabourMarket", ToyMarket)
    monkeypatch.setattr(campaign, "compiled", lambda: True)
    monkeypatch.setattr(ToyMarket, "steps", [])
    monkeypatch.setattr(ToyMarket, "trouble", None)


@pytest.fixture
def cache(tmp_path: Path) -> BurnInCache:
    return BurnInCache(tmp_path / "cache")


def about(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    return content


def without(experiment: Experiment, *keys: str) -> Experiment:
    return experiment.model_copy(update={key: Experiment.model_fields[key].default for key in keys})


# the plan --------------------------------------------------------------------------------------------------------


def test_the_scenarios_that_answers_need_are_made_and_known_as_such(experiment: Experiment) -> None:
    plan = plan_of(experiment)
    assert plan.made == {
        "slow_only_passage": "part", "slow_only_benefits": "part", "slow_only_casework_conditionality": "part",
        "still_placebo": "placebo",
    }  # fmt: skip
    assert plan.names == ("still", "step", "slow", *plan.made)
    placebo = plan.scenarios[-1]
    assert placebo.placebo == "2001-01"
    same = {"scenario", "label", "placebo"}
    assert placebo.model_dump(exclude=same) == experiment.scenarios["still"].model_dump(exclude=same)


def test_what_was_asked_is_kept_for_the_report(experiment: Experiment) -> None:
    wanted = plan_of(experiment).wanted
    assert wanted["precision"] == {"unemployed": 5.0}
    assert [row["baseline"] for row in wanted["expect"]] == ["still", "step", "still"]
    (decomposition,) = wanted["decompositions"]
    assert [part["component"] for part in decomposition["parts"]] == ["benefits", "casework_conditionality"]
    assert "instruments" in decomposition["left_out"]
    assert wanted["individuals"]["diary"] == {"traits": "2001-01", "start": "2001-07", "end": "2002-06"}
    assert wanted["passages"] == {
        "step": {"start": "2001-01", "end": "2001-02"},
        "slow": {"start": "2001-01", "end": "2001-10"},
    }


def test_without_questions_nothing_is_made(experiment: Experiment) -> None:
    plain = plan_of(without(experiment, "precision", "expect", "decompose", "individuals", "ideal"))
    assert plain.made == {}
    assert set(plain.wanted) == {"outcomes", "windows", "comparisons"}
    assert plain.diary is None


def test_by_default_every_component_that_differs_is_switched_on(file: Path) -> None:
    file.write_text(file.read_text().replace(", components: [benefits, [casework, conditionality]]", ""))
    experiment = load_experiment(file)
    (decomposition,) = experiment.decompose
    assert decomposition.components == tuple((name,) for name in differing(experiment.scenarios["slow"]))
    assert plan_of(experiment).wanted["decompositions"][0]["left_out"] == []


def test_another_baseline_gets_its_own_placebo_and_comparisons(experiment: Experiment) -> None:
    plan = plan_from(experiment, "slow")
    assert "slow_placebo" in plan.made
    assert not any(name.startswith("slow_only") for name in plan.names), "a baseline is not taken apart"
    assert plan.wanted["comparisons"] == [
        {"scenario": name, "baseline": "slow"} for name in ("still", "step")
    ]
    assert [row["baseline"] for row in plan.wanted["expect"]] == ["still", "step", "still"], (
        "as it was written"
    )
    with pytest.raises(ValueError, match="the baseline 'other' is none of the scenarios still, step, slow"):
        rebased(experiment, "other")


def test_a_passage_lasts_from_the_announcement_until_nothing_is_under_way(experiment: Experiment) -> None:
    slow = experiment.scenarios["slow"]
    first, last = slow.timeline.transitions

    def with_last(**changes: Any) -> tuple[str, str]:
        changed = (first.model_copy(update={"announcement": 3}), last.model_copy(update=changes))
        timeline = slow.timeline.model_copy(update={"transitions": changed})
        span = passage(slow.model_copy(update={"timeline": timeline}))
        assert span is not None
        return format_month(span[0]), format_month(span[1])

    assert passage(experiment.scenarios["still"]) is None
    assert with_last() == ("2000-10", "2001-10")
    assert with_last(gap=6) == ("2000-10", "2002-03")
    assert with_last(reorganisation=0.5, reorganisation_months=12) == ("2000-10", "2002-09")
    assert with_last(reorganisation_months=12) == ("2000-10", "2001-10"), (
        "a reorganisation that loses nothing"
    )
    assert with_last(bridging=0.5, bridging_months=8) == ("2000-10", "2002-05")
    assert with_last(shape="linear", months=10) == ("2000-10", "2002-07")


# the runs --------------------------------------------------------------------------------------------------------


def keeper_of(months: int = 36, start: str = "2000-03", end: str = "2001-12") -> tuple[Keeper, np.ndarray]:
    """A diary of a toy market from 2000 on, and the months in work counted by hand."""
    scenario = load("toytown").model_copy(update={"burn_in": 0})
    market, keeper = ToyMarket(scenario, seed=3), Keeper(Diary("2000-02", start, end))
    counted = np.zeros(PERSONS, int)
    keeper.look(market)
    for _ in range(months):
        market.step()
        keeper.look(market)
        if parse_month(start) < market.month <= parse_month(end) + 1:
            counted += market.world.persons.status == 0
    return keeper, counted


def test_a_diary_counts_the_months_in_work_within_the_window_and_no_others() -> None:
    keeper, counted = keeper_of()
    table = keeper.table()
    assert table["months"].tolist() == counted[table["person"]].tolist()
    assert table["months"].max() <= 22


def test_a_school_leaver_who_takes_a_row_is_not_taken_for_the_person_who_left_it() -> None:
    table = keeper_of()[0].table()
    assert PERSONS - 1 not in set(table["person"]), "the oldest reaches 65 within the window"
    assert len(table) == PERSONS - 1


def test_people_are_what_they_were_before_the_scenarios_parted() -> None:
    market = ToyMarket(load("toytown"), seed=1)
    persons = market.world.persons
    persons.status[:6] = [0, 2, 1, 1, 1, 3]
    persons.months_out[:6] = [0, 5, 2, 3, 24, 40]
    found = traits(persons)
    labels = [TRAITS["position"][code] for code in found["position"][:6]]
    assert labels == ["employed", "in_measure", "out_under_3", "out_3_to_11", "out_24_or_more", "inactive"]
    ages = [TRAITS["age"][code] for code in found["age"]]
    assert ages[0] == "youth"
    assert ages[-1] == "older"
    assert ages == sorted(ages, key=["youth", "prime", "older"].index)


@pytest.mark.usefixtures("market")
class TestAnExperimentWithQuestions:
    def test_keeps_a_diary_of_every_scenario_but_the_parts(
        self, experiment: Experiment, tmp_path: Path, cache: BurnInCache
    ) -> None:
        folder = run_experiment(experiment, tmp_path / "out", workers=1, cache=cache)
        for name in plan_of(experiment).names:
            kept = (run_folder(folder, name, 1) / "individuals.parquet").is_file()
            assert kept == ("_only_" not in name)
        table = pd.read_parquet(folder / "gains.parquet")
        assert set(table["scenario"]) == {"step", "slow", "still_placebo"}
        assert set(table["seed"]) == {1, 2, 3}

    def test_answers_from_its_folder(
        self, experiment: Experiment, tmp_path: Path, cache: BurnInCache
    ) -> None:
        folder = run_experiment(experiment, tmp_path / "out", workers=1, cache=cache)
        found = read_comparison(folder)
        assert found.scenarios == ("still", "step", "slow")
        assert found.predictions()["verdict"].tolist()[1:] == ["came true"] * 2, (
            "before the reform nothing differs"
        )
        assert set(found.precision()["scenario"]) == {"step", "slow"}
        parts = list(dict.fromkeys(found.decomposition("slow")["part"]))
        assert parts == [PASSAGE, "benefits", "casework_conditionality", SUM, WHOLE_EFFECT, INTERACTION]
        assert set(found.gains()["scenario"]) == {"step", "slow", "still_placebo"}
        assert set(found.headline()["scenario"]) == {"step", "slow"}
        assert "slow_only_benefits" in set(found.indicators["scenario"])

    def test_marks_the_scenarios_that_were_made(
        self, experiment: Experiment, tmp_path: Path, cache: BurnInCache
    ) -> None:
        content = about(run_experiment(experiment, tmp_path / "out", workers=1, cache=cache))
        roles = {each["name"]: each.get("role") for each in content["scenarios"]}
        assert [name for name, role in roles.items() if role is None] == ["still", "step", "slow"]
        assert "config" in content["runs"]["slow"]
        assert "config" not in content["runs"]["slow_only_benefits"], "said once is enough"

    def test_is_answered_anew_without_a_simulation_when_only_the_questions_change(
        self, experiment: Experiment, tmp_path: Path, cache: BurnInCache
    ) -> None:
        first = without(experiment, "expect", "precision")
        run_experiment(first, tmp_path / "out", workers=1, cache=cache)
        assert "expect" not in about(tmp_path / "out")
        simulated = len(ToyMarket.steps)
        run_experiment(experiment, tmp_path / "out", workers=1, cache=cache)
        assert len(about(tmp_path / "out")["expect"]) == 3
        run_experiment(first, tmp_path / "out", workers=1, cache=cache)
        assert "expect" not in about(tmp_path / "out")
        assert len(ToyMarket.steps) == simulated

    def test_knows_expectations_that_were_written_when_the_results_were_there(
        self, experiment: Experiment, tmp_path: Path, cache: BurnInCache
    ) -> None:
        early, late = tmp_path / "early", tmp_path / "late"
        run_experiment(experiment, early, workers=1, cache=cache)
        run_experiment(experiment, early, seeds=4, workers=1, cache=cache)
        assert about(early)["expect_late"] is False, "more replicates are no new statement"
        run_experiment(without(experiment, "expect"), late, workers=1, cache=cache)
        assert "expect_late" not in about(late)
        run_experiment(experiment, late, workers=1, cache=cache)
        assert about(late)["expect_late"] is True
        run_experiment(experiment, late, seeds=4, workers=1, cache=cache)
        assert about(late)["expect_late"] is True, "it stays so"

    def test_simulates_again_what_lacks_its_diary_and_nothing_else(
        self, experiment: Experiment, tmp_path: Path, cache: BurnInCache
    ) -> None:
        run_experiment(without(experiment, "individuals"), tmp_path / "out", workers=1, cache=cache)
        assert not (tmp_path / "out" / "gains.parquet").exists()
        tables = (tmp_path / "out" / "indicators.parquet").read_bytes()
        ToyMarket.steps.clear()
        run_experiment(experiment, tmp_path / "out", workers=1, cache=cache)
        assert {name for name, _, _ in ToyMarket.steps} == {"still", "step", "slow", "still_placebo"}
        assert (tmp_path / "out" / "gains.parquet").is_file()
        ToyMarket.steps.clear()
        run_experiment(without(experiment, "individuals"), tmp_path / "out", workers=1, cache=cache)
        assert ToyMarket.steps == []
        assert not (tmp_path / "out" / "gains.parquet").exists()
        assert (tmp_path / "out" / "indicators.parquet").read_bytes() == tables

    def test_does_not_take_the_diary_of_another_window_for_its_own(
        self, experiment: Experiment, tmp_path: Path, cache: BurnInCache
    ) -> None:
        run_experiment(experiment, tmp_path / "out", workers=1, cache=cache)
        assert experiment.individuals is not None
        later = experiment.individuals.model_copy(update={"window": "late"})
        ToyMarket.steps.clear()
        run_experiment(
            experiment.model_copy(update={"individuals": later}), tmp_path / "out", workers=1, cache=cache
        )
        assert {name for name, _, _ in ToyMarket.steps} == {"still", "step", "slow", "still_placebo"}
        assert about(tmp_path / "out")["individuals"]["diary"]["start"] == "2002-01"

    def test_can_be_asked_from_python(self, experiment: Experiment, cache: BurnInCache) -> None:
        found = compare(experiment, seeds=2, workers=1, cache=cache)
        assert len(found.predictions()) == 3
        with pytest.raises(ValueError, match="does not take 'step' apart; name it under decompose"):
            found.decomposition("step")
        plain = compare(
            [experiment.scenarios["still"], experiment.scenarios["slow"]], seeds=2, workers=1, cache=cache
        )
        assert plain.predictions().empty
        assert plain.precision().empty
        assert plain.transitions().empty
        with pytest.raises(ValueError, match="name a window under individuals"):
            plain.gains()
