import { Background, Controls, getViewportForBounds, MarkerType, ReactFlow, ReactFlowProvider, useReactFlow, useStore, type Edge as FlowEdge, type Rect } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useCallback, useEffect, useMemo, useRef, type FocusEvent } from "react";
import { drawingOf, handlesOf, heightOf, linesOf, positioned, WIDTH, type Acts, type BoxNode, type GroupNode, type Light, type Opened } from "./drawing";
import type { Groups } from "./fold";
import { GroupBox } from "./GroupBox";
import { NodeBox } from "./NodeBox";
import type { Columns, Graph } from "./question";
import { RoutedLine } from "./RoutedLine";
import { objectsOf } from "./trace";
import { useLayout } from "./useLayout";

type Drawable = BoxNode | GroupNode;

const KINDS = { object: NodeBox, group: GroupBox };
const LINES = { routed: RoutedLine };
const NOTHING: ReadonlySet<string> = new Set();
const MANY = 200;
const READABLE = 0.45;
const COMFORTABLE = 0.8;

export type PictureProps = {
  graph: Graph;
  groups: Groups;
  opened: ReadonlyMap<number, Opened>;
  light: Light;
  chosen: number | null;
  canGrow: boolean;
  act: Acts;
  onEdge: (upstream: number, downstream: number, columns: Columns) => void;
};

export function Picture(props: PictureProps) {
  return <ReactFlowProvider><Drawn {...props} /></ReactFlowProvider>;
}

function Drawn({ graph, groups, opened, light, chosen, canGrow, act, onEdge }: PictureProps) {
  const drawing = useMemo(() => drawingOf(graph, opened), [graph, opened]);
  const { positions, routes, settled } = useLayout(drawing);
  const nodes = useMemo<Drawable[]>(() => {
    const ordered = [...graph.nodes].sort((one, other) => one.distance - other.distance || one.object.localeCompare(other.object));
    const lit = light.path && objectsOf(light.path);
    return ordered.map((node): Drawable => {
      const columns = opened.get(node.id) ?? null;
      const size = { width: WIDTH, height: heightOf(columns) };
      const group = groups.get(node.id);
      const placed = { id: String(node.id), position: positioned(positions, node.id), ...size, measured: size, handles: handlesOf(columns) };
      if (group) {
        const dim = lit !== null && !group.objects.some((one) => lit.has(one.id));
        return { ...placed, type: "group", data: { group, act, chosen: node.id === chosen, dim } };
      }
      return {
        ...placed, type: "object",
        data: {
          node, act, canGrow, focus: node.id === graph.focus, chosen: node.id === chosen, opened: columns,
          marked: light.path ?? NOTHING, dim: lit !== null && !lit.has(node.id),
        },
      };
    });
  }, [graph, groups, positions, opened, light, chosen, canGrow, act]);
  const lines = useMemo(() => linesOf(graph, opened, light, routes).map(withArrow), [graph, opened, light, routes]);
  const follow = useFollow(nodes);
  return (
    <ReactFlow
      nodes={nodes} edges={lines} nodeTypes={KINDS} edgeTypes={LINES}
      nodesDraggable={false} nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false}
      onlyRenderVisibleElements={nodes.length > MANY} minZoom={0.05} maxZoom={1.6}
      onEdgeClick={(_, line) => onEdge(Number(line.source), Number(line.target), (line.data?.["columns"] as Columns | undefined) ?? null)}
      proOptions={{ hideAttribution: false }}
      data-settled={settled} onFocus={follow}
    >
      <Background gap={24} size={1} />
      <Controls showInteractive={false} />
      <Viewport looked={lookedAt(graph.focus, chosen, light)} settled={settled} nodes={nodes} />
    </ReactFlow>
  );
}

/** Brings the box into sight that the keyboard has come to. */
function useFollow(nodes: readonly Drawable[]) {
  const flow = useReactFlow();
  return useCallback((event: FocusEvent) => {
    const box = event.target.closest<HTMLElement>(".react-flow__node");
    const node = nodes.find(({ id }) => id === box?.dataset["id"]);
    if (!box || !node || !event.target.matches(":focus-visible")) return;
    const [seen, place] = [event.currentTarget.getBoundingClientRect(), box.getBoundingClientRect()];
    const isSeen = place.left >= seen.left && place.right <= seen.right && place.top >= seen.top && place.bottom <= seen.bottom;
    if (!isSeen) void flow.setCenter(node.position.x + WIDTH / 2, node.position.y + (node.height ?? 0) / 2, { zoom: flow.getZoom() });
  }, [flow, nodes]);
}

/** An arrow in the colour of its line, and of one size however wide that is. */
function withArrow(line: FlowEdge): FlowEdge {
  const classes = line.className?.split(" ") ?? [];
  const color = classes.includes("lit") || classes.includes("chosen") ? "var(--accent)" : classes.includes("stale") ? "var(--line)" : "var(--line-strong)";
  return { ...line, markerEnd: { type: MarkerType.ArrowClosed, width: 22, height: 22, markerUnits: "userSpaceOnUse", color } };
}

/** What somebody looks at: the ends of the edge whose evidence is open, the chosen object, else the focus. */
const lookedAt = (focus: number, chosen: number | null, { from, to }: Light): string =>
  from !== null && to !== null ? `${from} ${to}` : String(chosen ?? focus);

/** Shows all where it stays readable, else what somebody looks at and what is around it. */
function Viewport({ looked, settled, nodes }: { looked: string; settled: boolean; nodes: readonly Drawable[] }) {
  const flow = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const drawn = useRef(nodes);
  drawn.current = nodes;
  const count = nodes.length;
  useEffect(() => {
    if (!width || !height) return;
    const all = getViewportForBounds(boundsOf(drawn.current), width, height, 0.05, 1, 0.1);
    const ids = looked.split(" ");
    const near = drawn.current.filter(({ id }) => ids.includes(id));
    if (all.zoom >= READABLE || near.length === 0) void flow.setViewport(all);
    else void flow.setViewport(getViewportForBounds(boundsOf(near), width, height, READABLE, COMFORTABLE, 0.1));
  }, [flow, looked, settled, count, width, height]);
  return null;
}

function boundsOf(nodes: readonly Drawable[]): Rect {
  const left = Math.min(...nodes.map(({ position }) => position.x));
  const top = Math.min(...nodes.map(({ position }) => position.y));
  const right = Math.max(...nodes.map(({ position }) => position.x + WIDTH));
  const bottom = Math.max(...nodes.map(({ position, height }) => position.y + (height ?? 0)));
  return { x: left, y: top, width: right - left, height: bottom - top };
}
