import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { findings, openPage, screenshot, settled, startBrowser, startTracker, visit } from "./tracker.mjs";

let tracker, browser;
before(async () => { [tracker, browser] = await Promise.all([startTracker(), startBrowser()]); });
after(async () => { await browser?.close(); await tracker?.stop(); });

const ORDERS = "name=lake.core.orders&namespace=demo";
const EVIDENCE = "from=lake.staging.orders_day&to=lake.core.orders&fromcol=total&tocol=total";
const PAGES = {
  overview: "/",
  queries: "/queries",
  "queries-filtered": "/queries?state=FAILED&user=dave",
  objects: "/objects",
  columns: "/objects?what=columns&text=total",
  object: `/object?${ORDERS}`,
  "object-columns": `/object?${ORDERS}&tab=columns`,
  "object-queries": `/object?${ORDERS}&tab=queries`,
  "object-usage": `/object?${ORDERS}&tab=usage`,
  "object-consumers": `/object?${ORDERS}&tab=consumers`,
  graph: `/graph?${ORDERS}&open=lake.core.orders&open=lake.staging.orders_day`,
  "graph-folded": `/graph?${ORDERS}&up=5&down=5&fold=schema&at=lake.mart`,
  "graph-chosen": `/graph?${ORDERS}&at=lake.core.orders`,
  "graph-list": `/graph?${ORDERS}&view=list`,
  trace: `/graph?${ORDERS}&column=total&up=10&down=10&${EVIDENCE}`,
  impact: "/impact?name=lake.core.customers&namespace=demo&column=segment",
  costs: "/costs?by=table&sort=input_bytes",
  sync: "/sync",
  health: "/health",
  "not-found": "/nowhere",
};

async function look(addresses, options, suffix) {
  const { page, seen, close } = await openPage(browser, tracker.base, options);
  const found = {};
  for (const [name, address] of Object.entries(addresses)) {
    await visit(page, address);
    await screenshot(page, `${name}${suffix}`);
    const told = await findings(page);
    if (told.length) found[name] = told;
  }
  await close();
  assert.deepEqual(seen, { foreign: [], errors: [] });
  assert.deepEqual(found, {});
}

async function idOfAQuery() {
  const { rows } = await (await fetch(`${tracker.base}/api/v1/queries?kind=INSERT&limit=1`)).json();
  return rows[0].query_id;
}

test("no page has a serious finding of axe, and none asks another server", async () => {
  await look({ ...PAGES, query: `/query?id=${await idOfAQuery()}` }, { colorScheme: "light" }, "");
});

test("the same in the dark", async () => {
  await look({ ...PAGES, query: `/query?id=${await idOfAQuery()}` }, { colorScheme: "dark" }, "-dark");
});

test("the same in a narrow window", async () => {
  const { overview, queries, graph, impact, costs } = PAGES;
  await look({ overview, queries, graph, impact, costs }, { viewport: { width: 420, height: 820 } }, "-narrow");
});

test("everything can be reached by keyboard: skip link, search, lists", async () => {
  const { page, close } = await openPage(browser, tracker.base);
  await visit(page, "/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
  await page.getByRole("combobox").first().focus();
  await page.keyboard.type("core.orders");
  await page.getByRole("option", { name: /^Object/ }).first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.match(page.url(), /\/object\?name=lake\.core\.order/);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
  await close();
});

test("who presses Enter before the answer is there gets what he typed, not what was found before", async () => {
  const { page, seen, close } = await openPage(browser, tracker.base);
  await visit(page, "/");
  const finder = page.getByRole("combobox").first();
  await finder.fill("core.orders");
  await page.getByRole("option", { name: /^Object/ }).first().waitFor();
  await finder.fill("mart.customer_360");
  await finder.press("Enter");
  await page.waitForURL(/\/object\?name=lake\.mart\.customer_360/);
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("a hidden neighbour is shown by its +n, and the address tells", async () => {
  const { page, close } = await openPage(browser, tracker.base);
  await visit(page, `/graph?${ORDERS}`);
  const before = await page.locator(".react-flow__node").count();
  const more = page.getByRole("button", { name: /\+\d+ more downstream of lake\.staging\.orders_day/ });
  await more.focus();
  await page.keyboard.press("Enter");
  await settled(page);
  await page.waitForFunction((count) => document.querySelectorAll(".react-flow__node").length > count, before);
  assert.match(page.url(), /grow=down%3Alake\.staging\.orders_day/);
  assert.equal(await more.count(), 0);
  await close();
});

test("schemas can be folded into one box each, and unfolded again, also in the list", async () => {
  const { page, seen, close } = await openPage(browser, tracker.base);
  await visit(page, `/graph?${ORDERS}&up=5&down=5`);
  const boxes = page.locator(".react-flow__node");
  const all = await boxes.count();
  await page.getByLabel("fold schemas").check();
  await settled(page);
  assert.ok((await boxes.count()) < all);
  assert.match(page.url(), /fold=schema/);
  const folded = await boxes.count();
  await page.getByRole("button", { name: "Unfold lake.mart" }).focus();
  await page.keyboard.press("Enter");
  await settled(page);
  assert.equal(await boxes.count(), folded + 3);
  await page.getByRole("link", { name: "Fold lake.mart again" }).click();
  await settled(page);
  assert.equal(await boxes.count(), folded);
  await page.getByRole("navigation", { name: "How to show it" }).getByRole("link", { name: "List" }).click();
  await page.getByRole("link", { name: "Edges of lake.core.orders to lake.mart" }).click();
  await settled(page);
  const panel = page.getByRole("complementary", { name: "Edges of the line" });
  assert.equal(await panel.evaluate((one) => one === document.activeElement), true);
  await panel.getByRole("link", { name: /lake\.core\.orders → lake\.mart\.customer_360/ }).first().click();
  await page.getByRole("complementary", { name: "Evidence of the edge" }).getByText("Queries that do it").waitFor();
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("what makes no sense is answered in words, and no markup in it runs", async () => {
  const { page, seen, close } = await openPage(browser, tracker.base);
  const markup = encodeURIComponent('"><img src=x onerror=alert(1)>🙂/..');
  const told = {
    [`/object?name=${markup}`]: /Not there|Could not load/,
    "/object?name=no.such.table": /Not there/,
    "/query?id=20200101_000000_00000_aaaaa": /Not there/,
    "/queries?cursor=nonsense": /Could not load/,
    "/queries?text=a": /Could not load/,
    [`/graph?name=${markup}`]: /Not there|Could not load/,
    [`/impact?name=${markup}`]: /Not there|Could not load/,
  };
  for (const [address, words] of Object.entries(told)) {
    await visit(page, address);
    assert.match(await page.getByRole("alert").first().innerText(), words, address);
  }
  assert.equal(await page.locator("img[src=x]").count(), 0);
  assert.deepEqual(seen.errors, []);
  await close();
});

test("times follow the zone that was chosen, and colours the choice", async () => {
  const { page, close } = await openPage(browser, tracker.base, { timezoneId: "Asia/Tokyo" });
  await visit(page, "/queries?since=2026-11-01T00:00:00Z");
  const from = page.getByLabel("From");
  assert.equal(await from.inputValue(), "2026-11-01T09:00");
  const time = page.locator("td time").first();
  const here = await time.innerText();
  await page.getByLabel("Time zone").selectOption("UTC");
  const utc = await time.innerText();
  assert.equal(Date.parse(`${here}Z`) - Date.parse(`${utc}Z`), 9 * 3_600_000);
  assert.equal(await from.inputValue(), "2026-11-01T00:00");
  await from.fill("2026-11-02T00:00");
  await settled(page);
  assert.match(page.url(), /since=2026-11-02T00%3A00%3A00Z/);
  await page.getByLabel("Colours").selectOption("dark");
  await page.reload();
  await settled(page);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await close();
});

test("who begins is told how, instead of that all is well", async () => {
  const served = await tracker.serve({ QLT_DATA_DIR: join(tracker.folder, "empty") });
  const { page, seen, close } = await openPage(browser, served.base);
  try {
    for (const address of ["/", "/health"]) {
      await visit(page, address);
      const main = await page.getByRole("main").innerText();
      assert.match(main, /Nothing was ingested yet\. qlt run follows a cluster/, address);
      assert.doesNotMatch(main, /All is well/);
    }
    await visit(page, "/objects");
    assert.match(await page.getByRole("main").innerText(), /No object is known yet/);
    assert.deepEqual(seen, { foreign: [], errors: [] });
  } finally {
    await close();
    await served.stop();
  }
});

test("what dbt says of a table is on its page, and the exposures in the impact list", async () => {
  const manifest = join(tracker.folder, "manifest.json");
  const model = { resource_type: "model", database: "lake", schema: "core", alias: "orders", description: "All orders." };
  const exposure = { name: "board", type: "dashboard", owner: { name: "Alice" }, url: "https://bi.example/board", depends_on: { nodes: ["model.shop.orders"] } };
  writeFileSync(manifest, JSON.stringify({ nodes: { "model.shop.orders": model }, exposures: { "exposure.shop.board": exposure } }));
  const served = await tracker.serve({ QLT_DBT_MANIFEST: manifest });
  const { page, seen, close } = await openPage(browser, served.base);
  try {
    await visit(page, `/object?${ORDERS}&tab=columns`);
    const dbt = page.getByRole("main");
    assert.match(await dbt.innerText(), /model\.shop\.orders[^]*All orders\.[^]*board dashboard/);
    assert.equal(await dbt.getByRole("link", { name: "board" }).getAttribute("href"), "https://bi.example/board");
    await screenshot(page, "object-dbt");
    assert.deepEqual(await findings(page), []);
    await visit(page, `/impact?${ORDERS}`);
    assert.match(await page.getByRole("table", { name: /What is affected/ }).innerText(), /exposure[^]*board/);
    assert.deepEqual(seen, { foreign: [], errors: [] });
  } finally {
    await close();
    await served.stop();
  }
});
