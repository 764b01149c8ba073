"""Completed events read without their ballast, which is most of them: only the keys that are read are looked into."""

# ruff: noqa: UP013 - the keys are Trino's, and no names of ours

from __future__ import annotations

from typing import Any

import msgspec
from typing_extensions import TypedDict

_Metadata = TypedDict(
    "_Metadata",
    {
        "queryId": Any,
        "transactionId": Any,
        "query": Any,
        "updateType": Any,
        "preparedQuery": Any,
        "queryState": Any,
        "tables": Any,
    },
    total=False,
)
_Statistics = TypedDict(
    "_Statistics",
    {
        "cpuTime": Any,
        "wallTime": Any,
        "queuedTime": Any,
        "analysisTime": Any,
        "planningTime": Any,
        "executionTime": Any,
        "peakUserMemoryBytes": Any,
        "physicalInputBytes": Any,
        "totalRows": Any,
        "spilledBytes": Any,
        "writtenRows": Any,
    },
    total=False,
)
_FailureInfo = TypedDict("_FailureInfo", {"failureMessage": Any, "errorCode": Any}, total=False)
_Event = TypedDict(
    "_Event",
    {
        "createTime": Any,
        "executionStartTime": Any,
        "endTime": Any,
        "metadata": _Metadata,
        "context": Any,
        "statistics": _Statistics,
        "ioMetadata": Any,
        "selectColumnsLineageInfo": Any,
        "failureInfo": _FailureInfo,
        "qlt_claim": Any,
    },
    total=False,
)
_DECODER = msgspec.json.Decoder(_Event)


def read_light(body: bytes) -> dict[str, Any] | None:
    """The event's keys that are read; None for all that is not plain: a lenient parser has to look at it then."""
    try:
        event: dict[str, Any] = dict(_DECODER.decode(body))
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return event if "metadata" in event else None
