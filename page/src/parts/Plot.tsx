import { useEffect, useRef, useState, type RefObject } from "react";
import { count } from "../format";

export type Bar = { label: string; whole: number; part?: number };

type Props = {
  bars: readonly Bar[];
  title: string;
  whole: string;
  part?: string;
  /** The part is nothing bad. */
  calm?: boolean;
  height?: number;
};

const FOOT = 18;
const USUAL = 600;

/** Bars side by side, a part of each in another colour. The same numbers are in a table for those who do not see it. */
export function Bars({ bars, title, whole, part, calm = false, height = 120 }: Props) {
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure);
  const most = Math.max(1, ...bars.map((bar) => bar.whole));
  const step = width / Math.max(bars.length, 7);
  const narrow = bars.length > 14;
  const scale = (value: number) => (value / most) * (height - FOOT - 14);
  return (
    <figure className={calm ? "plot calm" : "plot"} ref={figure}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${title}; the most is ${count(most)}`}>
        <line x1="0" x2={width} y1={height - FOOT} y2={height - FOOT} className="axis" />
        {bars.map((bar, at) => {
          const tall = scale(bar.whole);
          const red = scale(bar.part ?? 0);
          const x = at * step + step * 0.14;
          return (
            <g key={bar.label}>
              <title>{`${bar.label}: ${count(bar.whole)} ${whole}${part ? `, ${count(bar.part ?? 0)} ${part}` : ""}`}</title>
              <rect className="whole" x={x} y={height - FOOT - tall} width={step * 0.72} height={tall} rx="2" />
              <rect className="part" x={x} y={height - FOOT - red} width={step * 0.72} height={red} rx="2" />
              {bar.whole > 0 && step > 40 && (
                <text x={x + step * 0.36} y={height - FOOT - tall - 4} textAnchor="middle">{count(bar.whole)}</text>
              )}
              {(!narrow || at % 7 === 0) && (
                <text x={narrow && at === 0 ? 0 : x + step * 0.36} y={height - 4} textAnchor={narrow && at === 0 ? "start" : "middle"}>{bar.label.slice(5)}</text>
              )}
            </g>
          );
        })}
      </svg>
      <figcaption><span className="key whole" /> {whole}{part && <><span className="key part" /> {part}</>} · UTC days</figcaption>
    </figure>
  );
}

/** How wide a box is now: plots are drawn anew rather than shrunk, so that their words stay readable. */
function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(USUAL);
  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => entry && setWidth(Math.max(1, entry.contentRect.width)));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [box]);
  return width;
}

/** How much of the whole: a line under a name in a list. */
export function Share({ value, most }: { value: number; most: number }) {
  return <span className="share" aria-hidden="true"><span style={{ width: `${(100 * value) / Math.max(most, 1)}%` }} /></span>;
}
