"""The workload and the observer tell the truth about a real server; the end-to-end tests rely on both."""

from __future__ import annotations

import httpx
import pytest

from tests.trino.harness import READINESS, Observer, Seen, TrinoServer
from tests.trino.workload import Runner, Script, Sent, Statement

SHORT_MEMORY = "query.max-history=5\nquery.min-expire-age=20s"


@pytest.fixture(scope="module")
def observed(trino_server: TrinoServer) -> tuple[list[Sent], Observer]:
    """One round of the workload on a server that soon forgets, and what the observer saw of it."""
    server = trino_server.fresh(config=SHORT_MEMORY, limited_user="narrow")
    with Observer(server.address) as observer:
        sent = Runner(server.address, rounds=1).run()
    return sent, observer


def test_every_statement_of_the_workload_ends_as_its_script_says(observed: tuple[list[Sent], Observer]) -> None:
    sent, _ = observed
    assert [execution for execution in sent if execution.surprising] == []
    assert len({execution.text for execution in sent}) >= 60
    assert len({execution.user for execution in sent}) >= 8


def test_the_observer_sees_every_query_in_its_session(observed: tuple[list[Sent], Observer]) -> None:
    sent, observer = observed
    told = {query_id: (seen.user, seen.catalog, seen.schema) for query_id, seen in observer.seen.items()}
    known = {str(execution.query_id): (execution.user, execution.catalog, execution.schema) for execution in sent}
    assert known.items() <= told.items()
    assert observer.failed_polls == 0


def test_the_server_soon_forgets(observed: tuple[list[Sent], Observer], trino_server: TrinoServer) -> None:
    _, observer = observed
    left = httpx.get(f"{trino_server.address}/v1/query", headers={"X-Trino-User": "admin"}).json()
    assert len(left) < len(observer.seen) / 2


def test_a_limited_user_sees_only_the_own_queries(
    observed: tuple[list[Sent], Observer], trino_server: TrinoServer
) -> None:
    runner = Runner(trino_server.address)
    script = Script("own", "narrow", "test", None, None, (), 1, (Statement("SELECT 1"),))
    own = runner.run_script(script)[0].query_id
    shown = httpx.get(f"{trino_server.address}/v1/query", headers={"X-Trino-User": "narrow"}).json()
    assert [info["queryId"] for info in shown] == [own]


def test_the_observer_survives_a_crash_and_sees_both_lives(trino_server: TrinoServer) -> None:
    trino_server.fresh()
    runner = Runner(trino_server.address)
    script = Script("one", "alice", "test", "tpch", "tiny", (), 1, (Statement("SELECT count(*) FROM nation"),))
    with Observer(trino_server.address) as observer:
        before = runner.run_script(script)[0].query_id
        observer.await_id(str(before))
        trino_server.kill()
        assert runner.run_script(script)[0].error == "UNREACHABLE"
        trino_server.start()
        after = runner.run_script(script)[0].query_id
    assert observer.ids(without_users=(READINESS,)) == {before, after}
    assert observer.seen[str(before)] == observer.seen[str(after)] == Seen("alice", "test", "tpch", "tiny")
    assert observer.failed_polls > 0
