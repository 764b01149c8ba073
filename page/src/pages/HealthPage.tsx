import { useCallback } from "react";
import type { Schemas } from "../api/ask";
import { useAnswer, type Answer } from "../api/useAnswer";
import { count, duration } from "../format";
import { Answered, NothingYet } from "../parts/Answered";
import { AsOf } from "../parts/AsOf";
import { Downloads, MOST_IN_FILE } from "../parts/Downloads";
import { Section } from "../parts/Facts";
import { Time } from "../parts/Marks";
import { Table } from "../parts/Table";
import { Link } from "../routing";
import { troubles } from "./troubles";

type Overview = Schemas["Overview"];

export function HealthPage() {
  const answer = useAnswer("/api/v1/overview", { days: 1 });
  const gaps = useAnswer("/api/v1/gaps", {});
  const [askOverview, askGaps] = [answer.again, gaps.again];
  const again = useCallback(() => {
    askOverview();
    askGaps();
  }, [askOverview, askGaps]);
  return (
    <>
      <div className="heading"><h1>Health</h1><AsOf at={answer.at} again={again} /></div>
      <Answered answer={answer} what="the health of the tracker">{(overview) => <Shown overview={overview} gaps={gaps} />}</Answered>
    </>
  );
}

function Shown({ overview, gaps }: { overview: Overview; gaps: Answer<Schemas["KnownGap"][]> }) {
  const found = troubles(overview);
  const isNew = overview.sources.length === 0 && found.length === 0;
  return (
    <>
      {isNew ? <NothingYet /> : <div className={`told ${found.length ? "failed" : "fine"}`} role="status">
        {found.length ? <ul>{found.map((trouble) => <li key={trouble}>{trouble}</li>)}</ul>
          : <p><strong>All is well.</strong> No failed pass, no gaps, nothing dead, nothing in quarantine.</p>}
      </div>}
      <Sources overview={overview} />
      <Section title="Gaps" note="times of which queries may be missing">
        <Answered answer={gaps} what="the gaps">{(found) => <Gaps gaps={found} />}</Answered>
      </Section>
      <div className="columns two">
        <Section title="Catalogs" note={<Link href="/sync">all of the sync</Link>}>
          <Table caption="Messages by catalog" rows={overview.sync} keyOf={(row) => row.sink + row.kind} empty="No catalog was told anything yet."
            columns={[
              { name: "Catalog", kind: "wide", cell: (row) => `${row.sink}, ${row.kind.toLowerCase()}` },
              { name: "Waiting", kind: "number", cell: (row) => count(row.pending + row.parked) },
              { name: "Dead", kind: "number", cell: (row) => count(row.dead) },
            ]} />
        </Section>
        <Section title="Statements that could not be analyzed">
          <Table caption="Reasons" rows={overview.not_parsed} keyOf={(row) => row.reason} empty="All were analyzed."
            columns={[
              { name: "Reason", kind: "wide", cell: (row) => row.reason },
              { name: "Statements", kind: "number", cell: (row) => count(row.count) },
            ]} />
        </Section>
      </div>
    </>
  );
}

function Gaps({ gaps }: { gaps: readonly Schemas["KnownGap"][] }) {
  return (
    <>
      <Table caption="Gaps" rows={gaps} keyOf={(_, at) => String(at)} empty="There is no gap."
        columns={[
          { name: "From", kind: "narrow", cell: (row) => (row.since ? <Time at={row.since} /> : "ever before") },
          { name: "To", kind: "narrow", cell: (row) => <Time at={row.until} /> },
          { name: "Length", kind: "number", cell: (row) => (row.seconds === null ? "–" : duration(row.seconds * 1000)) },
          { name: "Cause", kind: "narrow", cell: (row) => row.cause.toLowerCase().replaceAll("_", " ") },
          { name: "Covered by events", kind: "narrow", cell: (row) => row.covered },
          { name: "Detail", kind: "wide", cell: (row) => `${row.source} of ${row.cluster}: ${row.detail}` },
        ]} />
      {gaps.length > 0 && <p className="pages"><Downloads route="/api/v1/gaps" params={{ limit: MOST_IN_FILE }} /></p>}
    </>
  );
}

function Sources({ overview }: { overview: Overview }) {
  return (
    <>
      <Section title="Sources">
        <Table caption="Sources of queries" rows={overview.sources} keyOf={(row) => row.cluster + row.source} empty="Nothing was ingested yet."
          columns={[
            { name: "Cluster", kind: "narrow", cell: (row) => row.cluster },
            { name: "Source", kind: "narrow", cell: (row) => row.source },
            { name: "Lag", kind: "number", cell: (row) => (row.lag_seconds === null ? "–" : duration(row.lag_seconds * 1000)) },
            { name: "Watermark", kind: "narrow", cell: (row) => <Time at={row.watermark} /> },
            { name: "Last pass", kind: "narrow", cell: (row) => <Time at={row.last_run} /> },
            { name: "Queries", kind: "number", cell: (row) => count(row.queries) },
            { name: "Lost", kind: "number", cell: (row) => count(row.lost) },
            { name: "Rejected", kind: "number", cell: (row) => count(row.rejected) },
            { name: "Last error", kind: "wide", cell: (row) => row.last_error ?? <span className="quiet">none</span> },
          ]} />
      </Section>
      <Section title="Clusters">
        <Table caption="Clusters" rows={overview.clusters} keyOf={(row) => row.cluster} empty="No cluster is followed yet."
          columns={[
            { name: "Cluster", kind: "narrow", cell: (row) => row.cluster },
            { name: "Namespace", kind: "narrow", cell: (row) => row.namespace },
            { name: "Ingested by", kind: "wide", cell: (row) => row.lease_holder ?? <span className="quiet">nobody now</span> },
            { name: "Open queries", kind: "number", cell: (row) => count(row.open_queries) },
          ]} />
      </Section>
    </>
  );
}
