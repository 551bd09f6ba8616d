"""How far a run is: one callback, given a small record, from any number of processes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple


class Progress(NamedTuple):
    """How far the work is.

    done, total : months simulated and to be simulated, over all runs and burn-ins
    text        : what is being done
    note        : whether `text` is a message of its own that should stay to be read
    """

    done: int
    total: int
    text: str
    note: bool = False


Watcher = Callable[[Progress], None]


def plain_warnings() -> None:
    """Let warnings of this process read as sentences, without the line of code that they come from."""
    warnings.formatwarning = lambda message, *_, **__: f"labsim: {message}\n"


def silent(_: Progress) -> None:
    """Watch nothing."""
