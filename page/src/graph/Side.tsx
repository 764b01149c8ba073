import { useEffect, useRef, type ReactNode } from "react";
import { go, hrefWith, Link, type Place } from "../routing";
import { Evidence } from "./Evidence";
import { edgesBehind, type Groups } from "./fold";
import { BundlePanel, GroupPanel } from "./GroupPanel";
import { NodePanel } from "./NodePanel";
import { edgeHref, NO_ENDS, unfoldHref, type Edge, type Focus, type Graph } from "./question";

type Props = { graph: Graph; groups: Groups; place: Place; focus: Focus };

/** What was chosen in the graph, beside it: an object, a folded schema, an edge with its evidence. */
export function Side(props: Props) {
  const { params } = props.place;
  const [from, to] = [params.get("from"), params.get("to")];
  if (from && to) return <ChosenEdge {...props} from={from} to={to} />;
  return <ChosenNode {...props} at={params.get("at")} />;
}

function ChosenEdge({ graph, groups, place, focus, from, to }: Props & { from: string; to: string }) {
  const { params } = place;
  const edges = edgesBehind(graph, groups, from, to);
  const isBundle = [...groups.values()].some((group) => group.key === from || group.key === to);
  if (isBundle)
    return <Panel place={place} title="Edges" label="Edges of the line"><BundlePanel from={from} to={to} edges={edges} graph={graph} hrefOf={hrefIn(graph, place)} /></Panel>;
  const idOf = (name: string) => graph.nodes.find((node) => node.object === name)?.id;
  const columnEdges = graph.column_edges.filter((edge) => edge.upstream === idOf(from) && edge.downstream === idOf(to));
  return (
    <Panel place={place} title="Evidence" label="Evidence of the edge">
      <Evidence ends={{ from, to, fromColumn: params.get("fromcol"), toColumn: params.get("tocol") }} namespace={focus.namespace}
        edges={edges} columnEdges={columnEdges} hrefOf={(columns) => hrefWith(place, { fromcol: columns?.[0], tocol: columns?.[1] })} />
    </Panel>
  );
}

function ChosenNode({ graph, groups, place, at }: Props & { at: string | null }) {
  const group = [...groups.values()].find(({ key }) => key === at);
  if (group)
    return <Panel place={place} title="Schema" label="Chosen schema"><GroupPanel group={group} graph={graph} hrefOf={hrefIn(graph, place)} unfoldHref={unfoldHref(place, group.key)} /></Panel>;
  const node = graph.nodes.find((one) => one.object === at);
  return node ? <Panel place={place} title="Object" label="Chosen object"><NodePanel node={node} graph={graph} hrefOf={hrefIn(graph, place)} /></Panel> : null;
}

const hrefIn = (graph: Graph, place: Place) => (edge: Edge) => edgeHref(place, graph, edge.upstream, edge.downstream, null);

function Panel({ place, title, label, children }: { place: Place; title: string; label: string; children: ReactNode }) {
  const close = hrefWith(place, { ...NO_ENDS, at: null });
  const shown = [place.params.get("at"), place.params.get("from"), place.params.get("to")].join("\n");
  const panel = useFocus(shown);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && !event.defaultPrevented && go(close);
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [close]);
  return (
    <aside className="panel" aria-label={label} ref={panel} tabIndex={-1}>
      <div className="heading"><h2>{title}</h2><Link className="button" href={close}>Close</Link></div>
      {children}
    </aside>
  );
}

/** Who chose something goes on in what it shows, and back where he was when that is closed; who followed a link stays at its beginning. */
function useFocus(shown: string) {
  const panel = useRef<HTMLElement>(null);
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    const active = document.activeElement;
    if (!opener.current) opener.current = active;
    if (opener.current !== document.body) panel.current?.focus({ preventScroll: true });
  }, [shown]);
  useEffect(() => () => {
    if (opener.current instanceof HTMLElement && opener.current.isConnected) opener.current.focus({ preventScroll: true });
  }, []);
  return panel;
}
