"""The engines beyond this machine's own processes, by name; each is imported only when it is asked for.

An engine does chunks of a plan and yields the receipts as they come in, one or more for each chunk. It computes
nothing itself: wherever the work is done, `labsim.sweep.work.work_chunks` does it and writes to the plan's store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from labsim.config.errors import ConfigError, Problem, suggestion

if TYPE_CHECKING:
    from labsim.sweep.jobs import Receipt
    from labsim.sweep.plan import Plan
    from labsim.sweep.profiles import Profile

FUNCTIONS = {
    "dask": "labsim.sweep.dask_engine:on_scheduler_file",
    "dask-local": "labsim.sweep.dask_engine:on_this_machine",
    "dask-slurm": "labsim.sweep.dask_engine:on_batch_system",
    "dask-pbs": "labsim.sweep.dask_engine:on_batch_system",
    "dask-sge": "labsim.sweep.dask_engine:on_batch_system",
    "dask-lsf": "labsim.sweep.dask_engine:on_batch_system",
    "slurm-array": "labsim.sweep.slurm_array:as_array",
}


class Watch(Protocol):
    """How the caller of an engine looks on: what it is told, and when it wants the engine to stop."""

    def tell(self, text: str) -> None:
        """Hear a line meant for the person at the terminal."""
        ...

    def stopped(self) -> bool:
        """Return whether no further chunk should be begun (after Ctrl-C); the engine ends soon then."""
        ...

    def hurried(self) -> bool:
        """Return whether to end at once, without waiting for the runs under way (after a second Ctrl-C)."""
        ...

    @property
    def retry_failed(self) -> bool:
        """Whether runs that failed for good are to be tried again."""
        ...


class EngineFunction(Protocol):
    """Does chunks of a plan somewhere, and yields receipts."""

    def __call__(
        self, plan: Plan, chunks: Sequence[int], settings: Profile, watch: Watch
    ) -> Iterator[Receipt]:
        """Yield receipts as they come in; ends when every chunk has one, or when the watch says stop."""
        ...


def engine_function(name: str) -> EngineFunction:
    """Return the engine of this name; a `ConfigError` names the extra to install where Dask is missing."""
    if name not in FUNCTIONS:
        raise ConfigError(
            Problem(f"unknown engine '{name}'", suggestion(name, [*FUNCTIONS, "local", "in_process"]))
        )
    if name.startswith("dask"):
        need_dask(name)
    module, _, function = FUNCTIONS[name].partition(":")
    found: EngineFunction = getattr(import_module(module), function)
    return found


def need_dask(engine: str, import_: Callable[[str], object] = import_module) -> None:
    """Raise a `ConfigError` that names the extra unless the packages that an engine needs are installed."""
    wanted = ["distributed"] if engine in {"dask", "dask-local"} else ["distributed", "dask_jobqueue"]
    for name in wanted:
        try:
            import_(name)
        except ImportError as error:
            raise ConfigError(
                Problem(f"the engine {engine} needs Dask, which is not installed ({error})",
                        "install it with: pip install 'labsim[hpc]'")
            ) from None  # fmt: skip
