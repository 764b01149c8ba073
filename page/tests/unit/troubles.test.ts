import { expect, test } from "vitest";
import type { Schemas } from "../../src/api/ask";
import { troubles, worstLag } from "../../src/pages/troubles";

type Overview = Schemas["Overview"];

const source = (more: Partial<Overview["sources"][number]> = {}) => ({ cluster: "prod", source: "trino", last_error: null, ...more }) as Overview["sources"][number];
const sink = (more: Partial<Overview["sync"][number]> = {}) => ({ sink: "openmetadata", kind: "LINEAGE", dead: 0, halted: null, ...more }) as Overview["sync"][number];
const overview = (more: Partial<Overview> = {}): Overview => ({
  sources: [source()], clusters: [{ cluster: "prod", namespace: "prod", lease_holder: "host 1", open_queries: 0 } as Overview["clusters"][number]],
  gaps: [], sync: [sink()], quarantine: [], ...more,
}) as unknown as Overview;
const left = overview().clusters.map((cluster) => ({ ...cluster, lease_holder: null }));

test("all is well where nothing is wrong", () => expect(troubles(overview())).toEqual([]));

test("a cluster that nobody polls is told, a recording that was read is not", () => {
  expect(troubles(overview({ clusters: left }))).toEqual(["prod: nobody polls it now"]);
  expect(troubles(overview({ clusters: left, sources: [source({ source: "files" })] }))).toEqual([]);
});

test("everything that is wrong is told, each with its name", () => {
  const told = troubles(overview({
    sources: [source({ last_error: "refused" })], gaps: [{} as Overview["gaps"][number]],
    sync: [sink({ halted: "the token is wrong" }), sink({ kind: "QUERY", halted: "the token is wrong", dead: 1200 })], quarantine: [{ waiting: 3 } as Overview["quarantine"][number]],
  }));
  expect(told).toEqual([
    "trino of prod: refused", "openmetadata: the token is wrong", "1 gap: queries of those times may be missing",
    "1,200 messages cannot be delivered as they are", "3 rows in quarantine",
  ]);
});

test("the lag is that of the cluster that is furthest behind, by the fastest of its tellers", () => {
  const lag = (cluster: string, lag_seconds: number | null) => source({ cluster, lag_seconds });
  expect(worstLag([])).toBeNull();
  expect(worstLag([lag("prod", null)])).toBeNull();
  expect(worstLag([lag("prod", 9), lag("prod", 300)])).toEqual({ seconds: 9, of: null });
  expect(worstLag([lag("prod", 9), lag("dev", 40), lag("dev", 60)])).toEqual({ seconds: 40, of: "dev" });
});
