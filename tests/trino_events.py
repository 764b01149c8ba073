"""Events and query details of Trino: recorded ones, and a small one to vary."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "unit" / "events" / "samples"
"""Recorded with Trino 476, plans and stack traces left out; tests name them by their number within the second."""


def lines(name: str) -> list[bytes]:
    """The JSON lines of a file of samples."""
    return (SAMPLES / name).read_bytes().splitlines()


def completed(number: str) -> bytes:
    """The recorded completed event of the query with that number, such as 00060."""
    return next(line for line in lines("completed.jsonl") if f"_{number}_99ia3" in line.decode()[:120])


EVENT: dict[str, Any] = {
    "metadata": {
        "queryId": "20261122_171401_00001_99ia3",
        "query": "INSERT INTO lake.s.t SELECT a FROM lake.s.u",
        "updateType": "INSERT",
        "queryState": "FINISHED",
        "tables": [
            {
                "catalog": "lake",
                "schema": "s",
                "table": "u",
                "columns": [{"column": "a"}],
                "directlyReferenced": True,
                "referenceChain": [],
            }
        ],
    },
    "context": {"user": "alice", "queryType": "INSERT"},
    "statistics": {"wallTime": 1.5},
    "ioMetadata": {
        "inputs": [{"catalogName": "lake", "schema": "s", "table": "u", "columns": [{"name": "a", "type": "bigint"}]}],
        "output": {
            "catalogName": "lake",
            "schema": "s",
            "table": "t",
            "columns": [
                {
                    "columnName": "A",
                    "columnType": "bigint",
                    "sourceColumns": [{"catalog": "lake", "schema": "s", "table": "u", "columnName": "a"}],
                }
            ],
            "connectorOutputMetadata": "[]",
        },
    },
    "createTime": "2026-11-22T17:14:01.717Z",
    "executionStartTime": "2026-11-22T17:14:01.786Z",
    "endTime": "2026-11-22T17:14:01.898Z",
}


def event(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """EVENT with changes by dotted path; a value of ... removes the key."""
    changed = deepcopy(EVENT)
    for path, value in (changes or {}).items():
        *way, key = path.split(".")
        holder = changed
        for step in way:
            holder = holder.setdefault(step, {})
        if value is ...:
            holder.pop(key, None)
        else:
            holder[key] = value
    return changed


def body(changes: dict[str, Any] | None = None) -> bytes:
    """The same as the body of a request."""
    return json.dumps(event(changes)).encode()


def table(name: str, *chain: dict[str, str], direct: bool = False, **more: Any) -> dict[str, Any]:
    """An element of `metadata.tables`, in lake.s."""
    told = {"catalog": "lake", "schema": "s", "table": name, "columns": [{"column": "a"}]}
    return {**told, "directlyReferenced": direct, "referenceChain": list(chain), **more}


def through(view: str, kind: str = "view") -> dict[str, str]:
    """A step of a reference chain."""
    return {"@type": kind, "catalogName": "lake", "schemaName": "s", "viewName": view}


def row_filter(target: str) -> dict[str, str]:
    """A step of a reference chain that is no view."""
    where = {"targetCatalogName": "lake", "targetSchemaName": "s", "targetTableName": target}
    return {"@type": "rowFilter", "expression": "a IN (SELECT x FROM allowed)", **where}
