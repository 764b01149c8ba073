"""Who is logged in: in memory, by an unguessable id that the browser alone has."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256

from query_lineage_tracker.domain.access import Identity

_MOST = 10_000


class Sessions:
    """Logins that last `seconds`, however much they are used. The oldest end when there are too many."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._begun: OrderedDict[bytes, tuple[Identity, float]] = OrderedDict()

    def begin(self, identity: Identity) -> str:
        """The id of a new session."""
        told = secrets.token_urlsafe(32)
        self._begun[_key(told)] = identity, self._clock()
        if len(self._begun) > _MOST:
            self._begun.popitem(last=False)
        return told

    def identity(self, told: str) -> Identity | None:
        """Whose session it is; None for one that has ended or never was."""
        identity, begun = self._begun.get(_key(told), (None, 0.0))
        if identity is not None and self._clock() - begun >= self.seconds:
            self.end(told)
            return None
        return identity

    def end(self, told: str) -> None:
        """Nobody is logged in by it any more."""
        self._begun.pop(_key(told), None)


def _key(told: str) -> bytes:
    """By a hash of it: how long a look-up takes tells nothing about the ids that there are."""
    return sha256(told.encode("utf-8", "replace")).digest()
