"""A known piece of work: as a script it says how many seconds its rounds took. It needs nothing but Python."""

from __future__ import annotations

import sys
import time


def work(rounds: int) -> int:
    """Add something up, so many times."""
    return sum(i * i % 7 for i in range(rounds))


if __name__ == "__main__":
    began = time.perf_counter()
    work(int(sys.argv[1]))
    sys.stdout.write(f"{time.perf_counter() - began}\n")
