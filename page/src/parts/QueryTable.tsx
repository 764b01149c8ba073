import type { Schemas } from "../api/ask";
import { around, duration, oneLine } from "../format";
import { queryAt } from "../places";
import { Link } from "../routing";
import { State, Time } from "./Marks";
import { Table, type Column } from "./Table";

/** What a statement does, where its text does not say so. */
const KIND: Column<Schemas["FoundQuery"]> = {
  name: "Kind", kind: "narrow", cell: (row) => <span className="quiet">{(row.kind ?? "unknown").replaceAll("_", " ").toLowerCase()}</span>,
};

type Props = { rows: readonly Schemas["FoundQuery"][]; empty: string; found?: string | undefined };

/** Executed queries as a list; `found` is the text that they were found by. */
export function QueryTable({ rows, empty, found = "" }: Props) {
  return (
    <Table caption="Executed queries, the newest first" rows={rows} keyOf={(row) => `${row.cluster} ${row.query_id}`} empty={empty}
      columns={[
        { name: "Created", kind: "narrow", cell: (row) => <Link href={queryAt(row.cluster, row.query_id)}><Time at={row.created} /></Link> },
        { name: "User", kind: "narrow", cell: (row) => row.user },
        { name: "Through", kind: "narrow", cell: (row) => row.tool ?? row.source ?? <span className="quiet">not told</span> },
        { name: "State", kind: "narrow", cell: (row) => <Ended row={row} /> },
        { name: "Took", kind: "number", cell: (row) => (row.elapsed_ms === null ? "–" : duration(row.elapsed_ms)) },
        ...(rows.every((row) => row.text) ? [] : [KIND]),
        { name: "SQL", kind: "fill", cell: (row) => <Link className="snippet" href={queryAt(row.cluster, row.query_id)}><Snippet text={oneLine(row.text ?? "not shown")} found={found} /></Link> },
      ]} />
  );
}

function Ended({ row }: { row: Schemas["FoundQuery"] }) {
  return (
    <>
      <State value={row.capture === "LOST" ? "LOST" : row.state} />
      {row.error_code && <span className="error code">{row.error_code}</span>}
    </>
  );
}

/** The beginning of a statement, or what is around the text that it was found by. */
function Snippet({ text, found }: { text: string; found: string }) {
  const cut = around(text, found);
  return cut ? <>{cut.before}<mark>{cut.found}</mark>{cut.after}</> : text;
}
