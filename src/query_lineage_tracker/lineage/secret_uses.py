"""Where secrets stand: values of properties and arguments, and all of CREATE CATALOG's."""

from __future__ import annotations

from collections.abc import Iterable

from query_lineage_tracker.lineage.folds import PLACEHOLDER
from query_lineage_tracker.lineage.secrets import is_secret_name
from query_lineage_tracker.lineage.syntax.words import RESERVED
from query_lineage_tracker.lineage.tokens import Kind
from query_lineage_tracker.lineage.walk import IDENTIFIERS, Place, Walk, is_escape_character, literals_from, name_before

_NOT_A_SECRET_VALUE = RESERVED | {"array", "map", "row", "default"}


def on_equals(walk: Walk, i: int) -> None:
    is_property = walk.sets_session or walk.place is Place.PROPERTIES
    if not _follows_secret_name(walk, i, is_property=is_property):
        return
    if is_property:
        _mark_value(walk, i + 1, names_too=walk.sets_session)
    else:
        mark_strings(walk, literals_from(walk, i + 1))


def _follows_secret_name(walk: Walk, i: int, *, is_property: bool) -> bool:
    named = walk.tokens.kinds[i - 1] in IDENTIFIERS
    return named and is_secret_name(name_before(walk, i), is_property=is_property)


def mark_strings(walk: Walk, places: Iterable[int]) -> None:
    """Mark placeholders but numbers: what is compared with a token_count is no secret."""
    shape, kinds = walk.uses.shape, walk.tokens.kinds
    walk.uses.secret.update(i for i in places if shape[i] == PLACEHOLDER and kinds[i] < Kind.INTEGER)


def on_arrow(walk: Walk, i: int) -> None:
    if _follows_secret_name(walk, i, is_property=True):
        _mark_value(walk, i + 1, names_too=False)


def on_secret_word(walk: Walk, i: int) -> None:
    mark_if_literal(walk, i + 1)


def mark_if_literal(walk: Walk, i: int) -> None:
    if walk.uses.shape[i] == PLACEHOLDER:
        walk.uses.secret.add(i)


def _mark_value(walk: Walk, i: int, *, names_too: bool) -> None:
    """Mark the literals of one property value or argument; `names_too` where somebody may have forgotten the quotes."""
    shape = walk.uses.shape
    depth = 0
    while shape[i] not in ("", ";"):
        if shape[i] in ("(", "["):
            depth += 1
        elif shape[i] in (")", "]"):
            depth -= 1
        if depth < 0 or (depth == 0 and shape[i] == ","):
            break
        if shape[i] == PLACEHOLDER or (names_too and _is_stray_value(walk, i)):
            _mark(walk, i)
        i += 1
    walk.settled = i


def _mark(walk: Walk, i: int) -> None:
    (walk.uses.kept if is_escape_character(walk, i) else walk.uses.secret).add(i)


def _is_stray_value(walk: Walk, i: int) -> bool:
    shape = walk.uses.shape
    return walk.tokens.kinds[i] in IDENTIFIERS and shape[i + 1] != "(" and shape[i] not in _NOT_A_SECRET_VALUE


def on_session(walk: Walk, i: int) -> None:
    if walk.uses.shape[i - 1] == "set" and walk.uses.shape[i + 1] != "authorization":
        walk.sets_session = True


def on_catalog(walk: Walk, i: int) -> None:
    """All property values of CREATE CATALOG are secret, also where quotes are missing or misplaced."""
    shape, kinds = walk.uses.shape, walk.tokens.kinds
    if shape[i - 1] not in ("create", "alter", "replace"):
        return
    in_value = False
    i += 1
    while shape[i] not in ("", ";"):
        in_value = shape[i] == "=" or (in_value and shape[i] not in (",", ")"))
        if shape[i] == PLACEHOLDER:
            if in_value or shape[i - 1] != "comment":
                _mark(walk, i)
        elif (in_value and _is_stray_value(walk, i)) or (
            kinds[i] is Kind.QUOTED and ("'" in shape[i] or "=" in shape[i])
        ):
            _mark(walk, i)
        i += 1
    walk.settled = i
