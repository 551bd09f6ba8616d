"""The command that shows a configuration: its timeline resolved, every value, its source, and who pays."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import BadInput, command, put
from labsim.cli.files import label, loaders, notices
from labsim.cli.kinds import is_path
from labsim.cli.runs import JsonOption
from labsim.cli.sweep_shown import content as sweep_content
from labsim.cli.sweep_shown import print_sweep
from labsim.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    from pydantic import BaseModel

    from labsim.config import Experiment, Kind
    from labsim.policy.funding import Payers
    from labsim.policy.regime import Regime
    from labsim.scenario import Scenario

SHOW_ORDER: tuple[Kind, ...] = ("scenario", "experiment", "sweep", "regime", "transition", "place")

WIDEST_VALUE = 32

SET_BY_REGIMES = ("budget", "funded_by")
"""Settings of an instrument that each regime writes anew, so that their defaults say nothing."""


class Shown(StrEnum):
    """What `labsim show` can show."""

    scenario = "scenario"
    experiment = "experiment"
    sweep = "sweep"
    regime = "regime"
    transition = "transition"
    place = "place"
    instrument = "instrument"


@command("show")
def show(
    name: Annotated[
        str,
        typer.Argument(
            help="Name or file of a scenario, experiment, sweep, regime, transition, place; or name of an instrument."
        ),
    ],
    kind: Annotated[
        Shown | None,
        typer.Option(help="Of which kind, where several have the name.", show_default="as found"),
    ] = None,
    draw: Annotated[
        Path | None, typer.Option(help="Draw a scenario's timeline as a page of this name, ending in .html.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a configuration: timeline, every value, its source."""
    found, loaded = _loaded(name, None if kind is None else kind.value)
    if draw is not None:
        from labsim.cli.drawing import draw as drawn

        if found != "scenario":
            raise BadInput(f"{name}: this is a {found}, but only the timeline of a scenario can be drawn")
        drawn(loaded, draw)
    content = {"kind": found} | _content(found, name, loaded)
    if as_json:
        print_json(content)
        return
    if found == "scenario":
        _print_scenario(loaded, content)
    elif found == "experiment":
        _print_experiment(loaded)
    elif found == "sweep":
        print_sweep(loaded)
    elif found == "instrument":
        put(f"instrument {loaded.name}: {loaded.label} ({loaded.label_de})")
        put(f"{loaded.reference}; LMP class {loaded.lmp_class}; {_delivered(loaded)}")
        _print_sources(content["sources"])
        _print_instruments("In the shipped regimes", "regime", content["regimes"])
    else:
        put(f"{found} {getattr(loaded, found, name)}: {label(loaded)}")
        if found == "regime":
            _print_payers(content["payers"])
            _print_instruments("instruments", "instrument", content["instruments"])
        _print_sources(content["sources"])
    if draw is not None:
        put(f"\ntimeline drawn: {draw}")


def _loaded(name: str, kind: str | None) -> tuple[str, Any]:
    """Return the kind of what a person asks for, and the thing itself."""
    from labsim.config import available, check
    from labsim.config.errors import suggestion
    from labsim.config.files import find
    from labsim.policy.instrument import load_instruments

    instruments = load_instruments()
    if kind is None and is_path(name):
        kind = check(name)
    if kind is None:
        kind = next((each for each in SHOW_ORDER if isinstance(find(each, name), Path)), None)
    if kind is None and name in instruments:
        kind = "instrument"
    if kind is None:
        known = [each for kind_ in SHOW_ORDER for each in available(kind_)]
        raise BadInput(f"there is nothing named '{name}'; {suggestion(name, {*known, *instruments})}")
    if kind == "instrument" and name not in instruments:
        raise BadInput(f"unknown instrument '{name}'; {suggestion(name, instruments)}")
    return kind, instruments[name]() if kind == "instrument" else loaders()[kind](name)


def _content(kind: str, name: str, loaded: Any) -> dict[str, Any]:
    """Return all that is to be shown as plain values."""
    if kind == "sweep":
        return sweep_content(loaded)
    content: dict[str, Any] = {"config": loaded.model_dump(mode="json")}
    if kind == "scenario":
        return content | _scenario_content(loaded)
    if kind == "experiment":
        from labsim.experiment.timeline import timeline

        timelines = {each: timeline(scenario) for each, scenario in loaded.scenarios.items()}
        return content | {"timelines": timelines, "notices": notices(loaded)}
    if kind == "transition":
        return content | {"sources": list(_transition_sources(name, loaded))}
    content["sources"] = list(_sources(loaded))
    if kind == "regime":
        content |= {"payers": _payers(loaded), "instruments": _instruments_of(loaded)}
    if kind == "place":
        from labsim.config.citations import series_of

        content["sources"] += [_sourced(*row) for row in series_of(loaded)]
    if kind == "instrument":
        content["regimes"] = list(_regimes_with(loaded.name))
    return content


def _scenario_content(scenario: Scenario) -> dict[str, Any]:
    from labsim.config import sources
    from labsim.experiment.resolved import governance, steps
    from labsim.experiment.timeline import timeline

    return {
        "timeline": timeline(scenario),
        "steps": steps(scenario),
        "governance": governance(scenario),
        "notices": notices(scenario),
        "sources": [row._asdict() | {"is_assumption": row.is_assumption} for row in sources(scenario)],
    }


def _print_scenario(scenario: Scenario, content: dict[str, Any]) -> None:
    from labsim.cli.lanes import told

    place = scenario.place
    persons = sum(each.population_of_working_age for each in place.municipalities)
    besides = "".join(
        f" ({len(some)} {what})"
        for what, some in (
            ("synthetic", [each for each in place.municipalities if each.synthetic]),
            ("outside the place proper", [each for each in place.municipalities if each.outside]),
        )
        if some
    )
    put(f"scenario {scenario.scenario}: {label(scenario)}")
    if scenario.question:
        put(scenario.question)
    put(
        f"{place.label.en}, {len(place.municipalities)} municipalities{besides}, {persons:,} people of working age,"
        f" scale {scenario.scale:g} (agents per person)"
    )
    put(f"{scenario.start} to {scenario.end}, after a burn-in of {scenario.burn_in} months\n")
    put(_lanes(scenario))
    for notice in content["notices"]:
        put(f"note: {notice}")
    for title, rows in told(content["steps"], plain=_plain()):
        put("")
        print_table(title, ["municipalities", "what", "when, how much"], rows)
    put("")
    print_table("governance", ["municipalities", "from", "mode", "why", "terms"], [
        [row["group"], row["start"], row["mode"], row["why"], _terms(row["terms"])]
        for row in content["governance"]
    ])  # fmt: skip
    _print_sources(content["sources"])


def _print_experiment(experiment: Experiment) -> None:
    put(f"experiment {experiment.experiment}: {label(experiment)}")
    if experiment.question:
        put(experiment.question)
    seeds = ", ".join(map(str, experiment.seeds))
    if experiment.seeds == tuple(range(1, len(experiment.seeds) + 1)):
        seeds = f"1 to {len(experiment.seeds)}"
    put(f"{len(experiment.scenarios)} scenarios, seeds {seeds}, baseline {experiment.baseline}")
    for scenario in experiment.scenarios.values():
        put(f"\n{scenario.scenario}: {label(scenario)}\n{_lanes(scenario)}")
        for notice in notices(scenario):
            put(f"note: {notice}")


def _print_payers(rows: list[dict[str, str]]) -> None:
    put("")
    print_table("who pays", ["for", "payers", "source"], [list(row.values()) for row in rows])


def _print_instruments(title: str, first: str, rows: list[dict[str, Any]]) -> None:
    """Print what instruments cost, one row for each instrument of a regime, or for each regime that has one."""
    put("")
    columns = [first, ">EUR per unemployed and month", ">entries per 100 of them", ">EUR per entry",
               "decided on by", "paid by"]  # fmt: skip
    print_table(title, columns, [
        [row["name"], f"{row['budget']:.2f}", f"{row['entries']:.3g}", f"{row['price']:,.0f}",
         row["funded_by"].replace("_", " "), row["payers"]]
        for row in rows
    ])  # fmt: skip


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
    """Yield the values of a regime, place or instrument with their sources, but no matrices and series."""
    from labsim.params import declarations
    from labsim.policy.funding import PAYERS

    cited = getattr(thing, "citations", {})
    groups = [("", thing)]
    groups += [(f"instruments.{name}", it) for name, it in getattr(thing, "instruments", {}).items()]
    groups += [(f"municipalities[{it.name}]", it) for it in getattr(thing, "municipalities", ())]
    for path, group in groups:
        for row in declarations(group, path):
            is_matrix = isinstance(row.value, tuple) and not isinstance(
                (*row.value, ())[0], str | float | int
            )
            pays_nothing = row.path.rpartition(".")[2] in PAYERS and row.value == 0.0
            if is_matrix or pays_nothing or (group is thing and row.path in SET_BY_REGIMES):
                continue
            yield _sourced(
                row.path, row.value, row.unit, row.meaning, _nearest(row.path, cited) or row.source
            )


def _transition_sources(name: str, transition: BaseModel) -> Iterator[dict[str, Any]]:
    """Yield the values of a transition with their sources; what keeps its default has the declared one."""
    from labsim.config.library import Library, by_name
    from labsim.config.policies import transition_sources
    from labsim.params import declarations

    library = Library()
    cited = transition_sources(library, library.document(by_name("transition", name)))
    for row in declarations(transition):
        yield _sourced(
            row.path, row.value, row.unit, row.meaning, cited.get(row.path, "not used: the default")
        )


def _sourced(where: str, value: Any, unit: str, meaning: str, source: str) -> dict[str, Any]:
    from labsim.params import ASSUMPTION

    return {
        "where": where,
        "value": value,
        "unit": unit,
        "meaning": meaning,
        "source": source,
        "is_assumption": source.lower().startswith(ASSUMPTION),
    }


def _payers(regime: Regime) -> list[dict[str, str]]:
    """Return who pays for what under a regime, in words."""
    return [
        {
            "for": use.replace("_", " "),
            "payers": _shares(getattr(regime.funding, use)),
            "source": _nearest(f"funding.{use}", regime.citations) or "default",
        }
        for use in type(regime.funding).model_fields
    ]


def _instruments_of(regime: Regime) -> list[dict[str, Any]]:
    """Return what a regime's instruments cost, who decides on them and who pays."""
    return [_cost(name, name, regime) for name in regime.instruments]


def _regimes_with(instrument: str) -> Iterator[dict[str, Any]]:
    from labsim.config import available, load_regime

    regimes = {name: load_regime(name) for name in available("regime")}
    return (_cost(name, instrument, it) for name, it in regimes.items() if instrument in it.instruments)


def _cost(name: str, instrument: str, regime: Regime) -> dict[str, Any]:
    it = regime.instruments[instrument]
    return {
        "name": name,
        "budget": it.budget,
        "entries": 100.0 * it.entries_per_unemployed,
        "price": it.price,
        "funded_by": it.funded_by,
        "payers": _shares(regime.payers_of(instrument)),
    }


def _shares(payers: Payers) -> str:
    """Return the shares of payers in words: "federal 70 %, municipality 30 %"."""
    from labsim.policy.funding import PAYERS

    shares = zip(PAYERS, payers.shares.tolist(), strict=True)
    return ", ".join(f"{name} {100 * share:g} %" for name, share in shares if share) or "nobody"


def _delivered(instrument: Any) -> str:
    return f"needs providers of {instrument.field}" if instrument.field else "needs no provider"


def _lanes(scenario: Scenario) -> str:
    from labsim.cli.lanes import lanes
    from labsim.experiment.resolved import share_of_place

    held = partial(share_of_place, scenario)
    return "\n".join(lanes(scenario.timeline, scenario.start, scenario.end, held=held, plain=_plain()))


def _plain() -> bool:
    """Return whether the terminal knows ASCII signs only."""
    return not (sys.stdout.encoding or "").lower().startswith("utf")


def _terms(terms: Mapping[str, Any]) -> str:
    """Return the terms of a governance that are not 0, in words."""
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in terms.items() if value)


def _nearest(key: str, cited: Mapping[str, str]) -> str | None:
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
    if isinstance(value, tuple):
        return ", ".join(map(_value, value)) or "none"
    text = str(value)
    return text if len(text) <= WIDEST_VALUE else f"{text[: WIDEST_VALUE - 3]}..."
