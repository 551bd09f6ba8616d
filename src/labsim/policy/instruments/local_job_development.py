"""Local job development: the money opens entry jobs where local demand is unmet (lokale Beschäftigungsentwicklung)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Mask, Rows, register
from labsim.state.view import Seen


@register
class LocalJobDevelopment(Instrument):
    """Local employers are helped to open jobs for which there is unmet demand; anybody may be hired for them."""

    name: ClassVar[str] = "local_job_development"
    label: ClassVar[str] = "Local job development"
    label_de: ClassVar[str] = "Lokale Beschäftigungsentwicklung"
    lmp_class: ClassVar[int] = 4
    reference: ClassVar[str] = "local practice; no single statute"
    occupies: ClassVar[bool] = False
    serves: ClassVar[str] = "long_term"
    develops_jobs: ClassVar[bool] = True

    cost: float = param(750.0, "EUR per job and month", "support of a job", low=1.0, high=20000.0)
    months: int = param(12, "months", "time for which a job is supported", low=1, high=60)
    lock_in: float = share(0.0, "fall of search effort while taking part")
    lasting: float = share(0.2, "part of the jobs that stays when support ends (0 = none)")

    def eligible(self, seen: Seen) -> Mask:
        """Return nobody: the money goes to jobs, not to people."""
        return np.zeros(seen.size, dtype=np.bool_)

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield nothing: nobody takes part."""
        return ()
