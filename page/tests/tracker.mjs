// A tracker on the recorded workload with a real PostgreSQL, and a browser that looks at its page.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SCREENSHOTS = fileURLToPath(new URL("../screenshots/", import.meta.url));
const AXE = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const CHROMIUMS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
// Without these, Chromium looks for servers of its maker at every start.
const QUIET = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const START_MS = 120_000;

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const QLT = process.env.QLT ?? join(ROOT, ".venv/bin/qlt");

/** A command that serves the page; resolves as soon as the page answers. */
async function serving(words, options) {
  const address = `127.0.0.1:${await freePort()}`;
  const told = [];
  const child = spawn(QLT, words, { ...options, env: { ...options.env, QLT_PAGE_ADDRESS: address } });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => told.push(part));
  const base = `http://${address}`;
  const until = Date.now() + START_MS;
  while (!(await answers(base))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`the tracker did not start: ${Buffer.concat(told)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const stop = async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
  };
  return { base, stop };
}

/** `qlt demo --serve` in a folder of its own, and what runs other commands over the same history. */
export async function startTracker() {
  const folder = mkdtempSync(join(tmpdir(), "qlt-page-"));
  const optionsOf = (variables) => ({
    cwd: folder, env: { ...process.env, QLT_DATA_DIR: join(folder, ".qlt"), TRINO_CLUSTER: "demo", ...variables },
  });
  const { base, stop } = await serving(["demo", "--serve"], { cwd: folder, env: process.env });
  return {
    base,
    folder,
    command: (words, variables) => promisify(execFile)(QLT, words, optionsOf(variables)),
    serve: (variables) => serving(["serve", "--page", "--no-receiver"], optionsOf(variables)),
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const answers = (base) => fetch(`${base}/api/v1/sync`).then(({ ok, status }) => ok || status === 401, () => false);

export async function startBrowser() {
  const executablePath = CHROMIUMS.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium: install Debian's package chromium, or name one in CHROMIUM");
  return chromium.launch({ executablePath, args: QUIET });
}

/** A page that remembers what it asked of whom, and what went wrong in it. */
export async function openPage(browser, base, options = {}) {
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1440, height: 900 }, timezoneId: "UTC", ...options });
  const page = await context.newPage();
  const seen = { foreign: [], errors: [] };
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !/^(data|blob):/.test(request.url())) seen.foreign.push(request.url());
  });
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4(00|04|22)/.test(message.text())) seen.errors.push(message.text());
  });
  return { page, seen, close: () => context.close() };
}

/** Goes there and waits until nothing is loading any more. */
export async function visit(page, address) {
  await page.goto(address);
  await settled(page);
}

export async function settled(page) {
  await page.waitForLoadState("networkidle");
  await page.locator("main h1").first().waitFor();
  await page.waitForFunction(() => !document.querySelector(".waiting, [aria-busy=true], [data-settled=false]"));
}

export async function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

/** Serious and critical findings of axe, in words. */
export async function findings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html).join(" ")}`);
}
