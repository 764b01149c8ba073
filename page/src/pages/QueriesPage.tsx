import { useState } from "react";
import type { Params } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { Answered, Advice } from "../parts/Answered";
import { Pages } from "../parts/Table";
import { Chips, type Chip } from "../parts/Chips";
import { Downloads, MOST_IN_FILE } from "../parts/Downloads";
import { QueryTable } from "../parts/QueryTable";
import { TimeRange } from "../parts/TimeRange";
import { Time } from "../parts/Marks";
import { go, hrefWith, Link, usePlace, type Place } from "../routing";
import { Facets } from "./Facets";

type Wanted = Params<"/api/v1/queries">;

const FILTERS = ["text", "user", "source", "tool", "state", "error", "kind", "table", "cluster"] as const;
const LONGER = [["1000", "1 s"], ["10000", "10 s"], ["60000", "1 min"], ["600000", "10 min"]] as const;

/** The search that an address asks for. */
function wantedOf({ params }: Place): Wanted {
  const of = (name: string) => params.get(name) ?? undefined;
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, of(name)]));
  return { ...wanted, since: of("since"), until: of("until"), at_least_ms: of("at_least_ms") } as Wanted;
}

export function QueriesPage() {
  const place = usePlace();
  const wanted = wantedOf(place);
  const cursor = place.params.get("cursor") ?? undefined;
  const page = useAnswer("/api/v1/queries", { ...wanted, cursor });
  const facets = useAnswer("/api/v1/queries/facets", wanted);
  return (
    <>
      <div className="heading">
        <h1>Queries</h1>
        <TimeRange place={place} unasked="Last 7 days" />
      </div>
      <Search key={place.params.get("text") ?? ""} place={place} />
      <Chips place={place} chips={chipsOf(place)} />
      <div className="with-facets">
        {/* Why there is no answer is said once. */}
        {page.problem ? <div /> : <Facets place={place} answer={facets} />}
        <div>
          <Answered answer={page} what="the queries">
            {(found) => (
              <>
                <Advice>{found.advice}</Advice>
                {found.searched_back_to && <p className="quiet">Searched back to <Time at={found.searched_back_to} />.</p>}
                <QueryTable rows={found.rows} found={wanted.text ?? undefined} empty={chipsOf(place).length ? "No query is like that in this time. Take a filter away, or a longer time." : "No query came in in this time. Take a longer time."} />
                <Pages first={!cursor}
                  newest={<Link href={hrefWith(place, { cursor: null })}>Newest</Link>}
                  next={found.next && <Link href={hrefWith(place, { cursor: found.next })}>Older</Link>}>
                  <Downloads capped={found.next !== null} route="/api/v1/queries" params={{ ...wanted, cursor, limit: MOST_IN_FILE }} />
                </Pages>
              </>
            )}
          </Answered>
        </div>
      </div>
    </>
  );
}

function chipsOf({ params }: Place): Chip[] {
  const chips: Chip[] = FILTERS.filter((name) => params.get(name)).map((name) => ({ name, value: params.get(name) ?? "" }));
  const longer = params.get("at_least_ms");
  if (longer) chips.push({ name: "at_least_ms", told: "at least", value: LONGER.find(([ms]) => ms === longer)?.[1] ?? `${longer} ms` });
  return chips;
}

function Search({ place }: { place: Place }) {
  const [text, setText] = useState(place.params.get("text") ?? "");
  const [table, setTable] = useState("");
  const short = text.trim().length > 0 && text.trim().length < 3;
  const me = useAnswer("/api/v1/me", {});
  const partly = me.value !== null && me.value.sql !== "full";
  return (
    <form className="search" role="search" aria-label="Search queries"
      onSubmit={(event) => {
        event.preventDefault();
        if (!short) go(hrefWith(place, { text: text.trim(), ...(table.trim() && { table: table.trim() }), cursor: null }));
      }}>
      <label className="grow">
        <span>Text in the SQL</span>
        <input type="search" value={text} onChange={(event) => setText(event.target.value)} aria-describedby="text-short" placeholder="three characters or more" />
      </label>
      <label>
        <span>Table</span>
        <input value={table} onChange={(event) => setTable(event.target.value)} placeholder="schema.name" />
      </label>
      <label>
        <span>Took at least</span>
        <select value={place.params.get("at_least_ms") ?? ""} onChange={(event) => go(hrefWith(place, { at_least_ms: event.target.value, cursor: null }))}>
          <option value="">any time</option>
          {LONGER.map(([ms, told]) => <option key={ms} value={ms}>{told}</option>)}
        </select>
      </label>
      <button type="submit" disabled={short}>Search</button>
      <p id="text-short" className="quiet" role="status">
        {short ? "Type three characters or more." : partly ? "Searched are names and keywords: your role does not search quoted texts, numbers and comments." : ""}
      </p>
    </form>
  );
}
