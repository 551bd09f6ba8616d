"""The example for Mesa's browser view: its model and its pictures work without solara, which says how to get it."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labsim.codes import OUTSIDE

FILE = Path(__file__).resolve().parents[2] / "examples" / "solara_app.py"


@pytest.fixture(scope="module")
def example() -> Any:
    specification = importlib.util.spec_from_file_location("solara_app", FILE)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def town(example: Any) -> Any:
    return example.Town(seed="3", scale=0.05, demand=1.02)


def test_a_town_is_made_of_what_the_browser_sets_and_has_its_first_month_behind_it(
    example: Any, town: Any
) -> None:
    assert town.world.month == town.start_month + 1
    assert town.run_seed == 3
    assert town.specification.scale == 0.05
    assert town.specification.parameters.demand.level == 1.02
    assert set(example.PARAMETERS) == set(inspect.signature(example.Town).parameters)


def test_the_pictures_follow_the_model_step_by_step(example: Any, town: Any) -> None:
    for months in (1, 2, 3):
        figure = example.rates(town)
        assert [len(trace.x) for trace in figure.data] == [months, months]
        alive = int((town.world.persons.status != OUTSIDE).sum())
        assert sum(example.states(town).data[0].x) == alive
        town.step()
    table = example.recorded(town)
    assert list(example.rates(town).data[0].y) == table["employment_rate"].tolist()
    assert "would work for" in example.person(town)


def test_without_solara_the_example_says_what_to_install() -> None:
    if importlib.util.find_spec("solara") is not None:
        pytest.skip("solara is installed here")
    found = subprocess.run(
        [sys.executable, str(FILE)], capture_output=True, text=True, timeout=120, check=False
    )
    assert found.returncode == 1
    assert 'pip install "mesa[viz]" solara solara-assets "ipyvuetify<3" anywidget' in found.stderr
    assert "Traceback" not in found.stderr


def test_solaraviz_gets_its_components_by_name() -> None:
    assert "components=[" in FILE.read_text(encoding="utf-8")
