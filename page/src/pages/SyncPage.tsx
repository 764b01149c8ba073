import { change, type Schemas } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { count } from "../format";
import { Answered } from "../parts/Answered";
import { AsOf } from "../parts/AsOf";
import { Downloads } from "../parts/Downloads";
import { Section } from "../parts/Facts";
import { Time } from "../parts/Marks";
import { Table } from "../parts/Table";
import { hrefWith, Link, usePlace } from "../routing";
import { Outbox } from "./Outbox";

type SinkState = Schemas["SinkState"];

const KINDS: Record<string, string> = { QUERY: "queries", TEXT: "texts of queries", LINEAGE: "lineage", USAGE: "usage", COST: "costs" };

export function SyncPage() {
  const place = usePlace();
  const answer = useAnswer("/api/v1/sync", {});
  return (
    <>
      <div className="heading"><h1>Sync</h1></div>
      <Answered answer={answer} what="the state of the sync">
        {(sinks) => (
          <>
            {haltedOf(sinks).map((sink) => <Halted key={sink.sink} sink={sink} again={answer.again} />)}
            <Section title="Messages for catalogs">
              <Table caption="Messages by catalog and kind" rows={sinks} keyOf={(row) => row.sink + row.kind}
                empty="No catalog was told anything, and nothing waits. OMD_KIND says which catalogs there are."
                columns={[
                  { name: "Catalog", cell: (row) => <Link href={hrefWith(place, { sink: row.sink })}>{row.sink}</Link> },
                  { name: "What", cell: (row) => KINDS[row.kind] ?? row.kind },
                  { name: "Waiting", kind: "number", cell: (row) => count(row.pending) },
                  { name: "Parked", kind: "number", cell: (row) => count(row.parked) },
                  { name: "Dead", kind: "number", cell: (row) => <span className={row.dead ? "bad" : undefined}>{count(row.dead)}</span> },
                  { name: "Delivered", kind: "number", cell: (row) => count(row.settled) },
                  { name: "Oldest that waits", kind: "narrow", cell: (row) => (row.oldest ? <Time at={row.oldest} /> : <span className="quiet">none</span>) },
                  { name: "Last delivered", kind: "narrow", cell: (row) => <Time at={row.last_delivered} /> },
                ]} />
              <p className="quiet">Parked: the catalog does not know the table yet; it is tried again. Dead: it was refused for good.</p>
              <p className="pages"><AsOf at={answer.at} again={answer.again} /><Downloads route="/api/v1/sync" params={{}} /></p>
            </Section>
          </>
        )}
      </Answered>
      <Outbox place={place} changed={answer.again} />
    </>
  );
}

/** Each catalog that nothing can be delivered to, once. */
const haltedOf = (sinks: readonly SinkState[]) => [...new Map(sinks.filter((sink) => sink.halted).map((sink) => [sink.sink, sink])).values()];

function Halted({ sink, again }: { sink: SinkState; again: () => void }) {
  const me = useAnswer("/api/v1/me", {});
  const resume = () => void change("/api/v1/outbox/resume", { sink: sink.sink }).finally(again);
  return (
    <div className="told failed" role="alert">
      <p><strong>Nothing can be delivered to {sink.sink} now.</strong> {sink.halted}</p>
      {me.value?.role === "operator" && <button type="button" onClick={resume}>It is mended: go on</button>}
    </div>
  );
}
