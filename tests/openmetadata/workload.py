"""A made-up warehouse of any size: its log of queries, its tables in OpenMetadata, and what others wrote there.

`edges` statements write, each an edge of its own, 40 of them into each target; the others read one or two tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.openmetadata.fake_lines import Json
from tests.openmetadata.fake_process import Served

COLUMNS = tuple(f"c{number}" for number in range(8))
SERVICE = "lab"
_EDGES_A_TARGET = 40
_USERS = 20
_EVERY = 7

Picture = Mapping[str, Mapping[Any, Any]]
"""What a server holds: tables, queries, edges, usage, costs, each by names."""


@dataclass(frozen=True)
class Size:
    """How many edges there are, and how many statements, those that write included.

    With `variants`, each statement that writes is executed in two texts.
    """

    edges: int
    queries: int
    variants: bool = False

    @property
    def targets(self) -> int:
        return -(-self.edges // _EDGES_A_TARGET)

    @property
    def sources(self) -> int:
        return max(_EDGES_A_TARGET, self.targets * 4 // 5)

    def edge(self, number: int) -> tuple[str, str]:
        """Names of the upstream and the downstream table of an edge."""
        target, turn = number % self.targets, number // self.targets
        return f"raw.s{(turn + 7 * target) % self.sources}", f"mart.t{target}"

    def tables(self) -> list[str]:
        names = [f"mart.t{number}" for number in range(self.targets)]
        return names + [f"raw.s{number}" for number in range(self.sources)]


def text(size: Size, number: int, variant: int = 0) -> str:
    """The `number`th statement; names of its own make it one, as literals would not."""
    if number < size.edges:
        upstream, downstream = size.edge(number)
        return (
            f"INSERT INTO lake.{downstream} (c0, c1, c2) "
            f"SELECT s.c0, s.c1 + {number + variant}, s.c{number % 8} AS w{number} "
            f"FROM lake.{upstream} AS s"
        )
    upstream, downstream = size.edge(number % size.edges)
    read = f"SELECT s.c0 AS r{number}, s.c1 FROM lake.{upstream} AS s"
    return read if number % 3 else f"{read} JOIN lake.{downstream} AS t ON s.c0 = t.c0"


def tables_used(size: Size) -> int:
    """How many tables all statements use together."""
    return sum(1 if number >= size.edges and number % 3 else 2 for number in range(size.queries))


def record(size: Size, number: int, created: datetime, variant: int = 0) -> dict[str, object]:
    """The `number`th query."""
    return {
        "query_id": f"{created:%Y%m%d_%H%M%S}_{number % 100_000:05}_fake{'sv'[variant]}",
        "state": "FINISHED",
        "user": f"user{number % _USERS}",
        "source": "airflow",
        "query": text(size, number, variant),
        "created": created.isoformat(),
        "end": (created + timedelta(seconds=1)).isoformat(),
        "elapsed_time_ms": 1000,
        "cpu_time_ms": 100 + number % 50,
        "catalog": "lake",
        "schema": "raw",
    }


def records(size: Size, first: int, last: int, begin: datetime, spacing: timedelta) -> Iterator[dict[str, object]]:
    for number in range(first, last):
        created = begin + (number - first) * spacing
        yield record(size, number, created)
        if size.variants and number < size.edges:
            yield record(size, number, created, 1)


def write_log(path: Path, rows: Iterator[dict[str, object]]) -> None:
    """A file of recorded queries, there as a whole or not at all."""
    hidden = path.with_suffix(".part")
    hidden.write_text("".join(json.dumps(row) + "\n" for row in rows))
    hidden.rename(path)


def days_ago(days: int) -> datetime:
    """The begin of a UTC day."""
    today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days)


def populate(served: Served, size: Size, missing: tuple[str, ...] = ()) -> None:
    """Tables, half of the users, and lineage of others: edges that we do not know, and columns on edges of ours."""
    state = served.server.state
    for number in range(0, _USERS, 2):
        state.add_user(f"user{number}")
    for name in size.tables():
        if name not in missing:
            state.add_table(SERVICE, "lake", *name.split("."), columns=COLUMNS)
    for upstream, downstream, details in foreign_edges(size, missing):
        ends = [state.tables[f"{SERVICE}.lake.{name}"]["id"] for name in (upstream, downstream)]
        edge = dict(zip(("fromEntity", "toEntity"), ({"id": each, "type": "table"} for each in ends), strict=True))
        state.put_edge({"edge": {**edge, "lineageDetails": details}})


def foreign_edges(size: Size, missing: tuple[str, ...] = ()) -> list[tuple[str, str, dict[str, Any]]]:
    """What others wrote: by hand into a source, and on every seventh edge of ours, there by the connector in turn."""
    found = []
    for number in range(0, size.edges, _EVERY):
        upstream, downstream = size.edge(number)
        by_hand = number % 2 == 0
        found.append((upstream, downstream, _details(upstream, downstream, by_hand)))
    for number in range(0, size.sources - 1, 2):
        upstream, downstream = f"raw.s{number}", f"raw.s{number + 1}"
        found.append((upstream, downstream, _details(upstream, downstream, True)))
    return [each for each in found if not {each[0], each[1]} & set(missing)]


def _details(upstream: str, downstream: str, by_hand: bool) -> dict[str, Any]:
    ends = [f"{SERVICE}.lake.{name}" for name in (upstream, downstream)]
    columns = [{"fromColumns": [f"{ends[0]}.c7"], "toColumn": f"{ends[1]}.c6"}]
    if by_hand:
        return {"source": "Manual", "description": "known to us all", "columnsLineage": columns}
    return {"source": "QueryLineage", "sqlQuery": "SELECT 'of the connector'", "columnsLineage": columns}


def picture(served: Served) -> Picture:
    """All that the server holds, by names instead of ids, in an order that does not depend on who came first."""
    state = served.server.state
    names = {entity["id"]: fqn for fqn, entity in (state.tables | state.users).items()}
    queries = {
        fqn: {
            **{name: value for name, value in entity.items() if name != "id"},
            "queryUsedIn": sorted(names[each] for each in entity["queryUsedIn"]),
            "users": sorted(names[each] for each in entity["users"]),
            "usedBy": sorted(entity["usedBy"]),
        }
        for fqn, entity in state.queries.items()
    }
    edges = {(names[up], names[down]): _without_times(details) for (up, down), details in state.edges.items()}
    usage = {(names.get(key, key), day): count for (key, day), count in state.usage.items()}
    costs: dict[tuple[str, int], list[Json]] = {}
    for each in state.costs:
        told = {name: each[name] for name in ("cost", "count", "totalDuration")}
        costs.setdefault((each["query"], each["timestamp"]), []).append(told)
    return {"tables": dict.fromkeys(state.tables), "queries": queries, "edges": edges, "usage": usage, "costs": costs}


def _without_times(details: Json | None) -> Json | None:
    """What the server itself notes on an edge is left out: when it was written."""
    return details and {name: value for name, value in details.items() if name not in ("createdAt", "updatedAt")}


def trespasses(held: Picture, size: Size) -> list[str]:
    """What of others is not as they left it: edges, or columns, source and description on edges of ours too."""
    ours = {size.edge(number) for number in range(size.edges)}
    found = []
    for upstream, downstream, details in foreign_edges(size):
        key = (f"{SERVICE}.lake.{upstream}", f"{SERVICE}.lake.{downstream}")
        stands = held["edges"].get(key) or {}
        kept = {name: stands.get(name) for name in details}
        if (upstream, downstream) in ours:
            kept["columnsLineage"] = [
                each for each in kept["columnsLineage"] or () if each in details["columnsLineage"]
            ]
        if kept != details:
            found.append(f"{key}: {details} became {stands}")
    return found


def usage_told_twice(held: Picture) -> list[str]:
    """Days on which a schema's counter is not the sum of its tables': each call adds to it, so it tells of repeats."""
    sums: dict[tuple[str, str], int] = {}
    for (name, day), count in held["usage"].items():
        if name.count(".") == 3:
            schema = name.rsplit(".", 1)[0]
            sums[schema, day] = sums.get((schema, day), 0) + count
    counters = {key: count for key, count in held["usage"].items() if key[0].count(".") == 2}
    return [
        f"{key}: {counters.get(key)} told, {sums.get(key)} used"
        for key in sums.keys() | counters.keys()
        if sums.get(key) != counters.get(key)
    ]
