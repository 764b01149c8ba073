"""Where OpenMetadata keeps the tables that we mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from query_lineage_tracker.adapters.openmetadata.api import OpenMetadataApi, Table
from query_lineage_tracker.adapters.openmetadata.known_tables import KNOWN_FOR_S, KnownTables
from query_lineage_tracker.adapters.openmetadata.listings import Listings, NotOne
from query_lineage_tracker.adapters.openmetadata.names import fqn_of, names_of, table_fqn
from query_lineage_tracker.adapters.openmetadata.rules import Services
from query_lineage_tracker.domain.outbox import ObjectFacts


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

    def fqn(self, facts: ObjectFacts) -> str:
        """What the object is called there, unless only its case differs."""
        return table_fqn(self._services.of(facts), facts)

    def services(self, used: Iterable[ObjectFacts]) -> list[str]:
        """The services of the objects in their order, then all others that the rules name."""
        return list(dict.fromkeys([*map(self._services.of, used), *self._services.named]))

    async def find(self, facts: ObjectFacts, *, age: float = KNOWN_FOR_S) -> Table | NotThere:
        """The table as it stood there at most `age` seconds ago."""
        fqn, schema = self.fqn(facts), fqn_of((self._services.of(facts), *names_of(facts)[:2]))
        table = await self._known.table(schema, fqn, age)
        if table is None and self._listings is not None:
            try:
                spelled = await self._listings.spelled((self._services.of(facts), *names_of(facts)))
            except NotOne as why:
                return NotThere(str(why))
            table = await self._known.table(fqn_of(spelled[:3]), fqn_of(spelled), age)
        return table or NotThere(f"OpenMetadata does not know {fqn} yet")
