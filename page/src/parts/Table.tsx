import type { ReactNode } from "react";
import { Link } from "../routing";

export type Column<T> = {
  name: string;
  cell: (row: T) => ReactNode;
  /** Numbers stand at the right; a wide column may wrap; one that fills takes what is left, and its text is cut. */
  kind?: "number" | "wide" | "narrow" | "fill";
  /** A list can be sorted by it, the largest first: the address of that, and whether it is so now. */
  sorted?: { href: string; now: boolean };
};

type Props<T> = { caption: string; columns: Column<T>[]; rows: readonly T[]; keyOf: (row: T, at: number) => string; empty?: string };

/** A list as a real table. */
export function Table<T>({ caption, columns, rows, keyOf, empty = "There is nothing to list." }: Props<T>) {
  if (rows.length === 0) return <p className="told">{empty}</p>;
  return (
    <div className="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>{columns.map((column) => <Head key={column.name} column={column} />)}</tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={keyOf(row, at)}>
              {columns.map((column) => <td key={column.name} className={column.kind}>{column.cell(row)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head<T>({ column: { name, kind, sorted } }: { column: Column<T> }) {
  if (!sorted) return <th scope="col" className={kind}>{name}</th>;
  return (
    <th scope="col" className={kind} aria-sort={sorted.now ? "descending" : undefined}>
      <Link href={sorted.href} title="the largest first">{name}{sorted.now && <span aria-hidden="true"> ▾</span>}</Link>
    </th>
  );
}

type PagesProps = { first: boolean; newest: ReactNode; next: ReactNode; children?: ReactNode };

/** Where a list goes on. */
export function Pages({ first, newest, next, children }: PagesProps) {
  return <nav className="pages" aria-label="Pages of the list">{!first && newest}{next ?? <span className="quiet">End of the list</span>}{children}</nav>;
}
