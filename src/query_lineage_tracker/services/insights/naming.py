"""Names of tables and columns as people write them, and which object is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from query_lineage_tracker.domain.insights.objects import NamedObject
from query_lineage_tracker.errors import NotInHistory, UsageError
from query_lineage_tracker.ports.insights import NameParts, NameReads

_PART = re.compile(r'"((?:[^"]|"")*)"|([^".]+)')
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Focus:
    """What somebody asks about: an object, or a column of it."""

    object: NamedObject
    column: str | None = None

    def __str__(self) -> str:
        return self.object.object if self.column is None else f"{self.object.object}, column {self.column}"


def parts_of(text: str) -> list[str]:
    """The parts of a dotted name, in lower case; quotes are for parts that hold a dot. Raises UsageError."""
    parts: list[str] = []
    at = 0
    while at <= len(text) and len(text) <= _LONGEST:
        found = _PART.match(text, at)
        if found is None:
            break
        parts.append((found[1].replace('""', '"') if found[1] is not None else found[2]).lower())
        at = found.end() + 1
        if found.end() == len(text) and "\0" not in text:
            return parts
        if text[found.end() : at] != ".":
            break
    raise UsageError(
        f"{text[:100]!r} is no name of a table",
        hint='Expected catalog.schema.table, a part with dots in quotes: lake."2026.sales".orders; @branch behind it.',
    )


async def object_named(reads: NameReads, text: str, namespace: str | None = None) -> NamedObject:
    """The only object of that name: catalog.schema.name, or its end. Raises UsageError, NotInHistory."""
    found = await _objects(reads, parts_of(text), namespace)
    if len(found) == 1:
        return found[0]
    raise await _unknown(reads, text) if not found else _ambiguous(text, [Focus(one) for one in found])


async def focus_named(reads: NameReads, text: str, column: str | None = None, namespace: str | None = None) -> Focus:
    """The object of that name and the column beside it, which it has or had. Raises UsageError, NotInHistory."""
    named = await object_named(reads, text, namespace)
    if column is None:
        return Focus(named)
    if not await reads.with_column(_identities([named]), column.lower()):
        raise NotInHistory(
            f"no query has used a column {column[:100]!r} of {named.object}",
            hint="The list of its columns shows those that are known.",
        )
    return Focus(named, column.lower())


async def focus_meant(reads: NameReads, text: str, namespace: str | None = None) -> Focus:
    """What TABLE or TABLE.COLUMN means; both are tried. Raises UsageError where it may be several, NotInHistory."""
    parts = parts_of(text)
    found = [Focus(one) for one in await _objects(reads, parts, namespace)] if len(parts) <= 3 else []
    if len(parts) > 1:
        tables = await _objects(reads, parts[:-1], namespace)
        having = await reads.with_column(_identities(tables), parts[-1]) if tables else frozenset()
        found += [Focus(one, parts[-1]) for one in tables if one.object_id in having]
    if len(found) == 1:
        return found[0]
    raise await _unknown(reads, text) if not found else _ambiguous(text, found)


async def _objects(reads: NameReads, parts: Sequence[str], namespace: str | None) -> Sequence[NamedObject]:
    """Objects with such a name: a branch is tried where there is none that is called so itself."""
    if len(parts) > 3:
        return ()
    catalog, schema, name = [None] * (3 - len(parts)) + list(parts)
    assert name is not None  # noqa: S101 - there is at least one part
    found = await reads.named(NameParts(name, schema, catalog), namespace)
    main, _, branch = name.rpartition("@")
    if found or not main:
        return found
    return await reads.named(NameParts(main, schema, catalog, branch), namespace)


async def _unknown(reads: NameReads, text: str) -> NotInHistory:
    name = parts_of(text)[-1]
    alike = await reads.similar(name) if len(name) >= 3 else ()
    hint = (
        f"Did you mean {' or '.join(alike)}?"
        if alike
        else "`qlt objects`, or the page's list of objects, shows what there is."
    )
    return NotInHistory(f"no query has used an object {text[:200]!r}", hint=hint)


def _ambiguous(text: str, found: Sequence[Focus]) -> UsageError:
    several = "; ".join(f"{one} in namespace {one.object.namespace}" for one in found[:10])
    return UsageError(f"{text[:200]!r} may be: {several}", hint="Write more of the name, or choose a namespace.")


def _identities(found: Sequence[NamedObject]) -> list[int]:
    return [one.object_id for one in found]
