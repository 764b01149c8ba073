"""Names that differ in case alone: Trino tells lower case, OpenMetadata keeps what its own connectors saw."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping

from query_lineage_tracker.adapters.openmetadata.api import OpenMetadataApi, Parent
from query_lineage_tracker.adapters.openmetadata.names import fqn_of

_KNOWN_FOR_S = 300.0
_MOST_LISTINGS = 64

Listing = Mapping[str, tuple[str, ...]]
"""Names as they are written, by their lower case."""


class NotOne(Exception):
    """No single name fits; says why in words."""


class Listings:
    """Lists what databases, schemas and services hold, once in five minutes, and only some of them at a time."""

    def __init__(self, api: OpenMetadataApi) -> None:
        self._api = api
        self._known: dict[tuple[Parent, str], tuple[float, Listing]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def spelled(self, parts: tuple[str, str, str, str]) -> tuple[str, ...]:
        """Service, database, schema and table as they are written there, the service as given. Raises NotOne."""
        spelled: tuple[str, ...] = parts[:1]
        for parent, part in zip(Parent, parts[1:], strict=True):
            spelled = (*spelled, await self._name(parent, spelled, part))
        return spelled

    async def _name(self, parent: Parent, within: tuple[str, ...], part: str) -> str:
        fqn = fqn_of(within)
        names = (await self._listing(parent, fqn)).get(part.lower(), ())
        if len(names) > 1:
            raise NotOne(f"{fqn_of((*within, part))} can be any of {', '.join(sorted(names))} in {fqn}")
        if not names:
            raise NotOne(f"OpenMetadata does not know {fqn_of((*within, part))} yet, in whatever case")
        return names[0]

    async def _listing(self, parent: Parent, fqn: str) -> Listing:
        async with self._one_at_a_time:
            listed_at, listing = self._known.get((parent, fqn), (0.0, {}))
            if (parent, fqn) not in self._known or time.monotonic() - listed_at > _KNOWN_FOR_S:
                listing = await self._listed(parent, fqn)
                self._known.pop((parent, fqn), None)
                self._known[parent, fqn] = (time.monotonic(), listing)
            if len(self._known) > _MOST_LISTINGS:
                self._known.pop(next(iter(self._known)))
            return listing

    async def _listed(self, parent: Parent, fqn: str) -> Listing:
        names = await self._api.names_in(parent, fqn)
        if names is None:
            raise NotOne(f"{fqn} holds too many {parent.route} to be compared in whatever case")
        by_lower_case: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for name in dict.fromkeys(names):
            by_lower_case[name.lower()] += (name,)
        return dict(by_lower_case)
