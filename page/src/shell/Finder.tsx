import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import type { Schemas } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { KindMark } from "../parts/Marks";
import { go } from "../routing";

const QUERY_ID = /^\d{8}_\d{6}_\d{5}_\w+$/;
const SHOWN = 7;
const PATIENCE_MS = 180;

type Column = Schemas["FoundColumn"];
type Found = Schemas["FoundObject"];

type Choice = { key: string; group: string; label: string; note: string; kind?: string | null; href: string };

type Props = {
  label: string;
  initial?: string;
  objectHref: (found: { object: string; namespace: string }) => string;
  columnHref: (found: { object: string; namespace: string; column: string }) => string;
  queryHref?: (id: string, cluster: string) => string;
  textHref?: (text: string) => string;
};

/** A field that finds objects and columns by a part of their names, and leads to them: a combobox with a list. */
export function Finder({ label, initial = "", ...to }: Props) {
  const id = useId();
  const [typed, setTyped] = useState(initial);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [eager, setEager] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const text = useSettled(typed.trim());
  const asked = open && text.length >= 2 ? text : null;
  const { objectText, columnText } = split(asked);
  const objects = useAnswer("/api/v1/objects", objectText === null ? null : { text: objectText, limit: SHOWN });
  const columns = useAnswer("/api/v1/columns", columnText === null ? null : { text: columnText, limit: SHOWN });
  const shown = open && typed.trim().length >= 2;
  const waiting = shown && (text !== typed.trim() || objects.loading || columns.loading);
  const choices = choicesOf(typed.trim(), asked ? (objects.value?.rows ?? []) : [], asked ? (columns.value?.rows ?? []) : [], to)
    .filter((choice) => !waiting || stillMeant(choice, typed.trim()));

  function take(choice: Choice | undefined) {
    setEager(false);
    if (!choice) return;
    setOpen(false);
    setActive(-1);
    go(choice.href);
  }

  // Who presses Enter before the answer is there gets the first of it.
  useEffect(() => {
    if (eager && !waiting) take(choices[0]);
  });

  function onKeyDown(event: KeyboardEvent) {
    const last = choices.length - 1;
    if (event.key === "ArrowDown") setActive((at) => (at >= last ? 0 : at + 1));
    else if (event.key === "ArrowUp") setActive((at) => (at <= 0 ? last : at - 1));
    else if (event.key === "Enter" && active < 0 && waiting) setEager(true);
    else if (event.key === "Enter") take(choices[Math.max(active, 0)]);
    else if (event.key === "Escape") setOpen(false);
    else return;
    event.preventDefault();
    if (event.key.startsWith("Arrow")) setOpen(true);
  }

  return (
    <div className="finder" ref={box} role="search" aria-label={label}
      onBlur={(event) => !box.current?.contains(event.relatedTarget) && setOpen(false)}>
      <input
        type="search" role="combobox" autoComplete="off" spellCheck={false} placeholder={label} aria-label={label}
        aria-expanded={shown} aria-controls={`${id}-list`} aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
        value={typed}
        onChange={(event) => { setTyped(event.target.value); setOpen(true); setActive(-1); setEager(false); }}
        onFocus={() => setOpen(true)} onKeyDown={onKeyDown}
      />
      <div className="found" hidden={!shown}>
        <ul id={`${id}-list`} role="listbox" aria-label="Found">
          {choices.map((choice, at) => (
            <li
              key={choice.key} id={`${id}-${at}`} role="option" aria-selected={at === active}
              onMouseDown={(event) => event.preventDefault()} onClick={() => take(choice)}
            >
              <span className="group">{choice.group}</span>
              {choice.kind !== undefined && <KindMark kind={choice.kind} />}
              <span className="name">{choice.label}</span>
              <span className="note">{choice.note}</span>
            </li>
          ))}
        </ul>
        <p role="status">{waiting ? "Looking …" : choices.length ? "" : `Nothing is called “${typed.trim()}”.`}</p>
      </div>
    </div>
  );
}

/** Whether what was found for another text may be found for this one as well. */
const stillMeant = ({ label, group }: Choice, text: string) => group === "Query" || group === "SQL" || label.toLowerCase().includes(text.toLowerCase());

/** "orders.total" asks for columns called total as well. */
function split(text: string | null): { objectText: string | null; columnText: string | null } {
  if (text === null) return { objectText: null, columnText: null };
  const last = text.split(".").at(-1) ?? "";
  return { objectText: text, columnText: last.length >= 2 ? last : null };
}

function choicesOf(text: string, objects: Found[], columns: Column[], to: Omit<Props, "label" | "initial">): Choice[] {
  const choices: Choice[] = [];
  if (to.queryHref && QUERY_ID.test(text))
    choices.push({ key: "id", group: "Query", label: text, note: "open", href: to.queryHref(text, "") });
  for (const found of objects)
    choices.push({
      key: `o${found.object_id}`, group: "Object", label: found.object, kind: found.kind,
      note: found.gone ? "gone" : `${found.upstream} up · ${found.downstream} down`, href: to.objectHref(found),
    });
  const table = text.split(".").slice(0, -1).join(".");
  for (const found of columns.filter((one) => !table || one.object.includes(table)))
    choices.push({
      key: `c${found.object_id}.${found.column}`, group: "Column", label: `${found.object}.${found.column}`,
      note: `${found.upstream} up · ${found.downstream} down`, href: to.columnHref(found),
    });
  if (to.textHref && text.length >= 3)
    choices.push({ key: "text", group: "SQL", label: `“${text}” in query texts`, note: "", href: to.textHref(text) });
  return choices;
}

/** The value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
