import type { Schemas } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { bytes, count, duration } from "../format";
import { Answered, Empty } from "../parts/Answered";
import { Facts, Section, type Fact } from "../parts/Facts";
import { KindMark, Method, ObjectLink, State, Time } from "../parts/Marks";
import { Sql } from "../parts/Sql";
import { Table } from "../parts/Table";
import { graphAt, queriesAt } from "../places";
import { Link, usePlace } from "../routing";
import { Claims } from "./Claims";
import { Phases } from "./Phases";

type One = Schemas["OneQuery"];
type Query = Schemas["QueryFacts"];

export function QueryPage() {
  const { params } = usePlace();
  const id = params.get("id");
  const answer = useAnswer("/api/v1/queries/{query_id}", id ? { query_id: id, cluster: params.get("cluster") } : null);
  if (!id) return <><h1>Query</h1><Empty>The address names no query. <Link href={queriesAt()}>Look for one</Link>.</Empty></>;
  return <><h1 className="id">{id}</h1><Answered answer={answer} what="the query">{(found) => <Shown found={found} />}</Answered></>;
}

function Shown({ found }: { found: One }) {
  const { query } = found;
  return (
    <>
      <p className="summary">
        <State value={query.capture === "LOST" ? "LOST" : query.state} /> {query.outcome && <State value={query.outcome} />}
        {" "}run by <Link href={queriesAt({ user: query.user })}>{query.user}</Link> on {query.cluster}, created <Time at={query.created} />
        {query.elapsed_ms !== null && <>, took {duration(query.elapsed_ms)}</>}
      </p>
      {query.error_code && <Failure query={query} />}
      <div className="columns query">
        <div>
          <Texts query={query} />
          <Uses found={found} />
          <Makes found={found} />
        </div>
        <div><Sides query={query} /></div>
      </div>
    </>
  );
}

function Failure({ query }: { query: Query }) {
  return (
    <div className="told failed">
      <p><Link className="code" href={queriesAt({ error: query.error_code })}>{query.error_code}</Link> <span className="quiet">{query.error_type}</span></p>
      {query.error_message && <p className="message">{query.error_message}</p>}
    </div>
  );
}

function Texts({ query }: { query: Query }) {
  return (
    <>
      <Section title="SQL" note={query.text && `${count(query.text.length)} characters, redacted`}>
        {query.text === null ? <Empty>The text is not shown.</Empty> : <Sql text={query.text} label="SQL of the query" />}
      </Section>
      {query.prepared_text && <Section title="Prepared text"><Sql text={query.prepared_text} label="Prepared SQL" /></Section>}
      {!query.prepared_text && query.prepared_guess && (
        <Section title="Prepared text" note="a guess: the last PREPARE of that name"><Sql text={query.prepared_guess} label="Prepared SQL, a guess" /></Section>
      )}
    </>
  );
}

function Uses({ found }: { found: One }) {
  return (
    <>
      <Section title="Objects">
        <Table caption="Objects that the query uses" rows={found.objects} keyOf={(row) => row.role + row.object} empty="It uses no object that is known."
          columns={[
            { name: "Use", kind: "narrow", cell: (row) => (row.role === "SOURCE" ? "reads" : "writes") },
            { name: "Object", kind: "wide", cell: (row) => <><KindMark kind={row.kind} /> <ObjectLink object={row.object} namespace={row.namespace} /></> },
            { name: "How it is known", cell: (row) => <Method value={row.method} /> },
          ]} />
      </Section>
      {found.unresolved_names.length > 0 && (
        <Section title="Names that could not be qualified">
          <Table caption="Unresolved names" rows={found.unresolved_names} keyOf={(row, at) => `${at} ${row.name}`}
            columns={[
              { name: "Name", cell: (row) => <code>{row.name}</code> },
              { name: "Reason", kind: "wide", cell: (row) => row.reason },
            ]} />
        </Section>
      )}
    </>
  );
}

function Makes({ found }: { found: One }) {
  const { query } = found;
  return (
    <Section title="Lineage" note={`coverage: ${(query.coverage ?? "none").toLowerCase()}`}>
      {query.parse_error && (
        <p className="told failed">It could not be analyzed{query.parse_error_line && <> (line {query.parse_error_line}, column {query.parse_error_column})</>}: {query.parse_error}</p>
      )}
      {query.reasons?.length ? <p className="quiet">Why not more: {query.reasons.join("; ")}</p> : null}
      <Table caption="Edges that the query makes" rows={found.edges} keyOf={(row) => `${row.upstream}>${row.downstream}>${row.kind}`}
        empty={query.effect === "READS" ? "It only reads: it makes no edges." : "It makes no edges."}
        columns={[
          { name: "From", cell: (row) => <ObjectLink object={row.upstream} /> },
          { name: "To", cell: (row) => <ObjectLink object={row.downstream} href={graphAt(row.downstream, null)} /> },
          { name: "Kind", kind: "narrow", cell: (row) => row.kind.toLowerCase() },
          { name: "Last seen", kind: "narrow", cell: (row) => <Time at={row.last_seen} /> },
          { name: "How it is known", cell: (row) => <Method value={row.method} /> },
        ]} />
      {found.column_edges.length > 0 && (
        <Table caption="Column edges that the query makes" rows={found.column_edges} keyOf={(_, at) => String(at)}
          columns={[
            { name: "From column", cell: (row) => <code>{row.upstream}.{row.upstream_column}</code> },
            { name: "To column", cell: (row) => <code>{row.downstream}{row.downstream_column ? `.${row.downstream_column}` : ": all rows"}</code> },
            { name: "How", kind: "narrow", cell: (row) => row.subtype.toLowerCase() },
          ]} />
      )}
    </Section>
  );
}

const TELLERS: Record<string, string> = { EVENT: "Trino’s events", REST: "Trino’s REST API", POLL: "polls", FILE: "a file" };

function Sides({ query }: { query: Query }) {
  return (
    <>
      <Section title="Time"><Phases query={query} /></Section>
      <Section title="Who and through what"><Claims query={query} /></Section>
      <Section title="Cost"><Facts facts={cost(query)} /></Section>
      <Section title="How it is known">
        <Facts facts={[
          ["Told by", query.told_by.map((teller) => TELLERS[teller] ?? teller).join(", ")],
          ["Capture", query.capture.toLowerCase()],
          ["Lost because", query.lost_reason],
          ["Other tellers", query.origins && Object.entries(query.origins).map(([fact, teller]) => `${fact}: ${String(teller)}`).join(", ")],
          ["Description", query.description],
          ["Session by", query.session_origin],
          ["Lineage", <Method key="m" value={query.method} />],
          ["Analyzer", query.analyzer],
          ["Statement", <code key="s">{query.statement_id}</code>],
        ]} />
      </Section>
    </>
  );
}

function cost(query: Query): Fact[] {
  const sized = (value: number | null) => (value === null ? null : bytes(value));
  const rows = (value: number | null) => (value === null ? null : count(value));
  return [
    ["Processor time", query.cpu_ms === null ? null : duration(query.cpu_ms)],
    ["Peak memory", sized(query.peak_memory_bytes)],
    ["Read", sized(query.physical_input_bytes)],
    ["Rows read", rows(query.raw_input_rows)],
    ["Written", sized(query.written_bytes)],
    ["Rows written", rows(query.written_rows)],
    ["Spilled", sized(query.spilled_bytes)],
  ];
}
