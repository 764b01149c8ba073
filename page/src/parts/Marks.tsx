import { ago, moment, nameParts } from "../format";
import { objectAt } from "../places";
import { Link } from "../routing";
import { zone } from "../settings";

const GOOD = new Set(["FINISHED", "COMMITTED"]);
const BAD = new Set(["FAILED", "NOT_WRITTEN", "LOST"]);
const KINDS: Record<string, { letter: string; name: string }> = {
  TABLE: { letter: "T", name: "table" },
  VIEW: { letter: "V", name: "view" },
  MATERIALIZED_VIEW: { letter: "M", name: "materialized view" },
  SCHEMA: { letter: "S", name: "schema" },
};

/** A state or outcome in its own word. */
export function State({ value }: { value: string | null | undefined }) {
  if (!value) return <span className="quiet">none</span>;
  const tone = GOOD.has(value) ? "good" : BAD.has(value) ? "bad" : "other";
  return <span className={`state ${tone}`}>{value.replace("_", " ").toLowerCase()}</span>;
}

export function KindMark({ kind }: { kind: string | null }) {
  const { letter, name } = (kind && KINDS[kind]) || { letter: "?", name: "of unknown kind" };
  return <span className={`kind kind-${letter === "?" ? "none" : letter}`} role="img" aria-label={name} title={name}>{letter}</span>;
}

export const kindName = (kind: string | null) => (kind && KINDS[kind]?.name) || "kind unknown";

/** A moment in the chosen zone; how long ago, on hovering. */
export function Time({ at }: { at: string | null | undefined }) {
  const shown = zone.use();
  return at ? <time dateTime={at} title={ago(at)}>{moment(at, shown)}</time> : <span className="quiet">never</span>;
}

type NameProps = { object: string; namespace?: string | null; gone?: boolean; href?: string };

/** The name of an object as a link; what stands before the last part is quieter. */
export function ObjectLink({ object, namespace = null, gone = false, href }: NameProps) {
  const { before, last } = nameParts(object);
  return (
    <Link className={`object${gone ? " gone" : ""}`} href={href ?? objectAt(object, namespace)}>
      {before && <span className="before">{before}.</span>}{last}
    </Link>
  );
}

const METHODS: Record<string, string> = {
  ENGINE: "Trino said so",
  PARSED: "read from the SQL",
  BOTH: "Trino said so, and the SQL says it",
  CLAIMED: "another tool said so",
  MIXED: "in several ways",
};

/** How something is known. */
export function Method({ value }: { value: string | null | undefined }) {
  return <span className="quiet">{(value && METHODS[value]) ?? "not known"}</span>;
}
