"""All other statements, read by their patterns: kind and objects are what lineage needs of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.result import ColumnVerb
from query_lineage_tracker.lineage.syntax.cursor import Unparsable
from query_lineage_tracker.lineage.syntax.statement_tree import Utility
from query_lineage_tracker.lineage.syntax.statements import Statements
from query_lineage_tracker.lineage.syntax.utility_patterns import patterns_of
from query_lineage_tracker.lineage.syntax.words import IDENTIFIERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from query_lineage_tracker.lineage.syntax.utility_patterns import Pattern


class Utilities(Statements):
    """Reads statements by pattern; the whole parser."""

    __slots__ = ("found",)

    def utility(self) -> Utility:
        """The first pattern that fits the whole text."""
        start, furthest = self.pos, self.unexpected("a statement")
        for kind, words, pattern in patterns_of(self.keys[start]):
            self.pos = start
            self.found = Utility(kind, words)
            try:
                self._follow(pattern)
                self.end()
            except Unparsable as problem:
                if problem.at > furthest.at:
                    furthest = problem
            else:
                return self.found
        raise furthest

    def _follow(self, pattern: Pattern) -> None:
        for element in pattern:
            if isinstance(element, str):
                self._follow_word(element)
            elif element[0] == "[":
                self._follow_optional(element[1])
            elif element[0] == "(":
                self._follow_choice(element[1])
            else:
                self._follow_list(element[1][0])

    def _follow_word(self, word: str) -> None:
        read = _READERS.get(word)
        if read is None:
            self.expect(word)
        else:
            read(self)

    def _follow_optional(self, alternatives: list[Pattern]) -> None:
        start = self.pos
        try:
            self._follow(alternatives[0])
        except Unparsable:
            self.pos = start

    def _follow_choice(self, alternatives: list[Pattern]) -> None:
        start = self.pos
        for alternative in alternatives[:-1]:
            try:
                self._follow(alternative)
            except Unparsable:
                self.pos = start
            else:
                return
        self._follow(alternatives[-1])

    def _follow_list(self, pattern: Pattern) -> None:
        self._follow(pattern)
        while self.accept(","):
            self._follow(pattern)

    # What `<...>` stands for in patterns

    def read_name(self) -> None:
        self.qualified_name()

    def read_word(self) -> None:
        self.found.names += (self.identifier(),)

    def read_target(self) -> None:
        self.found.target = self.qualified_name()

    def read_renamed(self) -> None:
        self.found.renamed = self.qualified_name()

    def read_schema(self) -> None:
        self.found.schema = self.qualified_name()

    def read_new_schema(self) -> None:
        self.found.new_schema = self.identifier()

    def read_cascade(self) -> None:
        self.expect("cascade")
        self.found.cascade = True

    def read_branch(self) -> None:
        self.found.branch = self.identifier()

    def read_string(self) -> None:
        self.string()

    def read_condition(self) -> None:
        self.expression()

    def read_operand(self) -> None:
        self.value()

    def read_parameter(self) -> None:
        self.argument()

    def properties(self) -> None:
        self.expect("(")
        self.read_property()
        while self.accept(","):
            self.read_property()
        self.expect(")")

    def read_property(self) -> None:
        self.identifier()
        self.expect("=")
        if not self.accept("default"):
            self.expression()

    def read_table_element(self) -> None:
        found = self.found
        if self.accept("like"):
            # Several models, or one and columns of its own: then its columns cannot be told.
            found.change = ColumnVerb.LIKE if found.change is None else None
            found.like = self.qualified_name()
            if self.accept_any("including", "excluding"):
                self.expect("properties")
        else:
            self.read_column()
            found.change = None if found.like else ColumnVerb.ALL

    def read_if_absent(self) -> None:
        self.expect("if", "not", "exists")
        self.found.if_absent = True

    def read_added(self) -> None:
        self.read_column()
        self.found.change = ColumnVerb.ADD

    def read_first(self) -> None:
        self.expect("first")
        if self.found.columns:
            self.found.columns += ("",)

    def read_after(self) -> None:
        self.expect("after")
        name = self.qualified_name()
        if self.found.columns and len(name) == 1:
            self.found.columns += name

    def read_dropped(self) -> None:
        self._read_column_name()
        self.found.change = ColumnVerb.DROP

    def read_renamed_column(self) -> None:
        self._read_column_name()
        self.found.change = ColumnVerb.RENAME

    def _read_column_name(self) -> None:
        name = self.qualified_name()
        if len(name) == 1:
            self.found.columns += name

    def read_column(self) -> None:
        self._read_column_name()
        self.type()
        if self.accept("default"):
            self.value()
        if self.accept("not"):
            self.expect("null")
        if self.accept("comment"):
            self.string()
        if self.accept("with"):
            self.properties()

    def read_query_in_parentheses(self) -> None:
        self.expect("(")
        self.root_query()
        self.expect(")")

    def read_principal(self) -> None:
        if self.keys[self.pos] in ("user", "role") and self.peek_identifier(1) and not self._ends_principal():
            self.pos += 1
        self.identifier()

    def _ends_principal(self) -> bool:
        return self.keys[self.pos + 1] == "granted" and self.keys[self.pos + 2] == "by"

    def read_grantor(self) -> None:
        if not self.accept_any("current_user", "current_role"):
            self.read_principal()

    def read_privilege(self) -> None:
        if self.accept("create"):
            self.accept("branch")
        elif not self.accept_any("select", "delete", "insert"):
            self.identifier()

    def read_grant_object(self) -> None:
        if self.keys[self.pos] == "branch" and self.peek_identifier(1) and self.keys[self.pos + 2] == "in":
            self.pos += 3
        kind, after = self.keys[self.pos], self.keys[self.pos + 1]
        if kind == "table" or (kind in IDENTIFIERS and after in IDENTIFIERS and after not in ("to", "from")):
            self.pos += 1
        self.qualified_name()

    def read_transaction_mode(self) -> None:
        if self.accept("read"):
            ends = self.accept_any("only", "write")
        else:
            self.expect("isolation", "level")
            ends = self.accept("serializable") or self.accept_all("repeatable", "read")
            ends = ends or (self.accept("read") and self.accept_any("uncommitted", "committed"))
        if not ends:
            raise self.unexpected("a mode of the transaction")


_READERS: dict[str, Callable[[Utilities], None]] = {
    "<name>": Utilities.read_name,
    "<word>": Utilities.read_word,
    "<target>": Utilities.read_target,
    "<renamed>": Utilities.read_renamed,
    "<schema>": Utilities.read_schema,
    "<new_schema>": Utilities.read_new_schema,
    "<cascade>": Utilities.read_cascade,
    "<branch>": Utilities.read_branch,
    "<string>": Utilities.read_string,
    "<condition>": Utilities.read_condition,
    "<operand>": Utilities.read_operand,
    "<parameter>": Utilities.read_parameter,
    "<properties>": Utilities.properties,
    "<property>": Utilities.read_property,
    "<table_element>": Utilities.read_table_element,
    "<column>": Utilities.read_column,
    "<if_absent>": Utilities.read_if_absent,
    "<added>": Utilities.read_added,
    "<first>": Utilities.read_first,
    "<after>": Utilities.read_after,
    "<dropped>": Utilities.read_dropped,
    "<old>": Utilities._read_column_name,
    "<new>": Utilities.read_renamed_column,
    "<query_in_parentheses>": Utilities.read_query_in_parentheses,
    "<principal>": Utilities.read_principal,
    "<grantor>": Utilities.read_grantor,
    "<privilege>": Utilities.read_privilege,
    "<grant_object>": Utilities.read_grant_object,
    "<transaction_mode>": Utilities.read_transaction_mode,
    "<function_declaration>": Utilities.function_declaration,
    "<type>": Utilities.type,
}
