"""What a fake OpenMetadata remembers, and its rules, as observed on servers of the 1.6 line and read in the 2.0 line.

Only what the product meets is here: services, tables and users (fake_tables), queries (fake_queries), what these cost
(fake_costs), and, below, edges and usage.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.openmetadata.fake_costs import FakeCosts
from tests.openmetadata.fake_lines import Json, Refused, quoted, required, strict
from tests.openmetadata.fake_tables import fqns_of


@dataclass
class FakeState(FakeCosts):
    """All of it. Edges by the ids of their tables; None stands for one without details."""

    search_down: bool = False
    edges: dict[tuple[str, str], Json | None] = field(default_factory=dict)
    usage: dict[tuple[str, str], int] = field(default_factory=dict)

    def delete(self, kind: str, entity_id: str, *, hard: bool) -> list[Json]:
        gone = super().delete(kind, entity_id, hard=hard)
        if hard:
            ids = {table["id"] for table in gone}
            self.edges = {ends: each for ends, each in self.edges.items() if not ids & set(ends)}
        return gone

    def put_edge(self, body: Json) -> None:
        self.may("EditLineage")
        strict(body, ("edge",), "AddLineage")
        required(body, "edge")
        edge = strict(body["edge"], ("fromEntity", "toEntity", "description", "lineageDetails"), "EntitiesEdge")
        required(edge, "fromEntity", "toEntity")
        ends = tuple(self.table_of(edge[end]) for end in ("fromEntity", "toEntity"))
        details = edge.get("lineageDetails")
        if details is None and self.rules.latest:
            details = {}
        self.edges[(ends[0]["id"], ends[1]["id"])] = None if details is None else self._details(details, ends)
        if self.search_down:
            raise Refused(500, "Connection refused")

    def edge(self, from_id: str, to_id: str) -> Json:
        details = self.edges.get((from_id, to_id))
        if details is None:
            raise Refused(404, f"Lineage edge between {from_id} and {to_id} not found")
        return {"edge": details}

    def delete_edge(self, from_id: str, to_id: str) -> None:
        self.may("EditLineage")
        if (from_id, to_id) not in self.edges:
            raise Refused(404, f"Lineage edge between {from_id} and {to_id} not found")
        del self.edges[from_id, to_id]

    def _details(self, details: Json, ends: tuple[Json, ...]) -> Json:
        """What is stored of the details: unknown fields are not, and neither is anything of an earlier edge."""
        kept = {name: value for name, value in details.items() if name in self.rules.detail_fields}
        kept.setdefault("source", "Manual")
        if kept["source"] not in self.rules.sources:
            raise Refused(400, f"Cannot construct instance of LineageDetails$Source, problem: {kept['source']}")
        listed = [frozenset(fqns_of(end["columns"])) for end in ends]
        kept["columnsLineage"] = [
            entry
            for entry in kept.get("columnsLineage") or ()
            if self._columns_listed(entry["fromColumns"], listed[0])
            and self._columns_listed([entry["toColumn"]], listed[1])
        ]
        if self.rules.keeps_times_of_edges:
            now = int(time.time() * 1000)
            kept |= {"createdAt": now, "createdBy": "qlt-bot", "updatedAt": now, "updatedBy": "qlt-bot"}
        return kept

    def _columns_listed(self, columns: list[str], listed: frozenset[str]) -> bool:
        unknown = [column for column in columns if column not in listed]
        refusal = self.rules.unknown_column
        if unknown and refusal is not None:
            raise Refused(400, f"{refusal} {unknown[0]}")
        return not unknown

    def post_usage(self, entity: str, table_id: str, body: Json) -> None:
        """Set for the table by id and day, added up for its schema and database by FQN and day."""
        self.may("EditUsage")
        table, day, count = self._usage_read(entity, table_id, body)
        self.usage[table_id, day] = count
        self._add_above(table, day, count)

    def put_usage(self, entity: str, table_id: str, body: Json) -> None:
        """Added up everywhere."""
        table, day, count = self._usage_read(entity, table_id, body)
        self.usage[table_id, day] = self.usage.get((table_id, day), 0) + count
        self._add_above(table, day, count)

    def _usage_read(self, entity: str, table_id: str, body: Json) -> tuple[Json, str, int]:
        strict(body, ("date", "count"), "DailyCount")
        required(body, "date", "count")
        if entity != "table":
            raise Refused(404, f"Entity type {entity} not found")
        table = self.table_in_path(table_id)
        if body["count"] < 0:
            raise Refused(400, "[count must be greater than or equal to 0]")
        try:
            day = str(datetime.fromisoformat(str(body["date"]).replace("Z", "+00:00")).date())
        except ValueError:
            raise Refused(500, "INSERT INTO entity_usage ...") from None
        return table, day, int(body["count"])

    def _add_above(self, table: Json, day: str, count: int) -> None:
        for above in (quoted(table["path"][:3]), quoted(table["path"][:2])):
            self.usage[above, day] = self.usage.get((above, day), 0) + count

    def usage_of(self, entity: str, entity_id: str, last: str, days: int) -> Json:
        """Of the day and of as many before it. No real server was asked what this looks like."""
        key = self.table_in_path(entity_id)["id"] if entity == "table" else self.named(entity, entity_id)
        asked = [str(date.fromisoformat(last) - timedelta(days=back)) for back in range(days + 1)]
        stands = [(day, self.usage[key, day]) for day in asked if (key, day) in self.usage]
        reference = {"id": entity_id, "type": entity}
        details = [{"date": day, "dailyStats": {"count": count, "percentileRank": 0}} for day, count in stands]
        return {"entity": reference, "usage": details}
