"""Fixtures for tests against a real Kafka broker. They run with --run-kafka and are deselected without it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.commands import CommandLine
from tests.integration.conftest import dsn, postgres_dsn, template
from tests.kafka.broker import KafkaBroker

__all__ = ["dsn", "postgres_dsn", "template"]

_FIGURES = pytest.StashKey[list[str]]()
_NUMBERS = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-kafka", action="store_true", help="run the tests against a real Kafka broker")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    real = [item for item in items if "kafka_broker" in getattr(item, "fixturenames", ())]
    for item in real:
        item.add_marker(pytest.mark.kafka)
    if real and not config.getoption("--run-kafka", default=False):
        config.hook.pytest_deselected(items=real)
        items[:] = [item for item in items if item not in real]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(_FIGURES, [])
    if lines:
        terminalreporter.section("events through Kafka", sep="-")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> list[str]:
    """Lines that are printed at the end of the run."""
    return pytestconfig.stash.setdefault(_FIGURES, [])


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[KafkaBroker]:
    """A broker of this session's own on QLT_TEST_KAFKA_PORT (19192), stopped and cleaned afterwards."""
    broker = KafkaBroker(int(os.environ.get("QLT_TEST_KAFKA_PORT", "19192")))
    broker.get()
    broker.clean()
    broker.start()
    try:
        yield broker
    finally:
        broker.clean()


@pytest.fixture
def topic(kafka_broker: KafkaBroker) -> str:
    """A topic of six partitions, for one test; the consumer group is called the same."""
    name = f"trino-events-{next(_NUMBERS)}"
    kafka_broker.create_topic(name, 6)
    return name


@pytest.fixture
def other_dsn(postgres_dsn: str, template: str) -> str:
    """A second fresh migrated database."""
    name = f"other_{next(_NUMBERS)}"
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    return make_conninfo(postgres_dsn, dbname=name)


@pytest.fixture
def worker(kafka_broker: KafkaBroker, topic: str, tmp_path: Path) -> Callable[[str, str], CommandLine]:
    """Makes a worker: its name (and folder), its database."""

    def make(name: str, dsn: str) -> CommandLine:
        folder = tmp_path / name
        folder.mkdir()
        variables = {
            "POSTGRES_DSN": dsn,
            "OMD_KIND": "none",
            "BATCH_SIZE": "200",
            "QLT_KAFKA_BROKERS": kafka_broker.address,
            "QLT_KAFKA_TOPICS": topic,
            "QLT_KAFKA_GROUP": topic,
            "QLT_LOG_FORMAT": "json",
        }
        return CommandLine(folder, variables)

    return make
