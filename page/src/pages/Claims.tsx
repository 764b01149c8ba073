import type { Schemas } from "../api/ask";
import { Facts, type Fact } from "../parts/Facts";

/** Who sent a query: what Trino knows, and beside it what the query claims of itself. */
export function Claims({ query }: { query: Schemas["QueryFacts"] }) {
  const session = [query.session_catalog, query.session_schema].filter(Boolean).join(".");
  return (
    <>
      <Facts facts={[
        ["User", query.user],
        ["Original user", query.original_user],
        ["Principal", query.principal],
        ["Source", query.source],
        ["Session", session && <code>{session}</code>],
        ["Resource group", query.resource_group],
        ["Client tags", query.client_tags?.join(", ")],
        ["Client info", query.client_info],
        ["Trace token", query.trace_token],
      ]} />
      {query.claimed_by && <><h3>As it claims itself</h3><Facts facts={claims(query.claimed_by)} /></>}
    </>
  );
}

function claims(claimed: Record<string, unknown>): Fact[] {
  return Object.entries(claimed).map(([name, value]) => [
    name.replaceAll("_", " "),
    typeof value === "string" && /^https?:\/\//.test(value)
      ? <a key={name} href={value} rel="noreferrer noopener" target="_blank">{value}</a>
      : typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
}
