"""Scenarios, regimes, transitions and experiments from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsim.config import ConfigError, check, load, load_experiment, load_place, load_regime, load_transition
from labsim.parameters import Parameters
from labsim.policy.governance import GovernanceChange


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_scenario_brings_its_place_its_regimes_and_its_timeline() -> None:
    scenario = load("toytown")
    assert scenario.place == load_place("toytown")
    assert scenario.timeline.regimes == ("status_quo_ante", "local_activation")
    assert scenario.regimes["local_activation"] == load_regime("local_activation")
    assert scenario.parameters == Parameters()
    assert (scenario.start, scenario.end, scenario.burn_in, scenario.months) == ("2000-01", "2004-12", 60, 60)


def test_name_and_path_lead_to_the_same_scenario() -> None:
    by_name = load("toytown")
    folder = Path(__file__).resolve().parents[2] / "configs" / "scenarios"
    assert load(folder / "toytown.yaml") == by_name
    assert load(str(folder / "toytown.yaml")) == by_name


def test_parameters_not_written_keep_their_default(tmp_path: Path) -> None:
    file = write(
        tmp_path / "x.yaml",
        "scenario: x\nbased_on: toytown\nparameters:\n"
        "  demand:\n    layoff_band: {value: 0.03, source: a guess}\n",
    )
    parameters = load(file).parameters
    assert parameters.demand.layoff_band == 0.03
    assert parameters.model_copy(update={"demand": Parameters().demand}) == Parameters()
    assert parameters.demand.layoff_speed == Parameters().demand.layoff_speed


def test_a_scenario_based_on_another_says_only_what_differs(tmp_path: Path) -> None:
    file = write(tmp_path / "x.yaml", "scenario: x\nbased_on: toytown\nend: 2003-12\ntransitions: []\n")
    scenario, base = load(file), load("toytown")
    assert scenario.label.en == "x", "the label is its own"
    assert scenario.end == "2003-12"
    assert scenario.timeline.regimes == ("status_quo_ante",)
    assert scenario.place == base.place
    assert scenario.start == base.start


def test_a_chain_of_bases_is_followed(tmp_path: Path) -> None:
    write(
        tmp_path / "regimes" / "a.yaml",
        "regime: a\nsource: s\nbased_on: status_quo_ante\ncasework: {meetings: 0.3}\n",
    )
    write(tmp_path / "regimes" / "b.yaml", "regime: b\nsource: s\nbased_on: a\ncasework: {targeting: 0.1}\n")
    regime = load_regime(tmp_path / "regimes" / "b.yaml")
    assert (regime.casework.meetings, regime.casework.targeting) == (0.3, 0.1)
    assert regime.casework.profiling_error == load_regime("status_quo_ante").casework.profiling_error


def test_a_regime_may_lack_an_instrument_of_its_base(tmp_path: Path) -> None:
    file = write(
        tmp_path / "x.yaml", "regime: x\nsource: s\nbased_on: status_quo_ante\nwithout: [linked_employment]\n"
    )
    assert set(load_regime("status_quo_ante").instruments) - set(load_regime(file).instruments) == {
        "linked_employment"
    }


def test_a_regime_may_change_one_setting_of_one_instrument(tmp_path: Path) -> None:
    file = write(
        tmp_path / "x.yaml",
        "regime: x\nsource: s\nbased_on: status_quo_ante\ninstruments: {short_course: {budget: 0}}\n",
    )
    changed, base = load_regime(file), load_regime("status_quo_ante")
    assert changed.instruments["short_course"].budget == 0
    assert changed.instruments["further_training"] == base.instruments["further_training"]
    assert list(changed.instruments) == list(base.instruments)


def test_shares_of_payers_are_written_anew_as_a_whole(tmp_path: Path) -> None:
    file = write(
        tmp_path / "x.yaml",
        "regime: x\nsource: s\nbased_on: demand_and_support\n"
        "funding: {basic_income: {value: {federal: 1.0}, source: a guess}}\n"
        "instruments: {one_euro_job: {payers: {federal: 0.8, municipality: 0.2}}}\n",
    )
    regime, base = load_regime(file), load_regime("demand_and_support")
    assert regime.funding.basic_income.shares.tolist() == [0.0, 1.0, 0.0, 0.0, 0.0], (
        "no rest of the base's 30 %"
    )
    assert regime.funding.agency_measures == base.funding.agency_measures
    assert regime.payers_of("one_euro_job").shares.tolist() == [0.0, 0.8, 0.0, 0.2, 0.0]
    assert regime.payers_of("start_up_subsidy") == base.payers_of("start_up_subsidy")
    assert regime.citations["funding.basic_income"] == "a guess"


def test_a_payer_that_nobody_varies_is_kept(tmp_path: Path) -> None:
    file = write(tmp_path / "x.yaml", "regime: x\nsource: s\nbased_on: demand_and_support\nfunding: {}\n")
    assert load_regime(file).funding == load_regime("demand_and_support").funding


def test_municipalities_may_have_governance_of_their_own(tmp_path: Path) -> None:
    file = write(
        tmp_path / "x.yaml",
        "scenario: x\nbased_on: toytown\nplacebo: 2001-05\ngovernance:\n"
        "  - {municipality: Upper Toytown, start: 2002-01, mode: municipal, cost_shifting: 0.3}\n",
    )
    scenario = load(file)
    (change,) = scenario.governance
    assert type(change) is GovernanceChange
    assert (change.municipality, change.start, change.mode) == ("Upper Toytown", "2002-01", "municipal")
    assert (change.cost_shifting, change.local_choice) == (0.3, None)
    assert scenario.placebo == "2001-05"


def test_equal_rules_under_another_name_are_equal(tmp_path: Path) -> None:
    file = write(tmp_path / "x.yaml", "regime: x\nsource: s\nbased_on: status_quo_ante\n")
    assert load_regime(file).rules() == load_regime("status_quo_ante").rules()


def test_an_instrument_without_settings_has_its_defaults(tmp_path: Path) -> None:
    file = write(
        tmp_path / "x.yaml",
        "regime: x\nsource: s\nbased_on: demand_and_support\ninstruments:\n  linked_employment:\n",
    )
    instrument = load_regime(file).instruments["linked_employment"]
    assert instrument == type(instrument)()


def test_transitions_may_be_written_out_named_or_varied(tmp_path: Path) -> None:
    file = write(
        tmp_path / "x.yaml",
        "scenario: x\nbased_on: dortmund_2003\ntransitions:\n"
        "  - {based_on: agency_reform, months: 12, shape: linear}\n"
        "  - {before: hartz_1_3, after: demand_and_support, start: 2004-01, unit: new_spell}\n",
    )
    first, second = load(file).timeline.transitions
    named = load_transition("agency_reform")
    assert first == named.model_copy(update={"months": 12, "shape": "linear"})
    assert (second.start, second.months, second.shape, second.unit) == ("2004-01", 1, "step", "new_spell")


def test_a_transition_may_lead_to_a_regime_by_its_path(tmp_path: Path) -> None:
    write(tmp_path / "mine" / "milder.yaml", "regime: milder\nsource: s\nbased_on: status_quo_ante\n")
    file = write(
        tmp_path / "x.yaml",
        "scenario: x\nbased_on: toytown\ntransitions:\n"
        "  - {before: status_quo_ante, after: mine/milder.yaml, start: 2002-01}\n",
    )
    assert load(file).timeline.regimes == ("status_quo_ante", "milder")


def test_two_regimes_of_one_name_cannot_meet(tmp_path: Path) -> None:
    write(
        tmp_path / "mine" / "other.yaml", "regime: status_quo_ante\nsource: s\nbased_on: demand_and_support\n"
    )
    file = write(
        tmp_path / "x.yaml",
        "scenario: x\nbased_on: toytown\ntransitions:\n"
        "  - {before: status_quo_ante, after: local_activation, start: 2001-01}\n"
        "  - {before: local_activation, after: mine/other.yaml, start: 2002-01}\n",
    )
    with pytest.raises(ConfigError, match=r":5: transitions\[2\] names a second regime 'status_quo_ante'"):
        load(file)


def test_an_error_in_a_base_is_told_where_it_stands(tmp_path: Path) -> None:
    write(tmp_path / "scenarios" / "base.yaml", "scenario: base\nbased_on: toytown\nscale: 7\n")
    file = write(tmp_path / "scenarios" / "x.yaml", "scenario: x\nbased_on: base\n")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert (caught.value.file, caught.value.line, caught.value.key) == (file.parent / "base.yaml", 3, "scale")


def test_an_experiment_counts_or_lists_its_seeds(tmp_path: Path) -> None:
    text = "experiment: x\nlabel: {{en: X}}\nscenarios: [toytown]\nbaseline: toytown\nseeds: {}\n"
    assert load_experiment(write(tmp_path / "a.yaml", text.format(3))).seeds == (1, 2, 3)
    assert load_experiment(write(tmp_path / "b.yaml", text.format("[7, 0]"))).seeds == (7, 0)


def test_an_experiment_may_vary_a_scenario_in_its_own_file(tmp_path: Path) -> None:
    file = write(
        tmp_path / "experiment.yaml",
        "experiment: x\nlabel: {en: X}\nscenarios:\n  - toytown\n"
        "  - {scenario: never, based_on: toytown, transitions: []}\nbaseline: never\nseeds: 2\nscale: 0.5\n",
    )
    experiment = load_experiment(file)
    assert list(experiment.scenarios) == ["toytown", "never"]
    assert experiment.scenarios["never"].timeline.transitions == ()
    assert experiment.scenarios["never"].label.en == "never"
    assert {scenario.scale for scenario in experiment.scenarios.values()} == {0.5}
    assert [(each.scenario, each.baseline) for each in experiment.comparisons] == [("toytown", "never")]


def test_comparisons_may_be_chosen(tmp_path: Path) -> None:
    text = (
        "experiment: x\nlabel: {en: X}\nscenarios:\n  - toytown\n"
        "  - {scenario: never, based_on: toytown, transitions: []}\nbaseline: never\nseeds: 2\n"
        "comparisons:\n  - {scenario: never, baseline: SECOND}\n"
    )
    experiment = load_experiment(write(tmp_path / "a.yaml", text.replace("SECOND", "toytown")))
    assert [(each.scenario, each.baseline) for each in experiment.comparisons] == [("never", "toytown")]
    with pytest.raises(ConfigError, match=r"comparisons\[1\]\.baseline is 'toytwn'"):
        load_experiment(write(tmp_path / "b.yaml", text.replace("SECOND", "toytwn")))


def test_an_experiment_needs_a_scenario(tmp_path: Path) -> None:
    file = write(tmp_path / "x.yaml", "experiment: x\nlabel: {en: X}\nscenarios: []\nbaseline: x\nseeds: 1\n")
    with pytest.raises(ConfigError, match="scenarios is empty"):
        load_experiment(file)


@pytest.mark.parametrize("key", ["scenarios", "transitions"])
def test_an_entry_is_a_name_or_a_group(tmp_path: Path, key: str) -> None:
    texts = {
        "scenarios": "experiment: x\nlabel: {en: X}\nscenarios: [3]\nbaseline: x\nseeds: 1\n",
        "transitions": "scenario: x\nbased_on: toytown\ntransitions: [3]\n",
    }
    with pytest.raises(ConfigError, match=rf"{key}\[1\] is 3, but it must be a name, or a group of keys"):
        check(write(tmp_path / "x.yaml", texts[key]))


def test_files_of_every_kind_can_be_checked() -> None:
    root = Path(__file__).resolve().parents[2]
    kinds = {
        "configs/places/toytown": "place",
        "configs/regimes/hartz_1_3.yaml": "regime",
        "configs/transitions/benefit_merger.yaml": "transition",
        "configs/scenarios/toytown.yaml": "scenario",
    }
    assert {path: check(root / path) for path in kinds} == kinds


def test_a_name_that_nobody_knows_is_refused_with_a_near_one() -> None:
    with pytest.raises(ConfigError) as caught:
        load("toyton")
    assert str(caught.value) == "unknown scenario 'toyton'; did you mean 'toytown'?"


def test_a_base_that_is_no_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"based_on is 3, but it must be text"):
        load(write(tmp_path / "x.yaml", "scenario: x\nbased_on: 3\n"))
