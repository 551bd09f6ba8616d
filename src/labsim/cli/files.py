"""The commands about files and names: check and list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import BAD_INPUT, command, put, say
from labsim.cli.runs import JsonOption
from labsim.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    pass


class Listed(StrEnum):
    """What `labsim list` knows."""

    places = "places"
    regimes = "regimes"
    transitions = "transitions"
    scenarios = "scenarios"
    experiments = "experiments"
    sweeps = "sweeps"
    instruments = "instruments"
    indicators = "indicators"
    outcomes = "outcomes"


@command("check")
def check(
    files: Annotated[
        list[Path], typer.Argument(help="Files of any kind, or folders of places and experiments.")
    ],
) -> None:
    """Say what is wrong with files, and what would be right."""
    from labsim.config import ConfigError
    from labsim.config.loader import checked

    wrong = 0
    for file in files:
        try:
            kind, loaded = checked(file)
            put(f"{file}: {kind}, fine")
            for notice in notices(loaded):
                say(f"{file}: note: {notice}")
        except ConfigError as error:
            wrong += 1
            say(str(error))
    if wrong:
        raise typer.Exit(BAD_INPUT)


@command("list")
def list_(
    what: Annotated[Listed, typer.Argument(help="What to list.")],
    as_json: JsonOption = False,
) -> None:
    """List places, regimes, transitions, scenarios, experiments, sweeps, instruments, indicators, outcomes ..."""
    if what is Listed.instruments:
        rows = list(_instruments())
    elif what is Listed.indicators:
        rows = list(_indicators())
    elif what is Listed.outcomes:
        rows = list(_outcomes())
    else:
        rows = list(_files(what))
    if as_json:
        print_json(rows)
    elif rows:
        print_table("", list(rows[0]), [[str(cell) for cell in row.values()] for row in rows])
    else:
        say(f"labsim: there are no {what.value}")


def notices(loaded: Any) -> list[str]:
    """Return what is odd, though not wrong, about a scenario or the scenarios of an experiment."""
    if hasattr(loaded, "notices"):
        return list(loaded.notices())
    inside = getattr(loaded, "scenarios", {})
    return [f"{name}: {notice}" for name, scenario in inside.items() for notice in notices(scenario)]


def loaders() -> dict[str, Callable[[str | Path], Any]]:
    """Return what reads a file of each kind."""
    from labsim import config

    return {
        "scenario": config.load,
        "experiment": config.load_experiment,
        "sweep": config.load_sweep,
        "regime": config.load_regime,
        "transition": config.load_transition,
        "place": config.load_place,
    }


def label(thing: Any) -> str:
    """Return the English label of something read from a file."""
    named = getattr(thing, "label", None)
    if named is None:
        return f"{thing.before} to {thing.after}, from {thing.start}"
    return str(named.en)


def _files(what: Listed) -> Iterator[dict[str, str]]:
    from labsim.config import ConfigError, available
    from labsim.config.documents import read_document
    from labsim.config.errors import shown

    kind: Any = what.value.removesuffix("s")
    for name, file in available(kind).items():
        try:
            text = label(loaders()[kind](file))
            if what is Listed.transitions:
                text = f"{read_document(file).data.get('label', {}).get('en', name)}: {text}"
        except ConfigError as error:
            text = f"wrong: {error.problems[0]}"
        yield {"name": name, "label": text, "file": shown(file)}


def _instruments() -> Iterator[dict[str, Any]]:
    from labsim.policy.instrument import load_instruments

    for name, cls in load_instruments().items():
        yield {"name": name, "label": cls.label, "label_de": cls.label_de, "lmp_class": cls.lmp_class,
               "field": cls.field, "reference": cls.reference}  # fmt: skip


def _indicators() -> Iterator[dict[str, Any]]:
    from labsim.indicators.registry import metadata
    from labsim.policy.instrument import load_instruments

    for name, facts in metadata(tuple(load_instruments())).items():
        yield {"name": name} | facts


def _outcomes() -> Iterator[dict[str, str]]:
    from dataclasses import asdict

    from labsim.analysis.outcomes import load_outcomes

    yield from (asdict(outcome) for outcome in load_outcomes().values())
