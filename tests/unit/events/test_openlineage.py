from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.domain.claims import ClaimedColumn, ClaimedRun, Dataset
from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.events.openlineage import parse_openlineage, reduced_openlineage

SAMPLES = Path(__file__).parent / "samples"
TRINO = (SAMPLES / "trino_openlineage.jsonl").read_bytes().splitlines()
AIRFLOW = (SAMPLES / "airflow_openlineage.json").read_bytes()
DBT = (SAMPLES / "dbt_openlineage.json").read_bytes()
ORDERS = Dataset("trino://127.0.0.1:18080", "tpch.tiny.orders")
DAILY = Dataset("trino://127.0.0.1:18080", "lake.s.daily")


def event(**fields: Any) -> dict[str, Any]:
    least = {"eventTime": "2026-11-22T17:00:00Z", "run": {"runId": "r"}, "job": {"namespace": "n", "name": "j"}}
    return {key: value for key, value in {**least, **fields}.items() if value is not ...}


def claims(body: object, *, redact_literals: bool = False) -> list[ClaimedRun]:
    parsed = parse_openlineage(json.dumps(body).encode(), "test", redact_literals=redact_literals)
    return [one for one in parsed if isinstance(one, ClaimedRun)]


def rejected(body: object) -> list[RejectedRow]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [one for one in parse_openlineage(raw, "test") if isinstance(one, RejectedRow)]


def only(body: object) -> ClaimedRun:
    (claim,) = claims(body)
    return claim


def test_trinos_listener_names_its_job_after_the_query() -> None:
    (created,) = parse_openlineage(TRINO[0], "test")
    assert isinstance(created, ClaimedRun)
    assert (created.query_id, created.event_type) == ("20261122_171328_00003_99ia3", "COMPLETE")
    assert created.event_time == datetime(2026, 11, 22, 17, 13, 30, 39000, tzinfo=timezone.utc)
    assert created.outputs == (Dataset("trino://127.0.0.1:18080", "lake.s.u"),)
    assert created.sql is not None and created.sql.startswith("CREATE TABLE u (a bigint")
    assert created.job_namespace == "trino-test"


def test_every_recorded_event_of_trino_is_understood() -> None:
    told = [one for line in TRINO for one in parse_openlineage(line, "test")]
    assert [one.event_type for one in told if isinstance(one, ClaimedRun)] == ["COMPLETE", "COMPLETE", "START", "FAIL"]


def test_airflow_tells_trinos_query_id_and_columns_in_the_new_shape() -> None:
    (task,) = parse_openlineage(AIRFLOW, "test")
    assert isinstance(task, ClaimedRun)
    assert (task.query_id, task.job_name) == ("20261122_171958_00042_99ia3", "nightly.load_orders")
    assert (task.inputs, task.outputs) == ((ORDERS,), (DAILY,))
    assert task.columns == (
        ClaimedColumn(DAILY, "", ORDERS, "orderstatus", "INDIRECT/FILTER"),
        ClaimedColumn(DAILY, "orderkey", ORDERS, "orderkey", "DIRECT/IDENTITY"),
        ClaimedColumn(DAILY, "orderkey", ORDERS, "orderkey", "INDIRECT/GROUP_BY"),
        ClaimedColumn(DAILY, "total", ORDERS, "totalprice", "DIRECT/AGGREGATION"),
    )


def test_a_batch_of_dbt_has_columns_in_the_old_shape_and_no_query_id() -> None:
    command, model = parse_openlineage(DBT, "test")
    assert isinstance(command, ClaimedRun) and isinstance(model, ClaimedRun)
    assert (command.event_type, model.event_type, model.query_id) == ("START", "COMPLETE", None)
    assert [(one.field, one.input_field, one.transformation) for one in model.columns] == [
        ("customer_id", "id", "DIRECT/IDENTITY"),
        ("name", "name", ""),
    ]


@pytest.mark.parametrize("wrap", [lambda one: [one, one], lambda one: {"events": [one, one]}])
def test_a_batch_is_a_list_or_an_object_with_events(wrap: Any) -> None:
    assert len(claims(wrap(event()))) == 2


@pytest.mark.parametrize(
    ("name", "query_id"),
    [
        ("alice-20261122_171328_00003_99ia3", "20261122_171328_00003_99ia3"),
        ("alice_20261122_171328_00003_99ia3_x", "20261122_171328_00003_99ia3"),
        ("120261122_171328_00003_99ia3", None),
        ("20261122_171328_00003_99ia34", None),
        ("20261122_171328_00003_99ia3,20261122_171328_00004_99ia3", None),
    ],
)
def test_the_one_query_id_in_the_name_of_a_job_counts(name: str, query_id: str | None) -> None:
    assert only(event(job={"namespace": "n", "name": name})).query_id == query_id


@pytest.mark.parametrize("facet", ["trino_metadata", "trino_query_context"])
@pytest.mark.parametrize("key", ["query_id", "queryId"])
def test_a_query_id_in_trinos_own_facets_counts(facet: str, key: str) -> None:
    run = {"runId": "r", "facets": {facet: {key: "20261122_171328_00003_99ia3"}}}
    assert only(event(run=run)).query_id == "20261122_171328_00003_99ia3"


def test_the_query_id_of_another_system_is_none_of_trino() -> None:
    run = {"runId": "r", "facets": {"externalQuery": {"externalQueryId": "bquxjob_1", "source": "bigquery"}}}
    assert only(event(run=run)).query_id is None


def test_job_and_dataset_events_are_claims_without_a_run() -> None:
    table = {"namespace": "trino://h:1", "name": "c.s.t", "facets": {}}
    job, dataset = claims([event(run=..., outputs=[table]), event(run=..., job=..., dataset=table)])
    assert (job.event_type, job.run_id, job.job_name) == ("JOB", "", "j")
    assert (dataset.event_type, dataset.run_id, dataset.job_name) == ("DATASET", "", "")
    assert job.outputs == dataset.outputs == (Dataset("trino://h:1", "c.s.t"),)


def test_null_is_as_good_as_missing_and_unknown_facets_are_ignored() -> None:
    run = {"runId": "r", "facets": {"mine": [1, {"deep": None}], "externalQuery": "odd", "trino_metadata": None}}
    job = {"namespace": "n", "name": "j", "facets": None}
    told = only(event(run=run, job=job, inputs=None, outputs=None, producer=None, eventType=None, new=7))
    assert (told.event_type, told.producer, told.inputs, told.sql) == ("OTHER", "", (), None)


def test_a_malformed_event_of_a_batch_costs_only_itself() -> None:
    batch = [event(), event(eventTime="yesterday"), 7, event(job=...), event(inputs=[{"name": "t"}])]
    assert len(claims(batch)) == 1
    time = "a time with its zone such as 2026-11-22T17:14:01.717Z"
    assert [(one.origin, one.reason) for one in rejected(batch)] == [
        ("test, event 2", f"eventTime: a text of 9 characters, expected {time}"),
        ("test, event 3", "a number, expected an event"),
        ("test, event 4", "job: missing, expected an object"),
        ("test, event 5", "inputs.0.namespace: missing, expected a text"),
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"eventTime": ', "not JSON: Expecting value at character 15 of 14"),
        (b"7", "a number, expected an event or a list of events"),
        (b'{"events": {}}', "an object, expected an event or a list of events"),
        (b"[" * 100_000, "nested too deeply to be read"),
        (b"", "not JSON: Expecting value at character 1 of 0"),
    ],
)
def test_a_body_that_is_no_event_is_rejected_with_its_reason(body: bytes, reason: str) -> None:
    (row,) = rejected(body)
    assert row.reason == reason


def test_a_reason_tells_no_value_and_no_name_of_a_column() -> None:
    facets = {"columnLineage": {"fields": {"hunter2": {"inputFields": [{"namespace": "n", "name": 7, "field": "f"}]}}}}
    (row,) = rejected(event(outputs=[{"namespace": "n", "name": "t", "facets": facets}]))
    assert row.reason == "outputs.0.facets.columnLineage.fields.*.inputFields.0.name: a number, expected a text"


def test_an_event_of_a_batch_that_is_nested_too_deeply_to_be_kept_says_so() -> None:
    body = b"[%s, " % json.dumps(event()).encode() + b'{"deep": ' + b"[" * 1000 + b"]" * 1000 + b"}]"
    (row,) = rejected(body)
    assert row.reason == "eventTime: missing, expected a time with its zone such as 2026-11-22T17:14:01.717Z"
    # How deep is too deep differs with the Python: all of it is left out, or what is deeper.
    assert "(left out: nested too deeply)" in row.payload and row.payload.count("[") < 500


def test_secrets_go_from_sql_names_and_what_is_rejected() -> None:
    sql = "CREATE CATALOG c USING postgresql WITH (\"connection-password\" = 'hunter2')"
    job = {"namespace": "postgres://u:hunter2@h/d", "name": "j", "facets": {"sql": {"query": sql}}}
    table = {"namespace": "postgres://u:hunter2@h", "name": "t"}
    told = only(event(job=job, inputs=[table], outputs=[table]))
    assert "hunter2" not in repr(told) and told.sql is not None and told.sql.startswith("CREATE CATALOG c")
    (row,) = rejected(event(job=job, eventTime=..., password="hunter2", deep=[[sql]], inputs=[table]))
    assert "hunter2" not in row.payload and "CREATE CATALOG c" in row.payload


def test_with_the_switch_every_literal_goes() -> None:
    body = event(job={"namespace": "n", "name": "j", "facets": {"sql": {"query": "SELECT 1 FROM t WHERE n = 'Smith'"}}})
    (told,) = claims(body, redact_literals=True)
    assert told.sql is not None and "Smith" not in told.sql
    reduced = reduced_openlineage(json.dumps(body).encode(), redact_literals=True)
    assert isinstance(reduced, bytes) and b"Smith" not in reduced


@pytest.mark.parametrize("body", [*TRINO, AIRFLOW, DBT])
def test_a_reduced_body_tells_the_same_in_less_room(body: bytes) -> None:
    reduced = reduced_openlineage(body, redact_literals=False)
    assert isinstance(reduced, bytes) and len(reduced) < len(body)
    assert parse_openlineage(reduced, "test") == parse_openlineage(body, "test")
    assert reduced_openlineage(reduced, redact_literals=False) == reduced


def test_what_a_batch_held_and_was_not_understood_survives_its_reduction() -> None:
    body = json.dumps([event(), event(eventTime=...)]).encode()
    reduced = reduced_openlineage(body, redact_literals=False)
    assert isinstance(reduced, bytes)
    assert parse_openlineage(reduced, "test") == parse_openlineage(body, "test")


def test_a_body_in_which_nothing_is_understood_is_not_reduced() -> None:
    assert isinstance(reduced_openlineage(b"{", redact_literals=False), RejectedRow)
    assert isinstance(reduced_openlineage(b"{}", redact_literals=False), RejectedRow)


NAMES = st.text(min_size=1, max_size=6)
DATASETS = st.fixed_dictionaries({"namespace": NAMES, "name": NAMES})
TRANSFORMATIONS = st.lists(
    st.fixed_dictionaries({"type": st.sampled_from(["DIRECT", "INDIRECT", ""]), "subtype": st.none() | NAMES}),
    max_size=2,
)
INPUT_FIELDS = st.lists(
    st.fixed_dictionaries({"namespace": NAMES, "name": NAMES, "field": NAMES, "transformations": TRANSFORMATIONS}),
    max_size=3,
)
LINEAGE = st.fixed_dictionaries(
    {
        "fields": st.dictionaries(
            NAMES, st.fixed_dictionaries({"inputFields": INPUT_FIELDS, "transformationType": st.none() | NAMES})
        ),
        "dataset": INPUT_FIELDS,
    }
)
OUTPUTS = st.lists(
    st.fixed_dictionaries(
        {"namespace": NAMES, "name": NAMES, "facets": st.fixed_dictionaries({"columnLineage": LINEAGE})}
    ),
    max_size=2,
)
EVENTS = st.fixed_dictionaries(
    {
        "eventTime": st.datetimes(timezones=st.just(timezone.utc)).map(datetime.isoformat),
        "job": DATASETS,
        "inputs": st.lists(DATASETS, max_size=2),
        "outputs": OUTPUTS,
        "run": st.none() | st.fixed_dictionaries({"runId": NAMES}),
    }
)


@given(st.lists(EVENTS | st.integers(), min_size=2, max_size=3), st.booleans())
def test_reduction_never_changes_what_is_told(batch: list[object], literals: bool) -> None:
    body = json.dumps(batch).encode()
    told = parse_openlineage(body, "test", redact_literals=literals)
    reduced = reduced_openlineage(body, redact_literals=literals)
    assert isinstance(reduced, bytes)
    assert parse_openlineage(reduced, "test", redact_literals=literals) == told
    assert reduced_openlineage(reduced, redact_literals=literals) == reduced
