"""Results that are kept for the next run of the same scenario, found by the identity of what they were made from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

MOST = 8
"""Number of results kept of each kind: neighbouring runs of a sweep share a place, parameters or regimes."""


class Kept[T]:
    """The last few results of a function of immutable objects.

    Two calls share a result if they were given the very same objects (not equal ones: comparing a place costs more
    than making the result). The objects are kept alive with it, so their identities stay theirs. The result is
    shared, so nobody may write to it.

    Examples
    --------
    >>> kept = Kept[list[int]]()
    >>> one = object()
    >>> kept.get((one,), lambda: [1]) is kept.get((one,), lambda: [2])
    True
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, threading.Lock()
        self._known: OrderedDict[tuple[int, ...], tuple[tuple[object, ...], T]] = OrderedDict()

    def get(self, parts: tuple[object, ...], make: Callable[[], T]) -> T:
        """Return the result that belongs to these objects, made now if it is not there."""
        key = tuple(id(part) for part in parts)
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
                return found[1]
        made = make()
        with self._lock:
            self._known[key] = parts, made
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return made
