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
    numbers = Numbers(100, 1)
    found = await search(numbers.look, None, 10)
    assert (list(found.rows), found.complete, numbers.sizes) == (list(range(11)), True, [11])


async def test_rare_rows_are_found_in_ever_larger_chunks() -> None:
    numbers = Numbers(10_000, 1000)
    found = await search(numbers.look, 0, 2, patience_s=60)
    assert list(found.rows) == [1000, 2000, 3000]
    assert numbers.sizes[:4] == [3, 24, 192, 1536]


async def test_no_more_rows_are_looked_at_than_are_likely_needed() -> None:
    numbers = Numbers(10_000, 2)
    assert len((await search(numbers.look, None, 50, patience_s=60)).rows) == 51
    assert numbers.sizes == [51, 73]


async def test_never_fewer_rows_are_looked_at_than_is_sensible() -> None:
    numbers = Numbers(10_000, 1000)
    found = await search(numbers.look, 0, 2, least=500, patience_s=60)
    assert (list(found.rows), numbers.sizes) == ([1000, 2000, 3000], [500, 4000])
    hurried = Numbers(10_000, 1000)
    found = await search(hurried.look, 0, 2, least=500, patience_s=1e-9)
    assert (found.complete, hurried.sizes) == (False, [500, 500])


async def test_the_end_of_all_rows_is_no_place_to_go_on_from() -> None:
    found = await search(Numbers(120, 100).look, None, 5, patience_s=60)
    assert (list(found.rows), found.last, found.complete) == ([0, 100], None, True)


async def test_a_search_that_runs_out_of_time_tells_where_to_go_on() -> None:
    found = await search(Numbers(10_000, 1000).look, None, 50, patience_s=-1)
    assert (list(found.rows), found.last, found.complete) == ([0], 999, False)
    following = await search(Numbers(10_000, 1000).look, found.last, 1, patience_s=60)
    assert list(following.rows) == [1000, 2000]
