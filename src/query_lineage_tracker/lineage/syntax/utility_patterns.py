"""The patterns of the statements that are known by their kind and the objects that they name.

A pattern is written much as in Trino's grammar: words and marks stand for themselves, `[ ]` is optional, `( | )` a
choice, `{ }` one or more with commas between them, `<...>` is read by a method of the parser, and `\\(` is a
parenthesis in the statement.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from query_lineage_tracker.lineage.result import StatementKind

if TYPE_CHECKING:
    from collections.abc import Iterator

Pattern: TypeAlias = "list[str | tuple[str, list[Pattern]]]"

_PATTERNS = """
UTILITY | use <word> [ . <word> ]
DDL | create catalog [ if not exists ] <name> using <name> [ comment <string> ] [ authorization <principal> ] [
  with <properties> ]
DDL | drop catalog [ if exists ] <name> [ ( cascade | restrict ) ]
DDL | create schema [ if not exists ] <name> [ authorization <principal> ] [ with <properties> ]
DDL | drop schema [ if exists ] <schema> [ ( <cascade> | restrict ) ]
DDL | alter schema <schema> rename to <new_schema>
CREATE_TABLE | create [ or replace ] table [ <if_absent> ] <target> \\( { <table_element> } \\) [ comment
  <string> ] [ with <properties> ]
DROP | drop table [ if exists ] <target>
TRUNCATE | truncate table <target>
DDL | comment on ( table | view | column ) <name> is ( <string> | null )
RENAME | alter table [ if exists ] <target> rename to <renamed>
DDL | alter table [ if exists ] <target> add column [ <if_absent> ] <added> [ ( <first> | last | <after> ) ]
DDL | alter table [ if exists ] <target> rename column [ if exists ] <old> to <new>
DDL | alter table [ if exists ] <target> drop column [ if exists ] <dropped>
DDL | alter table [ if exists ] <target> alter column <name> set default <operand>
DDL | alter table [ if exists ] <target> alter column <name> drop default
DDL | alter table [ if exists ] <target> alter column <name> set data type <type>
DDL | alter table [ if exists ] <target> alter column <name> drop not null
DDL | alter table <target> set properties { <property> }
ALTER_TABLE_EXECUTE | alter table <target> execute <name> [ \\( [ { <parameter> } ] \\) ] [ where <condition> ]
DDL | alter ( table | schema | view | materialized view | <name> ) <name> set authorization <principal>
ANALYZE | analyze <name> [ with <properties> ]
REFRESH | refresh materialized view <target>
DROP | drop materialized view [ if exists ] <target>
RENAME | alter materialized view [ if exists ] <target> rename to <renamed>
DDL | alter materialized view <target> set properties { <property> }
DROP | drop view [ if exists ] <target>
RENAME | alter view <target> rename to <renamed>
DDL | alter view <name> refresh
DDL | drop function [ if exists ] <function_declaration>
DDL | create [ or replace ] branch [ if not exists ] <branch> [ with <properties> ] in table <target> [ from <name> ]
DDL | drop branch [ if exists ] <branch> in table <target>
DDL | alter branch <branch> in table <target> fast forward to <name>
UTILITY | show branches ( from | in ) table <name>
DDL | create role <name> [ with admin <grantor> ] [ in <name> ]
DDL | drop role [ if exists ] <name> [ in <name> ]
DDL | grant { <privilege> } to { <principal> } [ with admin option ] [ granted by <grantor> ] [ in <name> ]
DDL | grant ( all privileges | { <privilege> } ) on <grant_object> to <principal> [ with grant option ]
DDL | revoke [ admin option for ] { <privilege> } from { <principal> } [ granted by <grantor> ] [ in <name> ]
DDL | revoke [ grant option for ] ( all privileges | { <privilege> } ) on <grant_object> from <principal>
DDL | deny ( all privileges | { <privilege> } ) on <grant_object> to <principal>
UTILITY | set role <word> [ in <word> ]
UTILITY | show grants [ on <grant_object> ]
UTILITY | show create ( table | schema | view | materialized view | function ) <name>
UTILITY | show ( tables | schemas | functions ) [ ( from | in ) <name> ] [ like <string> [ escape <string> ] ]
UTILITY | show ( catalogs | session ) [ like <string> [ escape <string> ] ]
UTILITY | show columns ( from | in ) <name> [ like <string> [ escape <string> ] ]
UTILITY | show stats for ( <query_in_parentheses> | <name> )
UTILITY | show [ current ] roles [ ( from | in ) <name> ]
UTILITY | show role grants [ ( from | in ) <name> ]
UTILITY | describe input <name>
UTILITY | describe output ( <query_in_parentheses> | <name> )
UTILITY | ( describe | desc ) <name>
UTILITY | set session authorization ( <string> | <word> )
UTILITY | reset session authorization
UTILITY | set session <name> = <condition>
UTILITY | reset session <name>
TRANSACTION | start transaction [ { <transaction_mode> } ]
TRANSACTION | ( commit | rollback ) [ work ]
UTILITY | deallocate prepare <word>
UTILITY | set path { <name> }
UTILITY | set time zone ( local | <condition> )
"""
_CLOSING = {"[": "]", "(": ")", "{": "}"}


@cache
def patterns_of(first: str) -> list[tuple[StatementKind, str, Pattern]]:
    """The patterns of statements that begin with this word: kind, leading words, pattern."""
    return [pattern for pattern in _all_patterns() if first in _first_words(pattern[2])]


@cache
def _all_patterns() -> list[tuple[StatementKind, str, Pattern]]:
    found = []
    for line in _PATTERNS.replace("\n  ", " ").strip().splitlines():
        kind, _, text = line.partition(" | ")
        words = text.split()
        alternatives = _compile(iter(words), "")
        leading = " ".join(word for word in words[:2] if word.isalpha())
        found.append((StatementKind[kind], leading, alternatives[0]))
    return found


def _compile(words: Iterator[str], closing: str) -> list[Pattern]:
    """The alternatives up to the closing mark."""
    alternatives: list[Pattern] = [[]]
    for word in words:
        if word == closing:
            break
        if word == "|":
            alternatives.append([])
        elif word in _CLOSING:
            alternatives[-1].append((word, _compile(words, _CLOSING[word])))
        else:
            alternatives[-1].append(word.lstrip("\\"))
    return alternatives


def _first_words(pattern: Pattern) -> set[str]:
    first = pattern[0]
    if isinstance(first, str):
        return {first}
    return {word for alternative in first[1] for word in _first_words(alternative)}
