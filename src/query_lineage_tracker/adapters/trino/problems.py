"""What the Trino client raises, in the words of our errors: what is wrong, with what, and the way out."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests
import trino.exceptions

from query_lineage_tracker.errors import PermissionMissing, TrackerError, TrinoUnreachable

_HTTP_STATUS = re.compile(r"error (\d{3})")
_SELECT_RULE = (
    "Let the user read system.runtime.queries; in file-based access control: "
    '"catalogs": [{{"user": "{user}", "catalog": "system", "allow": "read-only"}}] '
    'and, where there are "tables" rules, '
    '{{"user": "{user}", "catalog": "system", "schema": "runtime", "table": "queries", "privileges": ["SELECT"]}}.'
)
_VIEW_RULE = (
    "Let the user view the queries of others; in file-based access control: "
    '"queries": [{{"user": "{user}", "allow": ["view"]}}, ...]; in OPA: ViewQueryOwnedBy and FilterViewQueryOwnedBy; '
    "in Ranger: IMPERSONATE on their owners."
)


@dataclass(frozen=True, slots=True)
class Login:
    """Whom we talk to and as whom; part of every message."""

    address: str
    user: str
    method: str

    @property
    def select_rule(self) -> str:
        """What to grant for reading the system table."""
        return _SELECT_RULE.format(user=self.user)

    @property
    def view_rule(self) -> str:
        """What to grant for seeing the queries of others."""
        return _VIEW_RULE.format(user=self.user)


@contextmanager
def translated(login: Login) -> Iterator[None]:
    """Whatever the client or the HTTP library raises comes out as TrinoUnreachable or PermissionMissing."""
    try:
        yield
    except trino.exceptions.TrinoQueryError as problem:
        raise _query_problem(login, problem) from problem
    except trino.exceptions.HttpError as problem:
        status = _HTTP_STATUS.match(str(problem))
        raise status_problem(login, int(status[1]) if status else None) from problem
    except trino.exceptions.TrinoAuthError as problem:
        raise _not_let_in(login) from problem
    except (requests.RequestException, trino.exceptions.Error, OSError) as problem:
        raise _connection_problem(login, problem) from problem
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        message = f"What answers at {login.address} is not Trino: its answer is not the JSON of Trino's protocol"
        raise TrinoUnreachable(message, hint="Check TRINO_HOST, TRINO_PORT and TRINO_HTTP_SCHEME.") from problem


def status_problem(login: Login, status: int | None) -> TrackerError:
    """The error for an HTTP status that is not a success."""
    if status == 401:
        return _not_let_in(login)
    if status == 403:
        return PermissionMissing(
            f"Trino at {login.address} forbids to log in as user {login.user!r} (authentication: {login.method})",
            hint="TRINO_USER has to be the user that the credentials belong to, or one that it may impersonate.",
        )
    shown = "an unexpected answer" if status is None else f"HTTP status {status}"
    return TrinoUnreachable(
        f"Trino at {login.address} answers with {shown}",
        hint="It may be starting, overloaded, or behind a proxy; TRINO_HOST and TRINO_PORT have to name a coordinator.",
    )


def _not_let_in(login: Login) -> PermissionMissing:
    return PermissionMissing(
        f"Trino at {login.address} does not accept the credentials of user {login.user!r} "
        f"(authentication: {login.method})",
        hint="Check TRINO_USER, TRINO_AUTH and the secret that belongs to it.",
    )


def _query_problem(login: Login, problem: trino.exceptions.TrinoQueryError) -> TrackerError:
    if problem.error_name == "PERMISSION_DENIED":
        return PermissionMissing(
            f"Trino at {login.address} forbids user {login.user!r} to read system.runtime.queries",
            hint=login.select_rule,
        )
    return TrinoUnreachable(
        f"Trino at {login.address} failed our query: {problem.error_name}: {problem.message[:200]}",
        hint="It is tried again; the coordinator's log tells more.",
    )


def _connection_problem(login: Login, problem: BaseException) -> TrinoUnreachable:
    causes = list(_causes(problem))
    for kinds, wrong, hint in _CONNECTION_PROBLEMS:
        if any(isinstance(cause, kinds) for cause in causes):
            return TrinoUnreachable(f"Trino at {login.address} is not reachable: {wrong}", hint=hint)
    hint = "Is the coordinator running, and are TRINO_HOST and TRINO_PORT right?"
    return TrinoUnreachable(f"Trino at {login.address} is not reachable: the connection broke", hint=hint)


_CONNECTION_PROBLEMS: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    (
        (ssl.SSLError, requests.exceptions.SSLError),
        "its TLS certificate is not accepted, or it does not speak TLS",
        "TRINO_VERIFY names the CA certificates to trust; TRINO_HTTP_SCHEME has to fit the port.",
    ),
    ((socket.gaierror,), "its name is unknown", "Check TRINO_HOST."),
    (
        (ConnectionRefusedError,),
        "connection refused",
        "Is the coordinator running, and are TRINO_HOST and TRINO_PORT right?",
    ),
    (
        (requests.exceptions.Timeout, TimeoutError, socket.timeout),
        "no answer in time",
        "A firewall may be in between; TRINO_REQUEST_TIMEOUT says how long one request may take.",
    ),
)


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """The exception and all that it wraps: causes, contexts, and the libraries' `reason` and arguments."""
    pending, seen = [problem], set()
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        wrapped = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        pending += [other for other in wrapped if isinstance(other, BaseException)]
