"""The shipped recording and its documented format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow, State
from query_lineage_tracker.records import parse_record
from tests.trino.recording import NOT_RECORDED, details, quantity
from tests.trino.workload import PHASES, read_script, scripts, text_in_round

DOCUMENT = Path(__file__).parents[2] / "docs/reference/recorded-queries.md"
DOCUMENTED_KEY = re.compile(r"^\| `(\w+)` \|.*\| (yes|no|when terminal) \|", re.MULTILINE)
EXAMPLE = re.compile(r"^```json\n(.+)\n```$", re.MULTILINE)


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return (files("query_lineage_tracker") / "demo" / "recording.jsonl").read_bytes().splitlines()


def parsed(lines: list[bytes]) -> Iterator[ExecutedQuery]:
    for number, line in enumerate(lines, start=1):
        query = parse_record(line, f"recording.jsonl:{number}")
        assert isinstance(query, ExecutedQuery), query
        yield query


def test_the_shipped_recording_is_valid_terminal_and_without_our_own_queries(lines: list[bytes]) -> None:
    queries = list(parsed(lines))
    assert len(queries) == len({query.query_id for query in queries})
    assert all(query.state.terminal for query in queries)
    assert {query.user for query in queries}.isdisjoint(NOT_RECORDED)


def test_the_shipped_recording_has_the_size_and_variety_that_the_demo_needs(lines: list[bytes]) -> None:
    queries = list(parsed(lines))
    assert 400 <= len(queries) <= 2000
    assert sum(map(len, lines)) < 2_000_000
    assert len({query.user for query in queries}) >= 8
    assert {query.query_type for query in queries} >= {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "EXPLAIN"}
    assert any(query.prepared_text for query in queries)
    assert any(query.session.catalog is None for query in queries)
    failures = {query.error_code for query in queries if query.state is State.FAILED}
    assert failures >= {"SYNTAX_ERROR", "TABLE_NOT_FOUND", "DIVISION_BY_ZERO", "USER_CANCELED"}


def test_the_shipped_recording_names_no_place_of_the_machine_that_made_it(lines: list[bytes]) -> None:
    whole = b"\n".join(lines)
    assert re.search(rb"/root|/home|/work|/tmp|127\.0\.0\.1|localhost|file:|local:", whole) is None


def test_the_document_names_every_key_of_the_recording(lines: list[bytes]) -> None:
    documented = {key for key, _ in DOCUMENTED_KEY.findall(DOCUMENT.read_text(encoding="utf-8"))}
    recorded = {key for line in lines for key in json.loads(line)}
    # The shipped recording was made before these two were kept, and without events.
    later = {"client_info", "client_tags"}
    of_events = {"written_rows", "original_user", "principal", "trace_token", "transaction_id"}
    assert documented == recorded | later | of_events | {"finished_writing", "nothing_to_do"}


def test_the_document_says_which_keys_are_required() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    example = json.loads(EXAMPLE.findall(text)[1])
    required = {key for key, need in DOCUMENTED_KEY.findall(text) if need != "no"}
    assert set(example) == required
    for key in required:
        less = {name: value for name, value in example.items() if name != key}
        assert isinstance(parse_record(json.dumps(less).encode(), "example"), RejectedRow), key


def test_the_documents_examples_are_recorded_queries() -> None:
    examples = EXAMPLE.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert len([*parsed([example.encode() for example in examples])]) == 2


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("182.03ms", 182), ("1.50s", 1500), ("2.00m", 120_000), ("950.00us", 1), ("0.00ns", 0)]
)
def test_durations_become_whole_milliseconds(text: str, milliseconds: int) -> None:
    assert quantity(text, {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}) == milliseconds


def test_a_quantity_in_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="not a quantity"):
        quantity("soon", {"s": 1.0})


def test_an_unset_session_is_recorded_as_null_and_other_missing_details_are_left_out() -> None:
    statistics = dict.fromkeys(("totalCpuTime", "elapsedTime", "executionTime"), "1.00s")
    sizes = ("peakUserMemoryReservation", "physicalInputDataSize", "physicalWrittenDataSize", "spilledDataSize")
    statistics |= dict.fromkeys(sizes, "2kB")
    session = {"user": "bob", "clientTags": ["nightly"], "clientInfo": "a tool"}
    recorded = details({"session": session, "queryStats": {**statistics, "rawInputPositions": 3}})
    assert recorded["catalog"] is None
    assert recorded["schema"] is None
    assert (recorded["client_tags"], recorded["client_info"]) == (["nightly"], "a tool")
    assert recorded["spilled_bytes"] == 2048
    assert recorded["raw_input_rows"] == 3
    assert "query_type" not in recorded


def test_a_script_names_its_session_and_how_its_statements_end(tmp_path: Path) -> None:
    path = tmp_path / "own.sql"
    path.write_text('--! user=bob source="A tool" rounds=3\n--! fails=SYNTAX_ERROR\nSELEC 1\n--! every=2\nSELECT 2\n')
    script = read_script(path)
    assert (script.user, script.source, script.catalog, script.rounds) == ("bob", "A tool", None, 3)
    assert [(statement.text, statement.error, statement.every) for statement in script.statements] == [
        ("SELEC 1", "SYNTAX_ERROR", 1),
        ("SELECT 2", None, 2),
    ]


def test_every_round_fills_every_placeholder() -> None:
    texts = [text_in_round(one.text, 5) for phase in PHASES for script in scripts(phase) for one in script.statements]
    assert [text for text in texts if re.search(r"\{[a-z_]+\}", text)] == []
