"""Names and roles by what a provider says."""

from __future__ import annotations

from typing import Any

import pytest

from query_lineage_tracker.domain.access import Identity, Role
from query_lineage_tracker.errors import LoginRefused
from query_lineage_tracker.services.login import ClaimRules, identity_of

ROLES = ClaimRules("preferred_username", "groups", frozenset({"data-ops"}), frozenset({"analysts"}))
NESTED = ClaimRules("preferred_username", "realm_access.roles", frozenset({"data-ops"}))
NAMESPACED = ClaimRules("preferred_username", "https://corp.example/roles", frozenset({"data-ops"}))


@pytest.mark.parametrize(
    ("rules", "claims", "role"),
    [
        (ClaimRules("preferred_username"), {"groups": ["data-ops"]}, Role.VIEWER),
        (ROLES, {"groups": ["analysts"]}, Role.VIEWER),
        (ROLES, {"groups": ["analysts", "data-ops"]}, Role.OPERATOR),
        (ROLES, {"groups": "data-ops"}, Role.OPERATOR),
        (NESTED, {"realm_access": {"roles": ["data-ops"]}}, Role.OPERATOR),
        (NESTED, {"realm_access": {"roles": ["Data-Ops", "not data-ops", 7, None]}}, Role.VIEWER),
        (NESTED, {"realm_access": {"roles": "not data-ops"}}, Role.VIEWER),
        (NESTED, {"realm_access": ["data-ops"]}, Role.VIEWER),
        (NAMESPACED, {"https://corp.example/roles": ["data-ops"]}, Role.OPERATOR),
    ],
)
def test_the_role_is_what_the_claim_holds(rules: ClaimRules, claims: dict[str, Any], role: Role) -> None:
    found = identity_of({"preferred_username": "alice", **claims}, rules)
    assert found == Identity("alice", role, session=True)


@pytest.mark.parametrize("claims", [{}, {"groups": []}, {"groups": ["others"]}, {"groups": {"analysts": True}}])
def test_who_has_none_of_the_listed_values_is_not_let_in(claims: dict[str, Any]) -> None:
    with pytest.raises(LoginRefused, match="there is no role here for alice: the claim groups"):
        identity_of({"preferred_username": "alice", **claims}, ROLES)


@pytest.mark.parametrize("name", [None, "", "  ", 7, ["alice"], "alice\nbob", "alice\u202e", "x" * 201])
def test_who_has_no_usable_name_is_not_let_in(name: object) -> None:
    with pytest.raises(LoginRefused, match="no usable name in the claim preferred_username") as told:
        identity_of({"preferred_username": name}, ClaimRules("preferred_username"))
    assert "QLT_PAGE_OIDC_NAME_CLAIM" in told.value.hint
