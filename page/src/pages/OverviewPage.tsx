import type { ReactNode } from "react";
import type { Schemas } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { ago, count, counted, duration } from "../format";
import { Answered, NothingYet } from "../parts/Answered";
import { AsOf } from "../parts/AsOf";
import { Section } from "../parts/Facts";
import { ObjectLink } from "../parts/Marks";
import { Bars, Share } from "../parts/Plot";
import { Table } from "../parts/Table";
import { costsAt, queriesAt } from "../places";
import { hrefWith, Link, usePlace } from "../routing";
import { zone } from "../settings";
import { daysAgo, daysSince, sinceYesterday } from "../times";
import { worstLag } from "./troubles";

type Overview = Schemas["Overview"];
type Tone = "good" | "bad" | "plain";

const RANGES = ["7", "30", "90"];

export function OverviewPage() {
  const place = usePlace();
  const days = Number(place.params.get("days") ?? "7");
  const answer = useAnswer("/api/v1/overview", { days });
  return (
    <>
      <div className="heading">
        <h1>Overview</h1>
        <AsOf at={answer.at} again={answer.again} />
        <nav className="ranges" aria-label="How far back">
          {RANGES.map((one) => (
            <Link key={one} href={hrefWith(place, { days: one })} aria-current={String(days) === one ? "true" : undefined}>
              {one} days
            </Link>
          ))}
        </nav>
      </div>
      <Answered answer={answer} what="the overview">{(overview) => <Shown overview={overview} days={days} />}</Answered>
    </>
  );
}

function Shown({ overview, days }: { overview: Overview; days: number }) {
  const byDay = new Map(overview.totals.map((total) => [total.day, total]));
  const bars = daysSince(overview.since).map((day) => ({
    label: day, whole: byDay.get(day)?.executions ?? 0, part: byDay.get(day)?.failed ?? 0,
  }));
  return (
    <>
      {overview.sources.length === 0 && <NothingYet />}
      <Tiles overview={overview} />
      <Section title="What came in">
        <Bars title={`Queries of the last ${days} days`} bars={bars} whole="queries" part="failed" height={130} />
      </Section>
      <div className="columns three">
        <Section title="Tables used most">
          <Ranking caption="Tables used most" of="Table" rows={overview.tables} cell={(row) => <ObjectLink object={row.value} />} />
        </Section>
        <Section title="Users" note={<Link href={costsAt()}>what their queries took</Link>}>
          <Ranking caption="Users with most queries" of="User" rows={overview.users}
            cell={(row) => <Link href={queriesAt({ user: row.value, since: sinceYesterday(zone.get()) })}>{row.value}</Link>} />
        </Section>
        <Section title="Failures" note="of the last day">
          <Ranking caption="Failures by reason" of="Reason" rows={overview.failures.map(({ reason, count: executions }) => ({ value: reason, executions }))}
            cell={(row) => <Link className="code" href={queriesAt({ error: row.value, state: "FAILED", since: daysAgo(1) })}>{row.value}</Link>} />
        </Section>
      </div>
    </>
  );
}

function Ranking({ caption, of, rows, cell }: {
  caption: string; of: string; rows: readonly Schemas["Count"][]; cell: (row: Schemas["Count"]) => ReactNode;
}) {
  const most = Math.max(...rows.map((row) => row.executions), 1);
  return (
    <Table caption={caption} rows={rows} keyOf={(row) => row.value} empty="None in these days."
      columns={[
        { name: of, kind: "wide", cell: (row) => <>{cell(row)}<Share value={row.executions} most={most} /></> },
        { name: "Queries", kind: "number", cell: (row) => count(row.executions) },
      ]} />
  );
}

function Tiles({ overview }: { overview: Overview }) {
  const queries = overview.totals.reduce((sum, total) => sum + total.executions, 0);
  const failed = overview.totals.reduce((sum, total) => sum + total.failed, 0);
  const lag = worstLag(overview.sources);
  const since = `${overview.since}T00:00:00Z`;
  const waiting = overview.sync.reduce((sum, sink) => sum + sink.pending + sink.parked, 0);
  const dead = overview.sync.reduce((sum, sink) => sum + sink.dead, 0);
  const halted = overview.sync.find((sink) => sink.halted)?.halted;
  const oldest = overview.sync.map((sink) => sink.oldest).filter((at) => at !== null).sort()[0];
  return (
    <div className="tiles">
      <Tile name="Queries" value={count(queries)} href={queriesAt({ since })} note={`since ${overview.since}`} />
      <Tile name="Failed" value={count(failed)} href={queriesAt({ state: "FAILED", since })}
        note={queries ? `${((100 * failed) / queries).toFixed(1)} % of them` : "no queries"} />
      <Tile name="Lag" value={lag === null ? "–" : duration(lag.seconds * 1000)} href="/health"
        note={`since the end of the latest query that came in${lag?.of ? ` of ${lag.of}` : ""}`} />
      <Tile name="Gaps" value={count(overview.gaps.length)} href="/health" tone={overview.gaps.length ? "bad" : "good"}
        note={overview.gaps.length ? "times of which queries may be missing" : "nothing is missing"} />
      <Tile name="Waiting for catalogs" value={count(waiting)} href="/sync" tone={halted || dead ? "bad" : "good"}
        note={halted ?? (dead ? `${counted(dead, "message")} cannot be delivered` : oldest ? `the oldest since ${ago(oldest)}` : "all is told")} />
    </div>
  );
}

export function Tile({ name, value, note, href, tone = "plain" }: { name: string; value: string; note: string; href: string; tone?: Tone }) {
  return (
    <Link className={`tile ${tone}`} href={href}>
      <span className="name">{name}</span><strong>{value}</strong><span className="note">{note}</span>
    </Link>
  );
}
