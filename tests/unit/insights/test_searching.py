"""Searches end at a full page, at the last row, or when their time is up."""

from __future__ import annotations

import pytest

from query_lineage_tracker.services.insights.searching import Chunk, search

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Numbers:
    """Rows from 0 on, of which each `every`th one is wanted."""

    def __init__(self, rows: int, every: int) -> None:
        self.rows, self.every = rows, every
        self.sizes: list[int] = []

    async def look(self, place: int | None, scan: int, limit: int) -> Chunk[int, int]:
        self.sizes.append(scan)
        begin = 0 if place is None else place + 1
        seen = range(begin, min(self.rows, begin + scan))
        wanted = [number for number in seen if number % self.every == 0][:limit]
        return Chunk(wanted, len(seen), seen[-1] if seen else None)


async def test_a_full_page_has_one_row_more_than_its_limit() -> None:
    found = await search(Numbers(100, 1).look, None, 10, first=5)
    assert (list(found.rows), found.complete) == (list(range(11)), True)


async def test_rare_rows_are_found_in_ever_larger_chunks() -> None:
    numbers = Numbers(10_000, 1000)
    found = await search(numbers.look, None, 5, first=50, patience_s=60)
    assert list(found.rows) == [0, 1000, 2000, 3000, 4000, 5000]
    assert numbers.sizes[:3] == [50, 200, 800]


async def test_the_end_of_all_rows_is_no_place_to_go_on_from() -> None:
    found = await search(Numbers(120, 100).look, None, 5, first=50, patience_s=60)
    assert (list(found.rows), found.last, found.complete) == ([0, 100], None, True)


async def test_a_search_that_runs_out_of_time_tells_where_to_go_on() -> None:
    found = await search(Numbers(10_000, 1000).look, None, 5, first=50, patience_s=-1)
    assert (list(found.rows), found.last, found.complete) == ([0], 49, False)
    following = await search(Numbers(10_000, 1000).look, found.last, 1, first=5000, patience_s=-1)
    assert list(following.rows) == [1000, 2000]
