import { count, counted } from "../format";
import { KindMark, Method, ObjectLink, Time } from "../parts/Marks";
import { Section } from "../parts/Facts";
import { Table } from "../parts/Table";
import { graphAt } from "../places";
import { Link, type Place } from "../routing";
import type { Folded, Groups } from "./fold";
import { grownHref, isStale, unfoldHref, type ColumnEdge, type Columns, type Edge, type Node } from "./question";

type Props = {
  view: Folded;
  place: Place;
  canGrow: boolean;
  edgeHref: (upstream: number, downstream: number, columns: Columns) => string;
};

/** The graph as tables: the same answer as the picture, with the same actions. */
export function GraphList({ view: { graph, groups }, place, canGrow, edgeHref }: Props) {
  const names = new Map(graph.nodes.map((node) => [node.id, node]));
  const of = (id: number) => names.get(id)?.object ?? "";
  return (
    <>
      <Section title="Edges">
        <Table caption="Edges between objects" rows={graph.edges} keyOf={(row) => `${row.upstream}>${row.downstream}>${row.kind}`} empty="No edge is known here."
          columns={[
            { name: "From", cell: (row) => <End node={names.get(row.upstream)} groups={groups} place={place} /> },
            { name: "To", cell: (row) => <End node={names.get(row.downstream)} groups={groups} place={place} /> },
            { name: "Kind", kind: "narrow", cell: (row) => row.kind.toLowerCase() },
            { name: "State", kind: "narrow", cell: (row) => <Alive edge={row} /> },
            { name: "First seen", kind: "narrow", cell: (row) => <Time at={row.first_seen} /> },
            { name: "Last seen", kind: "narrow", cell: (row) => <Time at={row.last_seen} /> },
            { name: "How it is known", kind: "narrow", cell: (row) => <Method value={row.method} /> },
            { name: "Why", kind: "narrow", cell: (row) => <Why row={row} folded={groups.has(row.upstream) || groups.has(row.downstream)} of={of} href={edgeHref(row.upstream, row.downstream, null)} /> },
          ]} />
      </Section>
      {graph.column_edges.length > 0 && (
        <Section title="Column edges">
          <Table caption="Edges between columns" rows={graph.column_edges} keyOf={(_, at) => String(at)}
            columns={[
              { name: "From", cell: (row) => <code>{of(row.upstream)}.{row.upstream_column}</code> },
              { name: "To", cell: (row) => <code>{of(row.downstream)}{row.downstream_column ? `.${row.downstream_column}` : ": all rows"}</code> },
              { name: "How", kind: "narrow", cell: (row) => how(row) },
              { name: "First day", kind: "narrow", cell: (row) => row.first_day },
              { name: "Last day", kind: "narrow", cell: (row) => row.last_day },
              { name: "Why", kind: "narrow", cell: (row) => <Link href={edgeHref(row.upstream, row.downstream, [row.upstream_column, row.downstream_column])} aria-label={`Evidence of ${of(row.upstream)}.${row.upstream_column} to ${of(row.downstream)}.${row.downstream_column ?? "all rows"}`}>Evidence</Link> },
            ]} />
        </Section>
      )}
      <Section title="Objects">
        <Table caption="Objects of the graph" rows={graph.nodes.filter((node) => !groups.has(node.id))} keyOf={(row) => String(row.id)}
          columns={[
            { name: "Distance", kind: "number", cell: (row) => row.distance },
            { name: "Object", kind: "wide", cell: (row) => <><KindMark kind={row.kind} /> <ObjectLink object={row.object} namespace={row.namespace} gone={row.gone} /></> },
            { name: "Hidden upstream", kind: "number", cell: (row) => <Hidden count={row.more_upstream} href={canGrow ? grownHref(place, row.object, "up") : null} told={`upstream of ${row.object}`} /> },
            { name: "Hidden downstream", kind: "number", cell: (row) => <Hidden count={row.more_downstream} href={canGrow ? grownHref(place, row.object, "down") : null} told={`downstream of ${row.object}`} /> },
          ]} />
      </Section>
      {groups.size > 0 && <Section title="Folded schemas"><Schemas groups={groups} place={place} /></Section>}
    </>
  );
}

function Schemas({ groups, place }: { groups: Groups; place: Place }) {
  return (
    <Table caption="Schemas that are shown as one" rows={[...groups.values()]} keyOf={(row) => row.key}
      columns={[
        { name: "Schema", kind: "wide", cell: (row) => row.key },
        { name: "Objects", kind: "number", cell: (row) => count(row.objects.length) },
        { name: "Edges inside", kind: "number", cell: (row) => count(row.inside.length) },
        { name: "Look", kind: "narrow", cell: (row) => <Link href={unfoldHref(place, row.key)} aria-label={`Unfold ${row.key}`}>Unfold</Link> },
      ]} />
  );
}

function End({ node, groups, place }: { node: Node | undefined; groups: Groups; place: Place }) {
  if (!node) return null;
  const group = groups.get(node.id);
  if (!group) return <ObjectLink object={node.object} href={graphAt(node.object, node.namespace)} />;
  return <><ObjectLink object={group.key} href={unfoldHref(place, group.key)} /> <span className="quiet">({counted(group.objects.length, "object")})</span></>;
}

function Why({ row, folded, of, href }: { row: Edge; folded: boolean; of: (id: number) => string; href: string }) {
  const word = folded ? "Edges" : "Evidence";
  return <Link href={href} aria-label={`${word} of ${of(row.upstream)} to ${of(row.downstream)}`}>{word}</Link>;
}

const how = (edge: ColumnEdge) => `${edge.subtype.toLowerCase()}${edge.direct ? "" : " (indirect)"}${edge.ended ? ", ended" : ""}`;

function Alive({ edge }: { edge: Edge }) {
  if (edge.ended) return <span className="state bad">ended</span>;
  return isStale(edge) ? <span className="state other">not seen lately</span> : <span className="state good">alive</span>;
}

function Hidden({ count, href, told }: { count: number; href: string | null; told: string }) {
  if (count === 0) return <span className="quiet">0</span>;
  return href ? <Link href={href} aria-label={`+${count} ${told}`}>+{count}</Link> : <>+{count}</>;
}
