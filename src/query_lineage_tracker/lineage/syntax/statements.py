"""Statements that carry lineage: queries, writes, definitions, and what wraps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.result import StatementKind
from query_lineage_tracker.lineage.syntax.routines import Routines
from query_lineage_tracker.lineage.syntax.statement_tree import (
    Delete,
    Immediate,
    Merge,
    MergeArm,
    ProcedureCall,
    QueryStatement,
    Update,
    Utility,
    Wrapped,
    Write,
)
from query_lineage_tracker.lineage.syntax.words import END, IDENTIFIERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from query_lineage_tracker.lineage.syntax.statement_tree import Statement
    from query_lineage_tracker.lineage.syntax.tree import Expression, Name, Query

_QUERY_KEYS = frozenset({"select", "with", "values", "table", "("})


class Statements(Routines):
    """Reads statements."""

    __slots__ = ()

    def utility(self) -> Utility:
        raise NotImplementedError

    def properties(self) -> None:
        raise NotImplementedError

    def statement(self) -> Statement:
        key = self.keys[self.pos]
        if key in _QUERY_KEYS:
            return QueryStatement(self.root_query())
        self.enter(3)
        read = _READERS.get(key)
        statement = read(self) if read is not None else None
        self.depth -= 3
        return statement if statement is not None else self.utility()

    def target(self) -> tuple[Name, str]:
        """A table with the branch that may follow it."""
        name = self.qualified_name()
        return name, self.identifier() if self.accept("@") else ""

    def insert(self) -> Statement:
        self.expect("insert", "into")
        name, branch = self.target()
        columns: tuple[str, ...] = ()
        if self.keys[self.pos] == "(" and self.keys[self.pos + 1] in IDENTIFIERS:
            columns = self.identifiers()
        return Write(StatementKind.INSERT, name, self.root_query(), branch, columns)

    def delete(self) -> Statement:
        self.expect("delete", "from")
        name, branch = self.target()
        return Delete(name, branch, self.expression() if self.accept("where") else None)

    def update(self) -> Statement:
        self.expect("update")
        name, branch = self.target()
        self.expect("set")
        assignments = self._assignments()
        return Update(name, branch, assignments, self.expression() if self.accept("where") else None)

    def _assignments(self) -> list[tuple[str, Expression]]:
        assignments = []
        while True:
            column = self.identifier()
            self.expect("=")
            assignments.append((column, self.expression()))
            if not self.accept(","):
                return assignments

    def merge(self) -> Statement:
        self.expect("merge", "into")
        name, branch = self.target()
        alias = self.identifier() if self.accept("as") or self.peek_identifier() else None
        self.expect("using")
        source = self.relation()
        self.expect("on")
        on = self.expression()
        arms = []
        while self.keys[self.pos] == "when":
            arms.append(self._merge_arm())
        if not arms:
            raise self.unexpected("WHEN")
        return Merge(name, branch, alias, source, on, arms, self.loose)

    def _merge_arm(self) -> MergeArm:
        self.expect("when")
        inserts = self.accept("not")
        self.expect("matched")
        condition = self.expression() if self.accept("and") else None
        self.expect("then")
        if not inserts and self.accept("delete"):
            return MergeArm(condition)
        if not inserts:
            self.expect("update", "set")
            assignments = self._assignments()
            return MergeArm(condition, tuple(column for column, _ in assignments), [value for _, value in assignments])
        self.expect("insert")
        columns = self.identifiers() if self.keys[self.pos] == "(" else ()
        self.expect("values", "(")
        values = self.expressions()
        self.expect(")")
        return MergeArm(condition, columns, values)

    def create(self) -> Statement | None:
        """CREATE of what a query fills or defines; None for all else."""
        start = self.pos
        self.pos += 1
        self.accept_all("or", "replace")
        key = self.keys[self.pos]
        self.pos += 1
        if key == "table":
            statement = self._create_table_as()
        elif key == "view" or (key == "materialized" and self.accept("view")):
            return self._create_view(materialized=key == "materialized")
        elif key == "function":
            self.pos -= 1
            self.function_specification()
            return Utility(StatementKind.DDL, "create function")
        else:
            statement = None
        if statement is None:
            self.pos = start
        return statement

    def _create_table_as(self) -> Statement | None:
        if_absent = self.accept_all("if", "not", "exists")
        name = self.qualified_name()
        columns: tuple[str, ...] = ()
        if self.keys[self.pos] == "(":
            if self.keys[self.pos + 2] not in (",", ")"):
                return None
            columns = self.identifiers()
        self._comment()
        if self.accept("with"):
            self.properties()
        if not self.accept("as"):
            return None
        query = self._defining_query()
        moves_data = True
        if self.accept("with"):
            moves_data = not self.accept("no")
            self.expect("data")
        return Write(StatementKind.CTAS, name, query, columns=columns, moves_data=moves_data, if_absent=if_absent)

    def _defining_query(self) -> Query:
        if self.keys[self.pos] == "(" and self.keys[self.pos + 1] == "with":
            self.pos += 1
            query = self.root_query()
            self.expect(")")
            return query
        return self.root_query()

    def _comment(self) -> None:
        if self.accept("comment"):
            self.string()

    def _create_view(self, *, materialized: bool) -> Statement:
        if_absent = self.accept_all("if", "not", "exists")
        name = self.qualified_name()
        if self.accept_all("grace", "period"):
            self.value()
        if self.accept_all("when", "stale") and not self.accept_any("inline", "fail"):
            raise self.unexpected("INLINE or FAIL")
        self._comment()
        if self.accept("security") and not self.accept_any("definer", "invoker"):
            raise self.unexpected("DEFINER or INVOKER")
        if self.accept("with"):
            self.properties()
        self.expect("as")
        kind = StatementKind.CREATE_MATERIALIZED_VIEW if materialized else StatementKind.CREATE_VIEW
        return Write(kind, name, self.root_query(), moves_data=False, if_absent=if_absent)

    def explain(self) -> Statement:
        self.pos += 1
        if self.keys[self.pos] == "analyze" and not self._names_analyzed_table():
            self.pos += 1
            self.accept("verbose")
            return Wrapped(StatementKind.EXPLAIN, self.statement(), runs=True)
        if self.keys[self.pos] == "(" and self.keys[self.pos + 1] in ("format", "type"):
            self._explain_options()
        return Wrapped(StatementKind.EXPLAIN, self.statement())

    def _names_analyzed_table(self) -> bool:
        """Whether ANALYZE here is a statement of its own, which is explained: `EXPLAIN ANALYZE t`."""
        start = self.pos
        self.pos += 1
        found = False
        if self.peek_identifier():
            self.qualified_name()
            found = self.keys[self.pos] in (END, ";") or self.sees("with", "(")
        self.pos = start
        return found

    def _explain_options(self) -> None:
        self.expect("(")
        while True:
            if not self.accept_any("format", "type"):
                raise self.unexpected("FORMAT or TYPE")
            self.identifier()
            if not self.accept(","):
                break
        self.expect(")")

    def prepare(self) -> Statement:
        self.pos += 1
        name = self.identifier()
        self.expect("from")
        return Wrapped(StatementKind.PREPARE, self.statement(), name=name)

    def execute(self) -> Statement:
        self.pos += 1
        if self.keys[self.pos] == "immediate" and self.keys[self.pos + 1] == "<string>":
            at = self.pos + 1
            self.pos = at
            text = self.string()
            self._using()
            return Immediate(text, at)
        name = self.identifier()
        self._using()
        return Utility(StatementKind.EXECUTE, "execute", names=(name,))

    def _using(self) -> None:
        if self.accept("using"):
            self.expressions()

    def call_procedure(self) -> Statement:
        self.pos += 1
        name = self.qualified_name()
        self.expect("(")
        arguments = []
        if self.keys[self.pos] != ")":
            arguments.append(self.argument())
            while self.accept(","):
                arguments.append(self.argument())
        self.expect(")")
        return ProcedureCall(name, arguments)


_READERS: dict[str, Callable[[Statements], Statement | None]] = {
    "insert": Statements.insert,
    "delete": Statements.delete,
    "update": Statements.update,
    "merge": Statements.merge,
    "create": Statements.create,
    "explain": Statements.explain,
    "prepare": Statements.prepare,
    "execute": Statements.execute,
    "call": Statements.call_procedure,
}
