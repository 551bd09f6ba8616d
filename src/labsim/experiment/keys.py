"""Keys: a hash of everything that decides a result, so that equal keys mean equal bits.

A key covers the content of the configuration, the seed, the source files of the package and the versions of
the two libraries that compute (NumPy, Numba). File names, dates and the number of threads are no part of it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.kept import Kept

PACKAGE = Path(__file__).resolve().parent.parent
OUTSIDE_THE_MODEL = frozenset(
    {
        "analysis",
        "app",
        "calibration",
        "cli",
        "cli.py",
        "config",
        "experiment",
        "figures",
        "plots.py",
        "report",
        "sweep",
    }
)
"""Parts of the package that no simulated bit depends on. A new part counts until it is named here."""

CODE_OF_TRIALS = (
    "analysis/evaluators.py", "analysis/panel_values.py", "config/treatments.py", "experiment/trial.py",
    "experiment/trial_tables.py", "experiment/trials/clients.py", "experiment/trials/municipal.py",
)  # fmt: skip
"""Files outside the model that decide what a seed of a trial finds."""

_BURN_IN: Kept[tuple[str, ...]] = Kept()
_RUN: Kept[str] = Kept(16)


def run_key(scenario: Scenario, seed: int, engine: str = "kernels") -> str:
    """Return the key of one run (64 hex digits)."""
    parts = (scenario, scenario.timeline, *scenario.regimes.values())
    content = _RUN.get(parts, lambda: _text(_content(scenario)))
    around = ("run", engine, seed), (code_id(), plugins(scenario), _libraries())
    return _hash_texts(*map(_text, around[0]), content, *map(_text, around[1]))


def trial_key(scenario: Scenario, seed: int, design: Any) -> str:
    """Return the key of one seed of a trial (64 hex digits); ``design``: what decides its tables, as plain values.

    Unlike a run, a trial depends on the code that draws, follows and counts people, too.
    """
    digest = hashlib.sha256()
    for name in CODE_OF_TRIALS:
        digest.update((PACKAGE / name).read_bytes() + b"\0")
    code = [code_id(), digest.hexdigest()]
    return _hash("trial", seed, _content(scenario), design, code, plugins(scenario), _libraries())


def _content(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario says; what its place's calibration found stands in the parameters already."""
    content = scenario.model_dump(mode="json")
    content["place"].pop("calibrated", None)
    return content


def burn_in_key(scenario: Scenario, seed: int, month: int | None = None) -> str:
    """Return the key of the state at the start of `scenario`, or at a later ``month`` (64 hex digits).

    Only what acts before the start counts: scenarios that differ in their transitions, their end or their
    names share a burn-in. So a later month must not lie after the first change of `scenario`.
    """
    first = scenario.regimes[scenario.timeline.initial]
    settled = _BURN_IN.get(
        (scenario.place, first, scenario.parameters), lambda: _before_the_start(scenario, first)
    )
    span = {"start": scenario.start, "burn_in": scenario.burn_in, "scale": scenario.scale}
    if month is not None:
        span |= {"month": month, "end": scenario.end}
    return _hash_texts(
        _text("burn-in"),
        _text(seed),
        *settled,
        *map(_text, (span, code_id(), plugins(scenario), _libraries())),
    )


def _before_the_start(scenario: Scenario, first: Regime) -> tuple[str, ...]:
    """Return what does not change from seed to seed, as texts: place, rules, parameters."""
    place = scenario.place.model_dump(mode="json", exclude={"targets", "label", "source", "calibrated"})
    rules = json.loads(first.model_dump_json(exclude={"regime", "label", "source"}))
    return tuple(map(_text, (place, rules, scenario.parameters.model_dump(mode="json"))))


@lru_cache(maxsize=1)
def code_id() -> str:
    """Return the hash of the source files that the simulation depends on (64 hex digits)."""
    digest = hashlib.sha256()
    for file in _model_files():
        digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0")
        digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def _model_files() -> Iterator[Path]:
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.relative_to(PACKAGE).parts[0] not in OUTSIDE_THE_MODEL:
            yield file


def plugins(scenario: Scenario) -> list[list[str]]:
    """Return [class, hash of its file] of every instrument in use that does not come with the package."""
    found: dict[str, str] = {}
    for regime in scenario.regimes.values():
        for instrument in regime.instruments.values():
            cls = type(instrument)
            if cls.__module__.partition(".")[0] == "labsim":
                continue
            file = getattr(sys.modules.get(cls.__module__), "__file__", None)
            source = Path(file).read_bytes() if file else b""
            found[f"{cls.__module__}.{cls.__qualname__}"] = hashlib.sha256(source).hexdigest()
    return [list(item) for item in sorted(found.items())]


@lru_cache(maxsize=1)
def _libraries() -> dict[str, str]:
    return {name: version(name) for name in ("numba", "numpy")}


def _hash(*parts: Any) -> str:
    return _hash_texts(*map(_text, parts))


def _hash_texts(*texts: str) -> str:
    """Return the hash of a list, given each of its elements as JSON."""
    return hashlib.sha256(f"[{','.join(texts)}]".encode()).hexdigest()


def _text(part: Any) -> str:
    return json.dumps(part, sort_keys=True, separators=(",", ":"))
