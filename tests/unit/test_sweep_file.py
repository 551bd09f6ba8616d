"""The sweep's file: what its words mean, and what is set in a scenario at a point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labsim.config import ConfigError, load
from labsim.config.factors import Factor, at_point, declared, factor_from, parameter_paths, touched
from labsim.config.files import find, kind_of
from labsim.config.loader import checked
from labsim.config.runners import absolute, content_of, load_runner
from labsim.config.sweep_outcomes import by_group
from labsim.config.sweeps import RunSettings, Sweep, load_sweep
from labsim.parameters.overrides import scalars

HERE = Path(__file__).parent / "sweeps"
HEAD = "sweep: mine\nlabel: {en: Mine}\noutcomes: [unemployment_rate]\n"


def written(folder: Path, text: str, **changes: Any) -> Sweep:
    file = folder / "mine.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return load_sweep(file, **changes)


@pytest.fixture(scope="module")
def toy() -> Sweep:
    return load_sweep(HERE / "toy.yaml")


class TestTheFile:
    def test_is_a_kind_of_its_own(self, toy: Sweep) -> None:
        kind, loaded = checked(HERE / "toy.yaml")
        assert kind == "sweep"
        assert isinstance(loaded, Sweep)
        assert kind_of({"sweep": "x", "scenarios": []}) == "sweep"
        assert toy.text == (HERE / "toy.yaml").read_text(encoding="utf-8")

    def test_is_found_in_a_folder_of_experiments(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "experiments" / "atlas" / "sweep.yaml"
        file.parent.mkdir(parents=True)
        file.write_text("sweep: atlas\n", encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        assert find("sweep", "atlas") == file
        assert find("sweep", "experiments/atlas") == Path("experiments/atlas/sweep.yaml")

    def test_overrides_scale_and_months_of_all_scenarios(self, toy: Sweep) -> None:
        for scenario in toy.scenarios.values():
            assert (scenario.scale, scenario.start, scenario.end, scenario.burn_in) == (
                0.005,
                "2001-12",
                "2002-05",
                3,
            )

    def test_counts_its_runs_before_it_expands_them(self, toy: Sweep) -> None:
        assert toy.size == 3 * 2 * 2

    def test_has_a_larger_limit_if_somebody_says_so(self, tmp_path: Path) -> None:
        text = "scenarios: [toytown]\ndesign: {kind: sobol, points: 64}\nuncertainties: {demand.level: {}}\n"
        text += "run: {limit_runs: 10}\n"
        with pytest.raises(ConfigError, match="64 runs, but the limit is 10"):
            written(tmp_path, text)
        assert written(tmp_path, text, limit_runs=64).size == 64

    def test_equal_scenarios_share_their_parts(self, toy: Sweep) -> None:
        one, other = toy.scenarios.values()
        assert one.place is other.place
        assert one.parameters is other.parameters

    def test_an_outcome_that_a_scenario_lacks_is_empty_there_and_stops_nothing(self, tmp_path: Path) -> None:
        text = "scenarios:\n  - toytown\n  - {scenario: still, based_on: toytown, label: {en: S}, transitions: []}\n"
        text += "design: {kind: full_grid}\nreplicates: 2\n"
        asked = text.replace("scenarios:", "outcomes: [participants_entry_job]\nscenarios:", 1)
        file = tmp_path / "mine.yaml"
        file.write_text(HEAD.replace("outcomes: [unemployment_rate]\n", "") + asked, encoding="utf-8")
        assert "participants_entry_job is empty in still: not counted there" in load_sweep(file).notices()
        stop = "stop: {outcome: participants_entry_job, half_width: 1, most: 9}\n"
        file.write_text(file.read_text(encoding="utf-8") + stop, encoding="utf-8")
        with pytest.raises(ConfigError, match="is 'participants_entry_job', which still does not have"):
            load_sweep(file)
        assert not [each for each in written(tmp_path, text).notices() if "empty" in each]

    def test_without_windows_has_one_over_the_months_that_all_scenarios_have(self, tmp_path: Path) -> None:
        text = "scenarios: [toytown]\ndesign: {kind: full_grid}\n"
        (window,) = written(tmp_path, text).windows
        assert (window.name, window.start, window.end) == ("all", "2000-01", "2004-12")
        assert window.last - window.first == 59

    def test_a_sweep_without_factors_runs_the_scenarios_as_they_are(self, tmp_path: Path) -> None:
        sweep = written(tmp_path, "scenarios: [toytown]\ndesign: {kind: full_grid}\nreplicates: 5\n")
        assert sweep.size == 5
        assert sweep.scenario_at("toytown", {}) is sweep.scenarios["toytown"]

    def test_points_may_stand_in_a_table(self, tmp_path: Path) -> None:
        (tmp_path / "p.csv").write_text(
            "transition.shape,demand.level\nlinear,1.0\nlogistic,0.9\n", encoding="utf-8"
        )
        text = (
            "scenarios: [toytown]\ndesign: {kind: list}\npoints: p.csv\nuncertainties: {demand.level: {}}\n"
        )
        text += "levers: {transition.shape: {values: [linear, logistic]}}\n"
        assert written(tmp_path, text).design.rows == ((1.0, 0.0), (0.9, 1.0))

    def test_a_wrong_cell_of_a_table_is_told_with_its_line(self, tmp_path: Path) -> None:
        (tmp_path / "p.csv").write_text("demand.level\n1.0\nmuch\n", encoding="utf-8")
        text = (
            "scenarios: [toytown]\ndesign: {kind: list}\npoints: p.csv\nuncertainties: {demand.level: {}}\n"
        )
        with pytest.raises(ConfigError, match=r"p\.csv:3: demand\.level is 'much', but it must be a number"):
            written(tmp_path, text)

    def test_all_wrong_factors_are_told_at_once(self, tmp_path: Path) -> None:
        text = "scenarios: [toytown]\ndesign: {kind: sobol, points: 8}\n"
        text += "uncertainties: {demand.levl: {}, demand.level: {low: 0}}\n"
        with pytest.raises(ConfigError) as caught:
            written(tmp_path, text)
        assert [each.key for each in caught.value.problems] == [
            "uncertainties.demand.levl", "uncertainties.demand.level.low",
        ]  # fmt: skip


class TestRegimes:
    TEXT = "regimes: {based_on: toytown, names: [status_quo_ante, local_activation]}\ndesign: {kind: full_grid}\n"

    def test_each_is_in_force_from_the_beginning_to_the_end(self, tmp_path: Path) -> None:
        sweep = written(tmp_path, self.TEXT)
        assert list(sweep.scenarios) == ["status_quo_ante", "local_activation"]
        assert sweep.baseline == "status_quo_ante"
        for name, scenario in sweep.scenarios.items():
            assert scenario.timeline.regimes == (name,)
            assert scenario.label == scenario.regimes[name].label

    def test_their_values_are_levers(self, tmp_path: Path) -> None:
        text = self.TEXT.replace("full_grid", "sobol, points: 8")
        sweep = written(
            tmp_path, text + "levers: {regime.local_activation.casework.meetings: {low: 0.5, high: 2}}\n"
        )
        values = {"regime.local_activation.casework.meetings": 1.25}
        changed = sweep.scenario_at("local_activation", values)
        assert changed.regimes["local_activation"].casework.meetings == 1.25
        assert sweep.scenario_at("status_quo_ante", values) is sweep.scenarios["status_quo_ante"]
        assert "changes nothing in status_quo_ante" in " ".join(sweep.notices())


class TestFactors:
    def test_leave_alone_what_they_do_not_set(self, toy: Sweep) -> None:
        before = toy.scenarios["toytown"]
        after = toy.scenario_at("toytown", {"demand.level": 1.05, "transition.gap": 2.0})
        assert after.parameters.demand.level == 1.05
        assert after.timeline.transitions[0].gap == 2
        assert isinstance(after.timeline.transitions[0].gap, int)
        assert after.place is before.place
        for name, regime in before.regimes.items():
            assert after.regimes[name] is regime
        for group in type(before.parameters).model_fields:
            assert (getattr(after.parameters, group) is getattr(before.parameters, group)) == (
                group != "demand"
            )

    def test_scenarios_at_one_point_share_their_parameters(self, toy: Sweep) -> None:
        values = {"demand.level": 1.05, "transition.gap": 2.0}
        one, other = (toy.scenario_at(name, values) for name in toy.scenarios)
        assert one.parameters is other.parameters

    def test_a_scenario_without_the_transition_stays_as_it_is(self, toy: Sweep) -> None:
        status_quo = toy.scenarios["toytown_status_quo"]
        assert not touched("transition.gap", status_quo)
        only_gap = [each for each in toy.factors if each.name == "transition.gap"]
        assert at_point(status_quo, only_gap, {"transition.gap": 2.0}) is status_quo

    def test_may_be_meant_for_some_scenarios_only(self, toy: Sweep) -> None:
        factor = Factor("demand.level", "uncertainty", "real", 0.9, 1.1, scenarios=("toytown",))
        assert (
            at_point(toy.scenarios["toytown"], [factor], {"demand.level": 1.1}).parameters.demand.level == 1.1
        )
        same = toy.scenarios["toytown_status_quo"]
        assert at_point(same, [factor], {"demand.level": 1.1}) is same

    @pytest.mark.parametrize(
        ("name", "value", "found"),
        [
            ("transition.bridging", 0.5, lambda it: it.timeline.transitions[0].bridging),
            ("transitions[1].gap", 3, lambda it: it.timeline.transitions[0].gap),
            ("regime.local_activation.conditionality.sanction_rate", 0.25,
             lambda it: it.regimes["local_activation"].conditionality.sanction_rate),
            ("regime.local_activation.instruments.short_course.cost", 321.0,
             lambda it: it.regimes["local_activation"].instruments["short_course"].cost),
            ("instrument.short_course.months", 2,
             lambda it: it.regimes["status_quo_ante"].instruments["short_course"].months),
            ("search.rounds", 2, lambda it: it.parameters.search.rounds),
        ],
    )  # fmt: skip
    def test_set_what_their_name_says(self, toy: Sweep, name: str, value: float, found: Any) -> None:
        scenario = toy.scenarios["toytown"]
        told = declared(name, toy.scenarios)
        factor = Factor(name, "lever", told.sort, value, value)
        changed = at_point(scenario, [factor], {name: float(value)})
        assert found(changed) == value
        assert found(scenario) != value

    def test_an_instrument_is_set_in_all_regimes_that_have_it(self, toy: Sweep) -> None:
        scenario = toy.scenarios["toytown"]
        factor = Factor("instrument.short_course.months", "lever", "whole", 1, 5)
        changed = at_point(scenario, [factor], {factor.name: 2.0})
        have = [
            name for name in scenario.timeline.regimes if "short_course" in scenario.regimes[name].instruments
        ]
        assert len(have) == 2
        assert all(changed.regimes[name].instruments["short_course"].months == 2 for name in have)

    def test_words_are_written_for_the_numbers_of_the_design(self, toy: Sweep) -> None:
        factor = Factor("transition.shape", "lever", "choice", 0, 1, ("linear", "logistic"))
        changed = at_point(toy.scenarios["toytown"], [factor], {"transition.shape": 1.0})
        assert changed.timeline.transitions[0].shape == "logistic"
        assert factor.number("linear") == 0.0

    def test_values_that_cannot_stand_together_are_refused(self, toy: Sweep) -> None:
        factors = [Factor(f"transition.{name}", "lever", "whole", 0, 12) for name in ("gap", "overlap")]
        with pytest.raises(ValueError, match="a gap is a negative overlap"):
            at_point(toy.scenarios["toytown"], factors, {"transition.gap": 3.0, "transition.overlap": 2.0})
        announced = [Factor("transition.announcement", "lever", "whole", 0, 60)]
        with pytest.raises(ValueError, match="announced 50 months before"):
            at_point(load("toytown"), announced, {"transition.announcement": 50.0})

    def test_every_scalar_parameter_has_a_path_with_the_same_bounds(self) -> None:
        paths = parameter_paths()
        for path, scalar in scalars().items():
            assert (paths[path].low, paths[path].high, paths[path].unit) == (
                scalar.low,
                scalar.high,
                scalar.unit,
            )

    def test_an_empty_group_means_the_whole_declared_range(self, tmp_path: Path) -> None:
        text = "scenarios: [toytown]\ndesign: {kind: sobol, points: 8}\nuncertainties:\n  demand.level:\n"
        (factor,) = written(tmp_path, text).factors
        known = scalars()["demand.level"]
        assert (factor.low, factor.high, factor.unit) == (known.low, known.high, known.unit)

    def test_survive_being_written_as_json(self, toy: Sweep) -> None:
        for factor in toy.factors:
            assert factor_from(factor.as_json()) == factor


class TestOutcomes:
    def test_are_named_by_indicator_place_and_group(self, toy: Sweep) -> None:
        assert [each.name for each in toy.outcomes] == [
            "unemployment_rate", "employment_rate", "unemployment_rate:youth",
        ]  # fmt: skip
        assert {each.unit for each in toy.outcomes} == {
            "% of the labour force", "% of the population of working age",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "counted"),
        [("unemployment_rate", True), ("vacancies", False), ("entries_short_course", True)],
    )
    def test_by_group_only_where_the_indicator_is(self, name: str, counted: bool) -> None:
        assert by_group(name) == counted


class TestRunners:
    def test_are_modules_or_files(self) -> None:
        import math

        assert load_runner("math:sqrt") is math.sqrt
        file = absolute("../sweep_functions.py:square", HERE / "square.yaml")
        assert Path(file.rpartition(":")[0]).is_absolute()
        assert load_runner(file).__name__ == "square"
        assert load_runner(file) is load_runner(file)

    def test_are_the_same_wherever_their_file_lies(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "f.py").write_text("def f(job, context):\n    return {}\n", encoding="utf-8")
        one, other = (content_of(f"{tmp_path / name / 'f.py'}:f") for name in ("a", "b"))
        assert one == other

    def test_a_file_that_fails_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "f.py").write_text("1 / 0\n", encoding="utf-8")
        text = "runner: f.py:f\ndesign: {kind: sobol, points: 4}\nuncertainties: {x: {low: 0, high: 1}}\n"
        with pytest.raises(ConfigError, match=r"runner names the file .* which fails \(ZeroDivisionError"):
            written(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "median", "seconds"),
    [("10x median", 20.0, 200.0), ("10x median", 0.1, 60.0), ("10x median", None, None), ("3.5", 1.0, 3.5),
     ("none", 1.0, None)],
)  # fmt: skip
def test_the_time_limit_of_a_run(text: str, median: float | None, seconds: float | None) -> None:
    assert RunSettings(time_limit=text).seconds(median) == seconds
