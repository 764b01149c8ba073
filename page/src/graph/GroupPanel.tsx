import { count, counted } from "../format";
import { ObjectLink } from "../parts/Marks";
import { Link } from "../routing";
import { EdgeList } from "./EdgeList";
import type { Group } from "./fold";
import type { Edge, Graph } from "./question";

type Props = { graph: Graph; hrefOf: (edge: Edge) => string };

/** A folded schema that was chosen: its objects, and the edges that lead into it and out of it. */
export function GroupPanel({ group, graph, hrefOf, unfoldHref }: Props & { group: Group; unfoldHref: string }) {
  const ids = new Set(group.objects.map((node) => node.id));
  const hidden = group.objects.reduce((sum, node) => sum + node.more_upstream + node.more_downstream, 0);
  const nameOf = pairNames(graph);
  return (
    <>
      <p className="ends"><strong>{group.key}</strong></p>
      <p className="quiet">
        {counted(group.objects.length, "object")} shown as one, {counted(group.inside.length, "edge")} between them
        {hidden > 0 && `; ${count(hidden)} connections lead to objects that are not shown`}.
      </p>
      <p className="actions"><Link className="button" href={unfoldHref}>Unfold</Link></p>
      <h3>Objects</h3>
      <ul className="pairs">
        {group.objects.map((node) => <li key={node.id}><ObjectLink object={node.object} namespace={node.namespace} gone={node.gone} /></li>)}
      </ul>
      <EdgeList title="Fed by" edges={graph.edges.filter((edge) => ids.has(edge.downstream) && !ids.has(edge.upstream))} nameOf={nameOf} hrefOf={hrefOf} />
      <EdgeList title="Feeds" edges={graph.edges.filter((edge) => ids.has(edge.upstream) && !ids.has(edge.downstream))} nameOf={nameOf} hrefOf={hrefOf} />
    </>
  );
}

/** The edges that one line of a folded graph stands for. */
export function BundlePanel({ from, to, edges, graph, hrefOf }: Props & { from: string; to: string; edges: readonly Edge[] }) {
  return (
    <>
      <p className="ends"><strong>{from}</strong> → <strong>{to}</strong></p>
      <EdgeList title={counted(edges.length, "edge")} edges={edges} nameOf={pairNames(graph)} hrefOf={hrefOf} />
    </>
  );
}

function pairNames(graph: Graph): (edge: Edge) => string {
  const names = new Map(graph.nodes.map((node) => [node.id, node.object]));
  return (edge) => `${names.get(edge.upstream) ?? ""} → ${names.get(edge.downstream) ?? ""}`;
}
