import { useState, type ReactNode } from "react";
import type { Params } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { count } from "../format";
import { Advice, Answered, Empty } from "../parts/Answered";
import { Chips, type Chip } from "../parts/Chips";
import { Downloads, MOST_IN_FILE } from "../parts/Downloads";
import { KindMark, ObjectLink, Time } from "../parts/Marks";
import { Pages, Table } from "../parts/Table";
import { Tabs } from "../parts/Tabs";
import { objectAt, traceAt } from "../places";
import { go, hrefWith, Link, usePlace, type Place } from "../routing";

const FILTERS = ["text", "kind", "catalog", "schema", "namespace"];
const UNREAD = ["30", "90", "180"];

export function ObjectsPage() {
  const place = usePlace();
  const what = place.params.get("what") === "columns" ? "columns" : "objects";
  return (
    <>
      <div className="heading"><h1>Objects</h1></div>
      <Tabs place={place} name="what" current={what} label="What to look for" tabs={[["objects", "Tables and views"], ["columns", "Columns"]]} />
      <Search key={`${what} ${place.params.get("text") ?? ""}`} place={place} what={what} />
      {what === "objects" ? <Objects place={place} /> : <Columns place={place} />}
    </>
  );
}

function Search({ place, what }: { place: Place; what: "objects" | "columns" }) {
  const [text, setText] = useState(place.params.get("text") ?? "");
  const choose = (name: string) => (event: { target: { value: string } }) => go(hrefWith(place, { [name]: event.target.value, cursor: null }));
  return (
    <form className="search" role="search" aria-label="Search objects"
      onSubmit={(event) => { event.preventDefault(); go(hrefWith(place, { text: text.trim(), cursor: null })); }}>
      <label className="grow">
        <span>{what === "objects" ? "Part of the name" : "Part of the column's name"}</span>
        <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      {what === "objects" && (
        <>
          <label>
            <span>Kind</span>
            <select value={place.params.get("kind") ?? ""} onChange={choose("kind")}>
              <option value="">any</option><option value="TABLE">tables</option><option value="VIEW">views</option>
              <option value="MATERIALIZED_VIEW">materialized views</option>
            </select>
          </label>
          <label>
            <span>Not read for</span>
            <select value={place.params.get("unread_days") ?? ""} onChange={choose("unread_days")}>
              <option value="">no matter</option>
              {UNREAD.map((days) => <option key={days} value={days}>{days} days</option>)}
            </select>
          </label>
          <label>
            <span>There</span>
            <select value={place.params.get("gone") ?? ""} onChange={choose("gone")}>
              <option value="">no matter</option><option value="no">still there</option><option value="yes">gone</option>
            </select>
          </label>
        </>
      )}
      <button type="submit">Search</button>
    </form>
  );
}

function Objects({ place }: { place: Place }) {
  const { params } = place;
  const gone = params.get("gone");
  const cursor = params.get("cursor");
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, params.get(name)])) as Params<"/api/v1/objects">;
  const unread = params.get("unread_days");
  const asked = {
    ...wanted, cursor, unread_days: unread ? Number(unread) : null, gone: gone ? ((gone === "yes" ? "true" : "false") as unknown as boolean) : null,
  };
  const answer = useAnswer("/api/v1/objects", asked);
  const chips: Chip[] = FILTERS.filter((name) => params.get(name)).map((name) => ({ name, value: params.get(name) ?? "" }));
  return (
    <>
      <Chips place={place} chips={chips} />
      <Answered answer={answer} what="the objects">
        {(page) => (
          <>
            <Advice>{page.advice}</Advice>
            <Table caption="Objects by name" rows={page.rows} keyOf={(row) => String(row.object_id)} empty={chips.length || gone || unread ? "No object is like that. Take a filter away." : "No object is known yet: they come with the first queries."}
              columns={[
                { name: "Object", kind: "wide", cell: (row) => <><KindMark kind={row.kind} /> <ObjectLink object={row.object} namespace={row.namespace} gone={row.gone} /></> },
                { name: "Columns", kind: "number", cell: (row) => count(row.columns) },
                { name: "Upstream", kind: "number", cell: (row) => count(row.upstream) },
                { name: "Downstream", kind: "number", cell: (row) => count(row.downstream) },
                { name: "First seen", kind: "narrow", cell: (row) => <Time at={row.first_seen} /> },
                { name: "Last seen", kind: "narrow", cell: (row) => <Time at={row.last_seen} /> },
              ]} />
            <Paging place={place} cursor={cursor} next={page.next}><Downloads capped={page.next !== null} route="/api/v1/objects" params={{ ...asked, limit: MOST_IN_FILE }} /></Paging>
          </>
        )}
      </Answered>
    </>
  );
}

function Columns({ place }: { place: Place }) {
  const text = place.params.get("text");
  const cursor = place.params.get("cursor");
  const answer = useAnswer("/api/v1/columns", text ? { text, cursor } : null);
  if (!text) return <Empty>Type a part of a column’s name: it is looked for in all objects.</Empty>;
  return (
    <Answered answer={answer} what="the columns">
      {(page) => (
        <>
          <Table caption="Columns by name" rows={page.rows} keyOf={(row) => `${row.object_id} ${row.column}`} empty="No column has that in its name."
            columns={[
              { name: "Column", cell: (row) => <Link className="code" href={traceAt(row.object, row.namespace, row.column)}>{row.column}</Link> },
              { name: "Object", kind: "wide", cell: (row) => <ObjectLink object={row.object} href={objectAt(row.object, row.namespace, "columns")} /> },
              { name: "Type", cell: (row) => <span className="quiet">{row.type ?? "not known"}</span> },
              { name: "Upstream", kind: "number", cell: (row) => count(row.upstream) },
              { name: "Downstream", kind: "number", cell: (row) => count(row.downstream) },
            ]} />
          <Paging place={place} cursor={cursor} next={page.next}><Downloads capped={page.next !== null} route="/api/v1/columns" params={{ text, cursor, limit: MOST_IN_FILE }} /></Paging>
        </>
      )}
    </Answered>
  );
}

function Paging({ place, cursor, next, children }: { place: Place; cursor: string | null; next: string | null; children: ReactNode }) {
  return (
    <Pages first={!cursor} newest={<Link href={hrefWith(place, { cursor: null })}>First page</Link>}
      next={next && <Link href={hrefWith(place, { cursor: next })}>Next page</Link>}>{children}</Pages>
  );
}
