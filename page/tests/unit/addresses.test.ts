import { expect, test } from "vitest";
import { addressOf } from "../../src/api/ask";
import { grownHref, isStale, wantedOf } from "../../src/graph/question";
import { traceAt } from "../../src/places";
import { href, hrefWith, subjectOf, type Place } from "../../src/routing";

const placeAt = (address: string): Place => {
  const { pathname, searchParams } = new URL(address, "http://page");
  return { path: pathname, params: searchParams };
};
const ODD = 'lake.s."a.b/ü?&=#😀"';

test("what has no value is not in an address", () => {
  expect(href("/queries", { user: "", text: null, state: undefined, all: false })).toBe("/queries");
  expect(addressOf("/api/v1/objects", { text: "", gone: false, limit: 0, cursor: null })).toBe("/api/v1/objects?limit=0");
});

test("values come back as they were, whatever they hold", () => {
  expect(placeAt(href("/object", { name: ODD })).params.get("name")).toBe(ODD);
  expect(placeAt(addressOf("/api/v1/object", { name: ODD })).params.get("name")).toBe(ODD);
  expect(addressOf("/api/v1/queries/{query_id}", { query_id: "a/../b" })).toBe("/api/v1/queries/a%2F..%2Fb");
});

test("lists are repeated, in their order", () => {
  expect(addressOf("/api/v1/lineage", { expand: ["up:a", "down:b"] })).toBe("/api/v1/lineage?expand=up%3Aa&expand=down%3Ab");
  expect(addressOf("/api/v1/lineage", { expand: [] })).toBe("/api/v1/lineage");
});

test("a change keeps the other parameters", () => {
  const place = placeAt("/graph?name=t&open=a&open=b&up=2");
  expect(hrefWith(place, { up: 3 })).toBe("/graph?name=t&open=a&open=b&up=3");
  expect(hrefWith(place, { open: ["b"], up: null })).toBe("/graph?name=t&open=b");
});

test("an address asks for one hop each way unless it says otherwise", () => {
  const focus = { name: "t", namespace: null, column: null };
  expect(wantedOf(placeAt("/graph?name=t"), focus)).toMatchObject({ upstream: 1, downstream: 1, limit: 150, columns: false, expand: [] });
  const all = wantedOf(placeAt("/graph?name=t&up=0&most=all&open=t&gone=through&views=through&ended=true&indirect=true"), focus);
  expect(all).toMatchObject({ upstream: 0, limit: 2000, columns: true, through_gone: true, through_views: true, ended: true, indirect: true });
});

test("a trace goes far and has no steps beyond it", () => {
  const wanted = wantedOf(placeAt(`${traceAt("t", null, "c")}&grow=up%3Aa`), { name: "t", namespace: null, column: "c" });
  expect(wanted).toMatchObject({ upstream: 10, downstream: 10, expand: [], columns: false });
});

test("the same step is taken once", () => {
  const once = placeAt(grownHref(placeAt("/graph?name=t"), ODD, "up"));
  expect(once.params.getAll("grow")).toEqual([`up:${ODD}`]);
  expect(placeAt(grownHref(once, ODD, "up")).params.getAll("grow")).toEqual([`up:${ODD}`]);
});

test("an edge is stale when it has ended or was not seen for thirty days", () => {
  const seen = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  expect(isStale({ ended: false, last_seen: seen(29) })).toBe(false);
  expect(isStale({ ended: false, last_seen: seen(31) })).toBe(true);
  expect(isStale({ ended: true, last_seen: seen(0) })).toBe(true);
});

test("a page is about an object, a column of it, or a query; a search is about nothing", () => {
  const about = (address: string) => subjectOf(placeAt(address).params);
  expect(about("/graph?name=a.b.c&column=d&up=2")).toBe("a.b.c.d");
  expect(about("/query?id=20261123_000000_00000_aaaaa")).toBe("20261123_000000_00000_aaaaa");
  expect(about("/queries?user=bob")).toBe("");
});
