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
