"""A statement as an OpenLineage run event (core 2-0-2, and the facets that `_FACETS` names)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from query_lineage_tracker import __version__
from query_lineage_tracker.adapters.openlineage.naming import Naming, job_name, run_id
from query_lineage_tracker.domain.outbox import Claim, ObjectFacts, QueryFacts
from query_lineage_tracker.domain.statement_run import KnownColumn, StatementFlow, StatementRun
from query_lineage_tracker.lineage.result import Subtype
from query_lineage_tracker.services.message_json import utc_text

PRODUCER = f"urn:query-lineage-tracker:{__version__}"
"""Who made the event; every event and every facet says so."""

_SPEC = "https://openlineage.io/spec"
_RUN_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = {
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "externalQuery": "1-0-2/ExternalQueryRunFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
    "processing_engine": "1-1-1/ProcessingEngineRunFacet",
    "schema": "1-2-0/SchemaDatasetFacet",
    "sql": "1-1-0/SQLJobFacet",
}
_UNKNOWN_VERSION = "unknown"

Json = dict[str, object]
_Input = tuple[ObjectFacts, str]


def run_event(claim: Claim, facts: QueryFacts, run: StatementRun, naming: Naming, *, send_sql: bool = True) -> Json:
    """The COMPLETE event of the statement's last run. The statement must use at least one object."""
    first, *_ = facts.targets or facts.sources
    return {
        "eventType": "COMPLETE",
        "eventTime": utc_text(facts.last_seen),
        "producer": PRODUCER,
        "schemaURL": _RUN_EVENT,
        "run": {"runId": run_id(claim), "facets": _run_facets(run)},
        "job": {
            "namespace": naming.namespace_of(first),
            "name": job_name(facts, run),
            "facets": _job_facets(facts.text if send_sql else None),
        },
        "inputs": [_input(each, run, naming) for each in facts.sources],
        "outputs": [_output(each, run, naming) for each in facts.targets],
    }


def _run_facets(run: StatementRun) -> Json:
    version = run.engine_version or _UNKNOWN_VERSION
    engine = _facet("processing_engine", name="trino", version=version, openlineageAdapterVersion=__version__)
    if run.query_id is None:
        return {"processing_engine": engine}
    query = _facet("externalQuery", externalQueryId=run.query_id, source="trino")
    return {"processing_engine": engine, "externalQuery": query}


def _job_facets(text: str | None) -> Json:
    kind = _facet("jobType", processingType="BATCH", integration="TRINO", jobType="QUERY")
    return {"jobType": kind} if text is None else {"jobType": kind, "sql": _facet("sql", query=text, dialect="trino")}


def _input(facts: ObjectFacts, run: StatementRun, naming: Naming) -> Json:
    return naming.dataset(facts) | {"facets": _schema_facet(facts, run)}


def _output(facts: ObjectFacts, run: StatementRun, naming: Naming) -> Json:
    flows = [flow for flow in run.flows if flow.downstream == facts]
    lineage: Json = {"columnLineage": _column_lineage(flows, naming)} if flows else {}
    return naming.dataset(facts) | {"facets": _schema_facet(facts, run) | lineage}


def _schema_facet(facts: ObjectFacts, run: StatementRun) -> Json:
    columns = run.columns.get(facts)
    return {"schema": _schema(columns)} if columns else {}


def _schema(columns: Sequence[KnownColumn]) -> Json:
    fields = [
        {"name": column.name, "ordinal_position": place} | ({"type": column.type} if column.type else {})
        for place, column in enumerate(columns, 1)
    ]
    return _facet("schema", fields=fields)


def _column_lineage(flows: Iterable[StatementFlow], naming: Naming) -> Json:
    by_column: dict[str, dict[_Input, list[str]]] = {}
    for flow in flows:
        inputs = by_column.setdefault(flow.downstream_column, {})
        inputs.setdefault((flow.upstream, flow.upstream_column), []).append(flow.subtype)
    whole = _input_fields(by_column.pop("", {}), naming)
    fields = {column: {"inputFields": _input_fields(inputs, naming)} for column, inputs in by_column.items()}
    return _facet("columnLineage", fields=fields) | ({"dataset": whole} if whole else {})


def _input_fields(inputs: Mapping[_Input, Sequence[str]], naming: Naming) -> list[Json]:
    return [
        naming.dataset(upstream) | {"field": column, "transformations": [_transformation(each) for each in subtypes]}
        for (upstream, column), subtypes in inputs.items()
    ]


def _transformation(subtype: str) -> Json:
    """The consumer's subtypes have none for what only Trino told of."""
    known = Subtype(subtype)
    if known is Subtype.UNKNOWN:
        return {"type": "DIRECT", "description": "as Trino told it: the value flows or chooses"}
    return {"type": "DIRECT" if known.direct else "INDIRECT", "subtype": known.value}


def _facet(facet_name: str, /, **content: object) -> Json:
    facet = _FACETS[facet_name]
    address = f"{_SPEC}/facets/{facet}.json#/$defs/{facet.partition('/')[2]}"
    return {"_producer": PRODUCER, "_schemaURL": address, **content}
