from __future__ import annotations

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.render import as_dot, as_mermaid, as_openlineage, as_text, mermaid_of

SQL = "INSERT INTO t (y) SELECT sum(a) FROM u GROUP BY k"
RESULT = analyze(SQL, catalog="lake", schema="s")


def test_text_tells_tables_and_columns() -> None:
    assert as_text(RESULT, SQL).splitlines() == [
        "INSERT (writes), coverage COLUMN",
        "  target  lake.s.t",
        "  source  lake.s.u",
        "  y <- lake.s.u.a AGGREGATION",
        "  every row <- lake.s.u.k GROUP_BY",
    ]


def test_text_of_a_syntax_error_points_at_the_place() -> None:
    sql = "SELECT a,\n\tb c d\nFROM u"
    assert as_text(analyze(sql), sql).splitlines()[1:] == ["\tb c d", "\t    ^"]


def test_mermaid_and_graphviz_draw_each_edge_once() -> None:
    read = analyze('SELECT 1 FROM "my ""x"""', catalog="lake", schema="s")
    assert as_mermaid([RESULT, RESULT, read]).splitlines() == [
        "flowchart LR",
        '  n0["lake.s.u"]',
        '  n1["lake.s.t"]',
        '  n2["lake.s.#quot;my #quot;#quot;x#quot;#quot;#quot;"]',
        '  n3["(result)"]',
        "  n0 --> n1",
        "  n2 --> n3",
    ]
    assert '  "lake.s.u" -> "lake.s.t";' in as_dot([RESULT, RESULT]).splitlines()
    assert as_dot([RESULT, RESULT]).count("->") == 1


def test_a_name_is_no_instruction_to_mermaid() -> None:
    name = 'a\n  click n0 href "javascript:alert(1)"\u2028<b>&#quot;`c`\\'
    label = mermaid_of([(name, "b")]).splitlines()
    assert label[1:] == [
        '  n0["a#10;  click n0 href #quot;javascript:alert(1)#quot;#8232;#60;b#62;#38;#35;quot;#96;c#96;#92;"]',
        '  n1["b"]',
        "  n0 --> n1",
    ]


def test_openlineage_has_the_column_lineage_facet() -> None:
    event = as_openlineage(RESULT, SQL, job="nightly", namespace="trino://c", event_time="2026-11-22T00:00:00Z")
    assert event["inputs"] == [{"namespace": "trino://c", "name": "lake.s.u", "facets": {}}]
    facet = event["outputs"][0]["facets"]["columnLineage"]
    way = facet["fields"]["y"]["inputFields"][0]
    assert (way["name"], way["field"]) == ("lake.s.u", "a")
    assert way["transformations"] == [{"type": "DIRECT", "subtype": "AGGREGATION", "description": "", "masking": False}]
    assert facet["dataset"][0]["transformations"][0]["type"] == "INDIRECT"
