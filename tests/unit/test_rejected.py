from __future__ import annotations

import json

import pytest

from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.services.rejected import redact_rejected

CREATE = "CREATE CATALOG c USING postgresql WITH (\"connection-password\" = 'hunter2')"


def redacted(payload: str, *, literals: bool = False) -> str:
    return redact_rejected(RejectedRow("state: missing", payload, "file:1"), literals=literals).payload


@pytest.mark.parametrize("key", ["query", "prepared_query"])
def test_a_secret_in_the_sql_of_a_row_goes_and_the_rest_stays_readable(key: str) -> None:
    told = json.loads(redacted(json.dumps({key: CREATE, "user": "alice", "state": 7})))
    assert "hunter2" not in told[key] and told[key].startswith("CREATE CATALOG c")
    assert (told["user"], told["state"]) == ("alice", 7)


def test_a_failure_message_is_redacted_by_the_sql_that_it_belongs_to() -> None:
    row = {"query": CREATE, "error_message": "cannot log in with hunter2", "notes": [{"password": "hunter2"}]}
    assert "hunter2" not in redacted(json.dumps(row))


@pytest.mark.parametrize("payload", ['{"query": "SELECT 1",  "end": null}', "{", "[1]", "7", "", '{"a": "\\ud800"}'])
def test_a_payload_without_secrets_stays_as_it_arrived(payload: str) -> None:
    assert redacted(payload) == payload


def test_a_torn_line_loses_its_secret() -> None:
    assert "hunter2" not in redacted(json.dumps({"query": CREATE, "user": "alice"})[:-5])


def test_with_the_switch_every_literal_goes() -> None:
    told = json.loads(redacted(json.dumps({"query": "SELECT * FROM t WHERE name = 'Smith'"}), literals=True))
    assert "Smith" not in told["query"] and told["query"].startswith("SELECT * FROM t WHERE name = ")


def test_a_deeply_nested_row_does_not_break_redaction() -> None:
    deep = '{"query": ' + "[" * 100_000 + "]" * 100_000 + "}"
    assert redacted(deep) == deep


def test_an_event_is_redacted_down_to_its_leaves() -> None:
    event = {
        "eventPayload": {
            "metadata": {"query": CREATE, "tables": [{"viewText": "SELECT * FROM t WHERE password = 'hunter2'"}]},
            "context": {"sessionProperties": {"c.password": "hunter2"}, "user": "alice"},
            "failureInfo": {"failureMessage": "cannot log in with hunter2"},
        }
    }
    told = redacted(json.dumps(event))
    assert "hunter2" not in told
    assert json.loads(told)["eventPayload"]["context"]["user"] == "alice"


def test_what_is_nested_too_deeply_is_left_out() -> None:
    deep = json.dumps({"query": CREATE, "deep": "x"}).replace('"x"', "[" * 300 + '"hunter2"' + "]" * 300)
    assert "hunter2" not in redacted(deep) and "too deeply" in redacted(deep)


@pytest.mark.parametrize(
    "payload",
    [
        '{"query": %s, "query": "SELECT 1"}',
        '{"query": "SELECT 1", "query": %s}',
        '{"metadata": {"query": %s, "queryId": 1}, "metadata": {"query": "SELECT 1"}}',
        '{"query": %s, "query (repeated 1)": "SELECT 1", "query": "SELECT 2"}',
        '[{"query": "SELECT 1"}, {"query": %s, "query": "SELECT 1"}]',
    ],
)
def test_a_key_that_is_told_twice_hides_no_secret(payload: str) -> None:
    assert "hunter2" not in redacted(payload % json.dumps(CREATE))


def test_what_is_told_twice_stays_with_the_last_value_under_its_name() -> None:
    told = json.loads(redacted('{"user": "alice", "state": 1, "user": "bob", "user": "carol"}'))
    assert told == {"user": "carol", "state": 1, "user (repeated 2)": "alice", "user (repeated 1)": "bob"}


@pytest.mark.parametrize(
    "event",
    [
        {"headers": {"Authorization": "Basic YWxpY2U6aHVudGVyMg=="}},
        {"headers": {"authorization": ["YWxpY2U6aHVudGVyMg=="], "Cookie": "session=YWxpY2U6aHVudGVyMg=="}},
        {"credentials": {"user": "alice", "value": "YWxpY2U6aHVudGVyMg=="}},
        {"sessionProperties": [{"name": "c.password", "value": "YWxpY2U6aHVudGVyMg=="}]},
        {"pin": {"password": 20261122}, "note": "Authorization: Basic YWxpY2U6aHVudGVyMg=="},
        {"password=YWxpY2U6aHVudGVyMg==": 1},
        {"context": {"clientTags": ["etl", "token=YWxpY2U6aHVudGVyMg=="], "source": "x;password=YWxpY2U6aHVudGVyMg=="}},
        {"eventPayload": json.dumps({"password": "YWxpY2U6aHVudGVyMg=="})},
        {"eventPayload": json.dumps([json.dumps({"api_key": "YWxpY2U6aHVudGVyMg=="})])},
    ],
)
def test_a_secret_goes_wherever_it_stands(event: dict[str, object]) -> None:
    told = redacted(json.dumps(event))
    assert "YWxpY2U6aHVudGVyMg" not in told and "20261122" not in told


def test_each_of_several_events_is_redacted_by_its_own_text() -> None:
    message = {"failureMessage": "cannot log in with hunter2"}
    harmless = {"metadata": {"query": "SELECT 1"}, "failureInfo": {"failureMessage": "no such table"}}
    for payload in ([harmless, {"metadata": {"query": CREATE}, "failureInfo": message}],):
        assert "hunter2" not in redacted(json.dumps(payload))
        assert "hunter2" not in redacted(json.dumps({"events": payload}))
        assert "no such table" in redacted(json.dumps(payload))


@pytest.mark.parametrize("gap", [" ", "\n", "/* for alice */", " -- for alice\n"])
@pytest.mark.parametrize("lost", [1, 3])
def test_a_torn_event_loses_all_values_behind_the_name_of_a_catalog(gap: str, lost: int) -> None:
    sql = f"CREATE{gap}CATALOG c USING x WITH (\"some.property\" = 'hunter2', \"b\" = 'hunter2hunter2')"
    torn = json.dumps({"user": "alice", "query": sql})[: -len('")}') - lost]
    assert "hunter2" in torn and "hunter2" not in redacted(torn)
    # As Gson writes it: quotes and equal signs are escaped.
    escaped = torn.replace("'", "\\u0027").replace("=", "\\u003d")
    assert "hunter2" in escaped and "hunter2" not in redacted(escaped)
    assert "alice" in redacted(escaped)
