from __future__ import annotations

import pytest

from query_lineage_tracker.lineage.attribution import Attribution, RuleError, attribute, rules_of


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            '/* {"app": "dbt", "dbt_version": "1.9.0", "target_name": "prod", "node_id": "model.orders"} */ SELECT 1',
            Attribution("dbt", "1.9.0", model="model.orders", details=(("target_name", "prod"),)),
        ),
        (
            'SELECT 1 /* {"app": "OpenMetadata", "version": "1.5.0"} */',
            Attribution("OpenMetadata", "1.5.0"),
        ),
        ("/* SQLMESH_PLAN: 4f1 */ SELECT 1", Attribution("SQLMesh", job="4f1", details=(("type", "PLAN"),))),
        (
            "-- Metabase:: userID: 1 queryType: MBQL queryHash: ab dashboardID: 7 cardID: 12\nSELECT 1",
            Attribution(
                "Metabase",
                job="12",
                dashboard="7",
                user="1",
                details=(("queryType", "MBQL"), ("queryHash", "ab")),
            ),
        ),
        (
            "/* Username: alice, query_id: 5, Queue: q, Job ID: 1-2, Query Hash: ff, Scheduled: False */ SELECT 1",
            Attribution(
                "Redash",
                job="5",
                user="alice",
                details=(("Queue", "q"), ("Job ID", "1-2"), ("Query Hash", "ff"), ("Scheduled", "False")),
            ),
        ),
        (
            'SELECT 1\n-- Looker Query Context \'{"user_id":7,"history_slug":"aa","instance_slug":"bb"}\'',
            Attribution("Looker", job="aa", user="7", details=(("instance_slug", "bb"),)),
        ),
        (
            'SELECT 1\n--{"user":"alice","url":"https://modeanalytics.com/x/1","scheduled":true}',
            Attribution("Mode", url="https://modeanalytics.com/x/1", user="alice", details=(("scheduled", "true"),)),
        ),
        (
            'SELECT 1 -- Hex query metadata: {"project_id":"p1","project_url":"https://x/p1","cell_type":"SQL"}',
            Attribution("Hex", dashboard="p1", url="https://x/p1", details=(("cell_type", "SQL"),)),
        ),
        (
            'SELECT 1\n-- Sigma Σ {"sourceUrl":"https://s/w","kind":"adhoc","request-id":"r"}',
            Attribution("Sigma", job="r", url="https://s/w", details=(("kind", "adhoc"),)),
        ),
        (
            'SELECT 1\n-- {"organization_uuid":"o","project_uuid":"p","dashboard_uuid":"d","explore_name":"orders"}',
            Attribution(
                "Lightdash",
                model="orders",
                dashboard="d",
                details=(("organization_uuid", "o"), ("project_uuid", "p")),
            ),
        ),
        ("-- [SQL LAB] alice 2026-11-22\nSELECT 1", Attribution("Superset", job="SQL Lab", user="alice")),
        (
            "SELECT 1 /*application='shop',route='%2Fcart',traceparent='00-a-b-01'*/",
            Attribution("shop", model="/cart", details=(("application", "shop"), ("traceparent", "00-a-b-01"))),
        ),
    ],
)
def test_a_comment_tells_the_tool(sql: str, expected: Attribution) -> None:
    assert attribute(sql) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("dbt-trino-1.9.1", Attribution("dbt", "1.9.1")),
        ("Apache Superset", Attribution("Superset")),
        ("Tableau Desktop 2026", Attribution("Tableau")),
        ("trino-cli", Attribution("Trino CLI")),
        ("something of ours", None),
        (None, None),
    ],
)
def test_the_source_tells_the_tool(source: str | None, expected: Attribution | None) -> None:
    assert attribute("SELECT 1", source=source) == expected


def test_airflow_tells_dag_and_task_by_its_client_info() -> None:
    info = '{"dag_id": "load", "task_id": "orders", "try_number": 2, "dag_owner": "alice"}'
    assert attribute("SELECT 1", source="airflow", client_info=info) == Attribution(
        "Airflow", job="load", model="orders", user="alice", details=(("try_number", "2"),)
    )


def test_a_comment_is_nearer_than_the_source() -> None:
    assert attribute("-- [SQL LAB] bob x\nSELECT 1", source="trino-python-client") == Attribution(
        "Superset", job="SQL Lab", user="bob"
    )


def test_comments_between_and_texts_that_look_like_comments_tell_nothing() -> None:
    assert attribute('SELECT \'/* {"app": "dbt"} */\'') is None
    assert attribute("/* a */ SELECT /* SQLMESH_PLAN: x */ 1 /* b */") is None
    assert attribute('/* {"app": "dbt", */ SELECT 1') is None
    assert attribute("/* " + "[" * 19_000 + " */ SELECT 1") is None


def test_rules_of_ones_own_come_first() -> None:
    rules = rules_of({"rule": [{"tool": "loads", "source": "^dbt", "comment": r"job=(?P<job>\w+) step=(?P<step>\w+)"}]})
    sql = "SELECT 1 -- job=nightly step=two"
    assert attribute(sql, source="dbt-trino-1", rules=rules) == Attribution(
        "loads", job="nightly", details=(("step", "two"),)
    )
    assert attribute(sql, source="other", rules=rules) is None


@pytest.mark.parametrize(
    "entry",
    [
        {"tool": "x"},
        {"source": "x"},
        {"tool": "x", "source": "("},
        {"tool": "x", "source": 1},
        {"tool": "x", "user": "x"},
    ],
)
def test_a_rule_that_cannot_be_used_is_named(entry: dict[str, object]) -> None:
    with pytest.raises(RuleError, match="rule 2"):
        rules_of({"rule": [{"tool": "a", "source": "b"}, entry]})


def test_personal_data_can_be_left_out() -> None:
    sql = 'SELECT 1\n-- Sigma Σ {"email":"alice@example.com","sourceUrl":"https://s/?by=bob@example.com"}'
    assert attribute(sql, personal=False) == Attribution("Sigma", url="https://s/?by=***")
