"""Fetching details: one capped GET of the list, or, where it is too long, pruned single queries at a bounded rate."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from threading import Event

import requests

from query_lineage_tracker.adapters.trino.connection import Stopped, TrinoConnection
from query_lineage_tracker.adapters.trino.details import NotTheList, QueryDetails, array_elements, parse_details
from query_lineage_tracker.adapters.trino.single import query_info
from query_lineage_tracker.errors import PermissionMissing, TrinoUnreachable

_CHUNK_BYTES = 256 * 1024
_POLLS_WITHOUT_LIST = 10
_BROKEN_LISTS_TO_RAISE = 2
_LIST_SECONDS = 60.0
_SINGLES_SECONDS = 15.0
_REMEMBERED_SINGLES = 50_000
_REFUSALS = (401, 403, 404)


class ListAnswer(str, Enum):
    """How `GET /v1/query` ended."""

    WHOLE = "WHOLE"
    CUT = "CUT"
    """It was longer than the cap, and the connection was dropped."""
    REFUSED = "REFUSED"
    SKIPPED = "SKIPPED"
    """It was cut off a few polls ago, so it was not asked for."""
    BROKEN = "BROKEN"
    """It could not be read, several polls in a row."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Details by query id, and what they cost."""

    details: Mapping[str, QueryDetails]
    answer: ListAnswer
    list_bytes: int = 0
    single_requests: int = 0


class _TooLong(Exception):
    pass


class DetailsLookup:
    """Looks details up, at most `rate` single queries a second. Remembers them only while the list is too long."""

    def __init__(self, connection: TrinoConnection, *, max_bytes: int, rate: float) -> None:
        self._connection = connection
        self._max_bytes = max_bytes
        self._rate = rate
        self._polls_without_list = 0
        self._broken_lists = 0
        self._singles: OrderedDict[str, tuple[QueryDetails | None, bool]] = OrderedDict()

    def look_up(self, seen: Mapping[str, bool], stop: Event) -> LookedUp:
        """Details of the seen queries, as far as they are to be had; `seen` tells whether each is terminal.

        Blocks. Not being allowed to see them is an answer, not an error. A list that cannot be read raises
        TrinoUnreachable, but not for ever: rows without details are better than no rows.
        """
        if self._polls_without_list > 0:
            self._polls_without_list -= 1
            found = _Found(ListAnswer.SKIPPED)
        else:
            found = self._list(seen, stop)
        if found.answer in (ListAnswer.WHOLE, ListAnswer.REFUSED, ListAnswer.BROKEN):
            self._singles.clear()
            return LookedUp(found.details, found.answer, found.bytes)
        sent = self._fetch_singles({one: seen[one] for one in seen if one not in found.details}, stop)
        remembered = {one: self._singles[one][0] for one in seen if one in self._singles}
        known = {one: details for one, details in remembered.items() if details is not None}
        return LookedUp({**known, **found.details}, found.answer, found.bytes, sent)

    def _list(self, seen: Mapping[str, bool], stop: Event) -> _Found:
        try:
            found = self._read_list(seen, stop)
        except TrinoUnreachable:
            self._broken_lists += 1
            if self._broken_lists <= _BROKEN_LISTS_TO_RAISE:
                raise
            return _Found(ListAnswer.BROKEN)
        self._broken_lists = 0
        if found.answer is ListAnswer.CUT:
            self._polls_without_list = _POLLS_WITHOUT_LIST
        return found

    def _read_list(self, seen: Mapping[str, bool], stop: Event) -> _Found:
        found = _Found(ListAnswer.WHOLE)
        with self._connection.get("/v1/query") as response:
            if response.status_code in _REFUSALS:
                return _Found(ListAnswer.REFUSED)
            if not response.ok:
                raise self._unexpected(response.status_code)
            try:
                for element in array_elements(self._capped(response, found, stop)):
                    details = parse_details(element)
                    if details is not None and details.query_id in seen:
                        found.details[details.query_id] = details
            except _TooLong:
                found.answer = ListAnswer.CUT
            except NotTheList as problem:
                raise TrinoUnreachable(f"GET /v1/query of {self._connection.login.address}: {problem}") from problem
        return found

    def _capped(self, response: requests.Response, found: _Found, stop: Event) -> Iterator[bytes]:
        deadline = time.monotonic() + _LIST_SECONDS
        for chunk in response.iter_content(_CHUNK_BYTES):
            if stop.is_set():
                raise Stopped
            found.bytes += len(chunk)
            if found.bytes > self._max_bytes or time.monotonic() > deadline:
                raise _TooLong
            yield chunk

    def _fetch_singles(self, seen: Mapping[str, bool], stop: Event) -> int:
        """Fetch those not known yet, or not since they ended; the newest first, the others may be stored already."""
        wanted = [one for one, terminal in seen.items() if one not in self._singles or terminal > self._singles[one][1]]
        most = int(self._rate * _SINGLES_SECONDS)
        sent = 0
        for query_id in sorted(wanted, reverse=True)[:most]:
            if stop.wait(1 / self._rate):
                raise Stopped
            sent += 1
            try:
                details = self._single(query_id)
            except (TrinoUnreachable, PermissionMissing):
                break
            self._remember(query_id, details, seen[query_id])
        return sent

    def _single(self, query_id: str) -> QueryDetails | None:
        """None where Trino has forgotten it or does not let us see it: asking again would not help."""
        return parse_details(query_info(self._connection, query_id))

    def _unexpected(self, status: int) -> TrinoUnreachable:
        return TrinoUnreachable(f"GET /v1/query of {self._connection.login.address} answers with HTTP status {status}")

    def _remember(self, query_id: str, details: QueryDetails | None, terminal: bool) -> None:
        before = self._singles.pop(query_id, (None, False))[0]
        self._singles[query_id] = (details or before, terminal)
        while len(self._singles) > _REMEMBERED_SINGLES:
            self._singles.popitem(last=False)


@dataclass(slots=True)
class _Found:
    answer: ListAnswer
    details: dict[str, QueryDetails] = field(default_factory=dict)
    bytes: int = 0
