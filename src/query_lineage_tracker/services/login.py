"""Who somebody is here, by what the provider says about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from query_lineage_tracker.domain.access import Identity, Role
from query_lineage_tracker.errors import LoginRefused
from query_lineage_tracker.ports.login import Claims

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """Which claims name somebody and their role. Without `viewers` whoever is no operator is a viewer."""

    name_claim: str
    role_claim: str | None = None
    operators: frozenset[str] = frozenset()
    viewers: frozenset[str] = frozenset()


def identity_of(claims: Claims, rules: ClaimRules) -> Identity:
    """Raises LoginRefused for whom the claims do not name, or give no role."""
    name = _claim(claims, rules.name_claim)
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise LoginRefused(
            f"the identity provider tells no usable name in the claim {rules.name_claim}",
            hint="QLT_PAGE_OIDC_NAME_CLAIM chooses another; QLT_PAGE_OIDC_SCOPES asks for more.",
        )
    return Identity(name.strip(), _role(claims, rules, name.strip()), session=True)


def _role(claims: Claims, rules: ClaimRules, name: str) -> Role:
    told = _words(_claim(claims, rules.role_claim)) if rules.role_claim else frozenset()
    if told & rules.operators:
        return Role.OPERATOR
    if rules.viewers and not told & rules.viewers:
        raise LoginRefused(
            f"there is no role here for {name}: the claim {rules.role_claim} holds none of the values that give one",
            hint="Ask who runs the tracker; QLT_PAGE_OIDC_VIEWERS and QLT_PAGE_OIDC_OPERATORS list the values.",
        )
    return Role.VIEWER


def _claim(claims: Claims, name: str) -> object:
    """By its whole name, which may hold dots; else each dot leads into an object."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _words(told: object) -> frozenset[str]:
    """The values of a claim, which may be one text or a list of them."""
    values = told if isinstance(told, list) else [told]
    return frozenset(one for one in values if isinstance(one, str))
