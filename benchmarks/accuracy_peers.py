"""What one peer finds in each of many statements; started by `accuracy.py` with the Python of the peers' environment.

    python accuracy_peers.py PEER < requests.jsonl

A request is {"sql", "catalog", "schema", "tables"}, `tables` as the judge of `tests.oracle` takes them and only where
columns are wanted. An answer is {"parsed", "sources", "target", "columns"}: names as the peer writes them, columns as
{name: [source columns]}, empty where it tells none. Imports nothing of the project.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LONGEST_SECONDS = 30
Request = dict[str, Any]
Answer = dict[str, Any]


def sqlglot(request: Request) -> Answer:
    """Tables are all that occur but the target and the named queries; columns by `qualify` and `lineage`."""
    glot = importlib.import_module("sqlglot")
    exp = glot.exp
    parsed = glot.parse_one(request["sql"], dialect="trino")
    if isinstance(parsed, exp.Command):
        raise ValueError("kept as text, not parsed")
    writes = (exp.Insert, exp.Create, exp.Merge, exp.Update, exp.Delete)
    target = parsed.this if isinstance(parsed, writes) else None
    target = target.this if isinstance(target, exp.Schema) else target
    named = {cte.alias for cte in parsed.find_all(exp.CTE)}
    tables = [one for one in parsed.find_all(exp.Table) if one is not target and isinstance(one.this, exp.Identifier)]
    answer: Answer = {
        "sources": [_dotted(one) for one in tables if one.db or one.name not in named],
        "target": _dotted(target) if isinstance(target, exp.Table) else None,
        "columns": {},
    }
    if "tables" in request:
        answer["columns"] = _sqlglot_columns(parsed, request)
    return answer


def _dotted(table: Any) -> str:
    return ".".join(part.name for part in table.parts)


def _sqlglot_columns(parsed: Any, request: Request) -> dict[str, list[str]]:
    glot = importlib.import_module("sqlglot")
    qualify = importlib.import_module("sqlglot.optimizer.qualify").qualify
    build_scope = importlib.import_module("sqlglot.optimizer.scope").build_scope
    lineage = importlib.import_module("sqlglot.lineage").lineage
    query = parsed.expression if isinstance(parsed, (glot.exp.Create, glot.exp.Insert)) else parsed
    schema = {
        catalog: {name: {table: dict(columns) for table, columns in tables.items()} for name, tables in schemas.items()}
        for catalog, schemas in request["tables"].items()
    }
    session = {"db": request["schema"], "catalog": request["catalog"]}
    qualified = qualify(query, schema=schema, dialect="trino", **session)
    scope = build_scope(qualified)
    found = {}
    for name in qualified.named_selects:
        node = lineage(name, qualified, schema=schema, scope=scope, dialect="trino", **session)
        leaves = [one for one in node.walk() if isinstance(one.expression, glot.exp.Table)]
        found[name] = [f"{_dotted(one.expression)}.{one.name.rpartition('.')[2]}" for one in leaves]
    return found


def sqllineage(request: Request) -> Answer:
    """With the columns as its metadata provider, and a default schema, without which it asks for none."""
    config = importlib.import_module("sqllineage.config").SQLLineageConfig
    runner = importlib.import_module("sqllineage.runner").LineageRunner
    provider = importlib.import_module("sqllineage.core.metadata.dummy").DummyMetaDataProvider
    metadata = {
        name: [column for column, _ in columns]
        for catalog, schemas in request.get("tables", {}).items()
        for schema, tables in schemas.items()
        for table, columns in tables.items()
        for name in (f"{catalog}.{schema}.{table}", f"{schema}.{table}")
    }
    columns: dict[str, list[str]] = {}
    with config(DEFAULT_SCHEMA=request["schema"]):
        run = runner(request["sql"], dialect="trino", metadata_provider=provider(metadata))
        for path in run.get_column_lineage():
            columns.setdefault(path[-1].raw_name, []).append(str(path[0]))
        sources, targets = ([str(one) for one in tables] for tables in (run.source_tables, run.target_tables))
    return {"sources": sources, "target": targets[0] if len(targets) == 1 else None, "columns": columns}


def openlineage(request: Request) -> Answer:
    """It takes no schema."""
    told = importlib.import_module("openlineage_sql").parse([request["sql"]], dialect="trino")
    if told.errors:
        raise ValueError(told.errors)
    targets = [one.qualified_name for one in told.out_tables]
    return {
        "sources": [one.qualified_name for one in told.in_tables],
        "target": targets[0] if len(targets) == 1 else None,
        "columns": {
            one.descendant.name: [f"{up.origin.qualified_name}.{up.name}" for up in one.lineage if up.origin]
            for one in told.column_lineage
        },
    }


PEERS: dict[str, tuple[str, Callable[[Request], Answer]]] = {
    "sqlglot": ("sqlglot", sqlglot),
    "sqllineage": ("sqllineage", sqllineage),
    "openlineage-sql": ("openlineage-sql", openlineage),
}


def _too_long(_number: int, _frame: object) -> None:
    raise TimeoutError


def answered(peer: Callable[[Request], Answer], request: Request) -> Answer:
    """The answer; of a statement that the peer refuses, fails on or takes too long for, only that."""
    signal.alarm(LONGEST_SECONDS)
    try:
        return {"parsed": True, **peer(request)}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of Rust code is no Exception
        return {"parsed": False, "sources": [], "target": None, "columns": {}}
    finally:
        signal.alarm(0)


@contextlib.contextmanager
def quiet() -> Iterator[Any]:
    """Peers print on their own account: only the answers reach standard output."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    with os.fdopen(os.dup(1), "w") as output, Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        yield output


def main() -> None:
    _, peer = PEERS[sys.argv[1]]
    signal.signal(signal.SIGALRM, _too_long)
    sys.setrecursionlimit(10_000)
    with quiet() as output:
        for line in sys.stdin:
            output.write(json.dumps(answered(peer, json.loads(line))) + "\n")


if __name__ == "__main__":
    main()
