"""What an edge should say: three ways merged from what stands there, what we last sent, and what we know now.

Replacing is all that OpenMetadata's lineage can do, so everything of others has to be sent back to it: their columns,
and, where the edge is theirs (drawn by hand, or by another tool), their source, SQL and description as well. Columns
that we sent before and no longer know leave. Whenever something is put, columns that a table no longer lists leave too:
the server refuses the whole edge because of one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

Details = Mapping[str, object]
Pair = tuple[str, str]
"""FQN of an upstream column, FQN of the downstream column."""

Flows = Mapping[Pair, str]
"""Pairs of columns, each with what happens to the value on the way: the entry's `function`, empty for a plain copy."""

Flow = tuple[Pair, str]

OUR_MARK = "qlt"
"""Our descriptions begin with it; an edge so described is ours even when we forgot that we sent it."""

_KEPT_BY_THE_SERVER = frozenset({"createdAt", "createdBy", "updatedAt", "updatedBy"})


@dataclass(frozen=True, slots=True)
class KnownEdge:
    """What we know of an edge now, in OpenMetadata's terms; `sql` is None when no text may be sent."""

    source: str
    description: str
    sql: str | None
    flows: Flows


def merged_details(standing: Details | None, known: KnownEdge, sent: Details, listed: frozenset[str]) -> Details | None:
    """The details to put, or None when what stands there says all of it. `listed` holds the tables' column FQNs."""
    if standing is None:
        return _details_of({}, known, _added([], known.flows))
    columns = _merged_columns(_entries(standing), known.flows, _sent_flows(sent))
    kept = {name: value for name, value in standing.items() if name not in _KEPT_BY_THE_SERVER}
    if _is_ours(standing, known, sent):
        merged = _details_of(kept, known, columns)
    else:
        merged = kept | {"columnsLineage": columns}
    if _comparable(merged) == _comparable(standing):
        return None
    return merged | {"columnsLineage": _only_listed(columns, listed)}


def sent_details(known: KnownEdge, standing: Details | None = None, sent: Details | None = None) -> dict[str, object]:
    """What to remember of a delivery as the base of the next merge: our flows, and which had been there before us.

    What stands on an edge of ours unremembered is ours as well: a delivery may have been cut short.
    """
    theirs = _theirs(standing or {}, sent or {})
    return {
        "source": known.source,
        "sql_digest": _digest(known.sql) if known.sql is not None else None,
        "flows": _listed(flow for flow in known.flows.items() if flow[0] not in {pair for pair, _ in theirs}),
        "theirs": _listed(theirs),
    }


def is_all_ours(standing: Details, known: KnownEdge, sent: Details) -> bool:
    """Whether everything that stands on the edge is what we told, so that nothing of others goes with it."""
    told = {name for name, value in _comparable(standing).items() if value}
    sql = standing.get("sqlQuery")
    return (
        _has_our_mark(standing.get("description"))
        and told <= {"source", "description", "sqlQuery", "columnsLineage"}
        and standing.get("source") in {known.source, sent.get("source")}
        and (not sql or _is_our_sql(sql, known, sent))
        and _flows_in(_entries(standing)) <= _our_flows(standing, known, sent)
    )


def details_without_ours(standing: Details, known: KnownEdge, sent: Details, listed: frozenset[str]) -> Details | None:
    """The details to put where we leave an edge to others, or None when nothing of ours stands on it.

    Our columns leave, and our SQL and our description as far as they are ours; the rest stays as it is.
    """
    kept = {name: value for name, value in standing.items() if name not in _KEPT_BY_THE_SERVER}
    if _has_our_mark(standing.get("description")):
        del kept["description"]
    if _is_our_sql(standing.get("sqlQuery"), known, sent):
        del kept["sqlQuery"]
    ours = _our_flows(standing, known, sent)
    columns = [left for entry in _entries(standing) if (left := _without(entry, ours)) is not None]
    if _comparable(kept | {"columnsLineage": columns}) == _comparable(standing):
        return None
    return kept | {"columnsLineage": _only_listed(columns, listed)}


def _our_flows(standing: Details, known: KnownEdge, sent: Details) -> frozenset[Flow]:
    """What we told of the columns; where the edge is ours also what we know and may have told unremembered."""
    told = _sent_flows(sent)
    known_flows = known.flows.items() if _has_our_mark(standing.get("description")) else set()
    return frozenset((told | known_flows) - _sent_flows(sent, "theirs"))


def _is_our_sql(sql: object, known: KnownEdge, sent: Details) -> bool:
    return bool(sql) and (sql == known.sql or _digest(str(sql)) == sent.get("sql_digest"))


def _theirs(standing: Details, sent: Details) -> set[Flow]:
    there = _flows_in(_entries(standing))
    if _has_our_mark(standing.get("description")):
        return there & _sent_flows(sent, "theirs")
    return there - _sent_flows(sent)


def _listed(flows: Iterable[Flow]) -> list[list[str]]:
    return [[*pair, function] for pair, function in sorted(flows)]


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


def _merged_columns(entries: list[Details], known: Flows, sent: frozenset[Flow]) -> list[Details]:
    withdrawn = sent - known.items()
    kept = [left for entry in entries if (left := _without(entry, withdrawn)) is not None]
    present = {pair for pair, _ in _flows_in(kept)}
    return _added(kept, {pair: function for pair, function in known.items() if pair not in present})


def _without(entry: Details, leaving: Set[Flow]) -> Details | None:
    """The entry without the flows; None when nothing is left of it."""
    upstreams = [pair[0] for pair, function in _flows_of(entry) if (pair, function) not in leaving]
    if len(upstreams) == len(_flows_of(entry)):
        return entry
    return {**entry, "fromColumns": upstreams} if upstreams else None


def _only_listed(entries: list[Details], listed: frozenset[str]) -> list[Details]:
    """The entries as far as the tables list their columns."""
    found = [(entry, [each for each in _texts(entry.get("fromColumns")) if each in listed]) for entry in entries]
    return [{**entry, "fromColumns": ups} for entry, ups in found if ups and entry.get("toColumn") in listed]


def _added(entries: list[Details], flows: Flows) -> list[Details]:
    """The entries with the flows added: to the entry of the same downstream column and function, else as a new one."""
    added = list(entries)
    places = {(str(entry.get("toColumn")), _function(entry)): place for place, entry in enumerate(entries)}
    for (upstream, downstream), function in sorted(flows.items(), key=lambda flow: (flow[0][1], flow[1], flow[0][0])):
        place = places.setdefault((downstream, function), len(added))
        if place == len(added):
            entry: Details = {"fromColumns": [], "toColumn": downstream}
            added.append({**entry, "function": function} if function else entry)
        added[place] = {**added[place], "fromColumns": [*_texts(added[place].get("fromColumns")), upstream]}
    return added


def _flows_in(entries: Iterable[Details]) -> set[Flow]:
    return {flow for entry in entries for flow in _flows_of(entry)}


def _flows_of(entry: Details) -> list[Flow]:
    downstream = str(entry.get("toColumn", ""))
    return [((upstream, downstream), _function(entry)) for upstream in _texts(entry.get("fromColumns"))]


def _function(entry: Details) -> str:
    return str(entry.get("function") or "")


def _entries(details: Details) -> list[Details]:
    entries = details.get("columnsLineage")
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def _sent_flows(sent: Details, whose: str = "flows") -> frozenset[Flow]:
    flows = sent.get(whose)
    if not isinstance(flows, list):
        return frozenset()
    return frozenset(((str(upstream), str(downstream)), str(function)) for upstream, downstream, function in flows)


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _comparable(details: Details) -> Details:
    """Without what the server keeps itself and without empty values, which it leaves out or not as it pleases."""
    return {name: value for name, value in details.items() if value and name not in _KEPT_BY_THE_SERVER}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
