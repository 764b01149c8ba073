import type { Schemas } from "../api/ask";
import { duration } from "../format";
import { Facts } from "../parts/Facts";
import { Time } from "../parts/Marks";

const PHASES = [
  ["Queued", "queued_ms"],
  ["Analysis", "analysis_ms"],
  ["Planning", "planning_ms"],
  ["Execution", "execution_ms"],
] as const;

/** Where the time of a query went. */
export function Phases({ query }: { query: Schemas["QueryFacts"] }) {
  const most = Math.max(1, ...PHASES.map(([, key]) => query[key] ?? 0));
  return (
    <>
      <Facts facts={[
        ["Created", <Time key="c" at={query.created} />],
        ["Started", query.started && <Time key="s" at={query.started} />],
        ["Ended", query.ended && <Time key="e" at={query.ended} />],
        ["Took", query.elapsed_ms === null ? null : duration(query.elapsed_ms)],
      ]} />
      <dl className="phases">
        {PHASES.map(([name, key]) => {
          const ms = query[key];
          return ms === null ? null : (
            <div key={key}>
              <dt>{name}</dt>
              <dd><span className="bar" style={{ width: `${(70 * ms) / most}%` }} /> {duration(ms)}</dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}
