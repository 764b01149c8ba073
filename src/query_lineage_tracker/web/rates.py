"""How often somebody may do something: a bucket a key, in memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

_MOST_KEYS = 10_000


class Buckets:
    """For each key `burst` at once, and `rate` a second from then on. Forgets the keys that were idle the longest."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait(self, key: Hashable) -> float:
        """Seconds until there is one for the key; 0 when there is one now."""
        return max(0.0, (1 - self._now(key)) / self._rate)

    def take(self, key: Hashable) -> float:
        """Take one, if there is one; the same answer as `wait` before."""
        left = self._now(key)
        if left >= 1:
            self._left[key] = (left - 1, self._clock())
            self._left.move_to_end(key)
            if len(self._left) > _MOST_KEYS:
                self._left.popitem(last=False)
        return max(0.0, (1 - left) / self._rate)

    def put_back(self, key: Hashable) -> None:
        """Undo a `take`."""
        self._left[key] = (self._now(key) + 1, self._clock())

    def _now(self, key: Hashable) -> float:
        left, at = self._left.get(key, (self._burst, 0.0))
        return min(self._burst, left + (self._clock() - at) * self._rate)
