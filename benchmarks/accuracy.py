"""How right the SQL analyzer is, beside its peers, by the judgement of Trino 483's own parser and analyzer.

    python -m benchmarks.accuracy [--sample N]      only every so many-th of the harvested statements; 0: all
    python -m benchmarks.accuracy --slow N          sqllineage on every so many-th of those, because it is slow

Three questions, each to statements that Trino accepts: is the statement read at all; are its sources and its target
those that Trino's parser sees (statements that read or write data or define a view, and name a table); are the source
columns of every output column the right ones. The statements are those in Trino's own test jars (`tests.oracle.corpus`;
expressions found there count apart), and for columns the TPC-DS and TPC-H texts as CREATE TABLE AS, judged by Trino's
analyzer, and the cases of `tests/lineage_cases`, which say themselves what is right. Peers run as they are, in an
environment of their own.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lineage_cases import cases
from tests.oracle import check_cases, corpus, judgement, trino_oracle

from benchmarks.accuracy_peers import PEERS, Answer, Request
from benchmarks.lineage import known, peer_python, row
from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.result import LineageResult, ObjectName

NOT_HARVESTED = {"tpc", "generated", "mutant"}
OURS = "ours"
Columns = dict[str, set[str]]


@dataclass(frozen=True)
class Question:
    """A statement in its session, and what is right; `columns` is None where only the tables are asked for.

    `more`: a table function may name further tables in its arguments.
    """

    request: Request
    sources: set[str] = field(default_factory=set)
    target: str | None = None
    columns: Columns | None = None
    bears_lineage: bool = True
    more: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it was found as a statement; the corpus makes one of an expression."""
        sql = self.request["sql"]
        return not (sql.startswith("SELECT ") and sql.endswith(" FROM t1"))


def harvested(sample: int) -> list[Question]:
    """The statements of Trino's tests."""
    entries = [one for one in corpus.load("accepted.jsonl") if one["origin"] not in NOT_HARVESTED][:: sample or 1]
    return [_tables_of({"sql": one["sql"], "catalog": "lake", "schema": "s"}, one["judge"]) for one in entries]


def _tables_of(request: Request, judge: dict[str, Any]) -> Question:
    session = (request["catalog"], request["schema"])
    sources = {_plain(judgement.qualified(parts, *session)) for parts in judge["sources"]}
    target = _plain(judgement.qualified(judge["target"], *session)) if judge["target"] else None
    more = "TableFunctionInvocation" in judge["features"]
    bears = judgement.bears_lineage(judge) and bool(sources or target)
    return Question(request, sources, target, bears_lineage=bears, more=more)


def _plain(name: str) -> str:
    """Without quotes and branch, in lower case: tools differ in these, and no figure here is about them."""
    return re.sub(r'"|@\w+', "", name).lower()


def tpc() -> list[Question]:
    """TPC-DS and TPC-H as CREATE TABLE AS with their schemas; right is what Trino's analyzer says."""
    tables = corpus.load("tpc_tables.jsonl")[0]
    texts = [one for one in corpus.load("tpc.jsonl") if one["name"].endswith("select")]
    requests = [
        {"sql": one["sql"], "catalog": one["schema"], "schema": "s", "tables": {one["schema"]: tables[one["schema"]]}}
        for one in texts
    ]
    judged = zip(requests, trino_oracle.ask("lineage", requests), trino_oracle.ask("parse", requests), strict=True)
    return [
        Question(_as_table(request), columns=_columns((name, map(judgement.dotted, up)) for name, up in one["columns"]))
        for request, one, parse in judged
        if "error" not in one and _distinct(name for name, _ in one["columns"]) and not _doubtful(parse)
    ]


def _distinct(names: Iterable[str | None]) -> bool:
    """Whether every column can be told by its name, as a table's must."""
    given = [(name or "?").lower() for name in names]
    return "?" not in given and len(set(given)) == len(given)


def _doubtful(judge: dict[str, Any]) -> bool:
    """Whether the engine's own answer may be incomplete."""
    return judgement.in_hole(judge) or "SetOperationBelow" in judge["features"]


def _as_table(request: Request) -> Request:
    return {**request, "sql": f"CREATE TABLE result AS\n{request['sql']}"}


def catalogue() -> list[Question]:
    """The cases whose columns are known for certain."""
    wanted = [case for case in cases.load() if case.error is None and case.coverage == "COLUMN" and case.columns]
    wanted = [case for case in wanted if _distinct(column.name for column in case.columns)]
    return [
        Question(check_cases.request(case), columns=_columns((one.name, one.sources) for one in case.columns))
        for case in wanted
    ]


def _columns(pairs: Iterable[tuple[str | None, Iterable[str]]]) -> Columns:
    """Source columns by output column; one without any is left out, because no tool lists it."""
    found: Columns = {}
    for name, sources in pairs:
        found.setdefault((name or "").lower(), set()).update(map(_plain, sources))
    return {name: sources for name, sources in found.items() if sources}


def ours(request: Request) -> Answer:
    tables = known(request["tables"]) if "tables" in request else {}
    result = analyze(request["sql"], catalog=request["catalog"], schema=request["schema"], columns=tables)
    target = result.target
    return {
        "parsed": result.error is None,
        "sources": sorted(judgement.objects(result)),
        "target": str(ObjectName(target.catalog, target.schema, target.name)) if target else _unresolved_target(result),
        "columns": {column.name: sorted(judgement.source_columns(column)) for column in result.columns},
    }


def _unresolved_target(result: LineageResult) -> str | None:
    return next((str(name) for name in result.unresolved if name.target), None)


def answers(tool: str, questions: Sequence[Question]) -> list[Answer]:
    if tool == OURS:
        return [ours(one.request) for one in questions]
    script = str(Path(__file__).with_name("accuracy_peers.py"))
    lines = "".join(json.dumps(one.request) + "\n" for one in questions)
    command = [str(peer_python()), script, tool]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def full(name: str, request: Request, below: int = 0) -> str:
    """A peer's name as Trino has it; `below` is how many parts follow the object's name."""
    parts = _plain(name).replace("<default>.", "").split(".")
    missing = max(0, 3 + below - len(parts))
    return ".".join([request["catalog"], request["schema"]][:missing] + parts)


def reads(_: Question, answer: Answer) -> bool:
    return bool(answer["parsed"])


def same_tables(question: Question, answer: Answer) -> bool:
    target = full(answer["target"], question.request) if answer["target"] else None
    sources = {full(one, question.request) for one in answer["sources"]}
    known_right = sources >= question.sources if question.more else sources == question.sources
    return bool(answer["parsed"]) and known_right and target == question.target


def told_columns(question: Question, answer: Answer) -> bool:
    return bool(_told(question, answer))


def same_columns(question: Question, answer: Answer) -> bool:
    return _told(question, answer) == question.columns


def _told(question: Question, answer: Answer) -> Columns:
    request = question.request
    return _columns((name, (full(one, request, 1) for one in up)) for name, up in answer["columns"].items())


def share(pairs: Sequence[tuple[Question, Answer]], right: Callable[[Question, Answer], bool]) -> str:
    count = sum(right(question, answer) for question, answer in pairs)
    return f"{count:,} {100 * count / max(1, len(pairs)):.1f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--slow", type=int, default=20)
    options = parser.parse_args()
    every = harvested(options.sample)
    whole = sum(one.is_whole for one in every)
    print(
        f"Trino's tests: {whole:,} statements, and {len(every) - whole:,} expressions (sqllineage: 1 of {options.slow})"
    )
    row("", "read", "tables right", "expr. read")
    for tool in (OURS, *PEERS):
        asked = every[:: options.slow if tool == "sqllineage" else 1]
        both = list(zip(asked, answers(tool, asked), strict=True))
        statements = [pair for pair in both if pair[0].is_whole]
        row(
            tool,
            share(statements, reads),
            share([pair for pair in statements if pair[0].bears_lineage], same_tables),
            share([pair for pair in both if not pair[0].is_whole], reads),
        )
    sets = {"TPC as CREATE TABLE AS": tpc(), "catalogue": catalogue()}
    for title, questions in sets.items():
        print(f"\n{title}: {len(questions)} statements with the columns of their tables")
        row("", "read", "columns told", "all right")
        for tool in (OURS, *PEERS):
            both = list(zip(questions, answers(tool, questions), strict=True))
            row(tool, *(share(both, right) for right in (reads, told_columns, same_columns)))


if __name__ == "__main__":
    main()
