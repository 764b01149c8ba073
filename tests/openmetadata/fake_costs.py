"""What a fake OpenMetadata remembers of the costs of queries; read in its code, never met on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.openmetadata.fake_lines import Json, Refused, required, strict
from tests.openmetadata.fake_queries import FakeQueries

_FIELDS = ("timestamp", "jsonSchema", "queryReference", "cost", "count", "totalDuration")
_MOST_GROUPS = 10


@dataclass
class FakeCosts(FakeQueries):
    """Records in the order in which they came; each is one of the search index, which is what people are shown."""

    costs: list[Json] = field(default_factory=list)

    def add_cost(self, body: Json) -> Json:
        self._know_costs()
        strict(body, _FIELDS, "CreateQueryCostRecord")
        required(body, "timestamp", "queryReference", "cost", "count")
        query = self._query_by_id(str(body["queryReference"]["id"]))
        self.may("EditQueries")
        self.costs.append({**body, "query": query["fullyQualifiedName"], "text": query["query"]})
        return {**body, "id": f"{len(self.costs):08}-0000-4000-8000-000000000000"}

    def costs_of(self, service: str) -> Json:
        """Sums over all records, of the ten queries that cost most."""
        self._know_costs()
        groups: dict[str, Json] = {}
        for record in self.costs:
            if record["query"].rpartition(".")[0] == service:
                group = groups.setdefault(record["query"], {"queryText": record["text"], **_NOTHING})
                group["totalCost"] += record["cost"]
                group["totalCount"] += record["count"]
                group["totalDuration"] += record.get("totalDuration", 0)
        dearest = sorted(groups.values(), key=lambda group: -float(group["totalCost"]))
        return {"queryGroups": dearest[:_MOST_GROUPS]}

    def _know_costs(self) -> None:
        if not self.rules.keeps_costs:
            raise Refused(404, "HTTP 404 Not Found", unhandled=True)


_NOTHING = {"totalCost": 0.0, "totalCount": 0, "totalDuration": 0.0}
