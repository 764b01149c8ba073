"""Holds the expected answers of `tests/lineage_cases` to Trino's own parser and analyzer.

    python -m tests.oracle.check_cases       prints what differs; exit code 1 if anything does

The parser must accept every text that is not meant to be wrong, and see the same sources and target; the analyzer's
source columns must be the expected ones, or some of them where the case says that the engine has a hole.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from tests.lineage_cases import cases
from tests.oracle import trino_oracle


def request(case: cases.Case) -> dict[str, Any]:
    tables: trino_oracle.Tables = {}
    for (catalog, schema, table), columns in case.tables.items():
        pairs = [[name.lower(), type_] for name, type_ in columns]
        tables.setdefault(catalog, {}).setdefault(schema, {})[table] = pairs
    return {"sql": case.sql, "catalog": case.catalog or "none", "schema": case.schema or "none", "tables": tables}


def parse_differences(case: cases.Case, answer: dict[str, Any]) -> Iterator[str]:
    if answer["ok"] != (case.error is None):
        yield f"the parser says {answer}"
    elif case.error is not None:
        if case.engine == "same" and case.error != f"{answer['line']}:{answer['column']}":
            yield f"the error is at {answer['line']}:{answer['column']}"
    elif case.engine != "other":
        sources = {qualified(parts, case) for parts in answer["sources"]}
        if case.sources is not None and sources != {name.partition("@")[0] for name in case.sources}:
            yield f"sources: the parser sees {sorted(sources)}"
        branch = f"@{answer['branch']}" if answer["branch"] else ""
        target = qualified(answer["target"], case) + branch if answer["target"] else None
        if case.target_checked and target != case.target:
            yield f"target: the parser sees {target}"


def qualified(parts: list[str], case: cases.Case) -> str:
    session = [case.catalog or "?", case.schema or "?"]
    return dotted(session[: 3 - len(parts)] + parts)


def dotted(parts: list[str]) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' if "." in part or '"' in part else part for part in parts)


def lineage_differences(case: cases.Case, answer: dict[str, Any]) -> Iterator[str]:
    if "error" in answer:
        yield f"the analyzer says {answer['error']}"
        return
    seen = [(name.lower(), {dotted(column) for column in columns}) for name, columns in answer["columns"]]
    if case.engine == "same" and [name for name, _ in seen] != [column.name for column in case.columns]:
        yield f"columns: the analyzer sees {[name for name, _ in seen]}"
        return
    expected = [(column.name, {source.replace("@audit", "") for source in column.sources}) for column in case.columns]
    for at, (name, sources) in enumerate(seen):
        right = expected[at][1] if case.engine == "same" else dict(expected).get(name, set())
        if sources != right if case.engine == "same" else not sources <= right:
            yield f"column {name}: the analyzer sees {sorted(sources)}, expected {sorted(right)}"
    read = {dotted(column) for column in answer["read"]}
    if case.engine == "same" and case.read is not None and case.read != read:
        yield f"columns read: the analyzer sees {sorted(read)}"


def main() -> int:
    loaded = cases.load()
    requests = [request(case) for case in loaded]
    parsed = trino_oracle.ask("parse", requests)
    analyzed = trino_oracle.ask("lineage", requests)
    wrong = asked = 0
    for case, parse, lineage in zip(loaded, parsed, analyzed, strict=True):
        found = list(parse_differences(case, parse))
        if case.error is None and case.engine not in {"other", "parse"}:
            asked += 1
            found += lineage_differences(case, lineage)
        wrong += bool(found)
        for difference in found:
            print(f"{case}\n  {difference}")
    print(f"{len(loaded)} cases, {asked} of them analyzed by Trino, {wrong} differ")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
