// How fast the page is: `npm run figures`. Prints a table; nothing is asserted, because machines differ.
import { openPage, settled, startBrowser, startTracker } from "./tracker.mjs";

const LAYERS = 12;
const EDGES_OF_A_NODE = 1.6;
const MEASURED = [150, 300, 1000];
const SEEN = new Date().toISOString();

/** A graph like those of lineage: layers, most edges to the next one, the focus in the middle. */
function graphOf(count) {
  const layer = (at) => Math.floor((at * LAYERS) / count);
  const nodes = Array.from({ length: count }, (_, at) => ({
    id: at + 1, namespace: "n", object: `lake.layer_${layer(at)}.table_${at}`, kind: at % 5 ? "TABLE" : "VIEW", gone: false,
    distance: layer(at) - LAYERS / 2, more_upstream: at % 3, more_downstream: at % 4,
  }));
  const edges = new Map();
  for (let at = 0; edges.size < count * EDGES_OF_A_NODE; at += 1) {
    const downstream = (at * 7919) % count;
    const upstream = downstream - Math.ceil(count / LAYERS) - ((at * 31) % Math.ceil(count / LAYERS));
    if (upstream >= 0) edges.set(`${upstream}>${downstream}`, { upstream: upstream + 1, downstream: downstream + 1 });
    if (at > count * 20) break;
  }
  const facts = { kind: "DATA", first_seen: SEEN, last_seen: SEEN, certain: true, method: "PARSED", ended: false, through: [] };
  const focus = nodes.find((node) => node.distance === 0).id;
  return { focus, column: null, nodes, edges: [...edges.values()].map((ends) => ({ ...ends, ...facts })), column_edges: [], capped: false, advice: null };
}

/** Milliseconds from the answer until nodes are drawn, and until they stand where the layout wants them. */
function timesOfGraph() {
  const until = (found) => new Promise((resolve) => {
    const look = () => (found() ? requestAnimationFrame(() => resolve(performance.now())) : requestAnimationFrame(look));
    look();
  });
  const answered = () => performance.getEntriesByType("resource").findLast(({ name }) => name.includes("/lineage?"))?.responseEnd;
  const node = () => document.querySelector(".react-flow__node:not([style*='visibility: hidden'])");
  return Promise.all([until(() => answered() && node()), until(() => node() && document.querySelector("[data-settled=true]"))])
    .then(([drawn, placed]) => ({ drawn: drawn - answered(), placed: placed - answered() }));
}

async function firstLoad(browser, base) {
  const { page, close } = await openPage(browser, base);
  await page.goto("/", { waitUntil: "commit" });
  await page.locator(".tile").first().waitFor();
  const told = await page.evaluate(() => ({
    ms: performance.now(),
    kb: performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize ?? 0), 0) / 1000,
  }));
  await close();
  return told;
}

async function drawn(browser, base, count) {
  const { page, close } = await openPage(browser, base);
  const body = JSON.stringify(graphOf(count));
  await page.route("**/api/v1/lineage?*", (route) => route.fulfill({ contentType: "application/json", body }));
  await page.goto("/graph", { waitUntil: "networkidle" });
  await page.goto("/graph?name=lake.layer_6.table_0&most=all", { waitUntil: "commit" });
  const times = await page.evaluate(timesOfGraph);
  await settled(page);
  await close();
  return times;
}

async function expanded(browser, base) {
  const { page, close } = await openPage(browser, base);
  await page.goto("/graph?name=lake.core.orders");
  await settled(page);
  const nodes = await page.locator(".react-flow__node").count();
  const ms = await page.evaluate(async (before) => {
    const from = performance.now();
    document.querySelector(".box button.more").click();
    while (document.querySelectorAll(".react-flow__node").length <= before) await new Promise(requestAnimationFrame);
    return performance.now() - from;
  }, nodes);
  await close();
  return ms;
}

const [tracker, browser] = await Promise.all([startTracker(), startBrowser()]);
try {
  await firstLoad(browser, tracker.base);
  const first = await firstLoad(browser, tracker.base);
  console.log(`first load, with the answer of the overview: ${first.ms.toFixed(0)} ms, ${first.kb.toFixed(0)} KB`);
  for (const count of MEASURED) {
    const times = await drawn(browser, tracker.base, count);
    console.log(`graph of ${count} objects: drawn after ${times.drawn.toFixed(0)} ms, laid out after ${times.placed.toFixed(0)} ms`);
  }
  console.log(`expanding an object: ${(await expanded(browser, tracker.base)).toFixed(0)} ms`);
} finally {
  await browser.close();
  await tracker.stop();
}
