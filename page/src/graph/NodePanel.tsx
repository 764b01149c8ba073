import { kindName, ObjectLink } from "../parts/Marks";
import { graphAt, impactAt, objectAt } from "../places";
import { Link } from "../routing";
import { EdgeList } from "./EdgeList";
import type { Edge, Graph, Node } from "./question";

/** An object that was chosen in the picture: its edges, and where to go from it. */
export function NodePanel({ node, graph, hrefOf }: { node: Node; graph: Graph; hrefOf: (edge: Edge) => string }) {
  const names = new Map(graph.nodes.map((one) => [one.id, one.object]));
  const into = graph.edges.filter((edge) => edge.downstream === node.id);
  const out = graph.edges.filter((edge) => edge.upstream === node.id);
  return (
    <>
      <p className="ends"><ObjectLink object={node.object} namespace={node.namespace} gone={node.gone} /></p>
      <p className="quiet">{kindName(node.kind)}{node.gone && ", gone"}</p>
      <p className="actions">
        <Link className="button" href={graphAt(node.object, node.namespace)}>Make it the focus</Link>
        <Link className="button" href={objectAt(node.object, node.namespace, "columns")}>Columns</Link>
        <Link className="button" href={impactAt(node.object, node.namespace)}>Impact</Link>
      </p>
      <EdgeList title="Fed by" edges={into} nameOf={(edge) => names.get(edge.upstream) ?? ""} hrefOf={hrefOf} />
      <EdgeList title="Feeds" edges={out} nameOf={(edge) => names.get(edge.downstream) ?? ""} hrefOf={hrefOf} />
    </>
  );
}
