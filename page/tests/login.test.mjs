// Logging in with a real provider.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { logInAs, startProvider } from "./provider.mjs";
import { findings, freePort, openPage, screenshot, settled, startBrowser, startTracker } from "./tracker.mjs";

const SECRET = "the-secret-of-the-page";

let tracker, browser, served, provider, port, settings;
before(async () => {
  [tracker, browser, port] = await Promise.all([startTracker(), startBrowser(), freePort()]);
  settings = {
    QLT_PAGE_OIDC_ISSUER: `http://127.0.0.1:${port}`,
    QLT_PAGE_OIDC_CLIENT_ID: "qlt",
    QLT_PAGE_OIDC_CLIENT_SECRET: SECRET,
    QLT_PAGE_OIDC_SCOPES: "profile,groups",
    QLT_PAGE_OIDC_ROLE_CLAIM: "groups",
    QLT_PAGE_OIDC_OPERATORS: "data-ops",
    QLT_PAGE_OIDC_VIEWERS: "staff",
  };
  served = await tracker.serve(settings);
  provider = await startProvider(port, served.base, SECRET);
});
after(async () => {
  await provider?.stop();
  await served?.stop();
  await browser?.close();
  await tracker?.stop();
});

/** A browser of its own that opened the page there; it is at the provider then. */
async function arrived(address = "/", base = served.base) {
  const { page, close } = await openPage(browser, base);
  await page.goto(address);
  return { page, close, text: () => page.locator("main").innerText() };
}

async function loggedIn(name, address) {
  const opened = await arrived(address);
  await logInAs(opened.page, name);
  await settled(opened.page);
  return opened;
}

const asked = (page, path) => page.evaluate((at) => fetch(at).then(async (one) => ({ status: one.status, told: await one.json() })), path);

test("a viewer logs in, gets where they wanted, changes nothing, and logs out", async () => {
  const { page, close, text } = await loggedIn("alice", "/sync?state=dead");
  assert.equal(page.url(), `${served.base}/sync?state=dead`);
  assert.deepEqual((await asked(page, "/api/v1/me")).told, { name: "alice", role: "viewer", sql: "full", session: true });
  assert.equal(await page.getByRole("button", { name: /Try parked/ }).count(), 0);
  assert.deepEqual(await findings(page), []);
  await screenshot(page, "logged-in");
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("**/auth/left");
  assert.match(await text(), /You are logged out/);
  assert.deepEqual(await findings(page), []);
  await screenshot(page, "logged-out");
  assert.equal((await asked(page, "/api/v1/me")).status, 401);
  await close();
});

test("an operator changes something, and the record names them", async () => {
  const { page, close } = await loggedIn("bob", "/sync");
  await page.getByRole("button", { name: /Try parked/ }).click();
  await page.getByText(/messages? will be tried again/).waitFor();
  const { stdout } = await tracker.command(["audit"]);
  assert.match(stdout, /bob/);
  await close();
});

test("a session that has ended is told, and the way back leads to the same page", async () => {
  const { page, close, text } = await loggedIn("alice", "/objects?text=orders");
  await page.context().clearCookies({ name: "qlt_session" });
  await page.getByRole("link", { name: "Queries", exact: true }).click();
  await page.getByRole("alert").first().waitFor();
  assert.match(await text(), /asks who you are/);
  const before = page.url();
  await page.getByRole("alert").first().getByRole("link", { name: "Log in" }).click();
  await page.waitForURL(before);
  await settled(page);
  assert.equal((await asked(page, "/api/v1/me")).told.name, "alice");
  await close();
});

test("a session that was tampered with is none", async () => {
  const { page, close } = await loggedIn("alice", "/health");
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === "qlt_session");
  assert.ok(cookie.httpOnly && cookie.sameSite === "Lax");
  await page.context().addCookies([{ ...cookie, value: `${cookie.value.slice(0, -2)}xx` }]);
  assert.equal((await asked(page, "/api/v1/overview")).status, 401);
  await close();
});

test("a code is taken once", async () => {
  const { page, close, text } = await arrived("/health");
  const logins = (await page.context().cookies()).filter(({ name }) => name.startsWith("qlt_login_"));
  const back = page.waitForRequest((request) => request.url().startsWith(`${served.base}/auth/callback`));
  await logInAs(page, "alice");
  const used = (await back).url();
  await settled(page);
  await page.context().clearCookies({ name: "qlt_session" });
  await page.goto(used);
  assert.match(await text(), /begun elsewhere/);
  await page.context().addCookies(logins);
  assert.equal((await page.goto(used)).status(), 403);
  assert.match(await text(), /does not take the code \(invalid_grant\)/);
  await close();
});

test("who does not agree, and who has no role, are told why", async () => {
  const refused = await arrived("/health");
  await refused.page.getByText(/cancel/i).click();
  await refused.page.waitForURL("**/auth/callback**");
  assert.match(await refused.text(), /refused the login \(access_denied\)/);
  assert.deepEqual(await findings(refused.page), []);
  await screenshot(refused.page, "login-refused");
  await refused.close();
  const nobody = await arrived("/health");
  await logInAs(nobody.page, "carol");
  await nobody.page.waitForURL("**/auth/callback**");
  assert.match(await nobody.text(), /There is no role here for carol/);
  await nobody.close();
});

test("the provider's keys may change, and while it is away sessions go on", async () => {
  const { page, close } = await loggedIn("alice", "/health");
  const late = await openPage(browser, served.base);
  const sent = late.page.waitForRequest((request) => request.url().startsWith(`${provider.issuer}/auth?`));
  await late.page.goto("/");
  const state = new URL((await sent).url()).searchParams.get("state");
  await provider.stop();
  assert.equal((await asked(page, "/api/v1/me")).status, 200);
  assert.equal((await late.page.goto(`/auth/callback?code=any&state=${state}`)).status(), 503);
  assert.ok((await late.page.locator("main").innerText()).includes(`identity provider ${provider.issuer} cannot be asked`));
  await late.close();
  provider = await startProvider(port, served.base, SECRET);
  await (await loggedIn("bob", "/health")).close();
  await close();
});

test("a provider that was never there is named", async () => {
  const other = await tracker.serve({ ...settings, QLT_PAGE_OIDC_ISSUER: `http://127.0.0.1:${await freePort()}` });
  const { page, close, text } = await arrived("about:blank");
  assert.equal((await page.goto(`${other.base}/health`)).status(), 503);
  assert.match(await text(), /identity provider http:\/\/127\.0\.0\.1:\d+ cannot be asked/);
  await close();
  await other.stop();
});

test("a wrong secret is told without it", async () => {
  const wrong = await tracker.serve({ ...settings, QLT_PAGE_OIDC_CLIENT_SECRET: "another-secret" });
  await provider.stop();
  provider = await startProvider(port, wrong.base, SECRET);
  const { page, close, text } = await arrived("/health", wrong.base);
  await logInAs(page, "alice");
  await page.waitForURL("**/auth/callback**");
  assert.match(await text(), /does not know the page by its client id and secret \(invalid_client\)/);
  assert.doesNotMatch(await page.content(), /another-secret/);
  await close();
  await wrong.stop();
  await provider.stop();
  provider = await startProvider(port, served.base, SECRET);
});
