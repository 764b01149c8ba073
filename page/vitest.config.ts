import { defineConfig } from "vitest/config";

// What needs no browser; the other tests of this folder bring one.
export default defineConfig({ test: { include: ["tests/unit/*.test.ts"], environment: "node" } });
