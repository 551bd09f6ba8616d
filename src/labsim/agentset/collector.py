"""Collecting data from columns with Mesa's DataCollector, and what a model reports by itself every month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from mesa.agent import Agent
from mesa.datacollection import DataCollector

from labsim import codes
from labsim.agentset.columnar import ColumnarAgentSet
from labsim.agentset.everybody import Everybody

Reporters = Mapping[str, Any]
IMMUTABLE = (str, int, bool, float, tuple)


class Attribute:
    """A reporter that reads an attribute of an agent; knowing its name, the collector reads columns."""

    def __init__(self, name: str, reporter: str) -> None:
        self.name, self.reporter = name, reporter

    def __call__(self, agent: Any) -> Any:
        """Return the attribute, as Mesa does."""
        try:
            return getattr(agent, self.name)
        except AttributeError as error:
            raise AttributeError(
                f"Agent {agent.unique_id} of type {type(agent).__name__} has no attribute '{self.name}'"
                f" (reporter: '{self.reporter}')"
            ) from error


class ColumnarDataCollector(DataCollector):
    """Mesa's DataCollector with the same frames; attribute names of agents that are rows are read as columns.

    Unlike Mesa's it can be pickled when its reporters can.

    Examples
    --------
    >>> from labsim.agents import JobSeeker
    >>> reporters = {JobSeeker: {"age": "age", "out": "months_out"}}
    >>> collector = ColumnarDataCollector(agenttype_reporters=reporters)
    """

    def __init__(
        self,
        model_reporters: Reporters | None = None,
        agent_reporters: Reporters | None = None,
        agenttype_reporters: Mapping[type[Any], Reporters] | None = None,
        tables: Mapping[str, list[str]] | None = None,
    ) -> None:
        super().__init__(model_reporters, agent_reporters, agenttype_reporters, tables)  # type: ignore[no-untyped-call]  # Mesa's

    def _new_agent_reporter(self, name: str, reporter: Any) -> None:
        if isinstance(reporter, str):
            reporter = Attribute(reporter, name)
        super()._new_agent_reporter(name, reporter)  # type: ignore[no-untyped-call]  # Mesa's

    def _new_agenttype_reporter(self, agent_type: type[Any], name: str, reporter: Any) -> None:
        if isinstance(reporter, str):
            reporter = Attribute(reporter, name)
        super()._new_agenttype_reporter(agent_type, name, reporter)  # type: ignore[no-untyped-call]  # Mesa's

    def _record_agents(self, model: Any) -> Iterator[tuple[Any, ...]]:
        return _records(model.agents, list(self.agent_reporters.values()), model.time)

    def _record_agenttype(self, model: Any, agent_type: type[Any]) -> Iterator[tuple[Any, ...]]:
        by_type = model.agents_by_type
        ours = isinstance(model.agents, Everybody) and issubclass(agent_type, Agent)
        if agent_type not in by_type and not ours:
            return iter(super()._record_agenttype(model, agent_type))  # type: ignore[no-untyped-call]  # Mesa's
        agents = by_type[agent_type] if agent_type in by_type else model.agents.select(agent_type=agent_type)
        return _records(agents, list(self.agenttype_reporters[agent_type].values()), model.time)


def _records(agents: Any, reporters: list[Any], time: float) -> Iterator[tuple[Any, ...]]:
    """Yield (time, unique_id, what each reporter says) for every agent."""
    if isinstance(agents, Everybody):
        for part in agents.parts:
            yield from _records(part, reporters, time)
        return
    ids = agents.get("unique_id") if isinstance(agents, ColumnarAgentSet) else [a.unique_id for a in agents]
    said = [_said(agents, reporter) for reporter in reporters]
    yield from zip([time] * len(ids), ids, *said, strict=True)


def _said(agents: Iterable[Any], reporter: Any) -> list[Any]:
    """Return what a reporter says of every agent, as a column or one by one; what could change is copied."""
    if isinstance(reporter, Attribute) and isinstance(agents, ColumnarAgentSet) and agents.has(reporter.name):
        return agents.get(reporter.name)
    values = (reporter(agent) for agent in agents)
    return [value if isinstance(value, IMMUTABLE) else deepcopy(value) for value in values]


def month_name(model: Any) -> str:
    """Return the month being simulated, YYYY-MM."""
    return f"{model.month // 12}-{model.month % 12 + 1:02d}"


def _persons(model: Any, status: int) -> int:
    return int(model.world.counts.census[:, :, status].sum())


def employed(model: Any) -> int:
    """Return employed people, persons."""
    return _persons(model, codes.EMPLOYED)


def unemployed(model: Any) -> int:
    """Return registered unemployed, persons."""
    return _persons(model, codes.UNEMPLOYED)


def in_measure(model: Any) -> int:
    """Return people in measures, persons."""
    return _persons(model, codes.IN_MEASURE)


def inactive(model: Any) -> int:
    """Return inactive people of working age, persons."""
    return _persons(model, codes.INACTIVE)


def vacancies(model: Any) -> int:
    """Return vacancies open before matching, number."""
    return int(model.world.counts.vacancies[:, 2].sum())


def unemployment_rate(model: Any) -> float:
    """Return the unemployment rate, % of labour force."""
    return 100.0 * unemployed(model) / max(unemployed(model) + employed(model), 1)


def monthly_figures() -> ColumnarDataCollector:
    """Return a collector of a few figures of the whole place; `model.results` has all, by municipality."""
    reporters = (employed, unemployed, in_measure, inactive, vacancies, unemployment_rate)
    named = {"month": month_name} | {reporter.__name__: reporter for reporter in reporters}
    return ColumnarDataCollector(model_reporters=named)
