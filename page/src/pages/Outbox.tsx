import { useState } from "react";
import { change, type Schemas } from "../api/ask";
import { useAnswer, type Answer } from "../api/useAnswer";
import { counted } from "../format";
import { Answered } from "../parts/Answered";
import { Downloads, MOST_IN_FILE } from "../parts/Downloads";
import { Section } from "../parts/Facts";
import { State, Time } from "../parts/Marks";
import { Table, type Column } from "../parts/Table";
import { hrefWith, Link, type Place } from "../routing";

type Message = Schemas["WaitingMessage"];
type Wanted = Parameters<typeof change<"/api/v1/outbox/requeue">>[1];

const STATES = [["", "All"], ["pending", "Waiting"], ["parked", "Parked"], ["dead", "Dead"]] as const;
const MOST = 100;

/** The messages that catalogs do not have yet, and for operators what can be done about them. */
export function Outbox({ place, changed }: { place: Place; changed: () => void }) {
  const state = STATES.map(([key]) => key).find((key) => key === place.params.get("state")) || null;
  const sink = place.params.get("sink");
  const asked = { state, sink };
  const answer = useAnswer("/api/v1/outbox", { ...asked, limit: MOST });
  const me = useAnswer("/api/v1/me", {});
  const [told, setTold] = useState("");

  async function act(route: "/api/v1/outbox/requeue" | "/api/v1/outbox/drop", wanted: Wanted, done: string) {
    try {
      setTold(`${counted(await change(route, wanted), "message")} ${done}.`);
    } catch (problem) {
      setTold(problem instanceof Error ? problem.message : String(problem));
    }
    answer.again();
    changed();
  }

  const requeue = (wanted: Wanted) => void act("/api/v1/outbox/requeue", wanted, "will be tried again at once");
  const drop = (message: Message) => {
    if (confirm(`${message.sink} will not be told of ${message.about}. Drop the message?`))
      void act("/api/v1/outbox/drop", one(message), "dropped");
  };
  const operator = me.value?.role === "operator";
  return (
    <Section title="Outbox" note={sink && `for ${sink}`}>
      <div className="heading">
        <nav className="ranges" aria-label="Which messages">
          {STATES.map(([key, name]) => (
            <Link key={key} href={hrefWith(place, { state: key })} aria-current={(state ?? "") === key ? "true" : undefined}>{name}</Link>
          ))}
        </nav>
        {operator && <button type="button" onClick={() => requeue({ states: ["PARKED", "DEAD"], sink })}>Try parked and dead ones again</button>}
      </div>
      <p role="status">{told}</p>
      <Messages answer={answer} asked={asked} actions={operator ? [actionsColumn(requeue, drop)] : []} />
    </Section>
  );
}

function Messages({ answer, asked, actions }: { answer: Answer<Message[]>; asked: object; actions: Column<Message>[] }) {
  return (
    <Answered answer={answer} what="the messages">
      {(rows) => (
        <>
          <Table caption="Messages that catalogs do not have" rows={rows} keyOf={(row) => `${row.sink} ${row.kind} ${row.entity}`} empty="No message waits."
            columns={[
              { name: "Catalog", kind: "narrow", cell: (row) => row.sink },
              { name: "About", kind: "wide", cell: (row) => <><span className="quiet">{row.kind.toLowerCase()}</span> {row.about}</> },
              { name: "State", kind: "narrow", cell: (row) => <State value={row.state.toUpperCase()} /> },
              { name: "Reason", kind: "wide", cell: (row) => row.reason ?? <span className="quiet">not tried yet</span> },
              { name: "Attempts", kind: "number", cell: (row) => row.attempts },
              { name: "Since", kind: "narrow", cell: (row) => <Time at={row.since} /> },
              { name: "Next attempt", kind: "narrow", cell: (row) => (row.state.toUpperCase() === "DEAD" ? <span className="quiet">none</span> : <Time at={row.next_attempt} />) },
              ...actions,
            ]} />
          {rows.length === MOST && <p className="quiet">These are {MOST}; there may be more.</p>}
          {rows.length > 0 && <p className="pages"><Downloads route="/api/v1/outbox" params={{ ...asked, limit: MOST_IN_FILE }} /></p>}
        </>
      )}
    </Answered>
  );
}

const one = ({ sink, kind, entity }: Message): Wanted => ({ states: ["PENDING", "PARKED", "DEAD"], sink, kind: kind as Wanted["kind"], entity });

function actionsColumn(requeue: (wanted: Wanted) => void, drop: (message: Message) => void): Column<Message> {
  return {
    name: "Change", kind: "narrow",
    cell: (row) => (
      <span className="actions small">
        <button type="button" aria-label={`Try again: ${row.kind.toLowerCase()} ${row.about}`} onClick={() => requeue(one(row))}>Try again</button>
        <button type="button" aria-label={`Drop: ${row.kind.toLowerCase()} ${row.about}`} onClick={() => drop(row)}>Drop</button>
      </span>
    ),
  };
}
