import type { Schemas } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { count } from "../format";
import { Advice, Answered } from "../parts/Answered";
import { Downloads, MOST_IN_FILE } from "../parts/Downloads";
import { Section } from "../parts/Facts";
import { Time } from "../parts/Marks";
import { Bars, type Bar } from "../parts/Plot";
import { QueryTable } from "../parts/QueryTable";
import { ReaderTool } from "../parts/ReaderTool";
import { Pages, Table } from "../parts/Table";
import { impactAt, queriesAt, queryAt, traceAt } from "../places";
import { go, hrefWith, Link, type Place } from "../routing";
import { daysSince } from "../times";

type Props = { object: Schemas["OneObject"] };
type PlacedProps = Props & { place: Place };

const named = ({ object, namespace }: Schemas["OneObject"]) => ({ name: object, namespace });

export function ColumnsTab({ object, place }: PlacedProps) {
  const cursor = place.params.get("cursor");
  const text = place.params.get("text");
  const asked = { ...named(object), text, cursor };
  const answer = useAnswer("/api/v1/object/columns", asked);
  return (
    <>
      <ColumnSearch place={place} text={text ?? ""} />
      <Answered answer={answer} what="the columns">
        {(page) => (
          <>
            <Table caption={`Columns of ${object.object}`} rows={page.rows} keyOf={(row) => row.column} empty={text ? "No column of it has that in its name." : "No column of it is known yet."}
              columns={[
                { name: "#", kind: "number", cell: (row) => row.ordinal ?? "–" },
                { name: "Column", kind: "wide", cell: (row) => <span className="code">{row.column}</span> },
                { name: "Type", cell: (row) => <span className="quiet">{row.type ?? "not known"}</span> },
                { name: "Fed by", kind: "number", cell: (row) => count(row.upstream) },
                { name: "Feeds", kind: "number", cell: (row) => count(row.downstream) },
                { name: "Last used", kind: "narrow", cell: (row) => row.last_day ?? <span className="quiet">not seen</span> },
                { name: "Look", cell: (row) => (
                  <>
                    <Link href={traceAt(object.object, object.namespace, row.column)} aria-label={`Trace ${row.column}`}>Trace</Link>{" "}
                    <Link href={impactAt(object.object, object.namespace, row.column)} aria-label={`Impact of ${row.column}`}>Impact</Link>
                  </>
                ) },
              ]} />
            <Pages first={!cursor} newest={<Link href={hrefWith(place, { cursor: null })}>First columns</Link>}
              next={page.next && <Link href={hrefWith(place, { cursor: page.next })}>More columns</Link>}>
              <Downloads capped={page.next !== null} route="/api/v1/object/columns" params={{ ...asked, limit: MOST_IN_FILE }} />
            </Pages>
          </>
        )}
      </Answered>
    </>
  );
}

function ColumnSearch({ place, text }: { place: Place; text: string }) {
  return (
    <form className="search" role="search" aria-label="Search the columns"
      onSubmit={(event) => { event.preventDefault(); go(hrefWith(place, { text: String(new FormData(event.currentTarget).get("text")).trim(), cursor: null })); }}>
      <label className="grow"><span>Part of the column’s name</span><input type="search" name="text" key={text} defaultValue={text} /></label>
      <button type="submit">Search</button>
    </form>
  );
}

export function QueriesTab({ object, place }: PlacedProps) {
  const cursor = place.params.get("cursor");
  const answer = useAnswer("/api/v1/queries", { table: object.object, cursor });
  return (
    <Answered answer={answer} what="the queries">
      {(page) => (
        <>
          <p><Link href={queriesAt({ table: object.object })}>With filters</Link> <span className="quiet">· of the last 7 days</span></p>
          <Advice>{page.advice}</Advice>
          <QueryTable rows={page.rows} empty="No query has used it in the last 7 days." />
          <Pages first={!cursor} newest={<Link href={hrefWith(place, { cursor: null })}>Newest</Link>}
            next={page.next && <Link href={hrefWith(place, { cursor: page.next })}>Older</Link>} />
        </>
      )}
    </Answered>
  );
}

export function UsageTab({ object }: Props) {
  const answer = useAnswer("/api/v1/object/usage", { ...named(object), days: object.usage_days });
  return (
    <Answered answer={answer} what="the usage">
      {(usage) => (
        <div className="columns two">
          <Section title="Day by day">
            <Bars title={`Use of ${object.object}`} whole="reads and writes" part="writes" calm
              bars={barsOf(usage)} />
            <Table caption="Use by day" rows={usage.days} keyOf={(row) => row.day} empty="Nobody used it in these days."
              columns={[
                { name: "Day", cell: (row) => row.day },
                { name: "Reads", kind: "number", cell: (row) => count(row.reads) },
                { name: "Writes", kind: "number", cell: (row) => count(row.writes) },
                { name: "Readers", kind: "number", cell: (row) => count(row.readers) },
              ]} />
            <p className="pages"><Downloads route="/api/v1/object/usage" params={{ ...named(object), days: object.usage_days }} /></p>
          </Section>
          <Section title="Users">
            <Table caption="Use by user" rows={usage.users} keyOf={(row) => row.user} empty="Nobody used it in these days."
              columns={[
                { name: "User", kind: "wide", cell: (row) => <Link href={queriesAt({ user: row.user, table: object.object })}>{row.user}</Link> },
                { name: "Reads", kind: "number", cell: (row) => count(row.reads) },
                { name: "Writes", kind: "number", cell: (row) => count(row.writes) },
                { name: "Last seen", kind: "narrow", cell: (row) => <Time at={row.last_seen} /> },
              ]} />
          </Section>
        </div>
      )}
    </Answered>
  );
}

/** A bar for each day since the first, also for those without any use. */
function barsOf({ since, days }: Schemas["Usage"]): Bar[] {
  const used = new Map(days.map((day) => [day.day, day]));
  return daysSince(since).map((day) => {
    const { reads = 0, writes = 0 } = used.get(day) ?? {};
    return { label: day, whole: reads + writes, part: writes };
  });
}

export function ConsumersTab({ object }: Props) {
  const answer = useAnswer("/api/v1/object/readers", named(object));
  return (
    <Answered answer={answer} what="the consumers">
      {(readers) => (
        <>
          <p className="quiet">Who read it from {readers.since} to before {readers.until}, and through what, as the queries claim.</p>
          {readers.capped && <Advice>There are more; these are the latest.</Advice>}
          <Table caption={`Consumers of ${object.object}`} rows={readers.rows} keyOf={(_, at) => String(at)} empty="Nobody read it in this time."
            columns={[
              { name: "User", cell: (row) => row.user },
              { name: "Through", kind: "wide", cell: (row) => <ReaderTool row={row} /> },
              { name: "Does", kind: "narrow", cell: (row) => (row.effect === "READS" ? "reads" : "copies on") },
              { name: "Queries", kind: "number", cell: (row) => count(row.executions) },
              { name: "Last seen", kind: "narrow", cell: (row) => row.query_id && row.cluster
                ? <Link href={queryAt(row.cluster, row.query_id)}><Time at={row.last_seen} /></Link> : <Time at={row.last_seen} /> },
            ]} />
          <p className="pages"><Downloads route="/api/v1/object/readers" params={named(object)} /></p>
        </>
      )}
    </Answered>
  );
}
