"""The short cut to the fingerprint gives what the long way gives, whatever was looked at before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.lineage.fingerprint import forget, normalize
from query_lineage_tracker.lineage.skeleton import skinned

SHAPES = (
    "SELECT a FROM t WHERE b = {0} AND c IN ({1}, {2}) LIMIT {3}",
    "SELECT a, b FROM t{3} GROUP BY {1}, 2 ORDER BY {2} -- {0}",
    'INSERT INTO t SELECT {0} AS "x {1}", a FROM u /* {2} */ WHERE d > DATE {3}',
    "SELECT * FROM TABLE(lake.system.table_changes({0}, {1}, {2}, 3))",
    "SELECT a FROM u FOR VERSION AS OF {0} WHERE b = {1}",
    'CREATE CATALOG c USING x WITH ("connection-password" = {0}, "url" = {1})',
    "EXECUTE IMMEDIATE {0} USING {1}",
    "SELECT CAST(a AS varchar({1})), X{0}, U&{0}, {2}.5, {3}e7, 0x{3}, `{0}`, $${1}$$ FROM t",
    "SELECT {0}{1} {2}'{3}",
    "CALL c.system.f({0} => {1}, password => {2})",
)
LITERALS = st.one_of(
    st.integers(0, 10**6).map(str),
    st.text("ab'\"-/*\n ;$`\\0é\N{GRINNING FACE}", max_size=8).map(lambda text: "'" + text.replace("'", "''") + "'"),
    st.sampled_from(
        ["'s'", "'my_key'", "'password'", "'postgres://u:secret@h/d'", "'SELECT ''x'' FROM u'", "'jwt'", "2024_x", "1."]
    ),
)


def long_way(sql: str) -> tuple[str, str]:
    forget()
    found = normalize(sql)
    forget()
    return found.redacted, found.fingerprint


@given(st.sampled_from(SHAPES), st.lists(st.lists(LITERALS, min_size=4, max_size=4), min_size=2, max_size=5))
def test_texts_of_one_shape_have_the_fingerprints_of_the_long_way(shape: str, fillings: list[list[str]]) -> None:
    texts = [shape.format(*filling) for filling in fillings]
    expected = [long_way(sql) for sql in texts]
    found = [normalize(sql) for sql in texts]
    assert [(one.redacted, one.fingerprint) for one in found] == expected


@pytest.mark.parametrize(
    "sql", ["SELECT 'postgres://u:pw@h/d'", "SELECT `it's`, 'a'", "SELECT $$it's$$, 'a'", "SELECT f('jwt' => 'x')"]
)
def test_there_is_no_short_cut_where_a_literal_could_hide_something(sql: str) -> None:
    assert skinned(sql) is None


def test_literals_and_comments_are_no_part_of_the_skeleton_but_names_are() -> None:
    skeletons = [
        found.skeleton if (found := skinned(sql)) else None
        for sql in ("SELECT 1, 'a', \"x\" -- one", "SELECT 22, 'bc', \"x\" -- two", "SELECT 1, 'a', \"y\" -- one")
    ]
    assert skeletons[0] is not None
    assert skeletons[0] == skeletons[1]
    assert skeletons[0] != skeletons[2]
