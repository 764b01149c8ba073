"""One logged-in session with a coordinator: a SELECT read to its end, and GETs, both blocking and never at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event

import requests
import trino.exceptions
from trino.dbapi import Connection, Cursor

from query_lineage_tracker import __version__
from query_lineage_tracker.adapters.trino.problems import Login, status_problem, translated
from query_lineage_tracker.errors import TrinoUnreachable

_ROWS_A_FETCH = 1000
_USER_AGENT = f"query-lineage-tracker/{__version__}"

Row = Mapping[str, object]
"""Column name to value, as it stood in the JSON."""


class Stopped(Exception):
    """We were told to stop in the middle."""


class TrinoConnection:
    """Made by `connect`. Everything that it raises is TrinoUnreachable, PermissionMissing or Stopped."""

    def __init__(self, connection: Connection, session: requests.Session, login: Login) -> None:
        self._connection = connection
        self._session = session
        self.login = login

    def select(
        self, sql: str, on_query_id: Callable[[str], None], *, stop: Event, seconds: float = 120.0
    ) -> Iterator[Row]:
        """Rows of the SELECT, in at most `seconds`; `on_query_id` is told the query's id before its first row.

        A SELECT that is not read to its end, for whatever reason, is cancelled on the coordinator.
        """
        watch = _Watch(on_query_id, stop, time.monotonic() + seconds, self.login)
        with translated(self.login):
            cursor = self._connection.cursor(stats_callback=watch)
            try:
                cursor.execute(sql)
                yield from _rows(cursor)
            except BaseException:
                with suppress(trino.exceptions.Error, trino.exceptions.HttpError, requests.RequestException):
                    cursor.cancel()
                raise

    def get_json(self, path: str, params: Mapping[str, str] | None = None) -> object:
        """The JSON that stands at the path. Raises for every status that is no success."""
        with self.get(path, params) as response:
            if not response.ok:
                raise status_problem(self.login, response.status_code)
            found: object = json.loads(response.content)
            return found

    @contextmanager
    def get(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[requests.Response]:
        """A response of any status whose body has not been read; leaving the block drops what is left of it."""
        address = f"{self._connection.http_scheme}://{self._connection.host}:{self._connection.port}{path}"
        with translated(self.login):
            response = self._session.get(
                address,
                params=params,
                headers={"Accept": "application/json", "X-Trino-User": self.login.user, "User-Agent": _USER_AGENT},
                stream=True,
                timeout=self._connection.request_timeout,
            )
            try:
                yield response
            finally:
                response.close()

    def close(self) -> None:
        """Release the sockets; safe to call twice."""
        self._connection.close()


class _Watch:
    """Called by the client with each of the coordinator's answers."""

    def __init__(self, on_query_id: Callable[[str], None], stop: Event, deadline: float, login: Login) -> None:
        self._on_query_id = on_query_id
        self._stop = stop
        self._deadline = deadline
        self._login = login
        self._told = False

    def __call__(self, stats: Mapping[str, object]) -> None:
        if not self._told:
            self._told = True
            self._on_query_id(str(stats["queryId"]))
        if self._stop.is_set():
            raise Stopped
        if time.monotonic() > self._deadline:
            raise TrinoUnreachable(
                f"Trino at {self._login.address} did not finish our query in time; it was {stats.get('state')}",
                hint="The coordinator is overloaded, or the resource group of our user leaves no room for us.",
            )


def _rows(cursor: Cursor) -> Iterator[Row]:
    names = [column[0] for column in cursor.description]
    while page := cursor.fetchmany(_ROWS_A_FETCH):
        for values in page:
            yield dict(zip(names, values, strict=True))
