"""What happens between the product and a server, in a place of our own; what is left there is read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from query_lineage_tracker.domain.outbox import Delivered, EdgeKind, Parked
from tests.messages import an_edge
from tests.openmetadata.contract.place import ADMIN, Place

ORDERS, DAILY, PG_ORDERS = "hive.sales.orders", "hive.mart.daily", "pg.sales.orders"
SELECT = "SELECT * FROM orders"


@dataclass(frozen=True)
class Scenario:
    """`unverified`: the rule that it stands on and that no real server was asked about."""

    play: Callable[[Place], None]
    unverified: str | None = None
    at_most_once: bool = False
    """Whether what it tells may also not arrive when a call is interrupted; twice it must never."""

    @property
    def name(self) -> str:
        return self.play.__name__


def a_new_query(place: Place) -> None:
    assert isinstance(place.deliver(place.query_of(SELECT, users=[ADMIN, "qlt etl"])), Delivered)
    text = place.text(SELECT)
    query = place.query(text)
    assert query is not None
    assert (place.used_in(text), len(query["users"]), query["usedBy"]) == ({ORDERS}, 1, ["qlt etl"])
    assert (query["query"], query["duration"], query["processedLineage"]) == (text, 1200, True)


def a_query_told_at_once(place: Place) -> None:
    place.deliver(place.query_of(SELECT, users=[ADMIN]))
    query = place.query(place.text(SELECT))
    assert query is not None and query["processedLineage"] is True


def a_query_that_grows(place: Place) -> None:
    place.deliver(place.query_of(SELECT, users=["qlt etl"]))
    place.deliver(place.query_of(SELECT, targets=[DAILY], users=[ADMIN, "qlt etl", "qlt other"]))
    text = place.text(SELECT)
    query = place.query(text)
    assert query is not None
    assert (place.used_in(text), len(query["users"])) == ({ORDERS, DAILY}, 1)
    assert sorted(query["usedBy"]) == ["qlt etl", "qlt other"]


def a_query_with_a_table_that_comes_later(place: Place) -> None:
    message = place.query_of(SELECT, sources=[ORDERS, "hive.sales.later"])
    parked = place.deliver(message)
    assert isinstance(parked, Parked) and "later" in parked.reason
    place.add("hive.sales.later", "id")
    assert isinstance(place.deliver(message), Delivered)
    assert place.used_in(place.text(SELECT)) == {ORDERS, "hive.sales.later"}


def one_text_in_two_services(place: Place) -> None:
    place.deliver(place.query_of(SELECT, sources=[PG_ORDERS]))
    assert isinstance(place.deliver(place.query_of(SELECT, sources=[ORDERS])), Delivered)
    assert place.used_in(place.text(SELECT)) == {ORDERS, PG_ORDERS}


def a_query_that_others_replaced(place: Place) -> None:
    message = place.query_of(SELECT, targets=[DAILY], users=[ADMIN, "qlt etl"])
    place.deliver(message)
    # What the older line answers to this is an error, and the users are gone all the same.
    place.catalog.ask("PUT", "/queries", {"query": place.text(SELECT), "service": place.service})
    assert isinstance(place.deliver(message), Delivered)
    text = place.text(SELECT)
    query = place.query(text)
    assert query is not None
    assert (place.used_in(text), len(query["users"]), query["usedBy"]) == ({ORDERS, DAILY}, 1, ["qlt etl"])


def a_new_edge(place: Place) -> None:
    assert isinstance(place.deliver(an_edge({"total": ["amount", "id"], "day": ["day"]})), Delivered)
    edge = place.edge(ORDERS, DAILY)
    assert edge is not None
    assert (edge["source"], edge["description"]) == ("QueryLineage", "qlt")
    assert edge["sqlQuery"] == "INSERT INTO daily SELECT * FROM orders"
    assert place.pairs(ORDERS, DAILY) == {("amount", "total"), ("id", "total"), ("day", "day")}


def an_edge_of_a_view_over_two_services(place: Place) -> None:
    place.deliver(an_edge({"total": ["id"]}, upstream=PG_ORDERS, kind=EdgeKind.DEFINITION, subtype="AGGREGATION"))
    edge = place.edge(PG_ORDERS, DAILY)
    assert edge is not None and edge["source"] == "ViewLineage"
    assert [each["function"] for each in edge["columnsLineage"]] == ["AGGREGATION"]


def an_edge_of_others_that_we_add_to(place: Place) -> None:
    theirs = place.entry(ORDERS, "id", DAILY, "total")
    place.put_edge(ORDERS, DAILY, source="Manual", description="by hand", sqlQuery="-- theirs", columnsLineage=[theirs])
    place.deliver(an_edge({"total": ["amount"]}))
    edge = place.edge(ORDERS, DAILY)
    assert edge is not None
    assert (edge["source"], edge["description"], edge["sqlQuery"]) == ("Manual", "by hand", "-- theirs")
    assert place.pairs(ORDERS, DAILY) == {("id", "total"), ("amount", "total")}


def columns_that_we_withdraw(place: Place) -> None:
    place.deliver(an_edge({"total": ["amount", "id"]}))
    standing = place.edge(ORDERS, DAILY)
    assert standing is not None
    added = [*standing["columnsLineage"], place.entry(ORDERS, "day", DAILY, "day")]
    place.put_edge(ORDERS, DAILY, **{**standing, "columnsLineage": added})
    place.deliver(an_edge({"total": ["amount"]}))
    assert place.pairs(ORDERS, DAILY) == {("amount", "total"), ("day", "day")}


def an_edge_that_others_drew_without_details(place: Place) -> None:
    ends = [{"id": place.id(each), "type": "table"} for each in (ORDERS, DAILY)]
    place.catalog.done("PUT", "/lineage", {"edge": {"fromEntity": ends[0], "toEntity": ends[1]}})
    assert isinstance(place.deliver(an_edge({"total": ["amount"]})), Delivered)
    assert place.pairs(ORDERS, DAILY) == {("amount", "total")}


def an_edge_that_ends(place: Place) -> None:
    place.deliver(an_edge({"total": ["amount"]}))
    place.deliver(an_edge({"total": ["amount"]}, ended=True), remove_ended=True)
    assert place.edge(ORDERS, DAILY) is None


def an_edge_of_a_table_that_comes_later(place: Place) -> None:
    message = an_edge({"total": ["id"]}, upstream="hive.sales.later")
    assert isinstance(place.deliver(message), Parked)
    place.add("hive.sales.later", "id")
    assert isinstance(place.deliver(message), Delivered)
    assert place.pairs("hive.sales.later", DAILY) == {("id", "total")}


def columns_that_the_server_does_not_list(place: Place) -> None:
    result = place.deliver(an_edge({"total": ["amount", "hidden"], "nowhere": ["id"]}))
    assert isinstance(result, Delivered)
    assert place.pairs(ORDERS, DAILY) == {("amount", "total")}


def names_that_are_quoted(place: Place) -> None:
    dotted = "hive.sales.orders.v2/x"
    place.add(dotted, "a.b", {"name": "place", "dataType": "STRUCT", "children": [{"name": "x", "dataType": "INT"}]})
    place.deliver(an_edge({"total": ["a.b"]}, upstream=dotted))
    assert place.pairs(dotted, DAILY) == {('"a.b"', "total")}


def names_in_another_case(place: Place) -> None:
    place.add("hive.sales.Lines", "Amount")
    message = an_edge({"total": ["amount"]}, upstream="hive.sales.lines")
    assert isinstance(place.deliver(message), Parked)
    assert isinstance(place.deliver(message, ignore_case=True), Delivered)
    assert place.pairs("hive.sales.Lines", DAILY) == {("Amount", "total")}


def usage_of_a_day(place: Place) -> None:
    assert isinstance(place.deliver(place.usage_of(ORDERS, 7)), Delivered)
    assert (place.count(ORDERS), place.count(DAILY)) == (7, None)


def usage_that_others_told_lower(place: Place) -> None:
    told = {"date": place.yesterday.isoformat(), "count": 3}
    place.catalog.done("POST", f"/usage/table/{place.id(ORDERS)}", told)
    place.deliver(place.usage_of(ORDERS, 7))
    assert place.count(ORDERS) == 7


def what_executions_cost(place: Place) -> None:
    place.deliver(place.query_of(SELECT))
    place.deliver(place.cost_of(SELECT))
    place.deliver(place.cost_of(SELECT))


def what_executions_of_a_later_query_cost(place: Place) -> None:
    assert isinstance(place.deliver(place.cost_of(SELECT)), Parked if place.catalog.line >= (1, 7) else Delivered)
    place.deliver(place.query_of(SELECT))
    place.deliver(place.cost_of(SELECT))


_COST = (
    "POST /queryCostRecord adds a record; GET /queryCostRecord/service/{name} answers sums by query, from its search"
)
_USAGE = "GET /usage/table/{id}?date=&days=1 answers {usage: [{date, dailyStats: {count}}]}; no entry for a day without"
_LISTING = (
    "GET /databases?service=, /databaseSchemas?database=, /tables?databaseSchema= list names, deleted ones left out"
)
_FLAG = "POST /queries stores processedLineage"
_BARE = "an edge put without details can be put again with them, whatever getLineageEdge says of it"

SCENARIOS = (
    Scenario(a_new_query),
    Scenario(a_query_told_at_once, _FLAG),
    Scenario(a_query_that_grows),
    Scenario(a_query_with_a_table_that_comes_later),
    Scenario(one_text_in_two_services),
    Scenario(a_query_that_others_replaced),
    Scenario(a_new_edge),
    Scenario(an_edge_of_a_view_over_two_services),
    Scenario(an_edge_of_others_that_we_add_to),
    Scenario(columns_that_we_withdraw),
    Scenario(an_edge_that_others_drew_without_details, _BARE),
    Scenario(an_edge_that_ends),
    Scenario(an_edge_of_a_table_that_comes_later),
    Scenario(columns_that_the_server_does_not_list),
    Scenario(names_that_are_quoted),
    Scenario(names_in_another_case, _LISTING),
    Scenario(usage_of_a_day, _USAGE),
    Scenario(usage_that_others_told_lower, _USAGE),
    Scenario(what_executions_cost, _COST, at_most_once=True),
    Scenario(what_executions_of_a_later_query_cost, _COST, at_most_once=True),
)
