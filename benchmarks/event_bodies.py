"""Completed events of real shape and size: recorded ones, with the ballast that a coordinator adds.

Sizes follow what was seen on a live cluster: median 44 KB, 95th percentile 384 KB, 3 % above 1.5 MB, the largest 8.9
MB. Texts differ: each event is one of so many statements.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from benchmarks.synthetic import text

SAMPLES = Path(__file__).parent.parent / "tests" / "unit" / "events" / "samples" / "completed.jsonl"
_PLACE = "20261122_000000_00000_bench"
_QUANTILES = ((0.0, 3_000), (0.5, 44_000), (0.95, 384_000), (0.97, 1_500_000), (1.0, 8_900_000))
_OPERATOR = {
    "stageId": 1,
    "pipelineId": 0,
    "operatorId": 3,
    "planNodeId": "1247",
    "operatorType": "HashBuilderOperator",
    "totalDrivers": 4,
    "addInputCalls": 231,
    "addInputWall": "12.31ms",
    "addInputCpu": "11.90ms",
    "physicalInputDataSize": "0B",
    "info": {"@type": "joinOperatorInfo", "joinType": "INNER", "logHistogramProbes": [0, 0, 12, 4, 0, 0, 0, 0]},
}
_PLAN = "    └─ InnerJoin[criteria = (custkey = custkey_4)]\n       │   Layout: [orderkey:bigint, name:varchar(25)]\n"


@dataclass(frozen=True, slots=True)
class Body:
    """A body around the place of its query id."""

    before: bytes
    after: bytes

    def __len__(self) -> int:
        return len(self.before) + len(_PLACE) + len(self.after)


def bodies(number: int, seed: int = 7) -> list[Body]:
    """So many different bodies whose sizes are spread as seen, in random order."""
    samples = [json.loads(line) for line in SAMPLES.read_text().splitlines()]
    chosen = random.Random(seed)
    sizes = [_size((n + 0.5) / number) for n in range(number)]
    chosen.shuffle(sizes)
    return [_body(samples[n % len(samples)], n, size) for n, size in enumerate(sizes)]


def query_id(number: int) -> bytes:
    """The id of the `number`th event."""
    second, n = divmod(number, 1000)
    return f"20261122_{second // 3600:02}{second // 60 % 60:02}{second % 60:02}_{n:05}_bench".encode()


def _size(quantile: float) -> int:
    for (low, smaller), (high, larger) in pairwise(_QUANTILES):
        if quantile <= high:
            share = (quantile - low) / (high - low)
            return round(math.exp(math.log(smaller) + share * (math.log(larger) - math.log(smaller))))
    raise ValueError(quantile)


def _body(sample: dict[str, Any], number: int, size: int) -> Body:
    event = json.loads(json.dumps(sample))
    event["metadata"] |= {"queryId": _PLACE, "query": text(number), "uri": "http://coordinator:8080/ui"}
    missing = max(0, size - len(orjson.dumps(event)))
    operator = json.dumps(_OPERATOR)
    event["metadata"]["payload"] = json.dumps([_OPERATOR] * int(missing * 0.5 / len(operator) / 1.15))
    event["metadata"]["plan"] = _PLAN * int(missing * 0.15 / len(_PLAN.encode()))
    event["statistics"]["operatorSummaries"] = [operator] * int(missing * 0.35 / len(operator) / 1.15)
    before, _, after = orjson.dumps(event).partition(_PLACE.encode())
    return Body(before, after)
