import { BaseEdge, type EdgeProps } from "@xyflow/react";
import type { Position } from "./layout";

/** A line that goes around the boxes between its ends, as the layout found. */
export function RoutedLine({ sourceX, sourceY, targetX, targetY, markerEnd, interactionWidth, data }: EdgeProps) {
  const route = (data?.["route"] ?? []) as readonly Position[];
  const points = [{ x: sourceX, y: sourceY }, ...route, { x: targetX, y: targetY }];
  return <BaseEdge path={through(points)} markerEnd={markerEnd} interactionWidth={interactionWidth} />;
}

/** A curve through points from left to right, level at each of them. */
function through(points: readonly Position[]): string {
  return points.map(({ x, y }, at) => {
    const before = points[at - 1];
    if (!before) return `M${x},${y}`;
    const middle = (before.x + x) / 2;
    return `C${middle},${before.y} ${middle},${y} ${x},${y}`;
  }).join(" ");
}
