"""What the command line says and how it ends when a neighbour is away, refuses, or is somebody else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.commands import CommandLine, recorded, write_lines

PASSWORD = "hunter2hunter2"


@contextmanager
def answering(status: int, body: bytes | bytearray = b"{}") -> Iterator[tuple[str, list[str]]]:
    """A server that answers everything alike; its port, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield str(server.server_port), asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_trino_down(qlt: CommandLine) -> None:
    ended = qlt("run", "--once")
    assert (ended.code, ended.out) == (3, "")
    assert "Trino at 127.0.0.1:9 is not reachable" in ended.err and "TRINO_HOST" in ended.err
    assert "Traceback" not in ended.err
    (source,) = json.loads(qlt("status", "-o", "json").out)["sources"]
    assert (source["watermark"], source["queries"]) == (None, 0) and "not reachable" in source["last_error"]


def test_trino_refuses(qlt: CommandLine) -> None:
    with answering(401, b"Unauthorized") as (port, _):
        ended = qlt("run", "--once", TRINO_PORT=port)
    assert ended.code == 3 and "127.0.0.1" in ended.err and "Traceback" not in ended.err


def test_a_password_is_not_sent_in_the_clear_and_never_shown(qlt: CommandLine) -> None:
    with answering(200) as (port, asked):
        ended = qlt("run", "--once", TRINO_PORT=port, TRINO_PASSWORD=PASSWORD, TRINO_HTTP_SCHEME="http")
    assert ended.code == 2 and "https" in ended.err and asked == []
    assert PASSWORD not in ended.err


@pytest.mark.parametrize("command", ["status", "run", "db"])
def test_postgres_down(tmp_path: Path, command: str) -> None:
    arguments = {"status": ("status",), "run": ("run", "--once"), "db": ("db", "migrate")}[command]
    dsn = f"postgresql://alice:{PASSWORD}@127.0.0.1:9/lineage"
    ended = CommandLine(tmp_path, {"POSTGRES_DSN": dsn})(*arguments)
    assert (ended.code, ended.out) == (3, "")
    assert "PostgreSQL does not answer (127.0.0.1:9, lineage)" in ended.err and "POSTGRES_DSN" in ended.err
    assert PASSWORD not in ended.err and "Traceback" not in ended.err


def test_postgres_refuses_the_password(tmp_path: Path, postgres_dsn: str) -> None:
    dsn = make_conninfo(postgres_dsn, user="alice", password=PASSWORD)
    ended = CommandLine(tmp_path, {"POSTGRES_DSN": dsn})("status")
    assert ended.code == 3 and "alice" in ended.err
    assert PASSWORD not in ended.err and "Traceback" not in ended.err


def test_a_database_without_our_schema_is_a_setting_to_mend(tmp_path: Path, empty_dsn: str) -> None:
    qlt = CommandLine(tmp_path, {"POSTGRES_DSN": empty_dsn})
    ended = qlt("queries", "list")
    assert ended.code == 2 and "qlt db migrate" in ended.err
    waiting = qlt("db", "status", "-o", "jsonl")
    assert waiting.code == 1 and {row["state"] for row in waiting.rows()} == {"waiting"}
    migrated = qlt("db", "migrate")
    assert migrated.code == 0 and migrated.out.startswith("applied 0001_initial\n")
    assert qlt("db", "migrate").out == "the schema omd is current\n"
    assert {row["state"] for row in qlt("db", "status", "-o", "jsonl").rows()} == {"applied"}
    assert qlt("queries", "list").code == 0


def test_a_schema_that_is_not_ours_is_left_alone(tmp_path: Path, empty_dsn: str) -> None:
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA omd")
        connection.execute("CREATE TABLE omd.invoices (id integer)")
    qlt = CommandLine(tmp_path, {"POSTGRES_DSN": empty_dsn})
    for arguments in (("db", "migrate"), ("run", "--once")):
        ended = qlt(*arguments)
        assert (ended.code, ended.out) == (2, "")
        assert "invoices" in ended.err and "QLT_PG_SCHEMA=omd_lineage" in ended.err
    assert qlt("db", "migrate", QLT_PG_SCHEMA="omd_lineage").code == 0
    path = write_lines(tmp_path / "one.jsonl", [recorded(1)])
    assert qlt("run", "--once", "--source", "files", path, QLT_PG_SCHEMA="omd_lineage").code == 0
    assert len(qlt("queries", "list", "-o", "jsonl", QLT_PG_SCHEMA="omd_lineage").rows()) == 1
    with psycopg.connect(empty_dsn) as connection:
        found = connection.execute("SELECT relname FROM pg_class WHERE relnamespace = 'omd'::regnamespace").fetchall()
    assert found == [("invoices",)]


def test_the_sql_for_an_administrator_makes_what_migrate_makes(tmp_path: Path, empty_dsn: str) -> None:
    qlt = CommandLine(tmp_path, {"POSTGRES_DSN": empty_dsn})
    script = qlt("db", "sql", POSTGRES_DSN="postgresql://nobody.invalid/nothing")
    roles = qlt("db", "sql", "--roles")
    assert (script.code, roles.code) == (0, 0)
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute(script.out.encode())
        connection.execute(roles.out.encode())
    assert qlt("db", "migrate").out == "the schema omd is current\n"


def test_a_catalog_that_is_down_costs_no_ingest_and_is_told_later(qlt: CommandLine, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "load.jsonl", [recorded(1, "INSERT INTO t SELECT a FROM s")])
    run = ("run", "--once", "--source", "files", path)
    ended = qlt.having(OMD_KIND="rest", OMD_URL="http://127.0.0.1:9/lineage")(*run)
    assert ended.code == 3 and "sync.halted" in ended.err
    assert len(qlt("queries", "list", "-o", "jsonl").rows()) == 1
    waiting = qlt("outbox", "list", "-o", "jsonl").rows()
    assert sorted((row["kind"], row["state"]) for row in waiting) == [("LINEAGE", "PENDING"), ("QUERY", "PENDING")]
    assert all("no connection" in row["halted"] for row in json.loads(qlt("status", "-o", "json").out)["outbox"])
    requeued = qlt("outbox", "requeue", "--state", "pending")
    assert requeued.code == 0 and requeued.err == "2 messages are due again\n"
    with answering(200) as (port, asked):
        up = qlt.having(OMD_KIND="rest", OMD_URL=f"http://127.0.0.1:{port}/lineage")
        assert up(*run).code == 0
        assert asked.count("POST /lineage") == 2
        assert qlt("outbox", "list", "-o", "jsonl").rows() == []
        assert qlt("outbox", "requeue", "--all", "--kind", "query").err == "1 messages are due again\n"
        assert up(*run).code == 0
    assert asked.count("POST /lineage") == 3


def test_a_refusing_catalog_is_halted_with_its_reason(qlt: CommandLine, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "load.jsonl", [recorded(1, "INSERT INTO t SELECT a FROM s")])
    with answering(401) as (port, _):
        refused = qlt.having(OMD_KIND="rest", OMD_URL=f"http://127.0.0.1:{port}/", OMD_TOKEN=PASSWORD)
        ended = refused("run", "--once", "--source", "files", path)
    assert ended.code == 3 and PASSWORD not in ended.err
    outbox = json.loads(qlt("status", "-o", "json").out)["outbox"]
    assert all("401" in row["halted"] for row in outbox) and len(outbox) == 2


def test_doctor_names_every_failure_with_a_hint(qlt: CommandLine) -> None:
    ended = qlt("doctor", "-o", "json", OMD_KIND="rest", OMD_URL="http://127.0.0.1:9/")
    assert ended.code == 3, ended.err
    checks = {row["check"]: row for row in json.loads(ended.out)["rows"]}
    verdicts = {name: row["verdict"] for name, row in checks.items()}
    ok = ("configuration", "disk space", "postgres", "pg_trgm", "migrations", "consistency", "analyzer", "events")
    assert verdicts == {**dict.fromkeys(ok, "OK"), "trino reachable": "FAILED", "sink rest": "FAILED"}
    assert all(row["hint"] for row in checks.values() if row["verdict"] != "OK")


def test_doctor_tells_whether_people_can_log_in(qlt: CommandLine) -> None:
    def found(issuer: str) -> tuple[str, str]:
        asked = qlt("doctor", "-o", "jsonl", QLT_PAGE_OIDC_ISSUER=issuer, QLT_PAGE_OIDC_CLIENT_ID="qlt")
        (row,) = (row for row in asked.rows() if row["check"] == "identity provider")
        return row["verdict"], row["detail"]

    description = bytearray()
    with answering(200, description) as (port, _):
        issuer = f"http://127.0.0.1:{port}"
        places = dict.fromkeys(("authorization_endpoint", "token_endpoint", "jwks_uri"), f"{issuer}/x")
        description += json.dumps({"issuer": issuer, **places}).encode()
        assert found(issuer) == ("OK", f"{issuer} describes itself as it has to")
        verdict, detail = found(f"{issuer}/")
        assert verdict == "FAILED" and f"calls itself '{issuer}'" in detail
    verdict, detail = found(issuer)
    assert verdict == "FAILED" and f"the identity provider {issuer} cannot be asked" in detail


def test_doctor_tells_a_database_that_has_to_be_migrated(tmp_path: Path, empty_dsn: str) -> None:
    ended = CommandLine(tmp_path, {"POSTGRES_DSN": empty_dsn, "TRINO_PORT": "9"})("doctor", "-o", "jsonl")
    (migrations,) = (row for row in ended.rows() if row["check"] == "migrations")
    assert migrations["verdict"] == "WARNING" and "qlt db migrate" in migrations["hint"]


@pytest.mark.parametrize(
    ("variables", "check", "code"),
    [
        ({"TRINO_PORT": "eighty"}, "configuration", 2),
        ({"POSTGRES_DSN": "postgresql://127.0.0.1:9/x"}, "postgres", 3),
        ({"APP_ENV": "prod"}, "configuration", 2),
    ],
)
def test_doctor_ends_with_the_code_of_the_worst(
    tmp_path: Path, variables: dict[str, str], check: str, code: int
) -> None:
    ended = CommandLine(tmp_path, variables)("doctor", "-o", "jsonl")
    assert ended.code == code
    assert [row["verdict"] for row in ended.rows() if row["check"] == check] == ["FAILED"]


def test_doctor_says_that_the_embedded_postgres_is_for_development(tmp_path: Path) -> None:
    ended = CommandLine(tmp_path, {"TRINO_PORT": "9", "OMD_KIND": "none"})("doctor")
    assert ended.code == 3 and "Traceback" not in ended.err
    verdicts = {tuple(line.split()[:2]) for line in ended.out.splitlines()}
    assert {("embedded", "WARNING"), ("sink", "WARNING"), ("postgres", "OK")} <= verdicts
