"""The commands about files and names: check, list, show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import BAD_INPUT, BadInput, command, put, say
from labsim.cli.kinds import is_path
from labsim.cli.runs import JsonOption
from labsim.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    from pydantic import BaseModel

    from labsim.config import Experiment, Kind
    from labsim.scenario import Scenario

SHOW_ORDER: tuple[Kind, ...] = ("scenario", "experiment", "regime", "transition", "place")

WIDEST_VALUE = 32


class Listed(StrEnum):
    """What `labsim list` knows."""

    places = "places"
    regimes = "regimes"
    transitions = "transitions"
    scenarios = "scenarios"
    experiments = "experiments"
    instruments = "instruments"
    indicators = "indicators"


class Shown(StrEnum):
    """What `labsim show` can show."""

    scenario = "scenario"
    experiment = "experiment"
    regime = "regime"
    transition = "transition"
    place = "place"


@command("check")
def check(
    files: Annotated[
        list[Path], typer.Argument(help="Files of any kind, or folders of places and experiments.")
    ],
) -> None:
    """Say what is wrong with files, and what would be right."""
    from labsim.config import ConfigError
    from labsim.config import check as check_file

    wrong = 0
    for file in files:
        try:
            put(f"{file}: {check_file(file)}, fine")
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
    """List places, regimes, scenarios, instruments, indicators ..."""
    if what is Listed.instruments:
        rows = list(_instruments())
    elif what is Listed.indicators:
        rows = list(_indicators())
    else:
        rows = list(_files(what))
    if as_json:
        print_json(rows)
    elif rows:
        print_table("", list(rows[0]), [[str(cell) for cell in row.values()] for row in rows])
    else:
        say(f"labsim: there are no {what.value}")


@command("show")
def show(
    name: Annotated[
        str, typer.Argument(help="Name or file of a scenario, experiment, regime, transition, place.")
    ],
    kind: Annotated[
        Shown | None,
        typer.Option(help="Of which kind, where several have the name.", show_default="as found"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a configuration: timeline, every value, its source."""
    found, loaded = _loaded(name, None if kind is None else kind.value)
    content: dict[str, Any] = {"kind": found, "config": loaded.model_dump(mode="json")}
    if found == "scenario":
        content |= _scenario_content(loaded)  # type: ignore[arg-type]  # `found` says which class it is
    elif found == "experiment":
        each = loaded.scenarios.values()  # type: ignore[attr-defined]  # the same
        content["timelines"] = {it.scenario: _timeline(it) for it in each}
    elif found != "transition":
        content["sources"] = list(_sources(loaded))
    if as_json:
        print_json(content)
    elif found == "scenario":
        _print_scenario(loaded, content)  # type: ignore[arg-type]  # the same
    elif found == "experiment":
        _print_experiment(loaded)  # type: ignore[arg-type]  # the same
    else:
        put(f"{found} {getattr(loaded, found, name)}: {_label(loaded)}")
        if found == "transition":
            print_table("", ["key", "value"], [[key, str(value)] for key, value in content["config"].items()])
        else:
            _print_sources(content["sources"])


def _files(what: Listed) -> Iterator[dict[str, str]]:
    from labsim.config import ConfigError, available

    kind: Any = what.value.removesuffix("s")
    for name, file in available(kind).items():
        try:
            label = _label(_loaders()[kind](file))
        except ConfigError as error:
            label = f"wrong: {error.problems[0]}"
        yield {"name": name, "label": label, "file": _short(file)}


def _instruments() -> Iterator[dict[str, Any]]:
    from labsim.policy.instrument import load_instruments

    for name, cls in load_instruments().items():
        yield {"name": name, "label": cls.label, "label_de": cls.label_de, "lmp_class": cls.lmp_class,
               "reference": cls.reference}  # fmt: skip


def _indicators() -> Iterator[dict[str, Any]]:
    from labsim.indicators.registry import metadata
    from labsim.policy.instrument import load_instruments

    for name, facts in metadata(tuple(load_instruments())).items():
        yield {"name": name} | facts


def _loaders() -> dict[str, Callable[[str | Path], BaseModel]]:
    from labsim import config

    return {
        "scenario": config.load,
        "experiment": config.load_experiment,
        "regime": config.load_regime,
        "transition": config.load_transition,
        "place": config.load_place,
    }


def _loaded(name: str, kind: str | None) -> tuple[str, BaseModel]:
    """Return the kind of what a person asks for, and the thing itself."""
    from labsim.config import available, check
    from labsim.config.errors import suggestion
    from labsim.config.files import find

    if kind is None and is_path(name):
        kind = check(name)
    if kind is None:
        kind = next((each for each in SHOW_ORDER if isinstance(find(each, name), Path)), None)
    if kind is None:
        known = [each for kind_ in SHOW_ORDER for each in available(kind_)]
        raise BadInput(f"there is nothing named '{name}'; {suggestion(name, set(known))}")
    return kind, _loaders()[kind](name)


def _label(thing: Any) -> str:
    label = getattr(thing, "label", None)
    if label is None:
        return f"{thing.before} to {thing.after}, from {thing.start}"
    return str(label.en)


def _short(file: Path) -> str:
    from labsim.config.errors import shown

    return shown(file)


def _timeline(scenario: Scenario) -> list[dict[str, Any]]:
    from labsim.experiment.timeline import timeline

    return timeline(scenario)


def _lanes(scenario: Scenario) -> str:
    from labsim.cli.lanes import lanes

    plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    return "\n".join(lanes(scenario.timeline, scenario.start, scenario.end, plain=plain))


def _scenario_content(scenario: Scenario) -> dict[str, Any]:
    from labsim.config import sources

    return {
        "timeline": _timeline(scenario),
        "sources": [row._asdict() | {"is_assumption": row.is_assumption} for row in sources(scenario)],
    }


def _print_scenario(scenario: Scenario, content: dict[str, Any]) -> None:
    place = scenario.place
    persons = sum(each.population_of_working_age for each in place.municipalities)
    put(f"scenario {scenario.scenario}: {_label(scenario)}")
    if scenario.question:
        put(scenario.question)
    put(
        f"{place.label.en}, {len(place.municipalities)} municipalities, {persons:,} people of working age,"
        f" scale {scenario.scale:g} (agents per person)"
    )
    put(f"{scenario.start} to {scenario.end}, after a burn-in of {scenario.burn_in} months\n")
    put(_lanes(scenario))
    _print_sources(content["sources"])


def _print_experiment(experiment: Experiment) -> None:
    put(f"experiment {experiment.experiment}: {_label(experiment)}")
    if experiment.question:
        put(experiment.question)
    seeds = ", ".join(map(str, experiment.seeds))
    if experiment.seeds == tuple(range(1, len(experiment.seeds) + 1)):
        seeds = f"1 to {len(experiment.seeds)}"
    put(f"{len(experiment.scenarios)} scenarios, seeds {seeds}, baseline {experiment.baseline}")
    for scenario in experiment.scenarios.values():
        put(f"\n{scenario.scenario}: {_label(scenario)}\n{_lanes(scenario)}")


def _print_sources(sources: list[dict[str, Any]]) -> None:
    """Print values and where they come from, a table for each group."""
    groups: dict[str, list[list[str]]] = {}
    for row in sources:
        group, _, name = row["where"].rpartition(".")
        groups.setdefault(group, []).append([name, _value(row["value"]), row["unit"], row["source"]])
    for group, rows in groups.items():
        put("")
        print_table(group, ["key", ">value", "unit", "source"], rows)
    assumed = sum(row["is_assumption"] for row in sources)
    put(f"\n{len(sources)} values, {assumed} of them assumptions")


def _sources(thing: BaseModel) -> Iterator[dict[str, Any]]:
    """Yield the values of a regime, transition or place with their sources."""
    from labsim.params import ASSUMPTION, declarations

    cited = getattr(thing, "citations", {})
    groups = [("", thing)]
    groups += [(f"instruments.{name}", it) for name, it in getattr(thing, "instruments", {}).items()]
    groups += [(f"municipalities[{it.name}]", it) for it in getattr(thing, "municipalities", ())]
    for path, group in groups:
        for row in declarations(group, path):
            if isinstance(row.value, tuple):
                continue  # matrices and series: they have files of their own
            source = _nearest(row.path, cited) or row.source
            assumed = source.lower().startswith(ASSUMPTION)
            yield {"where": row.path, "value": row.value, "unit": row.unit, "meaning": row.meaning,
                   "source": source, "is_assumption": assumed}  # fmt: skip


def _nearest(key: str, cited: Any) -> str | None:
    """Return the source of a key, or of the nearest group around it that has one."""
    while key:
        if key in cited:
            return str(cited[key])
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return None


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return text if len(text) <= WIDEST_VALUE else f"{text[: WIDEST_VALUE - 3]}..."
