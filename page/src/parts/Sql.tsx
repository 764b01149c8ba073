import { lazy, Suspense } from "react";

const SqlView = lazy(() => import("./SqlView"));

export type Marked = { start: number; end: number; told: string };

const FIRST_SHOWN = 5000;

/** A statement: at once as plain text, then coloured. `marks` are in characters of the text as Python counts them. */
export function Sql({ text, label, marks = [] }: { text: string; label: string; marks?: readonly Marked[] }) {
  const plain = <pre className="sql plain" tabIndex={0} aria-label={label}>{text.slice(0, FIRST_SHOWN)}</pre>;
  return <Suspense fallback={plain}><SqlView text={text} label={label} marks={marks} /></Suspense>;
}
