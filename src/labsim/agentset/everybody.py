"""The union of all sets of agents of a model: rows of tables and ordinary Mesa agents."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal, Self, overload

import mesa

from labsim.agentset.columnar import INFINITE, ColumnarAgentSet
from labsim.agentset.ordered import ColumnarGroupBy, OrderedAgents, Shuffles, chosen, limit

AnyAgent = mesa.Agent[Any]
Part = ColumnarAgentSet[Any] | Collection[AnyAgent]


class Everybody(OrderedAgents[AnyAgent]):
    """All agents of a model, part after part: job seekers, employers, institutions.

    Parameters
    ----------
    parts
        Columnar sets, and collections of ordinary Mesa agents. Parts with rows of one table must not overlap.
    random
        Generator that shuffles (`model.random`).
    """

    def __init__(self, parts: Iterable[Part], random: Shuffles) -> None:
        self.parts: list[Part] = list(parts)
        self.random = random

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def __iter__(self) -> Iterator[AnyAgent]:
        return chain.from_iterable(self.parts)

    def __contains__(self, agent: object) -> bool:
        return any(agent in part for part in self.parts)

    def __getitem__(self, item: int) -> AnyAgent:
        """Return the agent at a position."""
        at = item + len(self) if item < 0 else item
        for part in self.parts:
            if 0 <= at < len(part):
                agent: AnyAgent = part[at] if isinstance(part, ColumnarAgentSet) else list(part)[at]
                return agent
            at -= len(part)
        raise IndexError(item)

    def __repr__(self) -> str:
        """Return e.g. <443 agents>."""
        return f"<{len(self)} agents>"

    def __copy__(self) -> Self:
        return type(self)(self.parts, self.random)

    def _holding(self, agents: list[AnyAgent]) -> Self:
        return type(self)([agents], self.random)

    def _update(self, agents: Iterable[AnyAgent]) -> Self:
        self.parts = [list(dict.fromkeys(agents))]
        return self

    # attributes

    @overload
    def get(
        self, attr_names: str, handle_missing: Literal["error", "default"] = ..., default_value: Any = ...
    ) -> list[Any]: ...
    @overload
    def get(
        self,
        attr_names: list[str],
        handle_missing: Literal["error", "default"] = ...,
        default_value: Any = ...,
    ) -> list[list[Any]]: ...

    def get(
        self,
        attr_names: str | list[str],
        handle_missing: Literal["error", "default"] = "error",
        default_value: Any = None,
    ) -> list[Any]:
        """Return an attribute of every agent, or a list of attributes of every agent, as Python values."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is '{handle_missing}', but must be 'error' or 'default'")
        if not isinstance(attr_names, str):
            values = [self.get(name, handle_missing, default_value) for name in attr_names]
            return [list(row) for row in zip(*values, strict=True)] if values else [[] for _ in self]
        missing = () if handle_missing == "error" else (default_value,)
        found: list[Any] = []
        for part in self.parts:
            if isinstance(part, ColumnarAgentSet):
                found += part.get(attr_names, handle_missing, default_value)
            else:
                found += [getattr(agent, attr_names, *missing) for agent in part]
        return found

    def set(self, attr_name: str, value: Any) -> Self:  # type: ignore[override]  # Mesa promises its AgentSet
        """Write an attribute of all agents."""
        for part in self.parts:
            if isinstance(part, ColumnarAgentSet):
                part.set(attr_name, value)
            else:
                for agent in part:
                    setattr(agent, attr_name, value)
        return self

    # parts of it

    def select(
        self,
        filter_func: Callable[[AnyAgent], bool] | None = None,
        at_most: float = INFINITE,
        inplace: bool = False,
        agent_type: type[Any] | None = None,
    ) -> OrderedAgents[Any]:
        """Return the agents that fulfil all conditions, as in Mesa.

        When all of them are rows of one table, the set is columnar, as in
        ``model.agents.select(agent_type=JobSeeker)``.
        """
        left, parts = limit(at_most, len(self)), []
        for part in self.parts:
            kept = self._selected(part, filter_func, left, agent_type)
            left -= len(kept)
            if len(kept):
                parts.append(kept)
        if inplace:
            self.parts = parts
            return self
        if len(parts) == 1 and isinstance(parts[0], ColumnarAgentSet):
            return parts[0]
        return type(self)(parts, self.random)

    @staticmethod
    def _selected(
        part: Part, filter_func: Callable[[Any], bool] | None, at_most: int, agent_type: type[Any] | None
    ) -> Part:
        if isinstance(part, ColumnarAgentSet):
            return part.select(filter_func, at_most, agent_type=agent_type)
        return list(chosen(part, filter_func, at_most, agent_type))

    def groupby(
        self, by: Callable[[AnyAgent], Any] | str, result_type: Literal["agentset", "list"] = "agentset"
    ) -> ColumnarGroupBy:
        """Group the agents by an attribute, or by what a function gives for each, in order of appearance."""
        groups: dict[Any, list[Part]] = {}
        for part in self.parts:
            if isinstance(part, ColumnarAgentSet):
                for key, group in part.groupby(by):
                    groups.setdefault(key, []).append(group)
            else:
                members: dict[Any, list[AnyAgent]] = {}
                for agent in part:
                    members.setdefault(by(agent) if callable(by) else getattr(agent, by), []).append(agent)
                for key, own in members.items():
                    groups.setdefault(key, []).append(own)
        united = {key: self._united(parts) for key, parts in groups.items()}
        if result_type == "list":
            return ColumnarGroupBy({key: group.to_list() for key, group in united.items()})
        return ColumnarGroupBy(dict(united))

    def _united(self, parts: Sequence[Part]) -> OrderedAgents[Any]:
        first = parts[0]
        return (
            first
            if len(parts) == 1 and isinstance(first, ColumnarAgentSet)
            else Everybody(parts, self.random)
        )

    # what is in it, changed

    def add(self, agent: AnyAgent) -> None:
        """Put an agent into this set, at its end."""
        if agent not in self:
            self.parts.append([agent])

    def discard(self, agent: AnyAgent) -> None:
        """Take an agent out of this set, if it is in it; it stays in the model."""
        for k, part in enumerate(self.parts):
            if agent in part:
                if isinstance(part, ColumnarAgentSet):
                    self.parts[k] = part.select(where=part.column("row") != agent.row)  # type: ignore[attr-defined]  # a row
                else:
                    self.parts[k] = [other for other in part if other != agent]
