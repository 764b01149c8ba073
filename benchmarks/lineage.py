"""How fast the SQL analyzer is, beside its peers in the same run, and how it behaves at the limits.

    python -m benchmarks.lineage                    everything; installs the peers into an environment of their own
    python -m benchmarks.lineage speed log bounds import [--no-peers]

speed    ms a statement over the TPC-DS and TPC-H texts as CREATE TABLE AS, with their schemas
log      statements a second on a log of 10,000 with 300 fingerprints, cold, through fingerprint and cache
bounds   time and memory on texts of 1 KB to 1 MB, deep nesting, long lists, many columns, many named queries
import   how long the import of the analyzer takes

One core, one process, processor time, so that other work on the machine does not count. The TPC texts come from the
corpus of `tests.oracle.corpus`, which is built first if need be.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.oracle import corpus, queries, trino_oracle

from benchmarks.lineage_peers import PEERS, Statement, best_ms
from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.fingerprint import fingerprint, forget
from query_lineage_tracker.lineage.result import ObjectName

PEER_PACKAGES = ["sqlglot==30.30.0", "sqllineage==1.5.9", "openlineage-sql==1.54.0"]
PEER_HOME = trino_oracle.CACHE.parent / "benchmark-peers"
LITERALS = r"'x'|\b7\b|2026-01-01"
LOG_LENGTH, LOG_FINGERPRINTS = 10_000, 300
Known = dict[ObjectName, dict[str, str]]


def known(tables: trino_oracle.Tables) -> Known:
    return {
        ObjectName(catalog, schema, name): {pair[0]: pair[1] for pair in columns}
        for catalog, schemas in tables.items()
        for schema, named in schemas.items()
        for name, columns in named.items()
    }


def row(name: str, *cells: str) -> None:
    print(f"{name:52}" + "".join(f"{cell:>15}" for cell in cells))


def peer_python() -> Path:
    """The Python of the environment that holds the peers, made on first use."""
    python = PEER_HOME / "bin" / "python"
    marker = PEER_HOME / "packages.txt"
    if not marker.exists() or marker.read_text().split() != PEER_PACKAGES:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEER_HOME)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEER_PACKAGES], check=True)
        marker.write_text("\n".join(PEER_PACKAGES))
    return python


def peer_times(peer: str, statements: list[Statement], tables: trino_oracle.Tables, rounds: int) -> dict[str, Any]:
    request = json.dumps({"statements": statements, "tables": tables, "rounds": rounds})
    script = str(Path(__file__).with_name("lineage_peers.py"))
    done = subprocess.run([str(peer_python()), script, peer], input=request.encode(), capture_output=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def timed_row(name: str, times: list[float | None]) -> None:
    good = [ms for ms in times if ms is not None] or [float("nan")]
    failed = f"{len(times) - len(good)} failed" if len(good) < len(times) else ""
    row(name, f"{statistics.median(good):.3f}", f"{statistics.fmean(good):.3f}", failed)


def speed(peers: bool) -> None:
    """Full table and column lineage of each TPC statement; the best of five rounds."""
    tables = corpus.load("tpc_tables.jsonl")[0]
    columns = known(tables)
    selects = [text for text in corpus.load("tpc.jsonl") if text["name"].endswith("select")]
    statements = [(f"CREATE TABLE result AS\n{text['sql']}", text["schema"]) for text in selects]
    print(f"\n{len(statements)} statements, TPC-DS and TPC-H as CREATE TABLE AS, with schemas")
    row("", "median ms", "mean ms")
    times = [
        best_ms(lambda one: analyze(one[0], catalog=one[1], schema="s", columns=columns), s, 5) for s in statements
    ]
    timed_row("ours: tables and columns", times)
    for peer in PEERS if peers else ():
        answer = peer_times(peer, statements, tables, 3)
        timed_row(f"{peer} {answer['version']}", answer["ms"])


def log_of_statements() -> list[str]:
    """10,000 statements that are 300 apart from their literals, some far more frequent than others."""
    dice = random.Random(5)
    shapes: dict[str, str] = {}
    for sql in queries.statements(2 * LOG_FINGERPRINTS, seed=23):
        # What follows ORDER BY may be an ordinal, which the fingerprint keeps.
        if re.search(LITERALS, sql) and "ORDER BY 7" not in sql:
            shapes.setdefault(fingerprint(sql), sql)
    chosen = list(shapes.values())[:LOG_FINGERPRINTS]
    order = chosen + dice.choices(chosen, [1 / (1 + i) for i in range(len(chosen))], k=LOG_LENGTH - len(chosen))
    dice.shuffle(order)
    return [with_other_literals(sql, dice) for sql in order]


def with_other_literals(sql: str, dice: random.Random) -> str:
    def other(found: re.Match[str]) -> str:
        return {"'": f"'v{dice.randrange(10**6)}'", "7": str(dice.randrange(10**6))}.get(
            found[0][0], f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
        )

    return re.sub(LITERALS, other, sql)


def log(peers: bool) -> None:
    statements = log_of_statements()
    columns = known(queries.TABLES)
    size = statistics.fmean(map(len, statements))
    print(f"\na log of {len(statements):,} statements, {size:.0f} characters on average")
    row("", "statements/s", "fingerprints")
    forget()
    start = time.process_time()
    results: dict[str, object] = {}
    for sql in statements:
        key = fingerprint(sql)
        if key not in results:
            results[key] = analyze(sql, catalog="lake", schema="s", columns=columns)
    row(
        "ours: fingerprint, cache, tables and columns",
        f"{len(statements) / (time.process_time() - start):,.0f}",
        str(len(results)),
    )
    for peer, share in {"openlineage-sql": 1, "sqlglot parse": 5, "sqllineage": 100}.items() if peers else ():
        sample = [(sql, "lake") for sql in statements[::share]]
        answer = peer_times(peer, sample, queries.TABLES, 1)
        good = [ms for ms in answer["ms"] if ms is not None]
        row(
            f"{peer} {answer['version']}",
            f"{1_000 * len(good) / sum(good):,.0f}",
            "" if share == 1 else f"1 of {share}",
        )


def text_of(size: int) -> str:
    """A statement of about so many characters: a set operation of joins with conditions and expressions."""
    part = (
        "SELECT u.a + w.k AS x, CASE WHEN b > {0} THEN upper(u.c) ELSE w.c END AS y, sum(x) OVER (PARTITION BY b) AS z "
        "FROM s.u JOIN s.w ON u.k = w.k WHERE u.d BETWEEN DATE '2026-01-01' AND DATE '2026-12-31' AND w.c LIKE 'p{0}%'"
    )
    return "INSERT INTO target (i1, s1, f1) " + " UNION ALL ".join(part.format(i) for i in range(1 + size // len(part)))


def nested_queries(depth: int) -> str:
    return "SELECT a FROM " + "(SELECT a FROM " * depth + "s.u" + ")" * depth


def wide_star() -> str:
    columns = ", ".join(f"a AS c{i}" for i in range(5_000))
    return f"SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT {columns} FROM s.u) x) y) z"


def named_queries(count: int) -> str:
    chain = ", ".join(f"q{i} AS (SELECT a + {i} AS a, b FROM {f'q{i - 1}' if i else 's.u'})" for i in range(count))
    return f"WITH {chain} SELECT a, b FROM q{count - 1}"


BOUNDS: dict[str, Callable[[], str]] = {
    "1 KB": lambda: text_of(1_000),
    "10 KB": lambda: text_of(10_000),
    "100 KB": lambda: text_of(100_000),
    "1 MB": lambda: text_of(1_000_000),
    "10,000 parentheses deep": lambda: f"SELECT {'(' * 10_000}a{')' * 10_000} AS v FROM s.u",
    "10,000 function calls deep": lambda: f"SELECT {'abs(' * 10_000}a{')' * 10_000} AS v FROM s.u",
    "10,000 CASE deep": lambda: f"SELECT {'CASE WHEN true THEN ' * 10_000}a{' END' * 10_000} AS v FROM s.u",
    "10,000 NOT deep": lambda: f"SELECT {'NOT ' * 10_000}a = 1 AS v FROM s.u",
    "10,000 AND, flat": lambda: f"SELECT a FROM s.u WHERE {' AND '.join(f'b <> {i}' for i in range(10_000))}",
    "10,000 subqueries deep": lambda: nested_queries(10_000),
    "300 subqueries deep": lambda: nested_queries(300),
    "50,000 elements in an IN list": lambda: f"SELECT a FROM s.u WHERE b IN ({', '.join(map(str, range(50_000)))})",
    "5,000 columns": lambda: f"CREATE TABLE n AS SELECT {', '.join(f'a + {i} AS c{i}' for i in range(5_000))} FROM s.u",
    "5,000 columns through 3 stars": wide_star,
    "2,000 named queries": lambda: named_queries(2_000),
    "5,000 tables in a UNION": lambda: " UNION ALL ".join(f"SELECT a, b FROM s.u{i}" for i in range(5_000)),
    "100 VALUES deep": lambda: "VALUES (0 + (" * 100 + "VALUES 1" + ")) + 1" * 100,
    "5,000 rows of VALUES": lambda: f"INSERT INTO target (i1) VALUES {', '.join(f'({i})' for i in range(5_000))}",
    "an unclosed string of 1 MB": lambda: "SELECT 'a" + "''" * 500_000,
    "1 MB of opening parentheses": lambda: "(" * 1_000_000,
    "1 MB of quotes": lambda: "'" * 1_000_000,
}  # fmt: skip


def bounds(_peers: bool) -> None:
    print("\nat the limits, each in a process of its own (memory includes the interpreter)")
    row("", "characters", "seconds", "MB", "coverage")
    for name in BOUNDS:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.lineage", "--bound", name], capture_output=True, text=True, check=False
        )
        if done.returncode:
            row(name, "crashed", f"exit {done.returncode}")
            print(done.stderr[-500:])
            continue
        answer = json.loads(done.stdout)
        row(name, f"{answer['characters']:,}", f"{answer['seconds']:.3f}", f"{answer['mb']:.0f}", answer["coverage"])


def bound(name: str) -> None:
    sql = BOUNDS[name]()
    columns = known(queries.TABLES)
    start = time.process_time()
    result = analyze(sql, catalog="lake", schema="s", columns=columns)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(json.dumps({"characters": len(sql), "seconds": seconds, "mb": peak, "coverage": result.coverage.value}))


def import_time(_peers: bool) -> None:
    code = (
        "import time; s = time.process_time(); import query_lineage_tracker.lineage.analyze; "
        "print(1000 * (time.process_time() - s))"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout) for _ in range(9)
    ]
    print(f"\nimport of query_lineage_tracker.lineage.analyze: {min(times):.0f} ms (best of {len(times)})")


PARTS: dict[str, Callable[[bool], None]] = {"speed": speed, "log": log, "bounds": bounds, "import": import_time}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them unless said")
    parser.add_argument("--no-peers", action="store_true", help="only ours; needs no network")
    parser.add_argument("--bound", choices=list(BOUNDS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bound:
        bound(options.bound)
        return
    print(f"Python {sys.version.split()[0]}")
    for part in options.parts or PARTS:
        PARTS[part](not options.no_peers)


if __name__ == "__main__":
    main()
