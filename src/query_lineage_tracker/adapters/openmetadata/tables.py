"""Where OpenMetadata keeps the tables that we mean."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace

from query_lineage_tracker.adapters.openmetadata.api import MAX_LISTED, PAGE, OpenMetadataApi, Table
from query_lineage_tracker.adapters.openmetadata.known_tables import KNOWN_FOR_S, KnownTables
from query_lineage_tracker.adapters.openmetadata.listings import Listings, NotOne
from query_lineage_tracker.adapters.openmetadata.names import fqn_of, names_of, table_fqn, why_unnamable
from query_lineage_tracker.adapters.openmetadata.rules import Services
from query_lineage_tracker.domain.outbox import ObjectFacts

_FEW_CALLS = 4
_ALL_PAGES = MAX_LISTED // PAGE


@dataclass(frozen=True, slots=True)
class NotThere:
    """A table that OpenMetadata does not show, in words."""

    reason: str


class Tables:
    """Looks tables up under the services that the rules name; with `ignore_case`, in whatever case."""

    def __init__(self, api: OpenMetadataApi, services: Services, *, ignore_case: bool = False) -> None:
        self._known = KnownTables(api)
        self._services = services
        self._listings = Listings(api) if ignore_case else None
        self._new_enough_s = 0.0

    def for_looking(self) -> Tables:
        """The same tables, of which what is remembered is always new enough: for who writes nothing."""
        other = copy(self)
        other._new_enough_s = KNOWN_FOR_S
        return other

    def fqn(self, facts: ObjectFacts) -> str:
        """What the object is called there, unless only its case differs."""
        return table_fqn(self._services.of(facts), facts)

    def services(self, used: Iterable[ObjectFacts]) -> list[str]:
        """The services of the objects in their order, then all others that the rules name."""
        return list(dict.fromkeys([*map(self._services.of, used), *self._services.named]))

    async def find(self, facts: ObjectFacts, *, age: float = KNOWN_FOR_S) -> Table | NotThere:
        """The table as it stood there at most `age` seconds ago."""
        fqn = self.fqn(facts)
        age = max(age, self._new_enough_s)
        table = await self._known.table(self._schema(facts), fqn, age)
        if table is None and self._listings is not None:
            try:
                spelled = await self._listings.spelled((self._services.of(facts), *names_of(facts)))
            except NotOne as why:
                return NotThere(str(why))
            table = await self._known.table(fqn_of(spelled[:3]), fqn_of(spelled), age)
        return table or NotThere(f"OpenMetadata does not know {fqn} yet")

    async def missing(self, wanted: Iterable[ObjectFacts]) -> set[ObjectFacts]:
        """Those that are not there, looked for in a few calls a schema.

        In a schema of many pages, only a few of many are looked for, others each time; all when one of them is there.
        """
        by_schema: dict[str, list[ObjectFacts]] = defaultdict(list)
        for each in wanted:
            if why_unnamable(each) is None:
                by_schema[self._schema(each)].append(each)
        return {each for schema, those in by_schema.items() for each in await self._missing_in(schema, those)}

    async def _missing_in(self, schema: str, wanted: Sequence[ObjectFacts]) -> list[ObjectFacts]:
        if len(wanted) > _FEW_CALLS and not await self._known.whole(schema, _FEW_CALLS):
            sample = random.sample(wanted, _FEW_CALLS)
            if len(await self._not_there(sample)) == len(sample) or not await self._known.whole(schema, _ALL_PAGES):
                return list(wanted)
        return await self._not_there(wanted)

    async def _not_there(self, wanted: Iterable[ObjectFacts]) -> list[ObjectFacts]:
        return [each for each in wanted if isinstance(await self.find(replace(each, branch="")), NotThere)]

    def _schema(self, facts: ObjectFacts) -> str:
        return fqn_of((self._services.of(facts), *names_of(facts)[:2]))
