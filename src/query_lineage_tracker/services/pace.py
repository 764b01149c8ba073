"""How many deliveries at the same time a receiver bears: fewer when it pushes back or slows down, then more again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

_SLOWER = 2.0
"""Slower than the best by this factor, and by `_NOTICEABLE_S`, is growing latency."""
_NOTICEABLE_S = 0.25
_TOLERATED = 0.1
"""A share of requests that may be pushed back: some receivers, and what stands before them, do that at random."""
_FORGET = 1.02
"""The best time is slowly forgotten, so that a receiver that became slower for good gets its concurrency back."""


def overloaded(busy: int, asked: int) -> bool:
    """Whether so many of the requests pushed back are more than chance: one alone is not, unless it is the only one."""
    return busy > _TOLERATED * asked + (asked > 1)


@dataclass(frozen=True, slots=True)
class Pace:
    """Between one and `most` deliveries at the same time; `best_s` is the best median of a batch so far."""

    limit: int
    most: int
    best_s: float | None = None

    def after(self, seconds: Sequence[float], *, pushed_back: bool) -> Pace:
        """The pace after a batch whose deliveries took `seconds`; `pushed_back`: the receiver was overloaded."""
        if not seconds:
            return self
        if pushed_back:
            return replace(self, limit=max(1, self.limit // 2))
        now = median(seconds)
        best = now if self.best_s is None else min(now, self.best_s * _FORGET)
        slower = now > best * _SLOWER and now > best + _NOTICEABLE_S
        limit = max(1, self.limit - 1) if slower else min(self.most, self.limit + 1)
        return replace(self, limit=limit, best_s=best)
