import { useEffect, useRef, useState, type ReactNode } from "react";
import { logOut } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { zoneName, localZone, theme, zone } from "../settings";
import { located } from "../root";
import { Link } from "../routing";
import { objectAt, queriesAt, queryAt, traceAt } from "../places";
import { Finder } from "./Finder";

const LINKS = [
  { path: "/", name: "Overview", also: [] },
  { path: "/queries", name: "Queries", also: ["/query"] },
  { path: "/objects", name: "Objects", also: ["/object"] },
  { path: "/graph", name: "Lineage", also: [] },
  { path: "/impact", name: "Impact", also: [] },
  { path: "/costs", name: "Costs", also: [] },
  { path: "/sync", name: "Sync", also: [] },
  { path: "/health", name: "Health", also: [] },
];

export function Shell({ path, title, children }: { path: string; title: string; children: ReactNode }) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${title} · Query Lineage Tracker`;
    // What is new is read from its beginning; the first page is where the browser put us.
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [path, title]);

  return (
    <>
      <a className="skip" href="#main">Skip to the content</a>
      <header className="top">
        <Link className="brand" href="/">
          <img src={located("/mark.svg")} alt="" width="24" height="24" /> Query Lineage Tracker
        </Link>
        <Finder
          label="Find a table, a column, a query"
          objectHref={(found) => objectAt(found.object, found.namespace)}
          columnHref={(found) => traceAt(found.object, found.namespace, found.column)}
          queryHref={(id, cluster) => queryAt(cluster, id)}
          textHref={(text) => queriesAt({ text })}
        />
        <Choices />
        <Session />
      </header>
      <nav className="side" aria-label="Pages">
        {LINKS.map((link) => (
          <Link key={link.path} href={link.path} aria-current={here(link, path) ? "page" : undefined}>
            {link.name}
          </Link>
        ))}
      </nav>
      <main id="main" ref={main} tabIndex={-1} className={path === "/graph" ? "wide" : undefined}>
        {children}
      </main>
    </>
  );
}

const here = (link: (typeof LINKS)[number], path: string) => link.path === path || link.also.some((at) => at === path);

/** Who is logged in here, and the way out; nothing for those who are known otherwise. */
function Session() {
  const { value: me } = useAnswer("/api/v1/me", {});
  const [problem, setProblem] = useState("");
  if (!me?.session) return null;
  const leave = () => void logOut().catch((error: unknown) => setProblem(String(error)));
  return (
    <div className="session">
      <span title={`${me.name}, ${me.role}`}>{me.name}</span>
      <button type="button" onClick={leave}>Log out</button>
      <span role="status">{problem}</span>
    </div>
  );
}

function Choices() {
  const shown = theme.use();
  const times = zone.use();
  return (
    <div className="choices">
      <label>
        <span className="unseen">Time zone</span>
        <select value={times} onChange={(event) => zone.set(event.target.value === "UTC" ? "UTC" : "local")}>
          <option value="local">{localZone === "UTC" ? "UTC (here)" : zoneName("local")}</option>
          <option value="UTC">UTC</option>
        </select>
      </label>
      <label>
        <span className="unseen">Colours</span>
        <select
          value={shown}
          onChange={(event) => theme.set(event.target.value as ReturnType<typeof theme.get>)}
        >
          <option value="system">System colours</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
    </div>
  );
}
