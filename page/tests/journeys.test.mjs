import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openPage, screenshot, settled, startBrowser, startTracker, visit } from "./tracker.mjs";

let tracker, browser, opened, page;
before(async () => { [tracker, browser] = await Promise.all([startTracker(), startBrowser()]); });
after(async () => { await browser?.close(); await tracker?.stop(); });
beforeEach(async () => { opened = await openPage(browser, tracker.base); page = opened.page; });
afterEach(async () => {
  await opened.close();
  assert.deepEqual(opened.seen, { foreign: [], errors: [] });
});

const link = (name, within = page) => within.getByRole("link", { name, exact: true });
const rows = (caption) => page.getByRole("table", { name: caption }).locator("tbody tr");

test("which queries failed for dave since yesterday, and why: two clicks, and the link reproduces it", async () => {
  await visit(page, "/");
  await link("dave").click();
  await settled(page);
  await page.getByRole("complementary", { name: "Filters" }).getByRole("link", { name: /^FAILED/ }).click();
  await settled(page);
  const found = rows(/Executed queries/);
  const texts = await found.allInnerTexts();
  assert.ok(texts.length > 10 && texts.every((text) => text.includes("dave") && text.includes("failed")));
  assert.match(texts.join(), /SYNTAX_ERROR|TABLE_NOT_FOUND|DIVISION_BY_ZERO/);
  await screenshot(page, "journey-failures");
  const address = page.url();
  assert.match(address, /user=dave.*since=2\d{3}-\d\d-\d\dT.*state=FAILED/);
  const other = await openPage(browser, tracker.base);
  await visit(other.page, address);
  assert.deepEqual(await other.page.getByRole("table", { name: /Executed queries/ }).locator("tbody tr").allInnerTexts(), texts);
  await other.close();
  await found.first().getByRole("link").first().click();
  await settled(page);
  assert.match(await page.locator(".told.failed").first().innerText(), /[A-Z]+_[A-Z]+/);
});

test("what feeds a column: search it, trace it to the base tables, open the query with the expression highlighted", async () => {
  await visit(page, "/");
  await page.getByRole("combobox", { name: "Find a table, a column, a query" }).fill("orders.total");
  await page.getByRole("option", { name: /Column.*lake\.core\.orders\.total/ }).first().click();
  await settled(page);
  await page.getByRole("button", { name: "Path of tpch.tiny.orders.totalprice" }).waitFor();
  await screenshot(page, "journey-trace");
  await page.getByRole("navigation", { name: "How to show it" }).getByRole("link", { name: "List" }).click();
  await link("Evidence of tpch.tiny.orders.totalprice to lake.staging.orders_day.total").click();
  await settled(page);
  const mark = page.locator("mark").first();
  await mark.waitFor();
  assert.match(await mark.innerText(), /totalprice/);
  await screenshot(page, "journey-evidence");
  await page.getByRole("complementary", { name: "Evidence of the edge" }).getByRole("link", { name: /^2\d{7}_/ }).first().click();
  await settled(page);
  await page.locator(".cm-content").first().waitFor();
  assert.match(await page.locator(".cm-content").first().innerText(), /totalprice/);
});

/** Presses Tab until what has this name has the focus, and is in sight. Fails where it is not reached. */
async function tabTo(role, name, most = 80) {
  const wanted = page.getByRole(role, { name }).first();
  await wanted.waitFor({ state: "attached" });
  for (let pressed = 0; pressed < most; pressed += 1) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((one) => one === document.activeElement)) break;
  }
  const { isFocused, isSeen } = await wanted.evaluate(async (one) => {
    await new Promise(requestAnimationFrame);
    const { left, top, right, bottom } = one.getBoundingClientRect();
    const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return { isFocused: one === document.activeElement && one.matches(":focus-visible"), isSeen: one.contains(at) };
  });
  assert.ok(isFocused, `${name} is not reached by Tab`);
  assert.ok(isSeen, `${name} is not in sight`);
}

async function press(...keys) {
  for (const key of keys) await page.keyboard.press(key);
  await settled(page);
}

test("what feeds a column, by keyboard alone: search, trace, objects of the picture, evidence, query", async () => {
  await visit(page, "/");
  await tabTo("combobox", "Find a table, a column, a query");
  await page.keyboard.type("orders.total");
  const column = page.getByRole("option", { name: /Column.*lake\.core\.orders\.total / });
  await column.first().waitFor();
  while ((await column.first().getAttribute("aria-selected")) !== "true") await page.keyboard.press("ArrowDown");
  await press("Enter");
  assert.match(page.url(), /\/graph\?name=lake\.core\.orders&.*column=total/);
  await tabTo("button", "tpch.tiny orders");
  await press("Enter");
  await tabTo("link", "lake.staging.orders_day");
  await press("Enter");
  await tabTo("link", /totalprice → total/);
  await press("Enter");
  const mark = page.locator("mark").first();
  await mark.waitFor();
  assert.match(await mark.innerText(), /totalprice/);
  await press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.title), "tpch.tiny.orders");
  await page.goBack();
  await settled(page);
  await tabTo("link", /^2\d{7}_/);
  await press("Enter");
  assert.match(page.url(), /\/query\?/);
  await tabTo("textbox", "SQL of the query");
  assert.match(await page.evaluate(() => document.activeElement.innerText), /totalprice/);
});

test("an edge of the picture opens its evidence, and Escape closes it", async () => {
  await visit(page, "/graph?name=lake.core.orders&namespace=demo");
  const [x, y] = await page.locator(".react-flow__edge-path").first().evaluate((line) => {
    const { x, y } = line.getPointAtLength(line.getTotalLength() / 2).matrixTransform(line.getScreenCTM());
    return [x, y];
  });
  await page.mouse.click(x, y);
  const panel = page.getByRole("complementary", { name: "Evidence of the edge" });
  await panel.getByText("Queries that do it").waitFor();
  assert.match(page.url(), /from=.*&to=/);
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
});

test("what is in the picture answers the mouse: an object, its columns, a column, what is hidden", async () => {
  await visit(page, "/graph?name=lake.core.orders&namespace=demo");
  await page.getByRole("button", { name: "lake.staging orders_day" }).click();
  await page.getByRole("complementary", { name: "Chosen object" }).waitFor();
  assert.match(page.url(), /at=lake\.staging\.orders_day/);
  await page.getByRole("button", { name: "Columns of lake.core.orders" }).click();
  await settled(page);
  await page.getByRole("button", { name: "Path of lake.core.orders.total" }).click();
  assert.match(page.url(), /open=lake\.core\.orders.*markcol=total/);
  await page.getByRole("button", { name: /more downstream of lake\.staging\.orders_day/ }).click();
  await settled(page);
  assert.match(page.url(), /grow=down%3Alake\.staging\.orders_day/);
});

test("what breaks if customers.segment goes: objects and readers by distance, with tools, and as CSV", async () => {
  await visit(page, "/impact");
  await page.getByRole("main").getByRole("combobox").fill("customers.segment");
  await page.getByRole("option", { name: /Column.*lake\.core\.customers\.segment/ }).click();
  await settled(page);
  const texts = await rows(/What is affected/).allInnerTexts();
  const distances = texts.map((text) => Number(text.split("\t")[0]));
  assert.deepEqual(distances, [...distances].sort((one, other) => one - other));
  assert.ok(texts.some((text) => text.includes("reader") && text.includes("Metabase")));
  assert.ok(texts.some((text) => text.includes("segment_summary")));
  await screenshot(page, "journey-impact");
  const [download] = await Promise.all([page.waitForEvent("download"), link("Download CSV").click()]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n");
  assert.equal(lines.length, texts.length + 1);
  assert.match(lines[0], /distance/);
});

test("when an edge appeared and whether it is alive: first and last seen, ended ones greyed on demand", async () => {
  await visit(page, "/graph?name=lake.mart.customer_360&namespace=demo&view=list");
  const edge = rows("Edges between objects").filter({ hasText: "lake.core.customers" });
  assert.match(await edge.first().innerText(), /alive\s+2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d\s+2\d{3}-/);
  const before = await rows("Edges between objects").count();
  await page.getByLabel("ended edges").check();
  await settled(page);
  assert.ok((await rows("Edges between objects").count()) > before);
  await page.getByText("ended", { exact: true }).first().waitFor();
  await page.getByRole("navigation", { name: "How to show it" }).getByRole("link", { name: "Graph" }).click();
  await settled(page);
  await page.locator(".react-flow__edge.stale").first().waitFor({ state: "attached" });
  await screenshot(page, "journey-alive");
  await page.getByLabel("Seen in the last").selectOption("7");
  await settled(page);
  assert.match(page.url(), /ended=true.*seen=7/);
});

test("what waits for a catalog is listed, and an operator drops a message of it", async () => {
  await tracker.command(["outbox", "backfill", "rest"], { OMD_KIND: "rest", OMD_URL: "http://127.0.0.1:9" });
  await visit(page, "/sync?sink=rest&state=pending");
  const messages = rows("Messages that catalogs do not have");
  const before = await messages.count();
  assert.ok(before > 10);
  assert.match(await messages.first().innerText(), /rest\s+(query|lineage) .*\s+pending/s);
  await screenshot(page, "outbox");
  const first = messages.filter({ hasText: "lake.staging.orders_day" }).filter({ hasText: "lake.core.orders" }).first();
  page.on("dialog", (dialog) => void dialog.accept());
  await first.getByRole("button", { name: /^Drop/ }).click();
  await page.getByText("1 message dropped.").waitFor();
  await page.getByRole("navigation", { name: "Which messages" }).getByRole("link", { name: "Dead" }).click();
  await settled(page);
  assert.match(await page.getByRole("main").innerText(), /No message waits\./);
});

test("what queries took: by tool, sorted by what is asked for, with a link for others and a file", async () => {
  await visit(page, "/");
  await link("what their queries took").click();
  await settled(page);
  await link("By tool").click();
  await settled(page);
  await page.getByRole("columnheader", { name: "Queries" }).getByRole("link").focus();
  await page.keyboard.press("Enter");
  await settled(page);
  assert.match(page.url(), /by=tool&sort=executions/);
  const counts = (await rows("What queries took").allInnerTexts()).map((text) => Number(text.split("\t")[1].replaceAll(",", "")));
  assert.ok(counts.length > 3 && counts.every((count, at) => at === 0 || count <= counts[at - 1]), String(counts));
  assert.equal(await page.getByRole("columnheader", { name: "Queries" }).getAttribute("aria-sort"), "descending");
  const [download] = await Promise.all([page.waitForEvent("download"), link("CSV").click()]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n");
  assert.equal(lines.length, counts.length + 1);
  assert.match(lines[0], /^value,executions,failed,cpu_ms/);
});

test("whether the tracker is healthy: lag, gaps, failures and the outbox in one look", async () => {
  await visit(page, "/health");
  assert.match(await page.getByRole("main").getByRole("status").first().innerText(), /All is well/);
  assert.match(await rows("Sources of queries").first().innerText(), /demo\s+files\s+\d+(\.\d+)? (ms|s|min)/);
  assert.match(await page.getByRole("main").innerText(), /There is no gap\./);
  assert.match(await rows("Messages by catalog").first().innerText(), /file, \w+\s+0\s+0/);
  await screenshot(page, "journey-health");
});
