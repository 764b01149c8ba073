"""What the literals of a text are for: most are data, some bear lineage, some are secrets, some are SQL themselves.

Redaction and fingerprint are made of the same answer, which is why a redacted text keeps its fingerprint. It looks at
tokens only, so that text which does not parse has an answer too, in one pass over the parentheses, the literals and the
few words that matter.
"""

from __future__ import annotations

from collections.abc import Callable

from query_lineage_tracker.lineage.folds import PLACEHOLDER, constant_end, constant_rows
from query_lineage_tracker.lineage.secret_uses import (
    mark_if_literal,
    mark_strings,
    on_arrow,
    on_catalog,
    on_equals,
    on_secret_word,
    on_session,
)
from query_lineage_tracker.lineage.secrets import is_secret_name
from query_lineage_tracker.lineage.syntax.words import RESERVED
from query_lineage_tracker.lineage.tokens import Kind, Tokens
from query_lineage_tracker.lineage.walk import (
    FIRST_LITERAL,
    IDENTIFIERS,
    TEXTS,
    Place,
    Uses,
    Walk,
    is_escape_character,
    name_before,
)

_Handler = Callable[[Walk, int], None]

_OPENS = {
    "with": Place.PROPERTIES,
    "pivot": Place.PIVOT,
    "json_table": Place.JSON_TABLE,
    **dict.fromkeys(("char", "decimal", "numeric", "time", "timestamp", "varchar"), Place.TYPE),
    **dict.fromkeys(("current_time", "current_timestamp", "localtime", "localtimestamp"), Place.TYPE),
}
_GROUPS = frozenset({"(", ",", "=>", "by", "all", "distinct", "rollup", "cube", "sets", "row"})
_BEFORE_ORDINAL = frozenset({"by", "all", "distinct", ",", "("})
_BEFORE_PATH = frozenset({",", "path", "nested"})
_BEFORE_ARGUMENT = frozenset({"(", ",", "=>", "[", "in"})
_AFTER_ARGUMENT = frozenset({")", ",", "]", "uescape", ""})
_BEFORE_SIGN = frozenset(
    {"(", ",", "=", "<", ">", "<=", ">=", "<>", "!=", "*", "/", "[", "=>", "->"}
    | {"and", "or", "then", "else", "between", "when", "select", "return"}
)
_IN_EXPRESSIONS = {"cast", "case", "when", "then", "else", "end", "extract", "and", "or", "not", "between", "from"}
_FUNCTION_WORDS = {
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "normalize",
    "trim",
}
_AFTER_VERSION = frozenset(
    RESERVED - _IN_EXPRESSIONS - _FUNCTION_WORDS - {"null", "true", "false"}
    | {",", ")", "limit", "offset", "fetch", "tablesample", "window", "pivot", "match_recognize", "when"}
)
_PASS_THROUGH = frozenset({"query", "execute"})
_ARGUMENT_PLACES = (Place.ARGUMENTS, Place.RAW_ARGUMENTS)
_LONGEST_PATH = 4
_DEEPEST_NESTING = 5  # what is deeper is hidden and never looked into


def uses_of(tokens: Tokens, depth: int = 0) -> Uses:
    """Tell what the literals of a text are for; `depth` says in how many strings it stands."""
    shape = [
        word if kind < FIRST_LITERAL else PLACEHOLDER for word, kind in zip(tokens.words, tokens.kinds, strict=True)
    ]
    torn = _torn_literal(tokens)
    if torn:
        shape[-2] = PLACEHOLDER
    walk = Walk(tokens, Uses(shape, depth))
    marks = [i for i, word in enumerate(shape) if word in _ON]
    for i in marks:
        if i >= walk.settled and (walk.place or shape[i] != PLACEHOLDER):
            _ON[shape[i]](walk, i)
    if torn:
        shape[-2] = torn
    if depth >= _DEEPEST_NESTING:
        walk.uses.secret |= walk.uses.nested
        walk.uses.nested.clear()
    return walk.uses


def _torn_literal(tokens: Tokens) -> str:
    """The mark that begins an unterminated string, identifier or comment, which can only be the last token."""
    if len(tokens.kinds) < 2 or tokens.kinds[-2] is not Kind.ERROR:
        return ""
    text = tokens.texts[-2]
    return text[:1] if text[0] in "'\"`" else text[:2] if text.startswith("/*") else ""


def _on_literal(walk: Walk, i: int) -> None:
    if walk.place and _bears_lineage(walk, i):
        walk.uses.kept.add(i)


def _bears_lineage(walk: Walk, i: int) -> bool:
    place, shape, kind = walk.place, walk.uses.shape, walk.tokens.kinds[i]
    before = shape[i - 1]
    if place is Place.ORDINALS:
        return kind is Kind.INTEGER and before in _BEFORE_ORDINAL
    if place is Place.JSON_TABLE:
        return kind in TEXTS and before in _BEFORE_PATH
    if place in _ARGUMENT_PLACES:
        return _is_lineage_argument(walk, i)
    return kind is Kind.INTEGER and place is Place.TYPE


def _is_lineage_argument(walk: Walk, i: int) -> bool:
    shape = walk.uses.shape
    if walk.tokens.kinds[i] not in TEXTS:
        return False
    if shape[i - 1] not in _BEFORE_ARGUMENT or shape[i + 1] not in _AFTER_ARGUMENT:
        return False
    if shape[i - 1] == "=>":
        is_query = shape[i - 2].strip('"') == "query"
    else:
        is_query = shape[i - 1] == "(" and shape[i - 2].strip('"') in _PASS_THROUGH
    if is_query and walk.place is Place.ARGUMENTS:
        walk.uses.nested.add(i)
    return not is_query


def _on_open(walk: Walk, i: int) -> None:
    before = walk.uses.shape[i - 1]
    place = walk.place
    walk.outer.append(place)
    inner = walk.upcoming.pop(i, None) or _OPENS.get(before, Place.PLAIN)
    walk.place = inner or (_inherited(place, before) if place else Place.PLAIN)
    if walk.place is Place.PIVOT_VALUES and i >= walk.raw:
        _keep_pivot_values(walk, i)


def _inherited(place: Place, before: str) -> Place:
    if place is Place.PIVOT:
        return Place.PIVOT_VALUES if before == "in" else Place.PLAIN
    if place is Place.JSON_TABLE:
        return Place.JSON_TABLE if before == "columns" else Place.PLAIN
    return place if place is Place.PIVOT_VALUES or before in _GROUPS else Place.PLAIN


def _on_close(walk: Walk, _i: int) -> None:
    walk.place = walk.outer.pop() if walk.outer else Place.PLAIN


def _on_by(walk: Walk, i: int) -> None:
    shape = walk.uses.shape
    if walk.place in (Place.PLAIN, Place.PIVOT) and shape[i - 1] in ("group", "order"):
        walk.place = Place.ORDINALS
    elif shape[i - 1] == "identified":
        mark_if_literal(walk, i + 1)


def _on_select(walk: Walk, _i: int) -> None:
    if walk.place is Place.ORDINALS:
        walk.place = Place.PLAIN


def _on_version(walk: Walk, i: int) -> None:
    """FOR VERSION AS OF an expression: the answer cites it."""
    shape = walk.uses.shape
    if i >= walk.raw and shape[i + 1 : i + 3] == ["as", "of"]:
        depth, end = 0, i + 3
        while shape[end] not in ("", ";") and (depth > 0 or shape[end] not in _AFTER_VERSION):
            depth += (shape[end] == "(") - (shape[end] == ")")
            end += 1
        _keep_as_written(walk, i + 3, end)


def _keep_pivot_values(walk: Walk, i: int) -> None:
    """A value without an alias names its column by what is written."""
    shape = walk.uses.shape
    depth, end = 1, i + 1
    while depth > 0 and shape[end]:
        depth += (shape[end] == "(") - (shape[end] == ")")
        end += 1
    _keep_as_written(walk, i + 1, end)


def _keep_as_written(walk: Walk, begin: int, end: int) -> None:
    kinds = walk.tokens.kinds
    walk.uses.kept.update(i for i in range(begin, end) if kinds[i] is not Kind.ERROR)
    walk.raw = end


def _on_uescape(walk: Walk, i: int) -> None:
    if is_escape_character(walk, i + 1):
        walk.uses.kept.add(i + 1)


def _on_authorization(walk: Walk, i: int) -> None:
    """A user is a name, in quotes or not."""
    if walk.uses.shape[i - 1] == "session" and walk.tokens.kinds[i + 1] in TEXTS:
        walk.uses.kept.add(i + 1)


def _on_count(walk: Walk, i: int) -> None:
    """LIMIT 1.5 is no statement, so that it must not be taken for LIMIT 15."""
    if walk.tokens.kinds[i + 1] in (Kind.DECIMAL, Kind.DOUBLE):
        walk.uses.kept.add(i + 1)


def _on_call(walk: Walk, i: int) -> None:
    walk.upcoming[_after_path(walk, i + 1)] = Place.ARGUMENTS


def _on_table(walk: Walk, i: int) -> None:
    shape = walk.uses.shape
    if shape[i + 1] == "(" and shape[i + 2] not in ("select", "with", "values", "table"):
        paren = _after_path(walk, i + 2)
        raw = shape[paren - 1].strip('"') == "raw_query"
        walk.upcoming[paren] = Place.RAW_ARGUMENTS if raw else Place.ARGUMENTS


def _after_path(walk: Walk, i: int) -> int:
    """The index after a dotted name, or -1 where no parenthesis opens there."""
    shape, kinds = walk.uses.shape, walk.tokens.kinds
    for _ in range(_LONGEST_PATH):
        if kinds[i] not in IDENTIFIERS:
            return -1
        if shape[i + 1] != ".":
            return i + 1 if shape[i + 1] == "(" else -1
        i += 2
    return -1


def _on_execute(walk: Walk, i: int) -> None:
    shape = walk.uses.shape
    if shape[i + 1] == "immediate":
        if shape[i + 2] == PLACEHOLDER and walk.tokens.kinds[i + 2] in TEXTS:
            walk.uses.nested.add(i + 2)
    elif shape[i + 1 : i + 3][1:] == ["("]:
        walk.upcoming[i + 2] = Place.ARGUMENTS


# --- what may be any length ---


def _on_in(walk: Walk, i: int) -> None:
    shape = walk.uses.shape
    if shape[i + 1] != "(" or walk.place is Place.PIVOT:
        return
    end = constant_end(shape, walk.tokens.kinds, i + 2)
    if end >= 0:
        if walk.tokens.kinds[i - 1] in IDENTIFIERS and is_secret_name(name_before(walk, i)):
            mark_strings(walk, range(i + 2, end))
        _fold(walk, i + 2, end, PLACEHOLDER)


def _on_bracket(walk: Walk, i: int) -> None:
    if walk.uses.shape[i - 1] == "array" and walk.place not in _ARGUMENT_PLACES:
        end = constant_end(walk.uses.shape, walk.tokens.kinds, i + 1)
        if end >= 0:
            _fold(walk, i + 1, end, PLACEHOLDER)


def _on_values(walk: Walk, i: int) -> None:
    end, rows = constant_rows(walk.uses.shape, walk.tokens.kinds, i + 1)
    if rows:
        _fold(walk, i + 1, end, rows)


def _on_sign(walk: Walk, i: int) -> None:
    shape = walk.uses.shape
    if shape[i + 1] == PLACEHOLDER and shape[i - 1] in _BEFORE_SIGN and not walk.place:
        _fold(walk, i, i + 1, "")


def _fold(walk: Walk, begin: int, end: int, replacement: str) -> None:
    folds = walk.uses.folds
    if begin >= walk.raw and (not folds or begin >= folds[-1][1]):
        folds.append((begin, end, replacement))


_ON: dict[str, _Handler] = {
    PLACEHOLDER: _on_literal,
    "(": _on_open,
    ")": _on_close,
    "by": _on_by,
    "select": _on_select,
    "version": _on_version,
    "authorization": _on_authorization,
    "uescape": _on_uescape,
    **dict.fromkeys(("limit", "offset", "first", "next", "{"), _on_count),
    "call": _on_call,
    "table": _on_table,
    "execute": _on_execute,
    "=": on_equals,
    "<>": on_equals,
    "!=": on_equals,
    "like": on_equals,
    "=>": on_arrow,
    "session": on_session,
    "catalog": on_catalog,
    "in": _on_in,
    "[": _on_bracket,
    "values": _on_values,
    "-": _on_sign,
    **dict.fromkeys(("password", "secret", "token", "passphrase", "credential", "credentials"), on_secret_word),
}
