import type { ReactNode } from "react";
import type { Params, Schemas } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { bytes, count, duration } from "../format";
import { Advice, Answered } from "../parts/Answered";
import { Downloads, MOST_IN_FILE } from "../parts/Downloads";
import { ObjectLink, Time } from "../parts/Marks";
import { Share } from "../parts/Plot";
import { Table, type Column } from "../parts/Table";
import { Tabs } from "../parts/Tabs";
import { TimeRange } from "../parts/TimeRange";
import { queriesAt } from "../places";
import { hrefWith, Link, usePlace, type Place } from "../routing";

type Wanted = Params<"/api/v1/costs">;
type Cost = Schemas["Cost"];
type By = NonNullable<Wanted["by"]>;
type Sort = NonNullable<Wanted["sort"]>;

const BY = [["user", "By user"], ["tool", "By tool"], ["table", "By table"]] as const;

const MEASURES: readonly (readonly [Sort & keyof Cost, string, (value: number) => string])[] = [
  ["executions", "Queries", count],
  ["failed", "Failed", count],
  ["cpu_ms", "Processor time", duration],
  ["elapsed_ms", "Took", duration],
  ["peak_memory_bytes", "Peak memory", bytes],
  ["input_bytes", "Read", bytes],
  ["input_rows", "Rows read", count],
  ["written_bytes", "Written", bytes],
  ["written_rows", "Rows written", count],
  ["spilled_bytes", "Spilled", bytes],
];

/** What queries took together, by who or what took it. */
export function CostsPage() {
  const place = usePlace();
  const { params } = place;
  const by = BY.map(([key]) => key).find((key) => key === params.get("by")) ?? "user";
  const sort = MEASURES.map(([key]) => key).find((key) => key === params.get("sort")) ?? "cpu_ms";
  const asked = { by, sort, since: params.get("since"), until: params.get("until") };
  const answer = useAnswer("/api/v1/costs", asked);
  return (
    <>
      <div className="heading"><h1>Costs</h1><TimeRange place={place} unasked="Last 24 hours" /></div>
      <Tabs place={place} name="by" tabs={BY} current={by} label="Added up by" />
      <Answered answer={answer} what="the costs">
        {(costs) => (
          <>
            <Advice>{costs.advice}</Advice>
            {costs.complete && <Shown costs={costs} place={place} by={by} sort={sort} />}
            <p className="pages"><Downloads route="/api/v1/costs" params={{ ...asked, since: costs.since, until: costs.until, limit: MOST_IN_FILE }} /></p>
          </>
        )}
      </Answered>
    </>
  );
}

function Shown({ costs, place, by, sort }: { costs: Schemas["Costs"]; place: Place; by: By; sort: Sort & keyof Cost }) {
  const most = Math.max(0, ...costs.rows.map((row) => row[sort]));
  const value: Column<Cost> = {
    name: by === "table" ? "Table" : by === "tool" ? "Tool" : "User", kind: "wide",
    cell: (row) => <>{named(by, row.value, costs)}<Share value={row[sort]} most={most} /></>,
  };
  const measures = MEASURES.map(([key, name, told]): Column<Cost> => ({
    name, kind: "number", cell: (row) => told(row[key]), sorted: { href: hrefWith(place, { sort: key }), now: key === sort },
  }));
  return (
    <>
      <p className="quiet">
        Queries created from <Time at={costs.since} /> to before <Time at={costs.until} />; the bars show what the list is sorted by.
        {by === "table" && " A query counts for each table that it uses."}
        {by === "tool" && " Tools are what queries claim, else their source."}
      </p>
      <Table caption="What queries took" rows={costs.rows} keyOf={(row) => row.value} empty="No query ran in this time."
        columns={[value, ...measures]} />
    </>
  );
}

function named(by: By, value: string, { since, until }: Schemas["Costs"]): ReactNode {
  if (by === "table") return <ObjectLink object={value} />;
  return by === "user" ? <Link href={queriesAt({ user: value, since, until })}>{value}</Link> : value;
}
