"""Checkpoints of long runs: saved now and then and when the work has to stop, deleted when the run is done."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from labsim.experiment.cache import DAMAGED

if TYPE_CHECKING:
    from labsim.model import LabourMarket
    from labsim.scenario import Scenario

SECONDS = 120.0
"""Time between two checkpoints of a run: what a kill may cost, at most."""


class Checkpoints:
    """The checkpoint of one run.

    Parameters
    ----------
    path
        Its file; None: nothing is ever saved
    seconds
        Least time between two of them
    """

    def __init__(self, path: Path | None, seconds: float = SECONDS) -> None:
        self.path, self.seconds = path, seconds
        self._last = time.monotonic()

    def resumed(self, scenario: Scenario, seed: int) -> LabourMarket | None:
        """Return the model as it was saved, or None; a file that is damaged or another run's is deleted."""
        if self.path is None or not self.path.is_file():
            return None
        from labsim.model import LabourMarket

        try:
            model = LabourMarket.resume(self.path, scenario)
            if model.run_seed != seed:
                raise ValueError(f"it belongs to seed {model.run_seed}")
        except DAMAGED as error:
            warnings.warn(
                f"the checkpoint {self.path} cannot be used ({error}); the run begins anew", stacklevel=2
            )
            self.path.unlink(missing_ok=True)
            return None
        return model

    def after_month(self, model: LabourMarket) -> None:
        """Save the model if the last checkpoint is old enough."""
        if self.path is not None and time.monotonic() - self._last >= self.seconds:
            self.save(model)

    def save(self, model: LabourMarket) -> None:
        """Save the model, which stands between two months; one that cannot be written is a warning, never the end."""
        if self.path is None:
            return
        try:
            model.save(self.path)
        except OSError as error:
            warnings.warn(
                f"the checkpoint {self.path} cannot be written ({error.strerror or error})", stacklevel=2
            )
        self._last = time.monotonic()

    def delete(self) -> None:
        """Delete the checkpoint: the run is done."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
