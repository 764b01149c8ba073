from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from query_lineage_tracker.adapters.http.exchange import NotDelivered
from query_lineage_tracker.adapters.openmetadata.api import OpenMetadataApi, Table, TablePage
from query_lineage_tracker.adapters.openmetadata.known_tables import KnownTables
from query_lineage_tracker.domain.outbox import Dead, Halted

SCHEMA = "lab.lake.raw"
PAGE = 3


def a_table(number: int, columns: int = 2) -> Table:
    fqn = f"{SCHEMA}.t{number}"
    own = tuple((f"c{each}", f"{fqn}.c{each}") for each in range(columns))
    return Table(f"id-{number}", fqn, own, frozenset(fqn for _, fqn in own))


@dataclass
class ListedTables(OpenMetadataApi):
    """Tables of one schema, pages of three; `asked` are the reads of single tables and of pages."""

    tables: dict[str, Table] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refusal: NotDelivered | None = None
    now: float = 0.0

    async def table(self, fqn: str, *, columns: bool = False) -> Table | None:
        self.asked.append(fqn)
        await asyncio.sleep(0)
        return self.tables.get(fqn)

    async def tables_in(self, schema: str, after: str = "") -> TablePage:
        self.asked.append(f"page {after or 0}")
        await asyncio.sleep(0)
        if self.refusal is not None:
            raise self.refusal
        start = int(after or 0)
        found, end = list(self.tables.values()), start + PAGE
        return TablePage(tuple(found[start:end]), str(end) if end < len(found) else "", len(found))

    @property
    def pages(self) -> int:
        return sum(each.startswith("page") for each in self.asked)


def server(tables: int) -> ListedTables:
    return ListedTables({table.fqn: table for table in map(a_table, range(tables))})


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("query_lineage_tracker.adapters.openmetadata.known_tables.PAGE", PAGE)


def found(api: ListedTables, *numbers: int, known: KnownTables | None = None, age: float = 300.0) -> list[Table | None]:
    """The tables of these numbers, asked for one after the other."""
    known = known or KnownTables(api, clock=lambda: api.now)

    async def asked() -> list[Table | None]:
        return [await known.table(SCHEMA, f"{SCHEMA}.t{number}", age) for number in numbers]

    return asyncio.run(asked())


def test_a_table_is_read_once_until_it_is_too_old() -> None:
    api = server(1)
    known = KnownTables(api, clock=lambda: api.now)
    assert found(api, 0, 0, known=known) == [a_table(0)] * 2
    api.now = 299.0
    found(api, 0, known=known)
    assert len(api.asked) == 1
    api.now = 301.0
    found(api, 0, known=known)
    assert len(api.asked) == 2


def test_who_wants_it_younger_gets_it_read_again() -> None:
    api = server(1)
    known = KnownTables(api, clock=lambda: api.now)
    found(api, 0, known=known)
    api.now = 11.0
    found(api, 0, known=known, age=10.0)
    found(api, 0, 0, known=known, age=0.0)
    assert len(api.asked) == 4


def test_many_tables_of_a_schema_are_read_page_by_page() -> None:
    api = server(12)
    assert found(api, *range(12), *range(12)) == [a_table(number) for number in range(12)] * 2
    assert (api.pages, len(api.asked)) == (4, 8)


def test_a_schema_with_many_more_tables_than_are_asked_for_is_not_read_whole() -> None:
    api = server(300)
    found(api, *range(20))
    assert api.pages == 1
    found(api, *range(300))
    assert len(api.asked) < 2 * 300


def test_a_table_that_a_listing_did_not_show_is_asked_for_only_later() -> None:
    api = server(6)
    known = KnownTables(api, clock=lambda: api.now)
    assert found(api, 0, 1, 2, 3, 4, 77, known=known)[-1] is None
    assert f"{SCHEMA}.t77" not in api.asked
    api.tables[f"{SCHEMA}.t77"] = a_table(77)
    api.now = 31.0
    assert found(api, 77, known=known) == [a_table(77)]


def test_a_table_that_was_not_there_is_asked_for_again_at_once() -> None:
    api = server(0)
    found(api, 1, 1)
    assert len(api.asked) == 2


def test_a_table_that_was_listed_and_forgotten_is_not_taken_to_be_missing() -> None:
    api = server(12)
    known = KnownTables(api, most_columns=30, clock=lambda: api.now)
    assert found(api, *range(12), *range(12), known=known) == [a_table(number) for number in range(12)] * 2


def test_what_is_remembered_is_bounded() -> None:
    api = server(40)
    known = KnownTables(api, most_columns=30, clock=lambda: api.now)
    found(api, *range(40), *range(40), known=known)
    api.asked.clear()
    assert found(api, 39, 0, known=known) == [a_table(39), a_table(0)]
    assert api.asked == [f"{SCHEMA}.t0"]


def test_a_listing_that_is_refused_is_done_without() -> None:
    api = server(8)
    api.refusal = NotDelivered(Dead("HTTP 400"))
    assert found(api, *range(8)) == [a_table(number) for number in range(8)]
    assert api.pages == 1


def test_a_listing_that_tells_of_a_bad_token_is_not() -> None:
    api = server(8)
    api.refusal = NotDelivered(Halted("HTTP 401"))
    with pytest.raises(NotDelivered):
        found(api, *range(8))


def test_those_who_ask_at_the_same_time_share_one_listing() -> None:
    api = server(15)
    known = KnownTables(api, clock=lambda: api.now)
    found(api, 0, 1, 2, 3, known=known)

    async def together() -> None:
        await asyncio.gather(*(known.table(SCHEMA, f"{SCHEMA}.t{number}") for number in range(4, 15)))

    asyncio.run(together())
    assert api.pages == 5
    assert len(api.asked) == 4 + 5


def test_schemas_that_come_and_go_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("query_lineage_tracker.adapters.openmetadata.known_tables._MOST_SCHEMAS", 3)
    api = server(1)
    known = KnownTables(api)

    async def reads() -> None:
        for number in range(10):
            assert await known.table(f"lab.lake.s{number}", f"lab.lake.s{number}.t") is None
        for _ in range(2):
            assert await known.table(SCHEMA, f"{SCHEMA}.t0") is not None

    asyncio.run(reads())
    assert len(known._reads) <= 3
    assert api.asked.count(f"{SCHEMA}.t0") == 1
