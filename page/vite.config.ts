import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` asks the API of a tracker that runs beside it: qlt demo --serve
const api = "http://127.0.0.1:8090";

export default defineConfig({
  plugins: [react()],
  // A proxy may put the page at any path of a host.
  base: "./",
  build: {
    outDir: "../src/query_lineage_tracker/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    license: true,
    target: "es2022",
  },
  worker: { format: "es" },
  server: { proxy: { "/api": api, "/auth": api } },
});
