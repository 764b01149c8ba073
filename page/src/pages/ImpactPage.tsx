import type { Schemas } from "../api/ask";
import { addressOf } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { count, counted } from "../format";
import { Advice, Answered, Empty } from "../parts/Answered";
import { KindMark, ObjectLink, Time } from "../parts/Marks";
import { ReaderTool } from "../parts/ReaderTool";
import { Table } from "../parts/Table";
import { graphAt, impactAt, queryAt, traceAt } from "../places";
import { located } from "../root";
import { go, hrefWith, Link, usePlace, type Place } from "../routing";
import { Finder } from "../shell/Finder";

type Impact = Schemas["Impact"];
type Row = Schemas["ImpactRow"];

const HOPS = ["1", "2", "3", "5", "10"];

export function ImpactPage() {
  const place = usePlace();
  const { params } = place;
  const name = params.get("name");
  const asked = name && {
    name, namespace: params.get("namespace"), column: params.get("column"),
    hops: Number(params.get("hops") ?? "5"), indirect: params.get("indirect") === "true",
  };
  const answer = useAnswer("/api/v1/impact", asked || null);
  return (
    <>
      <div className="heading"><h1>Impact</h1></div>
      <div className="search">
        <div className="grow">
          <Finder label="Table or column that would change" key={params.toString()} initial={name ? [name, params.get("column")].filter(Boolean).join(".") : ""}
            objectHref={(found) => impactAt(found.object, found.namespace)}
            columnHref={(found) => impactAt(found.object, found.namespace, found.column)} />
        </div>
        {name && <Choices place={place} />}
      </div>
      {!asked ? (
        <Empty>What breaks if it changes or goes? Choose a table or a column: everything downstream is listed, and who reads it.</Empty>
      ) : (
        <Answered answer={answer} what="the impact">{(impact) => <Shown impact={impact} csv={located(addressOf("/api/v1/impact", { ...asked, format: "csv" }))} />}</Answered>
      )}
    </>
  );
}

function Choices({ place }: { place: Place }) {
  return (
    <>
      <label>
        <span>Hops</span>
        <select value={place.params.get("hops") ?? "5"} onChange={(event) => go(hrefWith(place, { hops: event.target.value }))}>
          {HOPS.map((hops) => <option key={hops}>{hops}</option>)}
        </select>
      </label>
      <label className="check">
        <input type="checkbox" checked={place.params.get("indirect") === "true"} onChange={(event) => go(hrefWith(place, { indirect: event.target.checked }))} />
        <span>also what only filters, joins, groups or sorts</span>
      </label>
    </>
  );
}

function Shown({ impact, csv }: { impact: Impact; csv: string }) {
  const objects = impact.rows.filter((row) => row.affected === "OBJECT");
  const readers = impact.rows.filter((row) => row.affected === "READER");
  const graph = impact.column ? traceAt(impact.object, impact.namespace, impact.column) : graphAt(impact.object, impact.namespace, { up: 0, down: 5 });
  return (
    <>
      <p className="summary">
        <ObjectLink object={impact.object} namespace={impact.namespace} />{impact.column && <code>.{impact.column}</code>}
        {" "}reaches {counted(objects.length, impact.column ? "column" : "object")} and {counted(readers.length, "reader")} since {impact.since}.
        <span className="actions">
          <a className="button" href={csv} download>Download CSV</a>
          <Link className="button" href={graph}>As a graph</Link>
        </span>
      </p>
      <Advice>{impact.advice}</Advice>
      <Advice>{impact.dbt_problem}</Advice>
      <Table caption="What is affected, by distance" rows={impact.rows} keyOf={(_, at) => String(at)} empty="Nothing downstream of it is known, and nobody read it in this time."
        columns={[
          { name: "Distance", kind: "number", cell: (row) => row.distance },
          { name: "Affected", kind: "narrow", cell: (row) => row.affected.toLowerCase() },
          { name: "Object", kind: "wide", cell: (row) => <Where row={row} /> },
          { name: "Takes part as", kind: "narrow", cell: (row) => <span className="quiet">{row.subtypes.map((one) => one.toLowerCase()).join(", ")}</span> },
          { name: "Who", kind: "narrow", cell: (row) => row.user ?? "" },
          { name: "Through", cell: (row) => (row.affected === "OBJECT" ? "" : <ReaderTool row={row} />) },
          { name: "Queries", kind: "number", cell: (row) => (row.executions ? count(row.executions) : "") },
          { name: "Last seen", kind: "narrow", cell: (row) => <Last row={row} /> },
        ]} />
    </>
  );
}

function Where({ row }: { row: Row }) {
  return <>{row.affected !== "EXPOSURE" && <KindMark kind={row.kind} />} <ObjectLink object={row.object} namespace={row.namespace} />{[row.column ?? [], row.reads].flat().map((column) => <code key={column}>.{column}</code>)}</>;
}

function Last({ row }: { row: Row }) {
  if (!row.last_seen) return null;
  const time = <Time at={row.last_seen} />;
  return row.query_id && row.cluster ? <Link href={queryAt(row.cluster, row.query_id)}>{time}</Link> : time;
}

