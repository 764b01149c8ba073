"""Logging in, what goes wrong with it, and doctor's questions."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests
import trino.auth
from tests.coordinators import NOON, FakeCoordinator

from query_lineage_tracker.adapters.trino.check import check
from query_lineage_tracker.adapters.trino.connect import authentication, connect
from query_lineage_tracker.adapters.trino.connection import Stopped, TrinoConnection
from query_lineage_tracker.adapters.trino.statements import poll_statement
from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.config.secret import Secret
from query_lineage_tracker.errors import ConfigurationError, PermissionMissing, TrackerError, TrinoUnreachable
from query_lineage_tracker.services.doctor import Finding, Verdict

Connect = Callable[..., TrinoConnection]
SECURE = {"http_scheme": "https", "port": 8443}


def select(connection: TrinoConnection, seconds: float = 60) -> list[Any]:
    return list(connection.select(poll_statement(None), lambda _id: None, stop=Event(), seconds=seconds))


def authorization(coordinator: FakeCoordinator) -> set[str | None]:
    return {headers.get("Authorization") for headers in coordinator.headers}


def test_without_authentication_only_the_user_is_named(coordinator: FakeCoordinator, connected: Connect) -> None:
    connection = connected(coordinator)
    select(connection)
    connection.get_json("/v1/query")
    assert authorization(coordinator) == {None}
    assert {headers["X-Trino-User"] for headers in coordinator.headers} == {"tracker"}
    assert {headers["X-Trino-Time-Zone"] for headers in coordinator.headers if "X-Trino-Time-Zone" in headers} == {
        "UTC"
    }
    assert not any("X-Trino-Query-Data-Encoding" in headers for headers in coordinator.headers)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"auth": "basic", "password": Secret("hunter2")}, "Basic dHJhY2tlcjpodW50ZXIy"),
        ({"auth": "jwt", "jwt": Secret("t.o.k")}, "Bearer t.o.k"),
    ],
)
def test_credentials_go_with_the_statement_and_with_the_list(
    coordinator: FakeCoordinator, connected: Connect, settings: dict[str, Any], expected: str
) -> None:
    connection = connected(coordinator, **SECURE, **settings)
    connection.get_json("/v1/query")
    select(connection)
    assert authorization(coordinator) == {expected}


def test_roles_go_with_the_statement(coordinator: FakeCoordinator, connected: Connect) -> None:
    select(connected(coordinator, roles=(("system", "auditor"),)))
    assert coordinator.headers[0]["X-Trino-Role"] == "system=ROLE%7Bauditor%7D"


def test_a_certificate_and_the_cas_to_trust_are_given_to_the_session() -> None:
    settings = ClusterSettings(
        auth="certificate",
        certificate=Path("/c.pem"),
        certificate_key=Path("/k.pem"),
        verify=Path("/ca.pem"),
        http_scheme="https",
    )
    session = connect(settings)._session
    assert (session.cert, session.verify) == (("/c.pem", "/k.pem"), "/ca.pem")


@pytest.mark.parametrize(("verify", "used"), [(Path("/ca.pem"), "/ca.pem"), (False, False), (True, "/environment.pem")])
def test_a_given_trust_goes_before_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, verify: bool | Path, used: bool | str
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/environment.pem")
    session = connect(ClusterSettings(http_scheme="https", verify=verify))._session
    settings = session.merge_environment_settings("https://trino.test", {}, None, None, None)
    assert settings["verify"] == used


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"auth": "none"}, type(None)),
        ({"auth": "oauth2"}, trino.auth.OAuth2Authentication),
    ],
)
def test_other_authentications_are_the_clients(settings: dict[str, Any], kind: type) -> None:
    assert isinstance(authentication(ClusterSettings(**settings)), kind)


def test_kerberos_gets_all_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: object())
    settings = ClusterSettings(
        auth="kerberos",
        kerberos_config=Path("/krb5.conf"),
        kerberos_principal="me@REALM",
        kerberos_mutual_authentication="optional",
        kerberos_force_preemptive=True,
        kerberos_hostname_override="trino.internal",
        kerberos_delegate=True,
        kerberos_ca_bundle=Path("/ca.pem"),
    )
    assert authentication(settings) == trino.auth.KerberosAuthentication(
        config="/krb5.conf",
        service_name="HTTP",
        mutual_authentication=trino.auth.KerberosAuthentication.MUTUAL_OPTIONAL,
        force_preemptive=True,
        hostname_override="trino.internal",
        principal="me@REALM",
        delegate=True,
        ca_bundle="/ca.pem",
    )


def test_an_oauth2_address_is_shown_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open_new", lambda _address: True)
    found = authentication(ClusterSettings(auth="oauth2"))
    assert isinstance(found, trino.auth.OAuth2Authentication)
    found._redirect_auth_url("https://login.test/abc")
    shown = capsys.readouterr()
    assert (shown.out, "https://login.test/abc" in shown.err) == ("", True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"auth": "basic", "password": Secret("hunter2")}, "TRINO_AUTH=basic needs https"),
        ({"auth": "basic"}, "needs TRINO_PASSWORD"),
        ({"auth": "jwt"}, "needs TRINO_JWT"),
        ({"auth": "certificate"}, "needs TRINO_CERTIFICATE and TRINO_CERTIFICATE_KEY"),
        ({"auth": "magic"}, "is not known"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_anything_is_sent(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        connect(ClusterSettings(**settings))
    assert raised.value.hint
    assert "hunter2" not in f"{raised.value}{raised.value.hint}"


def refused(cause: Exception) -> requests.ConnectionError:
    problem = requests.ConnectionError("HTTPConnectionPool")
    problem.__cause__ = cause
    return problem


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (refused(ConnectionRefusedError(111, "refused")), "trino.test:8443 is not reachable: connection refused"),
        (refused(socket.gaierror(-2, "unknown")), "its name is unknown"),
        (requests.ConnectTimeout(), "no answer in time"),
        (requests.ReadTimeout(), "no answer in time"),
        (requests.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed")), "TLS certificate is not accepted"),
        (requests.ConnectionError("reset"), "the connection broke"),
    ],
)
def test_an_unreachable_coordinator_is_named_with_the_reason_and_without_secrets(
    coordinator: FakeCoordinator, connected: Connect, raised: Exception, message: str
) -> None:
    coordinator.raises = raised
    connection = connected(coordinator, **SECURE, auth="basic", password=Secret("hunter2"))
    asks: tuple[Callable[[], object], ...] = (lambda: select(connection), lambda: connection.get_json("/v1/info"))
    for ask in asks:
        with pytest.raises(TrinoUnreachable, match=message) as problem:
            ask()
        assert problem.value.hint
        assert "hunter2" not in f"{problem.value}{problem.value.hint}"


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (401, PermissionMissing, "does not accept the credentials of user 'tracker'"),
        (403, PermissionMissing, "forbids to log in as user 'tracker'"),
        (404, TrinoUnreachable, "HTTP status 404"),
        (503, TrinoUnreachable, "trino.test:8080"),
    ],
)
def test_an_http_status_is_told_in_our_words(
    coordinator: FakeCoordinator, connected: Connect, status: int, kind: type[TrackerError], message: str
) -> None:
    coordinator.statuses = {"/v1/statement": status, "/v1/info": status}
    connection = connected(coordinator)
    asks: tuple[Callable[[], object], ...] = (lambda: select(connection), lambda: connection.get_json("/v1/info"))
    for ask in asks:
        with pytest.raises(kind, match=message):
            ask()


@pytest.mark.parametrize("body", [b"<html>login</html>", b"[]", b"{}", b"null"])
def test_what_is_not_trino_is_recognised(coordinator: FakeCoordinator, connected: Connect, body: bytes) -> None:
    coordinator.bodies["/v1/statement"] = body
    with pytest.raises(TrinoUnreachable, match="is not Trino"):
        select(connected(coordinator))


def test_a_forbidden_system_table_tells_what_to_grant(coordinator: FakeCoordinator, connected: Connect) -> None:
    coordinator.failure = {"errorName": "PERMISSION_DENIED", "errorType": "USER_ERROR", "message": "Access Denied"}
    with pytest.raises(PermissionMissing, match=r"system\.runtime\.queries") as problem:
        select(connected(coordinator))
    assert '"privileges": ["SELECT"]' in problem.value.hint
    assert '"user": "tracker"' in problem.value.hint


def test_a_failed_select_can_be_tried_again(coordinator: FakeCoordinator, connected: Connect) -> None:
    coordinator.failure = {"errorName": "CLUSTER_OUT_OF_MEMORY", "errorType": "INSUFFICIENT_RESOURCES"}
    with pytest.raises(TrinoUnreachable, match="CLUSTER_OUT_OF_MEMORY"):
        select(connected(coordinator))


def test_a_select_that_waits_too_long_is_cancelled(coordinator: FakeCoordinator, connected: Connect) -> None:
    coordinator.stuck = True
    with pytest.raises(TrinoUnreachable, match="it was QUEUED") as problem:
        select(connected(coordinator), seconds=0)
    assert "resource group" in problem.value.hint
    assert coordinator.asked[-1][0] == "DELETE"


def test_a_select_that_is_not_read_to_its_end_is_cancelled(coordinator: FakeCoordinator, connected: Connect) -> None:
    for number in range(9):
        coordinator.row(number)
    rows = connected(coordinator).select(poll_statement(None), lambda _id: None, stop=Event())
    next(iter(rows))
    rows.close()  # type: ignore[attr-defined]  # it is a generator
    assert coordinator.asked[-1][0] in ("DELETE", "GET")


def test_a_select_stops_when_told_to(coordinator: FakeCoordinator, connected: Connect) -> None:
    stop = Event()
    stop.set()
    with pytest.raises(Stopped):
        list(connected(coordinator).select(poll_statement(None), lambda _id: None, stop=stop))
    assert coordinator.asked[-1][0] == "DELETE"


def test_the_bound_of_a_poll_is_a_literal_in_utc() -> None:
    assert "\"end\" >= TIMESTAMP '2026-11-22 12:00:00.000 UTC'" in poll_statement(NOON)
    assert "WHERE" not in poll_statement(None)


def findings(coordinator: FakeCoordinator, connected: Connect, **settings: Any) -> dict[str, Finding]:
    cluster = ClusterSettings(**{"host": "trino.test", "user": "tracker", **settings})
    found = asyncio.run(check(connected(coordinator), cluster))
    return {finding.name: finding for finding in found}


def test_doctor_finds_nothing_wrong_but_a_clock(coordinator: FakeCoordinator, connected: Connect) -> None:
    coordinator.row(1)
    found = findings(coordinator, connected)
    assert {name: finding.verdict for name, finding in found.items()} == {
        "trino reachable": Verdict.OK,
        "trino rights": Verdict.OK,
        "trino visibility": Verdict.OK,
        "trino sessions": Verdict.OK,
        "trino clock": Verdict.WARNING,
    }
    assert "476" in found["trino reachable"].detail


def test_doctor_stops_where_nothing_can_follow(coordinator: FakeCoordinator, connected: Connect) -> None:
    coordinator.raises = refused(ConnectionRefusedError())
    (finding,) = findings(coordinator, connected).values()
    assert (finding.verdict, isinstance(finding.problem, TrinoUnreachable)) == (Verdict.FAILED, True)


def test_doctor_tells_a_worker_and_a_stranger_from_a_coordinator(
    coordinator: FakeCoordinator, connected: Connect
) -> None:
    bodies = {
        b"[]": "is not Trino",
        b'{"nodeVersion": {}, "coordinator": false}': "is a worker",
        b'{"nodeVersion": {}, "starting": true}': "still starting",
    }
    for body, message in bodies.items():
        coordinator.bodies["/v1/info"] = body
        assert message in findings(coordinator, connected)["trino reachable"].detail


def test_doctor_says_what_to_grant(coordinator: FakeCoordinator, connected: Connect) -> None:
    coordinator.statuses["/v1/query"] = 403
    found = findings(coordinator, connected)
    assert (found["trino visibility"].verdict, found["trino sessions"].verdict) == (Verdict.WARNING,) * 2
    assert '"allow": ["view"]' in found["trino visibility"].hint
    assert "QLT_SESSION_DEFAULTS" in found["trino sessions"].hint
    assert findings(coordinator, connected, expected_users=("alice",))["trino visibility"].verdict is Verdict.FAILED


def test_doctor_names_expected_users_that_are_missing(coordinator: FakeCoordinator, connected: Connect) -> None:
    coordinator.row(1)
    finding = findings(coordinator, connected, expected_users=("alice", "bob"))["trino visibility"]
    assert (finding.verdict, "bob" in finding.detail) == (Verdict.WARNING, True)
