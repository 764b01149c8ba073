// Names, texts and claims that would like to be markup: they are shown as they are, and nothing in them runs.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { findings, openPage, screenshot, settled, startBrowser, startTracker, visit } from "./tracker.mjs";

const NAMES = [
  "<img src=x onerror=alert(1)>", "it's \"quoted\"", "a.b/c\\d?e=f&g#h%2e", "😀 naïve ‮rtl", "</script><script>alert(2)</script>",
  "${7*7} {{8*8}} */ --", "javascript:alert(3)", "=cmd|' /c calc'!a1",
];
const COLUMN = "<svg onload=alert(4)>";
const WHO = "<img src=x onerror=alert(5)>";
const LARGE = 1_000_000;

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
/** As names are written in SQL, and as they are shown: in quotes only where they have to be. */
const tables = NAMES.map((name) => `lake.odd.${quoted(name)}`);
const objects = NAMES.map((name) => `lake.odd.${/[."]/.test(name) ? quoted(name) : name}`);
const [first] = objects;
const TABS = ["lineage", "columns", "queries", "usage", "consumers"];

function recorded(number, query, more = {}) {
  const created = new Date(Date.now() - 3_600_000 + number * 1000).toISOString();
  const id = `${created.slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_")}_${String(90_000 + number)}_hosts`;
  return {
    query_id: id, state: "FINISHED", user: WHO, source: WHO, query, created, end: created, catalog: "lake", schema: "odd", query_type: "INSERT",
    client_info: JSON.stringify({ dag_id: WHO, task_id: WHO, url: "javascript:alert(6)" }), client_tags: [WHO], cpu_time_ms: 86_400_000, ...more,
  };
}

/** Each object is made of the one before; one query fails; one is a megabyte long, in one line. */
const QUERIES = [
  recorded(0, `CREATE TABLE ${tables[0]} AS SELECT 1 AS ${quoted(COLUMN)}`),
  ...tables.slice(1).map((table, at) => recorded(at + 1, `INSERT INTO ${table} (${quoted(COLUMN)}) SELECT ${quoted(COLUMN)} FROM ${tables[at]} -- ${WHO}`)),
  recorded(20, `SELECT * FROM ${tables[0]}`, { state: "FAILED", error_type: "USER_ERROR", error_code: "GENERIC_USER_ERROR", error_message: WHO, query_type: "SELECT" }),
  recorded(21, `SELECT '${"x".repeat(LARGE)}' AS large FROM ${tables[0]}`, { query_type: "SELECT" }),
];
const [MAKES, FAILS, IS_LARGE] = [1, NAMES.length, NAMES.length + 1].map((at) => QUERIES[at].query_id);

const EXPOSURE = { name: WHO, type: "dashboard", owner: { name: WHO }, url: "javascript:alert(7)", depends_on: { nodes: ["model.shop.odd"] } };
const MODEL = { resource_type: "model", database: "lake", schema: "odd", alias: NAMES[0], description: WHO, path: WHO };

let tracker, browser, served;
before(async () => {
  [tracker, browser] = await Promise.all([startTracker(), startBrowser()]);
  const file = join(tracker.folder, "hostile.jsonl");
  writeFileSync(file, QUERIES.map((query) => JSON.stringify(query)).join("\n"));
  await tracker.command(["run", "--once", "--source", "files", file]);
  await tracker.command(["outbox", "backfill", "rest"], { OMD_KIND: "rest", OMD_URL: "http://127.0.0.1:9" });
  const manifest = join(tracker.folder, "manifest.json");
  writeFileSync(manifest, JSON.stringify({ nodes: { "model.shop.odd": MODEL }, exposures: { "exposure.shop.odd": EXPOSURE } }));
  served = await tracker.serve({ QLT_DBT_MANIFEST: manifest });
});
after(async () => { await browser?.close(); await served?.stop(); await tracker?.stop(); });

/** A page that tells when a script of somebody else runs in it, or a dialog opens. */
async function watched(base, options) {
  const opened = await openPage(browser, base, options);
  opened.page.on("dialog", (dialog) => { opened.seen.errors.push(`a dialog: ${dialog.message()}`); void dialog.dismiss(); });
  return opened;
}

/** Elements that only names could have brought. */
const strange = (page) => page.evaluate(() => [...document.querySelectorAll("img[src=x], [onerror], [onload], body script:not([src]), a[href^='javascript:' i]")].map((one) => one.outerHTML));

async function shownAt(page, address) {
  await visit(page, address);
  assert.deepEqual(await strange(page), [], address);
  return page.getByRole("main").innerText();
}

const of = (name, rest = {}) => new URLSearchParams({ name, ...rest }).toString();

test("hostile names are shown as they are on every page", async () => {
  const { page, seen, close } = await watched(served.base);
  for (const [at, object] of objects.entries()) {
    for (const tab of at < 2 ? TABS : TABS.slice(1, 2))
      assert.ok((await shownAt(page, `/object?${of(object, { tab })}`)).includes(object), `${object} ${tab}`);
    assert.ok((await shownAt(page, `/graph?${of(object, { up: 3, down: 3, open: object, at: object })}`)).includes(object), object);
  }
  const lists = {
    [`/graph?${of(first, { down: 10, view: "list", from: first, to: objects[1], fromcol: COLUMN, tocol: COLUMN })}`]: objects.slice(1),
    [`/graph?${of(first, { down: 10, fold: "schema", at: "lake.odd" })}`]: ["lake.odd"],
    [`/impact?${of(first, { column: COLUMN, hops: 10 })}`]: [COLUMN, ...objects],
    [`/graph?${of(first, { column: COLUMN, down: 10, up: 10 })}`]: [COLUMN, NAMES[5]],
    "/objects?text=odd": objects,
    "/objects?what=columns&text=onload": [COLUMN, ...objects],
    "/costs?by=table": objects,
    "/costs?by=user": [WHO],
    [`/queries?${new URLSearchParams({ user: WHO })}`]: [WHO, NAMES[0]],
    [`/queries?${new URLSearchParams({ user: WHO, table: first, text: "onerror" })}`]: [WHO, first],
    [`/query?id=${MAKES}`]: [WHO, COLUMN, ...objects.slice(0, 2)],
    [`/query?id=${FAILS}`]: [WHO, "GENERIC_USER_ERROR"],
    "/": ["Overview"],
    "/sync?sink=rest&state=pending": ["lake."],
    "/health": ["Sources"],
  };
  for (const [address, names] of Object.entries(lists)) {
    const text = await shownAt(page, address);
    for (const name of names) assert.ok(text.includes(name), `${name} at ${address}:\n${text}`);
  }
  await visit(page, `/graph?${of(objects[3], { up: 3, down: 3, open: objects[3] })}`);
  await screenshot(page, "hostile-graph");
  assert.deepEqual(await findings(page), []);
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("they are found, chosen and followed like any others", async () => {
  const { page, seen, close } = await watched(served.base);
  await visit(page, "/");
  for (const [at, name] of NAMES.entries()) {
    await page.getByRole("combobox").first().fill(name.slice(0, 20));
    await page.getByRole("option", { name: /^Object/ }).first().waitFor();
    await page.getByRole("option", { name: /^Object/ }).first().click();
    await settled(page);
    assert.equal(new URL(page.url()).searchParams.get("name"), objects[at]);
  }
  await visit(page, `/graph?${of(objects[2])}`);
  await page.getByRole("button", { name: `Columns of ${objects[2]}` }).click();
  await page.getByRole("button", { name: `Path of ${objects[2]}.${COLUMN}` }).click();
  await page.getByRole("button", { name: `more downstream of ${objects[3]}` }).click();
  await settled(page);
  assert.deepEqual(new URL(page.url()).searchParams.getAll("grow"), [`down:${objects[3]}`]);
  await page.getByTitle(objects[4], { exact: true }).waitFor();
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("an exposure of dbt is in the impact list, with a link only where it leads to a page", async () => {
  const { page, seen, close } = await watched(served.base);
  await visit(page, `/impact?${of(first)}`);
  const rows = page.getByRole("table", { name: /What is affected/ }).locator("tbody tr").filter({ hasText: "exposure" });
  assert.match(await rows.innerText(), /^0?\d\s+exposure[^]*<img src=x onerror=alert\(5\)>/);
  assert.equal(await rows.getByRole("link", { name: WHO }).count(), 0);
  assert.deepEqual(await strange(page), []);
  assert.ok((await shownAt(page, `/object?${of(first)}`)).includes("model.shop.odd"));
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("exported pictures and pages of such names open from a file, ask for nothing and run nothing", async () => {
  const { page, seen, close } = await watched(served.base);
  await visit(page, `/graph?${of(objects[3], { up: 10, down: 10 })}`);
  for (const form of ["SVG", "HTML"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: form, exact: true }).click()]);
    const file = join(tracker.folder, `lineage.${form.toLowerCase()}`);
    await download.saveAs(file);
    const address = pathToFileURL(file).href;
    const other = await watched(address);
    await other.page.goto(address);
    await other.page.waitForLoadState("networkidle");
    assert.deepEqual(other.seen, { foreign: [], errors: [] }, form);
    assert.deepEqual(await strange(other.page), [], form);
    assert.equal(await other.page.locator("script").count(), 0, form);
    const text = await other.page.evaluate(() => document.documentElement.textContent);
    for (const object of objects) assert.ok(text.includes(object), `${object} in ${form}`);
    if (form === "HTML") assert.equal(await other.page.getByRole("row").count(), objects.length);
    await screenshot(other.page, `hostile-export-${form.toLowerCase()}`);
    await other.close();
  }
  for (const form of ["CSV", "Mermaid", "Graphviz"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: form, exact: true }).click()]);
    const lines = readFileSync(await download.path(), "utf8").split("\n").filter((line) => line.includes("odd"));
    assert.ok(lines.length >= objects.length - 1, form);
    if (form === "CSV") assert.ok(lines.every((line) => line.split(",").every((cell) => !/^[=+@]/.test(cell))));
  }
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("a statement of a megabyte is shown whole, and the page stays alive", async () => {
  const { page, seen, close } = await watched(served.base);
  await visit(page, `/query?id=${IS_LARGE}`);
  assert.match(await page.getByRole("main").innerText(), /1,000,\d\d\d characters/);
  const sql = page.getByRole("textbox", { name: "SQL of the query" });
  await sql.focus();
  await page.keyboard.press("Control+End");
  await page.waitForFunction(() => document.querySelector(".cm-content")?.textContent.includes(" AS large FROM "));
  await visit(page, `/queries?${new URLSearchParams({ user: WHO })}`);
  assert.match(await page.getByRole("main").innerText(), /SELECT 'xxx/);
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("a search of one character says what it takes", async () => {
  const { page, seen, close } = await watched(served.base);
  await visit(page, "/queries");
  await page.getByLabel("Text in the SQL").fill("x");
  await page.keyboard.press("Enter");
  await page.getByText(/three characters/i).last().waitFor();
  assert.doesNotMatch(page.url(), /text=/);
  for (const address of ["/queries?text=x", "/objects?what=columns&text=x"]) {
    await visit(page, address);
    assert.match(await page.getByRole("alert").innerText(), /a search of 1 characters/, address);
  }
  await page.getByRole("combobox").first().fill("x");
  assert.equal(await page.getByRole("listbox", { name: "Found" }).getByRole("option").count(), 0);
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});
