import { Time } from "../parts/Marks";
import { Link } from "../routing";
import { edgeWords } from "./drawing";
import type { Edge } from "./question";

type Props = { title: string; edges: readonly Edge[]; nameOf: (edge: Edge) => string; hrefOf: (edge: Edge) => string };

/** Edges as links to their evidence. */
export function EdgeList({ title, edges, nameOf, hrefOf }: Props) {
  if (edges.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="pairs">
        {edges.map((edge) => (
          <li key={`${edge.upstream}>${edge.downstream}>${edge.kind}`}>
            <Link href={hrefOf(edge)} title={edgeWords(edge)}>{nameOf(edge)}</Link>
            <span className="quiet"> {edge.kind.toLowerCase()}, last <Time at={edge.last_seen} /></span>
          </li>
        ))}
      </ul>
    </>
  );
}
