"""Compares the analyzer with Trino's own parser and analyzer, on everything in the corpus.

    python -m tests.oracle.compare [--generated N] [--seed N] [--sample N] [--disagreements FILE]

Prints acceptance, kinds, sources and targets, and column lineage; every disagreement goes to the file, one JSON object
a line, `{"check", "difference", "sql"}`. Exit code 1 if a figure that must be 100 % is not.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.result import LineageResult, ObjectName
from tests.lineage_cases import cases
from tests.oracle import check_cases, corpus, judgement, queries, trino_oracle

SESSION = ("lake", "s")


@dataclass
class Check:
    """One figure: how many were compared, how many agree, and the ones that do not."""

    name: str
    compared: int = 0
    agreed: int = 0
    disagreements: list[dict[str, str]] = field(default_factory=list)

    def count(self, sql: str, differences: Iterable[str]) -> None:
        self.compared += 1
        found = [{"check": self.name, "difference": text, "sql": sql} for text in differences]
        self.agreed += not found
        self.disagreements += found

    def __str__(self) -> str:
        share = 100 * self.agreed / self.compared if self.compared else 0.0
        return f"{self.name:58} {self.agreed:7,} of {self.compared:7,}  {share:7.3f} %"


Known = dict[ObjectName, dict[str, str]]


def known(tables: trino_oracle.Tables) -> Known:
    """Tables as the analyzer takes them."""
    return {
        ObjectName(catalog, schema, table): {name.lower(): type_ for name, type_ in columns}
        for catalog, schemas in tables.items()
        for schema, named in schemas.items()
        for table, columns in named.items()
    }


def answer(sql: str, catalog: str, schema: str, columns: Known) -> LineageResult:
    return analyze(sql, catalog=catalog, schema=schema, columns=columns)


def rejection(result: LineageResult) -> Iterator[str]:
    if result.error:
        yield f"{result.error.line}:{result.error.column} {result.error.message}"


def compare_texts(entries: list[dict[str, Any]]) -> list[Check]:
    """Acceptance, kind, sources and targets of the statements that Trino's parser accepts."""
    acceptance = Check("accepted by Trino, accepted by us")
    kinds = Check("kind")
    objects = Check("sources and target of lineage-bearing statements")
    for entry in entries:
        sql, judge = entry["sql"], entry["judge"]
        result = answer(sql, *SESSION, {})
        acceptance.count(sql, rejection(result))
        if result.error:
            continue
        right = judgement.kinds(judge)
        kinds.count(sql, [] if result.kind.value in right else [f"{result.kind.value} instead of {sorted(right)}"])
        if judgement.bears_lineage(judge):
            objects.count(sql, judgement.object_differences(judge, result, *SESSION))
    return [acceptance, kinds, objects]


def strictness(entries: list[dict[str, Any]]) -> str:
    mutants = [entry for entry in entries if entry["origin"] == "mutant"]
    too_kind = sum(answer(entry["sql"], *SESSION, {}).error is None for entry in mutants)
    return f"{'rejected by Trino, accepted by us (mutants; no aim)':58} {too_kind:7,} of {len(mutants):7,}"


def tpc_requests() -> list[dict[str, Any]]:
    tables = corpus.load("tpc_tables.jsonl")[0]
    return [
        {"sql": text["sql"], "catalog": text["schema"], "schema": "s", "tables": tables}
        for text in corpus.load("tpc.jsonl")
    ]


def case_requests() -> list[dict[str, Any]]:
    wanted = [
        case
        for case in cases.load()
        if case.engine == "same" and case.error is None and "@audit" not in str(case.sources)
    ]
    return [check_cases.request(case) for case in wanted]


def generated_requests(count: int, seed: int) -> list[dict[str, Any]]:
    return [
        {"sql": sql, "catalog": "lake", "schema": "s", "tables": queries.TABLES}
        for sql in queries.statements(count, seed)
    ]


def written_requests() -> list[dict[str, Any]]:
    """The statements of `written.sql`, over the tables that it begins with."""
    header, _, text = (Path(__file__).parent / "written.sql").read_text().partition("\n\n")
    found = re.findall(r"^-- table: (.*)$", header, re.MULTILINE)
    tables: trino_oracle.Tables = {}
    for (catalog, schema, table), columns in map(cases.table_of, found):
        pairs = [[name.lower(), type_] for name, type_ in columns]
        tables.setdefault(catalog, {}).setdefault(schema, {})[table] = pairs
    return [{"sql": sql.strip(), "catalog": "lake", "schema": "s", "tables": tables} for sql in text.split("\n;\n")]


def harvested_requests(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What Trino's own tests ask of the TPC-H tables: those that read one; the others would say nothing."""
    tables = {"tpch": corpus.load("tpc_tables.jsonl")[0]["tpch"]}
    names = set(tables["tpch"]["s"])
    return [
        {"sql": entry["sql"], "catalog": "tpch", "schema": "s", "tables": tables}
        for entry in entries
        if entry["origin"] not in {"tpc", "generated"}
        and judgement.bears_lineage(entry["judge"])
        and names & {parts[-1] for parts in entry["judge"]["sources"]}
    ]


def compare_columns(title: str, requests: list[dict[str, Any]]) -> list[Check]:
    """Column lineage of the statements that the engine analyzes, outside and inside its documented holes."""
    outside, inside = Check(f"columns, {title}"), Check(f"columns, {title}, in the engine's holes")
    extended = Check(f"columns, {title}, engine knows one branch of UNION")
    read = Check(f"columns read, {title}")
    asked = [dict(request) for request in requests]
    for before, request in zip(requests, asked[1:], strict=False):
        if request["tables"] is before["tables"]:
            del request["tables"]
    lineages, parses = trino_oracle.ask("lineage", asked), trino_oracle.ask("parse", requests)
    columns: dict[int, Known] = {}
    for request, lineage, parse in zip(requests, lineages, parses, strict=True):
        if "error" in lineage or not parse["ok"]:
            continue
        tables = columns.setdefault(id(request["tables"]), known(request["tables"]))
        result = answer(request["sql"], request["catalog"], request["schema"], tables)
        hole = judgement.in_hole(parse)
        differences = list(judgement.column_differences(lineage, result, hole))
        if differences and not hole and judgement.extends_a_set_operation(parse, differences):
            extended.count(request["sql"], [])
            continue
        (inside if hole else outside).count(request["sql"], differences)
        read_by_us = ((one.object, one.column) for one in result.columns_read)
        ours = {judgement.dotted([name.catalog, name.schema, name.name, column]) for name, column in read_by_us}
        engine = {judgement.dotted(column) for column in lineage["read"]}
        read.count(
            request["sql"], [f"{sorted(engine - ours)} missing, {sorted(ours - engine)} more"] if ours != engine else []
        )
    return [check for check in (outside, inside, extended, read) if check.compared]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generated", type=int, default=2_000, help="random meaningful queries to compare")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other random queries")
    parser.add_argument("--sample", type=int, default=0, help="only every so many-th statement of the corpus; 0: all")
    parser.add_argument("--disagreements", type=Path, default=trino_oracle.CACHE / "disagreements.jsonl")
    options = parser.parse_args()
    accepted = corpus.load("accepted.jsonl")[:: options.sample or 1]
    checks = compare_texts(accepted)
    checks += compare_columns("TPC-DS and TPC-H", tpc_requests())
    checks += compare_columns("case files", case_requests())
    checks += compare_columns("written", written_requests())
    checks += compare_columns("generated", generated_requests(options.generated, options.seed))
    checks += compare_columns("Trino's tests", harvested_requests(accepted))
    print(*checks, strictness(corpus.load("rejected.jsonl")[:: options.sample or 1]), sep="\n")
    options.disagreements.write_text("".join(json.dumps(one) + "\n" for check in checks for one in check.disagreements))
    summarise(checks)
    return int(any(check.agreed < check.compared for check in checks if not check.name.startswith("columns read")))


def summarise(checks: list[Check]) -> None:
    """The commonest differences of each figure, with the shortest statement that shows each."""
    for check in checks:
        classes: Counter[str] = Counter()
        shortest: dict[str, str] = {}
        for one in check.disagreements:
            name = re.sub(r"\[.*?\]|'.*?'|\d+:\d+|\d+", "*", one["difference"])[:80]
            classes[name] += 1
            if len(one["sql"]) < len(shortest.get(name, one["sql"] + " ")):
                shortest[name] = one["sql"]
        for name, count in classes.most_common(12):
            print(f"\n{check.name}: {count} x {name}\n    {' '.join(shortest[name].split())[:300]}")


if __name__ == "__main__":
    sys.exit(main())
