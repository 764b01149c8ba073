import type { Zone } from "./times";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

const two = (value: number) => String(value).padStart(2, "0");

/** 2026-11-23 01:16:18, in UTC or in the browser's zone. */
export function moment(iso: string, zone: Zone): string {
  const at = new Date(iso);
  if (zone === "UTC") return at.toISOString().slice(0, 19).replace("T", " ");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** 340 ms, 2.4 s, 3 min 5 s, 2 h 10 min, 3 d 4 h. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < HOUR) return pair(ms, MINUTE, "min", 1000, "s");
  return ms < DAY ? pair(ms, HOUR, "h", MINUTE, "min") : pair(ms, DAY, "d", HOUR, "h");
}

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest ? ` ${rest} ${smallName}` : ""}`;
}

/** "3 min 5 s ago". */
export function ago(iso: string, now: number = Date.now()): string {
  const ms = now - Date.parse(iso);
  return ms < 1000 ? "just now" : `${duration(ms)} ago`;
}

export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 10 && unit ? size.toFixed(1) : Math.round(size)} ${UNITS[unit]}`;
}

export const count = (value: number) => value.toLocaleString("en-US");

/** "1 query", "3 queries". */
export const counted = (value: number, one: string, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

const COMMENTS_BEFORE = /^(?:\s+|--[^\n]*\n|\/\*[^]*?\*\/)+/;

/** One line of a statement, for lists: without the comments before it, if anything is left then. */
export const oneLine = (text: string) => (text.replace(COMMENTS_BEFORE, "") || text).replace(/\s+/g, " ").trim();

const SYNTAX = /[.*+?^${}()|[\]\\/]/g;
const LEAD = 24;

/** A text cut around what was looked for in it, in any case and layout; null where that is not in it. */
export function around(text: string, found: string): { before: string; found: string; after: string } | null {
  const wanted = found.trim().replaceAll(SYNTAX, "\\$&").replaceAll(/\s+/g, "\\s+");
  const match = wanted ? new RegExp(wanted, "iu").exec(text) : null;
  if (!match) return null;
  const before = text.slice(0, match.index);
  const end = match.index + match[0].length;
  const lead = before.length > LEAD ? `… ${before.slice(-LEAD).replace(/^\S*\s+/, "")}` : before;
  return { before: lead, found: match[0], after: text.slice(end) };
}

/** A long name without its middle: its end often tells more than what its neighbours begin with as well. */
export function shortened(name: string, most: number): string {
  if (name.length <= most) return name;
  const end = Math.floor(most / 2) - 1;
  return `${name.slice(0, most - end - 1)}…${name.slice(-end)}`;
}

/** The last part of a name, and what stands before it; parts may be quoted. */
export function nameParts(object: string): { before: string; last: string } {
  const parts = object.match(/"(?:[^"]|"")*"|[^."]+/g) ?? [object];
  const last = parts.at(-1) ?? object;
  return { before: object.slice(0, object.length - last.length).replace(/\.$/, ""), last };
}
