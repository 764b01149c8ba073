import type { Schemas } from "../api/ask";
import { duration, oneLine } from "../format";
import { queryAt } from "../places";
import { Link } from "../routing";
import { State, Time } from "./Marks";
import { Table, type Column } from "./Table";

const ERROR: Column<Schemas["FoundQuery"]> = {
  name: "Error", kind: "narrow", cell: (row) => row.error_code && <span className="error code">{row.error_code}</span>,
};

/** What a statement does, where its text does not say so. */
const KIND: Column<Schemas["FoundQuery"]> = {
  name: "Kind", kind: "narrow", cell: (row) => <span className="quiet">{(row.kind ?? "unknown").replaceAll("_", " ").toLowerCase()}</span>,
};

/** Executed queries as a list. */
export function QueryTable({ rows, empty }: { rows: readonly Schemas["FoundQuery"][]; empty: string }) {
  return (
    <Table caption="Executed queries, the newest first" rows={rows} keyOf={(row) => `${row.cluster} ${row.query_id}`} empty={empty}
      columns={[
        { name: "Created", kind: "narrow", cell: (row) => <Link href={queryAt(row.cluster, row.query_id)}><Time at={row.created} /></Link> },
        { name: "User", kind: "narrow", cell: (row) => row.user },
        { name: "Through", kind: "narrow", cell: (row) => row.tool ?? row.source ?? <span className="quiet">not told</span> },
        { name: "State", kind: "narrow", cell: (row) => <State value={row.capture === "LOST" ? "LOST" : row.state} /> },
        ...(rows.some((row) => row.error_code) ? [ERROR] : []),
        { name: "Took", kind: "number", cell: (row) => (row.elapsed_ms === null ? "–" : duration(row.elapsed_ms)) },
        ...(rows.every((row) => row.text) ? [] : [KIND]),
        { name: "SQL", kind: "fill", cell: (row) => <Link className="snippet" href={queryAt(row.cluster, row.query_id)}>{oneLine(row.text ?? "not shown").slice(0, 300)}</Link> },
      ]} />
  );
}
