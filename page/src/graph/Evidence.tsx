import { Fragment, useMemo } from "react";
import type { Schemas } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { counted } from "../format";
import { Answered, Empty } from "../parts/Answered";
import { Facts } from "../parts/Facts";
import { Method, ObjectLink, Time } from "../parts/Marks";
import { Sql } from "../parts/Sql";
import { queryAt } from "../places";
import { Link } from "../routing";
import { isStale, type ColumnEdge, type Edge } from "./question";

export type Ends = { from: string; to: string; fromColumn: string | null; toColumn: string | null };

type Props = {
  ends: Ends;
  namespace: string | null;
  edges: readonly Edge[];
  columnEdges: readonly ColumnEdge[];
  hrefOf: (columns: [string, string | null] | null) => string;
};

/** Why an edge is there: the statements that make it, with the expression in their texts. */
export function Evidence({ ends, namespace, edges, columnEdges, hrefOf }: Props) {
  return (
    <>
      <EndsOf ends={ends} namespace={namespace} />
      {edges.map((edge) => <EdgeFacts key={edge.kind} edge={edge} />)}
      <Columns ends={ends} columnEdges={columnEdges} hrefOf={hrefOf} />
      <h3>Queries that do it</h3>
      {hopsOf(ends, edges).map((hop) => (
        <Fragment key={JSON.stringify(hop)}>
          {hop !== ends && <EndsOf ends={hop} namespace={namespace} />}
          <Witnesses ends={hop} namespace={namespace} />
        </Fragment>
      ))}
    </>
  );
}

/** The edges that queries make: the one between the ends, or those by way of what it goes through. */
function hopsOf(ends: Ends, edges: readonly Edge[]): Ends[] {
  const through = edges.find((edge) => edge.through.length > 0)?.through;
  if (!through || edges.some((edge) => edge.through.length === 0)) return [ends];
  const names = [ends.from, ...through, ends.to];
  return names.slice(1).map((to, at) => ({ from: names[at] ?? ends.from, to, fromColumn: null, toColumn: null }));
}

function EndsOf({ ends, namespace }: Pick<Props, "ends" | "namespace">) {
  return (
    <p className="ends">
      <span><ObjectLink object={ends.from} namespace={namespace} />{ends.fromColumn && <code>.{ends.fromColumn}</code>}</span>
      <span aria-hidden="true"> → </span><span className="unseen">feeds</span>
      <span><ObjectLink object={ends.to} namespace={namespace} />{ends.toColumn ? <code>.{ends.toColumn}</code> : ends.fromColumn && " (all rows)"}</span>
    </p>
  );
}

function Witnesses({ ends, namespace }: Pick<Props, "ends" | "namespace">) {
  const answer = useAnswer("/api/v1/evidence", {
    upstream: ends.from, downstream: ends.to, upstream_column: ends.fromColumn, downstream_column: ends.toColumn, namespace,
  });
  return (
    <Answered answer={answer} what="the evidence">
      {(evidence) => evidence.rows.length === 0 ? <Empty>No statement of it is kept any more.</Empty> : (
        <>
          {evidence.rows.map((row) => <Witness key={row.statement_id} row={row} />)}
          {evidence.capped && <p className="quiet">There are more; these are the latest.</p>}
        </>
      )}
    </Answered>
  );
}

function EdgeFacts({ edge }: { edge: Edge }) {
  return (
    <Facts facts={[
      ["Edge", edge.kind === "DEFINITION" ? "definition of a view" : "data"],
      ["State", edge.ended ? <span key="s" className="state bad">ended</span> : isStale(edge) ? <span key="s" className="state other">not seen for 30 days</span> : <span key="s" className="state good">alive</span>],
      ["First seen", <Time key="f" at={edge.first_seen} />],
      ["Last seen", <Time key="l" at={edge.last_seen} />],
      ["How it is known", <Method key="m" value={edge.method} />],
      ["Certain", edge.certain ? null : "no: the writes may have failed"],
      ["Through", edge.through.join(", ") || null],
    ]} />
  );
}

function Columns({ ends, columnEdges, hrefOf }: Pick<Props, "ends" | "columnEdges" | "hrefOf">) {
  if (columnEdges.length === 0) return null;
  const chosen = (edge: ColumnEdge) => edge.upstream_column === ends.fromColumn && edge.downstream_column === ends.toColumn;
  return (
    <>
      <h3>Columns</h3>
      <ul className="pairs">
        {columnEdges.map((edge) => (
          <li key={JSON.stringify([edge.upstream_column, edge.downstream_column, edge.subtype, edge.kind])}>
            <Link href={hrefOf(chosen(edge) ? null : [edge.upstream_column, edge.downstream_column])} aria-current={chosen(edge) ? "true" : undefined}>
              <code>{edge.upstream_column}</code> → <code>{edge.downstream_column ?? "all rows"}</code>
              <span className="quiet"> {edge.subtype.toLowerCase()}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function Witness({ row }: { row: Schemas["Witness"] }) {
  const marks = useMemo(() => row.spans.map((span) => ({ ...span, told: `what makes ${span.column}` })), [row]);
  return (
    <article className="witness">
      <p>
        {row.query_id && row.cluster ? <Link href={queryAt(row.cluster, row.query_id)}>{row.query_id}</Link> : <span className="quiet">query no longer kept</span>}
        {" "}<span className="quiet">{row.kind} · {row.users.join(", ") || row.user} {row.tool ?? row.source ? `· ${row.tool ?? row.source}` : ""} · {counted(row.executions, "query", "queries")}, last <Time at={row.last_seen} /></span>
      </p>
      {row.text === null ? <Empty>The text is not shown.</Empty> : <Sql text={row.text} label={`SQL of ${row.query_id ?? "the statement"}`} marks={marks} />}
    </article>
  );
}
