import { expect, test } from "vitest";
import { inUtf16 } from "../../src/offsets";
import { asInput, daysAgo, daysSince, fromInput, hoursAgo, sinceYesterday } from "../../src/times";

const NOON = Date.parse("2026-11-23T12:34:56Z");

test("days run to today's, and today alone is one", () => {
  expect(daysSince("2026-11-21", NOON)).toEqual(["2026-11-21", "2026-11-22", "2026-11-23"]);
  expect(daysSince("2026-11-23", NOON)).toEqual(["2026-11-23"]);
});

test("times before now are absolute and do not change from one moment to the next", () => {
  expect(daysAgo(30, NOON)).toBe("2026-10-24T12:00:00Z");
  expect(daysAgo(30, NOON + 1000)).toBe(daysAgo(30, NOON));
  expect(hoursAgo(1, NOON)).toBe("2026-11-23T11:34:00Z");
});

test("yesterday begins where the reader is, or in UTC", () => {
  expect(sinceYesterday("UTC", new Date("2026-03-01T00:30:00Z"))).toBe("2026-02-28T00:00:00Z");
  const told = new Date(sinceYesterday("local", new Date(2026, 2, 1, 0, 30)));
  expect([told.getMonth(), told.getDate(), told.getHours(), told.getMinutes()]).toEqual([1, 28, 0, 0]);
});

test("a field shows the time that it was given, and means it", () => {
  for (const zone of ["local", "UTC"] as const)
    expect(fromInput(asInput("2026-11-23T12:34:00Z", zone), zone)).toBe("2026-11-23T12:34:00Z");
  expect(asInput("2026-11-23T12:34:00Z", "UTC")).toBe("2026-11-23T12:34");
  expect(asInput("nonsense", "local")).toBe("");
  expect(fromInput("", "UTC")).toBeNull();
});

test("places in a text that are counted in characters are found where browsers count units", () => {
  const text = "select '😀', a + b";
  const [span] = inUtf16(text, [{ start: 12, end: 17, column: "c" }]);
  expect(span && text.slice(span.start, span.end)).toBe("a + b");
  expect(inUtf16("a + b", [{ start: 0, end: 5 }])).toEqual([{ start: 0, end: 5 }]);
  expect(inUtf16("😀", [{ start: 0, end: 1 }])).toEqual([{ start: 0, end: 2 }]);
});
