"""The server's own rules, without the product: what it takes, refuses, replaces and keeps."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

import pytest

from tests.openmetadata.contract.catalog import Told, segment
from tests.openmetadata.contract.place import ADMIN, Place
from tests.openmetadata.contract.scenarios import DAILY, ORDERS, PG_ORDERS
from tests.openmetadata.fake_lines import LineRules

NOBODY = "00000000-0000-4000-8000-000000000000"


def rules(place: Place) -> LineRules:
    return LineRules(place.catalog.version())


def body(place: Place, sql: str = "SELECT 1", **more: Any) -> dict[str, Any]:
    return {"query": place.text(sql), "service": place.service, **more}


def reference(place: Place, dotted: str = ORDERS) -> dict[str, str]:
    return {"id": place.id(dotted), "type": "table"}


def edge(place: Place, *, ends: tuple[str, str] = (ORDERS, DAILY), **details: Any) -> dict[str, Any]:
    return place.edge_of(*ends, **details)


def foreseen(told: Told, status: int) -> bool:
    return told.status == status and isinstance(told.body, dict) and told.body["code"] == status


def unforeseen(place: Place, told: Told, status: int) -> bool:
    """Before the latest line every error that nobody foresaw is a 500 that names the status in its text."""
    if rules(place).latest:
        return told.status == status
    return told.status == 500 and str(status) in told.body["responseMessage"]


def test_unknown_and_missing_fields_are_refused(place: Place) -> None:
    ask = place.catalog.ask
    assert foreseen(ask("POST", "/queries", body(place, surprise=1)), 400)
    assert foreseen(ask("POST", "/queries", {"query": place.text("SELECT 1")}), 400)
    assert foreseen(ask("PUT", "/lineage", {"edge": {"fromEntity": reference(place)}}), 400)
    assert foreseen(ask("PUT", "/lineage", {**edge(place), "surprise": 1}), 400)
    assert foreseen(ask("POST", f"/usage/table/{place.id(ORDERS)}", {"date": "2026-11-21"}), 400)


def test_unknown_details_of_an_edge_are_ignored(place: Place) -> None:
    place.catalog.done("PUT", "/lineage", edge(place, surprise=1, source="Manual"))
    found = place.edge(ORDERS, DAILY)
    assert found is not None and "surprise" not in found


def test_what_is_no_json_and_what_leads_nowhere(place: Place) -> None:
    raw = place.catalog.ask_raw
    assert raw("POST", "/queries", b'{"query": ', "application/json").status == 400
    assert raw("POST", "/queries", b"", "application/json").status == 500
    assert unforeseen(place, raw("POST", "/queries", b"{}", "text/plain"), 415)
    assert unforeseen(place, place.catalog.ask("GET", "/moon"), 404)
    assert unforeseen(place, place.catalog.ask("PUT", "/tables/name/x"), 405)


def test_ids(place: Place) -> None:
    ask = place.catalog.ask
    assert foreseen(ask("POST", "/queries", body(place, queryUsedIn=[{"id": "x", "type": "table"}])), 400)
    assert foreseen(ask("POST", f"/usage/table/{NOBODY}", {"date": "2026-11-21", "count": 1}), 404)
    assert unforeseen(place, ask("POST", "/usage/table/x", {"date": "2026-11-21", "count": 1}), 404)


def test_tokens(place: Place) -> None:
    ask = place.catalog.ask
    for value in ("Basic x", "Bearer of-somebody-else"):
        assert foreseen(ask("GET", "/tables?limit=1", Authorization=value), 401)
    assert ask("GET", "/system/version", Authorization="Bearer of-somebody-else").status == 200


def test_names_are_looked_up_as_they_are_written(place: Place) -> None:
    fqn = place.fqn(ORDERS)
    assert place.catalog.ask("GET", f"/tables/name/{segment(fqn)}").body["fullyQualifiedName"] == fqn
    assert foreseen(place.catalog.ask("GET", f"/tables/name/{segment(fqn.upper())}"), 404)
    superfluous = ".".join(f'"{part}"' for part in fqn.split("."))
    told = place.catalog.ask("GET", f"/tables/name/{segment(superfluous)}")
    assert told.status == (200 if rules(place).latest else 404)
    unbalanced = place.catalog.ask("GET", f"/tables/name/{segment(chr(34) + fqn)}")
    assert foreseen(unbalanced, 400 if rules(place).latest else 404)


def test_names_with_dots_are_quoted_and_those_with_quotes_refused(place: Place) -> None:
    place.add("hive.sales.b.c", "x.y")
    found = place.catalog.ask("GET", f"/tables/name/{segment(place.fqn('hive.sales.b.c'))}?fields=columns").body
    assert found["fullyQualifiedName"] == f'{place.service}.hive.sales."b.c"'
    assert [each["fullyQualifiedName"] for each in found["columns"]] == [f'{place.service}.hive.sales."b.c"."x.y"']
    quote = {"name": 'a"b', "databaseSchema": f"{place.service}.hive.sales", "columns": []}
    assert foreseen(place.catalog.ask("POST", "/tables", quote), 400)


@pytest.mark.unverified("lists are cut by limit and after, and tables come with their columns for fields=columns")
def test_lists_come_in_pages(place: Place) -> None:
    place.add("hive.sales.items", "id", "Price")
    first = f"/tables?databaseSchema={segment(f'{place.service}.hive.sales')}&fields=columns&limit=1"
    one = place.catalog.done("GET", first)
    two = place.catalog.done("GET", f"{first}&after={segment(one['paging']['after'])}")
    assert (one["paging"]["total"], "after" in two["paging"]) == (2, False)
    listed = {each["name"]: [column["name"] for column in each["columns"]] for each in one["data"] + two["data"]}
    assert listed == {"orders": ["id", "amount", "day"], "items": ["id", "Price"]}
    assert foreseen(place.catalog.ask("GET", "/tables?limit=-1"), 400)
    assert place.catalog.ask("GET", "/tables?limit=1&after=moon").status >= 400


def test_a_text_is_there_once(place: Place) -> None:
    text = place.text("SELECT 'ä\r\n'")
    md5 = hashlib.md5(text.encode()).hexdigest()
    created = place.catalog.done("POST", "/queries", {"query": text, "service": place.service})
    assert (created["name"], created["checksum"]) == (md5, md5)
    assert created["fullyQualifiedName"] == f"{place.service}.{md5}"
    for again in ({}, {"name": "other"}, {"service": place.second}):
        told = place.catalog.ask("POST", "/queries", {"query": text, "service": place.service, **again})
        assert foreseen(told, 409)
    other = {"query": place.text("SELECT 2"), "service": place.service, "name": md5}
    assert foreseen(place.catalog.ask("POST", "/queries", other), 409)
    assert foreseen(place.catalog.ask("GET", f"/queries/name/{md5}"), 404)
    place.catalog.done("DELETE", f"/queries/{created['id']}?hardDelete=true")
    place.catalog.done("POST", "/queries", {"query": text, "service": place.service})


def test_references_of_a_new_query_have_to_be_there(place: Place) -> None:
    ask = place.catalog.ask
    assert foreseen(ask("POST", "/queries", body(place, users=["nobody-of-that-name"])), 404)
    assert foreseen(ask("POST", "/queries", body(place, queryUsedIn=[{"id": NOBODY, "type": "table"}])), 404)
    assert foreseen(ask("POST", "/queries", body(place, service=f"no{place.service}")), 404)
    place.catalog.done("POST", "/queries", body(place))


def test_what_a_new_query_keeps(place: Place) -> None:
    used_in = [reference(place)]
    query_body = body(place, usedBy=["qlt etl"], users=[ADMIN], queryUsedIn=used_in, duration=7, query_type="SELECT")
    place.catalog.done("POST", "/queries", query_body)
    query = place.query(place.text("SELECT 1"))
    assert query is not None
    assert (query["usedBy"], query["duration"]) == (["qlt etl"] if rules(place).latest else [], 7)
    assert (len(query["users"]), place.used_in(place.text("SELECT 1"))) == (1, {ORDERS})
    bare = place.catalog.done("GET", f"/queries/name/{query['fullyQualifiedName']}")
    assert not bare.get("users") and not bare.get("queryUsedIn")


@pytest.mark.unverified("the dialect of a query is taken from 1.8 on")
def test_the_dialect_depends_on_the_line(place: Place) -> None:
    told = place.catalog.ask("POST", "/queries", body(place, dialect="trino"))
    assert told.status == (201 if place.catalog.line >= (1, 8) else 400)


def test_parts_of_a_query_are_added_and_nothing_is_added_twice(place: Place) -> None:
    query = place.catalog.done("POST", "/queries", body(place, queryUsedIn=[reference(place)]))
    path = f"/queries/{query['id']}"
    for _ in range(2):
        place.catalog.done("PUT", f"{path}/usage", [reference(place, DAILY)])
        place.catalog.done("PUT", f"{path}/users", [ADMIN])
        place.catalog.done("PUT", f"{path}/usedBy", ["qlt etl", "qlt etl"])
    place.catalog.done("PUT", f"{path}/usage", [])
    assert foreseen(place.catalog.ask("PUT", f"{path}/users", ["nobody-of-that-name"]), 404)
    found = place.query(place.text("SELECT 1"))
    assert found is not None
    assert (len(found["users"]), found["usedBy"]) == (1, ["qlt etl"])
    assert place.used_in(place.text("SELECT 1")) == {ORDERS, DAILY}


def test_a_flag_is_patched_in_the_form_of_patches_only(place: Place) -> None:
    query = place.catalog.done("POST", "/queries", body(place))
    path, patch = f"/queries/{query['id']}", b'[{"op": "add", "path": "/processedLineage", "value": true}]'
    assert unforeseen(place, place.catalog.ask_raw("PATCH", path, patch, "application/json"), 415)
    assert place.catalog.ask_raw("PATCH", path, patch, "application/json-patch+json").status == 200
    found = place.query(place.text("SELECT 1"))
    assert found is not None and found["processedLineage"] is True
    assert (
        place.catalog.ask_raw("PATCH", path, patch.replace(b"/p", b"/q"), "application/json-patch+json").status == 500
    )


def test_putting_a_query_replaces_it(place: Place) -> None:
    whole = body(place, users=[ADMIN], queryUsedIn=[reference(place)], processedLineage=True)
    place.catalog.done("PUT", "/queries", whole)
    place.catalog.done("PUT", "/queries", body(place, users=[], queryUsedIn=[reference(place, DAILY)]))
    found = place.query(place.text("SELECT 1"))
    assert found is not None
    assert (found.get("users") or [], found["processedLineage"]) == ([], False)
    assert place.used_in(place.text("SELECT 1")) == {DAILY}


def test_users_that_are_left_out_are_wiped_whatever_the_answer(place: Place) -> None:
    place.catalog.done("PUT", "/queries", body(place, users=[ADMIN]))
    told = place.catalog.ask("PUT", "/queries", body(place))
    assert told.status == (200 if rules(place).latest else 500)
    found = place.query(place.text("SELECT 1"))
    assert found is not None and not found.get("users")


def test_putting_an_edge_replaces_its_details(place: Place) -> None:
    entry = place.entry(ORDERS, "id", DAILY, "total")
    place.catalog.done("PUT", "/lineage", edge(place, sqlQuery="SELECT 1", columnsLineage=[entry], source="Manual"))
    place.catalog.done("PUT", "/lineage", edge(place, description="other"))
    found = place.edge(ORDERS, DAILY)
    assert found is not None
    assert (found["source"], found["description"], found.get("sqlQuery")) == ("Manual", "other", None)
    assert place.pairs(ORDERS, DAILY) == set()
    bare = {name: value for name, value in edge(place)["edge"].items() if name != "lineageDetails"}
    place.catalog.done("PUT", "/lineage", {"edge": bare})
    path = f"/lineage/getLineageEdge/{place.id(ORDERS)}/{place.id(DAILY)}"
    assert place.catalog.ask("GET", path).status == (200 if rules(place).latest else 404)


@pytest.mark.parametrize("column", ["nowhere", "ORDERS", "x.y"])
def test_a_column_that_is_not_listed_is_refused_or_dropped(place: Place, column: str) -> None:
    good, bad = place.entry(ORDERS, "id", DAILY, "total"), place.entry(ORDERS, column, DAILY, "day")
    told = place.catalog.put_edge(edge(place, columnsLineage=[good, bad]))
    assert told.status == (200 if rules(place).latest else 400)
    assert place.pairs(ORDERS, DAILY) == ({("id", "total")} if rules(place).latest else set())


def test_nested_and_dotted_columns_are_taken(place: Place) -> None:
    nested = {"name": "place", "dataType": "STRUCT", "children": [{"name": "x", "dataType": "INT"}]}
    place.add("hive.sales.wide", nested, "a.b")
    entries = [place.entry("hive.sales.wide", column, DAILY, "total") for column in ("place.x", '"a.b"')]
    place.catalog.done("PUT", "/lineage", edge(place, ends=("hive.sales.wide", DAILY), columnsLineage=entries))
    assert place.pairs("hive.sales.wide", DAILY) == {("place.x", "total"), ('"a.b"', "total")}


def test_the_sources_of_an_edge_depend_on_the_line(place: Place) -> None:
    for source in ("ViewLineage", "QueryLineage", "OpenLineage", "CrossDatabaseLineage", "Surprise"):
        told = place.catalog.put_edge(edge(place, source=source))
        assert told.status == (200 if source in rules(place).sources else 400), source


def test_which_tables_an_edge_may_join(place: Place) -> None:
    missing = edge(place)
    missing["edge"]["toEntity"] = {"id": str(uuid4()), "type": "table"}
    assert foreseen(place.catalog.ask("PUT", "/lineage", missing), 404)
    place.catalog.done("PUT", "/lineage", edge(place, ends=(ORDERS, ORDERS)))
    place.catalog.done("DELETE", f"/tables/{place.id(PG_ORDERS)}")
    assert foreseen(place.catalog.ask("GET", f"/tables/name/{place.fqn(PG_ORDERS)}"), 404)
    place.catalog.done("PUT", "/lineage", edge(place, ends=(PG_ORDERS, DAILY)))


def test_an_edge_is_deleted_once(place: Place) -> None:
    place.catalog.done("PUT", "/lineage", edge(place))
    path = f"/lineage/table/{place.id(ORDERS)}/table/{place.id(DAILY)}"
    assert place.catalog.ask("DELETE", path).status == 200
    assert foreseen(place.catalog.ask("DELETE", path), 404)
    assert place.edge(ORDERS, DAILY) is None


def test_usage_is_set_for_a_table_and_added_up_above_it(place: Place) -> None:
    path, day = f"/usage/table/{place.id(ORDERS)}", place.yesterday.isoformat()
    for count in (5, 5, 3):
        assert place.catalog.ask("POST", path, {"date": day, "count": count}).status == 201
    schema, database = f"{place.service}.hive.sales", f"{place.service}.hive"
    assert place.count(ORDERS) == 3
    assert (place.counts_above()[schema], place.counts_above()[database]) == (13, 13)
    assert place.catalog.ask("PUT", path, {"date": day, "count": 2}).status == 201
    assert (place.count(ORDERS), place.counts_above()[schema]) == (5, 15)


def test_what_is_no_usage(place: Place) -> None:
    ask, path, day = place.catalog.ask, f"/usage/table/{place.id(ORDERS)}", place.yesterday.isoformat()
    assert foreseen(ask("POST", path, {"date": day, "count": -1}), 400)
    assert foreseen(ask("POST", path, {"date": day, "count": 1, "surprise": 1}), 400)
    assert foreseen(ask("POST", f"/usage/moon/{place.id(ORDERS)}", {"date": day, "count": 1}), 404)
    assert ask("POST", path, {"date": "22.11.2026", "count": 1}).status == 500
    assert ask("POST", path, {"date": f"{day}T00:00:00Z", "count": 0}).status == 201
