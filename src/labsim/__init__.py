"""labsim: an agent-based simulation of local labour markets and of changes of policy in them."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "LabourMarket": "labsim.model",
    "Scenario": "labsim.scenario",
    "JobSeeker": "labsim.agents",
    "Employer": "labsim.agents",
    "Agency": "labsim.state.institutions",
    "load": "labsim.config",
    "compare": "labsim.experiment",
}
__all__ = ["Agency", "Employer", "JobSeeker", "LabourMarket", "Scenario", "__version__", "compare", "load"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `import labsim` itself stays quick."""
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'labsim' has no attribute '{name}'")
