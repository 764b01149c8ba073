import { useState } from "react";
import type { Schemas } from "../api/ask";
import type { Answer } from "../api/useAnswer";
import { count } from "../format";
import { Answered } from "../parts/Answered";
import { hrefWith, Link, type Place } from "../routing";

type Found = Schemas["QueryFacets"];

const GROUPS = [
  ["state", "State", "states"],
  ["error", "Error", "errors"],
  ["user", "User", "users"],
  ["tool", "Tool", "tools"],
  ["source", "Source", "sources"],
  ["kind", "Kind", "kinds"],
] as const;
const SHOWN = 8;

/** What the found queries have in common; each value is a filter. */
export function Facets({ place, answer }: { place: Place; answer: Answer<Found> }) {
  const [isOpen, setOpen] = useState(() => matchMedia("(min-width: 861px)").matches);
  return (
    <aside className="facets" aria-label="Filters">
      {/* In a narrow window the filters stand above what is found: they are closed there at first. */}
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Filters</summary>
        <Answered answer={answer} what="the filters">
          {(found) => (
            <>
              <p className="quiet">
                {found.capped ? `Counted over the newest ${count(found.counted)}` : `${count(found.counted)} found`}
              </p>
              {GROUPS.map(([name, title, key]) => <Group key={name} place={place} name={name} title={title} facets={found[key]} />)}
            </>
          )}
        </Answered>
      </details>
    </aside>
  );
}

function Group({ place, name, title, facets }: { place: Place; name: string; title: string; facets: readonly Schemas["Facet"][] }) {
  if (facets.length === 0) return null;
  const current = place.params.get(name);
  return (
    <section>
      <h2>{title}</h2>
      <ul>
        {facets.slice(0, SHOWN).map((facet) => (
          <li key={facet.value}>
            <Link href={hrefWith(place, { [name]: current === facet.value ? null : facet.value, cursor: null })}
              aria-current={current === facet.value ? "true" : undefined}>
              <span className="value" title={facet.value}>{facet.value}</span> <span className="number">{count(facet.queries)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
