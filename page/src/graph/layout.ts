export type Box = { id: string; rank: number; width: number; height: number };
export type Join = { from: string; to: string };
export type Position = { x: number; y: number };
export type Positions = Record<string, Position>;
/** Between which points a line goes that passes other boxes, by "from>to". */
export type Routes = Record<string, Position[]>;
export type Placed = { positions: Positions; routes: Routes };
export type Drawing = { boxes: Box[]; joins: Join[] };

export const GAP = { across: 76, down: 18 };

/** A first layout that takes no time: a column of boxes for each distance from the focus. */
export function inColumns(boxes: readonly Box[]): Positions {
  const ranks = new Map<number, Box[]>();
  for (const box of boxes) ranks.set(box.rank, [...(ranks.get(box.rank) ?? []), box]);
  const positions: Positions = {};
  for (const [rank, column] of ranks) {
    const tall = column.reduce((sum, box) => sum + box.height + GAP.down, -GAP.down);
    let y = -tall / 2;
    for (const box of column) {
      positions[box.id] = { x: rank * (box.width + GAP.across), y };
      y += box.height + GAP.down;
    }
  }
  return positions;
}
