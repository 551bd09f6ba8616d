"""How well the synthetic population of a place meets its published marginals: the table, and the agents of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from labsim.rng import hashed_seed
from labsim.state.fitting import margin
from labsim.state.marginals import TRAITS
from labsim.state.place import Place
from labsim.state.synthesis import Joint, joint_table, quota_traits


class FitRow(NamedTuple):
    """One category of one trait in one municipality."""

    municipality: str
    trait: str
    category: str
    published: float  # as in the table, in its unit; nan where there is no figure
    unit: str
    share: float  # % of residents that the figure stands for
    fitted: float  # % in the joint table
    agents: int
    realised: float  # % of agents
    source: str

    @property
    def difference(self) -> float:
        """Fitted minus published, percentage points."""
        return self.fitted - self.share

    @property
    def realised_difference(self) -> float:
        """Share of the agents minus the published share, percentage points."""
        return self.realised - self.share


class FitSummary(NamedTuple):
    """One municipality."""

    municipality: str
    persons: float  # total of the first trait that is published in persons, else residents of working age
    of_trait: str  # which trait that is; "" for the residents of working age
    rescaled: dict[str, float]  # by trait: how much its total differs from persons, %
    rounds: int
    deviation: float  # largest deviation of a category, percentage points
    total_absolute_error: float  # persons, over all categories
    srmse: float  # root mean square error over all categories, relative to their mean
    agents: int
    agents_deviation: float  # largest deviation of a category among the agents, percentage points
    agents_srmse: float


class FitReport(NamedTuple):
    """The fit of a place's population at one scale."""

    rows: tuple[FitRow, ...]
    summaries: tuple[FitSummary, ...]

    @property
    def deviation(self) -> float:
        """Largest deviation of the joint table from a margin, percentage points."""
        return max(each.deviation for each in self.summaries)


def fit_report(place: Place, people: Sequence[int], seed: int = 1) -> FitReport | None:
    """Return how well table and agents meet the marginals, None for a place without them.

    ``people`` is the number of agents by municipality (`labsim.state.population.persons_per_municipality`).
    """
    joint = joint_table(place)
    if joint is None:
        return None
    traits = quota_traits(joint, place, people, hashed_seed(seed), 0)
    age = np.searchsorted([low for low, _ in joint.bands], traits.age, side="right") - 1
    home = np.repeat(np.arange(len(people)), people)
    rows: list[FitRow] = []
    for axis, codes in enumerate((age, traits.sex, traits.education, traits.occupation)):
        k = len(joint.margins[axis].categories)
        agents = np.bincount(home * k + codes, minlength=len(people) * k).reshape(len(people), k)
        rows += _rows(place, joint, axis, agents)
    order = {each.name: m for m, each in enumerate(place.municipalities)}
    rows.sort(key=lambda row: (order[row.municipality], TRAITS.index(row.trait)))
    summaries = [_summary(place, joint, m, [r for r in rows if r.municipality == name], people[m])
                 for name, m in order.items()]  # fmt: skip
    return FitReport(tuple(rows), tuple(summaries))


def _rows(place: Place, joint: Joint, axis: int, agents: np.ndarray) -> list[FitRow]:
    margins, fitted = joint.margins[axis], 100.0 * margin(joint.shares, axis)
    return [
        FitRow(
            municipality.name,
            margins.trait,
            category,
            float(margins.published[m, k]),
            margins.unit[m],
            100.0 * float(margins.share[m, k]),
            float(fitted[m, k]),
            int(agents[m, k]),
            100.0 * float(agents[m, k]) / float(agents[m].sum()),
            margins.source[m],
        )
        for m, municipality in enumerate(place.municipalities)
        for k, category in enumerate(margins.categories)
    ]


def _summary(place: Place, joint: Joint, m: int, rows: Sequence[FitRow], agents: int) -> FitSummary:
    published = list(dict.fromkeys(row.trait for row in place.marginals))
    totals = {each.trait: float(each.total[m]) for each in joint.margins}
    counted = [trait for trait in published if totals[trait] == totals[trait]]
    of_trait = counted[0] if counted else ""
    persons = totals[of_trait] if of_trait else float(place.municipalities[m].population_of_working_age)
    rescaled = {trait: 100.0 * (totals[trait] / persons - 1.0) for trait in counted[1:]}
    apart = np.array([row.difference for row in rows])
    among_agents = np.array([row.realised_difference for row in rows])
    mean = float(np.mean([row.share for row in rows]))
    return FitSummary(
        municipality=place.municipalities[m].name,
        persons=persons,
        of_trait=of_trait,
        rescaled=rescaled,
        rounds=int(joint.rounds[m]),
        deviation=float(np.abs(apart).max()),
        total_absolute_error=float(np.abs(apart).sum()) * persons / 100.0,
        srmse=float(np.sqrt(np.mean(apart**2))) / mean,
        agents=agents,
        agents_deviation=float(np.abs(among_agents).max()),
        agents_srmse=float(np.sqrt(np.mean(among_agents**2))) / mean,
    )
