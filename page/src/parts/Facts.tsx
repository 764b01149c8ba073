import type { ReactNode } from "react";

export type Fact = [name: string, value: ReactNode];

/** Names with their values; what has no value is left out. */
export function Facts({ facts }: { facts: Fact[] }) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return (
    <dl className="facts">
      {known.map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}

/** A part of a page with a heading of its own. */
export function Section({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className="card">
      <h2>{title}{note && <span className="note">{note}</span>}</h2>
      {children}
    </section>
  );
}
