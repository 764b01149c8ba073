import { useEffect, useMemo, useState } from "react";
import { addressOf, ask, type Problem } from "../api/ask";
import { useAnswer } from "../api/useAnswer";
import { merged } from "./merged";
import { stepQuestion, type Graph, type Step, type Wanted } from "./question";

type Shown = { graph: Graph | null; problem: Problem | null; loading: boolean; again: () => void };

/** The graph around a focus, with what was expanded since. */
export function useGraph(wanted: Wanted, steps: readonly Step[]): Shown {
  const first = useAnswer("/api/v1/lineage", wanted);
  const addresses = steps.map((step) => addressOf("/api/v1/lineage", stepQuestion(step, wanted)));
  const grown = useAll(addresses);
  const graph = useMemo(() => merged([...(first.value ? [first.value] : []), ...grown.answers]), [first.value, grown.answers]);
  return { graph, problem: first.problem, loading: first.loading || grown.waiting, again: first.again };
}

/** Answers to several questions, each asked once. What fails stays away: its node keeps its "+n". */
function useAll(addresses: readonly string[]): { answers: Graph[]; waiting: boolean } {
  const [known, setKnown] = useState<ReadonlyMap<string, Graph | null>>(new Map());
  const missing = addresses.filter((address) => !known.has(address)).join("\n");
  useEffect(() => {
    if (!missing) return;
    const abort = new AbortController();
    const settle = (address: string, answer: Graph | null) => {
      if (!abort.signal.aborted) setKnown((before) => new Map(before).set(address, answer));
    };
    for (const address of missing.split("\n"))
      ask<Graph>(address, abort.signal).then((answer) => settle(address, answer), () => settle(address, null));
    return () => abort.abort();
  }, [missing]);
  const wanted = addresses.join("\n");
  return useMemo(() => {
    const answers = wanted.split("\n").map((address) => known.get(address)).filter((answer) => answer !== null && answer !== undefined);
    return { answers, waiting: missing !== "" };
  }, [wanted, known, missing]);
}
