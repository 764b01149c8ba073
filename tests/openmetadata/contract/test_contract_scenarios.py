"""The product with a server, undisturbed and interrupted at every call: what stands there in the end is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.openmetadata.contract.interruptions import Interruption, Network
from tests.openmetadata.contract.place import Place
from tests.openmetadata.contract.scenarios import SCENARIOS, Scenario

MARKED = [
    pytest.param(each, id=each.name, marks=[pytest.mark.unverified(each.unverified)] if each.unverified else [])
    for each in SCENARIOS
]


@pytest.mark.parametrize("scenario", MARKED)
def test_each_scenario_ends_in_step(place: Place, scenario: Scenario) -> None:
    """Delivered again, nothing is written, and nothing would be."""
    scenario.play(place)
    before, calls = place.picture(), len(place.network.calls)
    for message, rules in list(place.latest.values()):
        assert place.changes(message, **rules) == ()
        place.deliver(message, **rules)
    assert [each for each in place.network.calls[calls:] if not each.startswith("GET ")] == []
    assert place.picture() == before


@pytest.mark.parametrize("scenario", MARKED)
def test_each_scenario_survives_an_interruption_of_every_call(fresh: Callable[..., Place], scenario: Scenario) -> None:
    calm = fresh()
    scenario.play(calm)
    expected, costs = calm.picture(), calm.costs()
    assert bool(costs) == (scenario.at_most_once and calm.catalog.line >= (1, 7))
    for number, kind in interruptions(calm.network.calls):
        disturbed = fresh(Network((number, kind)))
        scenario.play(disturbed)
        assert disturbed.picture() == expected, f"{kind.value}: call {number}, {calm.network.calls[number]}"
        adds_up = calm.network.calls[number] == "POST /api/v1/queryCostRecord"
        assert disturbed.costs() in ([costs, {}] if adds_up else [costs])
        assert len(disturbed.network.calls) > number


def interruptions(calls: Sequence[str]) -> Iterator[tuple[int, Interruption]]:
    """Of everything that writes all kinds, of what only reads one of two in turn."""
    for number, call in enumerate(calls):
        if call.startswith("GET "):
            yield number, (Interruption.ERROR, Interruption.RESET)[number % 2]
        else:
            yield from ((number, kind) for kind in Interruption)
