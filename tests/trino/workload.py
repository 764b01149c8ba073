"""A workload of several users against a real Trino: the scripts under `statements/`, sent over HTTP as their users.

`python -m tests.trino.workload http://127.0.0.1:18080 --rounds 2` runs it and prints how the statements ended.

A script is the work of one user session. Its first line names the session; `--!` lines separate the statements and
say how each ends when that is not FINISHED::

    --! user=dave source=trino-cli catalog=lake schema=sandbox rounds=6
    SELECT 1
    --! fails=TABLE_NOT_FOUND every=4
    SELECT * FROM missing WHERE day = DATE '{day}'

A script runs `rounds` times, each time in a new session and with other literals for its placeholders; `every=4` sends
a statement in each fourth round only. Directories are phases, run one after the other.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import trino
from trino.exceptions import HttpError, TrinoConnectionError, TrinoQueryError

STATEMENTS = Path(__file__).with_name("statements")
PHASES = tuple(sorted(path.name for path in STATEMENTS.iterdir()))
UNREACHABLE = "UNREACHABLE"
_NATIONS = ("FRANCE", "GERMANY", "PERU", "KENYA", "CHINA")


@dataclass(frozen=True)
class Statement:
    """Text with placeholders, and how it ends: `error` is the expected error code's name, `ends` who breaks it off."""

    text: str
    error: str | None = None
    ends: str = "itself"
    every: int = 1


@dataclass(frozen=True)
class Script:
    """The work of one user session."""

    name: str
    user: str
    source: str
    catalog: str | None
    schema: str | None
    tags: tuple[str, ...]
    rounds: int
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Sent:
    """One execution, as the client that sent it knows it: the session is the one it was sent in."""

    query_id: str | None
    user: str
    catalog: str | None
    schema: str | None
    text: str
    expected: str | None
    error: str | None

    @property
    def surprising(self) -> bool:
        return self.error != self.expected


def read_script(path: Path) -> Script:
    """The script in a file, by the format in this module's description."""
    options: dict[str, str] = {}
    chunks: list[tuple[dict[str, str], list[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("--!"):
            words = dict(word.split("=", 1) for word in shlex.split(line[3:]))
            if not chunks:
                options, words = words, {}
            chunks.append((words, []))
        else:
            chunks[-1][1].append(line)
    return Script(
        name=path.stem,
        user=options["user"],
        source=options["source"],
        catalog=options.get("catalog"),
        schema=options.get("schema"),
        tags=tuple(options["tags"].split(",")) if "tags" in options else (),
        rounds=int(options.get("rounds", "1")),
        statements=tuple(_statement(words, lines) for words, lines in chunks if lines),
    )


_ERROR_OF_END = {
    "itself": None,
    "cancel": "USER_CANCELED",
    "kill": "ADMINISTRATIVELY_KILLED",
    "abandon": "ABANDONED_QUERY",
}


def _statement(words: dict[str, str], lines: list[str]) -> Statement:
    ends = words.get("ends", "itself")
    error = words.get("fails", _ERROR_OF_END[ends])
    return Statement("\n".join(lines).strip(), error, ends, int(words.get("every", "1")))


def scripts(phase: str) -> list[Script]:
    """The scripts of a phase in their order."""
    return [read_script(path) for path in sorted((STATEMENTS / phase).glob("*.sql"))]


def text_in_round(text: str, number: int) -> str:
    """The statement with this round's literals in place of its placeholders."""
    day = date(1993, 1, 1) + timedelta(days=7 * number)
    literals = {
        "day": day.isoformat(),
        "next_day": (day + timedelta(days=7)).isoformat(),
        "month": date(1992 + number // 12, number % 12 + 1, 1).isoformat(),
        "year": str(1992 + number % 5),
        "date_key": str(2451545 + number),
        "key": str(1 + 7 * number),
        "top": str(5 + number),
        "amount": str(1000 + 250 * number),
        "nation": _NATIONS[number % len(_NATIONS)],
    }
    for name, literal in literals.items():
        text = text.replace("{" + name + "}", literal)
    return text


class Runner:
    """Sends scripts to one server; `rounds` caps the rounds of every script, `threads` the sessions at a time."""

    def __init__(self, address: str, *, rounds: int | None = None, threads: int = 4) -> None:
        self._host, self._port = urlsplit(address).hostname, urlsplit(address).port
        self._rounds = rounds
        self._threads = threads

    def run(self, phases: Sequence[str] = PHASES) -> list[Sent]:
        """Run the phases; the scripts of the daily phase at once, the others in turn. In the order of sending."""
        sent: list[Sent] = []
        for phase in phases:
            with ThreadPoolExecutor(self._threads if phase.endswith("daily") else 1) as pool:
                for results in pool.map(self.run_script, scripts(phase)):
                    sent += results
        return sent

    def run_script(self, script: Script) -> list[Sent]:
        """Run one script to its end, or until the server no longer answers."""
        sent: list[Sent] = []
        for number in range(min(script.rounds, self._rounds or script.rounds)):
            for execution in self.run_round(script, number):
                sent.append(execution)
                if execution.error == UNREACHABLE:
                    return sent
        return sent

    def run_round(self, script: Script, number: int) -> Iterator[Sent]:
        """Run a script once, in a session of its own, with the literals of this round."""
        connection = self._connect(script)
        try:
            for statement in script.statements:
                if number % statement.every == 0:
                    yield self._send(connection, script.user, statement, text_in_round(statement.text, number))
        finally:
            connection.close()

    def _connect(self, script: Script) -> Any:
        return trino.dbapi.connect(
            host=self._host,
            port=self._port,
            user=script.user,
            source=script.source,
            catalog=script.catalog,
            schema=script.schema,
            client_tags=list(script.tags),
            timezone="UTC",
            max_attempts=1,
        )

    def _send(self, connection: Any, user: str, statement: Statement, text: str) -> Sent:
        session = connection._client_session
        catalog, schema = session.catalog, session.schema
        cursor = connection.cursor()
        error, query_id = None, None
        try:
            cursor.execute(text)
            self._finish(cursor, statement)
        except TrinoQueryError as failure:
            error, query_id = failure.error_name, failure.query_id
        except (requests.RequestException, TrinoConnectionError, HttpError):
            error = UNREACHABLE
        if statement.ends == "cancel":
            error = error or "USER_CANCELED"
        return Sent(cursor.query_id or query_id, user, catalog, schema, text, statement.error, error)

    def _finish(self, cursor: Any, statement: Statement) -> None:
        if statement.ends == "cancel":
            cursor.cancel()
            return
        if statement.ends == "kill":
            self._kill(cursor.query_id)
        cursor.fetchall()

    def _kill(self, query_id: str) -> None:
        script = Script("kill", "admin", "trino-cli", None, None, (), 1, ())
        connection = self._connect(script)
        text = f"CALL system.runtime.kill_query(query_id => '{query_id}', message => 'reads too much')"
        try:
            connection.cursor().execute(text).fetchall()
        finally:
            connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the workload against a Trino server.")
    parser.add_argument("address")
    parser.add_argument("--rounds", type=int, help="run each script at most this often")
    parser.add_argument("--threads", type=int, default=4)
    arguments = parser.parse_args()
    sent = Runner(arguments.address, rounds=arguments.rounds, threads=arguments.threads).run()
    for ending, count in Counter(execution.error or "FINISHED" for execution in sent).most_common():
        print(f"{count:6} {ending}")
    surprises = [execution for execution in sent if execution.surprising]
    for execution in surprises:
        print(
            f"{execution.query_id}: {execution.error} instead of {execution.expected}:\n{execution.text}",
            file=sys.stderr,
        )
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())
