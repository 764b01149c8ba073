"""Events as Trino's Kafka listener sends them: one that a query was created, one that it has completed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
_STATEMENTS = 60


def query_id(number: int) -> str:
    return f"20261122_120000_{number % 100_000:05}_abcde"


def events(number: int) -> tuple[bytes, bytes]:
    """Created and completed: three of four queries write, every tenth fails."""
    created = NOON + timedelta(milliseconds=100 * number)
    kind, failed = number % _STATEMENTS, number % 10 == 9
    sql = f"SELECT a FROM lake.s.u{kind} WHERE b = {number}"
    writes = kind % 4 != 0
    event: dict[str, Any] = {
        "metadata": {"queryId": query_id(number), "query": sql, "queryState": "QUEUED"},
        "context": {"user": ("alice", "bob")[number % 2], "catalog": "lake", "schema": "s", "queryType": "SELECT"},
        "createTime": _time(created),
    }
    if writes:
        event["metadata"] |= {"query": f"INSERT INTO lake.s.t{kind} {sql}", "updateType": "INSERT"}
        event["context"]["queryType"] = "INSERT"
    told = _wrapped(event)
    event["metadata"] |= {"queryState": "FAILED" if failed else "FINISHED", "tables": [_table(f"u{kind}")]}
    event |= {
        "ioMetadata": {"inputs": [], **({"output": _output(kind, failed)} if writes else {})},
        "statistics": {"wallTime": 0.5, "cpuTime": 0.25, "writtenRows": 0 if failed or not writes else 7},
        "endTime": _time(created + timedelta(milliseconds=500)),
    }
    if failed:
        code = {"code": 1, "name": "GENERIC_USER_ERROR", "type": "USER_ERROR"}
        event["failureInfo"] = {"errorCode": code, "failureMessage": "no"}
    return told, _wrapped(event)


def all_events(queries: int) -> Iterator[bytes]:
    """Both events of each query; the second one some places later, and of every hundredth twice."""
    later: list[bytes] = []
    for number in range(queries):
        created, completed = events(number)
        yield created
        later += [completed, completed] if number % 100 == 0 else [completed]
        if len(later) > 20:
            yield later.pop(0)
    yield from later


def _table(name: str) -> dict[str, object]:
    return {
        "catalog": "lake",
        "schema": "s",
        "table": name,
        "columns": [{"column": "a"}, {"column": "b"}],
        "directlyReferenced": True,
        "referenceChain": [],
    }


def _output(kind: int, failed: bool) -> dict[str, object]:
    source = {"catalog": "lake", "schema": "s", "table": f"u{kind}", "columnName": "a"}
    return {
        "catalogName": "lake",
        "schema": "s",
        "table": f"t{kind}",
        "columns": [{"columnName": "a", "columnType": "bigint", "sourceColumns": [source]}],
        "connectorOutputMetadata": "null" if failed else "[]",
    }


def _wrapped(event: dict[str, Any]) -> bytes:
    return json.dumps({"eventPayload": event, "eventMetadata": {"environment": "test"}}).encode()


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
