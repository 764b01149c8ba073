import { useCallback, useMemo } from "react";
import { useAnswer } from "../api/useAnswer";
import { count, counted } from "../format";
import { Advice, Answered } from "../parts/Answered";
import { Downloads } from "../parts/Downloads";
import { go, hrefWith, Link, type Place } from "../routing";
import { MOST_ROWS, type Acts, type Light, type Opened } from "./drawing";
import { folded, shownAs, UNFOLDED, type Folded } from "./fold";
import { GraphList } from "./GraphList";
import { Picture } from "./Picture";
import { edgeHref, grownHref, isFolded, NO_ENDS, unfoldHref, wantedOf, type Columns, type Focus, type Graph } from "./question";
import { Side } from "./Side";
import { columnKey, columnsOfNodes, pathThrough } from "./trace";

const FORMATS = ["csv", "json", "svg", "html", "mermaid", "dot"];

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
  const view = useFolded(graph, isFolded(params), params.getAll("unfold").join("\n"));
  const opened = useOpened(view.graph, params.getAll("open").join("\n"), params.getAll("all").join("\n"), focus.column);
  const light = useLight(view, params);
  const list = params.get("view") === "list";
  const chosen = shownAs(view, params.get("at"));
  const act = useActs(place);
  const hrefOf = useCallback((up: number, down: number, columns: Columns) => edgeHref(place, view.graph, up, down, columns), [place, view]);
  const onEdge = useCallback((up: number, down: number, columns: Columns) => go(hrefOf(up, down, columns)), [hrefOf]);
  const hasPanel = params.has("from") || chosen !== null;
  return (
    <>
      <Advice>{graph.advice && <>{graph.advice} {params.get("most") !== "all" && <Link href={hrefWith(place, { most: "all" })}>Show up to 2,000</Link>}</>}</Advice>
      <div className="counts">
        <nav className="ranges" aria-label="How to show it">
          <Link href={hrefWith(place, { view: null })} aria-current={list ? undefined : "true"}>Graph</Link>
          <Link href={hrefWith(place, { view: "list" })} aria-current={list ? "true" : undefined}>List</Link>
        </nav>
        <p className="quiet" role="status">{countsOf(view)}</p>
        <Downloads route="/api/v1/lineage" params={wantedOf(place, focus)} formats={FORMATS} />
      </div>
      <Unfolded place={place} />
      <div className={`graph${hasPanel ? " with-panel" : ""}`}>
        {list ? (
          <div className="list"><GraphList view={view} place={place} canGrow={canGrow} edgeHref={hrefOf} /></div>
        ) : (
          <div className="picture" role="region" aria-label={`Lineage graph of ${focus.name}; the list shows the same`}>
            <Picture graph={view.graph} groups={view.groups} opened={opened} light={light} chosen={chosen} canGrow={canGrow} act={act} onEdge={onEdge} />
          </div>
        )}
        {hasPanel && <Side graph={graph} groups={view.groups} place={place} focus={focus} />}
      </div>
    </>
  );
}

function countsOf({ graph, groups }: Folded): string {
  const inside = [...groups.values()].reduce((sum, group) => sum + group.objects.length, 0);
  return [
    counted(graph.nodes.length - groups.size, "object"),
    ...(groups.size ? [`${counted(groups.size, "schema")} of ${count(inside)} more`] : []),
    counted(graph.edges.length, "edge"),
    ...(graph.column_edges.length ? [counted(graph.column_edges.length, "column edge")] : []),
  ].join(", ") + " shown.";
}

/** The schemas that were unfolded; each can be folded again. */
function Unfolded({ place }: { place: Place }) {
  const schemas = isFolded(place.params) ? place.params.getAll("unfold") : [];
  if (schemas.length === 0) return null;
  return (
    <ul className="chips" aria-label="Unfolded schemas">
      {schemas.map((schema) => (
        <li key={schema}>
          <span className="name">unfolded</span> <span className="value">{schema}</span>
          <Link href={hrefWith(place, { unfold: schemas.filter((one) => one !== schema) })} aria-label={`Fold ${schema} again`}>×</Link>
        </li>
      ))}
    </ul>
  );
}

function useFolded(graph: Graph, wanted: boolean, unfolded: string): Folded {
  return useMemo(() => (wanted ? folded(graph, new Set(unfolded.split("\n"))) : { graph, groups: UNFOLDED }), [graph, wanted, unfolded]);
}

/** The columns that each open node shows. In a trace all nodes are open. */
function useOpened(graph: Graph, open: string, whole: string, column: string | null): ReadonlyMap<number, Opened> {
  return useMemo(() => {
    const related = columnsOfNodes(graph.column_edges);
    const [wanted, entire] = [new Set(open.split("\n")), new Set(whole.split("\n"))];
    const nodes = graph.nodes.filter((node) => (column !== null) !== wanted.has(node.object));
    return new Map(nodes.map((node) => {
      const columns = related.get(node.id) ?? [];
      const shown = columns.slice(0, entire.has(node.object) ? columns.length : MOST_ROWS);
      return [node.id, { columns: shown, hidden: columns.length - shown.length }];
    }));
  }, [graph, open, whole, column]);
}

/** What stands out: the path of the marked column, of the column of the trace, and the edge whose evidence is open. */
function useLight(view: Folded, params: URLSearchParams): Light {
  const [mark, column, from, to] = [params.get("mark"), params.get("markcol"), params.get("from"), params.get("to")];
  return useMemo(() => {
    const { graph } = view;
    const marked = mark && column ? [shownAs(view, mark), column] as const : graph.column ? [graph.focus, graph.column] as const : null;
    const path = marked?.[0] ? pathThrough(graph.column_edges, columnKey(marked[0], marked[1])) : null;
    return { path, from: shownAs(view, from), to: shownAs(view, to) };
  }, [view, mark, column, from, to]);
}

function useActs(place: Place): Acts {
  return useMemo(() => ({
    choose: (name) => go(hrefWith(place, { ...NO_ENDS, at: place.params.get("at") === name ? null : name })),
    unfold: (schema) => go(unfoldHref(place, schema)),
    open: (node) => {
      const open = place.params.getAll("open");
      go(hrefWith(place, { open: open.includes(node.object) ? open.filter((one) => one !== node.object) : [...open, node.object] }), "replace");
    },
    whole: (node) => go(hrefWith(place, { all: [...place.params.getAll("all"), node.object] }), "replace"),
    grow: (node, way) => go(grownHref(place, node.object, way)),
    mark: (node, column) => {
      const same = place.params.get("mark") === node.object && place.params.get("markcol") === column;
      go(hrefWith(place, same ? { mark: null, markcol: null } : { mark: node.object, markcol: column }), "replace");
    },
  }), [place]);
}
