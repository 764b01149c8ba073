"""Names in OpenLineage: datasets as its naming rules say for Trino, jobs and runs that stay the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from query_lineage_tracker.domain.outbox import Claim, ObjectFacts, QueryFacts
from query_lineage_tracker.domain.statement_run import StatementRun

_RUNS = UUID("2f6d6a0e-0b58-5a55-9a52-8a2f0c3d7f11")
_FINGERPRINT_CHARACTERS = 12
_ENDPOINT = "/api/v1/lineage"


@dataclass(frozen=True, slots=True)
class Naming:
    """`addresses`: the dataset namespace (`trino://host:port`) of each of our namespaces that has one."""

    addresses: Mapping[str, str] = field(default_factory=dict)

    def namespace_of(self, facts: ObjectFacts) -> str:
        """The namespace of a dataset; of a cluster that is no longer configured, only its name is known."""
        return self.addresses.get(facts.namespace) or f"trino://{facts.namespace}"

    def dataset(self, facts: ObjectFacts) -> dict[str, object]:
        """The dataset, by its name alone."""
        return {"namespace": self.namespace_of(facts), "name": str(facts)}


def job_name(facts: QueryFacts, run: StatementRun) -> str:
    """The same for every execution of the statement: what its tool calls it, else what it writes and how.

    A tool's job may write several tables, each from other ones, so the first table written belongs to the name.
    """
    first, *_ = facts.targets or facts.sources
    if run.tool and run.job:
        return f"{run.tool}.{run.job}.{first}"
    return f"{first.namespace}.{first}.{facts.fingerprint[:_FINGERPRINT_CHARACTERS]}"


def run_id(claim: Claim) -> str:
    """The same for every delivery of one generation of a message, so that a repeat is the same run."""
    return str(uuid5(_RUNS, f"{claim.kind.value}/{claim.entity}/{claim.generation}"))


def events_url(url: str) -> str:
    """Where events are posted: the address itself, or the usual path of one that has none."""
    return url if urlsplit(url).path.strip("/") else url.rstrip("/") + _ENDPOINT
