"""Edges in OpenMetadata follow what happens to tables: unseen for long, seen again, renamed, dropped, never true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.commands import CommandLine, write_lines
from tests.openmetadata.fake_server import FakeOpenMetadata


@dataclass
class Lab:
    """A cluster of which queries are told as they happen, and an OpenMetadata that knows some of its tables."""

    qlt: CommandLine
    fake: FakeOpenMetadata
    told: int = field(default=0)

    def ran(self, *statements: str, day: str = "2026-11-22", **variables: str) -> None:
        """The statements ended well, one after the other, on that day; all that is due was told."""
        rows = [self._row(sql, day) for sql in statements]
        file = write_lines(self.qlt.folder / f"{self.told}.jsonl", rows)
        ended = self.qlt.having(**variables)("backfill", file)
        assert ended.code == 0, ended.err

    def _row(self, sql: str, day: str) -> Mapping[str, object]:
        self.told += 1
        time = f"10:{self.told // 60:02}:{self.told % 60:02}"
        return {
            "query_id": f"{day.replace('-', '')}_{time.replace(':', '')}_{self.told:05}_aaaaa",
            "state": "FINISHED",
            "user": "alice",
            "query": sql,
            "created": f"{day}T{time}.000Z",
            "end": f"{day}T{time}.500Z",
            "catalog": "lake",
            "schema": "core",
        }

    def edges(self) -> dict[tuple[str, str], Any]:
        """Details by names of upstream and downstream."""
        names = {entity["id"]: entity["name"] for entity in self.fake.state.tables.values()}
        return {(names[up], names[down]): details for (up, down), details in self.fake.state.edges.items()}

    def stale(self, *more: str) -> list[tuple[str, str, int]]:
        rows = self.qlt("sync", "--stale", "-o", "jsonl", *more).rows()
        return [(row["upstream"], row["downstream"], row["days"]) for row in rows]


@pytest.fixture
def lab(qlt: CommandLine) -> Iterator[Lab]:
    with FakeOpenMetadata() as fake:
        for schema, name in (("core", "orders"), ("core", "new_orders"), ("mart", "daily"), ("mart", "renamed")):
            fake.state.add_table("lab", "lake", schema, name, columns=["id", "amount"])
        fake.state.add_table("lab", "lake", "mart", "other", columns=["id", "amount"])
        yield Lab(qlt.having(OMD_KIND="openmetadata", OMD_URL=fake.url, OMD_TOKEN=fake.token, OMD_SERVICE="lab"), fake)


@pytest.fixture
def grown_old(lab: Lab) -> Lab:
    """One edge of March, one of November."""
    lab.ran("INSERT INTO mart.daily SELECT id, amount FROM orders", day="2026-03-01")
    lab.ran("INSERT INTO mart.other SELECT id, amount FROM orders")
    return lab


def test_stale_edges_are_listed_and_removed_on_demand_through_the_outbox(grown_old: Lab) -> None:
    lab = grown_old
    stale = ("lake.core.orders", "lake.mart.daily", 266)
    assert lab.stale() == [stale]
    assert lab.stale("--remove") == [stale]
    assert ("orders", "daily") in lab.edges()
    assert lab.qlt("outbox", "list", "-o", "jsonl").rows()[0]["kind"] == "LINEAGE"
    assert lab.qlt("sync").code == 0
    assert set(lab.edges()) == {("orders", "other")}
    assert lab.stale() == []
    lab.qlt("outbox", "requeue", "--state", "settled")
    lab.qlt("sync")
    assert set(lab.edges()) == {("orders", "other")}
    assert lab.qlt("sync", "--verify").code == 0


def test_an_edge_that_is_seen_again_is_told_again(grown_old: Lab) -> None:
    lab = grown_old
    lab.ran("SELECT 1", OMD_REMOVE_STALE="true")
    lab.qlt("sync", OMD_REMOVE_STALE="true")
    assert set(lab.edges()) == {("orders", "other")}
    lab.ran("INSERT INTO mart.daily SELECT id, amount FROM orders", day="2099-01-01")
    lab.qlt("sync", OMD_REMOVE_STALE="true")
    assert ("orders", "daily") in lab.edges()


def test_columns_of_others_stay_where_a_stale_edge_leaves(grown_old: Lab) -> None:
    lab = grown_old
    (details,) = (details for ends, details in lab.edges().items() if ends == ("orders", "daily"))
    theirs = {"fromColumns": ["lab.lake.core.orders.id"], "toColumn": "lab.lake.mart.daily.amount"}
    details["columnsLineage"].append(theirs)
    lab.qlt("sync", OMD_REMOVE_STALE="true")
    assert lab.edges()["orders", "daily"] == {"source": "QueryLineage", "columnsLineage": [theirs]}


def test_nothing_is_stale_only_because_nobody_looked(lab: Lab) -> None:
    lab.ran("INSERT INTO mart.daily SELECT id, amount FROM orders", day="2026-03-01")
    assert lab.stale() == []


def test_views_are_never_stale(lab: Lab) -> None:
    lab.ran("CREATE VIEW mart.daily AS SELECT id, amount FROM orders", day="2026-03-01")
    lab.ran("SELECT * FROM mart.daily")
    assert set(lab.edges()) == {("orders", "daily")}
    assert lab.stale() == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--stale", "--verify"], "exclude each other"),
        (["--remove"], "--remove goes with --stale"),
    ],
)
def test_what_does_not_go_together_is_said(qlt: CommandLine, arguments: list[str], problem: str) -> None:
    ended = qlt("sync", *arguments)
    assert (ended.code, problem in ended.err) == (2, True)


def test_a_file_has_no_stale_edges(qlt: CommandLine) -> None:
    ended = qlt("sync", "--stale")
    assert (ended.code, "no sink has stale edges" in ended.err) == (2, True)


@pytest.mark.parametrize("remove", ["true", "false"])
def test_a_renamed_downstream_table_is_told_under_its_new_name(lab: Lab, remove: str) -> None:
    lab.ran("CREATE TABLE mart.daily AS SELECT id, amount FROM orders", OMD_REMOVE_ENDED=remove)
    assert set(lab.edges()) == {("orders", "daily")}
    lab.ran("ALTER TABLE mart.daily RENAME TO mart.renamed", OMD_REMOVE_ENDED=remove)
    lab.qlt("sync", OMD_REMOVE_ENDED=remove)
    assert set(lab.edges()) == {("orders", "renamed")}
    assert lab.edges()["orders", "renamed"]["columnsLineage"] == [
        {"fromColumns": [f"lab.lake.core.orders.{name}"], "toColumn": f"lab.lake.mart.renamed.{name}"}
        for name in ("amount", "id")
    ]
    assert lab.qlt("sync", "--verify", OMD_REMOVE_ENDED=remove).code == 0


def test_a_table_that_openmetadata_learns_later_under_its_new_name_gets_its_lineage(lab: Lab) -> None:
    lab.ran("CREATE TABLE mart.daily AS SELECT id, amount FROM orders", OMD_REMOVE_ENDED="true")
    lab.ran("ALTER TABLE mart.daily RENAME TO mart.later", OMD_REMOVE_ENDED="true")
    assert lab.edges() == {}
    lab.fake.state.add_table("lab", "lake", "mart", "later", columns=["id", "amount"])
    lab.qlt("outbox", "requeue", "--state", "parked")
    assert lab.qlt("sync", OMD_REMOVE_ENDED="true").code == 0
    assert set(lab.edges()) == {("orders", "later")}


@pytest.mark.parametrize("remove", ["true", "false"])
def test_what_came_from_a_renamed_table_is_told_under_its_new_name_and_leaves_the_old_one(
    lab: Lab, remove: str
) -> None:
    lab.ran("CREATE TABLE mart.daily AS SELECT id, amount FROM orders", OMD_REMOVE_ENDED=remove)
    lab.ran("ALTER TABLE orders RENAME TO new_orders", OMD_REMOVE_ENDED=remove)
    assert lab.edges()["new_orders", "daily"]["columnsLineage"] == [
        {"fromColumns": [f"lab.lake.core.new_orders.{name}"], "toColumn": f"lab.lake.mart.daily.{name}"}
        for name in ("amount", "id")
    ]
    assert lab.qlt("sync", OMD_REMOVE_ENDED=remove).code == 0
    assert set(lab.edges()) == {("new_orders", "daily")}
    assert lab.qlt("sync", "--verify", OMD_REMOVE_ENDED=remove).code == 0
    assert "calls made: 2 (1 get_version, 1 probe)" in lab.qlt("sync", OMD_REMOVE_ENDED=remove).err


def test_what_others_put_on_the_edge_of_the_old_name_stays(lab: Lab) -> None:
    lab.ran("CREATE TABLE mart.daily AS SELECT id, amount FROM orders")
    theirs = {"fromColumns": ["lab.lake.core.orders.id"], "toColumn": "lab.lake.mart.daily.amount"}
    lab.edges()["orders", "daily"]["columnsLineage"].append(theirs)
    lab.ran("ALTER TABLE orders RENAME TO new_orders")
    lab.qlt("sync")
    assert lab.edges()["orders", "daily"] == {"source": "QueryLineage", "columnsLineage": [theirs]}
    assert ("new_orders", "daily") in lab.edges()


def test_the_edge_of_the_old_name_stays_until_openmetadata_knows_the_new_one(lab: Lab) -> None:
    lab.ran("CREATE TABLE mart.daily AS SELECT id, amount FROM orders")
    lab.ran("ALTER TABLE orders RENAME TO later_orders")
    lab.qlt("sync")
    assert set(lab.edges()) == {("orders", "daily")}
    lab.fake.state.add_table("lab", "lake", "core", "later_orders", columns=["id", "amount"])
    lab.qlt("sync")
    lab.qlt("sync")
    assert set(lab.edges()) == {("later_orders", "daily")}


def test_an_edge_that_moved_comes_back_when_the_rename_is_undone(lab: Lab) -> None:
    lab.ran("CREATE TABLE mart.daily AS SELECT id, amount FROM orders")
    lab.ran("ALTER TABLE orders RENAME TO new_orders")
    lab.qlt("sync")
    lab.ran("ALTER TABLE new_orders RENAME TO orders")
    lab.qlt("sync")
    lab.qlt("sync")
    assert set(lab.edges()) == {("orders", "daily")}
    assert lab.qlt("sync", "--verify").code == 0


def test_a_table_swapped_in_daily_keeps_its_edge(lab: Lab) -> None:
    for day in ("2026-11-20", "2026-11-21"):
        lab.ran(
            "CREATE TABLE mart.renamed AS SELECT id, amount FROM orders",
            "DROP TABLE IF EXISTS mart.daily",
            "ALTER TABLE mart.renamed RENAME TO mart.daily",
            day=day,
            OMD_REMOVE_ENDED="true",
        )
        assert set(lab.edges()) == {("orders", "daily")}


@pytest.mark.parametrize("drop", ["DROP TABLE mart.daily", "DROP SCHEMA mart CASCADE"])
def test_the_edge_of_a_dropped_table_leaves_and_comes_back_with_the_table(lab: Lab, drop: str) -> None:
    create = "CREATE TABLE mart.daily AS SELECT id, amount FROM orders"
    lab.ran(create, OMD_REMOVE_ENDED="true")
    lab.ran(drop, OMD_REMOVE_ENDED="true")
    assert lab.edges() == {}
    lab.ran(create, OMD_REMOVE_ENDED="true")
    assert set(lab.edges()) == {("orders", "daily")}


def test_an_edge_holds_again_when_its_table_is_read_after_it_was_dropped(lab: Lab) -> None:
    lab.ran("CREATE TABLE mart.daily AS SELECT id, amount FROM orders", OMD_REMOVE_ENDED="true")
    lab.ran("DROP TABLE mart.daily", OMD_REMOVE_ENDED="true")
    lab.ran("SELECT id FROM mart.daily", OMD_REMOVE_ENDED="true")
    assert set(lab.edges()) == {("orders", "daily")}


def test_what_was_dropped_on_both_sides_is_no_difference_and_said(lab: Lab) -> None:
    lab.ran("CREATE TABLE mart.daily AS SELECT id, amount FROM orders")
    lab.ran("CREATE TABLE mart.other AS SELECT id FROM mart.daily")
    lab.fake.state.tables["lab.lake.mart.daily"]["deleted"] = True
    ended = lab.qlt("sync", "--verify")
    assert (ended.code, "4 messages compared, 4 differ" in ended.err) == (1, True)
    lab.ran("DROP TABLE mart.daily")
    ended = lab.qlt("sync", "--verify")
    assert ended.code == 0, ended.out
    assert "0 differ, " in ended.err
    assert " of tables that were dropped and are gone there, too" in ended.err


def test_tables_of_a_renamed_schema_are_told_under_its_new_name(lab: Lab) -> None:
    lab.fake.state.add_table("lab", "lake", "raw", "orders", columns=["id", "amount"])
    lab.fake.state.add_table("lab", "lake", "raw", "lines", columns=["id", "amount"])
    lab.fake.state.add_table("lab", "lake", "core", "lines", columns=["id", "amount"])
    lab.ran(
        "CREATE TABLE lake.raw.lines AS SELECT id, amount FROM lake.raw.orders",
        "CREATE TABLE mart.daily AS SELECT id, amount FROM lake.raw.lines",
    )
    before = {names for names, _ in _fqns(lab)}
    assert before == {("lake.raw.orders", "lake.raw.lines"), ("lake.raw.lines", "lake.mart.daily")}
    lab.ran("ALTER SCHEMA raw RENAME TO core")
    assert lab.qlt("sync").code == 0
    after = {names for names, _ in _fqns(lab)}
    assert after == {("lake.core.orders", "lake.core.lines"), ("lake.core.lines", "lake.mart.daily")}
    assert lab.qlt("sync", "--verify").code == 0


def _fqns(lab: Lab) -> list[tuple[tuple[str, str], Any]]:
    names = {entity["id"]: fqn.removeprefix("lab.") for fqn, entity in lab.fake.state.tables.items()}
    return [((names[up], names[down]), details) for (up, down), details in lab.fake.state.edges.items()]
