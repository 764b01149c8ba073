from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.adapters.openmetadata.merge import KnownEdge, merged_details, sent_details

UPSTREAM = [f"u.{name}" for name in "abc"]
DOWNSTREAM = [f"d.{name}" for name in "xyz"]
LISTED = frozenset(UPSTREAM + DOWNSTREAM)

flows = st.dictionaries(
    st.tuples(st.sampled_from(UPSTREAM), st.sampled_from(DOWNSTREAM)), st.sampled_from(["", "AGGREGATION"])
)
entries = st.lists(
    st.fixed_dictionaries(
        {
            "fromColumns": st.lists(st.sampled_from(UPSTREAM), min_size=1, unique=True),
            "toColumn": st.sampled_from(DOWNSTREAM),
        },
        optional={"function": st.sampled_from(["sum(a)", "AGGREGATION"])},
    ),
    max_size=3,
)
sources = st.sampled_from(["Manual", "QueryLineage", "ViewLineage", "DbtLineage"])
standing_edges = st.none() | st.fixed_dictionaries(
    {"columnsLineage": entries},
    optional={
        "source": sources,
        "sqlQuery": st.sampled_from(["SELECT theirs", ""]),
        "description": st.sampled_from(["by hand", ""]),
        "pipeline": st.just({"id": "p", "type": "pipeline"}),
        "updatedAt": st.integers(),
    },
)
known_edges = st.builds(
    KnownEdge,
    source=st.sampled_from(["QueryLineage", "ViewLineage"]),
    description=st.sampled_from(["qlt", "qlt: uncertain"]),
    sql=st.none() | st.sampled_from(["INSERT 1", "INSERT 2"]),
    flows=flows,
)


def pairs_in(details: Any) -> set[tuple[str, str]]:
    found = (details or {}).get("columnsLineage", [])
    return {(upstream, entry["toColumn"]) for entry in found for upstream in entry["fromColumns"]}


@given(standing_edges, known_edges)
def test_merging_twice_changes_nothing(standing: Any, known: KnownEdge) -> None:
    merged = merged_details(standing, known, {}, LISTED) or standing
    assert merged_details(merged, known, sent_details(known), LISTED) is None
    assert merged_details(merged, known, {}, LISTED) is None


@given(standing_edges, known_edges)
def test_columns_of_both_sides_are_there_afterwards(standing: Any, known: KnownEdge) -> None:
    merged = merged_details(standing, known, {}, LISTED) or standing
    assert pairs_in(merged) == pairs_in(standing) | known.flows.keys()


@given(standing_edges, known_edges, known_edges)
def test_what_we_withdraw_leaves_and_nothing_else(standing: Any, before: KnownEdge, now: KnownEdge) -> None:
    first = merged_details(standing, before, {}, LISTED) or standing
    second = merged_details(first, now, sent_details(before, standing), LISTED) or first
    assert pairs_in(standing) <= pairs_in(second)
    assert now.flows.keys() <= pairs_in(second)
    assert pairs_in(second) <= pairs_in(standing) | now.flows.keys()


@given(standing_edges, known_edges)
def test_what_others_wrote_of_an_edge_of_theirs_stays(standing: Any, known: KnownEdge) -> None:
    merged = merged_details(standing, known, {}, LISTED)
    if standing is None or merged is None:
        return
    assert merged.get("pipeline") == standing.get("pipeline")
    if standing.get("description"):
        assert merged["description"] == standing["description"]
    if standing.get("source") in ("Manual", "DbtLineage", None):
        assert merged.get("source") == standing.get("source")
        assert merged.get("sqlQuery") == standing.get("sqlQuery")


def an_edge_of(**flows: str) -> KnownEdge:
    """Flows from `u.a` to columns of `d`, with their functions."""
    return KnownEdge("QueryLineage", "qlt", None, {("u.a", f"d.{name}"): function for name, function in flows.items()})


def test_an_entry_with_a_function_that_we_did_not_send_is_not_ours_to_change() -> None:
    theirs = {"fromColumns": ["u.a"], "toColumn": "d.x", "function": "sum(a)"}
    sent = sent_details(an_edge_of(x=""))
    merged = merged_details({"columnsLineage": [theirs], "description": "qlt"}, an_edge_of(y=""), sent, LISTED)
    assert merged is not None
    assert merged["columnsLineage"] == [theirs, {"fromColumns": ["u.a"], "toColumn": "d.y"}]


def test_a_flow_whose_function_changes_is_told_anew() -> None:
    before = merged_details(None, an_edge_of(x=""), {}, LISTED)
    merged = merged_details(before, an_edge_of(x="AGGREGATION"), sent_details(an_edge_of(x="")), LISTED)
    assert merged is not None
    assert merged["columnsLineage"] == [{"fromColumns": ["u.a"], "toColumn": "d.x", "function": "AGGREGATION"}]


@given(standing_edges, known_edges, known_edges)
def test_what_stood_there_before_us_is_never_withdrawn(standing: Any, before: KnownEdge, now: KnownEdge) -> None:
    first = merged_details(standing, before, {}, LISTED) or standing
    sent = sent_details(before, standing)
    again = sent_details(before, first, sent)
    second = merged_details(first, now, again, LISTED) or first
    assert pairs_in(standing) <= pairs_in(second)


def test_a_flow_that_the_catalogs_own_connector_told_first_stays_when_we_withdraw_it() -> None:
    standing = {"source": "QueryLineage", "columnsLineage": [{"fromColumns": ["u.a"], "toColumn": "d.x"}]}
    known = an_edge_of(x="", y="")
    first = merged_details(standing, known, {}, LISTED)
    sent = sent_details(known, standing)
    again = sent_details(known, first, sent)
    assert again == sent
    second = merged_details(first, an_edge_of(), again, LISTED)
    assert pairs_in(second) == {("u.a", "d.x")}
