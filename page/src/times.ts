const DAY = 86_400_000;

/** Times are shown where the reader is, or in UTC. */
export type Zone = "local" | "UTC";

/** The UTC day of a moment: 2026-11-23. */
export const dayOf = (moment: number) => new Date(moment).toISOString().slice(0, 10);

/** The UTC days from one to today's. */
export function daysSince(day: string, now: number = Date.now()): string[] {
  const days = Math.max(0, Math.floor((now - Date.parse(day)) / DAY)) + 1;
  return Array.from({ length: days }, (_, at) => dayOf(Date.parse(day) + at * DAY));
}

const seconds = (moment: number) => new Date(moment).toISOString().replace(/\.\d+Z$/, "Z");

/** The start of yesterday in the zone, as an absolute time: a link with it means the same tomorrow. */
export function sinceYesterday(zone: Zone, now: Date = new Date()): string {
  const local = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1).getTime();
  return seconds(zone === "UTC" ? Math.floor(now.getTime() / DAY) * DAY - DAY : local);
}

/** So many days before now, at the full hour. */
export function daysAgo(days: number, now: number = Date.now()): string {
  return seconds(Math.floor(now / 3_600_000) * 3_600_000 - days * DAY);
}

export function hoursAgo(hours: number, now: number = Date.now()): string {
  return seconds(Math.floor(now / 60_000) * 60_000 - hours * 3_600_000);
}

/** What a field for a date and time shows for an absolute time. */
export function asInput(iso: string, zone: Zone): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const ahead = zone === "UTC" ? 0 : at.getTimezoneOffset() * 60_000;
  return new Date(at.getTime() - ahead).toISOString().slice(0, 16);
}

/** The absolute time that a field for a date and time means. */
export function fromInput(value: string, zone: Zone): string | null {
  return value ? seconds(new Date(zone === "UTC" ? `${value}Z` : value).getTime()) : null;
}
