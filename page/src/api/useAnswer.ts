import { useCallback, useEffect, useState } from "react";
import { addressOf, ask, Problem, type AnswerOf, type Params, type Route } from "./ask";

export type Answer<T> = {
  /** The answer, or the one before it while a new one is awaited. */
  value: T | null;
  problem: Problem | null;
  loading: boolean;
  /** When the answer came. */
  at: string | null;
  again: () => void;
};

type Held<T> = { address: string | null; value: T | null; problem: Problem | null; at: string | null; settled: boolean };

/** The API's answer to a question; asked again when the question changes. Null asks nothing. */
export function useAnswer<P extends Route>(route: P, params: Params<P> | null): Answer<AnswerOf<P>> {
  const address = params && addressOf(route, params);
  const [round, setRound] = useState(0);
  const [held, setHeld] = useState<Held<AnswerOf<P>>>({ address: null, value: null, problem: null, at: null, settled: true });

  useEffect(() => {
    if (address === null) return;
    const abort = new AbortController();
    setHeld((before) => ({ ...before, settled: false }));
    ask<AnswerOf<P>>(address, abort.signal).then(
      (value) => setHeld({ address, value, problem: null, at: new Date().toISOString(), settled: true }),
      (problem: unknown) => {
        if (abort.signal.aborted) return;
        setHeld({ address, value: null, problem: worded(problem), at: null, settled: true });
      },
    );
    return () => abort.abort();
  }, [address, round]);

  const again = useCallback(() => setRound((before) => before + 1), []);
  const loading = address !== null && (!held.settled || held.address !== address);
  return { value: address === null ? null : held.value, problem: loading ? null : held.problem, loading, at: held.at, again };
}

function worded(problem: unknown): Problem {
  return problem instanceof Problem ? problem : new Problem(0, String(problem), "Please report this.");
}
