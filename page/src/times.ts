const DAY = 86_400_000;

/** The UTC day of a moment: 2026-11-23. */
export const dayOf = (moment: number) => new Date(moment).toISOString().slice(0, 10);

/** The UTC days from one to today's. */
export function daysSince(day: string, now: number = Date.now()): string[] {
  const days = Math.max(0, Math.floor((now - Date.parse(day)) / DAY)) + 1;
  return Array.from({ length: days }, (_, at) => dayOf(Date.parse(day) + at * DAY));
}

const seconds = (moment: number) => new Date(moment).toISOString().replace(/\.\d+Z$/, "Z");

/** The start of yesterday where the reader is, as an absolute time: a link with it means the same tomorrow. */
export function sinceYesterday(now: Date = new Date()): string {
  return seconds(new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1).getTime());
}

/** So many days before now, at the full hour. */
export function daysAgo(days: number, now: number = Date.now()): string {
  return seconds(Math.floor(now / 3_600_000) * 3_600_000 - days * DAY);
}

export function hoursAgo(hours: number, now: number = Date.now()): string {
  return seconds(Math.floor(now / 60_000) * 60_000 - hours * 3_600_000);
}

/** What a field for a local date and time shows for an absolute time. */
export function asLocalInput(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "" : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The absolute time that a field for a local date and time means. */
export function fromLocalInput(value: string): string | null {
  return value ? seconds(new Date(value).getTime()) : null;
}
