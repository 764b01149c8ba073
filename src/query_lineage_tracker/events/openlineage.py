"""OpenLineage events (core 2-0-2) of any sender: one event, a list of them, or `{"events": [...]}`.

Read are the run, the job, the datasets with their column lineage (facet 1-0-1 to 1-2-0), the SQL, and where Trino's
query id stands. Everything else is ignored. Texts come out redacted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timezone
from typing import Annotated, Any

import orjson
from pydantic import AwareDatetime, BeforeValidator, StringConstraints, TypeAdapter, ValidationError
from typing_extensions import Required, TypedDict

from query_lineage_tracker.domain.claims import ClaimedColumn, ClaimedRun, Dataset
from query_lineage_tracker.domain.history import RejectedRow, is_query_id
from query_lineage_tracker.events.body import Unreadable, read_body
from query_lineage_tracker.lineage.fingerprint import normalize
from query_lineage_tracker.lineage.secrets import hide_secrets
from query_lineage_tracker.records import rejected_row, shape_of
from query_lineage_tracker.services.rejected import redact_rejected

JOB_EVENT, DATASET_EVENT = "JOB", "DATASET"
"""The event types of claims from events without a run: their `run_id` is empty, a dataset event has no job either."""

_REJECTED = "qlt_rejected"
_EVENT_TYPES = ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER")
_QUERY_ID = re.compile(r"(?<![0-9A-Za-z])\d{8}_\d{6}_\d{5}_[a-z0-9]{5}(?![0-9A-Za-z])")
_QUERY_ID_KEYS = (
    ("externalQuery", "externalQueryId"),
    ("trino_metadata", "query_id"),
    ("trino_metadata", "queryId"),
    ("trino_query_context", "query_id"),
    ("trino_query_context", "queryId"),
)

_Name = Annotated[str, StringConstraints(min_length=1)]
_Facets = dict[str, Any]


def _or_empty(empty: Callable[[], object]) -> BeforeValidator:
    """Null is as good as missing: senders differ."""
    return BeforeValidator(lambda value: empty() if value is None else value)


class _Transformation(TypedDict, total=False):
    type: str | None
    subtype: str | None


class _InputField(TypedDict, total=False):
    namespace: Required[_Name]
    name: Required[_Name]
    field: Required[_Name]
    transformations: Annotated[list[_Transformation], _or_empty(list)]


class _OutputField(TypedDict, total=False):
    inputFields: Annotated[list[_InputField], _or_empty(list)]
    transformationType: str | None


class _ColumnLineage(TypedDict, total=False):
    fields: Annotated[dict[_Name, _OutputField], _or_empty(dict)]
    dataset: Annotated[list[_InputField], _or_empty(list)]


class _DatasetFacets(TypedDict, total=False):
    columnLineage: _ColumnLineage | None


class _Dataset(TypedDict, total=False):
    namespace: Required[_Name]
    name: Required[_Name]
    facets: Annotated[_DatasetFacets, _or_empty(dict)]


class _Run(TypedDict, total=False):
    runId: Required[_Name]
    facets: Annotated[_Facets, _or_empty(dict)]


class _Job(TypedDict, total=False):
    namespace: Required[_Name]
    name: Required[_Name]
    facets: Annotated[_Facets, _or_empty(dict)]


class _Event(TypedDict, total=False):
    eventTime: Required[AwareDatetime]
    eventType: str | None
    producer: str | None
    run: _Run | None
    job: _Job | None
    dataset: _Dataset | None
    inputs: Annotated[list[_Dataset], _or_empty(list)]
    outputs: Annotated[list[_Dataset], _or_empty(list)]


_EVENT: TypeAdapter[_Event] = TypeAdapter(_Event)


class _Malformed(ValueError):
    """Fields that are well-formed each and make no event together."""


def parse_openlineage(
    body: bytes, origin: str, *, redact_literals: bool = False
) -> tuple[ClaimedRun | RejectedRow, ...]:
    """What each event of the body claims, in order; an event that is not understood costs only itself.

    The `transformation` of the old shape of column lineage, which knew values only, comes out as DIRECT.
    """
    try:
        events = _events_in(read_body(body))
    except (Unreadable, _Malformed) as problem:
        return (rejected_row(body, origin, str(problem)),)
    several = len(events) > 1
    return tuple(
        _claimed_or_rejected(event, f"{origin}, event {number}" if several else origin, redact_literals)
        for number, event in enumerate(events, start=1)
    )


def reduced_openlineage(body: bytes, *, redact_literals: bool) -> bytes | RejectedRow:
    """The body as compact JSON, redacted, with only what `parse_openlineage` reads, who reads the same from it.

    Events of a batch that are not understood stay in it with their reason; a body without any other is a rejected row.
    """
    parsed = parse_openlineage(body, "", redact_literals=redact_literals)
    if len(parsed) == 1 and isinstance(parsed[0], RejectedRow):
        return parsed[0]
    return orjson.dumps([_reduced(one) for one in parsed])


def _events_in(parsed: object) -> Sequence[object]:
    events = parsed.get("events", [parsed]) if isinstance(parsed, dict) else parsed
    if not isinstance(events, list):
        raise _Malformed(f"{shape_of(events)}, expected an event or a list of events")
    return events


def _claimed_or_rejected(event: object, origin: str, redact_literals: bool) -> ClaimedRun | RejectedRow:
    if isinstance(event, dict) and _REJECTED in event:
        return _rejected_before(event[_REJECTED], origin)
    try:
        return _claimed(_EVENT.validate_python(event), redact_literals)
    except ValidationError as problem:
        reason = _reason(problem)
    except _Malformed as problem:
        reason = str(problem)
    return redact_rejected(RejectedRow(reason, _payload(event), origin), literals=redact_literals)


def _rejected_before(row: object, origin: str) -> RejectedRow:
    texts = row if isinstance(row, dict) else {}
    return RejectedRow(str(texts.get("reason", "")), str(texts.get("payload", "")), origin)


def _claimed(event: _Event, redact_literals: bool) -> ClaimedRun:
    run, job, dataset = event.get("run"), event.get("job"), event.get("dataset")
    if job is None and (run is not None or dataset is None):
        raise _Malformed("job: missing, expected an object")
    outputs = [*event.get("outputs", ()), *([dataset] if dataset else ())]
    namespace, name = (job["namespace"], job["name"]) if job else ("", "")
    return ClaimedRun(
        run_id=hide_secrets(run["runId"]) if run else "",
        job_namespace=hide_secrets(namespace),
        job_name=hide_secrets(name),
        event_type=_event_type(event),
        event_time=event["eventTime"].astimezone(timezone.utc),
        producer=hide_secrets(event.get("producer") or ""),
        query_id=_query_id(event),
        inputs=_datasets(event.get("inputs", ())),
        outputs=_datasets(outputs),
        columns=tuple(sorted({column for one in outputs for column in _columns(one)})),
        sql=_sql(job, redact_literals),
    )


def _event_type(event: _Event) -> str:
    if event.get("run") is None:
        return DATASET_EVENT if event.get("job") is None else JOB_EVENT
    told = (event.get("eventType") or "OTHER").upper()
    if told not in _EVENT_TYPES:
        raise _Malformed(f"eventType: {shape_of(told)}, expected one of {', '.join(_EVENT_TYPES)}")
    return told


def _query_id(event: _Event) -> str | None:
    """Where the sender says so, else the one id in the name of the job: Trino names its jobs after them."""
    run, job = event.get("run"), event.get("job")
    facets = run.get("facets", {}) if run else {}
    for facet, key in _QUERY_ID_KEYS:
        value = _value_in(facets.get(facet), key)
        if isinstance(value, str) and is_query_id(value):
            return value
    named = set(_QUERY_ID.findall(job["name"])) if job else set()
    return named.pop() if len(named) == 1 else None


def _value_in(facet: object, key: str) -> object:
    return facet.get(key) if isinstance(facet, dict) else None


def _sql(job: _Job | None, redact_literals: bool) -> str | None:
    sql = _value_in(job.get("facets", {}).get("sql"), "query") if job else None
    return normalize(sql, literals=redact_literals).redacted if isinstance(sql, str) else None


def _datasets(datasets: Sequence[_Dataset]) -> tuple[Dataset, ...]:
    return tuple(dict.fromkeys(_dataset(one["namespace"], one["name"]) for one in datasets))


def _dataset(namespace: str, name: str) -> Dataset:
    return Dataset(hide_secrets(namespace), hide_secrets(name))


def _columns(output: _Dataset) -> Iterator[ClaimedColumn]:
    lineage = output.get("facets", {}).get("columnLineage")
    if lineage is None:
        return
    target = _dataset(output["namespace"], output["name"])
    for name, field in lineage.get("fields", {}).items():
        told = field.get("transformationType")
        default = f"DIRECT/{told.upper()}" if told else ""
        for one in field.get("inputFields", ()):
            yield from _claimed_columns(target, name, one, default)
    for one in lineage.get("dataset", ()):
        yield from _claimed_columns(target, "", one, "")


def _claimed_columns(target: Dataset, name: str, origin: _InputField, default: str) -> Iterator[ClaimedColumn]:
    dataset = _dataset(origin["namespace"], origin["name"])
    kinds = [_transformation(one) for one in origin.get("transformations", ())]
    for kind in kinds or [default]:
        yield ClaimedColumn(target, hide_secrets(name), dataset, hide_secrets(origin["field"]), hide_secrets(kind))


def _transformation(told: _Transformation) -> str:
    return "/".join(word.upper() for word in (told.get("type"), told.get("subtype")) if word)


# --- what is not understood ---


def _payload(event: object) -> str:
    try:
        return json.dumps(event, ensure_ascii=False)
    except RecursionError:
        return "(left out: nested too deeply)"


def _reason(problem: ValidationError) -> str:
    errors = problem.errors(include_url=False, include_context=False)
    return "; ".join(dict.fromkeys(_one_reason(error["loc"], error["type"], error["input"]) for error in errors[:5]))


def _one_reason(location: tuple[int | str, ...], kind: str, found: object) -> str:
    if not location:
        return f"{shape_of(found)}, expected an event"
    shape = "missing" if kind == "missing" else shape_of(found)
    return f"{_path(location)}: {shape}, expected {_EXPECTED.get(kind, _EXPECTED_KEYS.get(location[-1], 'a text'))}"


_EXPECTED = {
    "dict_type": "an object",
    "list_type": "a list",
    "string_too_short": "a text that is not empty",
    "timezone_aware": "a time with its zone such as 2026-11-22T17:14:01.717Z",
}
_EXPECTED_KEYS: dict[int | str, str] = {"eventTime": _EXPECTED["timezone_aware"]}


def _path(location: tuple[int | str, ...]) -> str:
    """Where it stands; names of columns are the sender's, so they do not show."""
    words = ["*" if i and location[i - 1] == "fields" else str(word) for i, word in enumerate(location)]
    return ".".join(words)


# --- and back ---


def _reduced(one: ClaimedRun | RejectedRow) -> dict[str, object]:
    if isinstance(one, RejectedRow):
        return {_REJECTED: {"reason": one.reason, "payload": one.payload}}
    event: dict[str, object] = {"eventTime": one.event_time.isoformat(), "producer": one.producer}
    if one.run_id:
        external = {"externalQuery": {"externalQueryId": one.query_id}} if one.query_id else {}
        event |= {"eventType": one.event_type, "run": {"runId": one.run_id, "facets": external}}
    if one.job_name:
        facets = {} if one.sql is None else {"sql": {"query": one.sql}}
        event["job"] = {"namespace": one.job_namespace, "name": one.job_name, "facets": facets}
    outputs = [_reduced_output(dataset, one.columns) for dataset in one.outputs]
    if one.event_type == DATASET_EVENT:
        return {**event, "dataset": outputs[0]}
    return {**event, "inputs": [_reduced_dataset(dataset) for dataset in one.inputs], "outputs": outputs}


def _reduced_dataset(dataset: Dataset) -> dict[str, object]:
    return {"namespace": dataset.namespace, "name": dataset.name}


def _reduced_output(dataset: Dataset, columns: Sequence[ClaimedColumn]) -> dict[str, object]:
    fields: dict[str, dict[str, list[Mapping[str, object]]]] = {}
    influences: list[Mapping[str, object]] = []
    for column in columns:
        if column.output == dataset:
            places = fields.setdefault(column.field, {"inputFields": []})["inputFields"] if column.field else influences
            places.append(_reduced_column(column))
    lineage = {"columnLineage": {"fields": fields, "dataset": influences}} if fields or influences else {}
    return {**_reduced_dataset(dataset), "facets": lineage}


def _reduced_column(column: ClaimedColumn) -> Mapping[str, object]:
    # In one word: what senders call their types may hold a slash itself.
    told = {"transformations": [{"type": column.transformation}]} if column.transformation else {}
    return {**_reduced_dataset(column.input), "field": column.input_field, **told}
