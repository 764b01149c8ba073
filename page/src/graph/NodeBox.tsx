import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { nameParts, shortened } from "../format";
import { KindMark } from "../parts/Marks";
import type { BoxData, BoxNode } from "./drawing";
import { columnKey } from "./trace";

const MOST = { before: 27, last: 22 };

/** An object in the picture: its name, what is hidden on each side, and its columns where they are open. */
export const NodeBox = memo(function NodeBox({ data }: NodeProps<BoxNode>) {
  const { node, act, opened } = data;
  const { before, last } = nameParts(node.object);
  const classes = ["box", data.focus && "focus", data.chosen && "chosen", data.dim && "dim", node.gone && "gone"];
  return (
    <div className={classes.filter(Boolean).join(" ")}>
      <div className="head">
        <KindMark kind={node.kind} />
        <button type="button" className="name" title={node.object} aria-pressed={data.chosen} onClick={() => act.choose(node.object)}>
          <span className="before">{shortened(before, MOST.before)}</span>
          <span className="last">{shortened(last, MOST.last)}</span>
        </button>
        <button type="button" className="opener" aria-expanded={opened !== null} aria-label={`Columns of ${node.object}`} onClick={() => act.open(node)}>
          {opened ? "▾" : "▸"}
        </button>
      </div>
      <More data={data} way="up" />
      <More data={data} way="down" />
      {opened && <Columns data={data} />}
    </div>
  );
});

function More({ data, way }: { data: BoxData; way: "up" | "down" }) {
  const { node, act } = data;
  const hidden = way === "up" ? node.more_upstream : node.more_downstream;
  if (hidden === 0) return null;
  const told = `+${hidden} more ${way === "up" ? "upstream" : "downstream"} of ${node.object}`;
  return data.canGrow
    ? <button type="button" className={`more ${way}`} aria-label={told} onClick={() => act.grow(node, way)}>+{hidden}</button>
    : <span className={`more ${way}`} role="img" aria-label={told}>+{hidden}</span>;
}

function Columns({ data: { node, opened, marked, act } }: { data: BoxData }) {
  if (!opened) return null;
  return (
    <ul>
      {opened.columns.map((column) => (
        <li key={column} className={marked.has(columnKey(node.id, column)) ? "marked" : undefined}>
          <button type="button" title={column} aria-pressed={marked.has(columnKey(node.id, column))} aria-label={`Path of ${node.object}.${column}`} onClick={() => act.mark(node, column)}>{column}</button>
        </li>
      ))}
      {opened.columns.length === 0 && <li className="quiet">no column edge here</li>}
      {opened.hidden > 0 && <li><button type="button" className="quiet" aria-label={`and ${opened.hidden} more columns of ${node.object}`} onClick={() => act.whole(node)}>and {opened.hidden} more</button></li>}
    </ul>
  );
}
