import { asLocalInput, daysAgo, fromLocalInput, hoursAgo, sinceYesterday } from "../times";
import { go, hrefWith, Link, type Place } from "../routing";
import { localZone } from "../settings";

const RANGES: [string, () => string | null][] = [
  ["Last hour", () => hoursAgo(1)],
  ["Since yesterday", () => sinceYesterday()],
  ["30 days", () => daysAgo(30)],
];

/** From when to when; absolute times, so that a link means the same to everybody. `unasked` is what no time means. */
export function TimeRange({ place, unasked }: { place: Place; unasked: string }) {
  const since = place.params.get("since");
  const until = place.params.get("until");
  const set = (changes: Record<string, string | null>) => hrefWith(place, { ...changes, cursor: null });
  return (
    <div className="range" role="group" aria-label="Time">
      <nav className="ranges" aria-label="Quick times">
        <Link href={set({ since: null, until: null })} aria-current={since || until ? undefined : "true"}>{unasked}</Link>
        {RANGES.map(([name, from]) => (
          <Link key={name} href={set({ since: from(), until: null })} aria-current={since === from() && !until ? "true" : undefined}>{name}</Link>
        ))}
      </nav>
      <label>
        <span>From</span>
        <input type="datetime-local" value={since ? asLocalInput(since) : ""} onChange={(event) => go(set({ since: fromLocalInput(event.target.value) }), "replace")} />
      </label>
      <label>
        <span>To</span>
        <input type="datetime-local" value={until ? asLocalInput(until) : ""} onChange={(event) => go(set({ until: fromLocalInput(event.target.value) }), "replace")} />
      </label>
      <span className="quiet">{localZone}</span>
    </div>
  );
}
