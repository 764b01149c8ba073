"""What an edge should say: three ways merged from what stands there, what we last sent, and what we know now.

Replacing is all that OpenMetadata's lineage can do, so everything of others has to be sent back to it: their columns,
and, where the edge is theirs (drawn by hand, or by another tool), their source, SQL and description as well. Columns
that we sent before and no longer know leave. Whenever something is put, columns that a table no longer lists leave too:
the server refuses the whole edge because of one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Details = Mapping[str, object]
Pair = tuple[str, str]
"""FQN of an upstream column, FQN of the downstream column."""

OUR_MARK = "qlt"
"""Our descriptions begin with it; an edge so described is ours even when we forgot that we sent it."""

_KEPT_BY_THE_SERVER = frozenset({"createdAt", "createdBy", "updatedAt", "updatedBy"})


@dataclass(frozen=True, slots=True)
class KnownEdge:
    """What we know of an edge now, in OpenMetadata's terms; `sql` is None when no text may be sent."""

    source: str
    description: str
    sql: str | None
    pairs: frozenset[Pair]


def merged_details(standing: Details | None, known: KnownEdge, sent: Details, listed: frozenset[str]) -> Details | None:
    """The details to put, or None when what stands there says all of it. `listed` holds the tables' column FQNs."""
    if standing is None:
        return _details_of({}, known, _added([], known.pairs))
    columns = _merged_columns(_entries(standing), known, _sent_pairs(sent))
    kept = {name: value for name, value in standing.items() if name not in _KEPT_BY_THE_SERVER}
    if _is_ours(standing, known, sent):
        merged = _details_of(kept, known, columns)
    else:
        merged = kept | {"columnsLineage": columns}
    if _comparable(merged) == _comparable(standing):
        return None
    return merged | {"columnsLineage": _only_listed(columns, listed)}


def sent_details(known: KnownEdge) -> dict[str, object]:
    """What to remember of a delivery as the base of the next merge."""
    return {
        "source": known.source,
        "sql_digest": _digest(known.sql) if known.sql is not None else None,
        "pairs": [list(pair) for pair in sorted(known.pairs)],
    }


def _details_of(kept: Details, known: KnownEdge, columns: list[Details]) -> dict[str, object]:
    theirs = kept.get("description")
    foreign = bool(theirs) and not _has_our_mark(theirs)
    details = {name: value for name, value in kept.items() if name != "sqlQuery"}
    details |= {
        "source": known.source,
        "description": theirs if foreign else known.description,
        "columnsLineage": columns,
    }
    return details if known.sql is None else details | {"sqlQuery": known.sql}


def _is_ours(standing: Details, known: KnownEdge, sent: Details) -> bool:
    """Whether source and SQL of the standing edge are ours to replace."""
    if _has_our_mark(standing.get("description")):
        return True
    if (standing.get("source") or "Manual") not in {known.source, sent.get("source")}:
        return False
    sql = standing.get("sqlQuery")
    return not sql or _digest(str(sql)) == sent.get("sql_digest")


def _has_our_mark(description: object) -> bool:
    return isinstance(description, str) and description.partition(":")[0] == OUR_MARK


def _merged_columns(entries: list[Details], known: KnownEdge, sent: frozenset[Pair]) -> list[Details]:
    withdrawn = sent - known.pairs
    kept = [left for entry in entries if (left := _without(entry, withdrawn)) is not None]
    present = {pair for entry in kept for pair in _pairs_of(entry)}
    return _added(kept, known.pairs - present)


def _without(entry: Details, leaving: frozenset[Pair]) -> Details | None:
    """The entry without the pairs; None when nothing is left of it. One with a function is not ours: we send none."""
    if entry.get("function") or leaving.isdisjoint(_pairs_of(entry)):
        return entry
    upstreams = [pair[0] for pair in _pairs_of(entry) if pair not in leaving]
    return {**entry, "fromColumns": upstreams} if upstreams else None


def _only_listed(entries: list[Details], listed: frozenset[str]) -> list[Details]:
    """The entries as far as the tables list their columns."""
    found = [(entry, [each for each in _texts(entry.get("fromColumns")) if each in listed]) for entry in entries]
    return [{**entry, "fromColumns": ups} for entry, ups in found if ups and entry.get("toColumn") in listed]


def _added(entries: list[Details], pairs: Iterable[Pair]) -> list[Details]:
    """The entries with the pairs added: to the plain entry of the same downstream column, else as a new one."""
    added = list(entries)
    plain = {str(entry.get("toColumn")): place for place, entry in enumerate(entries) if not entry.get("function")}
    for upstream, downstream in sorted(pairs, key=lambda pair: (pair[1], pair[0])):
        place = plain.setdefault(downstream, len(added))
        if place == len(added):
            added.append({"fromColumns": [], "toColumn": downstream})
        added[place] = {**added[place], "fromColumns": [*_texts(added[place].get("fromColumns")), upstream]}
    return added


def _pairs_of(entry: Details) -> list[Pair]:
    downstream = str(entry.get("toColumn", ""))
    return [(upstream, downstream) for upstream in _texts(entry.get("fromColumns"))]


def _entries(details: Details) -> list[Details]:
    entries = details.get("columnsLineage")
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def _sent_pairs(sent: Details) -> frozenset[Pair]:
    pairs = sent.get("pairs")
    if not isinstance(pairs, list):
        return frozenset()
    return frozenset((str(upstream), str(downstream)) for upstream, downstream in pairs)


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _comparable(details: Details) -> Details:
    """Without what the server keeps itself and without empty values, which it leaves out or not as it pleases."""
    return {name: value for name, value in details.items() if value and name not in _KEPT_BY_THE_SERVER}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
