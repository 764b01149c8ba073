"""Statements of single users, outside of the workload."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from tests.trino.harness import TrinoServer
from tests.trino.workload import Runner, Script, Sent, Statement

_ENDLESS = 1_000_000


def session(user: str, *texts: str, rounds: int = 1) -> Script:
    """A user's session in tpch.tiny."""
    return Script(user, user, "test", "tpch", "tiny", (), rounds, tuple(Statement(text) for text in texts))


def send(server: TrinoServer, user: str, *texts: str, rounds: int = 1) -> list[Sent]:
    """Run the statements in a session of their own."""
    return Runner(server.address).run_script(session(user, *texts, rounds=rounds))


@contextmanager
def sending(server: TrinoServer, user: str, text: str) -> Iterator[None]:
    """The statement is sent again and again until the server is gone, which has to happen before the context ends."""
    thread = Thread(target=send, args=(server, user, text), kwargs={"rounds": _ENDLESS})
    thread.start()
    try:
        yield
    finally:
        thread.join(60)
        assert not thread.is_alive()
