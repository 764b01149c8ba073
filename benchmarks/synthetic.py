"""A made-up workload: texts of 1.2 KB with three objects each, repeatable, in any number."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from itertools import product
from pathlib import Path

import orjson

from query_lineage_tracker.lineage.result import (
    ColumnName,
    Coverage,
    Effect,
    Influence,
    LineageResult,
    ObjectName,
    OutputColumn,
    StatementKind,
    Subtype,
)
from query_lineage_tracker.ports.analysis import StatementText

TEXT_LENGTH = 1200
_BEGIN = datetime(2026, 11, 16, tzinfo=timezone.utc)
_SPACING = timedelta(milliseconds=86)  # 1,000,000 a day
_NOUNS = (
    "customer",
    "order",
    "line",
    "revenue",
    "item",
    "shipment",
    "price",
    "quantity",
    "region",
    "nation",
    "segment",
)
_ENDINGS = ("id", "key", "name", "total", "count", "code", "flag", "status", "type", "amount", "since", "until", "rate")
_WORDS = [f"{noun}_{ending}" for noun, ending in product(_NOUNS, _ENDINGS)]
_OBJECTS = re.compile(r"lake\.\w+\.\w+")


def text(number: int, statements: int = 0) -> str:
    """The `number`th distinct text: one of so many statements with literals of its own; 0: a statement of its own."""
    shape = number % statements if statements else number
    chosen, literals = random.Random(shape), random.Random(~number)
    parts = [f"INSERT INTO lake.mart.target_{shape % 300} SELECT"]
    length = len(parts[0])
    while length < TEXT_LENGTH - 480:
        parts.append(f"  left_side.{chosen.choice(_WORDS)} AS {chosen.choice(_WORDS)}_{chosen.randrange(1000)},")
        length += len(parts[-1]) + 1
    parts.append(f"  'run {number} of {literals.getrandbits(64):016x}' AS note")
    parts.append(f"FROM lake.raw.events_{shape % 500} AS left_side")
    parts.append(f"JOIN lake.raw.details_{shape % 400} AS right_side ON left_side.id = right_side.id")
    parts.append(f"WHERE left_side.{chosen.choice(_WORDS)} > {number}")
    for _ in range(3):
        day = f"2026-{literals.randint(1, 12):02}-{literals.randint(1, 28):02}"
        parts.append(f"  AND left_side.{chosen.choice(_WORDS)} >= DATE '{day}'")
        parts.append(f"  AND right_side.{chosen.choice(_WORDS)} IN ('{literals.getrandbits(32):08x}', 'open')")
    return "\n".join(parts)


def result(sql: str) -> LineageResult:
    """What a good analyzer would say of such a statement, in short; read off by a regular expression."""
    target, left, right = (ObjectName(*name.split(".")) for name in _OBJECTS.findall(sql))
    amount = Influence(ColumnName(left, "amount"), Subtype.IDENTITY)
    return LineageResult(
        kind=StatementKind.INSERT,
        effect=Effect.WRITES,
        sources=(left, right),
        target=target,
        columns=(OutputColumn("amount", direct=(amount,)), OutputColumn("note")),
        indirect=(Influence(ColumnName(right, "id"), Subtype.JOIN),),
        columns_read=(ColumnName(left, "amount"), ColumnName(left, "id"), ColumnName(right, "id")),
        coverage=Coverage.COLUMN,
    )


class StubAnalyzer:
    """Analysis that costs nothing, so that the rest is measured."""

    version = "stub 1"

    async def analyze(self, statements: Sequence[StatementText]) -> Sequence[LineageResult]:
        return [result(statement.sql) for statement in statements]

    async def aclose(self) -> None:
        """Nothing to close."""


def created(number: int) -> datetime:
    """When the `number`th query was created: a busy cluster of a million queries a day."""
    return _BEGIN + number * _SPACING


def query_id(number: int) -> str:
    """Its id."""
    return f"{created(number):%Y%m%d_%H%M%S}_{number % 100_000:05}_bench"


def text_number(number: int, distinct: int) -> int:
    """Which text the `number`th query has: new ones are spread evenly, in between old ones come back."""
    return number if distinct == 0 else random.Random(~number).randrange(max(1, min(distinct, number // 10 + 1)))


def lines(queries: int, share: float, statements: int) -> Iterator[bytes]:
    """The log, a line a query; `share` of the queries have a text that no other has had before.

    The texts are of so many statements, and differ in literals within one; 0: each is a statement of its own.
    """
    distinct = 0 if share >= 1 else int(queries * share)
    for number in range(queries):
        at = created(number)
        ended = at + timedelta(seconds=1)
        record = {
            "query_id": query_id(number),
            "state": "FINISHED",
            "user": f"user_{number % 50}",
            "source": f"tool-{number % 7}",
            "query": text(text_number(number, distinct), statements),
            "resource_group_id": ["global", "etl"],
            "queued_time_ms": 3,
            "analysis_time_ms": 20,
            "planning_time_ms": 30,
            "created": at,
            "started": at,
            "end": ended,
            "catalog": "lake",
            "schema": "raw",
            "query_type": "INSERT",
            "update_type": "INSERT",
            "cpu_time_ms": 900,
            "elapsed_time_ms": 1000,
            "peak_memory_bytes": 1_000_000,
            "physical_input_bytes": 5_000_000,
            "raw_input_rows": 100_000,
            "physical_written_bytes": 4096,
        }
        yield orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def write_log(path: Path, queries: int, share: float, statements: int) -> None:
    """The log as a file of recorded queries."""
    with path.open("wb") as file:
        file.writelines(lines(queries, share, statements))
