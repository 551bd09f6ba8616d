"""Names of runs by content: equal keys, equal bits.

A key covers what the scenario says at the point (without names, labels and questions), the seed, what is recorded,
the source files of the model and of the recording, and the versions of the two libraries that compute. What a
scenario says is hashed part by part; parts that points share are hashed once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from labsim.config.factors import Factor
from labsim.config.runners import content_of
from labsim.config.sweeps import Sweep
from labsim.experiment.keys import PACKAGE, code_id, plugins
from labsim.scenario import Scenario

SCHEMA = 1
"""Version of what a key is made of; a change makes every old run one that does not count."""

RECORDING = "sweep/record.py"
"""File outside the model that decides what a run keeps."""

UNREAD_OF_PLACE = frozenset({"targets", "label", "source", "calibrated"})
UNREAD_OF_REGIME = frozenset({"regime", "label", "source"})
NAMES_OF_TRANSITION = frozenset({"before", "after"})
"""The rules of a timeline's regimes are hashed in order, so that their names say nothing more."""
UNREAD_OF_SCENARIO = frozenset({"scenario", "label", "question"})


class Keys:
    """Makes the keys of a sweep's runs.

    Parameters
    ----------
    sweep
        The sweep; what all of its runs share is hashed once.
    """

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._parts: dict[int, tuple[Any, str]] = {}
        self._same = _digest(json.dumps(self.shared(), sort_keys=True, separators=(",", ":")))

    def shared(self) -> dict[str, Any]:
        """Return what all runs of the sweep have in common, as plain values."""
        sweep = self._sweep
        recorded = [[each.name, each.indicator, each.municipality, each.group] for each in sweep.outcomes]
        common: dict[str, Any] = {
            "schema": SCHEMA,
            "recorded": recorded,
            "record": sweep.record,
            "versions": {name: version(name) for name in ("numba", "numpy")},
        }
        if sweep.is_function:
            return common | {"runner": content_of(sweep.runner)}
        own = sorted({tuple(each) for scenario in sweep.scenarios.values() for each in plugins(scenario)})
        return common | {
            "code": code_id(),
            "recording": recording_id(),
            "plugins": [list(each) for each in own],
        }

    def of_point(self, scenario: str, values: Mapping[str, float]) -> tuple[str, str]:
        """Return (digest of what a scenario says at a point, digest of what acts before its start).

        The first, with a seed, makes a key. Of a function: the digest of the values of the factors, and "".
        """
        sweep = self._sweep
        if sweep.is_function:
            told = {each.name: _plain(each, values[each.name]) for each in sweep.factors}
            return _digest(self._same + json.dumps(told, sort_keys=True, separators=(",", ":"))), ""
        set_ = sweep.scenario_at(scenario, values)
        return _digest(self._same + self.content(set_)), self.burn_in(set_)

    def content(self, scenario: Scenario) -> str:
        """Return the digest of what a scenario says, but for names, labels and questions."""
        regimes = [self._part(scenario.regimes[name], _rules) for name in scenario.timeline.regimes]
        told = {
            "place": self._part(scenario.place, _place),
            "regimes": regimes,
            "transitions": [self._part(each, _transition) for each in scenario.timeline.transitions],
            "parameters": self._groups(scenario.parameters),
            "governance": [each.model_dump(mode="json") for each in scenario.governance],
            **{name: getattr(scenario, name) for name in _plain_fields()},
        }
        return _digest(json.dumps(told, sort_keys=True, separators=(",", ":")))

    def burn_in(self, scenario: Scenario) -> str:
        """Return the digest of what acts before the start ("" if nothing does): equal digests, one burn-in per seed."""
        if scenario.burn_in == 0:
            return ""
        told = [
            self._part(scenario.place, _place),
            self._part(scenario.regimes[scenario.timeline.initial], _rules),
            self._groups(scenario.parameters),
            scenario.start,
            scenario.burn_in,
            scenario.scale,
        ]
        return _digest(json.dumps(told))

    def _groups(self, parameters: BaseModel) -> list[str]:
        return [self._part(getattr(parameters, name), _dump) for name in type(parameters).model_fields]

    def _part(self, part: BaseModel, dump: Callable[[Any], str]) -> str:
        """Return the digest of a part; the part is kept, so that its id stays its own."""
        known = self._parts.get(id(part))
        if known is None:
            if len(self._parts) > MOST_PARTS:
                self._parts.clear()
            known = self._parts[id(part)] = (part, _digest(dump(part)))
        return known[1]


MOST_PARTS = 20_000


@lru_cache(maxsize=1)
def recording_id() -> str:
    """Return the hash of the file that decides what a run keeps, 64 hex digits."""
    return hashlib.sha256((PACKAGE / Path(RECORDING)).read_bytes()).hexdigest()


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(factor: Factor, number: float) -> Any:
    return factor.written(number)


def _dump(part: BaseModel) -> str:
    return part.model_dump_json()


def _place(place: BaseModel) -> str:
    return place.model_dump_json(exclude=set(UNREAD_OF_PLACE))


def _rules(regime: BaseModel) -> str:
    return regime.model_dump_json(exclude=set(UNREAD_OF_REGIME))


def _transition(transition: BaseModel) -> str:
    return transition.model_dump_json(exclude=set(NAMES_OF_TRANSITION))


@lru_cache(maxsize=1)
def _plain_fields() -> tuple[str, ...]:
    """Return the fields of a scenario that are numbers or texts that the run reads."""
    groups = {"place", "regimes", "timeline", "parameters", "governance"}
    return tuple(name for name in Scenario.model_fields if name not in groups | UNREAD_OF_SCENARIO)
