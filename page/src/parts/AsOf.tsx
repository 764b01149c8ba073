import { useEffect } from "react";
import type { Answer } from "../api/useAnswer";
import { Time } from "./Marks";

const OFTEN_MS = 60_000;

/** How old an answer about the present is; it is asked for again every minute while somebody can see it. */
export function AsOf({ at, again }: Pick<Answer<unknown>, "at" | "again">) {
  useEffect(() => {
    const look = () => document.visibilityState === "visible" && again();
    const rounds = setInterval(look, OFTEN_MS);
    return () => clearInterval(rounds);
  }, [again]);
  if (!at) return null;
  return <span className="as-of quiet">as of <Time at={at} /> <button type="button" onClick={again}>Look again</button></span>;
}
