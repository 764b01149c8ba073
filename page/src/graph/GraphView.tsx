import { useCallback, useEffect, useMemo } from "react";
import { useAnswer } from "../api/useAnswer";
import { counted } from "../format";
import { Advice, Answered } from "../parts/Answered";
import { Downloads } from "../parts/Downloads";
import { go, hrefWith, Link, type Place } from "../routing";
import { MOST_ROWS, type Acts, type Light, type Opened } from "./drawing";
import { Evidence } from "./Evidence";
import { GraphList } from "./GraphList";
import { NodePanel } from "./NodePanel";
import { Picture } from "./Picture";
import { grownHref, wantedOf, type Focus, type Graph } from "./question";
import { columnKey, columnsOfNodes, pathThrough } from "./trace";

const FORMATS = ["csv", "svg", "html", "mermaid", "dot"];
const NO_ENDS = { from: null, to: null, fromcol: null, tocol: null };

/** The lineage around an object or column, as a picture or as lists; everything that is shown is in the address. */
export function GraphView({ focus, place }: { focus: Focus; place: Place }) {
  const answer = useAnswer("/api/v1/lineage", wantedOf(place, focus));
  return (
    <Answered answer={answer} what="the lineage">
      {(graph) => <Shown graph={graph} place={place} focus={focus} />}
    </Answered>
  );
}

function Shown({ graph, place, focus }: { graph: Graph; place: Place; focus: Focus }) {
  const { params } = place;
  const canGrow = focus.column === null;
  const related = useMemo(() => columnsOfNodes(graph.column_edges), [graph]);
  const opened = useOpened(graph, related, params.getAll("open").join("\n"), focus.column);
  const light = useLight(graph, params);
  const panel = <Panel graph={graph} place={place} focus={focus} />;
  const list = params.get("view") === "list";
  const chosen = graph.nodes.find((node) => node.object === params.get("at"))?.id ?? null;
  const edgeHref = useEdgeHref(graph, place);
  const act = useActs(place);
  const onEdge = useCallback((up: number, down: number, columns: [string, string | null] | null) => go(edgeHref(up, down, columns)), [edgeHref]);
  const hasPanel = params.has("from") || chosen !== null;
  return (
    <>
      <Advice>{graph.advice && <>{graph.advice} {params.get("most") !== "all" && <Link href={hrefWith(place, { most: "all" })}>Show up to 2,000</Link>}</>}</Advice>
      <div className="counts">
        <p className="quiet" role="status">
        {counted(graph.nodes.length, "object")}, {counted(graph.edges.length, "edge")}{graph.column_edges.length > 0 && `, ${counted(graph.column_edges.length, "column edge")}`} shown.
      </p>
        <Downloads route="/api/v1/lineage" params={wantedOf(place, focus)} formats={FORMATS} />
      </div>
      <div className={`graph${hasPanel ? " with-panel" : ""}`}>
        {list ? (
          <div className="list"><GraphList graph={graph} canGrow={canGrow} edgeHref={edgeHref} growHref={(node, way) => grownHref(place, node.object, way)} /></div>
        ) : (
          <div className="picture" role="region" aria-label={`Lineage graph of ${focus.name}; the list shows the same`}>
            <Picture graph={graph} opened={opened} light={light} chosen={chosen} canGrow={canGrow} act={act} onEdge={onEdge} />
          </div>
        )}
        {hasPanel && panel}
      </div>
    </>
  );
}

function Panel({ graph, place, focus }: { graph: Graph; place: Place; focus: Focus }) {
  const { params } = place;
  const close = hrefWith(place, { ...NO_ENDS, at: null });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && go(close);
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [close]);
  const idOf = (name: string | null) => graph.nodes.find((node) => node.object === name)?.id;
  const [from, to] = [params.get("from"), params.get("to")];
  const node = graph.nodes.find((one) => one.object === params.get("at"));
  const edgeHref = useEdgeHref(graph, place);
  const between = <T extends { upstream: number; downstream: number }>(edges: readonly T[]) => edges.filter((edge) => edge.upstream === idOf(from) && edge.downstream === idOf(to));
  return (
    <aside className="panel" aria-label={from ? "Evidence of the edge" : "Chosen object"}>
      <div className="heading"><h2>{from ? "Evidence" : "Object"}</h2><Link className="button" href={close}>Close</Link></div>
      {from && to ? (
        <Evidence ends={{ from, to, fromColumn: params.get("fromcol"), toColumn: params.get("tocol") }} namespace={focus.namespace}
          edges={between(graph.edges)} columnEdges={between(graph.column_edges)}
          hrefOf={(columns) => hrefWith(place, { fromcol: columns?.[0], tocol: columns?.[1] })} />
      ) : node && <NodePanel node={node} graph={graph} hrefOf={(edge) => edgeHref(edge.upstream, edge.downstream, null)} />}
    </aside>
  );
}

/** The columns that each open node shows. In a trace all nodes are open. */
function useOpened(graph: Graph, related: ReadonlyMap<number, readonly string[]>, open: string, column: string | null): ReadonlyMap<number, Opened> {
  return useMemo(() => {
    const wanted = new Set(open.split("\n"));
    const nodes = graph.nodes.filter((node) => (column !== null) !== wanted.has(node.object));
    return new Map(nodes.map((node) => {
      const columns = related.get(node.id) ?? [];
      return [node.id, { columns: columns.slice(0, MOST_ROWS), hidden: Math.max(0, columns.length - MOST_ROWS) }];
    }));
  }, [graph, related, open, column]);
}

/** What stands out: the path of the marked column, of the column of the trace, and the edge whose evidence is open. */
function useLight(graph: Graph, params: URLSearchParams): Light {
  const [mark, column, from, to] = [params.get("mark"), params.get("markcol"), params.get("from"), params.get("to")];
  return useMemo(() => {
    const idOf = (name: string | null) => graph.nodes.find((node) => node.object === name)?.id ?? null;
    const marked = mark && column ? [idOf(mark), column] as const : graph.column ? [graph.focus, graph.column] as const : null;
    const path = marked?.[0] ? pathThrough(graph.column_edges, columnKey(marked[0], marked[1])) : null;
    return { path, from: idOf(from), to: idOf(to) };
  }, [graph, mark, column, from, to]);
}

function useEdgeHref(graph: Graph, place: Place) {
  return useCallback((upstream: number, downstream: number, columns: [string, string | null] | null) => {
    const nameOf = (id: number) => graph.nodes.find((node) => node.id === id)?.object;
    return hrefWith(place, { at: null, from: nameOf(upstream), to: nameOf(downstream), fromcol: columns?.[0], tocol: columns?.[1] });
  }, [graph, place]);
}

function useActs(place: Place): Acts {
  return useMemo(() => ({
    choose: (node) => go(hrefWith(place, { ...NO_ENDS, at: place.params.get("at") === node.object ? null : node.object })),
    open: (node) => {
      const open = place.params.getAll("open");
      go(hrefWith(place, { open: open.includes(node.object) ? open.filter((one) => one !== node.object) : [...open, node.object] }), "replace");
    },
    grow: (node, way) => go(grownHref(place, node.object, way)),
    mark: (node, column) => {
      const same = place.params.get("mark") === node.object && place.params.get("markcol") === column;
      go(hrefWith(place, same ? { mark: null, markcol: null } : { mark: node.object, markcol: column }), "replace");
    },
  }), [place]);
}
