"""Passwords, the file of users, proxies and buckets."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import ip_network
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from structlog.testing import capture_logs

from query_lineage_tracker.domain.access import Identity, Role
from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.web.access import Access, Proxy
from query_lineage_tracker.web.addresses import client_of
from query_lineage_tracker.web.passwords import hash_of, matches, read_hash
from query_lineage_tracker.web.problems import ProblemResponse
from query_lineage_tracker.web.rates import Buckets
from query_lineage_tracker.web.users import Users, read_users

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"
# One made before: tests are named after it, and every worker has to find the same names.
HASH = "scrypt$32768$8$1$06xyf8gMI+WD0XRH1q4ZcQ==$K4UHlwgddfKyC6k6EgfXqL2I89p8oG6hMATowIoiwAE="
PROXY = Proxy("X-Forwarded-User", (ip_network("10.1.0.0/16"),), "X-Role", Role.VIEWER)


@pytest.fixture
def users_file(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    path.write_text(f"# ours\n\nalice:operator:{HASH}\nbob:viewer:{HASH}\n")
    return path


def basic(name: str, password: str) -> Headers:
    return Headers({"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()})


async def status_of(access: Access, headers: Headers, address: str = "192.0.2.7") -> int | Identity:
    found = await access.who(headers, address)
    return found.status_code if isinstance(found, ProblemResponse) else found


def test_a_hash_matches_its_password_alone_and_is_never_the_same_twice() -> None:
    assert matches(PASSWORD, read_hash(HASH)) and not matches(PASSWORD + "!", read_hash(HASH))
    assert str(hash_of(PASSWORD)) != HASH and PASSWORD not in HASH


@pytest.mark.parametrize(
    "text", ["", "secret", "md5$1$2$3$aa$bb", HASH[:-8], HASH.replace("32768", "1048576"), HASH.replace("32768", "3")]
)
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_hash(text)


@pytest.mark.parametrize("line", ["alice", f"alice:admin:{HASH}", "alice:viewer:plain-password", f":viewer:{HASH}"])
def test_a_bad_line_of_the_file_is_named_and_not_repeated(tmp_path: Path, line: str) -> None:
    path = tmp_path / "users"
    path.write_text(f"bob:viewer:{HASH}\n{line}\n")
    with pytest.raises(ConfigurationError, match="line 2") as told:
        read_users(path)
    assert "plain-password" not in str(told.value)


async def test_users_log_in_with_their_roles_and_nobody_else_does(users_file: Path) -> None:
    access = Access(users=Users(users_file))
    assert await status_of(access, basic("alice", PASSWORD)) == Identity("alice", Role.OPERATOR)
    assert await status_of(access, basic("bob", PASSWORD)) == Identity("bob", Role.VIEWER)
    for headers in (
        basic("bob", "wrong"),
        basic("carol", PASSWORD),
        Headers({}),
        Headers({"Authorization": "Basic !"}),
    ):
        assert await status_of(access, headers) == HTTPStatus.UNAUTHORIZED


async def test_who_is_taken_out_of_the_file_is_out_at_once(users_file: Path) -> None:
    access = Access(users=Users(users_file))
    assert isinstance(await status_of(access, basic("alice", PASSWORD)), Identity)
    users_file.write_text(f"bob:viewer:{HASH}\n")
    assert await status_of(access, basic("alice", PASSWORD)) == HTTPStatus.UNAUTHORIZED
    users_file.write_text("nonsense\n")
    with capture_logs():
        assert await status_of(access, basic("bob", PASSWORD)) == HTTPStatus.SERVICE_UNAVAILABLE
        assert await status_of(access, basic("bob", PASSWORD)) == HTTPStatus.SERVICE_UNAVAILABLE
    users_file.unlink()
    with capture_logs():
        assert await status_of(access, basic("bob", PASSWORD)) == HTTPStatus.SERVICE_UNAVAILABLE


async def test_failed_logins_are_slowed_down_and_logged_without_what_was_typed(users_file: Path) -> None:
    access = Access(users=Users(users_file))
    with capture_logs() as logs:
        answers = [await status_of(access, basic("bob", f"guess-{n}")) for n in range(7)]
        assert answers == [401] * 5 + [429] * 2
        assert await status_of(access, basic(PASSWORD, "bob")) == 401
    assert {(one["event"], one["user"], one["address"]) for one in logs} == {
        ("page.login_failed", "bob", "192.0.2.7"),
        ("page.login_failed", "unknown", "192.0.2.7"),
    }
    assert "guess" not in str(logs) and PASSWORD not in str(logs)
    assert await status_of(access, basic("alice", PASSWORD)) == Identity("alice", Role.OPERATOR)


@pytest.mark.parametrize(
    ("headers", "address", "expected"),
    [
        ({"X-Forwarded-User": "carol"}, "10.1.2.3", Identity("carol", Role.VIEWER)),
        ({"X-Forwarded-User": "carol"}, "::ffff:10.1.2.3", Identity("carol", Role.VIEWER)),
        ({"X-Forwarded-User": "carol", "X-Role": "staff, Operator"}, "10.1.2.3", Identity("carol", Role.OPERATOR)),
        ({"X-Forwarded-User": "carol", "X-Role": "staff"}, "10.1.2.3", 403),
        ({"X-Forwarded-User": " "}, "10.1.2.3", 400),
        ({"X-Forwarded-User": "x" * 201}, "10.1.2.3", 400),
        ({"X-Forwarded-User": "carol"}, "192.0.2.7", 401),
        ({"X-Forwarded-User": "carol"}, "", 401),
        ({}, "10.1.2.3", 401),
    ],
)
async def test_only_a_trusted_proxy_is_believed(
    headers: Mapping[str, str], address: str, expected: int | Identity
) -> None:
    assert await status_of(Access(proxy=PROXY), Headers(headers), address) == expected


async def test_names_beyond_ascii_are_read_as_proxies_write_them() -> None:
    for written in ("Strauß".encode(), "Strauü".encode("latin-1")):
        found = await status_of(Access(proxy=PROXY), Headers(raw=[(b"x-forwarded-user", written)]), "10.1.2.3")
        assert isinstance(found, Identity) and found.name in ("Strauß", "Strauü")


async def test_a_header_that_the_client_sent_beside_the_proxys_is_refused() -> None:
    raw = [(b"x-forwarded-user", b"mallory"), (b"x-forwarded-user", b"carol")]
    assert await status_of(Access(proxy=PROXY), Headers(raw=raw), "10.1.2.3") == 400


def test_whoever_has_the_token_is_told_apart_from_who_proved_their_name() -> None:
    access = Access(token="t" * 20)
    for name, shown in (
        ("alice", "alice (by token)"),
        ("", "anybody"),
        ("x" * 201, "anybody"),
        ("a\u202eb", "anybody"),
    ):
        found = asyncio.run(access.who(basic(name, "t" * 20), "192.0.2.7"))
        assert isinstance(found, Identity) and (found.name, found.shared) == (shown, True)


@pytest.mark.parametrize(
    ("peer", "told", "expected"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], "192.0.2.7"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["203.0.113.9, 198.51.100.1, 10.1.9.9"], "198.51.100.1"),
        ("10.1.2.3", ["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["10.1.4.4, 10.1.9.9"], "10.1.4.4"),
        ("10.1.2.3", ["198.51.100.1, unknown"], "10.1.2.3"),
        ("10.1.2.3", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", [], "2001:db8:1:2::/64"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_requests_are_limited_by_what_trusted_proxies_tell(peer: str, told: list[str], expected: str) -> None:
    headers = Headers(raw=[(b"x-forwarded-for", one.encode()) for one in told])
    assert client_of(peer, headers, (ip_network("10.1.0.0/16"),)) == expected


async def test_guesses_through_a_proxy_do_not_lock_out_others(users_file: Path) -> None:
    access = Access(users=Users(users_file), proxies=(ip_network("10.1.0.0/16"),))

    def through_proxy(name: str, password: str, client: str) -> Headers:
        return Headers({**basic(name, password), "X-Forwarded-For": client})

    with capture_logs():
        guessed = [await status_of(access, through_proxy("bob", "x", "198.51.100.1"), "10.1.2.3") for _ in range(7)]
    assert guessed[-1] == HTTPStatus.TOO_MANY_REQUESTS
    bob = await status_of(access, through_proxy("bob", PASSWORD, "203.0.113.9"), "10.1.2.3")
    assert bob == Identity("bob", Role.VIEWER)


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    now = 100.0
    buckets = Buckets(rate=2, burst=3, clock=lambda: now)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b") == 0
    now += 0.5
    assert buckets.wait("a") == 0 and buckets.take("a") == 0 and buckets.take("a") == 0.5
    buckets.put_back("a")
    assert buckets.wait("a") == 0
