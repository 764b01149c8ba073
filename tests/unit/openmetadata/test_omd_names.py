from __future__ import annotations

import pytest
from tests.messages import an_object

from query_lineage_tracker.adapters.openmetadata.api import api_base
from query_lineage_tracker.adapters.openmetadata.names import fqn_of, path_segment, table_fqn, why_unnamable
from query_lineage_tracker.adapters.openmetadata.rules import mapped_user
from query_lineage_tracker.config.openmetadata import USERS


@pytest.mark.parametrize(
    ("parts", "fqn"),
    [
        (("lab", "hive", "sales", "orders"), "lab.hive.sales.orders"),
        (("trino.two", "hive", "sales", "a.b"), '"trino.two".hive.sales."a.b"'),
        (("lab", "hive", "s", "with space"), "lab.hive.s.with space"),
    ],
)
def test_exactly_parts_with_a_dot_are_quoted(parts: tuple[str, ...], fqn: str) -> None:
    assert fqn_of(parts) == fqn


def test_a_catalog_is_the_database() -> None:
    assert table_fqn("lab", an_object("hive.sales.orders")) == "lab.hive.sales.orders"


def test_every_special_character_is_encoded_in_a_path() -> None:
    assert path_segment('a."b/c"?#%ä') == "a.%22b%2Fc%22%3F%23%25%C3%A4"


@pytest.mark.parametrize(
    "name",
    ["system.runtime.queries", "hive.information_schema.tables", 'hive.s.a"b', "hive.s.", "hive.s." + "x" * 257],
)
def test_what_has_no_name_there_says_why(name: str) -> None:
    assert why_unnamable(an_object(name))


def test_an_ordinary_name_has_no_objection() -> None:
    assert why_unnamable(an_object("hive.sales.orders")) is None
    assert why_unnamable(an_object("hive.sales." + "表" * 256)) is None


@pytest.mark.parametrize(
    "url",
    ["https://omd/", "https://omd", "https://omd/api", "https://omd/api/", "https://omd/api/v1", "https://omd/api/v1/"],
)
def test_the_base_is_the_same_however_much_of_it_is_given(url: str) -> None:
    assert api_base(url) == "https://omd/api/v1"


def test_a_prefix_before_the_api_stays() -> None:
    assert api_base("https://proxy/catalog/api") == "https://proxy/catalog/api/v1"


@pytest.mark.parametrize(
    ("rules", "mapped"),
    [
        ("*@corp.example=*", "a.b"),
        ("*@corp.example=corp-*", "corp-a.b"),
        ("x*=,*@*=*", "a.b"),
        ("a?b@*=alice", "alice"),
        ("a.*=", None),
        ("A*=bob", "a.b@corp.example"),
        ("", "a.b@corp.example"),
    ],
)
def test_users_are_called_as_the_first_matching_rule_says(rules: str, mapped: str | None) -> None:
    assert mapped_user(USERS.parse(rules), "a.b@corp.example") == mapped


@pytest.mark.parametrize("text", ["alice", "=bob", "alice=*"])
def test_a_rule_for_users_needs_a_pattern_that_has_what_the_name_takes(text: str) -> None:
    with pytest.raises(ValueError):
        USERS.parse(text)
