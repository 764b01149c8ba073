"""The contract is asked of our fake in each line or, given OMD_TEST_URL and OMD_TEST_TOKEN, of a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.openmetadata.contract.catalog import Catalog
from tests.openmetadata.contract.interruptions import Network
from tests.openmetadata.contract.place import ADMIN, Place
from tests.openmetadata.contract.scenarios import DAILY, ORDERS
from tests.openmetadata.fake_server import FakeOpenMetadata

URL, TOKEN = os.environ.get("OMD_TEST_URL"), os.environ.get("OMD_TEST_TOKEN")
_SEARCHLESS = "1.6 without search"
_SERVERS = ["a real server"] if URL else ["1.4", "1.6", "1.12", "2.0", _SEARCHLESS]
_UNVERIFIED = "unverified"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.user_properties += [(_UNVERIFIED, each.args[0]) for each in item.iter_markers(_UNVERIFIED)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    outcomes: dict[str, set[str]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, rule in getattr(report, "user_properties", ()):
                if name == _UNVERIFIED:
                    outcomes.setdefault(rule, set()).add(outcome)
    if outcomes:
        asked = f"asked of {URL}" if URL else "unverified: only our fake was asked"
        terminalreporter.section(f"rules that no real server was asked about before; {asked}", sep="-")
        for rule, found in sorted(outcomes.items()):
            terminalreporter.write_line(f"{' and '.join(sorted(found)) if URL else _UNVERIFIED}: {rule}")
        if not URL:
            terminalreporter.write_line("unverified: all of the lines 1.4, 1.12 and 2.0; 1.6 was observed on the wire")


@pytest.fixture(scope="module", params=_SERVERS)
def catalog(request: pytest.FixtureRequest) -> Iterator[Catalog]:
    """The server that is asked."""
    with ExitStack() as stack:
        if URL:
            found = Catalog(URL, TOKEN or "")
        else:
            fake = stack.enter_context(FakeOpenMetadata(request.param.split()[0]))
            fake.state.search_down = request.param == _SEARCHLESS
            fake.state.add_user(ADMIN)
            found = Catalog(fake.url, fake.token)
        stack.callback(found.close)
        found.searches = not _stores_edges_with_an_error(found)
        yield found


def _stores_edges_with_an_error(catalog: Catalog) -> bool:
    place = Place(catalog)
    try:
        place.prepare()
        told = catalog.ask("PUT", "/lineage", place.edge_of(ORDERS, DAILY, source="Manual"))
        return told.status == 500 and place.edge(ORDERS, DAILY) is not None
    finally:
        place.remove()


@pytest.fixture
def fresh(catalog: Catalog) -> Iterator[Callable[..., Place]]:
    """Makes places on the server, over the network that is given; they are removed."""
    with ExitStack() as stack:

        def make(network: Network | None = None) -> Place:
            place = Place(catalog, network or Network())
            stack.callback(place.remove)
            place.prepare()
            return place

        yield make


@pytest.fixture
def place(fresh: Callable[..., Place]) -> Place:
    return fresh()
