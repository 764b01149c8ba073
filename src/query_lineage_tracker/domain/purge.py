"""Which data leave for good, and what left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PurgeScope:
    """Executions of a user, of UTC days from `since` to before `until`, or of both; what is None does not matter.

    Whose executions: the user they ran as, the one who logged in, or the principal that was authenticated.
    """

    user: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Purged:
    """Rows that left: ended executions and counters of days that retention had dropped, and what only they held."""

    executions: int = 0
    counters: int = 0
    statements: int = 0
    texts: int = 0
    claims: int = 0
    quarantined: int = 0

    def __add__(self, other: Purged) -> Purged:
        return Purged(
            self.executions + other.executions,
            self.counters + other.counters,
            self.statements + other.statements,
            self.texts + other.texts,
            self.claims + other.claims,
            self.quarantined + other.quarantined,
        )

    @property
    def chosen(self) -> int:
        """Rows that were chosen themselves."""
        return self.executions + self.counters + self.claims + self.quarantined
