import type { ReactNode } from "react";
import type { Problem } from "../api/ask";
import type { Answer } from "../api/useAnswer";
import { located } from "../root";
import { whereabouts } from "../routing";

type Props<T> = { answer: Answer<T>; what: string; children: (value: T) => ReactNode };

/** What an answer shows: itself, that it is awaited, or why there is none. An old answer stays while a new one comes. */
export function Answered<T>({ answer, what, children }: Props<T>) {
  if (answer.problem) return <Failed problem={answer.problem} what={what} again={answer.again} />;
  if (answer.value === null) return <Loading what={what} />;
  return (
    <div className={answer.loading ? "answered old" : "answered"} aria-busy={answer.loading}>
      {children(answer.value)}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return <p className="told waiting" role="status">Loading {what} …</p>;
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="told">{children}</p>;
}

/** What the reader should know about an answer: that it is not complete, and what would help. */
export function Advice({ children }: { children: ReactNode }) {
  return children ? <p className="advice" role="status">{children}</p> : null;
}

/** What somebody does first whose history is empty. */
export function NothingYet() {
  return <Advice>Nothing was ingested yet. <code>qlt run</code> follows a cluster, <code>qlt doctor</code> says what that still needs.</Advice>;
}

function Failed({ problem, what, again }: { problem: Problem; what: string; again: () => void }) {
  return (
    <div className="told failed" role="alert">
      <p><strong>{problem.status === 404 ? "Not there" : `Could not load ${what}`}.</strong> {problem.message}</p>
      {problem.hint && <p>{problem.hint}</p>}
      {problem.login && <p><a href={located(`${problem.login}?next=${encodeURIComponent(whereabouts())}`)}>Log in</a></p>}
      {problem.status !== 404 && <button type="button" onClick={again}>Try again</button>}
    </div>
  );
}
