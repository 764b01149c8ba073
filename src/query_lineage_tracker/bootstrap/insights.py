"""The read side that the page's API and the command line share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from query_lineage_tracker.adapters.dbt.manifest import Manifest
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.columns import PostgresColumnsOfNamespaces
from query_lineage_tracker.adapters.postgres.insights.health import PostgresHealthReads
from query_lineage_tracker.adapters.postgres.insights.lineage import PostgresLineageReads
from query_lineage_tracker.adapters.postgres.insights.objects import PostgresObjectReads
from query_lineage_tracker.adapters.postgres.insights.queries import PostgresQueryReads
from query_lineage_tracker.adapters.postgres.operating import PostgresOperations
from query_lineage_tracker.bootstrap.database import opened_database
from query_lineage_tracker.config import Configuration
from query_lineage_tracker.ports.insights import (
    DbtReads,
    EvidenceReads,
    HealthReads,
    LineageReads,
    ObjectReads,
    QueryReads,
)
from query_lineage_tracker.ports.operating import Operations
from query_lineage_tracker.services.insights.evidence import ColumnsOfNamespaces


@dataclass(frozen=True, slots=True)
class Insights:
    """The reads that `services.insights` work on, and what operators change."""

    queries: QueryReads
    objects: ObjectReads
    lineage: LineageReads
    evidence: EvidenceReads
    health: HealthReads
    columns: ColumnsOfNamespaces
    operations: Operations
    dbt: DbtReads | None = None


def insights_of(database: Database, dbt: DbtReads | None = None) -> Insights:
    """The reads over a database that is open."""
    lineage = PostgresLineageReads(database)
    return Insights(
        queries=PostgresQueryReads(database),
        objects=PostgresObjectReads(database),
        lineage=lineage,
        evidence=lineage,
        health=PostgresHealthReads(database),
        columns=PostgresColumnsOfNamespaces(database),
        operations=PostgresOperations(database),
        dbt=dbt,
    )


@asynccontextmanager
async def opened_insights(configuration: Configuration) -> AsyncIterator[Insights]:
    """The reads over the configured database. Migrates nothing but the embedded PostgreSQL; in the main thread only."""
    async with opened_database(configuration, configuration.postgres.pool_size) as database:
        page = configuration.page
        dbt = Manifest(page.dbt_manifest, page.dbt_namespace) if page.dbt_manifest else None
        yield insights_of(database, dbt)
