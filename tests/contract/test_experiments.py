"""What holds for every shipped experiment: it loads, runs from end to end, and its README tells what was found."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from labsim.config import Experiment, load_experiment
from labsim.config.files import kind_of
from labsim.config.forms import Window
from labsim.experiment.cache import BurnInCache
from labsim.experiment.campaign import run_experiment
from labsim.experiment.comparison import read_comparison
from labsim.experiment.plan import plan_of
from labsim.report.write import write_report
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "experiments"


def is_experiment(file: Path) -> bool:
    """Return whether a file describes an experiment."""
    return kind_of(YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))) == "experiment"


FILES = [file for file in sorted(FOLDER.glob("*/*.yaml")) if is_experiment(file)]
FOLDERS = sorted({file.parent for file in FILES})
ANSWERS = ("came true", "came out otherwise", "open")
SECTIONS = ("The question", "Run it", "What was expected", "What was found", "What it depends on")
RUN = re.compile(r"[Ss]eeds 1 to (\d+), scale (0\.\d+), labsim (\d+\.\d+\.\d+)")

TINY, LEAD, FOLLOWED = 0.001, 6, 12
"""Agents per person, months before the first change and from it on, in the short runs."""

every_experiment = pytest.mark.parametrize(
    "file", FILES, ids=lambda file: str(file.relative_to(FOLDER).with_suffix(""))
)
every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def first_change(experiment: Experiment) -> int:
    """Return the month number in which the first regime of any scenario begins to change."""
    return min(
        change.first_month for each in experiment.scenarios.values() for change in each.timeline.transitions
    )


def shortened(experiment: Experiment) -> Experiment:
    """Return the experiment with few persons, a few months around the first change, and one seed."""
    change = first_change(experiment)

    def short(scenario: Scenario) -> Scenario:
        start = max(parse_month(scenario.start), change - LEAD)
        span = {"start": format_month(start), "end": format_month(change + FOLLOWED - 1)}
        return scenario.model_copy(update=span | {"burn_in": 2, "scale": TINY})

    scenarios = {name: short(each) for name, each in experiment.scenarios.items()}
    shown = next(iter(scenarios.values()))
    windows = tuple(
        Window(window=each.window, label=each.label, start=shown.start, end=shown.end)
        for each in experiment.windows
    )
    return experiment.model_copy(
        update={"scenarios": scenarios, "windows": windows, "seeds": (1,), "record": ()}
    )


@cache
def loaded(file: Path | str) -> Experiment:
    """Return an experiment, read once for all tests: nothing in it can be changed."""
    return load_experiment(file)


@pytest.fixture(scope="module")
def run_briefly(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Return a function that runs an experiment shortly, once, and gives the folder of its results."""

    @cache
    def run(file: Path) -> Path:
        where = tmp_path_factory.mktemp(file.parent.name)
        plan = plan_of(shortened(loaded(file)))
        return run_experiment(plan, where / "out", workers=1, cache=BurnInCache(where / "cache"))

    return run


def readme(folder: Path) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


def section(folder: Path, title: str) -> str:
    """Return the text below a heading of the README, up to the next one of its level."""
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", readme(folder), re.MULTILINE | re.DOTALL)
    assert found, f"{folder.name}/README.md has no section '{title}'"
    return found.group(1)


def of(folder: Path) -> list[Experiment]:
    return [loaded(file) for file in FILES if file.parent == folder]


def test_the_experiments_that_the_sources_ask_for_are_there() -> None:
    asked = {"transition_paths", "who_pays", "creaming", "equal_footing", "dortmund_2003"}
    asked |= {"brandenburg_regionalbudget", "decentralisation", "hartz_decomposition", "what_works_when"}
    assert asked <= {folder.name for folder in FOLDERS}


@every_experiment
def test_an_experiment_says_before_the_runs_what_it_expects(file: Path) -> None:
    experiment = loaded(file)
    assert experiment.question
    assert experiment.expect
    assert experiment.precision
    assert all(each.because for each in experiment.expect)
    unclear = [
        e.outcome
        for e in experiment.expect
        if e.expect == "no_change" and e.outcome not in experiment.precision
    ]
    assert unclear == [], "what counts as no change?"


@every_experiment
def test_an_experiment_shows_employment_beside_registered_unemployment(file: Path) -> None:
    outcomes = loaded(file).outcomes
    assert "employment_rate" in outcomes
    if "unemployment_rate" in outcomes:
        assert outcomes.index("employment_rate") < outcomes.index("unemployment_rate")
        assert "underemployment_rate" in outcomes


@every_experiment
def test_scenarios_of_an_experiment_share_their_months(file: Path) -> None:
    scenarios = loaded(file).scenarios.values()
    assert len({(each.start, each.end, each.burn_in, each.scale) for each in scenarios}) == 1


@every_experiment
def test_an_experiment_runs_from_end_to_end(file: Path, run_briefly: Callable[[Path], Path]) -> None:
    folder = run_briefly(file)
    comparison = read_comparison(folder)
    assert write_report(folder).stat().st_size > 0
    assert comparison.failures == ()
    experiment = loaded(file)
    assert comparison.scenarios == tuple(experiment.scenarios)
    months = comparison.indicators.groupby("scenario", observed=True)["month"].nunique()
    assert months.nunique() == 1
    assert months.iloc[0] >= FOLLOWED
    assert len(comparison.predictions()) == len(experiment.expect)
    books = comparison.accounts.groupby("scenario", observed=True)["euros"].sum()
    assert (books > 0).all()


def test_a_mode_of_governance_by_itself_changes_nothing(run_briefly: Callable[[Path], Path]) -> None:
    folder = run_briefly(FOLDER / "equal_footing" / "experiment.yaml")
    table = read_comparison(folder).indicators
    wide = table.pivot_table(
        index=["month", "municipality", "group", "indicator"], columns="scenario", values="value", dropna=False,
        observed=True,
    )  # fmt: skip
    for mode in ("joint", "municipal", "networked"):
        pd.testing.assert_series_equal(wide[f"{mode}_bare"], wide["centralised"], check_names=False)
    assert not wide["municipal_reach"].equals(wide["centralised"])


def test_the_paths_differ_in_the_way_and_in_nothing_else() -> None:
    scenarios = loaded("transition_paths").scenarios
    by_path = [each for each in scenarios.values() if each.timeline.transitions]
    assert {len(each.timeline.transitions) for each in by_path} == {1}
    assert {
        (each.timeline.transitions[0].before, each.timeline.transitions[0].after) for each in by_path
    } == {("status_quo_ante", "local_activation")}
    shared = [
        each.model_dump(exclude={"scenario", "label", "question", "timeline", "regimes"}) for each in by_path
    ]
    assert all(each == shared[0] for each in shared)


def test_every_pair_of_the_regrowth_sweep_has_equal_parameters() -> None:
    experiment = loaded(FOLDER / "transition_paths" / "regrowth.yaml")
    for pair in experiment.comparisons:
        one, other = experiment.scenarios[pair.scenario], experiment.scenarios[pair.baseline]
        assert one.parameters == other.parameters
        assert one.timeline.transitions[0].after == other.timeline.transitions[0].after


def test_modes_of_governance_have_the_same_measures_and_the_same_money() -> None:
    scenarios = loaded("equal_footing").scenarios
    rules = {name: each.regimes[each.timeline.transitions[-1].after] for name, each in scenarios.items()}
    for name, regime in rules.items():
        assert regime.instruments == rules["centralised"].instruments, name
        assert regime.funding == rules["centralised"].funding, name
        assert regime.benefits == rules["centralised"].benefits, name


@every_folder
def test_a_readme_names_question_run_expectations_findings_and_what_they_depend_on(folder: Path) -> None:
    for title in SECTIONS:
        assert len(section(folder, title).split()) >= 20, title


@every_folder
def test_a_readme_says_how_to_run_each_experiment_of_its_folder(folder: Path) -> None:
    said = section(folder, "Run it")
    for file in (each for each in FILES if each.parent == folder):
        assert f"labsim compare {file.relative_to(ROOT).as_posix()}" in said


@every_folder
def test_findings_name_seeds_scale_and_version(folder: Path) -> None:
    runs = RUN.findall(section(folder, "What was found"))
    assert len(runs) >= len(of(folder)), "write: seeds 1 to N, scale 0.0X, labsim X.Y.Z"
    for experiment in of(folder):
        seeds = len(experiment.seeds)
        assert any(int(found[0]) <= seeds for found in runs)


@every_folder
def test_a_readme_tells_the_outcome_of_every_prediction(folder: Path) -> None:
    rows = [line for line in section(folder, "What was expected").splitlines() if line.startswith("|")]
    told = [row.split("|")[-2].strip() for row in rows]
    stated = sum(len(experiment.expect) for experiment in of(folder))
    assert sum(answer in ANSWERS for answer in told) == stated


@every_folder
def test_a_readme_names_every_scenario_of_its_experiments(folder: Path) -> None:
    text = readme(folder)
    for experiment in of(folder):
        assert [name for name in experiment.scenarios if f"`{name}`" not in text] == []
