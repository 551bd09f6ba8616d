"""The components of a regime, and scenarios in which only some of them are switched on.

A component is a group of the rule book (benefits, casework, instruments ...), taken from the fields of `Regime`. A
scenario with one component switched on has the timeline of the whole; each regime that follows says of this component
what it says in the whole, and of everything else what the first regime says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.place import Label

NAMES = ("regime", "label", "source")
"""What a regime says about itself; everything else is rules."""

PASSAGE = "passage"
"""The name of the part in which no component is switched on: the timeline alone, with all rules as before."""


def components() -> tuple[str, ...]:
    """Return the names of all components, in the order of a regime's fields.

    >>> "benefits" in components() and "instruments" in components()
    True
    """
    return tuple(name for name in Regime.model_fields if name not in NAMES)


def differing(scenario: Scenario) -> tuple[str, ...]:
    """Return the components in which any later regime of a scenario differs from its first one."""
    first, *later = _rules(scenario)
    return tuple(name for name in components() if any(rules[name] != first[name] for rules in later))


def part_name(scenario: str, switched_on: Sequence[str]) -> str:
    """Return the name of the scenario with only some components switched on; with none it is the passage.

    >>> part_name("reform", ["benefits"]), part_name("reform", [])
    ('reform_only_benefits', 'reform_only_passage')
    """
    return f"{scenario}_only_{'_'.join(switched_on) or PASSAGE}"


def only(scenario: Scenario, switched_on: Sequence[str]) -> Scenario:
    """Return `scenario` with nothing but some components switched on; all other rules stay those of the first regime.

    Raises `ValueError` if such a regime contradicts itself, for example measures paid from a regional budget without
    the regional budget.
    """
    initial = scenario.timeline.initial
    first = scenario.regimes[initial]
    names = {initial: initial}
    regimes = {initial: first}
    for name in scenario.timeline.regimes:
        if name not in names:
            mixed = mix(first, scenario.regimes[name], switched_on)
            names[name], regimes[mixed.regime] = mixed.regime, mixed
    transitions = tuple(
        each.model_copy(update={"before": names[each.before], "after": names[each.after]})
        for each in scenario.timeline.transitions
    )
    return scenario.model_copy(
        update={
            "scenario": part_name(scenario.scenario, switched_on),
            "label": Label(en=f"{scenario.label.en}, {_words(switched_on)}"),
            "regimes": regimes,
            "timeline": scenario.timeline.model_copy(update={"transitions": transitions}),
        }
    )


def mix(first: Regime, later: Regime, switched_on: Sequence[str]) -> Regime:
    """Return the first regime with some components of a later one, with their sources."""
    content = dict(first) | {name: getattr(later, name) for name in switched_on}
    named = {
        "regime": part_name(later.regime, switched_on),
        "label": Label(en=f"{later.label.en}, {_words(switched_on)}"),
        "source": f"{_words(switched_on)} of {later.regime}, everything else of {first.regime}",
    }
    try:
        mixed = Regime.model_validate(content | named)
    except ValidationError as error:
        raise ValueError("; ".join(_sentences(error))) from None
    kept = {key: said for key, said in first.citations.items() if _group(key) not in switched_on}
    mixed.cite(kept | {key: said for key, said in later.citations.items() if _group(key) in switched_on})
    return mixed


def _rules(scenario: Scenario) -> list[dict[str, object]]:
    return [scenario.regimes[name].rules() for name in scenario.timeline.regimes]


def _group(key: str) -> str:
    """Return the component that a key of a regime belongs to."""
    return key.partition(".")[0].partition("[")[0]


def _words(switched_on: Sequence[str]) -> str:
    """Return in words what is switched on: "only benefits and casework"."""
    return f"only {' and '.join(switched_on) or 'the passage'}".replace("_", " ")


def _sentences(error: ValidationError) -> Iterator[str]:
    for detail in error.errors():
        said = detail.get("ctx", {}).get("error")
        yield detail["msg"] if said is None else str(said)
