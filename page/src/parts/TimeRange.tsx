import { asInput, daysAgo, fromInput, hoursAgo, sinceYesterday, type Zone } from "../times";
import { go, hrefWith, Link, type Place } from "../routing";
import { zone, zoneName } from "../settings";

const RANGES: [string, (shown: Zone) => string | null][] = [
  ["Last hour", () => hoursAgo(1)],
  ["Since yesterday", sinceYesterday],
  ["30 days", () => daysAgo(30)],
];

/** From when to when; absolute times, so that a link means the same to everybody. `unasked` is what no time means. */
export function TimeRange({ place, unasked }: { place: Place; unasked: string }) {
  const since = place.params.get("since");
  const until = place.params.get("until");
  const shown = zone.use();
  const set = (changes: Record<string, string | null>) => hrefWith(place, { ...changes, cursor: null });
  return (
    <div className="range" role="group" aria-label="Time">
      <nav className="ranges" aria-label="Quick times">
        <Link href={set({ since: null, until: null })} aria-current={since || until ? undefined : "true"}>{unasked}</Link>
        {RANGES.map(([name, from]) => (
          <Link key={name} href={set({ since: from(shown), until: null })} aria-current={since === from(shown) && !until ? "true" : undefined}>{name}</Link>
        ))}
      </nav>
      <label>
        <span>From</span>
        <input type="datetime-local" value={since ? asInput(since, shown) : ""} onChange={(event) => go(set({ since: fromInput(event.target.value, shown) }), "replace")} />
      </label>
      <label>
        <span>To</span>
        <input type="datetime-local" value={until ? asInput(until, shown) : ""} onChange={(event) => go(set({ until: fromInput(event.target.value, shown) }), "replace")} />
      </label>
      <span className="quiet">{zoneName(shown)}</span>
    </div>
  );
}
