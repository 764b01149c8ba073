"""What the end of a delivery means for its message: pure."""

from __future__ import annotations

import random
from dataclasses import dataclass

from query_lineage_tracker.domain.outbox import Claim, Dead, Delivered, DeliveryResult, Halted, Parked, Retry

_RETRY_S = 5.0
_LONGEST_RETRY_S = 3600.0
_PARK_S = 600.0
_LONGEST_PARK_S = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Settlement:
    """The message's new state and reason, when it is due again, and whether this was an attempt at all."""

    state: str
    reason: str | None = None
    pause: float = 0.0
    tried: bool = True


def settlement(claim: Claim, result: DeliveryResult) -> Settlement:
    """Retries back off to an hour, parked ones to six; the receiver's own wish has precedence."""
    if isinstance(result, Delivered):
        return Settlement("SETTLED")
    if isinstance(result, Dead):
        return Settlement("DEAD", result.reason)
    if isinstance(result, Parked):
        return Settlement("PARKED", result.reason, _grown(_PARK_S, _LONGEST_PARK_S, claim.attempts))
    if isinstance(result, Retry):
        wished = result.after_seconds
        pause = _grown(_RETRY_S, _LONGEST_RETRY_S, claim.attempts) if wished is None else wished
        return Settlement("PENDING", result.reason, pause)
    return _given_back(result)


def _given_back(_halted: Halted) -> Settlement:
    return Settlement("PENDING", tried=False)


def _grown(first: float, longest: float, attempts: int) -> float:
    """Doubled with each attempt, with jitter, so that what failed together does not come back together."""
    return float(min(first * 2 ** min(max(attempts - 1, 0), 20), longest) * random.uniform(0.75, 1.25))
