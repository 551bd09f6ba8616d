"""What a plan says, as plain values: from a sweep to plan.json, and back."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from labsim import __version__
from labsim.config.factors import factor_from
from labsim.config.sweeps import Design, Outcome, RunSettings, Span, Stop, Sweep
from labsim.experiment.keys import code_id
from labsim.scenario import Scenario
from labsim.state.place import Label
from labsim.sweep.estimate import Estimate
from labsim.sweep.keys import Keys
from labsim.sweep.rows import Content

FORMAT = 1
SWEEP_FILE, PLAN_FOLDER, PLAN_FILE = "sweep.yaml", "plan", "plan.json"


def facts_of(
    sweep: Sweep, keys: Keys, content: Content, estimate: Estimate, folder: Path, store: Path
) -> dict[str, Any]:
    """Return the content of plan.json, but for the numbers of rows and chunks."""
    return {
        "format": FORMAT,
        "name": sweep.name,
        "sweep": sweep.name,
        "code": code_id(),
        "label": sweep.label.model_dump(),
        "question": sweep.question,
        "made": now(),
        "keys": keys.shared(),
        "versions": {"labsim": __version__} | {name: version(name) for name in ("numba", "numpy")},
        "scenarios": {name: each.label.model_dump() for name, each in sweep.scenarios.items()},
        "contents": {name: keys.content(each) for name, each in sweep.scenarios.items()},
        "baseline": sweep.baseline,
        "runner": sweep.runner,
        "design": {name: value for name, value in asdict(sweep.design).items() if name != "rows"},
        "factors": [each.as_json() for each in sweep.factors],
        "outcomes": [asdict(each) for each in sweep.outcomes],
        "windows": [asdict(each) for each in sweep.windows],
        "seeds": list(sweep.seeds),
        "record": sweep.record,
        "run": asdict(sweep.run),
        "stop": None if sweep.stop is None else sweep.stop.as_json(),
        "store": os.path.relpath(store, folder),
        "file": {"name": "" if sweep.file is None else sweep.file.name, "digest": text_digest(sweep.text)},
        "points": len(content.digests) // content.scenarios,
        "burn_ins": content.burn_ins,
        "estimate": estimate.as_json(),
    }


def sweep_of(facts: Mapping[str, Any], scenarios: dict[str, Scenario], folder: Path) -> Sweep:
    """Return the sweep that a plan was made of; of a list, its points are in the plan only."""
    stop = None
    if facts["stop"] is not None:
        contrast = facts["stop"]["contrast"]
        stop = Stop(**{**facts["stop"], "contrast": None if contrast is None else (contrast[0], contrast[1])})
    file = planned_file(folder)
    return Sweep(
        facts["sweep"], Label(**facts["label"]), facts["question"], scenarios, facts["baseline"], facts["runner"],
        Design(**facts["design"]), tuple(factor_from(each) for each in facts["factors"]),
        tuple(Outcome(**each) for each in facts["outcomes"]), tuple(Span(**each) for each in facts["windows"]),
        tuple(facts["seeds"]), stop, facts["record"], RunSettings(**facts["run"]),
        file.read_text(encoding="utf-8") if file.is_file() else "", file,
    )  # fmt: skip


def planned_file(folder: Path) -> Path:
    """Return the file that holds the sweep as it was planned."""
    kept = folder / PLAN_FOLDER / SWEEP_FILE
    return kept if kept.is_file() else folder / SWEEP_FILE


def with_extensions(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a plan with everything that was appended to it."""
    for file in sorted((folder / PLAN_FOLDER).glob("extension-[0-9]*.json")):
        added = json.loads(file.read_text(encoding="utf-8"))
        facts = facts | {
            "seeds": [*facts["seeds"], *added["seeds"]],
            "parts": [*facts["parts"], added["part"]],
            **{name: facts[name] + added[name] for name in ("rows", "runs", "chunks")},
        }
    return facts


def for_people(sweep: Sweep) -> dict[str, Any]:
    """Return the scenarios as JSON, without the tables of their places."""
    return {
        name: each.model_dump(mode="json", exclude={"place"}) | {"place": each.place.place}
        for name, each in sweep.scenarios.items()
    }


def text_digest(text: str) -> str:
    """Return the digest of a sweep's file, 64 hex digits."""
    return sha256(text.encode()).hexdigest()


def now() -> str:
    """Return the time in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
