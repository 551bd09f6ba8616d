"""What all sets of agents share: doing something with one agent after another, in an order."""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from itertools import islice
from typing import Any, Protocol, Self

import mesa
from mesa.agentset import AbstractAgentSet, GroupBy

Call = str | Callable[..., Any]


class Shuffles(Protocol):
    """A generator that puts a list into random order; Mesa's `model.random` is one."""

    def shuffle(self, x: list[Any], /) -> None:
        """Put ``x`` into random order."""


def called(agent: Any, method: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a method of an agent by name, or a function with the agent as its first argument."""
    return (
        getattr(agent, method)(*args, **kwargs) if isinstance(method, str) else method(agent, *args, **kwargs)
    )


def limit(at_most: float, size: int) -> int:
    """Return how many agents `select` may keep; a float up to 1 is a share of all, as in Mesa."""
    if isinstance(at_most, float):
        at_most = int(size * at_most) if at_most <= 1.0 else min(at_most, size)
    return max(int(at_most), 0)


def chosen[A: mesa.Agent[Any]](
    agents: Iterable[A], filter_func: Callable[[A], bool] | None, at_most: int, agent_type: type[Any] | None
) -> Iterator[A]:
    """Yield the first agents that are of a type and pass a filter."""
    passing = (
        agent
        for agent in agents
        if (agent_type is None or isinstance(agent, agent_type))
        and (filter_func is None or filter_func(agent))
    )
    return islice(passing, at_most)


class OrderedAgents[A: mesa.Agent[Any]](AbstractAgentSet[A]):
    """A set of agents in an order, without weak references: views live only while somebody looks at them.

    Shuffling draws from ``random``, which is Mesa's; the model itself never draws from it.
    """

    random: Shuffles

    @abstractmethod
    def _holding(self, agents: list[A]) -> Self:
        """Return a set like this one of other agents, in their order."""

    def copy(self) -> Self:
        """Return another set of the same agents."""
        return copy(self)

    def to_list(self) -> list[A]:
        """Return the agents."""
        return list(self)

    def do(self, method: Call, *args: Any, **kwargs: Any) -> Self:
        """Call a method of every agent by name, or a function with the agent as its first argument."""
        for agent in self:
            called(agent, method, args, kwargs)
        return self

    def shuffle_do(self, method: Call, *args: Any, **kwargs: Any) -> Self:
        """Do the same in random order; the set keeps its own."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def map(self, method: Call, *args: Any, **kwargs: Any) -> list[Any]:
        """Return what a method or function gives for every agent."""
        return [called(agent, method, args, kwargs) for agent in self]

    def shuffle(self, inplace: bool = False) -> Self:
        """Return the set in random order, by the generator handed over by Mesa."""
        agents, generator = self.to_list(), self.random
        generator.shuffle(agents)
        return self._update(agents) if inplace else self._holding(agents)

    def sort(self, key: Callable[[A], Any] | str, ascending: bool = False, inplace: bool = False) -> Self:
        """Return the set sorted by an attribute or by what a function gives, highest first."""
        value = operator.attrgetter(key) if isinstance(key, str) else key
        agents = sorted(self, key=value, reverse=not ascending)
        return self._update(agents) if inplace else self._holding(agents)

    @abstractmethod
    def _update(self, agents: Iterable[A]) -> Self:
        """Hold these agents instead."""

    def remove(self, agent: A) -> None:
        """Take an agent out of this set, not out of the model; KeyError if it is not in it."""
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)


class ColumnarGroupBy(GroupBy):
    """Groups of agents; aggregates columns where a group has them."""

    def agg(self, attr_name: str, func: Callable[..., Any]) -> dict[Any, Any]:
        """Return {group: what a function gives for the values of an attribute}."""
        return {
            name: group.agg(attr_name, func)
            if isinstance(group, AbstractAgentSet)
            else func([getattr(agent, attr_name) for agent in group])
            for name, group in self.groups.items()
        }
