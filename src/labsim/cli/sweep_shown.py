"""What `labsim show` shows of a sweep's file: scenarios, factors with their ranges, outcomes, number of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labsim.cli.application import put
from labsim.cli.terminal import print_table

if TYPE_CHECKING:
    from labsim.config.factors import Factor
    from labsim.config.sweeps import Sweep


def content(sweep: Sweep) -> dict[str, Any]:
    """Return a sweep as plain values, without the content of its scenarios."""
    from dataclasses import asdict

    return {
        "config": {
            "sweep": sweep.name,
            "label": sweep.label.model_dump(),
            "question": sweep.question,
            "scenarios": {name: each.label.model_dump() for name, each in sweep.scenarios.items()},
            "baseline": sweep.baseline,
            "runner": sweep.runner,
            "design": asdict(sweep.design),
            "factors": [each.as_json() for each in sweep.factors],
            "outcomes": [asdict(each) for each in sweep.outcomes],
            "windows": [asdict(each) for each in sweep.windows],
            "seeds": list(sweep.seeds),
            "stop": None if sweep.stop is None else sweep.stop.as_json(),
            "record": sweep.record,
            "run": asdict(sweep.run),
        },
        "points": sweep.design.size(sweep.factors),
        "runs": sweep.size,
        "notices": list(sweep.notices()),
    }


def print_sweep(sweep: Sweep) -> None:
    """Print a sweep for people."""
    put(f"sweep {sweep.name}: {sweep.label.en}")
    if sweep.question:
        put(sweep.question)
    what = f"scenarios {', '.join(sweep.scenarios)}; baseline {sweep.baseline}"
    put(f"the function {sweep.runner}" if sweep.is_function else what)
    points = sweep.design.size(sweep.factors)
    put(
        f"design {sweep.design.kind}: {points:,} points x {len(sweep.scenario_names)} scenarios x"
        f" {len(sweep.seeds)} replicates = {sweep.size:,} runs\n"
    )
    rows = [[each.name, each.role, _values(each), each.unit, each.meaning] for each in sweep.factors]
    if rows:
        print_table("factors", ["name", "role", "values", "unit", "meaning"], rows)
    print_table(
        "outcomes", ["name", "unit", "label"], [[it.name, it.unit, it.label] for it in sweep.outcomes]
    )
    spans = [[each.name, each.start, each.end] for each in sweep.windows if each.start]
    if spans:
        print_table("windows", ["name", "from", "to"], spans)
    for notice in sweep.notices():
        put(f"note: {notice}")


def _values(factor: Factor) -> str:
    if factor.values:
        return ", ".join(str(each) for each in factor.values)
    return f"{factor.low:g} to {factor.high:g}" + (" (whole)" if factor.kind == "whole" else "")
