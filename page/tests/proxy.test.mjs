// The page behind a proxy that serves it at a path: everything works there, and nothing is asked for elsewhere on the host.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startProxy } from "./proxy.mjs";
import { openPage, settled, startBrowser, startTracker, visit } from "./tracker.mjs";

let tracker, browser, proxy;
before(async () => {
  [tracker, browser] = await Promise.all([startTracker(), startBrowser()]);
  proxy = await startProxy(tracker.base, "/tools/qlt");
});
after(async () => { await browser?.close(); await proxy?.stop(); await tracker?.stop(); });

test("behind a proxy at a path: search, graph, evidence, list, back, download, all under that path", async () => {
  const { page, seen, close } = await openPage(browser, proxy.base);
  await visit(page, `${proxy.base}/`);
  await page.getByRole("combobox").first().fill("core.orders");
  await page.getByRole("option", { name: /^Object.*lake\.core\.orders / }).click();
  await settled(page);
  assert.match(page.url(), /\/tools\/qlt\/object\?name=lake\.core\.orders/);
  await page.getByRole("link", { name: "Lineage graph" }).click();
  await settled(page);
  await page.locator(".react-flow__node").first().waitFor();
  assert.equal(await page.locator("[data-settled=true]").count(), 1);
  await page.getByRole("link", { name: "List", exact: true }).click();
  await page.getByRole("link", { name: /^Evidence of lake\.staging\.orders_day to lake\.core\.orders$/ }).click();
  await page.getByRole("complementary", { name: "Evidence of the edge" }).locator(".cm-content").first().waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV", exact: true }).click()]);
  assert.match(readFileSync(await download.path(), "utf8"), /lake\.core\.orders/);
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await settled(page);
  assert.match(page.url(), /\/tools\/qlt\/object\?/);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Overview" }).click();
  await settled(page);
  assert.equal(page.url(), `${proxy.base}/`);
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});

test("links lead there from outside, also with a slash too many", async () => {
  const { page, seen, close } = await openPage(browser, proxy.base);
  for (const [address, title] of [["/queries?state=FAILED", "Queries"], ["/queries/?state=FAILED", "Queries"], ["/no/such/page", "Not found"]]) {
    await visit(page, proxy.base + address);
    assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), title, address);
  }
  assert.deepEqual(seen, { foreign: [], errors: [] });
  await close();
});
