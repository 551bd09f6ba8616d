"""Plans and keys: what is to be run, and when two runs are the same."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from labsim.config import load
from labsim.experiment import keys
from labsim.experiment.keys import burn_in_key, code_id, run_key
from labsim.experiment.plan import Plan, plan_from, plan_of
from labsim.policy.instrument import INSTRUMENTS, Instrument
from labsim.policy.transition import Timeline
from labsim.scenario import Scenario
from labsim.state.place import Label

TOYTOWN = load("toytown")
UNCHANGED = TOYTOWN.model_copy(
    update={"scenario": "unchanged", "timeline": Timeline(initial=TOYTOWN.timeline.initial)}
)
FIRST = TOYTOWN.timeline.initial


def plan(*scenarios: Scenario) -> Plan:
    return Plan("toy", scenarios or (UNCHANGED, TOYTOWN), (1, 2), "unchanged")


def with_first_regime(**changes: Any) -> Scenario:
    regime = TOYTOWN.regimes[FIRST].model_copy(update=changes)
    return TOYTOWN.model_copy(update={"regimes": TOYTOWN.regimes | {FIRST: regime}})


def test_the_shipped_experiment_is_a_plan_with_its_comparisons() -> None:
    found = plan_from("dortmund_2003")
    assert found.name == "dortmund_2003"
    assert found.baseline in found.names
    assert len(found.seeds) > 1
    assert {"outcomes", "windows", "comparisons"} <= set(found.wanted)
    assert all(each["baseline"] in found.names for each in found.wanted["comparisons"])


def test_an_experiment_may_be_given_by_its_file_and_another_baseline() -> None:
    by_name = plan_from("dortmund_2003")
    assert plan_from("dortmund_2003", by_name.names[-1]).baseline == by_name.names[-1]


def test_names_of_scenarios_make_a_plan_and_the_first_is_the_baseline() -> None:
    found = plan_from(["toytown", UNCHANGED])
    assert (found.baseline, found.seeds) == ("toytown", tuple(range(1, 11)))
    assert plan_from(["toytown", UNCHANGED], "unchanged").baseline == "unchanged"


def test_a_plan_takes_other_seeds_and_another_scale() -> None:
    assert plan().over(3).seeds == (1, 2, 3)
    assert plan().over([5, 3]).seeds == (5, 3)
    assert {each.scale for each in plan().at_scale(0.5).scenarios} == {0.5}
    assert set(plan().keys) == {("unchanged", 1), ("toytown", 1), ("unchanged", 2), ("toytown", 2)}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: plan(UNCHANGED, UNCHANGED), "two scenarios are named 'unchanged', but names must differ"),
        (lambda: plan_from([TOYTOWN], "other"), "the baseline 'other' is none of the scenarios toytown"),
        (lambda: plan_from([]), "at least one scenario"),
        (lambda: plan().over(0), "seeds is 0, but there must be at least one"),
        (lambda: plan().over([1, 1]), "seeds has a number twice: 1, 1"),
        (lambda: plan().over([1.5]), "the seed 1.5 is no whole number from 0 to 9223372036854775807"),
        (lambda: plan().over([-1]), "the seed -1 is no whole number"),
        (lambda: plan().over([True]), "the seed True is no whole number"),
        (lambda: plan().at_scale(2.0), "scale is 2, but must be between 0.0001 and 1.0 agents per person"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        wrong()


def test_the_same_run_has_the_same_key() -> None:
    assert run_key(TOYTOWN, 1) == run_key(load("toytown"), 1)
    assert len(run_key(TOYTOWN, 1)) == 64


def test_everything_that_shows_in_the_results_is_in_the_key_of_a_run() -> None:
    variants = [
        run_key(TOYTOWN, 1),
        run_key(TOYTOWN, 2),
        run_key(TOYTOWN, 1, "reference"),
        run_key(UNCHANGED, 1),
        *(
            run_key(TOYTOWN.model_copy(update=change), 1)
            for change in (
                {"scenario": "b"}, {"label": Label(en="B")}, {"scale": 0.5}, {"burn_in": 3},
                {"end": "2005-12"},
            )
        ),
        run_key(with_first_regime(label=Label(en="B")), 1),
    ]  # fmt: skip
    assert len(set(variants)) == len(variants)


def test_scenarios_that_start_alike_share_their_burn_in() -> None:
    place = TOYTOWN.place.model_copy(update={"targets": (), "source": "elsewhere"})
    later = {"end": "2003-06", "label": Label(en="B"), "question": "?", "place": place}
    alike = [
        UNCHANGED,
        TOYTOWN.model_copy(update=later),
        with_first_regime(label=Label(en="B"), source="elsewhere"),
    ]
    assert {burn_in_key(each, 1) for each in alike} == {burn_in_key(TOYTOWN, 1)}


def test_an_equal_first_regime_of_another_name_shares_the_burn_in() -> None:
    regime = TOYTOWN.regimes[FIRST].model_copy(update={"regime": "twin"})
    twin = TOYTOWN.model_copy(update={"regimes": {"twin": regime}, "timeline": Timeline(initial="twin")})
    assert burn_in_key(twin, 1) == burn_in_key(TOYTOWN, 1)
    assert run_key(twin, 1) != run_key(TOYTOWN, 1)


def test_whatever_acts_before_the_start_is_in_the_key_of_a_burn_in() -> None:
    casework = TOYTOWN.regimes[FIRST].casework.model_copy(update={"meetings": 0.123})
    search = TOYTOWN.parameters.search.model_copy(update={"unemployed": 1.23})
    place = TOYTOWN.place.model_copy(update={"education_shares": (0.2, 0.5, 0.3)})
    changes: list[dict[str, Any]] = [
        {"scale": 0.5}, {"burn_in": 3}, {"start": "2000-02"}, {"place": place},
        {"parameters": TOYTOWN.parameters.model_copy(update={"search": search})},
    ]  # fmt: skip
    variants = [burn_in_key(TOYTOWN, 1), burn_in_key(TOYTOWN, 2)]
    variants += [burn_in_key(TOYTOWN.model_copy(update=change), 1) for change in changes]
    variants.append(burn_in_key(with_first_regime(casework=casework), 1))
    assert len(set(variants)) == len(variants)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package whose files may be changed."""
    copy = tmp_path / "labsim"
    shutil.copytree(keys.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(keys, "PACKAGE", copy)
    code_id.cache_clear()
    yield copy
    code_id.cache_clear()


@pytest.mark.parametrize(
    "file", ["kernels/search.py", "policy/instruments/short_course.py", "rng.py", "new.py"]
)
def test_a_change_of_the_model_changes_all_keys(package: Path, file: str) -> None:
    before = run_key(TOYTOWN, 1), burn_in_key(TOYTOWN, 1)
    with (package / file).open("a") as changed:
        changed.write("# changed")
    code_id.cache_clear()
    after = run_key(TOYTOWN, 1), burn_in_key(TOYTOWN, 1)
    assert before[0] != after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize(
    "file", ["cli/runs.py", "report/__init__.py", "experiment/store.py", "figures/new.py"]
)
def test_a_change_of_what_only_shows_results_changes_no_key(package: Path, file: str) -> None:
    before = run_key(TOYTOWN, 1), burn_in_key(TOYTOWN, 1)
    with (package / file).open("a") as changed:
        changed.write("# changed")
    code_id.cache_clear()
    assert (run_key(TOYTOWN, 1), burn_in_key(TOYTOWN, 1)) == before


def test_the_file_of_an_instrument_from_elsewhere_is_in_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("their_instruments")
    module.__file__ = str(tmp_path / "their_instruments.py")
    Path(module.__file__).write_text("one version")
    monkeypatch.setitem(sys.modules, "their_instruments", module)
    monkeypatch.setattr("labsim.policy.instrument.INSTRUMENTS", dict(INSTRUMENTS))

    class Theirs(Instrument):
        name: ClassVar[str] = "theirs"
        __module__ = "their_instruments"

    theirs = with_first_regime(instruments={"theirs": Theirs()})
    before = run_key(theirs, 1), burn_in_key(theirs, 1)
    Path(module.__file__).write_text("another version")
    assert run_key(theirs, 1) != before[0]
    assert burn_in_key(theirs, 1) != before[1]


def test_a_plan_keeps_what_the_report_should_show() -> None:
    from labsim.config import load_experiment

    experiment = load_experiment("dortmund_2003")
    assert plan_of(experiment).label == experiment.label.model_dump()
    assert plan_of(experiment).seeds == experiment.seeds
