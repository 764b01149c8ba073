import { describe, expect, test } from "vitest";
import { ago, around, bytes, counted, duration, moment, nameParts, oneLine, shortened } from "../../src/format";

test.each([
  [0, "0 ms"],
  [340.4, "340 ms"],
  [2449, "2.4 s"],
  [59_400, "59 s"],
  [185_000, "3 min 5 s"],
  [180_000, "3 min"],
  [7_800_000, "2 h 10 min"],
  [100 * 3_600_000, "4 d 4 h"],
])("%d ms are %s", (ms, words) => expect(duration(ms)).toBe(words));

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [12_345, "12 kB"],
  [9.1e15, "9.1 PB"],
  [5e18, "5000 PB"],
])("%d bytes are %s", (size, words) => expect(bytes(size)).toBe(words));

test("one is one, and thousands have commas", () => {
  expect(counted(1, "query", "queries")).toBe("1 query");
  expect(counted(1234, "object")).toBe("1,234 objects");
});

test("moments are shown in UTC where that is chosen, and how long ago they are", () => {
  expect(moment("2026-11-23T01:16:18.999Z", "UTC")).toBe("2026-11-23 01:16:18");
  expect(ago("2026-11-23T00:00:00Z", Date.parse("2026-11-23T00:00:00.5Z"))).toBe("just now");
  expect(ago("2026-11-23T00:00:00Z", Date.parse("2026-11-23T00:03:05Z"))).toBe("3 min 5 s ago");
});

describe("a statement in one line", () => {
  test("is without the comments before it", () => {
    expect(oneLine('/* {"app": "dbt"} */ -- why\n select\n  1')).toBe("select 1");
  });
  test("is the comment where there is nothing else", () => expect(oneLine("-- nothing")).toBe("-- nothing"));
  test("keeps comments inside of it", () => expect(oneLine("select /* one */ 1")).toBe("select /* one */ 1"));
});

test.each([
  ["lake.core.orders", "lake.core", "orders"],
  ['lake."2026.sales".orders', 'lake."2026.sales"', "orders"],
  ['lake.core."a.""b"".c"', "lake.core", '"a.""b"".c"'],
  ["orders", "", "orders"],
  ['"<img src=x onerror=alert(1)>"', "", '"<img src=x onerror=alert(1)>"'],
])("the last part of %s", (object, before, last) => expect(nameParts(object)).toEqual({ before, last }));

test("a text is cut around what was looked for, in any case and layout, whatever that holds", () => {
  expect(around("SELECT a FROM t", "from T")).toEqual({ before: "SELECT a ", found: "FROM t", after: "" });
  expect(around("SELECT some_column, another_column FROM orders AS o", "orders")).toEqual({ before: "… another_column FROM ", found: "orders", after: " AS o" });
  expect(around("a.b(c) / [d]*", "B(C) /  [d]*")).toEqual({ before: "a.", found: "b(c) / [d]*", after: "" });
  expect(around("SELECT 1", "orders")).toBeNull();
  expect(around("SELECT 1", "")).toBeNull();
});

test("a long name loses its middle", () => {
  expect(shortened("orders", 8)).toBe("orders");
  expect(shortened("a_table_of_orders_2026", 10)).toBe("a_tab…2026");
});
