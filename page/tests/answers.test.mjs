// How answers are shown: none under another's name, how old they are, all that is in them, and as files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { openPage, settled, startBrowser, startTracker, visit } from "./tracker.mjs";

let tracker, browser;
before(async () => { [tracker, browser] = await Promise.all([startTracker(), startBrowser()]); });
after(async () => { await browser?.close(); await tracker?.stop(); });

const SEEN = new Date().toISOString();
const COLUMNS = Array.from({ length: 23 }, (_, at) => `column_${String(at).padStart(2, "0")}`);

/** Two tables with as many columns, each made of its like. */
function wide() {
  const node = (id, distance) => ({
    id, namespace: "demo", object: `lake.wide.table_${id}`, kind: "TABLE", gone: false, distance, more_upstream: 0, more_downstream: 0,
  });
  const ends = { upstream: 1, downstream: 2 };
  const edge = { ...ends, kind: "DATA", first_seen: SEEN, last_seen: SEEN, certain: true, method: "PARSED", ended: false, through: [] };
  const columns = COLUMNS.map((column) => ({
    ...ends, upstream_column: column, downstream_column: column, kind: "DATA", subtype: "IDENTITY", direct: true, method: "PARSED",
    first_day: SEEN.slice(0, 10), last_day: SEEN.slice(0, 10), ended: false,
  }));
  return { focus: 2, column: null, nodes: [node(1, -1), node(2, 0)], edges: [edge], column_edges: columns, capped: false, advice: null };
}

test("while the answer about one table is awaited, that of another is not shown under its name", async () => {
  const { page, seen, close } = await openPage(browser, tracker.base);
  await visit(page, "/object?name=lake.core.orders&tab=columns");
  await page.getByText("order_date").first().waitFor();
  let answer = () => undefined;
  const awaited = new Promise((resolve) => { answer = resolve; });
  await page.route("**/api/v1/object*name=lake.core.customers*", async (route) => { await awaited; await route.continue(); });
  await page.getByRole("combobox").first().fill("core.customers");
  await page.getByRole("option", { name: /^Object.*lake\.core\.customers / }).click();
  await page.getByRole("heading", { name: "lake.core.customers" }).waitFor();
  assert.match(await page.getByRole("main").innerText(), /Loading the object/);
  assert.equal(await page.getByText("order_date").count(), 0);
  assert.match(await page.title(), /^lake\.core\.customers · Object/);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
  answer();
  await settled(page);
  await page.getByText("table in namespace demo").waitFor();
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("what is about the present says how old it is, and is asked for again every minute", async () => {
  const { page, seen, close } = await openPage(browser, tracker.base);
  await page.clock.install();
  for (const [address, question] of [["/", "overview"], ["/health", "gaps"], ["/sync", "sync"]]) {
    await visit(page, address);
    assert.match(await page.getByRole("main").innerText(), /as of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
    const again = () => page.waitForRequest((request) => new URL(request.url()).pathname.endsWith(`/${question}`));
    await Promise.all([again(), page.clock.runFor(61_000)]);
    await Promise.all([again(), page.getByRole("button", { name: "Look again" }).click()]);
    await settled(page);
  }
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("a table of many columns shows ten of them in the picture, and all on demand", async () => {
  const { page, seen, close } = await openPage(browser, tracker.base);
  await page.route("**/api/v1/lineage?*", (route) => route.fulfill({ contentType: "application/json", body: JSON.stringify(wide()) }));
  await visit(page, "/graph?name=lake.wide.table_2&open=lake.wide.table_2&open=lake.wide.table_1");
  const shown = page.getByRole("button", { name: /^Path of lake\.wide\.table_2\./ });
  assert.equal(await shown.count(), 10);
  await page.getByRole("button", { name: "and 13 more columns of lake.wide.table_2" }).click();
  await settled(page);
  assert.equal(await shown.count(), COLUMNS.length);
  assert.match(page.url(), /all=lake\.wide\.table_2/);
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("columns of a table are found by a part of their names, and lists are files", async () => {
  const { page, seen, close } = await openPage(browser, tracker.base);
  await visit(page, "/object?name=lake.core.orders&tab=columns");
  await page.getByLabel("Part of the column’s name").fill("order_");
  await page.keyboard.press("Enter");
  await settled(page);
  const columns = page.getByRole("table", { name: "Columns of lake.core.orders" }).locator("tbody tr");
  assert.deepEqual((await columns.allInnerTexts()).map((text) => text.split("\t")[1]).sort(), ["order_date", "order_id"]);
  for (const [tab, words] of [["columns", /order_date/], ["usage", /^day,reads/], ["consumers", /alice/]]) {
    await visit(page, `/object?name=lake.core.orders&tab=${tab}`);
    const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV", exact: true }).click()]);
    assert.match(readFileSync(await csv.path(), "utf8"), words, tab);
    const [json] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "JSON", exact: true }).click()]);
    assert.equal(typeof JSON.parse(readFileSync(await json.path(), "utf8")), "object", tab);
  }
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("a search shows where its text was found", async () => {
  const { page, seen, close } = await openPage(browser, tracker.base);
  await visit(page, "/queries?text=revenue");
  const marks = page.locator("td .snippet mark");
  await marks.first().waitFor();
  assert.ok((await marks.allInnerTexts()).every((text) => text.toLowerCase() === "revenue"));
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});
