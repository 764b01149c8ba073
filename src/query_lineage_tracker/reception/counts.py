"""What the receiving process counts for the metrics of the tracker."""

from __future__ import annotations

from collections import Counter


class Counts:
    """`ReceiverObserver` that counts up to the next report."""

    def __init__(self) -> None:
        self._received: Counter[tuple[str, str]] = Counter()
        self._dropped: Counter[str] = Counter()

    def event_received(self, cluster: str, result: str) -> None:
        self._received[cluster, result] += 1

    def event_dropped(self, reason: str) -> None:
        self._dropped[reason] += 1

    def taken(self) -> tuple[Counter[tuple[str, str]], Counter[str]]:
        """Received and dropped since the last time."""
        taken = self._received, self._dropped
        self._received, self._dropped = Counter(), Counter()
        return taken
