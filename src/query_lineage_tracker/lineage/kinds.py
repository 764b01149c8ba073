"""What a statement is, told from its leading keywords alone: also for text that no parser accepts."""

from __future__ import annotations

from query_lineage_tracker.lineage.result import Effect, StatementKind
from query_lineage_tracker.lineage.tokens import tokenize

_BY_FIRST_WORD = {
    "(": StatementKind.SELECT,
    "select": StatementKind.SELECT,
    "table": StatementKind.SELECT,
    "values": StatementKind.SELECT,
    "with": StatementKind.SELECT,
    "insert": StatementKind.INSERT,
    "merge": StatementKind.MERGE,
    "update": StatementKind.UPDATE,
    "delete": StatementKind.DELETE,
    "refresh": StatementKind.REFRESH,
    "truncate": StatementKind.TRUNCATE,
    "drop": StatementKind.DROP,
    "call": StatementKind.CALL,
    "analyze": StatementKind.ANALYZE,
    "explain": StatementKind.EXPLAIN,
    "prepare": StatementKind.PREPARE,
    "execute": StatementKind.EXECUTE,
    "start": StatementKind.TRANSACTION,
    "commit": StatementKind.TRANSACTION,
    "rollback": StatementKind.TRANSACTION,
    "comment": StatementKind.DDL,
    "grant": StatementKind.DDL,
    "revoke": StatementKind.DDL,
    "deny": StatementKind.DDL,
    "alter": StatementKind.DDL,
    "create": StatementKind.DDL,
    "show": StatementKind.UTILITY,
    "desc": StatementKind.UTILITY,
    "describe": StatementKind.UTILITY,
    "use": StatementKind.UTILITY,
    "set": StatementKind.UTILITY,
    "reset": StatementKind.UTILITY,
    "deallocate": StatementKind.UTILITY,
}
_EFFECTS = {
    StatementKind.SELECT: Effect.READS,
    **dict.fromkeys(
        (
            StatementKind.INSERT,
            StatementKind.CTAS,
            StatementKind.MERGE,
            StatementKind.UPDATE,
            StatementKind.DELETE,
            StatementKind.REFRESH,
            StatementKind.TRUNCATE,
        ),
        Effect.WRITES,
    ),
    StatementKind.CREATE_VIEW: Effect.DEFINES,
    StatementKind.CREATE_MATERIALIZED_VIEW: Effect.DEFINES,
}


def leading_kind(sql: str) -> tuple[StatementKind, Effect]:
    """The kind and effect that the leading keywords promise; UNKNOWN without effect when they promise nothing."""
    words = _executed(tokenize(sql).words)
    kind = _BY_FIRST_WORD.get(words[0], StatementKind.UNKNOWN)
    if kind is StatementKind.DDL:
        kind = _kind_of_ddl(words)
    return kind, _EFFECTS.get(kind, Effect.NONE)


def is_rollback(sql: str) -> bool:
    """Whether the statement ends a transaction without its effects."""
    return tokenize(sql).words[0] == "rollback"


def _executed(words: list[str]) -> list[str]:
    """The words of the statement that EXPLAIN ANALYZE runs, or of the statement itself."""
    start = 0
    while words[start : start + 2] == ["explain", "analyze"]:
        start += 3 if words[start + 2] == "verbose" else 2
    return words[start:]


def _kind_of_ddl(words: list[str]) -> StatementKind:
    leading = [word for word in words[:8] if word not in ("or", "replace")]
    if leading[:2] == ["create", "table"]:
        return StatementKind.CTAS if _creates_from_query(words) else StatementKind.CREATE_TABLE
    if leading[:2] == ["create", "view"]:
        return StatementKind.CREATE_VIEW
    if leading[:3] == ["create", "materialized", "view"]:
        return StatementKind.CREATE_MATERIALIZED_VIEW
    return StatementKind.DDL


def _creates_from_query(words: list[str]) -> bool:
    """Whether an AS stands outside every parenthesis: a plain CREATE TABLE has none there."""
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == "as":
            return True
    return False
