import { lazy, Suspense } from "react";
import type { Schemas } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { counted } from "../format";
import { Answered, Empty, Loading } from "../parts/Answered";
import { Facts } from "../parts/Facts";
import { KindMark, kindName, ObjectLink, Time } from "../parts/Marks";
import { Tabs } from "../parts/Tabs";
import { graphAt, impactAt, objectsAt } from "../places";
import { Link, usePlace, type Place } from "../routing";
import { Dbt } from "./Dbt";
import { ColumnsTab, ConsumersTab, QueriesTab, UsageTab } from "./objectTabs";

const LineageTab = lazy(() => import("../graph/LineageTab"));

const TABS = [
  ["lineage", "Lineage"], ["columns", "Columns"], ["queries", "Queries"], ["usage", "Usage"], ["consumers", "Consumers"],
] as const;

const TELLERS: Record<string, string> = { STATEMENT: "statements", TRINO: "Trino", OPENMETADATA: "OpenMetadata" };

export function ObjectPage() {
  const place = usePlace();
  const name = place.params.get("name");
  const namespace = place.params.get("namespace");
  const answer = useAnswer("/api/v1/object", name ? { name, namespace } : null);
  if (!name) return <><h1>Object</h1><Empty>The address names no object. <Link href={objectsAt()}>Look for one</Link>.</Empty></>;
  return (
    <>
      <h1 className="id">{name}</h1>
      <Answered answer={answer} what="the object">{(object) => <Shown object={object} place={place} />}</Answered>
    </>
  );
}

function Shown({ object, place }: { object: Schemas["OneObject"]; place: Place }) {
  const tab = place.params.get("tab") ?? "lineage";
  return (
    <>
      <p className="summary">
        <KindMark kind={object.kind} /> {kindName(object.kind)}{object.gone && <span className="state bad">gone</span>} in namespace {object.namespace}
        <span className="actions">
          <Link className="button" href={graphAt(object.object, object.namespace)}>Lineage graph</Link>
          <Link className="button" href={impactAt(object.object, object.namespace)}>Impact</Link>
        </span>
      </p>
      <Facts facts={[
        [`Reads, ${object.usage_days} days`, `${object.reads} by ${counted(object.readers, "user")}`],
        ["Writes", object.writes],
        ["Last read", <Time key="r" at={object.last_read} />],
        ["Last written", <Time key="w" at={object.last_written} />],
        ["First seen", <Time key="f" at={object.first_seen} />],
        ["Last seen", <Time key="l" at={object.last_seen} />],
        ["Ended", object.ended_at && <Time key="e" at={object.ended_at} />],
        ["Columns told by", object.columns_origin && (TELLERS[object.columns_origin] ?? object.columns_origin)],
        ["Renamed to", names(object.renamed_to)],
        ["Renamed from", names(object.renamed_from)],
      ]} />
      {object.dbt && <Dbt told={object.dbt} />}
      <Tabs place={place} name="tab" tabs={TABS} current={tab} label={`About ${object.object}`} />
      <div className="tab"><Tab tab={tab} object={object} place={place} /></div>
    </>
  );
}

function Tab({ tab, object, place }: { tab: string; object: Schemas["OneObject"]; place: Place }) {
  if (tab === "columns") return <ColumnsTab object={object} place={place} />;
  if (tab === "queries") return <QueriesTab object={object} place={place} />;
  if (tab === "usage") return <UsageTab object={object} />;
  if (tab === "consumers") return <ConsumersTab object={object} />;
  return <Suspense fallback={<Loading what="the graph" />}><LineageTab object={object} place={place} /></Suspense>;
}

const names = (all: readonly string[]) => (all.length ? all.map((name) => <ObjectLink key={name} object={name} />) : null);
