"""A browser that logs in with a provider, and those who try without."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs
from tests.identities import CLIENT, ISSUER, SECRET, FakeProvider

from query_lineage_tracker.adapters.oidc.provider import Client, Provider
from query_lineage_tracker.config.oidc import OidcSettings
from query_lineage_tracker.config.secret import Secret
from query_lineage_tracker.domain.access import Identity, LoginAttempt, Role
from query_lineage_tracker.web.access import Access
from query_lineage_tracker.web.cookies import Cookies, Pending
from query_lineage_tracker.web.guard import Guard
from query_lineage_tracker.web.login import Login, local_path, login_of
from query_lineage_tracker.web.passwords import hash_of
from query_lineage_tracker.web.sessions import Sessions
from query_lineage_tracker.web.users import Users

pytestmark = pytest.mark.anyio

ORIGIN = "https://qlt.example"
PAGE = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
SENT = {"X-QLT-Request": "1"}


async def who(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that tells who asks."""
    identity = Request(scope).state.identity
    told = {"name": identity.name, "role": identity.role.value, "session": identity.session}
    await JSONResponse(told)(scope, receive, send)


def login_with(fake: FakeProvider, **settings: Any) -> Login:
    oidc = OidcSettings(issuer=ISSUER, client_id=CLIENT, client_secret=Secret(SECRET), origin=ORIGIN, **settings)
    client = Client(ISSUER, CLIENT, SECRET, f"{ORIGIN}/auth/callback", oidc.scopes, (oidc.name_claim, "groups"))
    return login_of(oidc, Provider(client, httpx.MockTransport(fake.answer)))


def browser_of(login: Login, **access: Any) -> httpx.AsyncClient:
    app = Guard(who, Access(login=login, **access), 1000.0, login)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN, headers=PAGE)


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
async def browser(fake: FakeProvider) -> AsyncIterator[httpx.AsyncClient]:
    login = login_with(fake, role_claim="groups", operators=("data-ops",))
    async with browser_of(login) as browser:
        yield browser


async def sent_to_provider(browser: httpx.AsyncClient, opened: str = "/") -> str:
    """Where a browser is when it has opened the page without a session."""
    way = await browser.get(opened)
    assert way.status_code == HTTPStatus.FOUND and way.headers["location"].startswith(f"{ORIGIN}/auth/login?next=")
    left = await browser.get(way.headers["location"])
    assert left.status_code == HTTPStatus.FOUND and left.headers["cache-control"] == "no-store"
    return left.headers["location"]


async def logged_in(browser: httpx.AsyncClient, fake: FakeProvider, opened: str = "/") -> httpx.Response:
    return await browser.get(fake.agree(await sent_to_provider(browser, opened)))


async def test_who_opens_the_page_logs_in_and_gets_where_they_wanted(
    browser: httpx.AsyncClient, fake: FakeProvider
) -> None:
    back = await logged_in(browser, fake, "/object?name=lake.core.%22a%26b%22&tab=usage")
    assert back.status_code == HTTPStatus.SEE_OTHER
    assert back.headers["location"] == f"{ORIGIN}/object?name=lake.core.%22a%26b%22&tab=usage"
    assert (await browser.get("/api/v1/me")).json() == {"name": "alice", "role": "viewer", "session": True}


async def test_the_session_is_a_cookie_that_no_script_no_http_and_no_other_host_sees(
    browser: httpx.AsyncClient, fake: FakeProvider
) -> None:
    set_by = (await logged_in(browser, fake)).headers.get_list("set-cookie")
    session = next(cookie for cookie in set_by if cookie.startswith("__Host-qlt_session="))
    parts = set(session.split("; ")[1:])
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=28800"} <= parts
    assert not any(part.startswith("Domain") for part in parts)
    assert len(session.partition("=")[2].partition(";")[0]) >= 43
    assert [name for name in browser.cookies if name != "__Host-qlt_session"] == []


async def test_behind_a_proxy_at_a_path_the_browser_comes_back_to_that_path(fake: FakeProvider) -> None:
    opened = "https://qlt.example/tools/qlt"
    oidc = OidcSettings(issuer=ISSUER, client_id=CLIENT, client_secret=Secret(SECRET), origin=opened)
    client = Client(ISSUER, CLIENT, SECRET, f"{opened}/auth/callback", oidc.scopes, (oidc.name_claim,))
    login = login_of(oidc, Provider(client, httpx.MockTransport(fake.answer)))
    async with browser_of(login) as browser:
        way = (await browser.get("/queries?user=bob")).headers["location"]
        assert way == f"{opened}/auth/login?next=%2Fqueries%3Fuser%3Dbob"
        left = await browser.get(way.removeprefix(opened))
        back = await browser.get(fake.agree(left.headers["location"]).removeprefix(opened))
    assert back.headers["location"] == f"{opened}/queries?user=bob"


async def test_on_this_machine_alone_cookies_go_without_tls(fake: FakeProvider) -> None:
    oidc = OidcSettings(issuer=ISSUER, client_id=CLIENT, origin="http://127.0.0.1:8090")
    login = login_of(oidc, Provider(Client(ISSUER, CLIENT, None, "", (), ()), httpx.MockTransport(fake.answer)))
    async with browser_of(login) as browser:
        begun = await browser.get("/auth/login")
    cookie = begun.headers["set-cookie"]
    assert cookie.startswith("qlt_login_") and "Secure" not in cookie and "HttpOnly" in cookie


async def test_the_role_comes_from_the_claim(browser: httpx.AsyncClient, fake: FakeProvider) -> None:
    fake.claims["groups"] = ["data-ops"]
    await logged_in(browser, fake)
    assert (await browser.get("/api/v1/me")).json()["role"] == "operator"


async def test_programs_and_scripts_are_told_instead_of_led_away(browser: httpx.AsyncClient) -> None:
    for path, headers in (
        ("/api/v1/me", PAGE),
        ("/", {"Sec-Fetch-Mode": "cors", "Accept": "text/html"}),
        ("/", {"Sec-Fetch-Mode": "", "Accept": "*/*"}),
    ):
        refused = await browser.get(path, headers=headers)
        assert refused.status_code == HTTPStatus.UNAUTHORIZED
        assert refused.json()["login"] == "/auth/login" and "Log in on the page" in refused.json()["hint"]
        assert refused.headers["www-authenticate"].startswith("Bearer")


async def test_logging_out_ends_the_session_also_for_who_kept_the_cookie(
    browser: httpx.AsyncClient, fake: FakeProvider
) -> None:
    await logged_in(browser, fake)
    kept = dict(browser.cookies)
    left = await browser.post("/auth/logout", json={}, headers=SENT)
    assert left.json() == {"leave": "/auth/left"} and not dict(browser.cookies)
    browser.cookies.update(kept)
    assert (await browser.get("/api/v1/me")).status_code == HTTPStatus.UNAUTHORIZED
    said = await browser.get("/auth/left")
    assert "You are logged out" in said.text and f'href="{ISSUER}/out"' in said.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 403), ({**SENT, "Origin": "https://evil.example"}, 403), ({**SENT, "Sec-Fetch-Site": "cross-site"}, 403)],
)
async def test_no_other_site_logs_anybody_out(
    browser: httpx.AsyncClient, fake: FakeProvider, headers: dict[str, str], status: int
) -> None:
    await logged_in(browser, fake)
    assert (await browser.post("/auth/logout", json={}, headers=headers)).status_code == status
    assert (await browser.get("/auth/logout")).status_code == HTTPStatus.NOT_FOUND
    assert (await browser.get("/api/v1/me")).status_code == HTTPStatus.OK


def test_a_session_ends_by_itself_however_much_it_is_used() -> None:
    now = [0.0]
    sessions = Sessions(3600, lambda: now[0])
    alice, bob = (Identity(name, Role.VIEWER, session=True) for name in ("alice", "bob"))
    first = sessions.begin(alice)
    now[0] = 3599
    second = sessions.begin(bob)
    assert (sessions.identity(first), sessions.identity(second)) == (alice, bob)
    now[0] = 3600
    assert (sessions.identity(first), sessions.identity(second)) == (None, bob)


def test_there_are_only_so_many_sessions() -> None:
    sessions = Sessions(3600)
    oldest, *_, newest = [sessions.begin(Identity("alice", Role.VIEWER)) for _ in range(10_001)]
    assert sessions.identity(oldest) is None and sessions.identity(newest) is not None


async def test_a_login_gives_a_new_session_and_ends_the_one_before(
    browser: httpx.AsyncClient, fake: FakeProvider
) -> None:
    planted = "planted-by-somebody-who-waits-for-the-login"
    browser.cookies.set("__Host-qlt_session", planted, domain="qlt.example")
    await logged_in(browser, fake)
    first = browser.cookies["__Host-qlt_session"]
    assert first != planted
    await browser.get(fake.agree((await browser.get("/auth/login")).headers["location"]))
    assert browser.cookies["__Host-qlt_session"] != first
    browser.cookies.set("__Host-qlt_session", first, domain="qlt.example")
    assert (await browser.get("/api/v1/me")).status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("change", ["x", "", "é", "a.b", "." * 3])
async def test_a_session_that_was_tampered_with_is_none(
    browser: httpx.AsyncClient, fake: FakeProvider, change: str
) -> None:
    await logged_in(browser, fake)
    session = browser.cookies["__Host-qlt_session"][:-1] + change
    browser.cookies.clear()
    headers = {b"cookie": f"__Host-qlt_session={session}".encode()}
    assert (await browser.get("/api/v1/me", headers=headers)).status_code == HTTPStatus.UNAUTHORIZED


async def test_another_browser_cannot_finish_a_login(browser: httpx.AsyncClient, fake: FakeProvider) -> None:
    """Else an attacker could log somebody in as themselves, and read what they search for."""
    back = fake.agree(await sent_to_provider(browser))
    login = dict(browser.cookies)
    browser.cookies.clear()
    refused = await browser.get(back)
    assert refused.status_code == HTTPStatus.BAD_REQUEST and "begun elsewhere" in refused.text
    for name, sealed in login.items():
        browser.cookies.set(name, sealed[:-1] + ("0" if sealed[-1] != "0" else "1"), domain="qlt.example")
    assert (await browser.get(back)).status_code == HTTPStatus.BAD_REQUEST
    assert (await browser.get(back.replace("state=", "state=x"))).status_code == HTTPStatus.BAD_REQUEST
    assert fake.asked == ["openid-configuration"]


def test_a_login_waits_for_ten_minutes() -> None:
    now = [1000.0]
    cookies = Cookies(secure=False, clock=lambda: now[0])
    pending = Pending(LoginAttempt("state", "nonce", "verifier"), "/health")
    response = Response()
    cookies.set_pending(response, Headers(), pending)
    headers = Headers({"Cookie": response.headers["set-cookie"].partition(";")[0]})
    now[0] += 599
    assert cookies.pending(headers, "state") == pending
    now[0] += 1
    assert cookies.pending(headers, "state") is None
    assert Cookies(secure=False, clock=lambda: 1000.0).pending(headers, "state") is None, "of another server"


async def test_several_tabs_log_in_at_once(browser: httpx.AsyncClient, fake: FakeProvider) -> None:
    first, second = await sent_to_provider(browser, "/health"), await sent_to_provider(browser, "/sync")
    assert (await browser.get(fake.agree(second))).headers["location"] == f"{ORIGIN}/sync"
    assert (await browser.get(fake.agree(first))).headers["location"] == f"{ORIGIN}/health"
    for _ in range(10):
        await browser.get("/auth/login")
    assert len([name for name in browser.cookies if "login" in name]) <= 5


async def test_the_same_answer_twice_leads_to_the_page_and_not_to_another_login(
    browser: httpx.AsyncClient, fake: FakeProvider
) -> None:
    back = fake.agree(await sent_to_provider(browser, "/health"))
    assert (await browser.get(back)).headers["location"] == f"{ORIGIN}/health"
    again = await browser.get(back)
    assert again.status_code == HTTPStatus.SEE_OTHER and again.headers["location"] == f"{ORIGIN}/"
    assert fake.asked.count("token") == 1


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("error=access_denied&error_description=%3Cb%3E", "refused the login (access_denied)"),
        ("error=%3Cscript%3E", "refused the login (an error)"),
        ("code=x&iss=https%3A%2F%2Fevil.example", "another identity provider"),
        ("", "sent no code"),
        (f"code={'x' * 5000}", "sent no code"),
    ],
)
async def test_what_the_provider_refuses_is_told_in_words(browser: httpx.AsyncClient, query: str, told: str) -> None:
    address = httpx.URL(await sent_to_provider(browser))
    with capture_logs():
        refused = await browser.get(f"/auth/callback?state={address.params['state']}&{query}")
    assert refused.status_code == HTTPStatus.FORBIDDEN and told.lower() in refused.text.lower()
    assert "<b>" not in refused.text and "<script" not in refused.text and 'href="login"' in refused.text


async def test_who_has_no_role_is_told_and_logged(fake: FakeProvider) -> None:
    login = login_with(fake, role_claim="groups", viewers=("analysts",))
    fake.claims["preferred_username"] = "<img src=x onerror=alert(1)>"
    async with browser_of(login) as browser:
        with capture_logs() as logs:
            refused = await logged_in(browser, fake)
        assert refused.status_code == HTTPStatus.FORBIDDEN and "no role here for" in refused.text
        assert "<img" not in refused.text and "session" not in str(refused.headers.get_list("set-cookie"))
        assert [one["event"] for one in logs] == ["page.login_failed"]


async def test_a_provider_that_is_away_is_a_worded_503_and_sessions_go_on(
    browser: httpx.AsyncClient, fake: FakeProvider
) -> None:
    await logged_in(browser, fake)
    async with browser_of(login_with(FakeProvider(away=True))) as late:
        with capture_logs() as logs:
            refused = await late.get("/auth/login")
    assert refused.status_code == HTTPStatus.SERVICE_UNAVAILABLE and ISSUER in refused.text
    assert SECRET not in str(logs) and refused.headers["content-security-policy"]
    fake.away = True
    assert (await browser.get("/api/v1/me")).status_code == HTTPStatus.OK


async def test_nothing_secret_is_logged(browser: httpx.AsyncClient, fake: FakeProvider) -> None:
    with capture_logs() as logs:
        back = fake.agree(await sent_to_provider(browser))
        await browser.get(back)
    assert [(one["event"], one["user"]) for one in logs] == [("page.logged_in", "alice")]
    params = httpx.URL(back).params
    for secret in (params["code"], params["state"], browser.cookies["__Host-qlt_session"], SECRET):
        assert secret not in str(logs)


async def test_programs_may_still_send_a_token_or_a_password(fake: FakeProvider, tmp_path: Path) -> None:
    (tmp_path / "users").write_text(f"bob:operator:{hash_of('correct horse')}\n")
    login = login_with(fake)
    async with browser_of(login, token="t" * 20, token_role=Role.VIEWER, users=Users(tmp_path / "users")) as program:
        told = await program.get("/api/v1/me", headers={"Authorization": f"Bearer {'t' * 20}"})
        assert told.json() == {"name": "anybody", "role": "viewer", "session": False}
        assert (await program.get("/api/v1/me", auth=("bob", "correct horse"))).json()["role"] == "operator"
        await logged_in(program, fake)
        with capture_logs():
            wrong = await program.get("/api/v1/me", headers={"Authorization": "Bearer wrong"})
        assert wrong.status_code == HTTPStatus.UNAUTHORIZED, "a wrong proof is not made good by a session"


async def test_names_given_with_the_token_do_not_multiply_what_is_answered(fake: FakeProvider) -> None:
    app = Guard(who, Access(token="t" * 20), 1.0)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN) as program:
        asked = [await program.get("/api/v1/me", auth=(f"name-{n}", "t" * 20)) for n in range(6)]
    assert [one.status_code for one in asked] == [200] * 5 + [429]


async def test_an_id_token_or_access_token_is_no_proof_to_the_api(fake: FakeProvider) -> None:
    async with browser_of(login_with(fake)) as program:
        with capture_logs():
            refused = await program.get("/api/v1/me", headers={"Authorization": f"Bearer {fake.id_token('n')}"})
        assert refused.status_code == HTTPStatus.UNAUTHORIZED


async def test_logins_are_limited_by_address(fake: FakeProvider) -> None:
    login = login_with(fake)
    app = Guard(who, Access(login=login), 1.0, login)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN) as browser:
        statuses = [(await browser.get("/auth/login")).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:alert(1)",
        "@evil.example",
        ".evil.example",
        "/\t/evil.example",
        "/x\r\nSet-Cookie: a=b",
        "/auth/login?next=/",
        "",
        "/" + "x" * 2000,
    ],
)
async def test_a_login_leads_to_no_other_site(browser: httpx.AsyncClient, fake: FakeProvider, asked: str) -> None:
    assert local_path(asked) == "/"
    begun = await browser.get("/auth/login", params={"next": asked})
    back = await browser.get(fake.agree(begun.headers["location"]))
    assert back.headers["location"] == f"{ORIGIN}/"


async def test_answers_of_the_login_are_kept_by_nobody_and_run_no_script(
    browser: httpx.AsyncClient, fake: FakeProvider
) -> None:
    for path in ("/auth/left", "/auth/nowhere", "/auth/callback?state=x", "/auth/login"):
        answer = await browser.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert not re.search(r"<script|<form|https?://(?!id\.example)", answer.text)
