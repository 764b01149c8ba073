"""Polls and events tell the same of one workload, engine and analyzer find the same lineage, or there is a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from query_lineage_tracker.domain.history import ExecutedQuery
from query_lineage_tracker.events.query_event import parse_event
from query_lineage_tracker.events.told import ToldQuery
from query_lineage_tracker.lineage.result import ObjectName
from tests.trino.accounts import Figures
from tests.trino.agreement import badly_merged, edges_agree, rows_agree, uses_agree
from tests.trino.case_workload import run_cases
from tests.trino.harness import TrinoServer
from tests.trino.history import History
from tests.trino.raw_session import run_raw
from tests.trino.relay import EVENT_TOKEN, Relay
from tests.trino.tracker import Tracker, await_true, comes_true, reachable
from tests.trino.workload import Sent, read_script

STATEMENTS = Path(__file__).with_name("agreement_statements")


class Agreed(NamedTuple):
    """The workload as a tracker that polls stored it, one that receives, and one that does both, the events late."""

    sent: list[Sent]
    cases: list[Sent]
    polled: dict[str, dict[str, Any]]
    told: dict[str, dict[str, Any]]
    both: History
    events: dict[str, ToldQuery]


@pytest.fixture(scope="module")
def agreed(
    event_server: TrinoServer,
    relay: Relay,
    new_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Agreed:
    def tracker(name: str, port: int, *command: str) -> Tracker:
        directory = reachable(tmp_path_factory.mktemp(name))
        settings = {"QLT_EVENT_TOKEN": EVENT_TOKEN, "QLT_RECEIVER_PORT": str(port)}
        settings |= {"QLT_DESCRIBE_WRITES": "false", "OMD_KIND": "none"}
        return Tracker(directory, event_server, new_database(), **settings).doing(*command)

    port = event_server.port + 401
    with tracker("polls", port + 2, "run") as polling, tracker("receives", port, "serve") as receiving:
        relay.target = f"http://127.0.0.1:{port}/events/trino"
        polling.await_polls(1)
        scripts = [read_script(path) for path in sorted(STATEMENTS.glob("*.sql"))]
        sent = [one for script in scripts for one in run_raw(event_server.address, script)]
        cases = [one for _, one in run_cases(event_server.address)]
        ids = {str(one.query_id) for one in (*sent, *cases)}
        await_true(lambda: ids <= _ended(relay), "the last event")
        polling.await_polls(2)
        await_true(lambda: ids <= receiving.history.executions().keys(), "the last event in the store")
        polled, told = (_rows(one.history) for one in (polling, receiving))
    relay.target = None
    with tracker("does-both", port + 1, "run", "--with-receiver") as both:
        both.await_polls(2)
        assert relay.send_again(f"http://127.0.0.1:{port + 1}/events/trino").keys() == {200}
        await_true(lambda: _described(both.history, ids), "the events of queries that polls told of")
        # Polls ask for columns of tables; what stays unexplained then, a test shows.
        comes_true(lambda: not edges_agree(both.history.compared_edges()).unexplained, seconds=30)
    events = [parse_event(body, "relay") for body in relay.bodies]
    completed = {one.query.query_id: one for one in events if isinstance(one, ToldQuery) and one.query.state.terminal}
    return Agreed(sent, cases, polled, told, both.history, completed)


def _ended(relay: Relay) -> set[str]:
    return {query_id for query_id, seen in relay.sent.copy().items() if seen.terminal}


def _rows(history: History) -> dict[str, dict[str, Any]]:
    return {query_id: row for query_id, row in history.compared_rows().items() if row["capture"] == "COMPLETE"}


def _described(history: History, ids: set[str]) -> bool:
    told_by = history.told_by()
    return all({"EVENT", "POLL"} <= told_by.get(query_id, frozenset()) for query_id in ids)


def test_every_statement_ends_as_expected_and_enough_of_them_finish(agreed: Agreed) -> None:
    assert [one for one in agreed.sent if one.surprising] == []
    finished = {one.text for one in (*agreed.sent, *agreed.cases) if one.error is None}
    assert len(finished) >= 150


def test_poll_and_event_agree_on_every_fact_of_every_execution(agreed: Agreed, figures: Figures) -> None:
    agreement = rows_agree(agreed.polled, agreed.told)
    figures.add_lines("facts that poll and event tell", agreement.table(f"{len(agreed.told)} executions"))
    assert agreement.unexplained == []
    assert {str(one.query_id) for one in (*agreed.sent, *agreed.cases)} <= agreed.told.keys()


def test_what_both_tell_is_stored_as_events_tell_it_and_completed_by_polls(agreed: Agreed) -> None:
    merged = agreed.both.compared_rows()
    pairs = [(agreed.polled[one], agreed.told[one]) for one in sorted(agreed.polled.keys() & agreed.told.keys())]
    wrong = [text for polled, told in pairs for text in badly_merged(merged[told["query_id"]], polled, told)]
    assert wrong == []
    assert {tuple(merged[told["query_id"]]["told_by"]) for _, told in pairs} == {("EVENT", "POLL")}


def test_engine_and_analyzer_find_the_same_column_edges_but_in_known_holes(agreed: Agreed, figures: Figures) -> None:
    edges = agreed.both.compared_edges()
    agreement = edges_agree(edges)
    statements = len({edge.statement_id for edge in edges})
    figures.add_lines("column edges of engine and analyzer", agreement.table(f"{statements} statements"))
    assert agreement.unexplained == []
    assert agreement.same >= 250


def test_engine_and_analyzer_name_the_same_sources_and_targets(agreed: Agreed, figures: Figures) -> None:
    uses = agreed.both.compared_uses()
    agreement = uses_agree(uses)
    statements = len({use.statement_id for use in uses})
    figures.add_lines("sources and targets of engine and analyzer", agreement.table(f"{statements} statements"))
    assert agreement.unexplained == []
    assert agreement.same >= 300


def test_statements_of_a_transaction_tell_its_id_and_so_does_its_end(agreed: Agreed) -> None:
    texts = ("START TRANSACTION", "SELECT count(*) FROM nations", "INSERT", "ROLLBACK")
    start, read, write, end = (_only(agreed, "bob", text) for text in texts)
    assert start.transaction_id is None
    assert read.transaction_id == write.transaction_id == end.transaction_id
    assert end.transaction_id is not None
    outside = _only(agreed, "bob", "SELECT count(*) FROM regions")
    assert outside.transaction_id not in {None, end.transaction_id}


def test_an_abandoned_write_that_was_committed_is_uncertain_and_one_that_wrote_nothing_is_not_written(
    agreed: Agreed,
) -> None:
    told = [agreed.told[str(one.query_id)] for one in agreed.sent if one.expected == "ABANDONED_QUERY"]
    facts = [(row["state"], row["outcome"], row["written_rows"], row["finished_writing"]) for row in told]
    assert facts == [
        ("FAILED", "UNCERTAIN", 25, True),
        # The memory connector never tells what it wrote.
        ("FAILED", "UNCERTAIN", 25, False),
        ("FAILED", "NOT_WRITTEN", 0, False),
        ("FAILED", None, 0, None),
    ]


def test_tables_behind_views_tell_the_views_that_lead_to_them_outermost_first(agreed: Agreed) -> None:
    (query_id,) = [str(one.query_id) for one in agreed.sent if one.text.startswith("CREATE TABLE from_views")]
    answer = agreed.events[query_id].answer
    assert answer is not None
    reached = {table.object.name: [view.name for view in table.via] for table in answer.tables}
    assert reached == {
        "widest_view": [],
        "outer_view": ["widest_view"],
        "inner_view": ["widest_view", "outer_view"],
        "nations": ["widest_view", "outer_view", "inner_view"],
        "regions": ["widest_view"],
    }
    assert answer.target == ObjectName("lake", "agree", "from_views")


def _only(agreed: Agreed, user: str, text: str) -> ExecutedQuery:
    """What the event of the first statement of a user with this beginning told."""
    query_id = next(str(one.query_id) for one in agreed.sent if one.user == user and one.text.startswith(text))
    return agreed.events[query_id].query
