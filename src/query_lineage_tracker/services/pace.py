"""How many deliveries at the same time a receiver bears: fewer when it pushes back or slows down, then more again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

_SLOWER = 2.0
"""Slower than the best by this factor, and by `_NOTICEABLE_S`, is growing latency."""
_NOTICEABLE_S = 0.25
_TOLERATED = 0.1
"""A share of deliveries up to which it is not made slower, but no faster either: some receivers push back at random."""
_FORGET = 1.02
"""The best time is slowly forgotten, so that a receiver that became slower for good gets its concurrency back."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Between one and `most` deliveries at the same time; `best_s` is the best median of a batch so far."""

    limit: int
    most: int
    best_s: float | None = None

    def after(self, seconds: Sequence[float], busy: int) -> Pace:
        """The pace after a batch whose deliveries took `seconds`, and of which `busy` were pushed back."""
        if not seconds:
            return self
        if busy > _TOLERATED * len(seconds):
            return replace(self, limit=max(1, self.limit // 2))
        if busy:
            return self
        now = median(seconds)
        best = now if self.best_s is None else min(now, self.best_s * _FORGET)
        slower = now > best * _SLOWER and now > best + _NOTICEABLE_S
        limit = max(1, self.limit - 1) if slower else min(self.most, self.limit + 1)
        return replace(self, limit=limit, best_s=best)
