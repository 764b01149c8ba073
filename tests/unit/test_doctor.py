from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from query_lineage_tracker.domain.outbox import Delivered, DeliveryResult, Message
from query_lineage_tracker.errors import ConfigurationError, SchemaNotOurs, TrackerError, TrinoUnreachable
from query_lineage_tracker.lineage.result import (
    Effect,
    LineageResult,
    ObjectName,
    StatementKind,
    SyntaxProblem,
)
from query_lineage_tracker.ports.analysis import StatementText
from query_lineage_tracker.services.doctor import (
    Finding,
    Verdict,
    check_analyzer,
    check_sink,
    check_space,
    exit_code,
    failed,
)

FINE = Finding("a", Verdict.OK, "")
ODD = Finding("b", Verdict.WARNING, "")
AWAY = failed("trino", TrinoUnreachable("away"))
WRONG = failed("configuration", ConfigurationError("wrong"))
FOREIGN = failed("migrations", SchemaNotOurs("theirs"))
BROKEN = failed("consistency", TrackerError("broken"))


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], 0),
        ([FINE, ODD], 0),
        ([FINE, BROKEN], 1),
        ([BROKEN, AWAY], 3),
        ([AWAY, WRONG, BROKEN], 2),
        ([AWAY, FOREIGN], 2),
    ],
)
def test_what_has_to_be_mended_first_decides_the_exit_code(findings: list[Finding], code: int) -> None:
    assert exit_code(findings) == code


@pytest.mark.parametrize(
    ("free", "verdict"), [(5 * 2**30, Verdict.OK), (2**29, Verdict.WARNING), (2**20, Verdict.FAILED)]
)
def test_little_space_is_told_before_there_is_none(
    free: int, verdict: Verdict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr("query_lineage_tracker.services.doctor.shutil.disk_usage", lambda _path: usage)
    found = check_space(tmp_path / "not" / "yet")
    assert found.verdict is verdict and bool(found.hint) is (verdict is not Verdict.OK)


def test_room_is_looked_for_where_a_directory_that_cannot_be_will_never_be() -> None:
    assert check_space(Path("/", "x" * 300)).detail.endswith("x")


@dataclass
class Analyzer:
    answer: LineageResult
    version: str = "test 1"

    async def analyze(self, statements: Sequence[StatementText]) -> Sequence[LineageResult]:
        return [self.answer for _ in statements]

    async def aclose(self) -> None:
        """Nothing is open."""


HERE = ObjectName("memory", "here", "place")
FOUND = LineageResult(
    StatementKind.INSERT, Effect.WRITES, sources=(HERE,), target=ObjectName("memory", "here", "there")
)
UNREADABLE = LineageResult(StatementKind.UNKNOWN, Effect.NONE, error=SyntaxProblem(0, 0, "died over this statement"))
NOTHING = LineageResult(StatementKind.INSERT, Effect.WRITES)


@pytest.mark.parametrize(
    ("answer", "verdict", "told"),
    [
        (FOUND, Verdict.OK, "finds the lineage"),
        (UNREADABLE, Verdict.FAILED, "died over this statement"),
        (NOTHING, Verdict.FAILED, "no lineage in a plain INSERT"),
    ],
)
def test_an_analyzer_has_to_find_the_lineage_of_an_example(answer: LineageResult, verdict: Verdict, told: str) -> None:
    found = asyncio.run(check_analyzer(Analyzer(answer)))
    assert found.verdict is verdict and told in found.detail


@dataclass
class Sink:
    reason: str | None
    name: str = "rest"

    async def deliver(self, message: Message) -> DeliveryResult:
        return Delivered({})

    async def probe(self) -> str | None:
        return self.reason

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass
class HousingSink(Sink):
    empty: Sequence[str] = ()

    async def empty_services(self, namespaces: Sequence[str]) -> Sequence[str]:
        return [each for each in namespaces if each in self.empty]


def test_a_sink_that_lets_in_and_has_no_place_for_tables_is_told() -> None:
    found = asyncio.run(check_sink(HousingSink(None, empty=["lab", "other"]), ["lab"]))
    assert (found.verdict, found.detail) == (Verdict.WARNING, "lists no databases under the service lab")
    assert asyncio.run(check_sink(HousingSink(None), ["lab"])).verdict is Verdict.OK


def test_a_sink_that_answers_while_its_sync_is_halted_is_told_with_the_reason() -> None:
    found = asyncio.run(check_sink(Sink(None), halted="put_lineage a -> b: HTTP 403"))
    assert (found.verdict, found.detail) == (
        Verdict.WARNING,
        "answers, but sync is halted: put_lineage a -> b: HTTP 403",
    )


def test_a_sink_that_lets_nothing_in_is_told_with_its_reason() -> None:
    assert asyncio.run(check_sink(Sink(None))).verdict is Verdict.OK
    found = asyncio.run(check_sink(Sink("the token is refused (401)")))
    assert (found.verdict, found.name, found.detail) == (Verdict.FAILED, "sink rest", "the token is refused (401)")
    assert exit_code([found]) == 3
