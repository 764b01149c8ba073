from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.openmetadata.fake_server import FakeOpenMetadata

_MODELS = Path(__file__).with_name("models")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-models", action="store_true", help="let OpenMetadata's own models judge what is sent to it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    judged = [item for item in items if "omd_models" in getattr(item, "fixturenames", ())]
    if judged and not config.getoption("--run-models", default=False):
        config.hook.pytest_deselected(items=judged)
        items[:] = [item for item in items if item not in judged]


@pytest.fixture(scope="session")
def omd_models() -> Path:
    """The folder of OpenMetadata's own models, a subfolder a line."""
    subprocess.run([_MODELS, "get"], check=True)
    return Path(subprocess.run([_MODELS, "where"], check=True, capture_output=True, text=True).stdout.strip())


@pytest.fixture(params=["1.4", "1.6", "1.12", "2.0"])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeOpenMetadata]:
    """A server of each line that holds two tables and knows alice."""
    with FakeOpenMetadata(request.param) as server:
        server.state.add_table("lab", "hive", "sales", "orders", columns=["id", "amount", "day"])
        server.state.add_table("lab", "hive", "mart", "daily", columns=["day", "total"])
        server.state.add_user("alice")
        yield server
