"""A process of its own that analyzes statements with sqllineage: one JSON line in, one JSON line out.

It is bounded from outside: the parent kills it when an answer takes too long, the kernel when it wants too much memory.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any, TextIO

_LONGEST_MESSAGE = 500


def main() -> None:
    """Answer statements from standard input until it ends. The first argument is the memory limit in bytes."""
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    # Whatever the library prints must not end up between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _answer_all(sys.stdin, answers)


def _answer_all(questions: TextIO, answers: TextIO) -> None:
    for line in questions:
        json.dump(_answer(json.loads(line)), answers)
        answers.write("\n")
        answers.flush()


def _answer(sql: str) -> dict[str, Any]:
    from sqllineage.exceptions import InvalidSyntaxException, UnsupportedStatementException

    try:
        return _lineage(sql)
    except UnsupportedStatementException:
        return {"unsupported": "sqllineage does not analyze this kind of statement"}
    except InvalidSyntaxException as problem:
        return {"error": str(problem)[-_LONGEST_MESSAGE:]}
    except RecursionError:
        return {"error": "the statement is nested too deeply for sqllineage"}
    except MemoryError:
        return {"error": "the statement needs more memory than sqllineage may use"}
    except Exception as problem:
        return {"error": f"sqllineage failed: {type(problem).__name__}: {problem}"[:_LONGEST_MESSAGE]}


def _lineage(sql: str) -> dict[str, Any]:
    from sqllineage.core.models import Table
    from sqllineage.runner import LineageRunner

    runner = LineageRunner(sql, dialect="trino")
    return {
        "sources": [_parts(table) for table in runner.source_tables if isinstance(table, Table)],
        "targets": [_parts(table) for table in runner.target_tables if isinstance(table, Table)],
        "columns": [
            [_parts(path[0].parent), path[0].raw_name, _parts(path[-1].parent), path[-1].raw_name]
            for path in runner.get_column_lineage()
            if isinstance(path[0].parent, Table) and isinstance(path[-1].parent, Table)
        ],
    }


def _parts(table: Any) -> list[str]:
    schema = table.schema.raw_name
    return [*([] if schema == table.schema.unknown else schema.split(".")), table.raw_name]


if __name__ == "__main__":
    main()
