import { go, hrefWith, type Place } from "../routing";
import { DEPTHS, SEEN_DAYS } from "./question";

/** What of the graph to show. */
export function GraphControls({ place, column }: { place: Place; column: string | null }) {
  const { params } = place;
  const set = (name: string) => (event: { target: { value: string } }) => go(hrefWith(place, { [name]: event.target.value, grow: null }), "replace");
  const check = (name: string, value = "true") => (event: { target: { checked: boolean } }) => go(hrefWith(place, { [name]: event.target.checked ? value : null }), "replace");
  return (
    <div className="controls" role="group" aria-label="What to show">
      <Choice name="Upstream" value={params.get("up") ?? "1"} values={DEPTHS} onChange={set("up")} />
      <Choice name="Downstream" value={params.get("down") ?? "1"} values={DEPTHS} onChange={set("down")} />
      <label>
        <span>Seen in the last</span>
        <select value={params.get("seen") ?? ""} onChange={set("seen")}>
          <option value="">any time</option>
          {SEEN_DAYS.map((days) => <option key={days} value={days}>{days} days</option>)}
        </select>
      </label>
      <Check name="indirect columns" checked={params.get("indirect") === "true"} onChange={check("indirect")} />
      <Check name="ended edges" checked={params.get("ended") === "true"} onChange={check("ended")} />
      {!column && (
        <>
          <Check name="see through views" checked={params.get("views") === "through"} onChange={check("views", "through")} />
          <Check name="see through gone tables" checked={params.get("gone") === "through"} onChange={check("gone", "through")} />
          <Check name="fold schemas" checked={params.get("fold") === "schema"} onChange={check("fold", "schema")} />
        </>
      )}
    </div>
  );
}

type ChoiceProps = { name: string; value: string; values: readonly string[]; onChange: (event: { target: { value: string } }) => void };

function Choice({ name, value, values, onChange }: ChoiceProps) {
  return (
    <label>
      <span>{name}</span>
      <select value={value} onChange={onChange}>{values.map((one) => <option key={one}>{one}</option>)}</select>
    </label>
  );
}

function Check({ name, checked, onChange }: { name: string; checked: boolean; onChange: (event: { target: { checked: boolean } }) => void }) {
  return <label className="check"><input type="checkbox" checked={checked} onChange={onChange} /><span>{name}</span></label>;
}
