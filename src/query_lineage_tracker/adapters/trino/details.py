"""What `GET /v1/query` tells beyond the system table: session, prepared text, kind, cost."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace

from query_lineage_tracker.domain.history import ExecutedQuery, ResourceUse, Session, SessionOrigin
from query_lineage_tracker.events.facts import Facts, child, text, texts
from query_lineage_tracker.events.units import milliseconds, size_in_bytes, whole_number


@dataclass(frozen=True, slots=True)
class QueryDetails:
    """The same facts from an element of the list and from a pruned single query."""

    query_id: str
    session: Session
    prepared_text: str | None = None
    query_type: str | None = None
    update_type: str | None = None
    client_info: str | None = None
    client_tags: tuple[str, ...] = ()
    error_message: str | None = None
    resources: ResourceUse = field(default_factory=ResourceUse)


class NotTheList(ValueError):
    """What was read is no JSON array of objects, or ends before its end."""


def parse_details(info: object) -> QueryDetails | None:
    """The details in a query's JSON object; None if it names no query."""
    if not isinstance(info, dict) or not isinstance(info.get("queryId"), str):
        return None
    return details_of(info["queryId"], info)


def details_of(query_id: str, info: Facts) -> QueryDetails:
    """The details in the JSON object of a query."""
    session, failure = child(info, "session"), child(info, "failureInfo")
    return QueryDetails(
        query_id=query_id,
        # Absent means that the client set none: that is known, too.
        session=Session(text(session, "catalog"), text(session, "schema"), SessionOrigin.REST),
        prepared_text=text(info, "preparedQuery"),
        query_type=text(info, "queryType"),
        update_type=text(info, "updateType"),
        client_info=text(session, "clientInfo"),
        client_tags=texts(session, "clientTags"),
        error_message=text(failure, "message"),
        resources=_resource_use(child(info, "queryStats")),
    )


def joined(query: ExecutedQuery, details: QueryDetails) -> ExecutedQuery:
    """The execution with its details; what the execution says itself stays."""
    return replace(
        query,
        session=details.session,
        prepared_text=query.prepared_text or details.prepared_text,
        query_type=query.query_type or details.query_type,
        update_type=query.update_type or details.update_type,
        client_info=query.client_info or details.client_info,
        client_tags=query.client_tags or details.client_tags,
        error_message=query.error_message or details.error_message,
        resources=_merged(query.resources, details.resources),
    )


def array_elements(chunks: Iterable[bytes]) -> Iterator[object]:
    """The elements of a JSON array of objects, each as soon as it is complete; holds one element and one chunk.

    Raises NotTheList for anything else, also where the array ends too early.
    """
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    buffer, needed, begun = "", 1, False
    for chunk in chunks:
        buffer += decode(chunk)
        if not begun:
            buffer, begun = _behind_opening(buffer)
        # An element that spans many chunks is not tried again at every one of them.
        if not begun or len(buffer) < needed:
            continue
        elements, buffer = _complete_elements(buffer)
        needed = 2 * len(buffer)
        yield from elements
    elements, rest = _complete_elements(buffer)
    yield from elements
    if not begun or rest.strip() != "]":
        raise NotTheList("the list of queries ends in the middle")


def _behind_opening(buffer: str) -> tuple[str, bool]:
    opening = buffer.lstrip()
    if not opening:
        return "", False
    if not opening.startswith("["):
        raise NotTheList("the list of queries is no JSON array")
    return opening[1:], True


_scan = json.JSONDecoder(strict=False).raw_decode


def _complete_elements(buffer: str) -> tuple[list[object], str]:
    elements: list[object] = []
    position = _next_element(buffer, 0)
    while position < len(buffer) and buffer[position] == "{":
        try:
            element, end = _scan(buffer, position)
        except json.JSONDecodeError:
            break
        except RecursionError as problem:
            raise NotTheList("a query in the list is nested too deeply") from problem
        elements.append(element)
        position = _next_element(buffer, end)
    return elements, buffer[position:]


def _next_element(buffer: str, position: int) -> int:
    while position < len(buffer) and buffer[position] in " \t\r\n,":
        position += 1
    return position


def _resource_use(stats: Facts) -> ResourceUse:
    return ResourceUse(
        cpu_ms=milliseconds(stats.get("totalCpuTime")),
        elapsed_ms=milliseconds(stats.get("elapsedTime")),
        queued_ms=milliseconds(stats.get("queuedTime")),
        analysis_ms=milliseconds(stats.get("analysisTime")),
        planning_ms=milliseconds(stats.get("planningTime")),
        execution_ms=milliseconds(stats.get("executionTime")),
        peak_memory_bytes=size_in_bytes(stats.get("peakUserMemoryReservation")),
        physical_input_bytes=size_in_bytes(stats.get("physicalInputDataSize")),
        raw_input_rows=whole_number(stats.get("rawInputPositions")),
        written_bytes=size_in_bytes(stats.get("physicalWrittenDataSize")),
        spilled_bytes=size_in_bytes(stats.get("spilledDataSize")),
    )


def _merged(first: ResourceUse, second: ResourceUse) -> ResourceUse:
    pairs = ((getattr(first, one.name), getattr(second, one.name)) for one in fields(ResourceUse))
    return ResourceUse(*(told if told is not None else other for told, other in pairs))
