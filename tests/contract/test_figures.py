"""Every module of figures is a figure with a reading aid, a table and two languages, or a helper that says so."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType

import pytest

import labsim.figures
from labsim.plots import CATALOGUE

HELPERS = {
    "canvas", "differences", "exhibit", "labels", "levels", "money", "phase_table", "rows", "speech", "sweep_words",
    "theme", "tiles", "words",
}  # fmt: skip
"""Modules that figures draw and speak with; `phase_table` is a table already."""

MODULES = {
    module.name: importlib.import_module(f"labsim.figures.{module.name}")
    for module in pkgutil.iter_modules(labsim.figures.__path__)
}
FIGURES = sorted(set(MODULES) - HELPERS)


def own(module: ModuleType) -> dict[str, str]:
    """The public functions that a module defines itself, with what they return."""
    return {
        name: str(inspect.signature(function).return_annotation)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def test_the_lists_name_modules_that_exist() -> None:
    assert set(MODULES) >= HELPERS


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_a_function_that_draws_it_and_one_that_gives_its_numbers(name: str) -> None:
    functions = own(MODULES[name])
    assert [each for each, returned in functions.items() if returned.endswith("Figure")]
    assert functions.get("numbers", "").endswith("DataFrame")


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_a_reading_aid(name: str) -> None:
    assert own(MODULES[name]).get("reading_aid") == "str"


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_told_its_language(name: str) -> None:
    module = MODULES[name]
    draws = next(each for each, returned in own(module).items() if returned.endswith("Figure"))
    for function in (getattr(module, draws), module.reading_aid, module.numbers):
        annotations = {str(each.annotation) for each in inspect.signature(function).parameters.values()}
        speaks = {"Setting", "Sought", "Speech"}
        assert {text.rpartition(".")[2] for text in annotations} & speaks, function.__name__
    assert "say(" in inspect.getsource(module) or ".language" in inspect.getsource(module)


def test_the_catalogue_names_a_figure_of_every_kind_and_each_function_exists() -> None:
    assert len(CATALOGUE) >= 14
    for module, function, width in CATALOGUE.values():
        assert callable(getattr(module, function))
        assert 300 <= width <= 1080
    assert {module.__name__.rpartition(".")[2] for module, _, _ in CATALOGUE.values()} <= set(FIGURES)
