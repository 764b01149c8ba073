"""Feeds mutated statements to the analyzer and stops at nothing but an exception.

    python -m tests.fuzz.fuzz_analyzer --count 1000000 [--seed N] [--workers N]

Each mutant must get an answer from `analyze`, and a redacted text with a fingerprint that redacting
once more does not change. Prints every failure with the statement, and the slowest answers. Exit code 1 if any failed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
import traceback
from dataclasses import dataclass, field

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.fingerprint import normalize
from query_lineage_tracker.lineage.result import Coverage, ObjectName
from tests.fuzz.mutants import Mutants, seeds
from tests.oracle import queries

KNOWN = {
    ObjectName(catalog, schema, table): tuple(name for name, _ in columns)
    for catalog, schemas in queries.TABLES.items()
    for schema, tables in schemas.items()
    for table, columns in tables.items()
}


@dataclass
class Findings:
    """What a run found: the failures with their statements, how often each coverage, the slowest statement."""

    failures: list[tuple[str, str]] = field(default_factory=list)
    coverages: dict[str, int] = field(default_factory=dict)
    slowest_ms: float = 0.0
    slowest: str = ""


def check(sql: str) -> str:
    """The coverage of the answer; raises what the analyzer raises, AssertionError for an answer that is no answer."""
    result = analyze(sql, catalog="lake", schema="s", columns=KNOWN)
    assert (result.error is None) or result.coverage is Coverage.NONE, "a syntax error with lineage"
    normalized = normalize(sql)
    again = normalize(normalized.redacted)
    assert again.fingerprint == normalized.fingerprint, "redaction changed the fingerprint"
    assert again.redacted == normalized.redacted, "redaction is not idempotent"
    return result.coverage.value


def run(statements: list[str], seed: int, count: int) -> Findings:
    findings = Findings()
    for sql in Mutants(statements, seed).stream(count):
        start = time.perf_counter()
        try:
            coverage = check(sql)
        except Exception:
            findings.failures.append((traceback.format_exc(limit=-3), sql))
            continue
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
        found = list(pool.imap_unordered(run_share, shares))
    report(found, options.count, time.perf_counter() - start)
    return int(any(findings.failures for findings in found))


def report(found: list[Findings], count: int, seconds: float) -> None:
    failures = [failure for findings in found for failure in findings.failures]
    for trace, sql in failures[:20]:
        print(f"{trace}\n    {sql!r:.2000}\n")
    coverages = {name: sum(f.coverages.get(name, 0) for f in found) for name in ("COLUMN", "TABLE", "NONE")}
    slowest = max(found, key=lambda findings: findings.slowest_ms)
    print(f"{count:,} mutated statements in {seconds:,.0f} s, {len(failures)} failures; coverage {coverages}")
    print(f"slowest: {slowest.slowest_ms:.0f} ms for {len(slowest.slowest):,} characters: {slowest.slowest!r:.200}")


if __name__ == "__main__":
    sys.exit(main())
