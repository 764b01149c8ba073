"""Trackers as people run them, over a database of their own each, for runs against the fake OpenMetadata."""

from __future__ import annotations

import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.commands import CommandLine, Ended
from tests.openmetadata.workload import SERVICE, Size, days_ago, records, write_log

_PATIENCE_S = 3600.0
_QUERIES_A_DAY = 3600 * 20


@dataclass(frozen=True)
class Tracker:
    """The command line over one database. `told`: where it delivers to; nobody is told if it is empty."""

    folder: Path
    dsn: str
    told: str = ""
    more: tuple[tuple[str, str], ...] = ()

    @property
    def command(self) -> CommandLine:
        catalog = {"OMD_KIND": "openmetadata", "OMD_URL": self.told, "OMD_TOKEN": "token-of-the-bot"}
        settings = {
            "POSTGRES_DSN": self.dsn,
            "TRINO_HOST": "127.0.0.1",
            "TRINO_PORT": "9",
            "QLT_DATA_DIR": str(self.folder),
            "QLT_LOG_LEVEL": "error",
            "OMD_SERVICE": SERVICE,
            "QLT_OMD_USAGE": "true",
        }
        return CommandLine(
            self.folder, {**settings, **(catalog if self.told else {"OMD_KIND": "none"}), **dict(self.more)}
        )

    def __call__(self, *arguments: str) -> Ended:
        """Run to the end, however long it takes."""
        process = self.command.start(*arguments)
        out, err = process.communicate(timeout=_PATIENCE_S)
        return Ended(process.returncode, out.decode(), err.decode())

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self.command.start(*arguments)

    def states(self) -> Counter[str]:
        """How many messages are in which state."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute("SELECT state, count(*) FROM omd.outbox GROUP BY state").fetchall()
        return Counter(dict(rows))

    def waiting_s(self) -> float | None:
        """How long until the next message is due; None when none is on its way."""
        due = "SELECT extract(epoch FROM min(next_attempt_at) - now()) FROM omd.outbox WHERE state = 'PENDING'"
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute(due).fetchone()
        return None if row is None or row[0] is None else max(0.0, float(row[0]))


def learnt(folder: Path, dsn: str, size: Size) -> None:
    """Ingest the workload as of two days ago, telling nobody; then enqueue all of it for OpenMetadata."""
    tracker = Tracker(folder, dsn)
    log = folder / "queries.jsonl"
    spacing = timedelta(seconds=_QUERIES_A_DAY / size.queries)
    write_log(log, records(size, 0, size.queries, days_ago(2), spacing))
    expected(tracker("db", "migrate"), 0)
    expected(tracker("backfill", str(log)), 0)
    expected(Tracker(folder, dsn, "http://127.0.0.1:9")("outbox", "backfill", "openmetadata"), 0)


def expected(ended: Ended, code: int) -> Ended:
    """The same, if it ended with the code."""
    if ended.code != code:
        raise AssertionError(f"exit code {ended.code}, not {code}: {ended.err[-2000:]}{ended.out[-2000:]}")
    return ended


def copied(dsn: str, name: str, *, untold: bool = False) -> str:
    """A copy of the database that nobody is connected to; `untold`: with every message before its first delivery."""
    original = conninfo_to_dict(dsn)["dbname"]
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(f"{original}_{name}"), sql.Identifier(str(original))))
    copy = make_conninfo(dsn, dbname=f"{original}_{name}")
    if untold:
        with psycopg.connect(copy) as connection:
            # A cost is told once its query is there.
            connection.execute("DELETE FROM omd.outbox WHERE kind = 'COST'")
            connection.execute("DELETE FROM omd.sent")
            connection.execute(
                "UPDATE omd.outbox SET state = 'PENDING', attempts = 0, settled_generation = 0, reason = NULL, "
                "claimed_by = NULL, lease_until = NULL, next_attempt_at = now()"
            )
    return copy
