"""Record what a Trino server tells of its queries, as JSON lines; summarise such a recording.

`python -m tests.trino.recording record http://127.0.0.1:18080 recording.jsonl`
`python -m tests.trino.recording summary recording.jsonl`

The format is described in docs/reference/recorded-queries.md.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import trino

RECORDER = "recorder"
NOT_RECORDED = (RECORDER, "readiness")
QUERIES = Path(__file__).with_name("recorded_queries.sql")
_MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6, "d": 8.64e7}
_BYTES = {unit: 1024**power for power, unit in enumerate(("B", "kB", "MB", "GB", "TB", "PB"))}
_QUANTITY = re.compile(r"([0-9.]+)([A-Za-z]+)")
_STATISTICS = {
    "cpu_time_ms": ("totalCpuTime", _MILLISECONDS),
    "elapsed_time_ms": ("elapsedTime", _MILLISECONDS),
    "execution_time_ms": ("executionTime", _MILLISECONDS),
    "peak_memory_bytes": ("peakUserMemoryReservation", _BYTES),
    "physical_input_bytes": ("physicalInputDataSize", _BYTES),
    "physical_written_bytes": ("physicalWrittenDataSize", _BYTES),
    "spilled_bytes": ("spilledDataSize", _BYTES),
}


def quantity(text: str, units: dict[str, float]) -> int:
    """Trino's durations ("1.23s") and sizes ("4.5kB") in whole smallest units of the table."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"not a quantity: {text!r}")
    return round(float(match[1]) * units[match[2]])


def details(info: dict[str, Any]) -> dict[str, Any]:
    """The optional keys of a recorded query, from one entry of GET /v1/query."""
    statistics = info["queryStats"]
    known = {
        "catalog": info["session"].get("catalog"),
        "schema": info["session"].get("schema"),
        "prepared_query": info.get("preparedQuery"),
        "query_type": info.get("queryType"),
        "update_type": info.get("updateType"),
        "client_info": info["session"].get("clientInfo"),
        "client_tags": info["session"].get("clientTags") or None,
        "raw_input_rows": statistics["rawInputPositions"],
    }
    known |= {key: quantity(statistics[name], units) for key, (name, units) in _STATISTICS.items()}
    return {key: value for key, value in known.items() if value is not None or key in ("catalog", "schema")}


def recorded_queries(address: str) -> list[dict[str, Any]]:
    """All terminal queries that the server still knows, oldest first, without our own."""
    rows = [row for row in _system_rows(address) if row["user"] not in NOT_RECORDED]
    with httpx.Client(base_url=address, headers={"X-Trino-User": RECORDER}, timeout=60) as client:
        infos = {info["queryId"]: info for info in client.get("/v1/query").raise_for_status().json()}
        queries = [row | details(infos[row["query_id"]]) | _failure(client, row) for row in rows]
    return sorted(queries, key=lambda query: (query["created"], query["query_id"]))


def _failure(client: httpx.Client, row: dict[str, Any]) -> dict[str, str]:
    if row["state"] != "FAILED":
        return {}
    answer = client.get(f"/v1/query/{row['query_id']}", params={"pruned": "true"}).raise_for_status()
    return {"error_message": answer.json()["failureInfo"]["message"]}


def _system_rows(address: str) -> Iterator[dict[str, Any]]:
    place = urlsplit(address)
    connection = trino.dbapi.connect(
        host=place.hostname, port=place.port, user=RECORDER, source=RECORDER, timezone="UTC"
    )
    try:
        cursor = connection.cursor()
        cursor.execute(QUERIES.read_text(encoding="utf-8"))
        columns = [column[0] for column in cursor.description]
        for values in cursor.fetchall():
            yield {column: _plain(value) for column, value in zip(columns, values, strict=True)}
    finally:
        connection.close()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def write(queries: list[dict[str, Any]], path: Path) -> None:
    """One JSON object a line, UTF-8."""
    lines = (json.dumps(query, ensure_ascii=False, separators=(",", ":")) for query in queries)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read(path: Path) -> list[dict[str, Any]]:
    """The recorded queries of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def summary(queries: list[dict[str, Any]]) -> str:
    """Counts of executions, statements, users, kinds and failures, as text."""
    from query_lineage_tracker.lineage.fingerprint import fingerprint

    statements = {
        (fingerprint(query["query"]), query["catalog"], query["schema"]): query.get("query_type", "UNKNOWN")
        for query in queries
    }
    tables = {
        "user": Counter(query["user"] for query in queries),
        "state": Counter(query["state"] for query in queries),
        "error": Counter(query["error_code"] for query in queries if query["error_code"]),
        "statement kind": Counter(statements.values()),
        "session": Counter(f"{query['catalog']}.{query['schema']}" for query in queries),
    }
    lines = [
        f"{len(queries)} executions of {len({query['query'] for query in queries})} texts",
        f"{len({key[0] for key in statements})} fingerprints, {len(statements)} statements (with their session)",
        f"{sum('prepared_query' in query for query in queries)} executions of a prepared statement",
        f"{queries[0]['created']} .. {queries[-1]['created']}",
    ]
    for title, counts in tables.items():
        lines += ["", title, *(f"{count:6} {name}" for name, count in counts.most_common())]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Record the queries of a Trino server, or summarise a recording.")
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record")
    record.add_argument("address")
    record.add_argument("file", type=Path)
    commands.add_parser("summary").add_argument("file", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "record":
        write(recorded_queries(arguments.address), arguments.file)
    else:
        print(summary(read(arguments.file)))


if __name__ == "__main__":
    main()
