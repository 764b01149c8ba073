"""A coordinator without sockets: Trino's statement protocol and /v1/query behind the HTTP library's own interface."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
COLUMNS = [
    *("query_id", "state", "user", "source", "query", "resource_group_id"),
    *("queued_time_ms", "analysis_time_ms", "planning_time_ms"),
    *("created", "started", "end", "error_type", "error_code", "polled_at"),
]


def iso(time: datetime | None) -> str | None:
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


@dataclass
class FakeCoordinator(HTTPAdapter):
    """Answers like a coordinator whose clock stands at `now`; `asked` is what it was asked, in order."""

    suffix: str = "aaaaa"
    now: datetime = NOON
    uptime: str = "5.00h"
    rows: list[dict[str, object]] = field(default_factory=list)
    listed: list[dict[str, object]] = field(default_factory=list)
    page_size: int = 2
    statuses: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    failure: dict[str, object] | None = None
    raises: Exception | None = None
    stuck: bool = False
    on_page: Callable[[], None] | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    issued: int = 0

    def __post_init__(self) -> None:
        HTTPAdapter.__init__(self)

    def row(self, number: int, *, ended: float | None = None, **more: object) -> str:
        """Add a row that ended so many seconds before now, or runs; returns its id."""
        query_id = f"20261122_110000_{number:05}_{self.suffix}"
        end = None if ended is None else self.now - timedelta(seconds=ended)
        self.rows.append(
            {
                "query_id": query_id,
                "state": "RUNNING" if ended is None else "FINISHED",
                "user": "alice",
                "source": "superset",
                "query": f"SELECT {number}",
                "resource_group_id": ["global"],
                "queued_time_ms": 1,
                "analysis_time_ms": 2,
                "planning_time_ms": 3,
                "created": iso((end or self.now) - timedelta(seconds=1)),
                "started": None,
                "end": iso(end),
                "error_type": None,
                "error_code": None,
                **more,
            }
        )
        return query_id

    def list_query(self, query_id: str, catalog: str | None = "lake", schema: str | None = "s", **more: object) -> None:
        """Let /v1/query know the query, with its session."""
        session = {key: value for key, value in (("catalog", catalog), ("schema", schema)) if value is not None}
        self.listed.append({"queryId": query_id, "session": session, "query": "...", "queryStats": {}, **more})

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        path = request.path_url
        self.asked.append((str(request.method), path))
        self.headers.append(request.headers)
        if self.raises is not None:
            raise self.raises
        plain = path.partition("?")[0]
        status = self.statuses.get(plain, 200)
        body = self.bodies.get(plain)
        if body is None and status == 200:
            body = self._answer(request, plain)
            status = 410 if body is None else 200
        raw = HTTPResponse(io.BytesIO(body or b""), status=status, preload_content=False)
        return self.build_response(request, raw)

    def _answer(self, request: requests.PreparedRequest, path: str) -> bytes | None:
        if request.method == "DELETE":
            return b""
        if path == "/v1/info":
            version = {"version": "476"}
            return _json({"nodeVersion": version, "coordinator": True, "starting": False, "uptime": self.uptime})
        if path == "/v1/statement":
            self.statements.append(str(request.body, "utf-8") if isinstance(request.body, bytes) else "")
            self.issued += 1
            return _json(self._status("QUEUED", 0))
        if page := re.fullmatch(r"/v1/statement/executing/(\d+)", path):
            return _json(self._page(int(page[1])))
        if path == "/v1/query":
            return _json(self.listed)
        found = [one for one in self.listed if path == f"/v1/query/{one['queryId']}"]
        return _json(found[0]) if found else None

    @property
    def own_id(self) -> str:
        return f"20261122_120000_{self.issued:05}_{self.suffix}"

    def _status(self, state: str, next_page: int | None) -> dict[str, object]:
        status: dict[str, object] = {"id": self.own_id, "infoUri": "http://x", "stats": {"state": state}}
        if next_page is not None:
            status["nextUri"] = f"http://trino.test:8080/v1/statement/executing/{next_page}"
        return status

    def _page(self, page: int) -> dict[str, object]:
        if self.on_page is not None:
            self.on_page()
        if self.failure is not None:
            return {**self._status("FAILED", None), "error": self.failure}
        if self.stuck:
            return self._status("QUEUED", page)
        names, rows = self._result()
        start, end = page * self.page_size, (page + 1) * self.page_size
        columns = [
            {"name": name, "type": "varchar", "typeSignature": {"rawType": "varchar", "arguments": [{"value": 1}]}}
            for name in names
        ]
        more = page + 1 if end < len(rows) else None
        return {**self._status("RUNNING" if more else "FINISHED", more), "columns": columns, "data": rows[start:end]}

    def _result(self) -> tuple[list[str], list[list[object]]]:
        statement = self.statements[-1]
        if "array_agg" in statement:
            users = sorted({str(row["user"]) for row in self.rows} | {"tracker"})
            names = ["queries", "users", "as_user", "polled_at"]
            return names, [[len(self.rows) + 1, users, "tracker", iso(self.now)]]
        own = dict.fromkeys(COLUMNS) | {"query_id": self.own_id, "state": "RUNNING", "user": "tracker"}
        own["created"] = iso(self.now)
        since = re.search(r"TIMESTAMP '(.*) UTC'", statement)
        bound = since[1].replace(" ", "T") + "Z" if since else ""
        rows = [row for row in [own, *self.rows] if row["end"] is None or str(row["end"]) >= bound]
        return COLUMNS, [[{**row, "polled_at": iso(self.now)}[name] for name in COLUMNS] for row in rows]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
