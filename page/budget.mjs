// The first load may weigh at most 350 KB compressed: what index.html asks for, and what that imports at once.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST = 350_000;
const built = new URL("../src/query_lineage_tracker/web/static/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", built), "utf8"));

function firstLoad(name, found = new Set()) {
  const chunk = manifest[name];
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const style of chunk.css ?? []) found.add(style);
  for (const imported of chunk.imports ?? []) firstLoad(imported, found);
  return found;
}

const sizes = [...firstLoad("index.html")].map((file) => gzipSync(readFileSync(new URL(file, built))).length);
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`first load: ${(total / 1000).toFixed(0)} KB compressed in ${sizes.length} files, at most ${MOST / 1000} KB`);
if (total > MOST) process.exit(1);
