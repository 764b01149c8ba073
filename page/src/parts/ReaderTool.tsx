type Claimed = Partial<Record<"source" | "tool" | "job" | "model" | "dashboard" | "url", string | null>>;

/** What a query claims to come from: tool, and the job, model or dashboard in it. */
export function ReaderTool({ row }: { row: Claimed }) {
  const parts = [["job", row.job], ["model", row.model], ["dashboard", row.dashboard]] as const;
  const inside = parts.filter(([, value]) => value).map(([name, value]) => `${name} ${value}`).join(", ");
  const safe = row.url && /^https?:\/\//.test(row.url);
  return (
    <>
      {row.tool ?? row.source ?? <span className="quiet">not told</span>}
      {inside && <span className="quiet"> · {inside}</span>}
      {safe && <> · <a href={row.url ?? ""} rel="noreferrer noopener" target="_blank">open there</a></>}
    </>
  );
}
