"""How work is asked to stop: Ctrl-C once and twice, the signals of batch systems, a deadline."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from labsim.sweep.board import AFTER_THIS_RUN, GOING, NOW

SECONDS_AFTER_TERM, SECONDS_AFTER_USR1 = 15.0, 60.0
"""How long the current run may go on after SIGTERM (Slurm kills 30 s later) and after SIGUSR1 (sent long before)."""


class Stop:
    """A request to stop that several threads look at.

    level    : GOING, AFTER_THIS_RUN or NOW
    patience : seconds that runs under way may still take; 0: as long as they take
    """

    def __init__(self) -> None:
        self.level, self.patience = GOING, 0.0

    def request(self, level: int, patience: float = 0.0) -> None:
        """Ask for a stop; one that is less urgent than an earlier one changes nothing."""
        if level > self.level:
            self.level, self.patience = level, patience

    @property
    def asked(self) -> bool:
        """Whether nothing new should be begun."""
        return self.level > GOING


@contextmanager
def listening(stop: Stop, tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Let signals ask for the stop while the block runs; only in a main thread, elsewhere nothing is heard.

    Ctrl-C: once after the current runs, twice between two months. SIGTERM and SIGUSR1 let the current runs end if
    that takes seconds. What was done by these signals before comes back afterwards.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupted(*_: Any) -> None:
        if not stop.asked:
            tell("stopping after the current runs; press Ctrl-C again to stop at once")
            stop.request(AFTER_THIS_RUN)
        else:
            stop.request(NOW)

    heard: dict[int, Callable[..., None]] = {
        signal.SIGINT: interrupted,
        signal.SIGTERM: lambda *_: stop.request(AFTER_THIS_RUN, SECONDS_AFTER_TERM),
    }
    if hasattr(signal, "SIGUSR1"):
        heard[signal.SIGUSR1] = lambda *_: stop.request(AFTER_THIS_RUN, SECONDS_AFTER_USR1)
    before = {number: signal.signal(number, handler) for number, handler in heard.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
