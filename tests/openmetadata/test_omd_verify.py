"""What was told is read back: a difference is what we would have to write again, and never what others wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services
from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink
from query_lineage_tracker.domain.outbox import Claim, Delivered, Message, MessageKind
from query_lineage_tracker.errors import SinkUnreachable
from query_lineage_tracker.services import verify
from query_lineage_tracker.services.verify import Verified, VerifyRules, verified
from tests.messages import a_query, a_usage, an_edge
from tests.openmetadata.delivering import deliver, endpoint_of
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

KINDS = (MessageKind.LINEAGE, MessageKind.QUERY)
EDGE = an_edge({"day": ["day"], "total": ["amount"]})
QUERY = a_query(users=["alice", "etl"], targets=["hive.mart.daily"])


@dataclass(frozen=True)
class Arrived:
    """An outbox of which everything has arrived, a message a page."""

    messages: Sequence[Message]
    gone: bool = False

    async def delivered(self, sink: str, kind: MessageKind, after: str, limit: int) -> Sequence[Claim]:
        claims = sorted((each.claim for each in self.messages if each.claim.kind is kind), key=lambda each: each.entity)
        return [claim for claim in claims if claim.entity > after][: min(limit, 1)]

    async def composed(self, claims: Sequence[Claim]) -> Sequence[Message]:
        return [each for each in self.messages if each.claim in claims]

    async def of_gone_objects(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        return claims if self.gone else []


def told(fake: FakeOpenMetadata, *messages: Message) -> list[Message]:
    """The messages with what was sent of them."""
    results = deliver(fake, *messages)
    delivered = [result for result in results if isinstance(result, Delivered)]
    assert len(delivered) == len(messages)
    return [replace(message, sent=result.sent) for message, result in zip(messages, delivered, strict=True)]


def verify_all(
    fake: FakeOpenMetadata,
    messages: Sequence[Message],
    kinds: Sequence[MessageKind] = KINDS,
    *,
    most_rows: int = 1000,
    gone: bool = False,
) -> Verified:
    async def compared() -> Verified:
        sink = OpenMetadataSink(endpoint_of(fake), OpenMetadataRules(Services("lab")))
        try:
            return await verified(Arrived(messages, gone), sink, VerifyRules(kinds, most_rows=most_rows))
        finally:
            await sink.aclose()

    written = len(fake.writes)
    found = asyncio.run(compared())
    assert len(fake.writes) == written
    return found


def only_row(found: Verified) -> Mapping[str, object]:
    (row,) = found.rows
    return row


def test_what_arrived_and_stands_is_no_difference(fake: FakeOpenMetadata) -> None:
    messages = told(fake, EDGE, QUERY, a_usage(executions=7))
    assert verify_all(fake, messages, tuple(MessageKind)) == Verified(messages=3)
    assert verify_all(fake, messages, (MessageKind.USAGE,)).messages == 1


def test_tables_of_many_queries_are_looked_up_once(fake: FakeOpenMetadata) -> None:
    queries = [a_query(f"SELECT {number} FROM orders", users=["alice"]) for number in range(20)]
    messages = told(fake, *(_of_statement(query, number) for number, query in enumerate(queries)))
    fake.requests.clear()
    assert verify_all(fake, messages) == Verified(messages=20)
    asked = [each.path for each in fake.requests]
    assert len([path for path in asked if "/tables" in path]) <= 2
    assert len(asked) <= 20 + 3


def _of_statement(message: Message, number: int) -> Message:
    return replace(message, claim=replace(message.claim, entity=f"{number:036}"))


def test_an_edge_that_somebody_removed_is_missing(fake: FakeOpenMetadata) -> None:
    messages = told(fake, EDGE, QUERY)
    fake.state.edges.clear()
    found = verify_all(fake, messages)
    assert (found.messages, found.differing) == (2, 1)
    row = only_row(found)
    assert (row["difference"], row["table"], row["kind"]) == ("missing", "hive.mart.daily", "LINEAGE")


def test_a_column_of_ours_that_somebody_removed_differs(fake: FakeOpenMetadata) -> None:
    messages = told(fake, EDGE)
    (details,) = fake.state.edges.values()
    assert details is not None
    del details["columnsLineage"][0]
    row = only_row(verify_all(fake, messages))
    assert row["difference"] == "differs"
    assert "edge: + lab.hive.sales.orders." in str(row["change"])


def test_a_column_that_we_withdrew_and_still_stands_differs(fake: FakeOpenMetadata) -> None:
    (message,) = told(fake, EDGE)
    fewer = replace(message, facts=an_edge({"day": ["day"]}).facts)
    assert "- lab.hive.sales.orders.amount" in str(only_row(verify_all(fake, [fewer]))["change"])


def test_columns_and_edges_of_others_are_left_alone(fake: FakeOpenMetadata) -> None:
    messages = told(fake, EDGE, QUERY)
    ends, details = next(iter(fake.state.edges.items()))
    assert details is not None
    theirs = {"fromColumns": ["lab.hive.sales.orders.id"], "toColumn": "lab.hive.mart.daily.total"}
    details["columnsLineage"].append(theirs)
    other = fake.state.add_table("lab", "hive", "mart", "other", columns=["x"])
    fake.state.edges[ends[0], other] = {"source": "Manual", "columnsLineage": []}
    assert verify_all(fake, messages).differing == 0


def test_an_edge_that_others_took_over_lacks_nothing_of_ours(fake: FakeOpenMetadata) -> None:
    messages = told(fake, EDGE)
    (details,) = fake.state.edges.values()
    assert details is not None
    details |= {"source": "DbtLineage", "description": "from dbt", "sqlQuery": "select 1"}
    assert verify_all(fake, messages).differing == 0


def test_a_query_that_lost_a_table_differs_and_one_that_is_gone_is_missing(fake: FakeOpenMetadata) -> None:
    messages = told(fake, QUERY)
    (query,) = fake.state.queries.values()
    del query["queryUsedIn"][0]
    row = only_row(verify_all(fake, messages))
    assert (row["difference"], row["change"]) == ("differs", "query: 1 more in usage")
    fake.state.queries.clear()
    assert {row["difference"] for row in verify_all(fake, messages).rows} == {"missing"}


def test_a_table_that_is_gone_makes_what_was_told_of_it_missing(fake: FakeOpenMetadata) -> None:
    messages = told(fake, EDGE)
    fake.state.tables["lab.hive.mart.daily"]["deleted"] = True
    row = only_row(verify_all(fake, messages))
    assert (row["difference"], row["change"]) == ("missing", None)
    assert "lab.hive.mart.daily" in str(row["problem"])


def test_a_table_that_was_dropped_on_both_sides_is_no_difference(fake: FakeOpenMetadata) -> None:
    messages = told(fake, EDGE, QUERY)
    fake.state.tables["lab.hive.sales.orders"]["deleted"] = True
    found = verify_all(fake, messages, gone=True)
    # The query is still used in the table that is left.
    assert (found.messages, found.differing, found.gone) == (2, 0, 2)


def test_differences_are_all_counted_and_only_so_many_shown(fake: FakeOpenMetadata) -> None:
    messages = told(fake, EDGE, QUERY)
    fake.state.edges.clear()
    fake.state.queries.clear()
    found = verify_all(fake, messages, most_rows=1)
    assert (found.differing, len(found.rows)) == (2, 1)


def test_a_busy_server_is_asked_again_and_one_that_stays_so_is_unreachable(
    fake: FakeOpenMetadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_PAUSE_S", 0.01)
    messages = told(fake, EDGE)
    fake.faults.append(Fault("GET .*/lineage/", 503, times=2))
    assert verify_all(fake, messages) == Verified(messages=1)
    fake.faults.append(Fault("GET .*/lineage/", 503, times=100))
    with pytest.raises(SinkUnreachable, match=f"openmetadata at {fake.url}/api cannot be read: .*503"):
        verify_all(fake, messages)


def test_a_token_that_is_refused_ends_it_with_the_way_out(fake: FakeOpenMetadata) -> None:
    messages = told(fake, EDGE)
    fake.token = "another"
    with pytest.raises(SinkUnreachable, match="401") as ended:
        verify_all(fake, messages)
    assert "OMD_TOKEN" in ended.value.hint
    assert ended.value.exit_code == 3
