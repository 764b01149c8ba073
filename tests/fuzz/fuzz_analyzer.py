"""Feeds mutated statements to the analyzer and stops at nothing but an exception.

    python -m tests.fuzz.fuzz_analyzer --count 1000000 [--seed N] [--workers N]

Each mutant must get an answer from `analyze`, also as JSON; what has the fingerprint of an earlier one must have its
lineage. One in eight is redacted too: fingerprint and lineage must stay, and redacting once more must change nothing.
Prints the failures, shortest statement first, and the slowest statement. Exit code 1 if any failed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
import traceback
from dataclasses import dataclass, field

from query_lineage_tracker.lineage.answer import answer as as_dictionary
from query_lineage_tracker.lineage.fingerprint import fingerprint, normalize
from query_lineage_tracker.lineage.result import Coverage
from tests.fuzz.mutants import Mutants, seeds
from tests.fuzz.outlines import Outline, answer, outline


@dataclass
class Findings:
    """What a run found: the failures with their statements, how often each coverage, the slowest statement."""

    failures: list[tuple[str, str]] = field(default_factory=list)
    coverages: dict[str, int] = field(default_factory=dict)
    slowest_ms: float = 0.0
    slowest: str = ""
    repeated: int = 0


REDACTED_SHARE = 8
"""One statement in so many is redacted too, which takes four times as long as its analysis."""
Seen = dict[str, tuple[Outline, str]]


def check(sql: str, seen: Seen) -> str:
    """The coverage of the answer; raises what the analyzer raises, AssertionError for an answer that is no answer.

    `seen` holds the lineage of each fingerprint met so far.
    """
    result = answer(sql)
    assert (result.error is None) or result.coverage is Coverage.NONE, "a syntax error with lineage"
    json.dumps(as_dictionary(result, ""))
    own = outline(result)
    before, other = seen.setdefault(fingerprint(sql), (own, sql))
    assert before == own, f"equal fingerprint, other lineage: {other!r}"
    return result.coverage.value


def check_redaction(sql: str) -> None:
    """Raises AssertionError if redaction changes the fingerprint or the lineage, or would change its own result."""
    own = outline(answer(sql))
    for literals in (False, True):
        normalized = normalize(sql, literals=literals)
        again = normalize(normalized.redacted, literals=literals)
        assert again.fingerprint == normalized.fingerprint, "redaction changed the fingerprint"
        assert again.redacted == normalized.redacted, "redaction is not idempotent"
        if normalized.redacted != sql:
            assert outline(answer(normalized.redacted)) == own, f"other lineage when redacted: {normalized.redacted!r}"


def run(statements: list[str], seed: int, count: int) -> Findings:
    findings, seen = Findings(), Seen()
    for number, sql in enumerate(Mutants(statements, seed).stream(count)):
        start = time.perf_counter()
        known = len(seen)
        try:
            coverage = check(sql, seen)
            if number % REDACTED_SHARE == 0:
                check_redaction(sql)
        except Exception:
            findings.failures.append((traceback.format_exc(limit=-3), sql))
            continue
        findings.repeated += len(seen) == known
        findings.coverages[coverage] = findings.coverages.get(coverage, 0) + 1
        elapsed = 1_000 * (time.perf_counter() - start)
        if elapsed > findings.slowest_ms:
            findings.slowest_ms, findings.slowest = elapsed, sql
    return findings


def run_share(share: tuple[int, int]) -> Findings:
    return run(seeds(), *share)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    chunk = 10_000
    shares = [
        (options.seed * 1_000_003 + i, min(chunk, options.count - start))
        for i, start in enumerate(range(0, options.count, chunk))
    ]
    start = time.perf_counter()
    with multiprocessing.Pool(options.workers) as pool:
        found = []
        for findings in pool.imap_unordered(run_share, shares):
            found.append(findings)
            failed = sum(len(findings.failures) for findings in found)
            print(f"{len(found)} of {len(shares)} shares, {failed} failures", file=sys.stderr, flush=True)
    report(found, options.count, time.perf_counter() - start)
    return int(any(findings.failures for findings in found))


def report(found: list[Findings], count: int, seconds: float) -> None:
    failures = [failure for findings in found for failure in findings.failures]
    for trace, sql in sorted(failures, key=lambda failure: len(failure[1]))[:20]:
        print(f"{trace}\n    {sql!r:.2000}\n")
    coverages = {name: sum(f.coverages.get(name, 0) for f in found) for name in ("COLUMN", "TABLE", "NONE")}
    slowest = max(found, key=lambda findings: findings.slowest_ms)
    repeated = sum(findings.repeated for findings in found)
    print(f"{count:,} mutated statements in {seconds:,.0f} s, {len(failures)} failures; coverage {coverages}")
    print(f"{repeated:,} had the fingerprint of an earlier one, and its lineage")
    print(f"slowest: {slowest.slowest_ms:.0f} ms for {len(slowest.slowest):,} characters: {slowest.slowest!r:.200}")


if __name__ == "__main__":
    sys.exit(main())
