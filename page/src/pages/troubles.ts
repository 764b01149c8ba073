import type { Schemas } from "../api/ask";
import { counted } from "../format";

/** Only who polls holds the lease of a cluster all the time: events may be received by several, recordings are read once. */
const POLLS = "trino";

/** What is not as it should be, in words. */
export function troubles({ sources, clusters, gaps, sync, quarantine }: Schemas["Overview"]): string[] {
  const rejected = quarantine.reduce((sum, rows) => sum + rows.waiting, 0);
  const dead = sync.reduce((sum, sink) => sum + sink.dead, 0);
  const left = clusters.filter(({ cluster, lease_holder }) => !lease_holder && sources.some((one) => one.cluster === cluster && one.source === POLLS));
  return [
    ...left.map(({ cluster }) => `${cluster}: nobody polls it now`),
    ...sources.filter((source) => source.last_error).map((source) => `${source.source} of ${source.cluster}: ${source.last_error}`),
    ...new Set(sync.filter((sink) => sink.halted).map((sink) => `${sink.sink}: ${sink.halted}`)),
    ...(gaps.length ? [`${counted(gaps.length, "gap")}: queries of those times may be missing`] : []),
    ...(dead ? [`${counted(dead, "message")} cannot be delivered as they are`] : []),
    ...(rejected ? [`${counted(rejected, "row")} in quarantine`] : []),
  ];
}

/** How far the cluster is behind that is furthest behind; of a cluster that several tell of, the fastest counts. */
export function worstLag(sources: Schemas["Overview"]["sources"]): { seconds: number; of: string | null } | null {
  const lags = new Map<string, number>();
  for (const { cluster, lag_seconds: lag } of sources) if (lag !== null) lags.set(cluster, Math.min(lag, lags.get(cluster) ?? lag));
  const [worst] = [...lags].sort(([, one], [, other]) => other - one);
  return worst ? { seconds: worst[1], of: lags.size > 1 ? worst[0] : null } : null;
}
