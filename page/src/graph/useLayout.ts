import { useEffect, useMemo, useState } from "react";
import { inColumns, type Drawing, type Placed, type Positions, type Routes } from "./layout";

const DEADLINE_MS = 8000;

type Layout = Placed & { settled: boolean };

const STRAIGHT: Routes = {};

/** Where the boxes stand: at once in columns, then as the worker found, unless it took too long. */
export function useLayout(drawing: Drawing): Layout {
  const key = useMemo(() => JSON.stringify(drawing), [drawing]);
  const [found, setFound] = useState<{ key: string; placed: Placed | null }>({ key: "", placed: null });

  useEffect(() => {
    const worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    const end = (placed: Placed | null) => {
      clearTimeout(deadline);
      worker.terminate();
      setFound({ key, placed });
    };
    const deadline = setTimeout(end, DEADLINE_MS, null);
    worker.onmessage = (event: MessageEvent<Placed>) => end(event.data);
    worker.onerror = () => end(null);
    worker.postMessage(JSON.parse(key));
    return () => {
      clearTimeout(deadline);
      worker.terminate();
    };
  }, [key]);

  return useMemo(() => {
    if (found.key === key && found.placed) return { ...found.placed, settled: true };
    const positions = { ...inColumns(drawing.boxes), ...keptOf(found.placed?.positions ?? null, drawing) };
    return { positions, routes: STRAIGHT, settled: found.key === key };
  }, [drawing, found, key]);
}

/** While a new layout is awaited, boxes that were there before stay where they were. */
function keptOf(before: Positions | null, drawing: Drawing): Positions {
  if (!before) return {};
  return Object.fromEntries(drawing.boxes.flatMap((box) => (before[box.id] ? [[box.id, before[box.id]]] : []))) as Positions;
}
