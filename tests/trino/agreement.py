"""How far two tellers agree: poll and event row by row, engine and analyzer edge by edge.

What may differ stands here with its reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Row = Mapping[str, Any]
_NEVER_RAN = "an event of a query that failed before it ran tells no times"
_ONLY_EVENTS = "only events tell it"
_ABOUT_THE_TELLING = ("told_by", "origins", "description", "session_origin", "first_seen_at", "updated_at")
_MEASURED_TWICE_MS = 50


class Reason(NamedTuple):
    """Why some columns may differ: `holds` of the polled row, the one told by events, and the column's name."""

    text: str
    columns: tuple[str, ...]
    holds: Callable[[Row, Row, str], bool]


def _only_told(polled: Row, told: Row, column: str) -> bool:
    return polled[column] is None


def _only_polled(polled: Row, told: Row, column: str) -> bool:
    return told[column] is None


def _never_ran(polled: Row, told: Row, column: str) -> bool:
    return told[column] is None and told["state"] == "FAILED" and not told["written_rows"]


def _measured_twice(polled: Row, told: Row, column: str) -> bool:
    both = polled[column], told[column]
    return None not in both and abs(both[0] - both[1]) <= _MEASURED_TWICE_MS


def _always(polled: Row, told: Row, column: str) -> bool:
    return True


def _nothing_written(polled: Row, told: Row, column: str) -> bool:
    return (polled[column], told[column]) == ("UNCERTAIN", "NOT_WRITTEN") and told["written_rows"] == 0


def _nothing_to_do(polled: Row, told: Row, column: str) -> bool:
    return (polled[column], told[column]) == ("COMMITTED", "NOT_WRITTEN") and told["nothing_to_do"] is True


_TIMES = ("analysis_ms", "planning_ms", "execution_ms", "elapsed_ms", "queued_ms", "cpu_ms", "started")
ROW_REASONS = (
    Reason("about the telling, not about the query", _ABOUT_THE_TELLING, _always),
    Reason(_ONLY_EVENTS, ("original_user", "principal", "trace_token", "transaction_id", "error_message"), _only_told),
    Reason(_ONLY_EVENTS, ("written_rows", "finished_writing", "nothing_to_do"), _only_told),
    Reason("an event's written bytes are others than those on storage", ("written_bytes",), _only_polled),
    Reason(_NEVER_RAN, _TIMES, _never_ran),
    Reason(f"measured twice, at most {_MEASURED_TWICE_MS} ms apart", _TIMES[:-1], _measured_twice),
    Reason("failed, and the event says that no row was written", ("outcome",), _nothing_written),
    Reason("the event says that there was nothing to do", ("outcome",), _nothing_to_do),
)  # fmt: skip


@dataclass
class Agreement:
    """What was compared: `same` of them agree, `explained` differ for a reason, `unexplained` without one."""

    same: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)

    def table(self, title: str) -> list[str]:
        """Totals as lines of text."""
        counts = [(self.same, "agree"), *((count, reason) for reason, count in self.explained.most_common())]
        return [title, *(f"{count:8} {what}" for count, what in (*counts, (len(self.unexplained), "unexplained")))]


def rows_agree(polled: Mapping[str, Row], told: Mapping[str, Row]) -> Agreement:
    """Compare what polls and what events made of the same queries, column by column."""
    agreement = Agreement(unexplained=[f"{one}: told by one only" for one in sorted(polled.keys() ^ told.keys())])
    for query_id in sorted(polled.keys() & told.keys()):
        _compare(polled[query_id], told[query_id], agreement)
    return agreement


def _compare(polled: Row, told: Row, agreement: Agreement) -> None:
    for column in polled:
        if polled[column] == told[column]:
            agreement.same += 1
        elif reason := next(
            (one for one in ROW_REASONS if column in one.columns and one.holds(polled, told, column)), None
        ):
            agreement.explained[f"{column}: {reason.text}"] += 1
        else:
            agreement.unexplained.append(f"{told['query_id']} {column}: polled {polled[column]}, told {told[column]}")


def badly_merged(merged: Row, polled: Row, told: Row) -> list[str]:
    """Columns of a row that both told of that are neither what events told nor, where they did not, what polls did."""
    facts = told.keys() - set(_ABOUT_THE_TELLING)
    expected = {column: polled[column] if told[column] is None else told[column] for column in facts}
    return [
        f"{told['query_id']} {column}: {merged[column]} instead of {value}"
        for column, value in sorted(expected.items())
        if merged[column] != value
    ]


class Edge(NamedTuple):
    """A column edge of a statement that Trino answered about; names are `catalog.schema.object.column`."""

    statement_id: str
    kind: str
    text: str
    coverage: str
    upstream: str
    downstream: str
    subtype: str
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.downstream} <- {self.upstream} {self.subtype} of {self.text}"


class Hole(NamedTuple):
    """Where Trino's answer about columns is known to be incomplete."""

    text: str
    holds: Callable[[Edge], bool]


def _kind(kind: str) -> Callable[[Edge], bool]:
    return lambda edge: edge.kind == kind


def _says(pattern: str) -> Callable[[Edge], bool]:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda edge: compiled.search(edge.text) is not None


def _of_a_named_window(edge: Edge) -> bool:
    return edge.subtype == "WINDOW" and _says(r"\bWINDOW\s+\w+\s+AS\s*\(")(edge)


def _is_join_key(edge: Edge) -> bool:
    keys = {
        key.strip()
        for found in re.findall(r"\bUSING\s*\(([^)]*)\)", edge.text, re.IGNORECASE)
        for key in found.split(",")
    }
    return edge.upstream.rpartition(".")[2] in keys or _says(r"\bNATURAL\b")(edge)


def _influences_all(edge: Edge) -> bool:
    return edge.subtype in ("FILTER", "JOIN", "GROUP_BY", "SORT")


HOLES = (
    Hole("what only filters, joins, groups or sorts is not in Trino's answer", _influences_all),
    Hole("MERGE: no column has sources", _kind("MERGE")),
    Hole("UPDATE: only columns of subqueries in SET", _kind("UPDATE")),
    Hole("the key of JOIN USING and NATURAL JOIN", _is_join_key),
    Hole("UNNEST (before 478)", _says(r"\bUNNEST\s*\(")),
    Hole("JSON_TABLE", _says(r"\bJSON_TABLE\s*\(")),
    Hole("MATCH_RECOGNIZE", _says(r"\bMATCH_RECOGNIZE\s*\(")),
    Hole("columns of a table function", _says(r"\bTABLE\s*\(\s*[\w.]+\s*\(")),
    Hole("columns of a named WINDOW", _of_a_named_window),
    Hole("all but the first branch of WITH RECURSIVE (before 482)", _says(r"\bWITH\s+RECURSIVE\b")),
    Hole("all fields of a row", _says(r"\)\s*\.\s*\*")),
    Hole("columns of VALUES", _says(r"\bVALUES\b")),
)


def edges_agree(edges: Iterable[Edge]) -> Agreement:
    """Compare engine and analyzer: what only the analyzer found is in a hole; nothing is known to the engine alone."""
    agreement = Agreement()
    for edge in edges:
        hole = next((one for one in HOLES if edge.method == "PARSED" and one.holds(edge)), None)
        if edge.method == "BOTH":
            agreement.same += 1
        elif hole is not None:
            agreement.explained[f"only the analyzer: {hole.text}"] += 1
        else:
            agreement.unexplained.append(str(edge))
    return agreement


class Use(NamedTuple):
    """A source or target of a statement that finished and that Trino answered about."""

    statement_id: str
    kind: str
    text: str
    coverage: str
    object: str
    role: str
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.role} {self.object} of {self.text}"


_NO_DATA = frozenset({"CREATE_TABLE", "ALTER_TABLE_EXECUTE"})


def uses_agree(uses: Sequence[Use]) -> Agreement:
    """Compare tables: engine and analyzer name the same ones."""
    agreement = Agreement()
    for use in uses:
        if use.method == "BOTH":
            agreement.same += 1
        elif use.method == "PARSED" and use.role == "TARGET" and use.kind in _NO_DATA:
            agreement.explained[f"{use.kind} moves no data: what Trino calls its output is not used"] += 1
        else:
            agreement.unexplained.append(str(use))
    return agreement
