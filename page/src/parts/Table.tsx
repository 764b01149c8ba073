import type { ReactNode } from "react";

export type Column<T> = {
  name: string;
  cell: (row: T) => ReactNode;
  /** Numbers stand at the right; a wide column may wrap; one that fills takes what is left, and its text is cut. */
  kind?: "number" | "wide" | "narrow" | "fill";
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
          <tr>{columns.map((column) => <th key={column.name} scope="col" className={column.kind}>{column.name}</th>)}</tr>
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

type PagesProps = { first: boolean; newest: ReactNode; next: ReactNode; children?: ReactNode };

/** Where a list goes on. */
export function Pages({ first, newest, next, children }: PagesProps) {
  return <nav className="pages" aria-label="Pages of the list">{!first && newest}{next ?? <span className="quiet">End of the list</span>}{children}</nav>;
}
