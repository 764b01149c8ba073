"""What stands between us and a coordinator: one finding a question, each with the way out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from threading import Event

from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.adapters.trino.connection import TrinoConnection
from query_lineage_tracker.adapters.trino.statements import check_statement
from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.errors import PermissionMissing, TrinoUnreachable
from query_lineage_tracker.ports.sources import OwnQueries
from query_lineage_tracker.services.doctor import Finding, Verdict, failed

_SKEW_ALLOWED = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Sight:
    queries: int
    users: tuple[str, ...]
    as_user: str
    skew: timedelta


async def check(
    connection: TrinoConnection, cluster: ClusterSettings, own: OwnQueries | None = None
) -> tuple[Finding, ...]:
    """Is it reachable, may we read the system table, whose queries do we see, may we see sessions, what time is it.

    Stops at the first question whose failure leaves the others without an answer. Never raises what Trino does.
    """
    findings = [await in_thread(lambda: _reachable(connection))]
    if findings[0].verdict is Verdict.FAILED:
        return tuple(findings)
    own_ids: list[str] = []
    try:
        sight = await in_thread(lambda: _look(connection, own_ids.append))
    except (TrinoUnreachable, PermissionMissing) as problem:
        return (*findings, failed("trino rights", problem))
    finally:
        if own is not None and own_ids:
            await own.record_own_query(cluster.name, own_ids[0])
    findings.append(Finding("trino rights", Verdict.OK, f"{sight.as_user} reads system.runtime.queries"))
    findings.append(_visibility(connection, sight, cluster.expected_users))
    findings.append(await in_thread(lambda: _sessions(connection)))
    findings.append(_clock(sight.skew))
    return tuple(findings)


def server_version(connection: TrinoConnection) -> str:
    """The version of the coordinator, such as `476`. Blocking; raises TrinoUnreachable and PermissionMissing."""
    address = connection.login.address
    info = connection.get_json("/v1/info")
    if not isinstance(info, Mapping) or not isinstance(info.get("nodeVersion"), Mapping):
        raise TrinoUnreachable(f"What answers at {address} is not Trino", hint="Check TRINO_HOST.")
    if info.get("starting"):
        raise TrinoUnreachable(f"Trino at {address} is still starting", hint="Try again in a minute.")
    if not info.get("coordinator"):
        raise TrinoUnreachable(f"Trino at {address} is a worker", hint="TRINO_HOST has to name the coordinator.")
    return str(info["nodeVersion"].get("version"))


def _reachable(connection: TrinoConnection) -> Finding:
    name = "trino reachable"
    try:
        version = server_version(connection)
    except (TrinoUnreachable, PermissionMissing) as problem:
        return failed(name, problem)
    return Finding(name, Verdict.OK, f"Trino {version} at {connection.login.address}")


def _look(connection: TrinoConnection, on_query_id: Callable[[str], None]) -> _Sight:
    asked_at = datetime.now(timezone.utc)
    rows = list(connection.select(check_statement(), on_query_id, stop=Event()))
    answered_at = datetime.now(timezone.utc)
    if not rows:
        raise TrinoUnreachable(f"Trino at {connection.login.address} answers our query without a row")
    row = rows[0]
    users, queries = row["users"], row["queries"]
    told = datetime.fromisoformat(str(row["polled_at"]).replace("Z", "+00:00"))
    return _Sight(
        queries=queries if isinstance(queries, int) else 0,
        users=tuple(str(user) for user in users) if isinstance(users, list) else (),
        as_user=str(row["as_user"]),
        skew=max(asked_at - told, told - answered_at, timedelta()),
    )


def _visibility(connection: TrinoConnection, sight: _Sight, expected: Collection[str]) -> Finding:
    name = "trino visibility"
    others = set(sight.users) - {sight.as_user}
    missing = sorted(set(expected) - set(sight.users))
    seen = f"{sight.queries} queries of {len(sight.users)} users"
    if others and not missing:
        return Finding(name, Verdict.OK, f"{seen} are visible")
    if others:
        return Finding(name, Verdict.WARNING, f"{seen} are visible, none of {', '.join(missing)}")
    problem = PermissionMissing("Only our own queries are visible", hint=connection.login.view_rule)
    if missing:
        return failed(name, problem)
    detail = "Only our own queries are visible: nobody else has run one, or the right to view them is missing"
    return Finding(name, Verdict.WARNING, detail, problem.hint)


def _sessions(connection: TrinoConnection) -> Finding:
    name = "trino sessions"
    hint = "Without GET /v1/query, unqualified names resolve only by QLT_SESSION_DEFAULTS."
    try:
        with connection.get("/v1/query") as response:
            status = response.status_code
    except (TrinoUnreachable, PermissionMissing) as problem:
        return Finding(name, Verdict.WARNING, str(problem), hint)
    if status != 200:
        return Finding(name, Verdict.WARNING, f"GET /v1/query answers with HTTP status {status}", hint)
    return Finding(name, Verdict.OK, "GET /v1/query tells session catalogs and schemas")


def _clock(skew: timedelta) -> Finding:
    name, seconds = "trino clock", skew.total_seconds()
    if skew <= _SKEW_ALLOWED:
        return Finding(name, Verdict.OK, f"within {max(1, round(seconds))} s of ours")
    hint = "Synchronise both clocks: the lag that we report compares them. Nothing is lost by it."
    return Finding(name, Verdict.WARNING, f"{seconds:.0f} s away from ours", hint)
