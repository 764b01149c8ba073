"""What the names of Trino are called in OpenMetadata, as the settings say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache

from query_lineage_tracker.domain.outbox import ObjectFacts


@dataclass(frozen=True, slots=True)
class Services:
    """Database services by patterns of `catalog` or `namespace/catalog`; else `default`, else the namespace."""

    default: str | None = None
    by_catalog: tuple[tuple[str, str], ...] = ()

    def of(self, facts: ObjectFacts) -> str:
        """The service that holds the object."""
        found = (service for pattern, service in self.by_catalog if _matches(pattern, facts))
        return next(found, self.default or facts.namespace)

    @property
    def named(self) -> tuple[str, ...]:
        """Every service that the settings name."""
        named = [service for _, service in self.by_catalog]
        return tuple(dict.fromkeys([*named, self.default] if self.default else named))

    def looked_under(self, namespaces: Sequence[str]) -> tuple[str, ...]:
        """Every service that objects of the namespaces may be in."""
        return self.named if self.default else tuple(dict.fromkeys([*self.named, *namespaces]))


def _matches(pattern: str, facts: ObjectFacts) -> bool:
    name = f"{facts.namespace}/{facts.catalog}" if "/" in pattern else facts.catalog
    return fnmatchcase(name, pattern)


def mapped_user(rules: Sequence[tuple[str, str]], name: str) -> str | None:
    """What a Trino user is called in OpenMetadata, or None when he is to be no user there; the first match counts.

    A `*` in what a pattern leads to stands for what its first `*` matched.
    """
    for pattern, user in rules:
        found = _compiled(pattern).fullmatch(name)
        if found is not None:
            return (user.replace("*", found[1]) if "*" in user else user) or None
    return name


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    wild = {"*": "(.*)", "?": "."}
    return re.compile("".join(wild.get(each) or re.escape(each) for each in pattern), re.DOTALL)


@dataclass(frozen=True, slots=True)
class OpenMetadataRules:
    """What the sink goes by. With `send_sql` off, no text leaves: no queries are created, edges carry no text.

    `page_url` is where edges are shown in full; `{object}` in it stands for the downstream object's name.
    """

    services: Services = field(default_factory=Services)
    ignore_case: bool = False
    users: tuple[tuple[str, str], ...] = ()
    send_sql: bool = True
    page_url: str | None = None
    remove_ended: bool = False
    usage_today: bool = False
