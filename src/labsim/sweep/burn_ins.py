"""Burn-ins of a place that runs of a sweep share: computed once, kept in the store while somebody needs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from labsim.experiment.cache import BurnInCache
from labsim.experiment.keys import burn_in_key
from labsim.sweep.estimate import estimate_from

if TYPE_CHECKING:
    from labsim.scenario import Scenario
    from labsim.sweep.jobs import Context, Job
    from labsim.sweep.plan import Plan
    from labsim.sweep.store import Store


class BurnIns:
    """Which runs of a chunk take their burn-in from the store, and keep theirs there.

    A burn-in that only one run needs is not written, and none where the plan's pilot found that making one takes no
    longer than reading it. One that only this chunk needs goes when the chunk is done.
    """

    def __init__(self, plan: Plan, store: Store, context: Context, jobs: Iterable[Job]) -> None:
        facts = plan.facts
        self._context, self._cache = context, None
        self._keys: dict[str, str] = {}
        self._written: set[Path] = set()
        if (
            not facts["scenarios"]
            or not facts["burn_ins"]
            or not estimate_from(facts["estimate"]).sharing_pays
        ):
            return
        places = facts["points"] * len(facts["scenarios"])
        self._across = facts["burn_ins"] < facts["points"]
        if facts["burn_ins"] >= places:
            return
        for job in jobs:
            scenario = self._scenario(job)
            if scenario.burn_in:
                self._keys[job.key] = burn_in_key(scenario, job.seed)
        self._shared = Counter(self._keys.values())
        self._cache = _Known(store.folder)

    def _scenario(self, job: Job) -> Scenario:
        assert self._context.scenario is not None
        return self._context.scenario(job)

    def cache_for(self, job: Job) -> BurnInCache | None:
        """Return the cache for a run that shares its burn-in, None for the others."""
        key = self._keys.get(job.key)
        if self._cache is None or key is None or not (self._across or self._shared[key] > 1):
            return None
        self._cache.current = key
        self._written.add(self._cache.folder / f"{key}.npz")
        return self._cache

    def finish(self, *, everything: bool) -> None:
        """Remove what nobody needs any more, if the chunk is done."""
        if everything and self._cache is not None and not self._across:
            for path in self._written:
                path.unlink(missing_ok=True)


class _Known(BurnInCache):
    """Burn-ins whose keys are known: making one takes as long as a tiny run."""

    current = ""
    """Key of the burn-in that the current run needs."""

    def path(self, scenario: Scenario, seed: int, month: int | None = None) -> Path:
        """Return the file of the current run's burn-in."""
        return self.folder / f"{self.current}.npz" if month is None else super().path(scenario, seed, month)
